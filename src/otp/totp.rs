//! TOTP, RFC 6238: codes that follow the clock. Reads no clock and remembers nothing.

use core::fmt;

use subtle::ConstantTimeEq as _;

use super::{Algorithm, Digits, Found, InvalidParameter, Step, Window, keyed::Keyed, step::search};
use crate::{
    Secret, UnixTime,
    code::{Code, parse_decimal},
};

/// Time-based one-time codes (RFC 6238) of one secret.
///
/// Holds the keyed state of HMAC, so that each further code costs two compressions of the hash.
///
/// # Security
///
/// A code is right for about a minute and a half. Only [`find`](Self::find) with the last step used,
/// kept in a store that compares and swaps, makes it right *once*; the crate's
/// `Verifier` does that for you, and counts wrong guesses.
///
/// # Source
///
/// RFC 6238; RFC 4226 §5.
///
/// # Example
///
/// ```
/// use second_factor::{Secret, UnixTime};
/// use second_factor::otp::{Found, Totp, Window};
///
/// let totp = Totp::new(&Secret::new(b"12345678901234567890")?);
/// let now = UnixTime::from_secs(1_111_111_085);
///
/// let mut last = None;                                  // kept with the secret
/// match totp.find("081804", now, Window::ONE, last) {
///     Found::Fresh(step) => last = Some(step),          // let in, and remember
///     Found::Used | Found::Nothing => panic!("refuse"),
/// }
/// assert_eq!(totp.find("081804", now, Window::ONE, last), Found::Used);
/// # Ok::<(), second_factor::secret::InvalidSecret>(())
/// ```
#[derive(Clone)]
pub struct Totp {
    keyed: Keyed,
    digits: Digits,
    period: Period,
    start: UnixTime,
}

impl Totp {
    /// SHA-1, six digits, 30 seconds: what every authenticator app reads.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self::with(secret, TotpParameters::new())
    }

    /// With other parameters. Prove by a first code that the person's app follows them.
    #[must_use]
    pub fn with(secret: &Secret, parameters: TotpParameters) -> Self {
        Self {
            keyed: Keyed::new(secret, parameters.algorithm),
            digits: parameters.digits,
            period: parameters.period,
            start: parameters.start,
        }
    }

    /// The parameters that it was made with.
    #[must_use]
    pub const fn parameters(&self) -> TotpParameters {
        TotpParameters {
            algorithm: self.keyed.algorithm(),
            digits: self.digits,
            period: self.period,
            start: self.start,
        }
    }

    /// The code of this moment; `None` before the start (T0) of the steps.
    #[must_use]
    pub fn code(&self, now: UnixTime) -> Option<Code> {
        Some(self.code_at(self.step(now)?))
    }

    /// The code of that step.
    #[must_use]
    pub fn code_at(&self, step: Step) -> Code {
        Code::decimal(u64::from(self.keyed.truncated(step.get())), usize::from(self.digits.count()))
    }

    /// The step of this moment; `None` before the start (T0) of the steps.
    #[must_use]
    pub const fn step(&self, now: UnixTime) -> Option<Step> {
        step_at(now, self.start, self.period)
    }

    /// Seconds until the code of this moment is followed by the next, 1 to the period.
    ///
    /// `None` before the start (T0) of the steps.
    #[must_use]
    pub const fn seconds_left(&self, now: UnixTime) -> Option<u64> {
        if now.as_secs() < self.start.as_secs() {
            return None;
        }
        let period = self.period.as_secs() as u64;
        Some(period - (now.as_secs() - self.start.as_secs()) % period)
    }

    /// The step at which `typed` is right, if it was not used.
    ///
    /// Looks at the whole window, always, and takes the highest step that matches and lies after
    /// `last`. A code that is right at a step up to `last` is [`Found::Used`]. Takes the same time
    /// whether and where it finds one.
    ///
    /// # Input
    ///
    /// `typed`: exactly as many ASCII digits as the code has, nothing around or between them; any
    /// other text, of any size, is [`Found::Nothing`] and costs no hashing. `now`: from the server's
    /// clock. `last`: the step of the last success with this secret, `None` if there was none.
    ///
    /// # Source
    ///
    /// RFC 6238 §5.2 (accept once), §6 (window); NIST SP 800-63B-4 §3.1.4.2.
    pub fn find(&self, typed: &str, now: UnixTime, window: Window, last: Option<Step>) -> Found {
        let parsed = parse_decimal(typed, usize::from(self.digits.count()));
        let (Some(value), Some(step)) = (parsed, self.step(now)) else {
            return Found::Nothing;
        };
        search(window.around(step), last, |step| u64::from(self.value(step)).ct_eq(&value))
    }

    fn value(&self, step: u64) -> u32 {
        self.digits.of(self.keyed.truncated(step))
    }
}

impl fmt::Debug for Totp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Totp").field("parameters", &self.parameters()).finish_non_exhaustive()
    }
}

/// The parameters of TOTP: algorithm, digits, period, start.
///
/// The default (SHA-1, six digits, 30 seconds, from 1970) is the only choice that every app
/// follows ([STD K-14, K-15](crate::manual::standards)).
///
/// # Example
///
/// ```
/// use second_factor::otp::{Algorithm, Digits, Period, TotpParameters};
///
/// let parameters = TotpParameters::new()
///     .with_algorithm(Algorithm::Sha256)
///     .with_digits(Digits::Eight);
/// assert_eq!(parameters.period().as_secs(), 30);
/// # let _ = Period::new(60)?;
/// # Ok::<(), second_factor::otp::InvalidParameter>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TotpParameters {
    algorithm: Algorithm,
    digits: Digits,
    period: Period,
    start: UnixTime,
}

impl TotpParameters {
    /// SHA-1, six digits, 30 seconds, from 1970.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            algorithm: Algorithm::Sha1,
            digits: Digits::Six,
            period: Period::DEFAULT,
            start: UnixTime::from_secs(0),
        }
    }

    /// With another hash.
    #[must_use]
    pub const fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// With another count of digits.
    #[must_use]
    pub const fn with_digits(mut self, digits: Digits) -> Self {
        self.digits = digits;
        self
    }

    /// With another period.
    #[must_use]
    pub const fn with_period(mut self, period: Period) -> Self {
        self.period = period;
        self
    }

    /// With steps that are counted from `start` (T0 of RFC 6238 §4.1). No app can be told of it.
    #[must_use]
    pub const fn with_start(mut self, start: UnixTime) -> Self {
        self.start = start;
        self
    }

    /// The hash.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// How many digits.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// The period.
    #[must_use]
    pub const fn period(&self) -> Period {
        self.period
    }

    /// Where the count of steps begins.
    #[must_use]
    pub const fn start(&self) -> UnixTime {
        self.start
    }
}

/// How long one TOTP code stands.
///
/// # Input
///
/// 15 to 120 seconds: NIST SP 800-63B-4 §3.1.4.1 wants a change at least every two minutes.
///
/// # Example
///
/// ```
/// use second_factor::otp::Period;
///
/// assert_eq!(Period::default().as_secs(), 30);
/// assert!(Period::new(0).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(u8);

impl Period {
    /// 30 seconds (RFC 6238 §5.2).
    pub const DEFAULT: Self = Self(30);

    /// That many seconds.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter::Period`] unless `secs` is 15 to 120.
    pub const fn new(secs: u64) -> Result<Self, InvalidParameter> {
        if secs < 15 || secs > 120 {
            return Err(InvalidParameter::Period);
        }
        Ok(Self(secs as u8))
    }

    /// How many seconds.
    #[must_use]
    pub const fn as_secs(self) -> u8 {
        self.0
    }
}

impl Default for Period {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// RFC 6238 §4.2: T = floor((now - T0) / X), and none before T0.
pub(super) const fn step_at(now: UnixTime, start: UnixTime, period: Period) -> Option<Step> {
    match now.as_secs().checked_sub(start.as_secs()) {
        Some(elapsed) => Some(Step::new(elapsed / period.0 as u64)),
        None => None,
    }
}
