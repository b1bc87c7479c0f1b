//! Limits and lifetimes. A [`Policy`] exists only if it is safe; it decides nothing itself.

mod builder;
mod countries;
mod limits;
#[cfg(test)]
mod page;
mod route;
mod unsafe_policy;

pub(crate) use self::limits::{FailureLimits, HashCost, PrefixLimits, SendLimits};
pub use self::{
    builder::PolicyBuilder,
    countries::{Countries, InvalidPrefix},
    route::Route,
    unsafe_policy::UnsafePolicy,
};
use crate::{
    FactorKind, Purpose,
    factor::FactorSet,
    otp::{LookAhead, TotpParameters, Window},
    time::DAY,
};

/// Limits and lifetimes: how long, how often, how many.
///
/// A value of this type is safe by the rules of its [builder](Policy::builder), which refuses any
/// other with the reason. The default is right for most; every number of it has its source in the
/// [manual](crate::manual::defaults).
///
/// # Example
///
/// ```
/// use second_factor::{Policy, policy::UnsafePolicy};
///
/// let eight_digits = Policy::builder().code_digits(8).build()?;
/// assert_eq!(eight_digits.code_digits(), 8);
/// assert_eq!(Policy::builder().code_life(3600).build().unwrap_err(), UnsafePolicy::CodeLife);
/// # Ok::<(), UnsafePolicy>(())
/// ```
#[derive(Clone, Debug)]
pub struct Policy {
    absent: Absent,
    address_sends: SendLimits,
    backup_codes: u8,
    code_digits: u8,
    code_life: u32,
    countries: Countries,
    device_life: u32,
    failures: FailureLimits,
    hash_cost: HashCost,
    look_ahead: LookAhead,
    management_age: u32,
    notices: Notices,
    prefix_sends: PrefixLimits,
    reset_life: u32,
    route: Route,
    sets: FactorSets,
    subject_sends: SendLimits,
    totp: TotpParameters,
    window: Window,
}

impl Policy {
    /// Starts from the default.
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::from(Self::default())
    }

    /// The default, with the lock of PCI DSS 4.0.1 §8.3.4: ten tries, then 30 minutes.
    #[must_use]
    pub fn pci() -> Self {
        Self { failures: FailureLimits::PCI, ..Self::default() }
    }

    /// The default, with the lock of Regulation (EU) 2018/389 art. 4(3)(b): five tries, then a
    /// block of 30 minutes, and the end after ten.
    #[must_use]
    pub fn psd2() -> Self {
        Self { failures: FailureLimits::PSD2, ..Self::default() }
    }

    /// What a missing record means.
    #[must_use]
    pub const fn absent(&self) -> Absent {
        self.absent
    }

    /// How many backup codes are made at a time.
    #[must_use]
    pub const fn backup_codes(&self) -> u8 {
        self.backup_codes
    }

    /// How many digits a delivered code has.
    #[must_use]
    pub const fn code_digits(&self) -> u8 {
        self.code_digits
    }

    /// How many seconds a delivered code lives.
    #[must_use]
    pub const fn code_life(&self) -> u32 {
        self.code_life
    }

    /// To which phone numbers codes go.
    #[must_use]
    pub const fn countries(&self) -> &Countries {
        &self.countries
    }

    /// How many seconds a device is trusted.
    #[must_use]
    pub const fn device_life(&self) -> u32 {
        self.device_life
    }

    /// The kinds of factor that may prove for `purpose`, the strongest first.
    ///
    /// Read from the policy when a proof is checked, never from the request (OWASP Transaction
    /// Authorization 2.2).
    pub fn factors(&self, purpose: Purpose) -> impl Iterator<Item = FactorKind> + use<> {
        self.factor_set(purpose).kinds()
    }

    /// How many counters after the expected one a token may have run ahead.
    #[must_use]
    pub const fn look_ahead(&self) -> LookAhead {
        self.look_ahead
    }

    /// How old a proof may be, in seconds, to change factors.
    #[must_use]
    pub const fn management_age(&self) -> u32 {
        self.management_age
    }

    /// Who tells the person of what changed.
    #[must_use]
    pub const fn notices(&self) -> Notices {
        self.notices
    }

    /// How many seconds a first factor may be enrolled after an administrator's reset.
    #[must_use]
    pub const fn reset_life(&self) -> u32 {
        self.reset_life
    }

    /// The parameters of authenticator apps enrolled from now on.
    #[must_use]
    pub const fn totp(&self) -> TotpParameters {
        self.totp
    }

    /// The window in which authenticator apps are accepted.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.window
    }

    pub(crate) const fn factor_set(&self, purpose: Purpose) -> FactorSet {
        match purpose {
            Purpose::Manage => self.sets.manage,
            Purpose::Recover => self.sets.recover,
            // What can be proven with nothing before it.
            Purpose::Register => FactorSet::of(&[FactorKind::Phone, FactorKind::Email]),
            // FAILURES 109: by the recovery address alone; it is never the only thing that was proven.
            Purpose::ResetPin => FactorSet::of(&[FactorKind::Email]),
            Purpose::SignIn => self.sets.sign_in,
            Purpose::StepUp => self.sets.step_up,
            Purpose::Transaction(_) => self.sets.transaction,
            // Only `confirm` proves for it, and it asks for no permission here.
            Purpose::Enroll => FactorSet::of(&[]),
        }
    }

    pub(crate) const fn failures(&self) -> &FailureLimits {
        &self.failures
    }

    /// What wrong tries of a factor of this kind lead to.
    pub(crate) fn failures_of(&self, kind: FactorKind) -> FailureLimits {
        match kind {
            // STD N-47: a PIN is disabled by ten.
            FactorKind::Pin => {
                let disable_at = self.failures.disable_at.min(PIN_TRIES);
                FailureLimits { disable_at, ..self.failures }
            }
            _ => self.failures,
        }
    }

    /// The waits alone, for what could not be enrolled again.
    pub(crate) const fn failures_without_end(&self) -> FailureLimits {
        FailureLimits { disable_at: u32::MAX, ..self.failures }
    }

    pub(crate) const fn hash_cost(&self) -> HashCost {
        self.hash_cost
    }

    /// In what order the channels to a phone number are tried.
    #[must_use]
    pub const fn route(&self) -> &Route {
        &self.route
    }

    pub(crate) const fn subject_sends(&self) -> &SendLimits {
        &self.subject_sends
    }

    pub(crate) const fn address_sends(&self) -> &SendLimits {
        &self.address_sends
    }

    pub(crate) const fn prefix_sends(&self) -> &PrefixLimits {
        &self.prefix_sends
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            absent: Absent::Unprotected,
            address_sends: SendLimits { an_hour: 8, a_day: 12 },
            backup_codes: 10,  // STD N-36, A-10: 80 bits each
            code_digits: 6,    // STD N-10
            code_life: 5 * 60, // STD N-08 allows ten minutes
            countries: Countries::all(),
            device_life: 30 * 24 * 60 * 60,
            failures: FailureLimits::DEFAULT,
            hash_cost: HashCost::Usual,
            look_ahead: LookAhead::DEFAULT, // RFC 4226 §7.4
            management_age: 5 * 60,         // STD N-50
            notices: Notices::Sent,         // STD N-55
            prefix_sends: PrefixLimits { an_hour: 96, a_day: 240 },
            reset_life: 60 * 60, // STD M-03
            route: Route::default(),
            sets: FactorSets::DEFAULT,
            subject_sends: SendLimits { an_hour: 10, a_day: 20 },
            totp: TotpParameters::new(), // STD K-14, K-15: what every app reads
            window: Window::ONE,         // RFC 6238 §5.2
        }
    }
}

/// What it means that the store has no record for a subject.
///
/// # Example
///
/// ```
/// use second_factor::policy::{Absent, Policy};
///
/// let strict = Policy::builder().absent(Absent::Refuse).build()?;
/// assert_eq!(strict.absent(), Absent::Refuse);
/// # Ok::<(), second_factor::policy::UnsafePolicy>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it means the one or the other")]
pub enum Absent {
    /// An error. Every subject has a record, made at sign-up by
    /// [`create`](crate::Verifier::create), so that an emptied database lets nobody in.
    Refuse,
    /// That the subject never enrolled anything. The default.
    Unprotected,
}

/// Who tells the person of what changed (NIST SP 800-63B-4 §4.6).
///
/// # Example
///
/// ```
/// use second_factor::policy::{Notices, Policy};
///
/// let quiet = Policy::builder().notices(Notices::LeftToHost).build()?;
/// assert_eq!(quiet.notices(), Notices::LeftToHost);
/// # Ok::<(), second_factor::policy::UnsafePolicy>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it is the one or the other who does it")]
pub enum Notices {
    /// The host, which hears of everything through its [`Listener`](crate::host::Listener), and at
    /// which addresses the person is to be told.
    LeftToHost,
    /// The verifier, through [`Delivery`](crate::Delivery), at every address that is proven. The
    /// default.
    Sent,
}

/// Which kinds of factor may prove for which purpose.
#[derive(Clone, Copy, Debug)]
struct FactorSets {
    manage: FactorSet,
    recover: FactorSet,
    sign_in: FactorSet,
    step_up: FactorSet,
    transaction: FactorSet,
}

impl FactorSets {
    // STD N-03, A-04: email proves an address, and counts as a factor only when named.
    const DEFAULT: Self = Self {
        // A request is approved by a device that holds no more than a cookie: it changes nothing.
        manage: FactorSet::of(&[
            FactorKind::Totp,
            FactorKind::BackupCode,
            FactorKind::Phone,
            FactorKind::SecurityKey,
            FactorKind::Hotp,
        ]),
        // STD N-39: two of them, of different kinds; here a code by email counts as one.
        recover: FactorSet::of(&[
            FactorKind::Totp,
            FactorKind::BackupCode,
            FactorKind::Email,
            FactorKind::Phone,
            FactorKind::SecurityKey,
            FactorKind::Hotp,
        ]),
        sign_in: FactorSet::of(&[
            FactorKind::Totp,
            FactorKind::BackupCode,
            FactorKind::Phone,
            FactorKind::SignInRequest,
            FactorKind::SecurityKey,
            FactorKind::Hotp,
        ]),
        step_up: FactorSet::of(&[
            FactorKind::Totp,
            FactorKind::BackupCode,
            FactorKind::Phone,
            FactorKind::SignInRequest,
            FactorKind::SecurityKey,
            FactorKind::Hotp,
        ]),
        // STD M-02: only what can show what is agreed to, and is bound to it. An app or a token
        // makes the same code whatever the amount.
        transaction: FactorSet::of(&[
            FactorKind::Phone,
            FactorKind::SignInRequest,
            FactorKind::SecurityKey,
        ]),
    };
}

/// FAILURES 92: the waits in seconds before a second, third, fourth and fifth code of one
/// challenge.
pub(crate) const RESEND_WAITS: [u32; 4] = [30, 60, 120, 240];
/// STD N-08: a challenge ends ten minutes after its first code, whatever is sent again.
pub(crate) const CHALLENGE_LIFE: u32 = 600;
/// How long an enrollment waits for its first code: ten minutes.
pub(crate) const ENROLLMENT_LIFE: u32 = 600;
/// FAILURES 68: wrong first codes after which an enrollment is dropped.
pub(crate) const ENROLLMENT_ATTEMPTS: u8 = 5;
/// How long no code is sent to a client of which the owner said that its codes were not theirs.
pub(crate) const BLOCKED_FOR: u32 = DAY;
/// How many devices a subject trusts; the eleventh pushes out the one not seen for longest.
pub(crate) const MAX_DEVICES: usize = 10;
/// FAILURES 102: how many seconds a sign-in request waits, and how many unanswered ones within an hour
/// turn them off.
pub(crate) const REQUEST_LIFE: u32 = 60;
pub(crate) const UNANSWERED_REQUESTS: usize = 3;
/// FAILURES 95, 112: after somebody new came in, no first PIN for a day, unless a device agrees that has
/// been trusted for as long.
pub(crate) const QUARANTINE: u32 = DAY;
/// STD N-47: wrong PINs in a row that disable the PIN.
const PIN_TRIES: u32 = 10;
/// How many addresses of a kind a subject may have: STD N-38 asks for two, and a record has a
/// bound.
pub(crate) const MAX_PHONES: usize = 3;
pub(crate) const MAX_EMAILS: usize = 2;
pub(crate) const MAX_SECURITY_KEYS: usize = 5;
/// How long a security key has for its answer: Web Authentication Level 3 recommends five to ten
/// minutes.
pub(crate) const CEREMONY_LIFE: u32 = 300;
/// Ceremonies that may be begun one upon the other, and the wait in seconds before each one more.
pub(crate) const CEREMONIES_AT_ONCE: u8 = 10;
pub(crate) const CEREMONY_WAIT: u32 = 30;
