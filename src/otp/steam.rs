//! Steam Guard codes: TOTP with five letters in place of digits. Reads no clock and remembers nothing.

use core::fmt;

use subtle::ConstantTimeEq as _;

use super::{Algorithm, Found, Period, Step, Window, keyed::Keyed, step::search, totp::step_at};
use crate::{Secret, UnixTime, code::Code};

/// Steam Guard codes of one secret: HMAC-SHA-1, 30 seconds, five symbols out of 26.
///
/// Imported secrets may be as short as Steam made them ([`Secret::danger_short`]).
///
/// # Source
///
/// No document of its maker; what several independent implementations agree on
/// ([STD K-31](crate::manual::standards)).
///
/// # Example
///
/// ```
/// use second_factor::{Secret, UnixTime, otp::Steam};
///
/// let (secret, _) = Secret::import_base32("FMXNK4QEGKVPULRTADY6JIDK5VHUBGZW")?;
/// assert_eq!(Steam::new(&secret).code(UnixTime::from_secs(30)).expose(), "QJY8Y");
/// # Ok::<(), second_factor::secret::InvalidSecret>(())
/// ```
#[derive(Clone)]
pub struct Steam {
    keyed: Keyed,
}

impl Steam {
    /// The codes of `secret`.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self { keyed: Keyed::new(secret, Algorithm::Sha1) }
    }

    /// The code of this moment.
    #[must_use]
    pub fn code(&self, now: UnixTime) -> Code {
        self.code_at(self.step(now))
    }

    /// The code of that step.
    #[must_use]
    pub fn code_at(&self, step: Step) -> Code {
        Code::symbols(self.symbols(step.get()))
    }

    /// The step of this moment.
    #[must_use]
    pub const fn step(&self, now: UnixTime) -> Step {
        match step_at(now, UnixTime::from_secs(0), Period::DEFAULT) {
            Some(step) => step,
            // Nothing lies before 1970.
            None => Step::new(0),
        }
    }

    /// The step at which `typed` is right, if it was not used; as [`Totp::find`](super::Totp::find).
    ///
    /// # Input
    ///
    /// `typed`: five of `23456789BCDFGHJKMNPQRTVWXY`, upper case, as Steam shows them.
    pub fn find(&self, typed: &str, now: UnixTime, window: Window, last: Option<Step>) -> Found {
        let Ok(typed) = <&[u8; LEN]>::try_from(typed.as_bytes()) else {
            return Found::Nothing;
        };
        search(window.around(self.step(now)), last, |step| self.symbols(step).ct_eq(typed))
    }

    fn symbols(&self, step: u64) -> [u8; LEN] {
        symbols(self.keyed.truncated(step))
    }
}

impl fmt::Debug for Steam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steam").finish_non_exhaustive()
    }
}

/// The five symbols of `value`, the least significant first, each a byte of one number.
///
/// An index into the alphabet would be a secret address. The alphabet goes up from `2`, and jumps where
/// letters are left out; each place adds the jumps that it lies behind.
fn symbols(mut value: u32) -> [u8; LEN] {
    let mut places = 0;
    for place in 0..LEN {
        places += u64::from(value % 26) << (8 * place);
        value /= 26;
    }
    let mut symbols = places + EACH * u64::from(b'2');
    for (from, jump) in JUMPS {
        // Sets the highest bit of every byte that is `from` or more: none is over 25.
        let is_behind = (places + EACH * (0x80 - from)) >> 7 & EACH;
        symbols += is_behind * jump;
    }
    let [a, b, c, d, e, ..] = symbols.to_le_bytes();
    [a, b, c, d, e]
}

const LEN: usize = 5;
/// One in each byte.
const EACH: u64 = 0x01_01_01_01_01;
/// From which place of `23456789BCDFGHJKMNPQRTVWXY` on how many characters are left out.
const JUMPS: [(u64, u64); 7] = [(8, 8), (11, 1), (14, 1), (16, 1), (18, 1), (21, 1), (22, 1)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_stands_at_its_place() {
        const ALPHABET: &[u8; 26] = b"23456789BCDFGHJKMNPQRTVWXY";
        for at in 0..26 {
            for place in 0..LEN {
                let mut places = [7 * at % 26; LEN];
                places[place] = at;
                let value = places.iter().rev().fold(0, |value, at| value * 26 + at);
                assert_eq!(symbols(value), places.map(|at| ALPHABET[at as usize]));
            }
        }
        // What is more than five of them hold is dropped.
        assert_eq!(symbols(26_u32.pow(5) + 3), *b"52222");
    }
}
