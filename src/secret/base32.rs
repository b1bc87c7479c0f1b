//! Base32 of secrets, in constant time.
//!
//! The encoding is that of RFC 4648 §6, in upper case without padding. It needs no allocation.
//! `base32ct` has no branch and no table lookup that depends on the data. `base32`, which the rest
//! of this crate uses for public strings, has a table lookup.

use base32ct::{Base32UpperUnpadded, Encoding as _};
use subtle::ConstantTimeEq as _;

use crate::wiped::Wiped;

/// The length of 64 bytes in Base32.
pub(super) const MAX_TEXT: usize = 103;

/// Encodes `bytes` into `text`, or returns `None` if they do not fit.
pub(super) fn encode<'a>(bytes: &[u8], text: &'a mut [u8; MAX_TEXT]) -> Option<&'a str> {
    Base32UpperUnpadded::encode(bytes, text).ok()
}

/// Decodes `text` from the form that [`encode`] writes.
///
/// Returns the number of bytes.
pub(super) fn decode(text: &[u8], bytes: &mut [u8; 64]) -> Option<usize> {
    let len = Base32UpperUnpadded::decode(text, bytes).ok()?.len();
    // RFC 4648 §3.5: the bits after the last byte must be zero; otherwise two strings would encode
    // one key. Re-encoding the last group and comparing detects nonzero bits and impossible
    // lengths.
    let whole = len / 5;
    let mut again = Wiped::new([0; 8]);
    let again = Base32UpperUnpadded::encode(bytes.get(5 * whole..len)?, &mut *again).ok()?;
    let same = bool::from(again.as_bytes().ct_eq(text.get(8 * whole..)?));
    same.then_some(len)
}

/// Decodes `text`, and ignores the bits after its last whole byte.
pub(super) fn decode_any_leftover_bits(text: &[u8], bytes: &mut [u8; 64]) -> Option<usize> {
    let len = Base32UpperUnpadded::decode(text, bytes).ok()?.len();
    // No number of bytes has 1, 3 or 6 letters more than a multiple of 8.
    ((8 * len).div_ceil(5) == text.len()).then_some(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 4648 §10, without the padding.
    const VECTORS: [(&str, &str); 7] = [
        ("", ""),
        ("f", "MY"),
        ("fo", "MZXQ"),
        ("foo", "MZXW6"),
        ("foob", "MZXW6YQ"),
        ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI"),
    ];

    #[test]
    fn rfc_4648_section_10() {
        for (bytes, text) in VECTORS {
            let mut out = [0; MAX_TEXT];
            assert_eq!(encode(bytes.as_bytes(), &mut out), Some(text));
            let mut back = [0; 64];
            let len = decode(text.as_bytes(), &mut back).unwrap();
            assert_eq!(&back[..len], bytes.as_bytes());
        }
    }

    #[test]
    fn nonzero_trailing_bits_are_rejected() {
        // `MZ` would decode to `f`, just as `MY` does.
        for text in ["MZ", "MZXR", "MZXW7", "MZXW6YR"] {
            assert_eq!(decode(text.as_bytes(), &mut [0; 64]), None, "{text}");
        }
    }

    #[test]
    fn impossible_lengths_are_rejected() {
        for text in ["A", "AAA", "AAAAAA", "AAAAAAAAA"] {
            assert_eq!(decode(text.as_bytes(), &mut [0; 64]), None, "{text}");
        }
    }

    #[test]
    fn characters_outside_the_alphabet_are_rejected() {
        for text in ["my", "MY======", "M1", "M0", "M8", "M ", "M-", "M\0", "É"] {
            assert_eq!(decode(text.as_bytes(), &mut [0; 64]), None, "{text}");
        }
        assert_eq!(decode(&[b'A'; 104], &mut [0; 64]), None);
    }
}
