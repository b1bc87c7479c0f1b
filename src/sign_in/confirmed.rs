//! Confirmed enrollments.

use core::fmt;

use super::verified::{Proven, Verified};
use crate::id::SubjectId;

/// A factor that was confirmed and is enrolled from now on.
///
/// Confirming a factor is its first use. It permits what the enrollment was based on, for as long
/// as that: it is as old as the sign-in or the [grant](crate::Grant) under which the enrollment
/// began, and serves in their place where a method takes an authority.
///
/// # Example
///
/// ```
/// use second_factor::{SignIn, sign_in::Confirmed};
///
/// fn page(confirmed: Confirmed, open_session: impl Fn(SignIn)) -> &'static str {
///     match confirmed.verified() {
///         Some(verified) => open_session(verified.into()),
///         None => return "added: sign in with it", // a grant opens no session
///     }
///     "added"
/// }
/// # let _ = |confirmed| page(confirmed, |_| ());
/// ```
pub struct Confirmed(pub(crate) Proven);

impl Confirmed {
    /// Returns the epoch of the subject, for the session.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.0.epoch
    }

    /// Returns the subject whose factor it is.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.0.subject
    }

    /// Returns the sign-in; `None` if the enrollment began with a [`Grant`](crate::Grant).
    ///
    /// A grant opens no session, and must not become one by an enrollment.
    #[must_use]
    pub fn verified(self) -> Option<Verified> {
        self.0.verified()
    }
}

impl fmt::Debug for Confirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmed").field("operation", &self.0.operation).finish_non_exhaustive()
    }
}
