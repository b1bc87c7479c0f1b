//! The input of a user.

use crate::wiped::Wiped;

/// The input of a user, without surrounding white space, in a buffer that is wiped.
///
/// The value is empty if the input was too long for a code or a PIN.
#[derive(Clone)]
pub(crate) struct Typed {
    bytes: Wiped<[u8; LONGEST]>,
    len: usize,
}

impl Typed {
    pub(crate) fn new(text: &str) -> Self {
        if text.len() > MOST_READ {
            return Self::of(core::iter::empty());
        }
        Self::of(text.trim().chars())
    }

    /// Returns the input as it was typed.
    pub(crate) fn text(&self) -> &str {
        let bytes = self.bytes.get(..self.len).unwrap_or_default();
        core::str::from_utf8(bytes).unwrap_or_default()
    }

    /// Returns the code that was typed: without spaces and hyphens, in ASCII digits.
    ///
    /// Users type a code in groups, as apps and messages show it. Some keyboards insert the digits
    /// of another script.
    pub(crate) fn code(&self) -> Self {
        Self::of(self.text().chars().filter(|symbol| !is_separator(*symbol)).map(ascii_digit))
    }

    /// Returns the PIN that was typed, normalized like a code if it has only digits.
    pub(crate) fn pin(&self) -> Self {
        let code = self.code();
        let is_number = code.text().bytes().all(|byte| byte.is_ascii_digit());
        if is_number { code } else { self.clone() }
    }

    fn of(symbols: impl Iterator<Item = char>) -> Self {
        let mut typed = Self { bytes: Wiped::new([0; LONGEST]), len: 0 };
        for symbol in symbols {
            let end = typed.len + symbol.len_utf8();
            match typed.bytes.get_mut(typed.len..end) {
                Some(place) => {
                    symbol.encode_utf8(place);
                }
                // The input is too long, so none of it is stored.
                None => return Self { bytes: Wiped::new([0; LONGEST]), len: 0 },
            }
            typed.len = end;
        }
        typed
    }
}

redacted!(Typed);

/// Returns whether the character is white space, a hyphen or a dash.
///
/// Users type these between groups of digits.
pub(crate) fn is_separator(symbol: char) -> bool {
    symbol.is_whitespace() || matches!(symbol, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Converts a digit of another script to ASCII, if users type in that script.
pub(crate) fn ascii_digit(symbol: char) -> char {
    // Arabic-Indic, Persian and full-width digits.
    let zeros = ['\u{660}', '\u{6f0}', '\u{ff10}'];
    let digit = zeros
        .iter()
        .find_map(|zero| char::from_digit(u32::from(symbol).checked_sub(u32::from(*zero))?, 10));
    digit.unwrap_or(symbol)
}

/// The maximum length of a code or a PIN, in bytes.
const LONGEST: usize = 64;
/// The maximum number of bytes that are read.
///
/// They include white space around the code (FAILURES 54).
const MOST_READ: usize = 1024;

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::*;

    #[test]
    fn code_is_read_as_people_type_it() {
        for text in [
            "123456",
            " 123 456\n",
            "123-456",
            "12\u{a0}34\u{202f}56",
            "123\u{2011}456",
            "１２３４５６",
            "١٢٣٤٥٦",
            "۱۲۳ ۴۵۶",
        ] {
            assert_eq!(Typed::new(text).code().text(), "123456", "{text}");
        }
        for text in ["123_456", "123.456", "12345a", "१२३४५६", "+123456"] {
            assert_ne!(Typed::new(text).code().text(), "123456", "{text}");
        }
    }

    #[test]
    fn text_that_is_too_long_is_empty() {
        let longest = "7".repeat(LONGEST);
        assert_eq!(Typed::new(&longest).code().text(), longest);
        assert_eq!(Typed::new(&format!(" {longest} ")).text(), longest);
        assert_eq!(Typed::new(&format!("{longest}7")).text(), "");
        let padded = |most| format!("{:1$}", "7", most);
        assert_eq!(Typed::new(&padded(MOST_READ)).text(), "7");
        assert_eq!(Typed::new(&padded(MOST_READ + 1)).text(), "");
        assert_eq!(Typed::new(&"é".repeat(LONGEST / 2)).text().len(), LONGEST);
        assert_eq!(Typed::new(&format!("a{}", "é".repeat(LONGEST / 2))).text(), "");
        assert_eq!(Typed::new(&String::from("7 ").repeat(10 << 20)).text(), "");
    }

    #[test]
    fn pin_of_letters_is_read_as_it_is() {
        assert_eq!(Typed::new(" 493 817").pin().text(), "493817");
        assert_eq!(Typed::new(" tin - can ").pin().text(), "tin - can");
        assert_eq!(Typed::new("49-81 x").pin().text(), "49-81 x");
    }
}
