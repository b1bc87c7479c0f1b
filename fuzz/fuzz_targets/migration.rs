//! Fuzzing of Google Authenticator exports.
//!
//! The result is an error, or keys that survive a round trip.

#![no_main]

use base64ct::{Base64, Encoding as _};
use libfuzzer_sys::fuzz_target;
use second_factor::otp::{KeyUri, Migration};

fuzz_target!(|payload: &[u8]| {
    // The input as text, and as the payload, because the fuzzer cannot mutate through Base64.
    if let Ok(text) = core::str::from_utf8(payload) {
        check(text);
    }
    let base64 = Base64::encode_string(payload).replace('+', "%2B");
    check(&format!("otpauth-migration://offline?data={base64}"));
});

fn check(text: &str) {
    let Ok(migration) = Migration::parse(text) else { return };
    assert!(migration.batch_index() < migration.batch_size());
    let twice = [Migration::parse(text).unwrap(), Migration::parse(text).unwrap()];
    assert!(Migration::join(twice).is_err(), "a repeated batch was accepted");
    for entry in migration.into_entries() {
        let name = entry.name().to_owned();
        if let Ok((key, _)) = entry.into_key() {
            let written = key.expose_uri();
            let (again, _) = KeyUri::import(written.expose()).expect("a written URI is valid");
            assert_eq!(again.kind(), key.kind());
            assert_eq!((again.issuer(), again.account()), (key.issuer(), key.account()));
            assert_eq!(again.secret().expose_bytes(), key.secret().expose_bytes());
            assert!(name.contains(key.account()), "{name:?} became {:?}", key.account());
        }
    }
}
