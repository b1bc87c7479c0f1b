//! Supabase Auth.

use hmac::Hmac;

use crate::{
    decryption::{aes_256_gcm, base64, base64url, hkdf},
    rows::{SECRET, app, app_signs_in, imported, json, number, rows, text},
    security_keys::{Credential, key_signs_in},
};
use second_factor::{
    Address, FactorKind, Secret, block_on, enrollment::Import, otp::TotpParameters,
};
use serde_json::Value;

/// Imports the verified factors of one user, with the key of the server, if columns are encrypted.
pub fn import(
    factors: &[Value],
    (key_id, key): (&str, &str),
) -> Result<Import, Box<dyn core::error::Error>> {
    let mut import = Import::new();
    for row in factors.iter().filter(|row| row["status"] == "verified") {
        import = match text(&row["factor_type"]) {
            "phone" => import.address(Address::phone(&format!("+{}", text(&row["phone"])))?)?,
            "totp" => {
                let secret = decrypt(text(&row["secret"]), text(&row["id"]), (key_id, key));
                let secret = Secret::from_base32(&secret)?;
                // The step of the last code is not stored.
                import.totp(&secret, TotpParameters::new(), None)?
            }
            "webauthn" => {
                let key = credential(&row["web_authn_credential"]);
                import.security_key(key.named(text(&row["friendly_name"])))?
            }
            other => return Err(format!("{other} is not known").into()),
        };
    }
    Ok(import)
}

/// Decrypts a secret, unless it is in clear. Its key is derived for the id of its row.
fn decrypt(column: &str, id: &str, (key_id, key): (&str, &str)) -> String {
    if !column.starts_with('{') {
        return column.to_owned();
    }
    let sealed = json(column);
    assert_eq!([text(&sealed["alg"]), text(&sealed["key_id"])], ["aes-gcm-hkdf", key_id]);
    let key = hkdf::<Hmac<sha2::Sha256>>(&base64url(key), id.as_bytes());
    let [nonce, data] = ["nonce", "data"].map(|name| base64(text(&sealed[name])));
    String::from_utf8(aes_256_gcm(&key, &nonce, &data)).unwrap()
}

/// A credential of go-webauthn. Its bytes are in Base64.
fn credential(data: &Value) -> Credential {
    Credential {
        id: base64(text(&data["id"])),
        public_key: base64(text(&data["publicKey"])),
        counter: u32::try_from(number(&data["authenticator"]["signCount"])).unwrap(),
    }
}

fn imported_factors() -> Import {
    let rows = rows("supabase");
    let key = (text(&rows["key_id"]), text(&rows["key"]));
    import(rows["mfa_factors"].as_array().unwrap(), key).unwrap()
}

#[test]
fn encrypted_totp_factor_signs_in() {
    block_on(async {
        let world = imported(imported_factors()).await;
        app_signs_in(&world, &app(SECRET, TotpParameters::new())).await;
    });
}

#[test]
fn secret_in_clear_is_read_as_it_is() {
    let plain = rows("supabase")["plain"].clone();
    assert_eq!(decrypt(text(&plain), "any", ("", "")), text(&plain));
}

#[test]
fn phone_factor_receives_codes() {
    block_on(async {
        let world = imported(imported_factors()).await;
        let (sent, typed) = world.send_to(&world.number).await;
        let verified = world.try_code(&sent, &typed).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::Phone]);
    });
}

#[test]
fn webauthn_factor_signs_in() {
    block_on(async {
        let rows = rows("supabase");
        let key = credential(&rows["mfa_factors"][2]["web_authn_credential"]);
        key_signs_in(&imported(imported_factors()).await, "Blue", &key).await;
    });
}

/// An attacker with the password may have begun an enrollment.
#[test]
fn unverified_factor_is_not_imported() {
    block_on(async {
        let factors = rows("supabase")["mfa_factors"].as_array().unwrap().clone();
        let unverified = import(&factors[3..], ("", "")).unwrap();
        let world = crate::rows::world(crate::rows::Hashes(|_: &str, _: &str| false));
        let refused = world.verifier.operations().import(&world.alice, unverified).await;
        assert_eq!(crate::support::reason(refused), second_factor::Reason::NotEnrolled);
    });
}
