//! Sign-ins: the values that open a session.
//!
//! Only this crate can create them.

mod confirmed;
mod device_token;
mod offers;
mod recognized;
mod required_enrollment;
mod session_epoch;
pub(crate) mod verified;

use alloc::vec::Vec;
use core::fmt;

pub use self::{
    confirmed::Confirmed,
    device_token::DeviceToken,
    offers::{Offer, Offers},
    recognized::Recognized,
    required_enrollment::RequiredEnrollment,
    session_epoch::SessionEpoch,
    verified::{Registered, Verified},
};
use crate::{assurance, first_factor::FirstFactor, id::SubjectId, time::UnixTime};

/// A sign-in, the one type that opens a session.
///
/// Every way to sign in results in a `SignIn`, and only this crate creates it. It cannot be cloned,
/// constructed or deserialized. A [`Grant`](crate::Grant) opens no session. Accept a `SignIn` by
/// value where your application opens a session ([FAILURES 42, 46](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use second_factor::{SignIn, UnixTime};
///
/// struct Session {
///     subject: String,
///     epoch: u64,
///     good_until: Option<UnixTime>,
///     cookie: Option<String>,
/// }
///
/// fn open_session(sign_in: SignIn) -> Session {
///     Session {
///         subject: sign_in.subject().to_string(),
///         epoch: sign_in.epoch(),
///         good_until: sign_in.good_until(),
///         cookie: sign_in.device_token().map(|token| token.expose().to_owned()),
///     }
/// }
/// # let _ = open_session;
/// ```
#[derive(Debug)]
#[doc(alias = "login")]
#[doc(alias = "session")]
#[must_use = "this is the sign-in for which to open a session"]
#[non_exhaustive]
pub enum SignIn {
    /// A trusted device was recognized in place of a second factor.
    Recognized(Recognized),
    /// An address was registered.
    Registered(Registered),
    /// No factor is enrolled, and none is required.
    Unprotected(Unprotected),
    /// A second factor was proven.
    Verified(Verified),
}

impl SignIn {
    /// Returns the authentication methods, for the `amr` claim of an ID token.
    ///
    /// The values are registered and in alphabetical order. Values that another service reported
    /// are not included: see [`FirstFactor::Federated`].
    ///
    /// # Source
    ///
    /// RFC 8176 §2; [which method has which value](crate::manual::first_factor).
    #[must_use]
    pub fn amr(&self) -> Vec<&'static str> {
        match self {
            Self::Registered(registered) => registered.amr(),
            Self::Verified(verified) => verified.amr(),
            Self::Recognized(_) | Self::Unprotected(_) => {
                assurance::first_methods(self.first_factor()).names().collect()
            }
        }
    }

    /// Returns the token to store on this device.
    ///
    /// Returns `None` if there is nothing to store.
    ///
    /// If the result is `None`, do not set the cookie again: the client retains its token.
    /// Otherwise, a late response would replace a newer token.
    #[must_use]
    pub const fn device_token(&self) -> Option<&DeviceToken> {
        match self {
            Self::Recognized(recognized) => recognized.successor(),
            Self::Registered(registered) => registered.device_token(),
            Self::Unprotected(_) => None,
            Self::Verified(verified) => verified.device_token(),
        }
    }

    /// Returns the epoch of the subject, to store in the session.
    ///
    /// A session is valid as long as [`Verifier::epoch`](crate::Verifier::epoch) returns the same
    /// number. [`Verifier::is_current`](crate::Verifier::is_current) makes this comparison with few
    /// reads.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        match self {
            Self::Recognized(recognized) => recognized.epoch(),
            Self::Registered(registered) => registered.epoch(),
            Self::Unprotected(unprotected) => unprotected.epoch(),
            Self::Verified(verified) => verified.epoch(),
        }
    }

    /// Returns the first factor of the sign-in.
    #[must_use]
    pub const fn first_factor(&self) -> &FirstFactor {
        match self {
            Self::Recognized(recognized) => recognized.first_factor(),
            Self::Registered(registered) => registered.first_factor(),
            Self::Unprotected(unprotected) => unprotected.first_factor(),
            Self::Verified(verified) => verified.first_factor(),
        }
    }

    /// Returns the time at which the session must end.
    ///
    /// Returns `None` if it has no such limit.
    ///
    /// The limit exists only if the user [postponed](RequiredEnrollment::postpone) a required
    /// enrollment. From this time on, a second factor is required. Check the time at every request
    /// of the session, from browsers and from other clients.
    #[must_use]
    pub const fn good_until(&self) -> Option<UnixTime> {
        match self {
            Self::Unprotected(unprotected) => unprotected.good_until(),
            Self::Recognized(_) | Self::Registered(_) | Self::Verified(_) => None,
        }
    }

    /// Returns the authentication assurance level: 1, 2 or 3.
    ///
    /// The level is 1 unless a second factor was proven.
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §2; [which sign-in has which level](crate::manual::first_factor).
    #[doc(alias = "aal")]
    #[doc(alias = "acr")]
    #[must_use]
    pub fn level(&self) -> u8 {
        match self {
            Self::Registered(registered) => registered.level(),
            Self::Verified(verified) => verified.level(),
            Self::Recognized(_) | Self::Unprotected(_) => 1,
        }
    }

    /// Returns the subject who signs in.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        match self {
            Self::Recognized(recognized) => recognized.subject(),
            Self::Registered(registered) => registered.subject(),
            Self::Unprotected(unprotected) => unprotected.subject(),
            Self::Verified(verified) => verified.subject(),
        }
    }
}

macro_rules! sign_in_from {
    ($($name:ident),*) => {$(
        impl From<$name> for SignIn {
            fn from(sign_in: $name) -> Self {
                Self::$name(sign_in)
            }
        }
    )*};
}

sign_in_from!(Recognized, Registered, Unprotected, Verified);

/// The step that is required after a correct first factor.
///
/// # Example
///
/// ```
/// use second_factor::Next;
///
/// fn page(next: &Next) -> String {
///     match next {
///         Next::Done(_) => "welcome".into(),
///         Next::Enroll(required) => format!("choose one of {}", required.kinds().len()),
///         Next::Prove(offers) => format!("choose one of {}", offers.len()),
///     }
/// }
/// # let _ = page;
/// ```
#[derive(Debug)]
#[doc(alias = "login")]
#[must_use = "this says whether a second factor is required"]
#[expect(clippy::exhaustive_enums, reason = "an application must handle every case")]
pub enum Next {
    /// No further step is required. Open the session.
    Done(SignIn),
    /// The policy requires a second factor, and allows none of the enrolled factors.
    Enroll(RequiredEnrollment),
    /// A second factor is required.
    Prove(Offers),
}

impl Next {
    /// Returns whether this step is a sign-in, or becomes one if the user postpones the enrollment.
    pub(crate) const fn can_open_a_session(&self) -> bool {
        match self {
            Self::Done(_) => true,
            Self::Enroll(required) => required.unprotected.is_some(),
            Self::Prove(_) => false,
        }
    }

    /// Records that the client presented a device token that is no longer valid.
    pub(crate) fn with_invalid_token(self) -> Self {
        match self {
            Self::Prove(offers) => Self::Prove(offers.with_invalid_token()),
            Self::Done(_) | Self::Enroll(_) => self,
        }
    }
}

/// The result of a successful read: no factor protects the subject.
///
/// Only this crate creates it. A failed store, a record that cannot be opened, and a locked or
/// disabled factor are errors, and never result in this value.
///
/// # Example
///
/// ```
/// use second_factor::sign_in::Unprotected;
///
/// fn open_session(unprotected: Unprotected) -> String {
///     unprotected.subject().to_string()
/// }
/// # let _ = open_session;
/// ```
#[must_use = "this is the finding that the user needs no second factor"]
pub struct Unprotected {
    subject: SubjectId,
    epoch: u64,
    first_factor: FirstFactor,
    good_until: Option<UnixTime>,
}

impl Unprotected {
    pub(crate) const fn new(subject: SubjectId, epoch: u64, first_factor: FirstFactor) -> Self {
        Self { subject, epoch, first_factor, good_until: None }
    }

    pub(crate) const fn until(mut self, deadline: UnixTime) -> Self {
        self.good_until = Some(deadline);
        self
    }

    /// Returns the epoch of the subject, to store in the session.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Returns the first factor, which is the only proven factor.
    #[must_use]
    pub const fn first_factor(&self) -> &FirstFactor {
        &self.first_factor
    }

    /// Returns the time at which the session must end.
    ///
    /// Returns `None` if enrollment is optional.
    ///
    /// From that time on, the user must [enroll a second factor](Next::Enroll).
    #[must_use]
    pub const fn good_until(&self) -> Option<UnixTime> {
        self.good_until
    }

    /// Returns the unprotected subject.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }
}

impl fmt::Debug for Unprotected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unprotected").finish_non_exhaustive()
    }
}
