//! Required enrollment.

use alloc::vec::Vec;

use super::{SignIn, Unprotected};
use crate::{factor::FactorKind, time::UnixTime};

/// The result of a sign-in in which the user must enroll a second factor.
///
/// The policy requires a second factor, and the user has none that the policy allows.
///
/// The user enrolls a factor with the methods of the [verifier](crate::Verifier). The confirmation
/// [signs in](crate::Verifier::confirm), unless the enrollment began with a grant.
///
/// # Example
///
/// ```
/// use second_factor::{SignIn, sign_in::RequiredEnrollment};
///
/// enum Page { Enroll, Welcome(SignIn) }
///
/// fn page(required: RequiredEnrollment, wants_to_wait: bool) -> Page {
///     match required.postpone() {
///         Some(sign_in) if wants_to_wait => Page::Welcome(sign_in),
///         _ => Page::Enroll,
///     }
/// }
/// # let _ = page;
/// ```
#[derive(Debug)]
#[must_use = "the user must enroll a factor"]
pub struct RequiredEnrollment {
    pub(crate) deadline: UnixTime,
    pub(crate) kinds: Vec<FactorKind>,
    pub(crate) needs_confirmed_address: bool,
    pub(crate) needs_proof: bool,
    /// The value that permits postponing the enrollment.
    pub(crate) unprotected: Option<Unprotected>,
}

impl RequiredEnrollment {
    /// Returns the time from which a second factor is required.
    #[must_use]
    pub const fn deadline(&self) -> UnixTime {
        self.deadline
    }

    /// Returns the kinds of factors that may be enrolled, strongest first.
    #[must_use]
    pub fn kinds(&self) -> &[FactorKind] {
        &self.kinds
    }

    /// Returns whether the address on file must be confirmed first.
    ///
    /// This is the case if the deadline has passed. Otherwise, an attacker who guesses the password
    /// of a dormant account could enroll a factor (CISA AA22-074A). Send a link to the address on
    /// file. When the user opens it, continue [after](crate::Verifier::after)
    /// [`FirstFactor::Email`](crate::FirstFactor::Email). Alternatively, let support [issue a
    /// code](crate::verifier::Support::issue_code).
    #[must_use]
    pub const fn needs_confirmed_address(&self) -> bool {
        self.needs_confirmed_address
    }

    /// Returns whether an enrolled factor must be proven first.
    ///
    /// This is the case if the user has enrolled factors, but the policy allows none of them for
    /// signing in. The proof must be for [`Purpose::Manage`](crate::Purpose::Manage), and this
    /// policy refuses it too. Run the proof and the enrollment [under](crate::Verifier::under) the
    /// earlier policy, or let support [issue a code](crate::verifier::Support::issue_code).
    #[must_use]
    pub const fn needs_proof(&self) -> bool {
        self.needs_proof
    }

    /// Returns a sign-in without a second factor, or `None` after the deadline.
    ///
    /// The session must end at [`SignIn::good_until`].
    #[must_use]
    pub fn postpone(self) -> Option<SignIn> {
        self.unprotected.map(SignIn::Unprotected)
    }
}
