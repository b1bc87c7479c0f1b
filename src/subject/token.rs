//! A token that counts (HOTP): what it is, and checking its codes. Enrolling one is in `enroll`.

use core::fmt;

use minicbor::{CborLen, Decode, Encode};

use super::{
    Checked, Decision, Subject,
    app::is_code,
    fields::{hotp, secret, step},
    limiter::{Gate, Limiter},
    state::State,
};
use crate::{
    FactorKind, Purpose, Secret,
    event::Event,
    otp::{Algorithm, Digits, Hotp, LookAhead, Step},
    verdict::{Denial, Reason},
};

/// A token that counts: its secret and where its counter stands.
///
/// # Security
///
/// Whoever restores an old copy of the database makes codes right again that were used since: a
/// counter, unlike a clock, does not know better. Enroll tokens again after such a day (FAILURES 119).
///
/// # Source
///
/// RFC 4226.
///
/// # Example
///
/// ```
/// use second_factor::{Secret, subject::HotpToken, otp::{Digits, Step}};
///
/// let secret = Secret::new(b"12345678901234567890")?;
/// let token = HotpToken::new(&secret).with_digits(Digits::Eight).with_counter(Step::new(1));
/// assert_eq!(format!("{token:?}"), "HotpToken(redacted)");
/// # Ok::<(), second_factor::secret::InvalidSecret>(())
/// ```
#[derive(Clone)]
pub struct HotpToken(pub(super) HotpState);

impl HotpToken {
    /// SHA-1, six digits, counting from 0: what RFC 4226 has.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self(HotpState::new(secret))
    }

    /// With another hash.
    #[must_use]
    pub const fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.0.parameters.0 = algorithm;
        self
    }

    /// With the counter that its next code will have.
    #[must_use]
    pub const fn with_counter(mut self, next: Step) -> Self {
        self.0.next = Some(next);
        self
    }

    /// With another count of digits.
    #[must_use]
    pub const fn with_digits(mut self, digits: Digits) -> Self {
        self.0.parameters.1 = digits;
        self
    }
}

impl fmt::Debug for HotpToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HotpToken(redacted)")
    }
}

/// What a record keeps of a [`HotpToken`], which itself is nobody's to encode.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct HotpState {
    #[cbor(n(0), with = "secret")]
    secret: Secret,
    #[cbor(n(1), with = "hotp")]
    parameters: (Algorithm, Digits),
    /// The counter expected next; `None` when all are used up.
    #[cbor(n(2), with = "step")]
    next: Option<Step>,
    /// The counter accepted last, if one was.
    #[cbor(n(3), with = "step")]
    last: Option<Step>,
}

impl HotpState {
    fn new(secret: &Secret) -> Self {
        let parameters = (Algorithm::Sha1, Digits::Six);
        Self { secret: secret.clone(), parameters, next: Some(Step::new(0)), last: None }
    }

    pub(super) const fn digits(&self) -> Digits {
        self.parameters.1
    }

    pub(super) fn hotp(&self) -> Hotp {
        Hotp::with(&self.secret, self.parameters.0, self.parameters.1)
    }

    /// Whether what was typed is what was accepted last.
    fn is_used(&self, typed: &Typed<'_>) -> bool {
        let none = LookAhead::NONE;
        let (hotp, last) = (self.hotp(), self.last.unwrap_or(Step::new(1)));
        let before = Step::new(last.get().saturating_sub(1));
        let found = match typed {
            Typed::Code(code) => hotp.find(code, last, none),
            Typed::Pair(first, second) => hotp.resync(first, second, before, none),
        };
        self.last.and(found).is_some()
    }

    /// Moves the counter past `matched`.
    pub(super) fn accept(&mut self, matched: Step) {
        self.next = matched.next();
        self.last = Some(matched);
    }

    /// The counter of what was typed, if it is right. Works the same when the counters are used up.
    pub(super) fn find(&self, typed: &Typed<'_>, look_ahead: LookAhead) -> Option<Step> {
        let (hotp, next) = (self.hotp(), self.next.unwrap_or(Step::new(0)));
        let found = match typed {
            Typed::Code(code) => hotp.find(code, next, look_ahead),
            Typed::Pair(first, second) => hotp.resync(first, second, next, LookAhead::RESYNC),
        };
        self.next.and(found)
    }
}

/// What a person typed from a token.
pub(super) enum Typed<'a> {
    Code(&'a str),
    Pair(&'a str, &'a str),
}

impl Typed<'_> {
    fn all(&self, is_so: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Code(code) => is_so(code),
            Self::Pair(first, second) => is_so(first) && is_so(second),
        }
    }

    /// The count of wrong tries of this kind.
    fn limiter<'s>(&self, state: &'s mut State) -> Option<&'s mut Limiter> {
        let token = state.factors.hotp.as_mut()?;
        Some(match self {
            Self::Code(_) => &mut token.limiter,
            Self::Pair(..) => &mut token.resync,
        })
    }
}

impl Subject<'_> {
    pub(super) fn verify_hotp(mut self, purpose: Purpose, typed: Typed<'_>) -> Decision<Checked> {
        const KIND: FactorKind = FactorKind::Hotp;
        let now = self.now();
        if !typed.all(|code| is_code(code, 6..=9)) {
            return Err(Denial::new(Reason::Malformed));
        }
        if !self.policy.factor_set(purpose).contains(KIND) {
            return Err(Denial::new(Reason::NotAllowed));
        }
        let gate = typed.limiter(&mut self.state).map(|limiter| limiter.gate(now));
        let Some((standing, gate)) = self.state.factors.hotp.as_mut().zip(gate) else {
            // Law 8: nobody is told by the time it takes that no token is enrolled.
            let secret = Secret::new(&[0; 20]).expect("20 bytes are neither too few nor too many");
            let nobody = HotpState::new(&secret);
            let found = nobody.find(&typed, self.policy.look_ahead());
            core::hint::black_box(found.is_some() | nobody.is_used(&typed));
            let reason = self.require_record().map_or(Reason::Absent, |()| Reason::NotEnrolled);
            return self.refuse(reason);
        };
        if let Gate::Locked(until) = gate {
            return Err(Denial::until(Reason::Locked, until));
        }
        let digits = usize::from(standing.token.digits().count());
        let found = standing.token.find(&typed, self.policy.look_ahead());
        let is_used = standing.token.is_used(&typed);
        // A token that is disabled for its codes is so for its pairs, and the other way round.
        let is_disabled = standing.limiter.is_disabled() || standing.resync.is_disabled();
        match found {
            // RFC 4226 §7.2, H-15: counters that are used up never begin again.
            _ if is_disabled || standing.token.next.is_none() => self.refuse(Reason::Disabled),
            _ if is_used => {
                // STD N-29: a double click must not lock anybody out.
                self.events.push(Event::ReplayRefused(KIND));
                self.refuse(Reason::Replayed)
            }
            Some(matched) => {
                // The write that records the success moves the counter past the match.
                standing.token.accept(matched);
                let failures = standing.limiter.failures() + standing.resync.failures();
                standing.limiter.clear();
                standing.resync.clear();
                standing.times.touch(now);
                self.accept(KIND, purpose, failures)
            }
            None if !typed.all(|code| code.len() == digits) => self.refuse(Reason::Malformed),
            None => {
                self.count_failure(KIND, |state| typed.limiter(state));
                Ok(self.commit(Err(Denial::new(Reason::Incorrect))))
            }
        }
    }
}
