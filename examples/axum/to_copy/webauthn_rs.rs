//! Security keys and passkeys, checked by `webauthn-rs`.
//!
//! This file is meant to be copied.

use std::error::Error;

use second_factor_axum::{KeyOwner, UsedKey, WebAuthn, WebAuthnOptions};
use serde::{Serialize, de::DeserializeOwned};
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{Passkey, PasskeyAuthentication, PasskeyRegistration, Url, Uuid},
};

/// `webauthn-rs` for one site.
pub struct Keys(Webauthn);

type Started = Result<WebAuthnOptions, Box<dyn Error + Send + Sync>>;

impl Keys {
    pub fn new(name: &str, origin: &Url) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let host = origin.domain().ok_or("the origin has no domain name")?;
        Ok(Self(WebauthnBuilder::new(host, origin)?.rp_name(name).build()?))
    }
}

impl WebAuthn for Keys {
    fn begin_registration(&self, owner: &KeyOwner, enrolled: &[&[u8]]) -> Started {
        let known = passkeys(enrolled).map(|key| key.cred_id().clone()).collect();
        let (id, name) = (Uuid::from_bytes(owner.handle), &owner.name);
        let (options, state) = self.0.start_passkey_registration(id, name, name, Some(known))?;
        started(&options, &state)
    }

    fn finish_registration(&self, state: &[u8], response: &str) -> Option<Vec<u8>> {
        let state: PasskeyRegistration = parsed(state)?;
        let response = serde_json::from_str(response).ok()?;
        let passkey = self.0.finish_passkey_registration(&response, &state).ok()?;
        serde_json::to_vec(&passkey).ok()
    }

    fn begin_authentication(&self, credentials: &[&[u8]]) -> Started {
        let keys: Vec<Passkey> = passkeys(credentials).collect();
        let (options, state) = self.0.start_passkey_authentication(&keys)?;
        started(&options, &state)
    }

    // guide: security key
    /// `webauthn-rs` rejects a counter that has not grown, because it belongs to a cloned key.
    fn finish_authentication(
        &self,
        state: &[u8],
        credentials: &[&[u8]],
        response: &str,
    ) -> Option<UsedKey> {
        let state: PasskeyAuthentication = parsed(state)?;
        let response = serde_json::from_str(response).ok()?;
        let passed = self.0.finish_passkey_authentication(&response, &state).ok()?;
        let keys = credentials.iter().enumerate();
        let (index, mut key) = keys
            .filter_map(|(index, bytes)| Some((index, parsed::<Passkey>(bytes)?)))
            .find(|(_, key)| key.cred_id() == passed.cred_id())?;
        key.update_credential(&passed)?;
        Some(UsedKey {
            index,
            credential: serde_json::to_vec(&key).ok()?,
            user_verified: passed.user_verified(),
            device_bound: !passed.backup_eligible(),
        })
    }
    // end of guide
}

fn started(options: &impl Serialize, state: &impl Serialize) -> Started {
    let (options, state) = (serde_json::to_string(options)?, serde_json::to_vec(state)?);
    Ok(WebAuthnOptions { options, state })
}

fn passkeys<'k>(credentials: &'k [&[u8]]) -> impl Iterator<Item = Passkey> + 'k {
    credentials.iter().filter_map(|bytes| parsed(bytes))
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}
