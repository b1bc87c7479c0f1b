//! Percent-encoding (RFC 3986 §2.1) as provisioning URIs need it: strict, and without a trace.
//!
//! By hand, since the crate for it passes broken encodings through and hands out buffers that
//! nobody wipes.

use alloc::{string::String, vec::Vec};

use zeroize::Zeroizing;

use super::{Findings, InvalidKeyUri, Warning};

/// The bytes that `raw` stands for, in a buffer that never grows and is wiped on drop.
pub(in crate::otp) fn decode(
    raw: &str,
    findings: &mut Findings,
) -> Result<Zeroizing<Vec<u8>>, InvalidKeyUri> {
    let mut out = Zeroizing::new(Vec::with_capacity(raw.len()));
    let mut rest = raw.as_bytes();
    while let [first, tail @ ..] = rest {
        let (byte, tail) = match (first, tail) {
            (b'%', [high, low, tail @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, tail),
                _ => return Err(InvalidKeyUri::Encoding),
            },
            (b'%', _) => return Err(InvalidKeyUri::Encoding),
            (byte, tail) => {
                plain(*byte, findings)?;
                (*byte, tail)
            }
        };
        if byte.is_ascii_control() {
            return Err(InvalidKeyUri::ControlCharacter);
        }
        out.push(byte);
        rest = tail;
    }
    Ok(out)
}

/// The text that `raw` stands for; not for secrets, since it is not wiped.
pub(super) fn decode_text(raw: &str, findings: &mut Findings) -> Result<String, InvalidKeyUri> {
    let mut bytes = decode(raw, findings)?;
    String::from_utf8(core::mem::take(&mut *bytes)).map_err(|_| InvalidKeyUri::Encoding)
}

/// Appends `text`, with everything encoded but what RFC 3986 §2.3 calls unreserved.
pub(super) fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            // STD K-10: a space is `%20`, never `+`.
            out.push('%');
            out.push(digit(byte >> 4));
            out.push(digit(byte & 0xf));
        }
    }
}

/// How many bytes [`encode`] appends.
pub(super) fn encoded_len(text: &str) -> usize {
    text.bytes().map(|byte| if is_unreserved(byte) { 1 } else { 3 }).sum()
}

/// A byte that stands for itself, though some should have been encoded.
fn plain(byte: u8, findings: &mut Findings) -> Result<(), InvalidKeyUri> {
    match byte {
        // STD K-10: whether it means a space depends on who reads; apps show a plus.
        b'+' => findings.forgive(Warning::Plus),
        // RFC 3986 §3.3, §3.4: what a path or a query may hold.
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b',' | b';' | b'=' => Ok(()),
        b':' | b'@' | b'/' | b'?' => Ok(()),
        _ if is_unreserved(byte) => Ok(()),
        _ => findings.forgive(Warning::NotEncoded),
    }
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}
