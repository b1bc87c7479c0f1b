//! The error of every verifier method.

use crate::{
    Handle, UnixTime,
    delivery::Undelivered,
    error::Invalid,
    host::{NoEntropy, NoTime},
    otp::InvalidKeyUri,
    storage::StorageError,
    subject::{Challenge, InvalidPin, InvalidSecurityKey, Unreadable},
    verdict::Denial,
};

/// Why a call did not succeed.
///
/// [`Denied`](Self::Denied) means that the request was checked and refused. Every other variant
/// means that it could not be checked, or that its input is invalid. No variant permits a sign-in
/// (law 7). Show the user one text for all of them, and [`retry_at`](Self::retry_at) if it returns
/// a time.
///
/// # Example
///
/// ```
/// use second_factor::Error;
///
/// fn status(error: &Error) -> u16 {
///     match error {
///         error if error.retry_at().is_some() => 429,
///         Error::Denied(_) => 401,
///         Error::Busy => 503,
///         _ => 500,
///     }
/// }
/// assert_eq!(status(&Error::Busy), 503);
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The account name cannot be part of a provisioning URI.
    ///
    /// Nothing was written. Pass another name.
    #[error(transparent)]
    Account(#[from] InvalidKeyUri),
    /// The store committed a swap that expected a version which no record ever had.
    ///
    /// It does not compare versions, so codes could be accepted twice. Refuse every sign-in until
    /// the store is repaired.
    #[error("the store does not compare versions")]
    BrokenStorage,
    /// Sixteen attempts conflicted with other writers.
    ///
    /// Nothing was decided. The user may try again.
    #[error("too many requests for this subject at once")]
    Busy,
    /// A slow check was lost, or there was no memory for it.
    ///
    /// Its attempt stays counted. The user may try again; check your
    /// [`Offload`](crate::host::Offload).
    #[error("the slow check was lost")]
    CheckLost,
    /// The request was checked and refused.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// An input was refused by its constructor.
    ///
    /// No method of the verifier returns it. It lets your functions use `?` on constructors too.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The source of randomness failed, or repeated its output.
    ///
    /// Nothing was generated, written or sent. Check the source.
    #[error("the source of randomness failed")]
    NoEntropy,
    /// The clock failed.
    ///
    /// Nothing was verified. Check the clock.
    #[error("the clock failed")]
    NoTime,
    /// The new PIN is not acceptable.
    ///
    /// The reason may be shown. Ask for another PIN.
    #[error(transparent)]
    Pin(#[from] InvalidPin),
    /// The name, the credential or the ceremony state of a security key is invalid.
    ///
    /// Nothing was written.
    #[error(transparent)]
    SecurityKey(#[from] InvalidSecurityKey),
    /// The store failed.
    ///
    /// If it failed while writing, an attempt may be counted and a code consumed. The user may try
    /// again.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The code was generated, but the message was not accepted for delivery.
    ///
    /// The challenge is valid, and another code can be sent for it at
    /// [`retry_at`](Self::retry_at).
    #[error("the message was not accepted for delivery")]
    #[non_exhaustive]
    Undelivered {
        /// The challenge, which waits for a code.
        challenge: Challenge,
        /// Why the message was not accepted.
        #[source]
        why: Undelivered,
    },
    /// A record cannot be opened.
    ///
    /// A sealing key is missing, the bytes are damaged, or a later release wrote them. Check the
    /// keys and the release.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The store was initialized with another root key.
    ///
    /// The ids of all records derive from the root key, so every subject would seem to have no
    /// second factor. Configure the root key of the store.
    #[error("the store was initialized with another root key")]
    WrongRoot,
}

impl Error {
    /// Returns the refusal, for [`Denied`](Self::Denied).
    ///
    /// Its reason is for your log. Do not show it.
    #[must_use]
    pub const fn denial(&self) -> Option<&Denial> {
        match self {
            Self::Denied(denial) => Some(denial),
            _ => None,
        }
    }

    /// Returns the handle of a correct proof after which the PIN is required.
    ///
    /// Ask for the PIN, and pass the handle to [`Proof::pin`](crate::Proof::pin).
    #[must_use]
    pub const fn pin_due(&self) -> Option<&Handle> {
        match self {
            Self::Denied(denial) => denial.pin_due(),
            _ => None,
        }
    }

    /// Returns the handle of a correct proof that is not sufficient.
    ///
    /// Ask for a proof of another kind, and pass the handle to
    /// [`Proof::after`](crate::Proof::after).
    #[must_use]
    pub const fn another_factor_due(&self) -> Option<&Handle> {
        match self {
            Self::Denied(denial) => denial.another_factor_due(),
            _ => None,
        }
    }

    /// Returns when to try again, if waiting helps. It may be shown to the user.
    #[doc(alias = "retry-after")]
    #[must_use]
    pub fn retry_at(&self) -> Option<UnixTime> {
        match self {
            Self::Denied(denial) => denial.retry_at(),
            Self::Undelivered { challenge, .. } => challenge.resend_at(),
            _ => None,
        }
    }
}

impl From<NoEntropy> for Error {
    fn from(_: NoEntropy) -> Self {
        Self::NoEntropy
    }
}

impl From<NoTime> for Error {
    fn from(_: NoTime) -> Self {
        Self::NoTime
    }
}
