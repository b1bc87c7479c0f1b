//! Sender of notices.

/// The sender of the notices about changes (NIST SP 800-63B-4 §4.6).
///
/// # Example
///
/// ```
/// use second_factor::policy::{Notices, Policy};
///
/// let quiet = Policy::builder().notices(Notices::LeftToApplication).build()?;
/// assert_eq!(quiet.notices(), Notices::LeftToApplication);
/// # Ok::<(), second_factor::policy::UnsafePolicy>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "either the verifier or the application notifies")]
pub enum Notices {
    /// Your application sends the notices.
    ///
    /// Its [`Listener`](crate::host::Listener) receives every event, with the addresses to notify.
    LeftToApplication,
    /// The verifier sends the notices to the proven addresses. This is the default.
    ///
    /// The notices pass through your [`Delivery`](crate::Delivery). A phone number receives the
    /// notices of serious changes, and the other notices only if no mailbox is proven. See [the
    /// manual](crate::manual::delivery).
    Sent,
}

impl Notices {
    /// Returns the stricter of the two.
    pub(super) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::LeftToApplication, Self::LeftToApplication) => Self::LeftToApplication,
            _ => Self::Sent,
        }
    }
}
