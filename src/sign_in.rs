//! Sign-ins: the values that open a session.
//!
//! Only this crate can create them.

mod device_token;
mod offers;
mod recognized;
mod verified;

use core::fmt;

pub use self::{
    device_token::DeviceToken,
    offers::{Offer, Offers},
    recognized::Recognized,
    verified::{Proven, Registered, Verified},
};
use crate::SubjectId;

/// A sign-in: the one type that opens a session.
///
/// Every way into the account ends in it, and nothing else does: a [`Grant`](crate::Grant) opens no
/// session. Only this crate creates it. It cannot be cloned, constructed or deserialized. Take it by
/// value where your application opens a session ([FAILURES 42, 46](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use second_factor::SignIn;
///
/// struct Session { subject: Vec<u8>, epoch: u64, cookie: Option<String> }
///
/// fn open_session(sign_in: SignIn) -> Session {
///     Session {
///         subject: sign_in.subject().as_bytes().to_vec(),
///         epoch: sign_in.epoch(),
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
    /// Returns the token to store on this device; `None` if there is nothing to store.
    #[must_use]
    pub const fn device_token(&self) -> Option<&DeviceToken> {
        match self {
            Self::Recognized(recognized) => Some(recognized.token()),
            Self::Registered(registered) => registered.device_token(),
            Self::Unprotected(_) => None,
            Self::Verified(verified) => verified.device_token(),
        }
    }

    /// Returns the epoch of the subject, for the session.
    ///
    /// A session is valid as long as [`Verifier::epoch`](crate::Verifier::epoch) returns the same
    /// number.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        match self {
            Self::Recognized(recognized) => recognized.epoch(),
            Self::Registered(registered) => registered.epoch(),
            Self::Unprotected(unprotected) => unprotected.epoch(),
            Self::Verified(verified) => verified.epoch(),
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

/// What is required after a correct first factor.
///
/// # Example
///
/// ```
/// use second_factor::Next;
///
/// fn page(next: &Next) -> String {
///     match next {
///         Next::Done(_) => "welcome".into(),
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
    /// Nothing is required: open the session.
    Done(SignIn),
    /// A second factor is required.
    Prove(Offers),
}

/// The finding, from a successful read, that no factor protects the subject.
///
/// Only this crate creates it. A failed store, a record that cannot be opened, and a locked or
/// disabled factor are errors, and never lead to this value.
///
/// # Example
///
/// ```
/// use second_factor::sign_in::Unprotected;
///
/// fn open_session(unprotected: Unprotected) -> Vec<u8> {
///     unprotected.subject().as_bytes().to_vec()
/// }
/// # let _ = open_session;
/// ```
#[must_use = "this is the finding that the user needs no second factor"]
pub struct Unprotected {
    subject: SubjectId,
    epoch: u64,
}

impl Unprotected {
    pub(crate) const fn new(subject: SubjectId, epoch: u64) -> Self {
        Self { subject, epoch }
    }

    /// Returns the epoch of the subject, for the session.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
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
