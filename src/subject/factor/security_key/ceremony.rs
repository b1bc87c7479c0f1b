//! Ceremonies and security keys as the application sees them.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::{Handle, UnixTime, id::ItemId, subject::record::security_keys::Blob};

/// An open security-key ceremony: an assertion or a registration.
///
/// Your application stores only the [`handle`](Self::handle) between the two requests;
/// [`Verifier::ceremony`](crate::Verifier::ceremony) returns the rest again.
///
/// # Example
///
/// See [`Verifier::begin_security_key`](crate::Verifier::begin_security_key).
pub struct Ceremony {
    pub(crate) handle: Handle,
    pub(crate) challenge: [u8; 32],
    pub(crate) state: Blob,
    pub(crate) keys: Vec<SecurityKey>,
    pub(crate) expires_at: UnixTime,
}

impl Ceremony {
    /// Returns 32 random bytes to sign, for a crate that accepts a challenge.
    #[must_use]
    pub const fn challenge(&self) -> &[u8; 32] {
        &self.challenge
    }

    /// Returns when the ceremony expires.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// Returns the text to store between the two requests.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns the enrolled keys.
    ///
    /// For an assertion, they may answer; for a registration, they must not be registered again.
    /// The slice is empty if no key can answer: your application must show the same page.
    #[must_use]
    pub fn keys(&self) -> &[SecurityKey] {
        &self.keys
    }

    /// Returns the state of the other crate, as it was passed in.
    #[must_use]
    pub fn state(&self) -> &[u8] {
        self.state.bytes()
    }
}

impl From<&Ceremony> for Handle {
    fn from(value: &Ceremony) -> Self {
        value.handle
    }
}

impl fmt::Debug for Ceremony {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ceremony").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// An enrolled security key.
///
/// # Example
///
/// ```
/// use second_factor::SecurityKey;
///
/// fn line(key: &SecurityKey) -> String {
///     format!("<li>{} <button name=remove value={}>remove</button>", key.name(), key.id())
/// }
/// # let _ = line;
/// ```
pub struct SecurityKey {
    pub(crate) id: ItemId,
    pub(crate) name: String,
    pub(crate) credential: Blob,
    pub(crate) enrolled_at: UnixTime,
}

impl SecurityKey {
    /// Returns the credential, as it was last passed in.
    #[must_use]
    pub fn credential(&self) -> &[u8] {
        self.credential.bytes()
    }

    /// Returns the id of the key, for forms.
    ///
    /// [`SecurityKeyOutcome::passed`](crate::SecurityKeyOutcome::passed) takes it.
    #[must_use]
    pub const fn id(&self) -> &ItemId {
        &self.id
    }

    /// Returns the name that its owner chose. Escape it in pages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns when it was enrolled.
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
