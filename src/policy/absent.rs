//! Meaning of a missing record.

/// The treatment of a missing record.
///
/// # Example
///
/// ```
/// use second_factor::policy::{Absent, Policy};
///
/// let strict = Policy::builder().absent(Absent::Refuse).build()?;
/// assert_eq!(strict.absent(), Absent::Refuse);
/// # Ok::<(), second_factor::policy::UnsafePolicy>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two possible meanings")]
pub enum Absent {
    /// A missing record is an error.
    ///
    /// [`create`](crate::verifier::Operations::create) must create a record for every subject at
    /// sign-up. An emptied database then permits no sign-in.
    Refuse,
    /// The subject has never enrolled a factor. This is the default.
    Unprotected,
}

impl Absent {
    /// Returns the stricter of the two.
    pub(super) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unprotected, Self::Unprotected) => Self::Unprotected,
            _ => Self::Refuse,
        }
    }
}
