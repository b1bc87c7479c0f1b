//! django-allauth MFA.

use hmac::{Hmac, KeyInit as _, Mac as _};

use crate::{
    decryption::base64url,
    rows::{
        SECRET, app, app_signs_in, codes_sign_in, imported, number, rows, text, texts, try_backup,
    },
    security_keys::{Credential, key_signs_in},
    support::reason,
};
use second_factor::{Reason, Secret, block_on, enrollment::Import, otp::TotpParameters};
use serde_json::{Value, json};

/// Imports the authenticators of one user.
///
/// The columns are in clear, unless the adapter overrides `encrypt`.
pub fn import(authenticators: &[Value]) -> Result<Import, Box<dyn core::error::Error>> {
    let mut import = Import::new();
    for row in authenticators {
        let data = &row["data"];
        import = match text(&row["type"]) {
            "recovery_codes" => import.backup_codes(codes(data).iter().map(|code| &code[..]))?,
            "totp" => {
                let secret = Secret::import_base32(text(&data["secret"]))?;
                // The step of the last code is in the cache of Django only.
                import.totp(&secret, TotpParameters::new(), None)?
            }
            "webauthn" => {
                let key = credential(data);
                import.security_key(key.named(text(&data["name"])))?
            }
            other => return Err(format!("{other} is not known").into()),
        };
    }
    Ok(import)
}

/// The codes that are left.
fn codes(data: &Value) -> Vec<String> {
    // Codes that came from django-allauth-2fa.
    if data["migrated_codes"].is_array() {
        return texts(&data["migrated_codes"]);
    }
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(text(&data["seed"]).as_bytes()).unwrap();
    let used = number(&data["used_mask"]);
    let mut codes = Vec::new();
    for place in 0..10 {
        mac.update(format!("{place:3},").as_bytes());
        let [a, b, c, d, ..] = mac.clone().finalize().into_bytes().0;
        let number = u32::from_be_bytes([a, b, c, d]) % 100_000_000;
        if used & 1 << place == 0 {
            codes.push(format!("{number:08}"));
        }
    }
    codes
}

/// The registration, as the browser returned it.
fn credential(data: &Value) -> Credential {
    let object = base64url(text(&data["credential"]["response"]["attestationObject"]));
    // A WebAuthn crate parses the CBOR; here, the data of the authenticator is the last value.
    let at = object.windows(8).position(|bytes| bytes == b"authData").unwrap() + 8;
    assert_eq!(object[at], 0x58, "its length is one byte");
    Credential::of_authenticator_data(&object[at + 2..])
}

fn authenticators() -> Vec<Value> {
    rows("django_allauth")["mfa_authenticator"].as_array().unwrap().clone()
}

#[test]
fn totp_authenticator_signs_in() {
    block_on(async {
        let world = imported(import(&authenticators()).unwrap()).await;
        app_signs_in(&world, &app(SECRET, TotpParameters::new())).await;
    });
}

#[test]
fn codes_of_the_seed_sign_in_unless_they_were_used() {
    block_on(async {
        let world = imported(import(&authenticators()).unwrap()).await;
        let codes = texts(&rows("django_allauth")["codes"]);
        // The mask has the first and the third one.
        for used in [0, 2] {
            assert_eq!(reason(try_backup(&world, &codes[used]).await), Reason::Incorrect);
        }
        let left = codes.iter().enumerate().filter(|(place, _)| ![0, 2].contains(place));
        codes_sign_in(&world, left.map(|(_, code)| &code[..])).await;
    });
}

#[test]
fn codes_migrated_before_sign_in() {
    block_on(async {
        let mut rows = authenticators();
        rows[1]["data"] = json!({ "migrated_codes": ["a1b2c3d4e5f6", "00ff00ff00ff"] });
        let world = imported(import(&rows).unwrap()).await;
        codes_sign_in(&world, ["a1b2c3d4e5f6", "00ff00ff00ff"]).await;
    });
}

#[test]
fn webauthn_authenticator_signs_in() {
    block_on(async {
        let rows = authenticators();
        let world = imported(import(&rows).unwrap()).await;
        key_signs_in(&world, "Blue", &credential(&rows[2]["data"])).await;
    });
}
