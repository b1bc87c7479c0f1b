//! Strict percent-encoding (RFC 3986 §2.1).
//!
//! This module replaces the `percent-encoding` crate, which accepts invalid encodings and returns
//! buffers that are not wiped.

use alloc::{string::String, vec::Vec};

use super::{InvalidKeyUri, ParseMode, Warning};

use crate::wiped::Wiped;

/// Decodes `raw` into a buffer that is never reallocated and is wiped on drop.
pub(in crate::otp) fn decode(
    raw: &str,
    mode: &mut ParseMode,
) -> Result<Wiped<Vec<u8>>, InvalidKeyUri> {
    let mut out = Wiped::new(Vec::with_capacity(raw.len()));
    let mut rest = raw.as_bytes();
    loop {
        let run = rest.iter().position(|byte| !is_unreserved(*byte)).unwrap_or(rest.len());
        let (run, tail) = rest.split_at_checked(run).unwrap_or_default();
        out.extend_from_slice(run);
        let (byte, tail) = match tail {
            [] => return Ok(out),
            [b'%', tail @ ..] => decode_one(tail)?,
            [byte, tail @ ..] => {
                check_literal(*byte, mode)?;
                (*byte, tail)
            }
        };
        if byte.is_ascii_control() {
            return Err(InvalidKeyUri::ControlCharacter);
        }
        out.push(byte);
        rest = tail;
    }
}

/// Decodes `raw` into a string that is not wiped. Use [`decode`] for a secret.
pub(super) fn decode_text(raw: &str, mode: &mut ParseMode) -> Result<String, InvalidKeyUri> {
    let mut bytes = decode(raw, mode)?;
    String::from_utf8(core::mem::take(&mut *bytes)).map_err(|_| InvalidKeyUri::Encoding)
}

/// Appends `text`, encoded except for the unreserved characters of RFC 3986 §2.3.
pub(super) fn encode(text: &str, out: &mut String) {
    let mut rest = text;
    // Unreserved characters are ASCII, so a run of them ends at a character boundary.
    while let Some(at) = rest.bytes().position(|byte| !is_unreserved_in_table(byte)) {
        let (run, tail) = rest.split_at(at);
        out.push_str(run);
        let mut characters = tail.chars();
        let character = characters.next().unwrap_or_default();
        for byte in character.encode_utf8(&mut [0; 4]).bytes() {
            // STD K-10: a space is `%20`, never `+`.
            out.extend(['%', digit(byte >> 4), digit(byte & 0xf)]);
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

/// Decodes the two hexadecimal digits at the start of `text`.
///
/// Returns the byte and the rest.
fn decode_one(text: &[u8]) -> Result<(u8, &[u8]), InvalidKeyUri> {
    let [high, low, tail @ ..] = text else { return Err(InvalidKeyUri::Encoding) };
    match (hex(*high), hex(*low)) {
        (Some(high), Some(low)) => Ok((high << 4 | low, tail)),
        _ => Err(InvalidKeyUri::Encoding),
    }
}

/// Checks whether a byte may appear without encoding.
fn check_literal(byte: u8, mode: &mut ParseMode) -> Result<(), InvalidKeyUri> {
    match byte {
        // RFC 3986 §3.3, §3.4: the other characters that a path or a query may contain.
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b',' | b';' | b'=' => Ok(()),
        b':' | b'@' | b'/' | b'?' => Ok(()),
        // STD K-10: readers differ on whether `+` means a space; apps show a plus.
        b'+' => mode.forgive(Warning::Plus),
        _ => mode.forgive(Warning::NotEncoded),
    }
}

/// Returns whether `byte` is unreserved (RFC 3986 §2.3).
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Returns the result of [`is_unreserved`] by a table lookup, in half the time.
///
/// Use the table for names only. A lookup by a secret byte would leak this byte through the memory
/// address.
fn is_unreserved_in_table(byte: u8) -> bool {
    UNRESERVED.get(usize::from(byte)).copied().unwrap_or_default()
}

#[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
const UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = is_unreserved(byte as u8);
        byte += 1;
    }
    table
};

/// The maximum number of bytes that [`encode`] writes for one byte.
pub(super) const MAX_ENCODED: usize = "%00".len();

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}
