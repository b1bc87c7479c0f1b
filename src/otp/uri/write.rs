//! Serialization of provisioning URIs.

use alloc::string::String;

use super::{
    KeyKind, KeyUri,
    percent::{MAX_ENCODED, encode},
};
use crate::{
    otp::{Algorithm, Digits, Period, TotpParameters},
    secret::SecretText,
};

pub(super) fn write(uri: &KeyUri) -> SecretText {
    SecretText::new(compose(uri))
}

fn compose(uri: &KeyUri) -> String {
    let secret = uri.secret.expose_base32();
    let issuer = uri.issuer.as_deref().unwrap_or_default();
    // A buffer that grows would leave a copy of the secret behind.
    let names = MAX_ENCODED * (2 * issuer.len() + uri.account.len());
    let mut text = String::with_capacity(MAX_FIXED + names + secret.expose().len());

    text.push_str(match uri.kind {
        KeyKind::Hotp { .. } => "otpauth://hotp/",
        KeyKind::Steam | KeyKind::Totp(_) => "otpauth://totp/",
    });
    if !issuer.is_empty() {
        encode(issuer, &mut text);
        text.push(':');
    } else if uri.account.contains(':') {
        // Otherwise a reader would take the beginning of the account for the issuer.
        text.push(':');
    }
    encode(&uri.account, &mut text);
    text.push_str("?secret=");
    text.push_str(secret.expose());
    if !issuer.is_empty() {
        text.push_str("&issuer=");
        encode(issuer, &mut text);
    }
    parameters(uri, &mut text);
    text
}

/// Appends the parameters that differ from their defaults, for a smaller QR code.
///
/// Every app reads a missing parameter as its default (STD K-01).
fn parameters(uri: &KeyUri, text: &mut String) {
    match uri.kind {
        KeyKind::Hotp { algorithm, digits, counter } => {
            shared(algorithm, digits, text);
            text.push_str("&counter=");
            number(counter.get(), text);
        }
        // Without the algorithm: pyotp refuses it beside the encoder (STD K-20).
        KeyKind::Steam => text.push_str("&digits=5&period=30&encoder=steam"),
        KeyKind::Totp(parameters) => {
            shared(parameters.algorithm(), parameters.digits(), text);
            let period = parameters.period();
            if period != Period::DEFAULT {
                text.push_str("&period=");
                number(period.as_secs().into(), text);
            }
            // Without parameters, the issuer alone would mean Steam Guard (STD K-20).
            if parameters == TotpParameters::new() && uri.issuer.as_deref() == Some("Steam") {
                text.push_str("&digits=6");
            }
        }
    }
}

fn shared(algorithm: Algorithm, digits: Digits, text: &mut String) {
    if algorithm != Algorithm::Sha1 {
        text.push_str("&algorithm=");
        text.push_str(name(algorithm));
    }
    if digits != Digits::Six {
        text.push_str("&digits=");
        // One character suffices: a code has at most nine digits.
        text.push(char::from(b'0' + digits.count()));
    }
}

/// Appends a decimal number without `core::fmt`.
///
/// `core::fmt` would take as long as the rest of the URI.
fn number(mut value: u64, text: &mut String) {
    // 2^64-1 has twenty digits.
    let mut digits = [b'0'; 20];
    let mut count = 0;
    for place in digits.iter_mut().rev() {
        // A remainder of ten fits in a byte.
        *place += (value % 10) as u8;
        value /= 10;
        count += 1;
        if value == 0 {
            break;
        }
    }
    let used = digits.iter().skip(digits.len() - count);
    text.extend(used.map(|digit| char::from(*digit)));
}

/// Returns the name without a hyphen (STD K-13).
const fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Sha1 => "SHA1",
        Algorithm::Sha256 => "SHA256",
        Algorithm::Sha512 => "SHA512",
    }
}

/// The maximum length of a URI without its names and its secret.
const MAX_FIXED: usize = "otpauth://hotp/:?secret=&issuer=".len()
    + "&algorithm=SHA512&digits=9&counter=18446744073709551615".len();

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{otp::Step, secret::Secret};

    #[test]
    fn number_agrees_with_format() {
        for value in (0..64).flat_map(|bit| [1 << bit, (1 << bit) - 1, u64::MAX >> bit]) {
            let mut text = String::new();
            number(value, &mut text);
            assert_eq!(text, alloc::format!("{value}"));
        }
    }

    #[test]
    fn buffer_is_never_reallocated() {
        let secret = Secret::new(&[0xff; 64]).unwrap();
        let name = "\u{1f511}".repeat(63);
        let (algorithm, digits, last) = (Algorithm::Sha512, Digits::Nine, Step::new(u64::MAX));
        let hotp = KeyUri::hotp(&name, &name, &secret, algorithm, digits, last).unwrap();
        let totp = KeyUri::totp(&name, &name, &secret, TotpParameters::new()).unwrap();
        for uri in [hotp, totp, KeyUri::steam(&name, &secret).unwrap()] {
            let names = 2 * uri.issuer().unwrap().len() + name.len();
            // A buffer that was reallocated would have another capacity.
            assert_eq!(compose(&uri).capacity(), MAX_FIXED + 3 * names + 103);
        }
    }

    #[test]
    fn longest_text_fills_the_buffer() {
        let secret = Secret::new(&[0xff; 64]).unwrap();
        let (algorithm, digits, last) = (Algorithm::Sha512, Digits::Nine, Step::new(u64::MAX));
        let uri = KeyUri::hotp("a", "b", &secret, algorithm, digits, last).unwrap();
        assert_eq!(uri.expose_uri().expose().len(), MAX_FIXED + 3 + 103);
    }
}
