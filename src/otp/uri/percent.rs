//! Percent-encoding (RFC 3986 §2.1) as provisioning URIs need it: strict, and without a trace.
//!
//! By hand, since the crate for it passes broken encodings through and hands out buffers that
//! nobody wipes.

use alloc::{string::String, vec::Vec};

use super::{InvalidKeyUri, ParseMode, Warning};

use crate::wiped::Wiped;

/// The bytes that `raw` stands for, in a buffer that never grows and is wiped on drop.
pub(in crate::otp) fn decode(
    raw: &str,
    findings: &mut ParseMode,
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
}

/// The text that `raw` stands for; not for secrets, since it is not wiped.
pub(super) fn decode_text(raw: &str, findings: &mut ParseMode) -> Result<String, InvalidKeyUri> {
    let mut bytes = decode(raw, findings)?;
    String::from_utf8(core::mem::take(&mut *bytes)).map_err(|_| InvalidKeyUri::Encoding)
}

/// Appends `text`, with everything encoded but what RFC 3986 §2.3 calls unreserved.
pub(super) fn encode(text: &str, out: &mut String) {
    let mut rest = text;
    // What is unreserved is ASCII, so that a run of it ends where a character does.
    while let Some(at) = rest.bytes().position(|byte| !stays(byte)) {
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

/// The byte whose two digits `text` begins with, and what follows them.
fn decode_one(text: &[u8]) -> Result<(u8, &[u8]), InvalidKeyUri> {
    let [high, low, tail @ ..] = text else { return Err(InvalidKeyUri::Encoding) };
    match (hex(*high), hex(*low)) {
        (Some(high), Some(low)) => Ok((high << 4 | low, tail)),
        _ => Err(InvalidKeyUri::Encoding),
    }
}

/// A byte that stands for itself, though some should have been encoded.
fn plain(byte: u8, findings: &mut ParseMode) -> Result<(), InvalidKeyUri> {
    match byte {
        // RFC 3986 §3.3, §3.4: what a path or a query may hold besides.
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b',' | b';' | b'=' => Ok(()),
        b':' | b'@' | b'/' | b'?' => Ok(()),
        // STD K-10: whether it means a space depends on who reads; apps show a plus.
        b'+' => findings.forgive(Warning::Plus),
        _ => findings.forgive(Warning::NotEncoded),
    }
}

/// RFC 3986 §2.3.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The same out of a table, which takes half the time. For names alone: where a secret is looked up, the
/// place in the table tells of it.
fn stays(byte: u8) -> bool {
    UNRESERVED.get(usize::from(byte)).copied().unwrap_or_default()
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, or it does not build")]
const UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = is_unreserved(byte as u8);
        byte += 1;
    }
    table
};

/// How many bytes [`encode`] makes of one at most.
pub(super) const MAX_ENCODED: usize = "%00".len();

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}
