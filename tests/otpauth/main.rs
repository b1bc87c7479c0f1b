//! Provisioning URIs: what is written, what is read, what is forgiven, what is refused.
#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may stop where they stand")]

mod forgiven;
mod laws;
mod refused;
mod rows;

use second_factor::{
    Secret, UnixTime,
    otp::{
        Algorithm, Digits, InvalidKeyUri, InvalidParameter, KeyKind, KeyUri, Period, Step,
        TotpParameters, Warning,
    },
    secret::InvalidSecret,
};

const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn secret() -> Secret {
    Secret::new(b"12345678901234567890").unwrap()
}

fn written(issuer: &str, account: &str) -> String {
    let uri = KeyUri::totp(issuer, account, &secret(), TotpParameters::new()).unwrap();
    uri.expose_uri().expose().to_owned()
}

/// A text with this label, `secret=` and whatever follows.
fn text(label: &str, rest: &str) -> String {
    format!("otpauth://totp/{label}?secret={SECRET}{rest}")
}

fn refused(text: &str) -> InvalidKeyUri {
    let strict = KeyUri::parse(text).unwrap_err();
    let lenient = KeyUri::import(text).unwrap_err();
    assert!(!matches!(lenient, InvalidKeyUri::Forgivable(_)), "{text}");
    // The strict reader may stop at a spelling before it comes to what nobody takes.
    assert!(strict == lenient || matches!(strict, InvalidKeyUri::Forgivable(_)), "{text}");
    lenient
}

/// What `import` forgives in `text`; `parse` must refuse the first of it.
fn forgiven(text: &str) -> (KeyUri, Vec<Warning>) {
    let (uri, warnings) = KeyUri::import(text).unwrap();
    assert_eq!(KeyUri::parse(text).unwrap_err(), InvalidKeyUri::Forgivable(warnings[0]), "{text}");
    (uri, warnings)
}

fn names(uri: &KeyUri) -> (Option<&str>, &str) {
    (uri.issuer(), uri.account())
}
