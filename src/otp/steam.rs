//! Steam Guard codes: TOTP with five letters in place of digits. Reads no clock and remembers nothing.

use core::fmt;

use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};

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
        let mut value = self.keyed.truncated(step);
        // The least significant symbol comes first.
        core::array::from_fn(|_| {
            let index = value % 26;
            value /= 26;
            symbol(index)
        })
    }
}

impl fmt::Debug for Steam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steam").finish_non_exhaustive()
    }
}

/// Looks at the whole alphabet and keeps one by a mask: an index would be a secret address.
fn symbol(index: u32) -> u8 {
    let mut kept = 0;
    for (at, symbol) in (0_u32..).zip(ALPHABET) {
        kept.conditional_assign(symbol, at.ct_eq(&index));
    }
    kept
}

const LEN: usize = 5;
const ALPHABET: &[u8; 26] = b"23456789BCDFGHJKMNPQRTVWXY";
