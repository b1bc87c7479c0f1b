//! Codes that are made, sent and checked elsewhere, as values. Makes and checks none.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::{
    Address, Purpose, UnixTime,
    message::{Channel, Language},
};

/// The name that a verification service has for one code, or you have for it.
///
/// # Input
///
/// 1 to 64 letters, digits, dots, hyphens and underscores: it is kept in the record, and goes into paths
/// as it is.
///
/// # Example
///
/// ```
/// use second_factor::delivery::RemoteId;
///
/// let id = RemoteId::new("VE0123456789abcdef0123456789abcdef")?;
/// assert_eq!(id.as_str(), "VE0123456789abcdef0123456789abcdef");
/// assert!(RemoteId::new("VE01/../../Services").is_err());
/// # Ok::<(), second_factor::delivery::InvalidRemoteId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteId(String);

impl RemoteId {
    /// The name, read.
    ///
    /// # Errors
    ///
    /// [`InvalidRemoteId`].
    pub fn new(text: &str) -> Result<Self, InvalidRemoteId> {
        if is_name(text) { Ok(Self(text.into())) } else { Err(InvalidRemoteId) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text is what a service calls something, and goes into paths as it is.
pub(crate) fn is_name(text: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    // Dots alone are a step up in a path.
    (1..=64).contains(&text.len())
        && text.bytes().all(is_fine)
        && text.bytes().any(|byte| byte != b'.')
}

/// A text that is no [`RemoteId`].
///
/// # Example
///
/// ```
/// let error = second_factor::delivery::RemoteId::new("").unwrap_err();
/// assert!(error.to_string().starts_with("the name of a code"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name of a code made elsewhere has 1 to 64 letters, digits, dots, hyphens and underscores"
)]
#[non_exhaustive]
pub struct InvalidRemoteId;

/// What is said of a code that was made elsewhere.
///
/// [`Right`](Self::Right) alone lets anybody on.
///
/// # Example
///
/// See [`RemoteCodes`](crate::delivery::RemoteCodes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum RemoteAnswer {
    /// There is nothing to check any more: it ended, was cancelled or used, or was guessed at too
    /// often.
    NotFound,
    /// The service refused the application: tell the operator. Decided as
    /// [`Unreachable`](Self::Unreachable).
    Misconfigured,
    /// It is the code. The service must take it no second time.
    Correct,
    /// Nobody can tell. The try stays counted.
    Unreachable,
    /// It is not the code.
    Incorrect,
}

/// A code that is to be made and sent elsewhere.
///
/// # Example
///
/// See [`RemoteCodes`](crate::delivery::RemoteCodes).
#[must_use = "it must be started"]
pub struct RemoteStart {
    pub(crate) address: Address,
    pub(crate) channel: Channel,
    pub(crate) expires_at: UnixTime,
    pub(crate) language: Language,
    pub(crate) purpose: Purpose,
    pub(crate) reference: String,
    pub(crate) replaced: Vec<RemoteId>,
}

impl RemoteStart {
    /// The number that it is to go to.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// How it is to travel.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// When it is right no more, whatever the service says.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// The language of the person.
    #[must_use]
    pub const fn language(&self) -> &Language {
        &self.language
    }

    /// What it is for. A service that makes one code for everything should be set up once for each.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// As [`Message::reference`](crate::Message::reference).
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// Codes to this number whose place it takes: cancel them first. The
    /// [`Verifier`](crate::Verifier) does so itself.
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
