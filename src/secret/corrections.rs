//! Corrections made to an imported secret.

/// The corrections that were applied to an imported secret.
///
/// [`Secret::import_base32`](super::Secret::import_base32) returns this value with the secret.
///
/// # Example
///
/// ```
/// let (_, corrections) =
///     second_factor::Secret::import_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")?;
/// assert!(corrections.is_nothing());
/// # Ok::<(), second_factor::secret::InvalidSecret>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Corrections {
    pub(super) hyphens: bool,
    pub(super) leftover_bits: bool,
    pub(super) lower_case: bool,
    pub(super) padding: bool,
    pub(super) spaces: bool,
}

impl Corrections {
    /// Returns whether hyphens were removed.
    #[must_use]
    pub const fn hyphens(self) -> bool {
        self.hyphens
    }

    /// Returns whether the input needed no correction.
    #[must_use]
    pub const fn is_nothing(self) -> bool {
        !(self.hyphens || self.leftover_bits || self.lower_case || self.padding || self.spaces)
    }

    /// Returns whether nonzero bits after the last whole byte were dropped.
    ///
    /// Programs that draw random Base32 letters write such secrets (RFC 4648 §3.5).
    #[must_use]
    pub const fn leftover_bits(self) -> bool {
        self.leftover_bits
    }

    /// Returns whether lower-case letters were converted.
    #[must_use]
    pub const fn lower_case(self) -> bool {
        self.lower_case
    }

    /// Returns whether trailing padding (`=`) was removed.
    #[must_use]
    pub const fn padding(self) -> bool {
        self.padding
    }

    /// Returns whether spaces were removed.
    #[must_use]
    pub const fn spaces(self) -> bool {
        self.spaces
    }
}
