//! Rows of other systems, and sign-ins after their import.

use crate::support::{ROOT, World, reason, slow::cheap};
use second_factor::{
    Error, FactorKind, FirstFactor, Keys, Proof, Reason, Secret, Verified, Verifier,
    enrollment::Import,
    host::LegacyHashes,
    otp::{Algorithm, Totp, TotpParameters},
    testkit::SeededEntropy,
};
use serde_json::Value;

/// The secret of most rows.
pub const SECRET: &[u8] = b"12345678901234567890";

/// The rows of one system.
pub fn rows(system: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("rows.json")).unwrap();
    let rows = all[system].clone();
    assert!(rows.is_object(), "{system} has no rows");
    rows
}

pub fn text(value: &Value) -> &str {
    value.as_str().expect("it is a text")
}

pub fn number(value: &Value) -> u64 {
    value.as_u64().expect("it is a number")
}

pub fn texts(value: &Value) -> Vec<String> {
    value.as_array().expect("it is a list").iter().map(|one| text(one).to_owned()).collect()
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

pub fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// The algorithm of a name such as `SHA256` or `HmacSHA256`.
pub fn algorithm(name: &str) -> Algorithm {
    match name.to_ascii_lowercase().trim_start_matches("hmac") {
        "sha1" => Algorithm::Sha1,
        "sha256" => Algorithm::Sha256,
        "sha512" => Algorithm::Sha512,
        other => panic!("{other} is no algorithm of TOTP"),
    }
}

/// The hashes of the previous application.
pub struct Hashes<F>(pub F);

impl<F: Fn(&str, &str) -> bool + Send + Sync> LegacyHashes for Hashes<F> {
    fn matches(&self, hash: &str, typed: &str) -> bool {
        (self.0)(hash, typed)
    }
}

/// An application that checks the hashes of the previous one.
pub fn world(hashes: impl LegacyHashes + 'static) -> World {
    let mut world = World::with(cheap());
    let (store, phone) = (world.store.clone(), world.phone.clone());
    world.verifier = Verifier::builder("Example", store, phone, Keys::new(ROOT))
        .first_factor(FirstFactor::Password)
        .policy(cheap())
        .clock(world.clock.clone())
        .entropy(SeededEntropy::new(7))
        .listener(world.log.clone())
        .legacy_hashes(hashes)
        .build()
        .unwrap();
    world
}

pub async fn imported_with(import: Import, hashes: impl LegacyHashes + 'static) -> World {
    let world = world(hashes);
    world.verifier.operations().import(&world.alice, import).await.unwrap();
    world
}

/// An application that has imported Alice, from a system without hashes.
pub async fn imported(import: Import) -> World {
    imported_with(import, Hashes(|_: &str, _: &str| false)).await
}

pub fn app(secret: &[u8], parameters: TotpParameters) -> Totp {
    Totp::with(&Secret::danger_short(secret).unwrap(), parameters)
}

pub async fn try_app(world: &World, app: &Totp) -> Result<Verified, Error> {
    let code = app.code(world.clock.time()).unwrap();
    world.verifier.verify(&world.alice, Proof::totp(code.expose())).await
}

/// The app on the user's phone signs in, once with each code.
pub async fn app_signs_in(world: &World, app: &Totp) {
    let verified = try_app(world, app).await.unwrap();
    assert_eq!(verified.factors(), [FactorKind::Totp]);
    assert_eq!(reason(try_app(world, app).await), Reason::Replayed);
    let period = u64::from(app.parameters().period().as_secs());
    world.clock.advance(period);
    let _ = try_app(world, app).await.unwrap();
}

/// The other system had accepted the code of this step.
pub async fn code_of_now_was_used(world: &World, app: &Totp) {
    assert_eq!(reason(try_app(world, app).await), Reason::Replayed);
    let period = u64::from(app.parameters().period().as_secs());
    world.clock.advance(period);
    let _ = try_app(world, app).await.unwrap();
}

pub async fn try_backup(world: &World, typed: &str) -> Result<Verified, Error> {
    world.verifier.verify(&world.alice, Proof::backup_code(typed)).await
}

/// Each printed code signs in once, and another one does not.
pub async fn codes_sign_in<'a>(world: &World, codes: impl IntoIterator<Item = &'a str>) {
    for code in codes {
        let verified = try_backup(world, code).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::BackupCode]);
        let again = reason(try_backup(world, code).await);
        assert!(matches!(again, Reason::Replayed | Reason::Incorrect), "{again:?}");
    }
    assert_eq!(reason(try_backup(world, "9999-9999-9999-9999").await), Reason::Incorrect);
}
