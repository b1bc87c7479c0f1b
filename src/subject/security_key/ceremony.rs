//! What a host is shown of security keys and of ceremonies. Keeps and decides nothing.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::given::Blob;
use crate::{Handle, UnixTime, id::ItemId};

/// A question put to security keys, or the registration of a new one, that waits.
///
/// Only the [`handle`](Self::handle) must be kept between the two requests;
/// [`Verifier::ceremony`](crate::Verifier::ceremony) gives the rest again.
///
/// # Example
///
/// See [`Verifier::begin_security_key`](crate::Verifier::begin_security_key).
pub struct Ceremony {
    pub(super) handle: Handle,
    pub(super) challenge: [u8; 32],
    pub(super) kept: Blob,
    pub(super) keys: Vec<SecurityKey>,
    pub(super) expires_at: UnixTime,
}

impl Ceremony {
    /// 32 random bytes that the answer must sign, for a crate that takes a challenge from outside.
    #[must_use]
    pub const fn challenge(&self) -> &[u8; 32] {
        &self.challenge
    }

    /// When an answer comes too late.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// The text to keep between two requests.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// What was given to be kept, when it was begun.
    #[must_use]
    pub fn kept(&self) -> &[u8] {
        self.kept.bytes()
    }

    /// The keys that stand: those that may answer, or that must not be registered again.
    ///
    /// None, where nobody can answer: show the same page all the same.
    #[must_use]
    pub fn keys(&self) -> &[SecurityKey] {
        &self.keys
    }
}

impl AsRef<Handle> for Ceremony {
    fn as_ref(&self) -> &Handle {
        &self.handle
    }
}

impl fmt::Debug for Ceremony {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ceremony").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// A security key that stands.
///
/// # Example
///
/// ```
/// use second_factor::subject::SecurityKey;
///
/// fn line(key: &SecurityKey) -> String {
///     format!("<li>{} <button name=remove value={}>remove</button>", key.name(), key.id())
/// }
/// # let _ = line;
/// ```
pub struct SecurityKey {
    pub(super) id: ItemId,
    pub(super) name: String,
    pub(super) credential: Blob,
    pub(super) enrolled_at: UnixTime,
}

impl SecurityKey {
    /// What the other crate wants kept of it, as it was given last.
    #[must_use]
    pub fn credential(&self) -> &[u8] {
        self.credential.bytes()
    }

    /// Its name within the subject, for [`SecurityKeyOutcome::passed`](super::SecurityKeyOutcome::passed) and for
    /// the form behind a button.
    #[must_use]
    pub const fn id(&self) -> &ItemId {
        &self.id
    }

    /// What its owner calls it. Theirs to choose: escape it before you put it into a page.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When it was confirmed.
    #[must_use]
    pub const fn enrolled_at(&self) -> UnixTime {
        self.enrolled_at
    }
}

impl fmt::Debug for SecurityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecurityKey")
            .field("id", &self.id)
            .field("enrolled_at", &self.enrolled_at)
            .finish_non_exhaustive()
    }
}
