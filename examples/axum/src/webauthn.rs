//! Security keys and passkeys, checked by a WebAuthn crate.

use std::error::Error;

/// A WebAuthn crate, behind four functions.
///
/// The crate checks signatures. The verifier accepts each ceremony once, stores the credentials and
/// decides what a correct response permits. All texts are the JSON of the WebAuthn standard
/// (`parseCreationOptionsFromJSON`, `toJSON`). `state` and `credential` are your crate's own bytes,
/// stored sealed. `to_copy/webauthn_rs.rs` in this package implements the trait over `webauthn-rs`.
pub trait WebAuthn: Send + Sync + 'static {
    /// Begins the registration of a key. `enrolled` are the credentials that the user has.
    ///
    /// # Errors
    ///
    /// Returns an error if the crate is misconfigured. The user sees that something went wrong.
    fn begin_registration(
        &self,
        owner: &KeyOwner,
        enrolled: &[&[u8]],
    ) -> Result<WebAuthnOptions, Box<dyn Error + Send + Sync>>;

    /// Returns the credential of a correct response, or `None`.
    fn finish_registration(&self, state: &[u8], response: &str) -> Option<Vec<u8>>;

    /// Begins the use of one of these credentials.
    ///
    /// # Errors
    ///
    /// Returns an error if the crate is misconfigured. The user sees that something went wrong.
    fn begin_authentication(
        &self,
        credentials: &[&[u8]],
    ) -> Result<WebAuthnOptions, Box<dyn Error + Send + Sync>>;

    /// Returns the credential that responded correctly, or `None`.
    fn finish_authentication(
        &self,
        state: &[u8],
        credentials: &[&[u8]],
        response: &str,
    ) -> Option<UsedKey>;
}

/// The user who registers a key.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct KeyOwner {
    /// The user handle: 16 opaque bytes that never change.
    pub handle: [u8; 16],
    /// The label of the [`User`](crate::User), such as an email address.
    pub name: String,
}

/// The beginning of a ceremony.
#[derive(Debug, Clone)]
pub struct WebAuthnOptions {
    /// The options for the browser, as JSON with the field `publicKey`.
    pub options: String,
    /// The state for the second function.
    pub state: Vec<u8>,
}

/// A key that responded correctly.
#[derive(Debug, Clone)]
pub struct UsedKey {
    /// The index of its credential.
    pub index: usize,
    /// The credential with its new signature counter.
    pub credential: Vec<u8>,
    /// Whether the key verified its user, by a PIN or a fingerprint.
    pub user_verified: bool,
    /// Whether the credential cannot leave its device.
    pub device_bound: bool,
}
