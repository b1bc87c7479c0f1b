//! Keycloak.

use sha2::{Digest as _, Sha512};

use crate::{
    decryption::{base64, base64url},
    rows::{
        Hashes, SECRET, algorithm, app, app_signs_in, codes_sign_in, imported, imported_with, json,
        number, rows, text, texts,
    },
    security_keys::{Credential, key_signs_in},
};
use second_factor::{
    FactorKind, Proof, Secret, block_on,
    enrollment::{HotpToken, Import},
    otp::{Algorithm, Digits, Hotp, Period, Step, TotpParameters},
};
use serde_json::Value;

/// Imports the credentials of one user. Columns with JSON are texts.
pub fn import(credentials: &[Value]) -> Result<Import, Box<dyn core::error::Error>> {
    let mut import = Import::new();
    for row in credentials {
        let secret = json(text(&row["SECRET_DATA"]));
        let data = json(text(&row["CREDENTIAL_DATA"]));
        import = match text(&row["TYPE"]) {
            "otp" => otp(import, &secret, &data)?,
            "recovery-authn-codes" => {
                let codes = secret["codes"].as_array().into_iter().flatten();
                let hashes = codes.map(|code| text(&code["encodedHashedValue"]).to_owned());
                import.hashed_backup_codes(hashes)?
            }
            "webauthn" | "webauthn-passwordless" => {
                import.security_key(credential(&data).named(text(&row["USER_LABEL"])))?
            }
            // A password.
            _ => import,
        };
    }
    Ok(import)
}

fn otp(
    import: Import,
    secret: &Value,
    data: &Value,
) -> Result<Import, Box<dyn core::error::Error>> {
    let value = text(&secret["value"]);
    let secret = match data["secretEncoding"].as_str() {
        // The secret is the text itself.
        None => Secret::new(value.as_bytes())?,
        Some("BASE32") => Secret::from_base32(value)?,
        Some(other) => return Err(format!("{other} is not known").into()),
    };
    let digits = Digits::new(u8::try_from(number(&data["digits"]))?)?;
    let algorithm = algorithm(text(&data["algorithm"]));
    Ok(match text(&data["subType"]) {
        "hotp" => {
            let counter = Step::new(number(&data["counter"]));
            let token = HotpToken::new(&secret).with_algorithm(algorithm).with_digits(digits);
            import.hotp(token.with_counter(counter))
        }
        _ => {
            let parameters = TotpParameters::new()
                .with_algorithm(algorithm)
                .with_digits(digits)
                .with_period(Period::new(number(&data["period"]))?);
            import.totp(&secret, parameters, None)?
        }
    })
}

fn credential(data: &Value) -> Credential {
    Credential {
        id: base64(text(&data["credentialId"])),
        public_key: base64url(text(&data["credentialPublicKey"])),
        counter: u32::try_from(number(&data["counter"])).unwrap(),
    }
}

/// Whether the hash is that of a code: SHA-512, once, in Base64.
///
/// Keycloak shows its codes in groups, and compares them without hyphens.
fn matches(hash: &str, typed: &str) -> bool {
    let typed = typed.replace(['-', ' '], "").to_uppercase();
    Sha512::digest(typed)[..] == base64(hash)[..]
}

fn credentials() -> Vec<Value> {
    rows("keycloak")["CREDENTIAL"].as_array().unwrap().clone()
}

#[test]
fn totp_credential_signs_in() {
    block_on(async {
        let world = imported(import(&credentials()).unwrap()).await;
        let parameters = TotpParameters::new().with_algorithm(Algorithm::Sha256);
        app_signs_in(&world, &app(SECRET, parameters)).await;
    });
}

#[test]
fn hotp_credential_continues_at_its_counter() {
    block_on(async {
        let world = imported(import(&credentials()).unwrap()).await;
        let code = Hotp::new(&Secret::new(SECRET).unwrap()).code(Step::new(41));
        let verified = world.verifier.verify(&world.alice, Proof::hotp(code.expose())).await;
        assert_eq!(verified.unwrap().factors(), [FactorKind::Hotp]);
    });
}

/// Keycloak accepts its codes in their order only. Here, each one is accepted.
#[test]
fn recovery_codes_sign_in_once() {
    block_on(async {
        let world = imported_with(import(&credentials()).unwrap(), Hashes(matches)).await;
        let codes = texts(&rows("keycloak")["codes"]);
        let grouped = codes.iter().rev().map(|code| format!("{}-{}", &code[..4], &code[4..]));
        let grouped: Vec<String> = grouped.map(|code| code.to_lowercase()).collect();
        codes_sign_in(&world, grouped.iter().map(|code| &code[..])).await;
    });
}

#[test]
fn webauthn_credential_signs_in() {
    block_on(async {
        let rows = credentials();
        let key = credential(&json(text(&rows[3]["CREDENTIAL_DATA"])));
        key_signs_in(&imported(import(&rows).unwrap()).await, "Blue", &key).await;
    });
}
