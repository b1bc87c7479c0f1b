//! Signatures of webhooks, compared in constant time.

use alloc::{format, string::String};

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{Credential, InvalidWebhook};

/// Returns the HMAC-SHA1 of the concatenated `pieces`, in Base64.
pub(super) fn sha1_base64(key: &Credential, pieces: &[&str]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect(ANY);
    for piece in pieces {
        mac.update(piece.as_bytes());
    }
    Base64::encode_string(&mac.finalize().into_bytes())
}

/// Returns the HMAC-SHA256 of the concatenated `pieces`, in Base64.
pub(super) fn sha256_base64(key: &Credential, pieces: &[&str]) -> String {
    Base64::encode_string(&sha256(key, pieces.concat().as_bytes()))
}

/// Returns the HMAC-SHA256 of `text`.
pub(super) fn sha256(key: &Credential, text: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect(ANY);
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// Returns the SHA-256 of `text`, in hexadecimal.
pub(super) fn hash_hex(text: &[u8]) -> String {
    hex(&Sha256::digest(text))
}

/// Returns the bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Checks in constant time that `received` equals `expected`.
///
/// The length of `expected` is public.
pub(super) fn same(expected: &[u8], received: &[u8]) -> Result<(), InvalidWebhook> {
    if expected.ct_eq(received).into() { Ok(()) } else { Err(InvalidWebhook::Signature) }
}

/// Returns a header that is present exactly once, as a string.
pub(super) fn header<'a, B>(
    request: &'a http::Request<B>,
    name: &str,
) -> Result<&'a str, InvalidWebhook> {
    let mut all = request.headers().get_all(name).iter();
    match (all.next().and_then(|value| value.to_str().ok()), all.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(InvalidWebhook::Signature),
    }
}

const ANY: &str = "HMAC accepts keys of any length";

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors are test case 2 of RFC 2202 §3 and of RFC 4231 §4.3.
    #[test]
    fn hmac_matches_rfc_2202_and_rfc_4231() {
        let key = Credential::new(String::from("Jefe")).unwrap();
        let pieces = ["what do ya want ", "for nothing?"];
        assert_eq!(sha1_base64(&key, &pieces), "7/zfauXrL6LSdBbV8YTfnCWafHk=");
        assert_eq!(
            hex(&sha256(&key, pieces.concat().as_bytes())),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
