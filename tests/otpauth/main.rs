//! Provisioning URIs: writing, strict and lenient parsing.
#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

mod app_differences;
mod lenient;
mod properties;
mod rejected;

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

/// A text with this label, `secret=` and further parameters.
fn text(label: &str, rest: &str) -> String {
    format!("otpauth://totp/{label}?secret={SECRET}{rest}")
}

fn rejected(text: &str) -> InvalidKeyUri {
    let strict = KeyUri::parse(text).unwrap_err();
    let lenient = KeyUri::import(text).unwrap_err();
    assert!(!matches!(lenient, InvalidKeyUri::Forgivable(_)), "{text}");
    // The strict parser may stop at a spelling before it reaches what neither parser accepts.
    assert!(strict == lenient || matches!(strict, InvalidKeyUri::Forgivable(_)), "{text}");
    lenient
}

/// Imports `text`; `parse` must reject it with the first of the warnings.
fn imported(text: &str) -> (KeyUri, Vec<Warning>) {
    let (uri, warnings) = KeyUri::import(text).unwrap();
    assert_eq!(KeyUri::parse(text).unwrap_err(), InvalidKeyUri::Forgivable(warnings[0]), "{text}");
    (uri, warnings)
}

fn names(uri: &KeyUri) -> (Option<&str>, &str) {
    (uri.issuer(), uri.account())
}
