//! Fuzzing of provisioning URIs, which survive a round trip.

#![no_main]

use libfuzzer_sys::fuzz_target;
use second_factor::otp::{InvalidKeyUri, KeyUri};

fuzz_target!(|text: &str| {
    for text in [text.to_owned(), format!("otpauth://{text}")] {
        check(&text);
    }
});

fn check(text: &str) {
    let strict = KeyUri::parse(text);
    let Ok((uri, warnings)) = KeyUri::import(text) else {
        assert!(strict.is_err(), "the strict parser accepts what the lenient one refuses");
        return;
    };
    match strict {
        Ok(strict) => {
            assert_same(&strict, &uri);
            // The written form is strict and stable.
            let written = uri.expose_uri();
            let again = KeyUri::parse(written.expose()).expect("a written URI is valid");
            assert_same(&again, &uri);
            assert_eq!(again.expose_uri().expose(), written.expose());
        }
        Err(InvalidKeyUri::Forgivable(warning)) => assert!(warnings.contains(&warning)),
        Err(other) => panic!("{other:?} was accepted by the lenient parser"),
    }
    let written = uri.expose_uri();
    assert!(written.expose().len() <= 4096 && written.expose().is_ascii());
    let (again, _) = KeyUri::import(written.expose()).expect("a written URI can be imported");
    assert_same(&again, &uri);
}

fn assert_same(left: &KeyUri, right: &KeyUri) {
    assert_eq!(left.kind(), right.kind());
    assert_eq!((left.issuer(), left.account()), (right.issuer(), right.account()));
    assert_eq!(left.secret().expose_bytes(), right.secret().expose_bytes());
}
