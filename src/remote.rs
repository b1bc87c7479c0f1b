//! Types for provider-managed codes.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::{
    address::Address,
    channel::Channel,
    error::{Invalid, What},
    message::Language,
    purpose::Operation,
    time::UnixTime,
};

/// The id of a provider-managed code.
///
/// The verification service or your application assigns the id.
///
/// # Input
///
/// An id must have 1 to 64 letters, digits, dots, hyphens and underscores. The record stores the
/// id, and URL paths contain it unchanged.
///
/// # Example
///
/// ```
/// use second_factor::delivery::RemoteId;
///
/// let id = RemoteId::new("VE0123456789abcdef0123456789abcdef")?;
/// assert_eq!(id.as_str(), "VE0123456789abcdef0123456789abcdef");
/// assert!(RemoteId::new("VE01/../../Services").is_err());
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteId(String);

impl RemoteId {
    /// Parses an id.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if `text` has another length or contains another character.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        if is_name(text) { Ok(Self(text.into())) } else { Err(Invalid(What::RemoteId)) }
    }

    /// Restores an id from a record. It accepts what any release accepted.
    pub(crate) const fn from_record(text: String) -> Self {
        Self(text)
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether a string is an identifier that may be inserted into a URL path.
pub(crate) fn is_name(text: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    // A name that consists of dots is a parent directory in a path.
    (1..=64).contains(&text.len())
        && text.bytes().all(is_fine)
        && text.bytes().any(|byte| byte != b'.')
}

/// The result of the check of a provider-managed code.
///
/// Only [`Correct`](Self::Correct) counts as a proof.
///
/// # Example
///
/// See [`RemoteCodes`](crate::delivery::RemoteCodes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum RemoteAnswer {
    /// The code is correct. The service must not accept it a second time.
    Correct,
    /// The code is incorrect.
    Incorrect,
    /// The service rejected the request of your application.
    ///
    /// The decision is the same as for [`Unreachable`](Self::Unreachable). Alert your operations
    /// team.
    Misconfigured,
    /// The service has no such code to check.
    ///
    /// The code has expired, was cancelled, was used, or had too many attempts.
    NotFound,
    /// The service did not answer. The attempt is not counted.
    Unreachable,
}

/// A request to generate and send a provider-managed code.
///
/// # Example
///
/// See [`RemoteCodes`](crate::delivery::RemoteCodes).
#[must_use = "the code must be started"]
pub struct RemoteStart {
    pub(crate) address: Address,
    pub(crate) channel: Channel,
    pub(crate) expires_at: UnixTime,
    pub(crate) language: Language,
    pub(crate) purpose: Operation,
    pub(crate) reference: String,
    pub(crate) replaced: Vec<RemoteId>,
}

impl RemoteStart {
    /// Returns the phone number that receives the code.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// Returns the channel by which to send the code.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// Returns the time at which the code expires.
    ///
    /// The crate refuses the code after this time, even if the service still accepts it.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// Returns the language of the user.
    #[must_use]
    pub const fn language(&self) -> &Language {
        &self.language
    }

    /// Returns the purpose of the code.
    ///
    /// If the service cannot distinguish purposes, configure one instance of it for each purpose.
    #[must_use]
    pub const fn purpose(&self) -> Operation {
        self.purpose
    }

    /// Returns the reference of this send, for the webhooks of the service.
    ///
    /// See [`Message::reference`](crate::Message::reference).
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// Returns the ids of the earlier codes to this number that the new code replaces.
    ///
    /// These codes must be cancelled before the new code is generated. The
    /// [`Verifier`](crate::Verifier) cancels them itself.
    #[must_use]
    pub fn replaced(&self) -> &[RemoteId] {
        &self.replaced
    }
}

impl fmt::Debug for RemoteStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteStart")
            .field("channel", &self.channel)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}
