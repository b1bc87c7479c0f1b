//! Rules for new PINs.

use alloc::string::String;

use crate::{typed::Typed, wiped::Wiped};

/// A new PIN.
///
/// # Input
///
/// A PIN must have 6 to 64 bytes. It usually has six digits, which may be typed in groups; letters
/// are accepted. PINs are compared as bytes.
///
/// Easily guessed PINs are rejected: those with at most two distinct symbols, repeated or mirrored
/// groups, ascending or descending digits, and well-known PINs. The end of a phone number of the same
/// subject is rejected when the PIN is set.
///
/// # Source
///
/// NIST SP 800-63B-4 §3.2.10 (at least six characters, a block-list).
///
/// # Example
///
/// ```
/// use second_factor::{enrollment::InvalidPin, sans_io::NewPin};
///
/// assert!(NewPin::new("493817").is_ok());
/// assert_eq!(NewPin::new("4938").unwrap_err(), InvalidPin::Length);
/// assert_eq!(NewPin::new("123456").unwrap_err(), InvalidPin::TooCommon);
/// ```
pub struct NewPin(Wiped<String>);

impl NewPin {
    /// Creates a PIN.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidPin`], which may be shown to the user.
    pub fn new(text: &str) -> Result<Self, InvalidPin> {
        let typed = Typed::new(text).pin();
        let text = typed.text();
        if !(SHORTEST..=LONGEST).contains(&text.len()) {
            return Err(InvalidPin::Length);
        }
        if is_common(text.as_bytes()) {
            return Err(InvalidPin::TooCommon);
        }
        Ok(Self(Wiped::new(text.into())))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is the end of `address`.
    pub(crate) fn is_end_of(&self, address: &str) -> bool {
        address.ends_with(self.expose())
    }
}

redacted!(NewPin);

/// Why a text cannot be a PIN. It may be shown to the user.
///
/// # Example
///
/// See [`NewPin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPin {
    /// It is too short or too long.
    #[error("a PIN has 6 to 64 characters")]
    Length,
    /// It is one that an attacker tries first.
    #[error("this PIN is too easy to guess")]
    TooCommon,
}

/// STD N-47: a repeated or mirrored group, a run, or a well-known PIN.
fn is_common(text: &[u8]) -> bool {
    let repeats = |group: usize| {
        text.len() % group == 0 && text.iter().zip(text.iter().skip(group)).all(|(a, b)| a == b)
    };
    let runs = |step: u8, wrap: fn(u8) -> u8| {
        text.iter().zip(text.iter().skip(1)).all(|(a, b)| wrap(a.wrapping_add(step)) == *b)
    };
    // 7890 and 0987 continue past the end of the keypad.
    let up = |byte| if byte == b'9' + 1 { b'0' } else { byte };
    let down = |byte| if byte == b'0' - 1 { b'9' } else { byte };
    let firsts = || text.iter().step_by(2);
    // 112233, 998877: each digit twice.
    let is_doubled = text.len() % 2 == 0
        && firsts().eq(text.iter().skip(1).step_by(2))
        && firsts().zip(firsts().skip(1)).all(|(a, b)| a.abs_diff(*b) == 1);
    // 123321.
    let is_mirrored = text.iter().eq(text.iter().rev());
    // 111222, 100110.
    let one = text.first();
    let other = text.iter().find(|symbol| Some(*symbol) != one);
    let has_two_symbols = text.iter().all(|symbol| [one, other].contains(&Some(symbol)));
    (1..=text.len() / 2).any(repeats)
        || runs(1, up)
        || runs(u8::MAX, down)
        || is_doubled
        || is_mirrored
        || has_two_symbols
        || WELL_KNOWN.iter().any(|known| text.eq_ignore_ascii_case(known.as_bytes()))
}

pub(crate) const SHORTEST: usize = 6;
pub(crate) const LONGEST: usize = 64;
/// Patterns on the keypad and the keyboard, and frequent PINs of leaked lists.
const WELL_KNOWN: [&str; 32] = [
    "147258", "159753", "147852", "258369", "369258", "123654", "456123", "789456", "123789",
    "147369", "159357", "357159", "753951", "951753", "101010", "131313", "520520", "520131",
    "110110", "007007", "142536", "102030", "112358", "314159", "271828", "qwerty", "abcdef",
    "asdfgh", "zxcvbn", "password", "secret", "abc123",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_108_common_pins_are_refused() {
        for common in [
            "000000", "121212", "123123", "123456", "234567", "654321", "890123", "210987",
            "112233", "998877", "147258", "qwerty", "abcabc", "123321", "111222", "Qwerty",
        ] {
            assert_eq!(NewPin::new(common).unwrap_err(), InvalidPin::TooCommon, "{common}");
        }
        for good in ["493817", "120956", "112234", "a pin of words"] {
            assert!(NewPin::new(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn pin_has_six_to_sixty_four_bytes() {
        for wrong in ["", "12957", &"x".repeat(65), &"7".repeat(10 << 20)] {
            assert_eq!(NewPin::new(wrong).unwrap_err(), InvalidPin::Length);
        }
    }
}
