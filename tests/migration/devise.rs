//! devise-two-factor, with the defaults of Rails 7.1 or later.

use hmac::Hmac;

use crate::{
    decryption::{aes_256_gcm, base64, pbkdf2},
    rows::{
        Hashes, SECRET, app, code_of_now_was_used, codes_sign_in, imported, imported_with, json,
        rows, text, texts, try_backup,
    },
    support::reason,
};
use second_factor::{
    Reason, Secret, block_on,
    enrollment::Import,
    otp::{Step, TotpParameters},
};
use serde_json::Value;

/// Imports one user, with the keys of the credentials file of Rails.
///
/// Secrets from releases before 6 have 15 bytes. They need `Secret::danger_import_short`.
pub fn import(
    user: &Value,
    primary_key: &str,
    salt: &str,
) -> Result<Import, Box<dyn core::error::Error>> {
    let opened = decrypt(text(&user["otp_secret"]), primary_key, salt);
    let secret = Secret::from_base32(core::str::from_utf8(&opened)?)?;
    let last = user["consumed_timestep"].as_u64().map(Step::new);
    let import = Import::new().totp(&secret, TotpParameters::new(), last)?;
    Ok(import.hashed_backup_codes(texts(&user["otp_backup_codes"]))?)
}

/// Decrypts an attribute of Active Record.
fn decrypt(column: &str, primary_key: &str, salt: &str) -> Vec<u8> {
    // With the defaults of older Rails, the hash can be SHA-1.
    let key = pbkdf2::<Hmac<sha2::Sha256>>(primary_key.as_bytes(), salt.as_bytes(), 1 << 16);
    let message = json(column);
    let mut sealed = base64(text(&message["p"]));
    sealed.extend(base64(text(&message["h"]["at"])));
    aes_256_gcm(&key, &base64(text(&message["h"]["iv"])), &sealed)
}

/// Whether the hash is that of a code, with the pepper of Devise.
fn matches(hash: &str, typed: &str, pepper: &str) -> bool {
    bcrypt::verify(format!("{typed}{pepper}"), hash).unwrap_or(false)
}

fn imported_user(rows: &Value) -> Import {
    import(&rows["users"], text(&rows["primary_key"]), text(&rows["key_derivation_salt"])).unwrap()
}

#[test]
fn encrypted_secret_continues_after_its_timestep() {
    block_on(async {
        let world = imported(imported_user(&rows("devise"))).await;
        code_of_now_was_used(&world, &app(SECRET, TotpParameters::new())).await;
    });
}

#[test]
fn hashed_backup_codes_sign_in_once() {
    block_on(async {
        let rows = rows("devise");
        let pepper = text(&rows["pepper"]).to_owned();
        let hashes = Hashes(move |hash: &str, typed: &str| matches(hash, typed, &pepper));
        let world = imported_with(imported_user(&rows), hashes).await;
        codes_sign_in(&world, texts(&rows["codes"]).iter().map(|code| &code[..])).await;
    });
}

#[test]
fn code_without_the_pepper_is_incorrect() {
    block_on(async {
        let rows = rows("devise");
        let hashes = Hashes(|hash: &str, typed: &str| matches(hash, typed, ""));
        let world = imported_with(imported_user(&rows), hashes).await;
        assert_eq!(reason(try_backup(&world, text(&rows["codes"][0])).await), Reason::Incorrect);
    });
}
