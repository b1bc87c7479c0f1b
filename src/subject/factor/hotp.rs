//! HOTP: codes of hardware tokens (RFC 4226).

use alloc::boxed::Box;

use super::{Attempt, check_digits};
use crate::{
    denial::{Denial, Reason},
    otp::{Algorithm, Digits, Hotp, LookAhead, Step},
    secret::Secret,
    subject::record::{
        factor_times::FactorTimes,
        factors::Factors,
        hotp::{HotpFactor, HotpState},
        limiter::{Counter, LaneLimiters},
        open_codes::NewFactor,
    },
    time::UnixTime,
};

/// A hardware token: its secret and its next counter value.
///
/// # Security
///
/// Restoring a backup of the database makes used codes valid again, because the backup contains the
/// earlier counter. After a restore, enroll tokens again (FAILURES 119), or call
/// [`Operations::after_restore`](crate::verifier::Operations::after_restore).
///
/// # Source
///
/// RFC 4226.
///
/// # Example
///
/// ```
/// use second_factor::{Secret, enrollment::HotpToken, otp::{Digits, Step}};
///
/// let secret = Secret::new(b"12345678901234567890")?;
/// let token = HotpToken::new(&secret).with_digits(Digits::Eight).with_counter(Step::new(1));
/// assert_eq!(format!("{token:?}"), "HotpToken(redacted)");
/// # Ok::<(), second_factor::secret::InvalidSecret>(())
/// ```
#[derive(Clone)]
pub struct HotpToken(pub(crate) HotpState);

impl HotpToken {
    /// Creates a token with the defaults of RFC 4226.
    ///
    /// The defaults are SHA-1, six digits and counter 0.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        let parameters = (Algorithm::Sha1, Digits::Six);
        let next = Some(Step::new(0));
        Self(HotpState { secret: Box::new(secret.clone()), parameters, next, last: None })
    }

    /// Returns the hash algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.0.parameters.0
    }

    /// Returns the number of digits.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.0.digits()
    }

    /// Returns the counter value of the token's next code.
    ///
    /// Returns `None` if all values are used up.
    #[must_use]
    pub const fn next_counter(&self) -> Option<Step> {
        self.0.next
    }

    /// Returns the secret.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.0.secret
    }

    /// Sets the hash algorithm.
    #[must_use]
    pub const fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.0.parameters.0 = algorithm;
        self
    }

    /// Sets the counter value of the token's next code.
    #[must_use]
    pub const fn with_counter(mut self, next: Step) -> Self {
        self.0.next = Some(next);
        self
    }

    /// Sets the number of digits.
    #[must_use]
    pub const fn with_digits(mut self, digits: Digits) -> Self {
        self.0.parameters.1 = digits;
        self
    }
}

redacted!(HotpToken);

/// One code or two codes of a token, as typed.
#[derive(Clone, Copy)]
pub(crate) enum Typed<'a> {
    Code(&'a str),
    /// Two consecutive codes, for resynchronization (RFC 4226 §7.4).
    Pair(&'a str, &'a str),
}

impl Typed<'_> {
    /// Returns an error unless the input could be from an HOTP token.
    pub(crate) fn check_form(self) -> Result<(), Denial> {
        match self {
            Self::Code(code) => check_digits(code, 6..=9),
            Self::Pair(first, second) => {
                check_digits(first, 6..=9).and(check_digits(second, 6..=9))
            }
        }
    }

    /// Returns the counter of the failures of this input.
    pub(crate) const fn counter(self) -> Counter {
        match self {
            Self::Code(_) => Counter::Hotp,
            Self::Pair(..) => Counter::HotpResync,
        }
    }

    const fn has_digits(self, digits: usize) -> bool {
        match self {
            Self::Code(code) => code.len() == digits,
            Self::Pair(first, second) => first.len() == digits && second.len() == digits,
        }
    }
}

/// Begins the enrollment of a token.
pub(crate) fn begin(token: &HotpToken) -> NewFactor {
    NewFactor::Hotp { token: token.0.clone() }
}

/// Returns the counter value of a new token's first code, or `None` if the code is incorrect.
pub(crate) fn check_first(token: &HotpState, typed: &str, look_ahead: LookAhead) -> Option<Step> {
    token.find(Typed::Code(typed), look_ahead)
}

/// Enrolls a token, and returns whether it replaces an earlier one.
pub(crate) fn confirm(
    factors: &mut Factors,
    mut token: HotpState,
    matched: Option<Step>,
    now: UnixTime,
) -> bool {
    if let Some(matched) = matched {
        token.accept(matched);
    }
    let (limiters, resync) = (LaneLimiters::new(), LaneLimiters::new());
    let times = FactorTimes::new(now);
    let factor = HotpFactor { token, limiters, resync, times, is_retired: false };
    factors.hotp.replace(factor).is_some()
}

/// Checks one code or two consecutive codes of the enrolled token.
pub(crate) fn check(factor: &mut HotpFactor, typed: Typed<'_>, look_ahead: LookAhead) -> Attempt {
    let token = &mut factor.token;
    let (found, is_used) = (token.find(typed, look_ahead), token.is_used(typed));
    match found {
        // RFC 4226 §7.2, H-15: an exhausted counter must not start again.
        _ if token.next.is_none() => Attempt::Refused(Reason::Disabled),
        _ if is_used => Attempt::Replayed,
        Some(matched) => {
            // The write that records the success moves the counter past the match.
            token.accept(matched);
            Attempt::Correct
        }
        None if !typed.has_digits(usize::from(token.digits().count())) => {
            Attempt::Refused(Reason::Malformed)
        }
        None => Attempt::Incorrect,
    }
}

/// Does the same work as [`check`] if no token is enrolled.
///
/// Otherwise, timing would reveal that none is enrolled (law 8).
pub(crate) fn dummy_check(typed: Typed<'_>, look_ahead: LookAhead) {
    let secret = Secret::new(&[0; 20]).expect("20 bytes are within the limits");
    let dummy = HotpToken::new(&secret).0;
    let found = dummy.find(typed, look_ahead);
    core::hint::black_box(found.is_some() | dummy.is_used(typed));
}

/// Removes the token, and returns whether there was one.
pub(crate) fn remove(factors: &mut Factors) -> bool {
    factors.hotp.take().is_some()
}

impl HotpState {
    fn hotp(&self) -> Hotp {
        Hotp::with(&self.secret, self.parameters.0, self.parameters.1)
    }

    /// Returns the counter value of a correct code.
    ///
    /// The cost is the same if the counter is exhausted.
    fn find(&self, typed: Typed<'_>, look_ahead: LookAhead) -> Option<Step> {
        let (hotp, next) = (self.hotp(), self.next.unwrap_or(Step::new(0)));
        let found = match typed {
            Typed::Code(code) => hotp.find(code, next, look_ahead),
            Typed::Pair(first, second) => hotp.resync(first, second, next, LookAhead::RESYNC),
        };
        self.next.and(found)
    }

    /// Returns whether this input was accepted last.
    fn is_used(&self, typed: Typed<'_>) -> bool {
        let none = LookAhead::NONE;
        let (hotp, last) = (self.hotp(), self.last.unwrap_or(Step::new(1)));
        let before = Step::new(last.get().saturating_sub(1));
        let found = match typed {
            Typed::Code(code) => hotp.find(code, last, none),
            Typed::Pair(first, second) => hotp.resync(first, second, before, none),
        };
        self.last.and(found).is_some()
    }
}
