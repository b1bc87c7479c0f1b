//! Codes: strict parsing and constant-time formatting.

use crate::wiped::Wiped;

/// A one-time code: the digits or letters that the user types.
///
/// A code is stored inline and wiped on drop. `Debug` output is redacted, and the type has no
/// `Display`: only [`expose`](Self::expose) returns the code as a string.
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
#[doc(alias = "otp")]
#[doc(alias = "one-time password")]
#[doc(alias = "passcode")]
pub struct Code {
    text: Wiped<[u8; CAPACITY]>,
    len: usize,
}

impl Code {
    /// Formats the last `len` digits of `value` in decimal, with leading zeros.
    ///
    /// The time depends only on `len`: the divisors are constants, and `core::fmt` is avoided
    /// because it branches on the value.
    pub(crate) fn decimal(value: u64, len: usize) -> Self {
        let len = len.clamp(1, MAX_LEN);
        // The first digit is in the lowest byte. Surplus digits come first and are shifted out.
        let back = eight_digits(value % EIGHT_DIGITS);
        let text = if len <= 8 {
            u128::from(back >> (8 * (8 - len)))
        } else {
            let front = eight_digits(value / EIGHT_DIGITS % EIGHT_DIGITS);
            (u128::from(back) << 64 | u128::from(front)) >> (8 * (CAPACITY - len))
        };
        Self { text: Wiped::new(text.to_le_bytes()), len }
    }

    /// Creates a code from ASCII symbols.
    pub(crate) fn symbols<const N: usize>(symbols: [u8; N]) -> Self {
        const { assert!(N <= MAX_LEN) };
        let mut code = Self { text: Wiped::new([0; CAPACITY]), len: N };
        for (place, symbol) in code.text.iter_mut().zip(symbols) {
            *place = symbol;
        }
        code
    }

    /// Returns the code as a string, to show or send to the user.
    ///
    /// # Security
    ///
    /// Anyone who reads the code can use it while it is valid. The code must not reach a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        let text = self.text.get(..self.len).unwrap_or_default();
        // Only ASCII is ever written, so the default, an empty string, is unreachable.
        core::str::from_utf8(text).unwrap_or_default()
    }
}

redacted!(Code);

/// Returns the eight digits of `value`, with the first digit in the lowest byte.
///
/// `value` must be below 10^8. The function splits the number three times, with all parts in one
/// word: into two numbers of four digits, four of two, and eight of one. Each division is a
/// multiplication that is exact in its range.
const fn eight_digits(value: u64) -> u64 {
    let fours = (value / 10_000) | ((value % 10_000) << 32);
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = hundreds | ((fours - 100 * hundreds) << 16);
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    let ones = tens | ((twos - 10 * tens) << 8);
    ones | 0x3030_3030_3030_3030
}

/// Parses `typed`, which must be exactly `len` ASCII digits.
///
/// The length is checked first, so that a long input is rejected at once. Full-width and other
/// Unicode digits, signs, spaces and line breaks are rejected. Normalization belongs in the form of
/// your application (FAILURES 4, 50 to 52).
pub(crate) fn parse_decimal(typed: &str, len: usize) -> Option<u64> {
    if typed.len() != len || len == 0 || len > MAX_LEN {
        return None;
    }
    typed.bytes().try_fold(0_u64, |value, byte| {
        byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0'))
    })
}

/// The maximum length of a code: a sent code of 10 digits.
const MAX_LEN: usize = 10;
const EIGHT_DIGITS: u64 = 100_000_000;
/// The size of the buffer: one 128-bit word.
const CAPACITY: usize = 16;

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn decimal_pads_with_leading_zeros() {
        assert_eq!(Code::decimal(39, 6).expose(), "000039");
        assert_eq!(Code::decimal(9_999_999_999, 10).expose(), "9999999999");
    }

    #[test]
    fn decimal_agrees_with_format() {
        let mut value = 0_u64;
        for round in 0..20_000_u64 {
            value = value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(round * 2 + 1);
            // Includes small numbers, and numbers whose digits are all 9.
            for value in [value >> (round % 64), 10_u64.pow((round % 20) as u32) - 1] {
                for len in 1..=MAX_LEN {
                    let kept = value % 10_u64.pow(len as u32);
                    assert_eq!(Code::decimal(value, len).expose(), format!("{kept:0len$}"));
                }
            }
        }
    }

    #[test]
    fn decimal_keeps_the_low_digits_of_a_large_number() {
        assert_eq!(Code::decimal(1_234_567, 6).expose(), "234567");
        assert_eq!(Code::decimal(u64::MAX, 99).expose().len(), MAX_LEN);
    }

    #[test]
    fn parse_decimal_accepts_exactly_len_ascii_digits() {
        assert_eq!(parse_decimal("003784", 6), Some(3784));
        for invalid in ["", "3784", "0037841", " 03784", "00378 ", "+03784", "-03784", "00378\n"] {
            assert_eq!(parse_decimal(invalid, 6), None, "{invalid:?}");
        }
        assert_eq!(parse_decimal("００３７８４", 18), None);
        assert_eq!(parse_decimal("٠٨", 4), None);
        assert_eq!(parse_decimal("", 0), None);
    }

    #[test]
    fn parse_decimal_rejects_more_than_10_digits() {
        assert_eq!(parse_decimal("9999999999", 10), Some(9_999_999_999));
        assert_eq!(parse_decimal("99999999999", 11), None);
        assert_eq!(parse_decimal(&"9".repeat(100), 100), None);
    }
}
