//! Nextcloud, with its two-factor apps.

use argon2::{Argon2, Params, Version};
use base64ct::{Base64Unpadded, Encoding as _};
use hmac::Hmac;
use sha2::{Digest as _, Sha512};

use crate::{
    decryption::{aes_128_cbc, base64, hkdf, is_hmac_sha_512, pbkdf2},
    rows::{
        Hashes, SECRET, algorithm, app, code_of_now_was_used, codes_sign_in, imported,
        imported_with, number, rows, text, texts, try_backup, unhex,
    },
    security_keys::{Credential, key_signs_in},
    support::reason,
};
use second_factor::{
    Reason, Secret, block_on,
    enrollment::Import,
    otp::{Step, TotpParameters},
};
use serde_json::Value;

const ENABLED: u64 = 2;

/// Imports one user, with `secret` of `config.php`.
pub fn import(rows: &Value, key: &str) -> Result<Import, Box<dyn core::error::Error>> {
    let (totp, webauthn) =
        (&rows["oc_twofactor_totp_secrets"], &rows["oc_twofactor_webauthn_regs"]);
    let mut import = Import::new();
    if number(&totp["state"]) == ENABLED {
        // The text is random, so bits after the last byte can be set.
        let secret = Secret::import_base32(&decrypt(text(&totp["secret"]), key))?;
        // The column exists since `twofactor_totp` 17.1.0.
        let algorithm = algorithm(totp["algorithm"].as_str().unwrap_or("sha1"));
        let parameters = TotpParameters::new().with_algorithm(algorithm);
        // -1 if no code was accepted.
        let last = totp["last_counter"].as_u64().map(Step::new);
        import = import.totp(&secret, parameters, last)?;
    }
    let codes = rows["oc_twofactor_backupcodes"].as_array().into_iter().flatten();
    let unused = codes.filter(|code| code["used"] == 0).map(|code| text(&code["code"]).to_owned());
    import = import.hashed_backup_codes(unused)?;
    if webauthn["active"] == true {
        import = import.security_key(credential(webauthn).named(text(&webauthn["name"])))?;
    }
    Ok(import)
}

/// Decrypts a column of format 3: AES-128-CBC, then an HMAC.
fn decrypt(column: &str, key: &str) -> String {
    let [sealed, iv, mac, "3"] = column.split('|').collect::<Vec<_>>()[..] else {
        panic!("an older format")
    };
    let material = hkdf::<Hmac<Sha512>>(key.as_bytes(), b"");
    let (encryption, authentication) = material.split_at(32);
    let authentication = Sha512::digest([authentication, b"a"].concat());
    let authentication: String = authentication.iter().map(|byte| format!("{byte:02x}")).collect();
    let message = [sealed, iv].concat();
    assert!(is_hmac_sha_512(authentication.as_bytes(), message.as_bytes(), mac), "another key");
    let key = pbkdf2::<Hmac<sha1::Sha1>>(encryption, b"phpseclib", 1000);
    String::from_utf8(aes_128_cbc(&key[..16], &unhex(iv), &unhex(sealed))).unwrap()
}

/// Whether the hash is that of a code: a number, and the hash of `password_hash`.
fn matches(hash: &str, typed: &str) -> bool {
    match hash.split_once('|') {
        Some(("1", bcrypt)) => bcrypt::verify(typed, bcrypt).unwrap_or(false),
        Some((_, argon2)) => is_argon2(argon2, typed).unwrap_or(false),
        None => false,
    }
}

/// Whether `hash` is the Argon2 hash of `typed`, such as `$argon2id$v=19$m=65536,t=4,p=1$salt$hash`.
fn is_argon2(hash: &str, typed: &str) -> Option<bool> {
    let ["", algorithm, "v=19", costs, salt, expected] = hash.split('$').collect::<Vec<_>>()[..]
    else {
        return None;
    };
    let cost = |name: &str| {
        let mut costs = costs.split(',').filter_map(|cost| cost.split_once('='));
        costs.find(|(its, _)| *its == name).and_then(|(_, value)| value.parse().ok())
    };
    let expected = Base64Unpadded::decode_vec(expected).ok()?;
    let length = Some(expected.len());
    let params = Params::new(cost("m")?, cost("t")?, cost("p")?, length).ok()?;
    let algorithm = algorithm.parse().ok()?;
    let mut found = vec![0; expected.len()];
    let salt = Base64Unpadded::decode_vec(salt).ok()?;
    let argon2 = Argon2::new(algorithm, Version::V0x13, params);
    argon2.hash_password_into(typed.as_bytes(), &salt, &mut found).ok()?;
    Some(found == expected)
}

fn credential(row: &Value) -> Credential {
    Credential {
        id: base64(text(&row["public_key_credential_id"])),
        public_key: base64(text(&row["credential_public_key"])),
        counter: u32::try_from(number(&row["counter"])).unwrap(),
    }
}

fn imported_user(rows: &Value) -> Import {
    import(rows, text(&rows["secret"])).unwrap()
}

#[test]
fn encrypted_secret_continues_after_its_counter() {
    block_on(async {
        let world = imported(imported_user(&rows("nextcloud"))).await;
        code_of_now_was_used(&world, &app(SECRET, TotpParameters::new())).await;
    });
}

#[test]
fn hashed_backup_codes_sign_in_once_unless_used() {
    block_on(async {
        let rows = rows("nextcloud");
        let world = imported_with(imported_user(&rows), Hashes(matches)).await;
        let codes = texts(&rows["codes"]);
        assert_eq!(reason(try_backup(&world, &codes[1]).await), Reason::Incorrect, "it was used");
        codes_sign_in(&world, [0, 2, 3].map(|at| &codes[at][..])).await;
    });
}

#[test]
fn webauthn_registration_signs_in() {
    block_on(async {
        let rows = rows("nextcloud");
        let key = credential(&rows["oc_twofactor_webauthn_regs"]);
        key_signs_in(&imported(imported_user(&rows)).await, "Blue", &key).await;
    });
}

/// State 1: the user has seen the secret, and has never typed a code.
#[test]
fn secret_that_is_only_created_is_not_imported() {
    let mut rows = rows("nextcloud");
    rows["oc_twofactor_totp_secrets"]["state"] = 1.into();
    rows["oc_twofactor_totp_secrets"]["secret"] = "not decrypted".into();
    let _ = imported_user(&rows);
}
