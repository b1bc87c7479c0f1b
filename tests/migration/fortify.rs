//! Laravel Fortify.

use crate::{
    decryption::{aes_256_cbc, base64, is_hmac_sha_256},
    rows::{app, app_signs_in, codes_sign_in, imported, json, rows, text, texts},
};
use second_factor::{
    Secret, block_on, enrollment::Import, otp::TotpParameters, secret::InvalidSecret,
};
use serde_json::Value;

/// Imports one user, with the `APP_KEY` of Laravel.
///
/// Fortify creates secrets of 80 bits by default. RFC 4226 requires 128, so the import has to say
/// that it accepts short ones. Ask these users to enroll again.
pub fn import(user: &Value, key: &str) -> Result<Import, Box<dyn core::error::Error>> {
    let column = |name: &str| decrypt(text(&user[name]), key);
    let secret = Secret::danger_import_short(&column("two_factor_secret"))?;
    let import = Import::new().totp(&secret, TotpParameters::new(), None)?;
    let codes = texts(&json(&column("two_factor_recovery_codes")));
    Ok(import.backup_codes(codes.iter().map(|code| &code[..]))?)
}

/// Decrypts a column of `encrypt`, which serializes a text of PHP.
fn decrypt(column: &str, key: &str) -> String {
    let key = base64(key.strip_prefix("base64:").unwrap());
    let payload = json(core::str::from_utf8(&base64(column)).unwrap());
    let [iv, value, mac] = ["iv", "value", "mac"].map(|name| text(&payload[name]));
    assert!(is_hmac_sha_256(&key, [iv, value].concat().as_bytes(), mac), "the key is another");
    let serialized = String::from_utf8(aes_256_cbc(&key, &base64(iv), &base64(value))).unwrap();
    let (_, quoted) = serialized.split_once(":\"").unwrap();
    quoted.strip_suffix("\";").unwrap().to_owned()
}

fn imported_user(rows: &Value) -> Import {
    import(&rows["users"], text(&rows["APP_KEY"])).unwrap()
}

#[test]
fn short_secret_signs_in() {
    block_on(async {
        let rows = rows("fortify");
        let world = imported(imported_user(&rows)).await;
        let secret = Secret::danger_import_short(text(&rows["secret"])).unwrap();
        app_signs_in(&world, &app(secret.expose_bytes(), TotpParameters::new())).await;
    });
}

#[test]
fn default_secret_is_refused_without_danger() {
    let rows = rows("fortify");
    let refused = Secret::import_base32(text(&rows["secret"])).err();
    assert!(matches!(refused, Some(InvalidSecret::TooShort { min: 16, .. })));
}

#[test]
fn recovery_codes_sign_in_once() {
    block_on(async {
        let rows = rows("fortify");
        let world = imported(imported_user(&rows)).await;
        codes_sign_in(&world, texts(&rows["codes"]).iter().map(|code| &code[..])).await;
    });
}
