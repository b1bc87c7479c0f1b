//! HOTP: counter-based one-time codes (RFC 4226).

use core::fmt;

use subtle::ConstantTimeEq as _;

use super::{Algorithm, Digits, Found, LookAhead, Step, step::search, truncate::HmacKey};
use crate::{
    code::{Code, parse_decimal},
    secret::Secret,
};

/// Generates and checks the counter-based one-time codes (HOTP) of one secret.
///
/// Hardware tokens with a button generate these codes.
///
/// # Security
///
/// Your application must store the [next](Step::next) counter value after every success, with a
/// compare-and-swap. It must also count failed attempts. The crate's `Verifier` does both.
///
/// # Source
///
/// RFC 4226 §5 (codes), §7.2 and §7.4 (look-ahead and resynchronization).
///
/// # Example
///
/// ```
/// use second_factor::Secret;
/// use second_factor::otp::{Hotp, LookAhead, Step};
///
/// let hotp = Hotp::new(&Secret::new(b"12345678901234567890")?);
/// assert_eq!(hotp.code(Step::new(1)).expose(), "287082");
///
/// let expected = Step::new(0);                        // stored with the secret
/// let matched = hotp.find("287082", expected, LookAhead::default()).expect("correct");
/// assert_eq!(matched.next(), Some(Step::new(2)));     // store the next counter
/// # Ok::<(), second_factor::secret::InvalidSecret>(())
/// ```
#[doc(alias = "rfc4226")]
#[doc(alias = "hardware token")]
#[derive(Clone)]
pub struct Hotp {
    key: HmacKey,
    digits: Digits,
}

impl Hotp {
    /// Creates a generator with SHA-1 and six digits, the parameters of RFC 4226.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self::with(secret, Algorithm::Sha1, Digits::Six)
    }

    /// Creates a generator with the given hash algorithm and number of digits.
    #[must_use]
    pub fn with(secret: &Secret, algorithm: Algorithm, digits: Digits) -> Self {
        Self { key: HmacKey::new(secret, algorithm), digits }
    }

    /// Returns the hash algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// Returns the number of digits of a code.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// Returns the code for `counter`.
    #[must_use]
    pub fn code(&self, counter: Step) -> Code {
        Code::decimal(
            u64::from(self.key.truncated(counter.get())),
            usize::from(self.digits.count()),
        )
    }

    /// Finds the counter whose code is `typed`, starting at `expected`.
    ///
    /// Checks `expected` and the next `look_ahead` counter values in constant time. If several
    /// match, the method returns the highest. Counter values never wrap around: the search ends at
    /// 2^64-1. Store the counter value after the returned one ([`Step::next`]) as the next expected
    /// value. If [`Step::next`] returns `None`, the token is exhausted.
    ///
    /// # Input
    ///
    /// `typed` must have exactly as many ASCII digits as the code. For any other input, of any
    /// size, `find` returns `None` without hashing.
    #[must_use = "accept the code only if a counter is found, and store the next one"]
    pub fn find(&self, typed: &str, expected: Step, look_ahead: LookAhead) -> Option<Step> {
        let value = self.parse(typed)?;
        self.scan(expected, look_ahead, |counter| u64::from(self.value(counter)).ct_eq(&value))
    }

    /// Finds the counter of `second` if `first` and `second` are consecutive codes.
    ///
    /// Use this method to resynchronize a token whose button was pressed too often. Two consecutive
    /// codes are as hard to guess, within `range` counter values, as one code with twice as many
    /// digits. Store the counter value after the returned one ([`Step::next`]). Count failed
    /// attempts together with those of [`find`](Self::find).
    ///
    /// # Source
    ///
    /// RFC 4226 §7.4.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::Secret;
    /// use second_factor::otp::{Hotp, LookAhead, Step};
    ///
    /// let hotp = Hotp::new(&Secret::new(b"12345678901234567890")?);
    /// let found = hotp.resync("399871", "520489", Step::new(0), LookAhead::RESYNC);
    /// assert_eq!(found, Some(Step::new(9)));
    /// # Ok::<(), second_factor::secret::InvalidSecret>(())
    /// ```
    #[must_use = "the token is resynchronized only if a counter is found: store the next one"]
    pub fn resync(
        &self,
        first: &str,
        second: &str,
        expected: Step,
        range: LookAhead,
    ) -> Option<Step> {
        let (first, second) = (self.parse(first)?, self.parse(second)?);
        // Each pair is identified by the counter value of its second code, the one to mark as used.
        self.scan(expected.next()?, range, |counter| {
            u64::from(self.value(counter - 1)).ct_eq(&first)
                & u64::from(self.value(counter)).ct_eq(&second)
        })
    }

    fn scan(
        &self,
        from: Step,
        look_ahead: LookAhead,
        is_match: impl Fn(u64) -> subtle::Choice,
    ) -> Option<Step> {
        let end = from.get().saturating_add(u64::from(look_ahead.get()));
        match search((from.get(), end), None, is_match) {
            Found::Fresh(step) => Some(step),
            Found::Nothing | Found::Used => None,
        }
    }

    fn parse(&self, typed: &str) -> Option<u64> {
        parse_decimal(typed, usize::from(self.digits.count()))
    }

    fn value(&self, counter: u64) -> u32 {
        self.digits.of(self.key.truncated(counter))
    }
}

impl fmt::Debug for Hotp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hotp")
            .field("algorithm", &self.algorithm())
            .field("digits", &self.digits)
            .finish_non_exhaustive()
    }
}
