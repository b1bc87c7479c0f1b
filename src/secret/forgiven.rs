//! What an import overlooked.

/// What [`Secret::import_base32`](super::Secret::import_base32) overlooked in a text.
///
/// # Example
///
/// ```
/// let (_, forgiven) =
///     second_factor::Secret::import_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")?;
/// assert!(forgiven.is_nothing());
/// # Ok::<(), second_factor::secret::InvalidSecret>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Corrections {
    pub(super) hyphens: bool,
    pub(super) lower_case: bool,
    pub(super) padding: bool,
    pub(super) spaces: bool,
}

impl Corrections {
    /// Whether hyphens stood between the letters.
    #[must_use]
    pub const fn hyphens(self) -> bool {
        self.hyphens
    }

    /// Whether the text was exactly as it should be.
    #[must_use]
    pub const fn is_nothing(self) -> bool {
        !(self.hyphens || self.lower_case || self.padding || self.spaces)
    }

    /// Whether some letters were in lower case.
    #[must_use]
    pub const fn lower_case(self) -> bool {
        self.lower_case
    }

    /// Whether `=` stood at the end.
    #[must_use]
    pub const fn padding(self) -> bool {
        self.padding
    }

    /// Whether there were spaces.
    #[must_use]
    pub const fn spaces(self) -> bool {
        self.spaces
    }
}
