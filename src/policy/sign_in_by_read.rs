//! Confirmation of sign-ins that follow from a read.

/// Whether a sign-in that follows from a read alone is confirmed by a write.
///
/// Two sign-ins need no proof: that of a subject without a factor, and that of a trusted device. If the
/// store returns an old record, a subject seems to have no factor yet, or a removed device seems to be
/// trusted. A swap of that record fails at a store that replicates before it answers, because its
/// current version is another.
///
/// # Example
///
/// ```
/// use second_factor::policy::{Policy, SignInByRead};
///
/// let replicated = Policy::builder().sign_in_by_read(SignInByRead::Confirm).build()?;
/// assert_eq!(replicated.sign_in_by_read(), SignInByRead::Confirm);
/// # Ok::<(), second_factor::policy::UnsafePolicy>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is a write, or there is none")]
pub enum SignInByRead {
    /// The read is sufficient. This is the default.
    ///
    /// [`load`](crate::Storage) must return every commit, as its contract requires.
    Accept,
    /// The record is written before the sign-in is answered.
    ///
    /// Each such sign-in costs one swap more. It also creates a record for a subject without one, which
    /// the store [may delete](crate::storage::Record::forget_after) after a day. Use it if a server that
    /// lost its role can still answer reads, and cannot commit.
    Confirm,
}

impl SignInByRead {
    /// Returns the stricter of the two.
    pub(super) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Accept, Self::Accept) => Self::Accept,
            _ => Self::Confirm,
        }
    }
}
