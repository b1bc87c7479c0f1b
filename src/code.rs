//! What a person types: read strictly, written in constant time. Nothing here knows where a code comes from.

use core::fmt;

use zeroize::Zeroizing;

/// The longest code that this crate makes: a delivered code of 10 digits.
const MAX_LEN: usize = 10;

/// The digits or letters that a person types.
///
/// Kept inline, wiped on drop, never printed: `Debug` is redacted and there is no `Display`. The one
/// way to look is [`expose`](Self::expose).
///
/// # Example
///
/// ```
/// use second_factor::{Secret, UnixTime, otp::Totp};
///
/// let totp = Totp::new(&Secret::new(b"12345678901234567890")?);
/// let code = totp.code(UnixTime::from_secs(59)).expect("the default start is 1970");
/// assert_eq!(code.expose(), "287082");
/// assert_eq!(format!("{code:?}"), "Code(redacted)");
/// # Ok::<(), second_factor::secret::InvalidSecret>(())
/// ```
pub struct Code {
    text: Zeroizing<[u8; MAX_LEN]>,
    len: usize,
}

impl Code {
    /// `value` in decimal with leading zeros, `len` digits. More significant digits are dropped.
    ///
    /// The work depends on `len` alone: the divisor is a constant, and formatting machinery, which
    /// branches on the value, is not used.
    pub(crate) fn decimal(mut value: u64, len: usize) -> Self {
        let mut code = Self { text: Zeroizing::new([0; MAX_LEN]), len: len.min(MAX_LEN) };
        for place in code.text.iter_mut().take(len).rev() {
            // A remainder of ten fits a byte.
            *place = b'0' + (value % 10) as u8;
            value /= 10;
        }
        code
    }

    /// A code of these ASCII symbols.
    pub(crate) fn symbols<const N: usize>(symbols: [u8; N]) -> Self {
        const { assert!(N <= MAX_LEN) };
        let mut code = Self { text: Zeroizing::new([0; MAX_LEN]), len: N };
        for (place, symbol) in code.text.iter_mut().zip(symbols) {
            *place = symbol;
        }
        code
    }

    /// The code itself, to show or to send to its owner.
    ///
    /// # Security
    ///
    /// Whoever reads this can sign in while the code lives. Keep it out of logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        let text = self.text.get(..self.len).unwrap_or_default();
        // Only ASCII is ever written, so the empty text is out of reach.
        core::str::from_utf8(text).unwrap_or_default()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(redacted)")
    }
}

/// The number that `typed` writes, if it is exactly `len` ASCII digits.
///
/// Looks at the length first, so that an input of any size costs nothing. Full-width and other
/// Unicode digits, signs, spaces and line ends are refused, not folded: friendliness belongs in the
/// form, before this (FAILURES 4, 50 to 52).
pub(crate) fn parse_decimal(typed: &str, len: usize) -> Option<u64> {
    if typed.len() != len || len == 0 || len > MAX_LEN {
        return None;
    }
    typed.bytes().try_fold(0_u64, |value, byte| {
        byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_are_written() {
        assert_eq!(Code::decimal(39, 6).expose(), "000039");
        assert_eq!(Code::decimal(9_999_999_999, 10).expose(), "9999999999");
    }

    #[test]
    fn a_number_too_long_for_its_code_keeps_the_low_digits() {
        assert_eq!(Code::decimal(1_234_567, 6).expose(), "234567");
        assert_eq!(Code::decimal(u64::MAX, 99).expose().len(), MAX_LEN);
    }

    #[test]
    fn only_exactly_that_many_ascii_digits_are_read() {
        assert_eq!(parse_decimal("003784", 6), Some(3784));
        for wrong in ["", "3784", "0037841", " 03784", "00378 ", "+03784", "-03784", "00378\n"] {
            assert_eq!(parse_decimal(wrong, 6), None, "{wrong:?}");
        }
        assert_eq!(parse_decimal("００３７８４", 18), None);
        assert_eq!(parse_decimal("٠٨", 4), None);
        assert_eq!(parse_decimal("", 0), None);
    }

    #[test]
    fn the_longest_code_is_read_and_none_beyond() {
        assert_eq!(parse_decimal("9999999999", 10), Some(9_999_999_999));
        assert_eq!(parse_decimal("99999999999", 11), None);
        assert_eq!(parse_decimal(&"9".repeat(100), 100), None);
    }
}
