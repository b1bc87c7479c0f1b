//! Better Auth, with its plugins `twoFactor` and `passkey`.

use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, aead::Aead as _};
use sha2::{Digest as _, Sha256};

use crate::{
    decryption::{base64, base64url},
    rows::{app, app_signs_in, codes_sign_in, imported, json, number, rows, text, texts, unhex},
    security_keys::{Credential, key_signs_in},
};
use second_factor::{Secret, block_on, enrollment::Import, otp::TotpParameters};
use serde_json::Value;

/// Imports one user, with the secret of the application.
pub fn import(row: &Value, application: &str) -> Result<Import, Box<dyn core::error::Error>> {
    // The secret is the text itself. Only the QR code has it in Base32.
    let secret = Secret::new(&decrypt(text(&row["secret"]), application))?;
    let import = Import::new().totp(&secret, TotpParameters::new(), None)?;
    // A list in clear if `storeBackupCodes` is `plain`.
    let codes = decrypt(text(&row["backupCodes"]), application);
    let codes = texts(&json(core::str::from_utf8(&codes)?));
    Ok(import.backup_codes(codes.iter().map(|code| &code[..]))?)
}

/// Decrypts a column: XChaCha20-Poly1305 under the SHA-256 of the secret, behind its nonce.
fn decrypt(column: &str, application: &str) -> Vec<u8> {
    // `$ba$` and the number of the secret, if the application has several.
    let sealed = unhex(column.rsplit('$').next().unwrap());
    let (nonce, sealed) = sealed.split_at(24);
    let nonce: [u8; 24] = nonce.try_into().unwrap();
    let cipher = XChaCha20Poly1305::new(&Sha256::digest(application));
    cipher.decrypt(&nonce.into(), sealed).expect("the key opens the column")
}

fn credential(row: &Value) -> Credential {
    Credential {
        id: base64url(text(&row["credentialID"])),
        public_key: base64(text(&row["publicKey"])),
        counter: u32::try_from(number(&row["counter"])).unwrap(),
    }
}

#[test]
fn encrypted_text_is_the_secret() {
    block_on(async {
        let rows = rows("better_auth");
        let import = import(&rows["twoFactor"], text(&rows["application"])).unwrap();
        let world = imported(import).await;
        let secret = text(&rows["secret"]).as_bytes();
        app_signs_in(&world, &app(secret, TotpParameters::new())).await;
    });
}

#[test]
fn encrypted_backup_codes_sign_in_once() {
    block_on(async {
        let rows = rows("better_auth");
        let import = import(&rows["twoFactor"], text(&rows["application"])).unwrap();
        let world = imported(import).await;
        codes_sign_in(&world, texts(&rows["codes"]).iter().map(|code| &code[..])).await;
    });
}

#[test]
fn column_of_a_numbered_secret_opens() {
    let rows = rows("better_auth");
    let opened = decrypt(text(&rows["versioned"]), text(&rows["application"]));
    assert_eq!(opened, text(&rows["secret"]).as_bytes());
}

#[test]
fn passkey_signs_in() {
    block_on(async {
        let row = &rows("better_auth")["passkey"];
        let key = credential(row);
        let import = Import::new().security_key(key.named(text(&row["name"]))).unwrap();
        key_signs_in(&imported(import).await, "Blue", &key).await;
    });
}
