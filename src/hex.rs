//! Hexadecimal text.

/// Decodes `text` into all of `bytes`. Both cases are accepted.
///
/// Returns `None` if the length differs or a character is not hexadecimal.
pub(crate) fn decode_into(text: &str, bytes: &mut [u8]) -> Option<()> {
    if text.len() != bytes.len() * 2 {
        return None;
    }
    for (pair, byte) in text.as_bytes().chunks_exact(2).zip(bytes) {
        let [high, low] = *pair else { return None };
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(())
}

/// Appends each byte as two digits in lower case.
pub(crate) fn encode_onto(text: &mut alloc::string::String, bytes: &[u8]) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(digit.into(), 16));
        }
    }
}

const fn digit(symbol: u8) -> Option<u8> {
    match symbol {
        b'0'..=b'9' => Some(symbol - b'0'),
        b'A'..=b'F' => Some(symbol - b'A' + 10),
        b'a'..=b'f' => Some(symbol - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    #[test]
    fn every_byte_round_trips() {
        let all: [u8; 256] = core::array::from_fn(|at| at as u8);
        let (mut text, mut again) = (String::new(), [0; 256]);
        encode_onto(&mut text, &all);
        for text in [text.to_ascii_uppercase(), text] {
            assert_eq!(decode_into(&text, &mut again), Some(()));
            assert_eq!(again, all);
        }
    }

    #[test]
    fn other_characters_and_lengths_are_refused() {
        let mut bytes = [0; 2];
        for invalid in ["", "0", "012", "01234", "012345", "+1+2", "0x12", "01 2", "012g", "01é"] {
            assert_eq!(decode_into(invalid, &mut bytes), None, "{invalid:?}");
        }
    }
}
