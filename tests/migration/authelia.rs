//! Authelia.

use sha2::{Digest as _, Sha256};

use crate::{
    decryption::{aes_256_gcm, base64},
    rows::{SECRET, algorithm, app, code_of_now_was_used, imported, number, rows, text, unhex},
    security_keys::{Credential, key_signs_in},
};
use second_factor::{
    Secret, block_on,
    enrollment::Import,
    otp::{Algorithm, Digits, Period, Step, TotpParameters},
};
use serde_json::Value;

/// Imports one user, with `storage.encryption_key` of the configuration.
pub fn import(rows: &Value, key: &str) -> Result<Import, Box<dyn core::error::Error>> {
    let (totp, webauthn) = (&rows["totp_configurations"], &rows["webauthn_credentials"]);
    let secret = decrypt(text(&totp["secret"]), key);
    let secret = Secret::from_base32(core::str::from_utf8(&secret)?)?;
    let period = number(&totp["period"]);
    let parameters = TotpParameters::new()
        .with_algorithm(algorithm(text(&totp["algorithm"])))
        .with_digits(Digits::new(u8::try_from(number(&totp["digits"]))?)?)
        .with_period(Period::new(period)?);
    // `totp_history` has a hash of each used step. The time of the last one is a good substitute.
    let last = totp["last_used_at"].as_u64().map(|time| Step::new(time / period));
    let import = Import::new().totp(&secret, parameters, last)?;
    Ok(import.security_key(credential(webauthn, key).named(text(&webauthn["description"])))?)
}

/// Decrypts a column: AES-256-GCM under the SHA-256 of the key, behind its nonce.
fn decrypt(column: &str, key: &str) -> Vec<u8> {
    let sealed = unhex(column);
    let (nonce, sealed) = sealed.split_at(12);
    aes_256_gcm(&Sha256::digest(key), nonce, sealed)
}

fn credential(row: &Value, key: &str) -> Credential {
    Credential {
        id: base64(text(&row["kid"])),
        public_key: decrypt(text(&row["public_key"]), key),
        counter: u32::try_from(number(&row["sign_count"])).unwrap(),
    }
}

fn imported_user(rows: &Value) -> Import {
    import(rows, text(&rows["encryption_key"])).unwrap()
}

#[test]
fn encrypted_configuration_continues_after_its_last_use() {
    block_on(async {
        let world = imported(imported_user(&rows("authelia"))).await;
        let parameters = TotpParameters::new()
            .with_algorithm(Algorithm::Sha512)
            .with_digits(Digits::Eight)
            .with_period(Period::new(60).unwrap());
        code_of_now_was_used(&world, &app(SECRET, parameters)).await;
    });
}

#[test]
fn encrypted_credential_signs_in() {
    block_on(async {
        let rows = rows("authelia");
        let world = imported(imported_user(&rows)).await;
        let key = credential(&rows["webauthn_credentials"], text(&rows["encryption_key"]));
        key_signs_in(&world, "Blue", &key).await;
    });
}
