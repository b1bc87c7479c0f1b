//! What a person types: read strictly, written in constant time. Nothing here knows where a code comes from.

use crate::wiped::Wiped;

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
    text: Wiped<[u8; ROOM]>,
    len: usize,
}

impl Code {
    /// `value` in decimal with leading zeros, `len` digits. More significant digits are dropped.
    ///
    /// The work depends on `len` alone: divisors are constants, and formatting machinery, which
    /// branches on the value, is not used.
    pub(crate) fn decimal(value: u64, len: usize) -> Self {
        let len = len.clamp(1, MAX_LEN);
        // The first digit is the lowest byte. Those that are too many stand first, and are shifted out.
        let back = eight_digits(value % EIGHT_DIGITS);
        let text = if len <= 8 {
            u128::from(back >> (8 * (8 - len)))
        } else {
            let front = eight_digits(value / EIGHT_DIGITS % EIGHT_DIGITS);
            (u128::from(back) << 64 | u128::from(front)) >> (8 * (ROOM - len))
        };
        Self { text: Wiped::new(text.to_le_bytes()), len }
    }

    /// A code of these ASCII symbols.
    pub(crate) fn symbols<const N: usize>(symbols: [u8; N]) -> Self {
        const { assert!(N <= MAX_LEN) };
        let mut code = Self { text: Wiped::new([0; ROOM]), len: N };
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

redacted!(Code);

/// The eight digits of `value`, which is below 10^8, the first of them in the lowest byte.
///
/// Halves it three times, all parts in one register: into two numbers of four digits, four of two,
/// eight of one. The quotients are multiplications that are exact in their ranges.
const fn eight_digits(value: u64) -> u64 {
    let fours = (value / 10_000) | ((value % 10_000) << 32);
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = hundreds | ((fours - 100 * hundreds) << 16);
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    let ones = tens | ((twos - 10 * tens) << 8);
    ones | 0x3030_3030_3030_3030
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

/// The longest code that this crate makes: a delivered code of 10 digits.
const MAX_LEN: usize = 10;
const EIGHT_DIGITS: u64 = 100_000_000;
/// As many bytes as one number writes.
const ROOM: usize = 16;

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn leading_zeros_are_written() {
        assert_eq!(Code::decimal(39, 6).expose(), "000039");
        assert_eq!(Code::decimal(9_999_999_999, 10).expose(), "9999999999");
    }

    #[test]
    fn every_digit_stands_where_it_does_in_decimal() {
        let mut value = 0_u64;
        for round in 0..20_000_u64 {
            value = value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(round * 2 + 1);
            // Small numbers too, and those whose every digit is 9.
            for value in [value >> (round % 64), 10_u64.pow((round % 20) as u32) - 1] {
                for len in 1..=MAX_LEN {
                    let kept = value % 10_u64.pow(len as u32);
                    assert_eq!(Code::decimal(value, len).expose(), format!("{kept:0len$}"));
                }
            }
        }
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
