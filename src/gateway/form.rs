//! Encoding and decoding of URL-encoded forms.

use alloc::{string::String, vec::Vec};

use crate::secret::SecretText;

/// Encodes the fields as a form.
///
/// The fields may contain a code, so the buffer never grows.
pub(super) fn write(fields: &[(&str, &str)]) -> SecretText {
    let texts = || fields.iter().flat_map(|(name, value)| [name, value]);
    let most = texts().map(|text| 3 * text.len() + 1).sum();
    let mut form = String::with_capacity(most);
    for (at, text) in texts().enumerate() {
        match at {
            0 => {}
            at if at % 2 == 0 => form.push('&'),
            _ => form.push('='),
        }
        for byte in text.bytes() {
            escape(byte, &mut form);
        }
    }
    // A buffer that grows leaves a copy behind that is not wiped.
    debug_assert!(form.len() <= most);
    SecretText::new(form)
}

/// Decodes the fields of a form or a query.
///
/// Returns `None` for malformed input and invalid UTF-8.
pub(super) fn read(form: &[u8]) -> Option<Vec<(String, String)>> {
    if form.is_empty() {
        return Some(Vec::new());
    }
    let field = |field: &[u8]| {
        let at = field.iter().position(|byte| *byte == b'=').unwrap_or(field.len());
        let (name, value) = field.split_at_checked(at)?;
        Some((plain(name)?, plain(value.get(1..).unwrap_or_default())?))
    };
    form.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty()).map(field).collect()
}

/// Returns the value of a field, or `None` unless the field occurs once.
pub(super) fn value<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = fields.iter().filter(|(known, _)| known == name).map(|(_, value)| value);
    match (found.next(), found.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

fn escape(byte: u8, form: &mut String) {
    match byte {
        b' ' => form.push('+'),
        b'*' | b'-' | b'.' | b'_' => form.push(char::from(byte)),
        _ if byte.is_ascii_alphanumeric() => form.push(char::from(byte)),
        _ => {
            form.push('%');
            for half in [byte >> 4, byte & 15] {
                let digit = char::from_digit(half.into(), 16).unwrap_or_default();
                form.push(digit.to_ascii_uppercase());
            }
        }
    }
}

fn plain(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut half = || char::from(*rest.next()?).to_digit(16);
                let (high, low) = (half()?, half()?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => *byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Decodes the query of a URI.
pub(super) fn query(uri: &http::Uri) -> Option<Vec<(String, String)>> {
    read(uri.query().unwrap_or_default().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_escapes_every_byte_of_non_ascii_text() {
        assert_eq!(write(&[("é", "é"), ("é", "é")]).expose(), "%C3%A9=%C3%A9&%C3%A9=%C3%A9");
    }

    #[test]
    fn read_inverts_write() {
        let fields = [("To", "+1 4&=%"), ("Body", "ß\n* -._~"), ("", "")];
        let form = write(&fields);
        assert_eq!(form.expose(), "To=%2B1+4%26%3D%25&Body=%C3%9F%0A*+-._%7E&=");
        let read = read(form.expose().as_bytes()).unwrap();
        let read: Vec<_> = read.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(read, fields);
    }

    #[test]
    fn write_never_grows_its_buffer() {
        let form = write(&[("Body", &"ä".repeat(100))]);
        assert_eq!(form.expose().len(), 5 + 600);
        assert!(form.into_string().capacity() >= 605);
    }

    #[test]
    fn read_of_an_invalid_escape_returns_none() {
        for malformed in ["a=%", "a=%4", "a=%zz", "%=1", "a=%ff"] {
            assert!(read(malformed.as_bytes()).is_none(), "{malformed}");
        }
        assert_eq!(read(b"a&&b=").unwrap().len(), 2);
    }

    #[test]
    fn value_of_a_duplicate_field_returns_none() {
        let fields = read(b"a=1&b=2&b=2").unwrap();
        assert_eq!((value(&fields, "a"), value(&fields, "b")), (Some("1"), None));
    }
}
