//! The epoch of a session.

use core::time::Duration;

use crate::time::UnixTime;

/// The epoch that a session stores, and the time of its last comparison.
///
/// Store both numbers with the session. [`Verifier::is_current`](crate::Verifier::is_current)
/// compares the epoch and updates the time. After a call that returns a new epoch, store
/// `SessionEpoch::from(epoch)` in the session of the user who made the change. Otherwise, this
/// session ends too.
///
/// # Example
///
/// ```
/// use second_factor::sign_in::SessionEpoch;
///
/// let session = SessionEpoch::from(7);
/// assert_eq!(session.epoch, 7);
/// assert_eq!(session.checked_at.as_secs(), 0, "the first request compares it");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "applications store both numbers")]
pub struct SessionEpoch {
    /// The epoch of the sign-in, or of the last change that this user made.
    pub epoch: u64,
    /// The time at which the epoch was last compared with the record.
    pub checked_at: UnixTime,
}

impl SessionEpoch {
    /// Returns whether the epoch was compared within `max_age`.
    ///
    /// A comparison in the future does not count (law 10).
    pub(crate) fn is_fresh(&self, now: UnixTime, max_age: Duration) -> bool {
        self.checked_at <= now && now.since(self.checked_at) < max_age.as_secs()
    }
}

impl From<u64> for SessionEpoch {
    fn from(epoch: u64) -> Self {
        Self { epoch, checked_at: UnixTime::from_secs(0) }
    }
}
