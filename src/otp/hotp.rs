//! HOTP, RFC 4226: codes that follow a counter. Remembers nothing.

use core::fmt;

use subtle::ConstantTimeEq as _;

use super::{Algorithm, Digits, Found, LookAhead, Step, keyed::Keyed, step::search};
use crate::{
    Secret,
    code::{Code, parse_decimal},
};

/// Counter-based one-time codes (RFC 4226) of one secret.
///
/// # Source
///
/// RFC 4226 §5 (codes), §7.2 and §7.4 (look-ahead and resynchronisation).
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
/// let expected = Step::new(0);                        // kept with the secret
/// let matched = hotp.find("287082", expected, LookAhead::default()).expect("let in");
/// assert_eq!(matched.next(), Some(Step::new(2)));     // keep this: the next one expected
/// # Ok::<(), second_factor::secret::InvalidSecret>(())
/// ```
#[derive(Clone)]
pub struct Hotp {
    keyed: Keyed,
    digits: Digits,
}

impl Hotp {
    /// SHA-1 and six digits, as RFC 4226 has it.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self::with(secret, Algorithm::Sha1, Digits::Six)
    }

    /// With another hash or more digits.
    #[must_use]
    pub fn with(secret: &Secret, algorithm: Algorithm, digits: Digits) -> Self {
        Self { keyed: Keyed::new(secret, algorithm), digits }
    }

    /// The hash that it uses.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.keyed.algorithm()
    }

    /// How many digits its codes have.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// The code of that counter.
    #[must_use]
    pub fn code(&self, counter: Step) -> Code {
        Code::decimal(
            u64::from(self.keyed.truncated(counter.get())),
            usize::from(self.digits.count()),
        )
    }

    /// The counter at which `typed` is right, from `expected` on.
    ///
    /// Looks at `expected` and at `look_ahead` counters after it, always at all of them, and takes
    /// the highest that matches. Counters never wrap: nothing lies beyond 2^64-1. The caller keeps
    /// [`next`](Step::next) of the answer; when that is `None` the token is used up.
    ///
    /// # Input
    ///
    /// `typed`: exactly as many ASCII digits as the code has; any other text, of any size, is `None`
    /// and costs no hashing.
    #[must_use = "a code is accepted only if a counter is found, and then the next must be kept"]
    pub fn find(&self, typed: &str, expected: Step, look_ahead: LookAhead) -> Option<Step> {
        let value = self.parse(typed)?;
        self.scan(expected, look_ahead, |counter| u64::from(self.value(counter)).ct_eq(&value))
    }

    /// The counter of `second`, when `first` and `second` are the codes of two counters in a row.
    ///
    /// For a token whose button was pressed too often: two codes in a row among `range` counters
    /// are as hard to guess as one code of twice the digits. The caller keeps [`next`](Step::next)
    /// of the answer, and counts wrong tries as it counts those of [`find`](Self::find).
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
    #[must_use = "a token is found again only if a counter is, and then the next must be kept"]
    pub fn resync(
        &self,
        first: &str,
        second: &str,
        expected: Step,
        range: LookAhead,
    ) -> Option<Step> {
        let (first, second) = (self.parse(first)?, self.parse(second)?);
        // Each pair is looked at by its second counter, so that the answer is the one to burn.
        self.scan(expected.next()?, range, |counter| {
            u64::from(self.value(counter - 1)).ct_eq(&first)
                & u64::from(self.value(counter)).ct_eq(&second)
        })
    }

    fn scan(
        &self,
        from: Step,
        look_ahead: LookAhead,
        is_right: impl Fn(u64) -> subtle::Choice,
    ) -> Option<Step> {
        let end = from.get().saturating_add(u64::from(look_ahead.get()));
        match search((from.get(), end), None, is_right) {
            Found::Fresh(step) => Some(step),
            Found::Nothing | Found::Used => None,
        }
    }

    fn parse(&self, typed: &str) -> Option<u64> {
        parse_decimal(typed, usize::from(self.digits.count()))
    }

    fn value(&self, counter: u64) -> u32 {
        self.digits.of(self.keyed.truncated(counter))
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
