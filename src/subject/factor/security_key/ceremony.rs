//! The public types of ceremonies and security keys.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::{NewCeremony, begin, input::CeremonyState, sealed::CeremonyContent};
use crate::{
    client::Client,
    denial::{Denial, Reason},
    first_factor::FirstFactor,
    id::ItemId,
    keys::{Keys, TextKind},
    moment::Moment,
    purpose::Operation,
    secret::SecretText,
    subject::{
        factor::Caller,
        record::{client_binding::PresentedClient, security_keys::Blob},
    },
    time::UnixTime,
    wiped::Wiped,
};

/// A security-key or passkey ceremony: an assertion or a registration.
///
/// A ceremony is a sealed string, which your application stores between the two requests.
/// [`expose`](Self::expose) returns the string, and
/// [`Verifier::ceremony`](crate::Verifier::ceremony) or
/// [`Verifier::open_passkey`](crate::Verifier::open_passkey) opens it again. This crate stores
/// nothing until the ceremony is accepted.
///
/// # Security
///
/// The string is encrypted. It is valid for 90 seconds, for one client and purpose, and is accepted
/// once. Store it in the session or in a hidden field of the form. It has up to 8 KiB, which may be
/// too long for a cookie.
///
/// # Example
///
/// See [`Verifier::begin_security_key`](crate::Verifier::begin_security_key).
#[doc(alias = "webauthn")]
pub struct Ceremony {
    pub(crate) text: SecretText,
    pub(crate) content: CeremonyContent,
    pub(crate) keys: Vec<SecurityKey>,
}

impl Ceremony {
    /// Begins a ceremony without a subject, for a client.
    ///
    /// Applications call [`Verifier::begin_passkey`](crate::Verifier::begin_passkey).
    #[must_use]
    pub fn begin_passkey(
        keys: &Keys,
        state: &CeremonyState,
        client: Option<&Client>,
        mut moment: Moment,
    ) -> Self {
        let client = PresentedClient::of_ceremony(keys, client).binding();
        let purpose = Operation::SignIn;
        // The subject is unknown, so there can be no first factor.
        let first_factor = Some(FirstFactor::None);
        let new = NewCeremony { purpose, state, client, subject: None, first_factor };
        let inputs = [client.hash().map_or(&[][..], |hash| hash), state.0.bytes()];
        keys.bind_to_operation(&mut moment, "passkey", &inputs);
        begin(new, Vec::new(), keys, &mut moment)
    }

    /// Opens a ceremony without a subject.
    ///
    /// Applications call [`Verifier::open_passkey`](crate::Verifier::open_passkey).
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] if `text` is not such a ceremony, is of another client, or has expired.
    pub fn open_passkey(
        keys: &Keys,
        text: &str,
        client: Option<&Client>,
        now: UnixTime,
    ) -> Result<Self, Denial> {
        let opened = CeremonyContent::open(keys, text).filter(|its| its.subject.is_none());
        let content = opened.ok_or(Denial::new(Reason::NotFound))?;
        let caller = Caller {
            client: PresentedClient::of_ceremony(keys, client),
            now,
            purpose: Operation::SignIn,
        };
        match caller.refusal(content.purpose, &content.client, &content.lifetime) {
            Some(reason) => Err(Denial::new(reason)),
            None => Ok(Self { text: SecretText::new(text.into()), content, keys: Vec::new() }),
        }
    }

    /// Returns 32 random bytes to sign, for a WebAuthn crate that accepts a challenge.
    #[must_use]
    pub fn challenge(&self) -> &[u8; 32] {
        &self.content.challenge
    }

    /// Returns the time at which the ceremony expires.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.content.lifetime.expires_at()
    }

    /// Returns the sealed string to store between the two requests.
    ///
    /// It has up to 8 KiB of URL-safe characters.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// Returns the enrolled keys.
    ///
    /// For an assertion, these keys may respond. For a registration, they must not be registered
    /// again. If no key can respond, the slice is empty, and your application must show the same
    /// page as for a user with keys. The slice is also empty for a ceremony without a subject,
    /// until [`Verifier::ceremony`](crate::Verifier::ceremony) opens it for a subject.
    #[must_use]
    pub fn keys(&self) -> &[SecurityKey] {
        &self.keys
    }

    /// Returns the state of the WebAuthn crate that was passed in.
    #[must_use]
    pub fn state(&self) -> &[u8] {
        self.content.state.bytes()
    }
}

impl fmt::Debug for Ceremony {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ceremony").field("expires_at", &self.expires_at()).finish_non_exhaustive()
    }
}

/// A sealed ceremony, as read from the session or the form.
///
/// A `&`[`Ceremony`] or a string converts into it. The string is checked when it is used.
///
/// # Example
///
/// ```
/// use second_factor::{Proof, proof::{CeremonyText, SecurityKeyOutcome}};
///
/// let posted = String::from("as the form returned it");
/// let proof = Proof::security_key(&posted, SecurityKeyOutcome::failed());
/// assert_eq!(format!("{:?}", CeremonyText::from(&posted)), "CeremonyText(redacted)");
/// # let _ = proof;
/// ```
#[derive(Clone)]
pub struct CeremonyText(Wiped<String>);

impl CeremonyText {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Ceremony> for CeremonyText {
    fn from(ceremony: &Ceremony) -> Self {
        ceremony.expose().into()
    }
}

impl From<&str> for CeremonyText {
    fn from(text: &str) -> Self {
        // A longer string cannot be opened, and is not copied.
        let text = if text.len() > TextKind::Ceremony.longest() { "" } else { text };
        Self(Wiped::new(text.into()))
    }
}

impl From<&String> for CeremonyText {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

redacted!(CeremonyText);

/// An enrolled security key.
///
/// # Example
///
/// ```
/// use second_factor::status::SecurityKey;
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
    /// Returns the credential that was last passed in.
    #[must_use]
    pub fn credential(&self) -> &[u8] {
        self.credential.bytes()
    }

    /// Returns the id of the key, for forms.
    ///
    /// Pass it to [`SecurityKeyOutcome::passed`](crate::proof::SecurityKeyOutcome::passed).
    #[must_use]
    pub const fn id(&self) -> &ItemId {
        &self.id
    }

    /// Returns the name that the user chose for the key.
    ///
    /// Escape it in HTML.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the time at which the key was enrolled.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ceremony_text_that_is_too_long_is_not_copied() {
        let most = TextKind::Ceremony.longest();
        let longest = "7".repeat(most);
        assert_eq!(CeremonyText::from(&longest).as_str(), longest);
        for longer in [1, 2, most] {
            assert_eq!(CeremonyText::from(&"7".repeat(most + longer)).as_str(), "");
        }
    }
}
