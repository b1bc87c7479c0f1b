//! Confirmed enrollments.

use core::fmt;

use super::verified::{Proven, Verified};
use crate::id::SubjectId;

/// A confirmed factor, which is now enrolled.
///
/// Confirming a factor is its first use. A method that takes an authority accepts this value in
/// place of the sign-in or [grant](crate::Grant) under which the enrollment began. Its age is that
/// of the sign-in or grant, and it permits the same changes for the same time.
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
    /// Returns the epoch of the subject, to store in the session.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.0.epoch
    }

    /// Returns the subject that enrolled the factor.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.0.subject
    }

    /// Returns the sign-in, or `None` if the enrollment began with a [`Grant`](crate::Grant).
    ///
    /// A grant opens no session, so an enrollment that began with one opens none either.
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
