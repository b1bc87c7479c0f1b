//! Verified and registered users.

use alloc::vec::Vec;
use core::fmt;

use super::DeviceToken;
use crate::{
    address::Address,
    amr::Methods,
    assurance::{self, Evidence},
    factor::{FactorKind, FactorSet},
    first_factor::FirstFactor,
    id::SubjectId,
    purpose::Operation,
    time::UnixTime,
};

/// The result of an accepted attempt.
///
/// It records the subject, the proven factors, the operation and the time. The core returns this
/// value. It opens a session only after its conversion into a [`Verified`] or a [`Registered`].
///
/// # Example
///
/// ```
/// use second_factor::{Verified, sans_io::Proven};
///
/// fn sign_in(proven: Proven) -> Option<Verified> {
///     proven.verified() // `None` for a proof of another operation
/// }
/// # let _ = sign_in;
/// ```
#[must_use = "this is what the user proved"]
pub struct Proven {
    pub(crate) subject: SubjectId,
    pub(crate) first_factor: FirstFactor,
    pub(crate) factors: FactorSet,
    pub(crate) methods: Methods,
    pub(crate) operation: Operation,
    pub(crate) at: UnixTime,
    pub(crate) epoch: u64,
    pub(crate) device_token: Option<DeviceToken>,
    pub(crate) address: Option<Address>,
}

impl Proven {
    /// Returns the proof as a sign-in, or `None` if it was for another operation.
    ///
    /// Confirming a factor is its first use. The confirmation also signs the user in, unless the
    /// enrollment began with a grant.
    #[must_use]
    pub fn verified(self) -> Option<Verified> {
        matches!(self.operation, Operation::Enroll | Operation::SignIn).then_some(Verified(self))
    }

    /// Returns the proof as a registration, or `None` if it was for another operation.
    #[must_use]
    pub fn registered(self) -> Option<Registered> {
        (self.operation == Operation::Register).then_some(Registered(self))
    }

    /// Returns the factors that were proven in addition to the first factor.
    const fn evidence(&self) -> Evidence {
        Evidence { factors: self.factors, methods: self.methods }
    }

    /// Returns the operation for which the proof was accepted.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }
}

impl fmt::Debug for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proven")
            .field("factors", &self.factors)
            .field("operation", &self.operation)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// The proof that a subject passed a second factor, which opens a session.
///
/// Only this crate creates it, after the write that records the success is committed. It cannot be
/// cloned, compared, constructed or deserialized. Accept it, or a [`SignIn`](crate::SignIn), by
/// value where your application opens a session. No code path can then skip the second factor
/// ([FAILURES 42, 46](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use second_factor::Verified;
///
/// struct Session { subject: String }
///
/// fn open_session(verified: Verified) -> Session {
///     Session { subject: verified.subject().to_string() }
/// }
/// # let _ = open_session;
/// ```
#[doc(alias = "2fa")]
#[doc(alias = "authenticated")]
#[must_use = "this is the proof that the user passed a second factor"]
pub struct Verified(pub(crate) Proven);

/// The proof that a subject registered an address, which opens a session.
///
/// It proves control of the phone number or the mailbox, and knowledge of the PIN if one is set.
/// Only this crate creates it, as it does [`Verified`]. End the earlier sessions of the subject,
/// whose [`epoch`](Self::epoch) is different.
///
/// # Example
///
/// ```
/// use second_factor::sign_in::Registered;
///
/// fn open_session(registered: Registered) -> String {
///     registered.subject().to_string()
/// }
/// # let _ = open_session;
/// ```
#[must_use = "this is the proof that the user registered"]
pub struct Registered(pub(crate) Proven);

macro_rules! getters {
    ($($name:ident),*) => {$(
        impl $name {
            /// Returns the proven phone number or mailbox, or `None` if no code was sent.
            ///
            /// If two addresses were proven, this is the first one.
            #[must_use]
            pub const fn address(&self) -> Option<&Address> {
                self.0.address.as_ref()
            }

            /// Returns the authentication methods, for the `amr` claim of an ID token.
            ///
            /// The values are registered and in alphabetical order. Values that another service
            /// reported are not included: see [`FirstFactor::Federated`].
            ///
            /// # Source
            ///
            /// RFC 8176 §2; [which method has which value](crate::manual::first_factor).
            #[must_use]
            pub fn amr(&self) -> Vec<&'static str> {
                assurance::methods(&self.0.first_factor, self.0.evidence()).names().collect()
            }

            /// Returns the token of the device that the proof made known or trusted, or `None`.
            ///
            /// It is `None` if the device retains the token that it presented.
            ///
            /// Store it in the cookie of [this name](crate::Verifier::cookie_name), or in the app,
            /// and present it with [`Client::device`](crate::Client::device). See also
            /// [`Proof::trusting`](crate::Proof::trusting).
            #[must_use]
            pub const fn device_token(&self) -> Option<&DeviceToken> {
                self.0.device_token.as_ref()
            }

            /// Returns the epoch of the subject, to store in the session.
            ///
            /// A session is valid as long as [`Verifier::epoch`](crate::Verifier::epoch) returns
            /// the same number.
            #[must_use]
            pub const fn epoch(&self) -> u64 {
                self.0.epoch
            }

            /// Returns the first factor of the sign-in.
            #[must_use]
            pub const fn first_factor(&self) -> &FirstFactor {
                &self.0.first_factor
            }

            /// Returns the kinds of factors that were proven.
            #[must_use]
            pub fn factors(&self) -> Vec<FactorKind> {
                self.0.factors.kinds().collect()
            }

            /// Returns the authentication assurance level: 1, 2 or 3.
            ///
            /// # Source
            ///
            /// NIST SP 800-63B-4 §2; [which sign-in has which level](crate::manual::first_factor).
            #[doc(alias = "aal")]
            #[doc(alias = "acr")]
            #[must_use]
            pub fn level(&self) -> u8 {
                assurance::level(&self.0.first_factor, self.0.evidence())
            }

            /// Returns the subject that proved the factors.
            #[must_use]
            pub const fn subject(&self) -> &SubjectId {
                &self.0.subject
            }

            /// Returns the time at which the factors were proven.
            ///
            /// Ask for another proof if this time is too long ago for your application (NIST SP
            /// 800-63B-4 §2.2.3).
            #[must_use]
            pub const fn verified_at(&self) -> UnixTime {
                self.0.at
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("factors", &self.0.factors)
                    .field("verified_at", &self.0.at)
                    .finish_non_exhaustive()
            }
        }
    )*};
}

getters!(Verified, Registered);
