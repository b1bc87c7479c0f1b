//! Rules for new PINs.

use alloc::{format, string::String};
use core::convert::Infallible;

use crate::{typed::Typed, wiped::Wiped};

/// A new PIN.
///
/// # Input
///
/// A PIN must have 6 to 64 bytes. It usually has six digits, which may be typed in groups; letters
/// are accepted. PINs are compared as bytes.
///
/// Easily guessed PINs are rejected. They have at most two distinct symbols, repeated or mirrored
/// groups, or ascending or descending digits or pairs of digits. The 1,000 most common PINs and
/// passwords of this length are rejected too. The end of a phone number of the subject is rejected
/// when the PIN is set. [`not`](Self::not) rejects strings that an attacker may know about the
/// user.
///
/// # Source
///
/// NIST SP 800-63B-4 §3.2.10 (at least six characters, a block-list). The list is the beginning of
/// that of [zxcvbn](https://github.com/dropbox/zxcvbn), which is based on the ten million passwords
/// that Mark Burnett published.
///
/// # Example
///
/// ```
/// use second_factor::enrollment::{InvalidPin, NewPin};
///
/// let pin = NewPin::new("493817")?.not(&["1990-05-14", "Alice"])?;
/// assert_eq!(NewPin::new("4938").unwrap_err(), InvalidPin::Length);
/// assert_eq!(NewPin::new("123456").unwrap_err(), InvalidPin::TooCommon);
/// # let _ = pin;
/// # Ok::<(), InvalidPin>(())
/// ```
pub struct NewPin(Wiped<String>);

impl NewPin {
    /// Creates a PIN.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidPin`], which is safe to show to the user.
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

    /// Rejects the PIN if it contains, or is part of, a string in `known`.
    ///
    /// Pass what your application knows about the user, such as a birthday, a name or a postal
    /// code. A date such as `1990-05-14` is recognized with its parts in any order, and with a
    /// short year. Case and punctuation are ignored. Strings of fewer than four letters and digits
    /// are ignored too. Only the first 256 characters of a string are read.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidPin::TooCommon`], which is safe to show to the user.
    pub fn not(self, known: &[&str]) -> Result<Self, InvalidPin> {
        let pin = letters_and_digits(&self.0);
        let is_known = |text: &str| {
            text.len() >= SHORTEST_KNOWN && (text.contains(&**pin) || pin.contains(text))
        };
        for text in known {
            let text = letters_and_digits(text);
            if is_known(&text) || date_forms(&text).iter().any(|form| is_known(form)) {
                return Err(InvalidPin::TooCommon);
            }
        }
        Ok(self)
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Returns whether the PIN is the end of `address`.
    pub(crate) fn is_end_of(&self, address: &str) -> bool {
        address.ends_with(self.expose())
    }
}

impl TryFrom<&str> for NewPin {
    type Error = InvalidPin;

    fn try_from(text: &str) -> Result<Self, InvalidPin> {
        Self::new(text)
    }
}

impl TryFrom<&String> for NewPin {
    type Error = InvalidPin;

    fn try_from(text: &String) -> Result<Self, InvalidPin> {
        Self::new(text)
    }
}

redacted!(NewPin);

/// The error returned when a string cannot be a PIN.
///
/// It is safe to show to the user.
///
/// # Example
///
/// See [`NewPin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPin {
    /// The PIN is too short or too long.
    #[error("a PIN has 6 to 64 characters")]
    Length,
    /// The PIN is one that an attacker tries first.
    #[error("this PIN is too easy to guess")]
    TooCommon,
}

impl From<Infallible> for InvalidPin {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Returns the letters and digits of `text`, in lower case.
fn letters_and_digits(text: &str) -> Wiped<String> {
    // The buffer has room for every letter in lower case, so that none remains in freed memory.
    let mut kept = Wiped::new(String::with_capacity(3 * text.len().min(4 * MOST_READ)));
    for symbol in text.chars().take(MOST_READ).filter(|symbol| symbol.is_alphanumeric()) {
        kept.extend(symbol.to_lowercase());
    }
    kept
}

/// Returns the usual orders of the parts of a date, if `digits` are year, month and day.
fn date_forms(digits: &str) -> [Wiped<String>; 6] {
    let is_date = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let part = |range| if is_date { digits.get(range).unwrap_or_default() } else { "" };
    let (year, short, month, day) = (part(0..4), part(2..4), part(4..6), part(6..8));
    [
        format!("{day}{month}{year}"),
        format!("{day}{month}{short}"),
        format!("{month}{day}{year}"),
        format!("{month}{day}{short}"),
        format!("{short}{month}{day}"),
        format!("{year}{day}{month}"),
    ]
    .map(Wiped::new)
}

/// Returns whether a PIN is common (STD N-47).
///
/// These are repeated or mirrored groups, runs, and common PINs and passwords.
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
    // 112233, 998877: each digit twice, so their number is even.
    let is_doubled = firsts().eq(text.iter().skip(1).step_by(2))
        && firsts().zip(firsts().skip(1)).all(|(a, b)| a.abs_diff(*b) == 1);
    // 101112, 246810 and 302010: pairs of digits in steps.
    let is_counting = counts_in_pairs(text);
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
        || is_counting
        || is_mirrored
        || has_two_symbols
        || COMMON.lines().any(|common| text.eq_ignore_ascii_case(common.as_bytes()))
}

/// Returns whether the pairs of digits change by 1, 2, 10 or 11, up or down.
fn counts_in_pairs(text: &[u8]) -> bool {
    let pairs = text.chunks(2).map(|pair| match pair {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + (ones - b'0')),
        _ => None,
    });
    let steps = pairs.clone().zip(pairs.skip(1)).map(|(one, next)| {
        let (one, next) = (one?, next?);
        Some((one < next, one.abs_diff(next)))
    });
    let first = steps.clone().next().flatten();
    let is_small = first.is_some_and(|(_, by)| [1, 2, 10, 11].contains(&by));
    is_small && steps.into_iter().all(|step| step == first)
}

pub(crate) const SHORTEST: usize = 6;
pub(crate) const LONGEST: usize = 64;
/// The number of characters of a known string that are read.
const MOST_READ: usize = 256;
/// A shorter known string would reject too many PINs.
const SHORTEST_KNOWN: usize = 4;
/// The most common PINs and passwords of at least six symbols, in lower case.
///
/// Those that a pattern covers are omitted.
const COMMON: &str = include_str!("common.txt");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_108_common_pins_are_refused() {
        for common in [
            "000000", "121212", "123123", "123456", "234567", "654321", "890123", "210987",
            "112233", "998877", "147258", "qwerty", "abcabc", "123321", "111222", "Qwerty",
            "aabbcc", "11223322",
        ] {
            assert_eq!(NewPin::new(common).unwrap_err(), InvalidPin::TooCommon, "{common}");
        }
        for good in ["493817", "120956", "112234", "114477", "1122332", "a pin of words"] {
            assert!(NewPin::new(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn finding_s22_common_pins_and_passwords_are_refused() {
        for common in [
            "121314", "246810", "iloveyou", "101112", "302010", "111213", "131415", "010203",
            "135790", "159753", "696969", "dragon", "Monkey", "letmein", "trustno1", "987456",
        ] {
            assert_eq!(NewPin::new(common).unwrap_err(), InvalidPin::TooCommon, "{common}");
        }
        let listed: alloc::vec::Vec<&str> = COMMON.lines().collect();
        assert!((900..=1000).contains(&listed.len()), "{}", listed.len());
        assert!(listed.is_sorted() && listed.iter().all(|one| one.len() >= SHORTEST));
        assert!(listed.iter().all(|one| NewPin::new(one).is_err()));
    }

    /// A block-list must leave room: NIST SP 800-63B-4 §3.1.1.2.
    #[test]
    fn most_random_pins_are_accepted() {
        let is_refused = |number: &u32| NewPin::new(&format!("{number:06}")).is_err();
        // A sample. The multiples of 61 have no pattern in decimal, unlike those of 37 or 101.
        let refused = (0..1_000_000).step_by(61).filter(is_refused);
        let (refused, all) = (refused.count(), 1_000_000 / 61);
        assert!(refused * 100 < all, "{refused} of {all}");
    }

    #[test]
    fn finding_s22_birthdays_and_names_are_refused() {
        let pin = |text: &str| NewPin::new(text).unwrap();
        for known in ["1990-05-14", "1990/05/14", "19900514"] {
            for birthday in ["900514", "140590", "051490", "19900514", "14051990", "05141990"] {
                let refused = pin(birthday).not(&["Alice", known]);
                assert_eq!(refused.unwrap_err(), InvalidPin::TooCommon, "{birthday}");
            }
            assert!(pin("149005").not(&[known]).is_ok());
        }
        for (typed, known) in
            [("alice7", "Alice"), ("ALICE-1", "alice"), ("4155550", "(415) 555-0100")]
        {
            assert!(pin(typed).not(&[known]).is_err(), "{typed}");
        }
        for known in ["", "Al", "-", "1990-05-1", "\u{130}"] {
            assert!(pin("493817").not(&[known, "493"]).is_ok(), "{known:?}");
        }
    }

    #[test]
    fn only_eight_digits_are_read_as_a_date() {
        for (known, is_date) in [
            ("19900514", true),
            ("1990051", false),
            ("199005142", false),
            ("abcdefgh", false),
            ("1990051x", false),
        ] {
            let part = |range| known.get(range).unwrap_or_default();
            let (year, month, day) = (part(0..4), part(4..6), part(6..8));
            for reordered in [format!("{day}{month}{year}"), format!("{month}{day}{year}")] {
                let refused = NewPin::new(&reordered).unwrap().not(&[known]).is_err();
                assert_eq!(refused, is_date, "{reordered} of {known}");
            }
        }
    }

    #[test]
    fn pin_has_six_to_sixty_four_bytes() {
        for invalid in ["", "12957", &"x".repeat(65), &"7".repeat(10 << 20)] {
            assert_eq!(NewPin::new(invalid).unwrap_err(), InvalidPin::Length);
        }
    }
}
