//! Backup codes as the user sees and types them.

use alloc::{string::String, vec::Vec};

use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};

use crate::{
    moment::Moment,
    secret::SecretText,
    typed::{ascii_digit, is_separator},
    wiped::Wiped,
};

/// New backup codes, to be shown once.
///
/// [`expose`](Self::expose) consumes them. They cannot be shown again later, because the crate
/// stores only their hashes. They are wiped on drop.
///
/// # Example
///
/// ```
/// # use second_factor::*;
/// fn page(codes: BackupCodes) -> String {
///     codes.expose().iter().map(|code| format!("<li>{}</li>", code.expose())).collect()
/// }
/// # let _ = page;
/// ```
#[must_use = "the codes cannot be shown later"]
pub struct BackupCodes {
    /// Each code has 16 letters and digits, ungrouped.
    codes: Vec<Wiped<String>>,
}

impl BackupCodes {
    /// Returns the number of codes.
    #[must_use]
    pub fn count(&self) -> usize {
        self.codes.len()
    }

    /// Returns the codes in their printed form, such as `ABCD-EFGH-JKMN-PQRS`.
    #[must_use]
    pub fn expose(self) -> Vec<SecretText> {
        self.codes.iter().map(|code| grouped(code)).collect()
    }

    /// Returns an empty set.
    pub(crate) const fn none() -> Self {
        Self { codes: Vec::new() }
    }

    /// Generates `count` codes of 80 bits with distinct selectors.
    pub(crate) fn generate(count: u8, moment: &mut Moment, selector: impl Fn(&str) -> u16) -> Self {
        let mut codes: Vec<Wiped<String>> = Vec::with_capacity(usize::from(count));
        let mut selectors = Vec::new();
        while codes.len() < usize::from(count) {
            let bytes = moment.secret::<10>();
            let code = crockford(&bytes);
            let its = selector(&code);
            if !selectors.contains(&its) {
                selectors.push(its);
                codes.push(code);
            }
        }
        Self { codes }
    }

    pub(crate) fn canonical(&self) -> impl Iterator<Item = &str> {
        self.codes.iter().map(|code| code.as_str())
    }

    /// Copies the codes, because a conflict repeats the decision that returns them.
    pub(crate) fn again(&self) -> Self {
        Self { codes: self.codes.clone() }
    }
}

redacted!(BackupCodes);

/// Returns 80 bits in the alphabet of Crockford, in a buffer that never grows.
///
/// A buffer that grows leaves a copy in freed memory. Each symbol is selected without an index that
/// depends on the secret (law 9).
fn crockford(bytes: &[u8; 10]) -> Wiped<String> {
    let mut text = Wiped::new(String::with_capacity(16));
    let number = bytes.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    for group in (0..16).rev() {
        let value = (number >> (5 * group)) as u8 & 31;
        let mut symbol = 0;
        for (index, letter) in (0_u8..).zip(ALPHABET) {
            symbol.conditional_assign(letter, index.ct_eq(&value));
        }
        text.push(char::from(symbol));
    }
    text
}

fn grouped(code: &str) -> SecretText {
    let mut text = String::with_capacity(code.len() + code.len() / 4);
    for (at, symbol) in code.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push('-');
        }
        text.push(symbol);
    }
    SecretText::new(text)
}

/// Returns the canonical form of `typed`, or `None` if it is not a backup code.
///
/// The canonical form is hashed. It is in upper case, without spaces and hyphens, with ASCII
/// digits, and with Crockford's look-alike characters replaced.
pub(crate) fn canonical(typed: &str) -> Option<Wiped<String>> {
    if typed.len() > MAX_TYPED {
        return None;
    }
    let mut text = Wiped::new(String::with_capacity(typed.len()));
    for symbol in typed.chars().filter(|symbol| !is_separator(*symbol)).map(ascii_digit) {
        match symbol.to_ascii_uppercase() {
            'O' => text.push('0'),
            'I' | 'L' => text.push('1'),
            symbol if symbol.is_ascii_alphanumeric() => text.push(symbol),
            _ => return None,
        }
    }
    (text.len() >= MIN_TEXT).then_some(text)
}

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const MAX_TYPED: usize = 100;
/// Imported codes may be shorter than generated ones, but not shorter than the minimum of STD A-12.
const MIN_TEXT: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UnixTime;

    #[test]
    fn crockford_agrees_with_an_independent_implementation() {
        let mut moment = Moment::new(UnixTime::from_secs(0), [7; 32]);
        for _ in 0..1000 {
            let bytes = moment.bytes::<10>();
            let expected = base32::encode(base32::Alphabet::Crockford, &bytes);
            assert_eq!(*crockford(&bytes), expected);
            assert_eq!(crockford(&bytes).capacity(), 16);
        }
    }

    #[test]
    fn codes_are_printed_in_groups_and_accepted_in_any() {
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let codes = BackupCodes::generate(1, &mut moment, |_| 0);
        let text = String::from(codes.canonical().next().unwrap());
        let shown = codes.expose();
        let shown = shown[0].expose();
        assert_eq!(shown.len(), 19);
        assert!(shown.split('-').all(|group| group.len() == 4));
        for typed in
            [shown, &shown.to_lowercase(), &shown.replace('-', ""), &shown.replace('-', " ")]
        {
            assert_eq!(canonical(typed).unwrap().as_str(), text);
        }
        assert_eq!(canonical("oil-oil").unwrap().as_str(), "011011");
    }

    #[test]
    fn codes_of_a_set_have_distinct_selectors() {
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let codes = BackupCodes::generate(20, &mut moment, |text| text.as_bytes()[0].into());
        let mut firsts: Vec<u8> = codes.canonical().map(|text| text.as_bytes()[0]).collect();
        firsts.sort_unstable();
        firsts.dedup();
        assert_eq!(firsts.len(), 20);
    }

    #[test]
    fn malformed_code_is_refused_at_once() {
        for invalid in ["", "12345", "ÄBCDEFGH", "ABC_DEF"] {
            assert!(canonical(invalid).is_none(), "{invalid:?}");
        }
        assert!(canonical(&"A".repeat(10 << 20)).is_none());
        assert!(canonical(&"ABCDEFGH-".repeat(MAX_TYPED)[..MAX_TYPED]).is_some());
        assert!(canonical(&"ABCDEFGH-".repeat(MAX_TYPED)[..=MAX_TYPED]).is_none());
    }
}
