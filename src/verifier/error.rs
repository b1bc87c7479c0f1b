//! What the verifier answers when it does not let anybody on.

use crate::{
    Handle, UnixTime,
    delivery::Undelivered,
    host::{NoEntropy, NoTime},
    otp::InvalidKeyUri,
    storage::StorageError,
    subject::{Challenge, InvalidPin, InvalidSecurityKey, Unreadable},
    verdict::Denial,
};

/// Every answer but success.
///
/// [`Denied`](Self::Denied) means that we looked, and no. All the others mean that we could not
/// look; nobody is let in by them (law 7). Show the person one text for all of them, and
/// [`retry_at`](Self::retry_at) where there is one.
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
    /// The account cannot stand in a provisioning URI. Nothing was written.
    #[error(transparent)]
    Account(#[from] InvalidKeyUri),
    /// The store committed a swap that expected a version which no record ever had: it does not
    /// compare versions, and codes could be accepted twice. Let nobody in until it does.
    #[error("the store does not compare versions")]
    BrokenStorage,
    /// Sixteen times another writer came first. Nothing was decided; the person may try again.
    #[error("too many requests for this subject at once")]
    Busy,
    /// We looked, and no.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// The source of randomness failed. Nothing was made, written or sent.
    #[error("the source of randomness failed")]
    NoEntropy,
    /// The clock failed. Nothing was verified.
    #[error("the clock failed")]
    NoTime,
    /// The new PIN cannot be one. The person may be told why.
    #[error(transparent)]
    Pin(#[from] InvalidPin),
    /// The name or the bytes of a security key cannot be kept. Nothing was written.
    #[error(transparent)]
    SecurityKey(#[from] InvalidSecurityKey),
    /// The store failed. If it did so while writing, a try may be counted and a code spent.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The code was made, but the message was not taken. The challenge lives, and another code can be
    /// sent for it when its time has come.
    #[error("the message was not taken")]
    #[non_exhaustive]
    Undelivered {
        /// What waits for an answer.
        challenge: Challenge,
        /// What the carrier said.
        #[source]
        why: Undelivered,
    },
    /// A record cannot be opened: a key is missing, or the bytes are damaged or of a later release.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The slow work of a try was lost, or there was no memory for it. A try stays counted.
    #[error("the slow work was lost")]
    CheckLost,
    /// The store was begun with another key root, under which all its records are named. Nobody is
    /// let in: every subject would look as if it had no second factor.
    #[error("the store was begun with another key root")]
    WrongRoot,
}

impl Error {
    /// Why it was refused, if it was; for the log, never for the person.
    #[must_use]
    pub const fn denial(&self) -> Option<&Denial> {
        match self {
            Self::Denied(denial) => Some(denial),
            _ => None,
        }
    }

    /// What to give to [`Proof::pin`](crate::Proof::pin), when the proof was right and the PIN is due.
    #[must_use]
    pub const fn pin_due(&self) -> Option<&Handle> {
        match self {
            Self::Denied(denial) => denial.pin_due(),
            _ => None,
        }
    }

    /// What to give to [`Proof::after`](crate::Proof::after), when the proof was right and another is due.
    #[must_use]
    pub const fn another_factor_due(&self) -> Option<&Handle> {
        match self {
            Self::Denied(denial) => denial.another_factor_due(),
            _ => None,
        }
    }

    /// When to try again, where waiting helps. The person may be told.
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
