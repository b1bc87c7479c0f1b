//! Policy: limits, lifetimes and allowed factors.

mod builder;
mod countries;
mod limits;
#[cfg(test)]
mod page;
mod route;
mod support_code_use;
mod unsafe_policy;

pub(crate) use self::limits::{FailureLimits, HashCost, PrefixLimits, SendLimits};
pub use self::{
    builder::PolicyBuilder,
    countries::{Countries, InvalidPrefix},
    route::Route,
    support_code_use::SupportCodeUse,
    unsafe_policy::UnsafePolicy,
};
use crate::{
    FactorKind,
    factor::FactorSet,
    operation::Operation,
    otp::{LookAhead, TotpParameters, Window},
    time::DAY,
};

/// The configuration of the verifier: limits, lifetimes and allowed factors.
///
/// A `Policy` can only be built from safe values: its [builder](Policy::builder) rejects all others
/// with the reason. The default suits most applications. The [manual](crate::manual::defaults) has
/// the source of every number.
///
/// | setting | default | range |
/// |---|---|---|
/// | [`code_digits`](PolicyBuilder::code_digits) of a sent code | 6 | 6 to 10 |
/// | [`code_life`](PolicyBuilder::code_life) of a sent code | 300 s | 60 to 600 s |
/// | [`backup_codes`](PolicyBuilder::backup_codes) in a list | 10 | 8 to 20 |
/// | [`device_life`](PolicyBuilder::device_life) of a trusted device | 30 days | 1 to 90 days |
/// | [`waits`](PolicyBuilder::waits): failures until the first lock, its seconds | 5, 30 s | 1 to 10, 1 to 3,600 s |
/// | [`disable_at`](PolicyBuilder::disable_at) this many failures | 50 | 1 to 100 |
/// | [`management_age`](PolicyBuilder::management_age) of a proof that permits changes | 300 s | 30 to 3,600 s |
/// | [`reset_life`](PolicyBuilder::reset_life) of an administrator's reset | 3,600 s | 600 to 86,400 s |
/// | [`support_codes`](PolicyBuilder::support_codes) | enroll only | enroll, or sign in |
/// | [`subject_sends`](PolicyBuilder::subject_sends) an hour, a day | 10, 20 | 1 to 50 |
/// | [`address_sends`](PolicyBuilder::address_sends) an hour, a day | 8, 12 | 1 to 50 |
/// | [`prefix_sends`](PolicyBuilder::prefix_sends) an hour, a day | 96, 240 | 8 to 10,000 |
///
/// [`pci`](Policy::pci) and [`psd2`](Policy::psd2) are presets for payment services.
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
#[doc(alias = "configuration")]
#[doc(alias = "settings")]
#[doc(alias = "limits")]
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
    support_codes: SupportCodeUse,
    totp: TotpParameters,
    window: Window,
}

impl Policy {
    /// Returns a builder that starts from the default.
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::from(Self::default())
    }

    /// Returns the default with the lock of PCI DSS 4.0.1 §8.3.4: ten attempts, then 30 minutes.
    #[must_use]
    pub fn pci() -> Self {
        Self { failures: FailureLimits::PCI, ..Self::default() }
    }

    /// Returns the default with the lock of Regulation (EU) 2018/389 art. 4(3)(b).
    ///
    /// Five attempts, then a lock of 30 minutes; the factor is disabled after ten.
    #[must_use]
    pub fn psd2() -> Self {
        Self { failures: FailureLimits::PSD2, ..Self::default() }
    }

    /// Returns what a missing record means.
    #[must_use]
    pub const fn absent(&self) -> Absent {
        self.absent
    }

    /// Returns how many backup codes are generated at a time.
    #[must_use]
    pub const fn backup_codes(&self) -> u8 {
        self.backup_codes
    }

    /// Returns the number of digits of a sent code.
    #[must_use]
    pub const fn code_digits(&self) -> u8 {
        self.code_digits
    }

    /// Returns the lifetime of a sent code in seconds.
    #[must_use]
    pub const fn code_life(&self) -> u32 {
        self.code_life
    }

    /// Returns the phone numbers to which codes may be sent.
    #[must_use]
    pub const fn countries(&self) -> &Countries {
        &self.countries
    }

    /// Returns how many seconds a device is trusted.
    #[must_use]
    pub const fn device_life(&self) -> u32 {
        self.device_life
    }

    /// Returns the factors that may prove for `purpose`, the strongest first.
    ///
    /// The policy is read when a proof is checked; the request has no influence on it (OWASP
    /// Transaction Authorization 2.2).
    pub fn factors(&self, purpose: Operation) -> impl Iterator<Item = FactorKind> + use<> {
        self.factor_set(purpose).kinds()
    }

    /// Returns how many counters a token may be ahead of the expected one.
    #[must_use]
    pub const fn look_ahead(&self) -> LookAhead {
        self.look_ahead
    }

    /// Returns the maximum age in seconds of a proof that permits changes of factors.
    #[must_use]
    pub const fn management_age(&self) -> u32 {
        self.management_age
    }

    /// Returns who notifies the user of changes.
    #[must_use]
    pub const fn notices(&self) -> Notices {
        self.notices
    }

    /// Returns for how many seconds after an administrator's reset a first factor may be enrolled.
    #[must_use]
    pub const fn reset_life(&self) -> u32 {
        self.reset_life
    }

    /// Returns what a backup code may prove that support issued.
    #[must_use]
    pub const fn support_codes(&self) -> SupportCodeUse {
        self.support_codes
    }

    /// Returns the parameters of newly enrolled authenticator apps.
    #[must_use]
    pub const fn totp(&self) -> TotpParameters {
        self.totp
    }

    /// Returns the window of steps in which codes of authenticator apps are accepted.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.window
    }

    pub(crate) const fn factor_set(&self, purpose: Operation) -> FactorSet {
        match purpose {
            Operation::Manage => self.sets.manage,
            Operation::Recover => self.sets.recover,
            // The factors that can be proven without any prior proof.
            Operation::Register => FactorSet::of(&[FactorKind::Phone, FactorKind::Email]),
            // FAILURES 109: only the recovery address, which is never the only thing proven.
            Operation::ResetPin => FactorSet::of(&[FactorKind::Email]),
            Operation::SignIn => self.sets.sign_in,
            Operation::StepUp => self.sets.step_up,
            Operation::Transaction(_) => self.sets.transaction,
            // Only the `confirm` functions prove for it, and they do not ask the policy.
            Operation::Enroll => FactorSet::of(&[]),
        }
    }

    pub(crate) const fn failures(&self) -> &FailureLimits {
        &self.failures
    }

    /// Returns the limits on failed attempts with a factor of this kind.
    pub(crate) fn failures_of(&self, kind: FactorKind) -> FailureLimits {
        match kind {
            // STD N-47: a PIN is disabled after ten.
            FactorKind::Pin => {
                let disable_at = self.failures.disable_at.min(PIN_TRIES);
                FailureLimits { disable_at, ..self.failures }
            }
            _ => self.failures,
        }
    }

    /// Returns the backoff only, for what cannot be enrolled again.
    pub(crate) const fn failures_without_end(&self) -> FailureLimits {
        FailureLimits { disable_at: u32::MAX, ..self.failures }
    }

    pub(crate) const fn hash_cost(&self) -> HashCost {
        self.hash_cost
    }

    /// Returns the order of the channels to a phone number.
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
            support_codes: SupportCodeUse::Enroll,
            totp: TotpParameters::new(), // STD K-14, K-15: what every app supports
            window: Window::ONE,         // RFC 6238 §5.2
        }
    }
}

/// What a missing record means.
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
#[expect(clippy::exhaustive_enums, reason = "there are two possible meanings")]
pub enum Absent {
    /// An error. [`create`](crate::verifier::Operations::create) must create a record for every subject at
    /// sign-up, so that an emptied database lets no one sign in.
    Refuse,
    /// The subject has never enrolled a factor. The default.
    Unprotected,
}

/// Who notifies the user of changes (NIST SP 800-63B-4 §4.6).
///
/// # Example
///
/// ```
/// use second_factor::policy::{Notices, Policy};
///
/// let quiet = Policy::builder().notices(Notices::LeftToApplication).build()?;
/// assert_eq!(quiet.notices(), Notices::LeftToApplication);
/// # Ok::<(), second_factor::policy::UnsafePolicy>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "either the verifier or the application notifies")]
pub enum Notices {
    /// Your application. Its [`Listener`](crate::host::Listener) receives every event, and the
    /// addresses to notify.
    LeftToApplication,
    /// The verifier, through [`Delivery`](crate::Delivery), at every proven address. The default.
    Sent,
}

/// The factors that may prove for each purpose.
#[derive(Clone, Copy, Debug)]
struct FactorSets {
    manage: FactorSet,
    recover: FactorSet,
    sign_in: FactorSet,
    step_up: FactorSet,
    transaction: FactorSet,
}

impl FactorSets {
    // STD N-03, A-04: email proves an address; it is a factor only if the policy names it.
    const DEFAULT: Self = Self {
        // A sign-in request is approved by a device that holds only a cookie, so it permits no
        // changes.
        manage: FactorSet::of(&[
            FactorKind::Totp,
            FactorKind::BackupCode,
            FactorKind::Phone,
            FactorKind::SecurityKey,
            FactorKind::Hotp,
        ]),
        // STD N-39: two of them, of different kinds. Here a code by email counts as one.
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
        // STD M-02: only factors that can show the agreement and are bound to it. An app or a token
        // generates the same code for every amount.
        transaction: FactorSet::of(&[
            FactorKind::Phone,
            FactorKind::SignInRequest,
            FactorKind::SecurityKey,
        ]),
    };
}

/// FAILURES 92: seconds before a second, third, fourth and fifth code of one challenge.
pub(crate) const RESEND_WAITS: [u32; 4] = [30, 60, 120, 240];
/// STD N-08: a challenge expires ten minutes after its first code, even if the code is sent again.
pub(crate) const CHALLENGE_LIFE: u32 = 600;
/// Seconds until an unconfirmed enrollment expires: ten minutes.
pub(crate) const ENROLLMENT_LIFE: u32 = 600;
/// FAILURES 68: incorrect first codes after which an enrollment is dropped.
pub(crate) const ENROLLMENT_ATTEMPTS: u8 = 5;
/// How long no code is sent to a client whose codes the owner reported as unrequested.
pub(crate) const BLOCKED_FOR: u32 = DAY;
/// How many devices a subject may trust; the eleventh displaces the least recently used.
pub(crate) const MAX_DEVICES: usize = 10;
/// FAILURES 102: the lifetime of a sign-in request in seconds, and the number of unanswered
/// requests within an hour that turns requests off.
pub(crate) const REQUEST_LIFE: u32 = 60;
pub(crate) const UNANSWERED_REQUESTS: usize = 3;
/// FAILURES 95, 112: after a new device gained access, no first PIN can be set for a day, unless a
/// device agrees that has been trusted for as long.
pub(crate) const QUARANTINE: u32 = DAY;
/// STD N-47: incorrect PINs in a row that disable the PIN.
const PIN_TRIES: u32 = 10;
/// How many addresses of a kind a subject may have. STD N-38 asks for two; a record has a maximum
/// size.
pub(crate) const MAX_PHONES: usize = 3;
pub(crate) const MAX_EMAILS: usize = 2;
pub(crate) const MAX_SECURITY_KEYS: usize = 5;
/// Seconds that a security key has to answer.
///
/// A ceremony can be answered by whoever holds its text, and nothing but time ends it. It is
/// therefore shorter than the five to ten minutes of Web Authentication Level 3.
pub(crate) const CEREMONY_LIFE: u32 = 90;
/// How many ids of accepted ceremonies a record stores, and for how many seconds after their issue.
pub(crate) const MAX_CEREMONIES: usize = 8;
pub(crate) const CEREMONY_MEMORY: u64 = 300;
