//! Confirmation of sign-ins without a proof.

/// Whether a sign-in without a proof is confirmed by a write.
///
/// Two kinds of sign-in need no proof and only read the record: that of a subject without a factor,
/// and that of a trusted device. If the store returns an old record, a subject may appear to have
/// no factor, or a removed device may appear to be trusted. If the store replicates a write before
/// it answers, a swap detects the old record, because the current record has another version.
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
    /// Each such sign-in costs one more swap. It also creates a record for a subject without one,
    /// which the store [may delete](crate::storage::Record::forget_after) after a day. Use this
    /// setting if a server that lost its role can still answer reads, but cannot commit.
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
