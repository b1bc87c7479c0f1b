//! TOTP: time-based one-time codes (RFC 6238).

use core::fmt;

use subtle::ConstantTimeEq as _;

use super::{
    Algorithm, Digits, Found, InvalidParameter, Step, Window, step::search, truncate::HmacKey,
};
use crate::{
    code::{Code, parse_decimal},
    secret::Secret,
    time::UnixTime,
};

/// Generates and checks the time-based one-time codes (TOTP) of one secret.
///
/// Authenticator apps generate these codes. A `Totp` stores the HMAC key state, so each further
/// code costs two compressions of the hash.
///
/// # Security
///
/// With the default window and period, a code is accepted for 90 seconds. To accept it only once,
/// your application must pass the last accepted step to [`find`](Self::find), and store the new
/// step with a compare-and-swap. Your application must also count failed attempts. The crate's
/// `Verifier` does both.
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
/// let mut last = None;                                  // stored with the secret
/// match totp.find("081804", now, Window::ONE, last) {
///     Found::Fresh(step) => last = Some(step),          // accept, and store
///     Found::Used | Found::Nothing => panic!("reject"),
/// }
/// assert_eq!(totp.find("081804", now, Window::ONE, last), Found::Used);
/// # Ok::<(), second_factor::secret::InvalidSecret>(())
/// ```
#[doc(alias = "authenticator app")]
#[doc(alias = "rfc6238")]
#[derive(Clone)]
pub struct Totp {
    key: HmacKey,
    digits: Digits,
    period: Period,
    start: UnixTime,
}

impl Totp {
    /// Creates a generator with SHA-1, six digits and 30 seconds.
    ///
    /// Every authenticator app supports these parameters.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self::with(secret, TotpParameters::new())
    }

    /// Creates a generator with the given parameters.
    ///
    /// Some apps ignore the parameters of a URI. Therefore, verify a first code from the user's app
    /// before you treat the secret as enrolled.
    #[must_use]
    pub fn with(secret: &Secret, parameters: TotpParameters) -> Self {
        Self {
            key: HmacKey::new(secret, parameters.algorithm),
            digits: parameters.digits,
            period: parameters.period,
            start: parameters.start,
        }
    }

    /// Returns the hash algorithm, the digits, the period and the start.
    #[must_use]
    pub const fn parameters(&self) -> TotpParameters {
        TotpParameters {
            algorithm: self.key.algorithm(),
            digits: self.digits,
            period: self.period,
            start: self.start,
        }
    }

    /// Returns the code at `now`, or `None` before the start (T0) of the steps.
    #[must_use]
    pub fn code(&self, now: UnixTime) -> Option<Code> {
        Some(self.code_at(self.step(now)?))
    }

    /// Returns the code for `step`.
    #[must_use]
    pub fn code_at(&self, step: Step) -> Code {
        Code::decimal(u64::from(self.key.truncated(step.get())), usize::from(self.digits.count()))
    }

    /// Returns the step at `now`, or `None` before the start (T0) of the steps.
    #[must_use]
    pub const fn step(&self, now: UnixTime) -> Option<Step> {
        step_at(now, self.start, self.period)
    }

    /// Returns the number of seconds until the next code, from 1 to the period.
    ///
    /// Returns `None` if `now` is before the start (T0) of the steps.
    #[must_use]
    pub const fn seconds_left(&self, now: UnixTime) -> Option<u64> {
        if now.as_secs() < self.start.as_secs() {
            return None;
        }
        let period = self.period.as_secs() as u64;
        Some(period - (now.as_secs() - self.start.as_secs()) % period)
    }

    /// Finds the step whose code is `typed`, and detects a code that was used before.
    ///
    /// Checks every step of the window. The time that the search takes does not reveal whether or
    /// where a step matches. If several fresh steps match, the method returns the highest. A code
    /// that matches `last` or an earlier step is [`Found::Used`].
    ///
    /// # Input
    ///
    /// - `typed` must have exactly as many ASCII digits as the code, without spaces or separators.
    ///   For any other input, of any size, `find` returns [`Found::Nothing`] without hashing.
    /// - `now` is the time of the server's clock.
    /// - `last` is the step of the last success with this secret, or `None` if there was none.
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
        self.digits.of(self.key.truncated(step))
    }
}

impl fmt::Debug for Totp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Totp").field("parameters", &self.parameters()).finish_non_exhaustive()
    }
}

/// The parameters of TOTP: hash algorithm, digits, period and start.
///
/// Every app supports the default (SHA-1, six digits, 30 seconds, from 1970). Several apps ignore
/// any other value ([STD K-14, K-15](crate::manual::standards)).
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
    /// Returns the default: SHA-1, six digits, 30 seconds, from 1970.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            algorithm: Algorithm::Sha1,
            digits: Digits::Six,
            period: Period::DEFAULT,
            start: UnixTime::from_secs(0),
        }
    }

    /// Sets the hash algorithm.
    #[must_use]
    pub const fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Sets the number of digits.
    #[must_use]
    pub const fn with_digits(mut self, digits: Digits) -> Self {
        self.digits = digits;
        self
    }

    /// Sets the period.
    #[must_use]
    pub const fn with_period(mut self, period: Period) -> Self {
        self.period = period;
        self
    }

    /// Sets the time from which steps are counted (T0 of RFC 6238 §4.1).
    ///
    /// A provisioning URI has no parameter for this time, so authenticator apps always count from
    /// 1970.
    #[must_use]
    pub const fn with_start(mut self, start: UnixTime) -> Self {
        self.start = start;
        self
    }

    /// Returns the hash algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the number of digits.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// Returns the period, which is the time between two codes.
    #[must_use]
    pub const fn period(&self) -> Period {
        self.period
    }

    /// Returns the time from which steps are counted (T0 of RFC 6238 §4.1).
    #[must_use]
    pub const fn start(&self) -> UnixTime {
        self.start
    }
}

/// The time between two TOTP codes, in seconds.
///
/// # Input
///
/// A period must be 15 to 120 seconds. NIST SP 800-63B-4 §3.1.4.1 requires that a code changes at
/// least every two minutes.
///
/// # Example
///
/// ```
/// use second_factor::otp::Period;
///
/// assert_eq!(Period::default().as_secs(), 30);
/// assert!(Period::new(0).is_err());
/// ```
#[doc(alias = "interval")]
#[doc(alias = "time step")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(u8);

impl Period {
    /// 30 seconds (RFC 6238 §5.2).
    pub const DEFAULT: Self = Self(30);

    /// Creates a period of `secs` seconds.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidParameter::Period`] if `secs` is not between 15 and 120, inclusive.
    pub const fn new(secs: u64) -> Result<Self, InvalidParameter> {
        if secs < 15 || secs > 120 {
            return Err(InvalidParameter::Period);
        }
        Ok(Self(secs as u8))
    }

    /// Restores a period from a record. It accepts every period that a release accepted.
    #[cfg(feature = "alloc")]
    pub(crate) const fn from_record(secs: u8) -> Option<Self> {
        if secs == 0 { None } else { Some(Self(secs)) }
    }

    /// Returns the period in seconds, from 15 to 120.
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

/// Returns T = floor((now - T0) / X) (RFC 6238 §4.2), or `None` before T0.
pub(super) const fn step_at(now: UnixTime, start: UnixTime, period: Period) -> Option<Step> {
    match now.as_secs().checked_sub(start.as_secs()) {
        Some(elapsed) => Some(Step::new(elapsed / period.0 as u64)),
        None => None,
    }
}
