//! Steam Guard codes: TOTP with five letters.

use core::fmt;

use subtle::ConstantTimeEq as _;

use super::{
    Algorithm, Found, Period, Step, Window, step::search, totp::step_at, truncate::HmacKey,
};
use crate::{code::Code, secret::Secret, time::UnixTime};

/// Generates and checks the Steam Guard codes of one secret.
///
/// A code is five symbols out of 26, from HMAC-SHA-1 with a period of 30 seconds. To import a
/// secret of fewer than 16 bytes, see [`Secret::danger_short`].
///
/// # Source
///
/// Steam does not publish a specification. This type implements the algorithm on which several
/// independent implementations agree ([STD K-31](crate::manual::standards)).
///
/// # Example
///
/// ```
/// use second_factor::{Secret, UnixTime, otp::Steam};
///
/// let secret = Secret::import_base32("FMXNK4QEGKVPULRTADY6JIDK5VHUBGZW")?;
/// assert_eq!(Steam::new(&secret).code(UnixTime::from_secs(30)).expose(), "QJY8Y");
/// # Ok::<(), second_factor::secret::InvalidSecret>(())
/// ```
#[derive(Clone)]
pub struct Steam {
    key: HmacKey,
}

impl Steam {
    /// Creates a generator for `secret`.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self { key: HmacKey::new(secret, Algorithm::Sha1) }
    }

    /// Returns the code at `now`.
    #[must_use]
    pub fn code(&self, now: UnixTime) -> Code {
        self.code_at(self.step(now))
    }

    /// Returns the code for `step`.
    #[must_use]
    pub fn code_at(&self, step: Step) -> Code {
        Code::symbols(self.symbols(step.get()))
    }

    /// Returns the time step of 30 seconds at `now`.
    #[must_use]
    pub const fn step(&self, now: UnixTime) -> Step {
        match step_at(now, UnixTime::from_secs(0), Period::DEFAULT) {
            Some(step) => step,
            // A `UnixTime` is never before 1970.
            None => Step::new(0),
        }
    }

    /// Finds the step whose code is `typed`, and detects a code that was used before.
    ///
    /// This method works like [`Totp::find`](super::Totp::find).
    ///
    /// # Input
    ///
    /// `typed` must have five characters of `23456789BCDFGHJKMNPQRTVWXY`, in upper case, as Steam
    /// displays them.
    pub fn find(&self, typed: &str, now: UnixTime, window: Window, last: Option<Step>) -> Found {
        let Ok(typed) = <&[u8; LEN]>::try_from(typed.as_bytes()) else {
            return Found::Nothing;
        };
        search(window.around(self.step(now)), last, |step| self.symbols(step).ct_eq(typed))
    }

    fn symbols(&self, step: u64) -> [u8; LEN] {
        symbols(self.key.truncated(step))
    }
}

impl fmt::Debug for Steam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steam").finish_non_exhaustive()
    }
}

/// Returns the five symbols of `value`, the least significant first.
///
/// The symbols are computed together, each in one byte of a word.
///
/// A lookup in the alphabet would use a secret-dependent address. Instead, a symbol is the sum of
/// its digit, the character `2`, and the number of characters that the alphabet skips before it.
fn symbols(mut value: u32) -> [u8; LEN] {
    let mut places = 0;
    for place in 0..LEN {
        places += u64::from(value % 26) << (8 * place);
        value /= 26;
    }
    let mut symbols = places + EACH * u64::from(b'2');
    for (from, jump) in JUMPS {
        // Sets the highest bit of every byte that is at least `from`; all bytes are at most 25.
        let is_behind = (places + EACH * (0x80 - from)) >> 7 & EACH;
        symbols += is_behind * jump;
    }
    let [a, b, c, d, e, ..] = symbols.to_le_bytes();
    [a, b, c, d, e]
}

const LEN: usize = 5;
/// A one in each byte.
const EACH: u64 = 0x01_01_01_01_01;
/// The positions in the alphabet where characters are skipped, and how many.
///
/// The alphabet is `23456789BCDFGHJKMNPQRTVWXY`.
const JUMPS: [(u64, u64); 7] = [(8, 8), (11, 1), (14, 1), (16, 1), (18, 1), (21, 1), (22, 1)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_follow_the_steam_alphabet() {
        const ALPHABET: &[u8; 26] = b"23456789BCDFGHJKMNPQRTVWXY";
        for at in 0..26 {
            for place in 0..LEN {
                let mut places = [7 * at % 26; LEN];
                places[place] = at;
                let value = places.iter().rev().fold(0, |value, at| value * 26 + at);
                assert_eq!(symbols(value), places.map(|at| ALPHABET[at as usize]));
            }
        }
        // Digits beyond the fifth are dropped.
        assert_eq!(symbols(26_u32.pow(5) + 3), *b"52222");
    }
}
