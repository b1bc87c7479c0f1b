//! Policy: limits, lifetimes and allowed factors.

mod absent;
mod builder;
#[cfg(feature = "serde")]
mod configuration;
mod countries;
mod factor_sets;
mod fixed;
mod limits;
mod notices;
mod requirement;
mod route;
mod sign_in_by_read;
mod stricter;
mod support_code_use;
mod unsafe_policy;

use core::time::Duration;

use self::factor_sets::FactorSets;
pub use self::{
    absent::Absent,
    builder::PolicyBuilder,
    countries::Countries,
    notices::Notices,
    requirement::{LateEnrollment, Requirement},
    route::Route,
    sign_in_by_read::SignInByRead,
    support_code_use::SupportCodeUse,
    unsafe_policy::UnsafePolicy,
};
pub(crate) use self::{
    fixed::{
        ANONYMOUS_FAILURES, BLOCKED_FOR, CEREMONY_LIFE, CEREMONY_MEMORY, CHALLENGE_LIFE,
        COMPROMISE_SLOW, COMPROMISE_WAIT, DEVICE_FAILURES, DEVICE_GRACE, DEVICE_ROTATION,
        ENROLLMENT_ATTEMPTS, ENROLLMENT_LIFE, KNOWN_DEVICE_LIFE, MAX_CEREMONIES, MAX_DEVICES,
        MAX_DISABLE_AT, MAX_EMAILS, MAX_ENROLLMENTS, MAX_PHONES, MAX_REGISTRATIONS,
        MAX_SECURITY_KEYS, MAX_TOTP_APPS, PIN_FAILURES, QUARANTINE, REGISTRATION_SLOW,
        REHEARSAL_FAILURES, RENEWED_ATTEMPTS, RENEWED_SLOW, REQUEST_LIFE, RESEND_WAITS, UNDO,
        UNSUCCESSFUL_REQUESTS,
    },
    limits::{
        DeviceLimits, FailureLimits, HashCost, MAILED_NOTICES, NEVER, PrefixLimits, SendLimits,
        TEXTED_NOTICES,
    },
};
use crate::{
    factor::{FactorKind, FactorSet},
    otp::{LookAhead, TotpParameters, Window},
    purpose::Operation,
};

/// The configuration of the verifier: limits, lifetimes and allowed factors.
///
/// Its [builder](Policy::builder) rejects unsafe values with a reason, so every `Policy` is safe.
/// The default suits most applications. The [manual](crate::manual::defaults) has the source of
/// every number.
///
/// | setting | default | range |
/// |---|---|---|
/// | [`code_digits`](PolicyBuilder::code_digits) of a sent code | 6 | 6 to 10 |
/// | [`code_lifetime`](PolicyBuilder::code_lifetime) of a sent code | 5 minutes | 1 to 10 minutes |
/// | [`backup_codes`](PolicyBuilder::backup_codes) in a list | 10 | 8 to 20 |
/// | [`device_lifetime`](PolicyBuilder::device_lifetime) of a trusted device | 30 days | 1 to 90 days |
/// | [`enrollment`](PolicyBuilder::enrollment) of a second factor | optional | any date |
/// | [`waits`](PolicyBuilder::waits): failures that first lock a factor, length of the lock | 5, 30 s | 1 to 10, 1 s to 1 hour |
/// | [`disable_at`](PolicyBuilder::disable_at): failures in a row that disable a factor | 30 | 1 to 30 |
/// | [`management_max_age`](PolicyBuilder::management_max_age) of a proof that permits changes | 5 minutes | 30 s to 1 hour |
/// | [`reset_lifetime`](PolicyBuilder::reset_lifetime) of an administrator's reset | 1 hour | 10 minutes to 1 day |
/// | [`sign_in_by_read`](PolicyBuilder::sign_in_by_read): a sign-in without a proof | accepted | accept, or confirm by a write |
/// | [`support_codes`](PolicyBuilder::support_codes) | enroll only | enroll, or sign in |
/// | [`subject_sends`](PolicyBuilder::subject_sends) an hour, a day | 10, 20 | 1 to 50 |
/// | [`address_sends`](PolicyBuilder::address_sends) an hour, a day | 8, 12 | 1 to 50 |
/// | [`prefix_sends`](PolicyBuilder::prefix_sends) an hour, a day | 96, 240 | 8 to 10,000 |
/// | [`totp_apps`](PolicyBuilder::totp_apps) of a subject | 3 | 1 to 5 |
///
/// [`pci`](Policy::pci) and [`psd2`](Policy::psd2) are presets for payment services. With the
/// feature `serde`, a policy can also be read from
/// [configuration](crate::manual::defaults#policies-from-configuration).
///
/// # Example
///
/// ```
/// use core::time::Duration;
/// use second_factor::{Policy, policy::UnsafePolicy};
///
/// let eight_digits = Policy::builder().code_digits(8).build()?;
/// assert_eq!(eight_digits.code_digits(), 8);
/// let an_hour = Policy::builder().code_lifetime(Duration::from_secs(3600));
/// assert_eq!(an_hour.build().unwrap_err(), UnsafePolicy::CodeLifetime);
/// # Ok::<(), UnsafePolicy>(())
/// ```
#[doc(alias = "configuration")]
#[doc(alias = "settings")]
#[doc(alias = "limits")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    absent: Absent,
    address_sends: SendLimits,
    backup_codes: u8,
    code_digits: u8,
    code_lifetime: u32,
    countries: Countries,
    device_lifetime: u32,
    device_limits: DeviceLimits,
    failures: FailureLimits,
    hash_cost: HashCost,
    is_narrowed: bool,
    late_enrollment: LateEnrollment,
    look_ahead: LookAhead,
    management_max_age: u32,
    notices: Notices,
    prefix_sends: PrefixLimits,
    requirement: Requirement,
    reset_lifetime: u32,
    route: Route,
    sets: FactorSets,
    sign_in_by_read: SignInByRead,
    subject_sends: SendLimits,
    support_codes: SupportCodeUse,
    totp: TotpParameters,
    totp_apps: u8,
    window: Window,
}

impl Policy {
    /// Returns a builder that starts from the default policy.
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::from(Self::default())
    }

    /// Returns the default policy with the lockout of PCI DSS 4.0.1 §8.3.4.
    ///
    /// A factor is locked for 30 minutes after ten failures.
    #[must_use]
    pub fn pci() -> Self {
        Self { failures: FailureLimits::PCI, ..Self::default() }
    }

    /// Returns the default policy with the lockout of Regulation (EU) 2018/389 art. 4(3)(b).
    ///
    /// The policy allows five attempts in a row: three after the first factor, and two at all
    /// [known devices](crate::Status::devices) together. The factor is then locked for 30 minutes,
    /// and each further failure doubles the lock, up to a day. After a first factor, only the PIN
    /// can be disabled. Without one, each factor is disabled at ten failures in a row, until it
    /// succeeds after a first factor.
    #[must_use]
    pub fn psd2() -> Self {
        let device_limits = DeviceLimits::Shared;
        Self { device_limits, failures: FailureLimits::PSD2, ..Self::default() }
    }

    /// Returns how a missing record is treated.
    #[must_use]
    pub const fn absent(&self) -> Absent {
        self.absent
    }

    /// Returns the maximum numbers of messages to an address.
    ///
    /// The first number applies to an hour, and the second to a day.
    #[must_use]
    pub const fn address_sends(&self) -> (u8, u8) {
        (self.address_sends.an_hour, self.address_sends.a_day)
    }

    /// Returns the number of backup codes that are generated at a time.
    #[must_use]
    pub const fn backup_codes(&self) -> u8 {
        self.backup_codes
    }

    /// Returns the number of digits of a sent code.
    #[must_use]
    pub const fn code_digits(&self) -> u8 {
        self.code_digits
    }

    /// Returns the lifetime of a sent code.
    #[must_use]
    pub const fn code_lifetime(&self) -> Duration {
        Duration::from_secs(self.code_lifetime as u64)
    }

    /// Returns the rules for phone numbers to which codes may be sent.
    #[must_use]
    pub const fn countries(&self) -> &Countries {
        &self.countries
    }

    /// Returns the lifetime of the trust in a device.
    #[must_use]
    pub const fn device_lifetime(&self) -> Duration {
        Duration::from_secs(self.device_lifetime as u64)
    }

    /// Returns the number of consecutive failures that disables a factor, or `None`.
    ///
    /// Only failures after the first factor count. The number is `None` if failures never disable a
    /// factor.
    #[must_use]
    pub const fn disable_at(&self) -> Option<u32> {
        match self.failures.disable_at {
            NEVER => None,
            failures => Some(failures),
        }
    }

    /// Returns the factors that are accepted for `operation`, strongest first.
    ///
    /// The policy is read when a proof is checked, and the request does not affect it (OWASP
    /// Transaction Authorization 2.2).
    pub fn factors<O: Into<Operation>>(
        &self,
        operation: O,
    ) -> impl Iterator<Item = FactorKind> + use<O> {
        self.factor_set(operation.into()).kinds()
    }

    /// Returns the condition for enrolling a first factor after the deadline.
    ///
    /// The deadline is that of [`requirement`](Self::requirement).
    #[must_use]
    pub const fn late_enrollment(&self) -> LateEnrollment {
        self.late_enrollment
    }

    /// Returns the look-ahead of HOTP tokens.
    #[must_use]
    pub const fn look_ahead(&self) -> LookAhead {
        self.look_ahead
    }

    /// Returns the maximum age of a proof that permits changes of factors.
    #[must_use]
    pub const fn management_max_age(&self) -> Duration {
        Duration::from_secs(self.management_max_age as u64)
    }

    /// Returns whether this crate or your application notifies the user of changes.
    #[must_use]
    pub const fn notices(&self) -> Notices {
        self.notices
    }

    /// Returns the maximum numbers of unconverted codes to a phone prefix.
    ///
    /// The first number applies to an hour, and the second to a day.
    #[must_use]
    pub const fn prefix_sends(&self) -> (u16, u16) {
        (self.prefix_sends.an_hour, self.prefix_sends.a_day)
    }

    /// Returns whether a second factor must be enrolled, and by what time.
    #[must_use]
    pub const fn requirement(&self) -> Requirement {
        self.requirement
    }

    /// Returns the time for enrolling a first factor after an administrator's reset.
    #[must_use]
    pub const fn reset_lifetime(&self) -> Duration {
        Duration::from_secs(self.reset_lifetime as u64)
    }

    /// Returns the order of the channels to a phone number.
    #[must_use]
    pub const fn route(&self) -> &Route {
        &self.route
    }

    /// Returns whether a sign-in without a proof is confirmed by a write.
    #[must_use]
    pub const fn sign_in_by_read(&self) -> SignInByRead {
        self.sign_in_by_read
    }

    /// Returns the maximum numbers of codes to a subject, after a first factor.
    ///
    /// The first number applies to an hour, and the second to a day.
    #[must_use]
    pub const fn subject_sends(&self) -> (u8, u8) {
        (self.subject_sends.an_hour, self.subject_sends.a_day)
    }

    /// Returns the uses of a backup code that support issued.
    #[must_use]
    pub const fn support_codes(&self) -> SupportCodeUse {
        self.support_codes
    }

    /// Returns the parameters of newly enrolled authenticator apps.
    #[must_use]
    pub const fn totp(&self) -> TotpParameters {
        self.totp
    }

    /// Returns the maximum number of authenticator apps of a subject.
    #[must_use]
    pub const fn totp_apps(&self) -> u8 {
        self.totp_apps
    }

    /// Returns the failures that cause the first lock, and the length of this lock.
    #[must_use]
    pub const fn waits(&self) -> (u32, Duration) {
        (self.failures.waits_from, Duration::from_secs(self.failures.first_wait as u64))
    }

    /// Returns the window of time steps in which TOTP codes are accepted.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.window
    }

    /// Returns whether a trusted device may replace the second factor at this sign-in.
    ///
    /// A trusted device is not a kind of factor, so a policy that was [narrowed](Self::only) to
    /// certain kinds excludes it.
    pub(crate) const fn accepts_devices(&self) -> bool {
        !self.is_narrowed
    }

    pub(crate) const fn factor_set(&self, operation: Operation) -> FactorSet {
        self.sets.of(operation)
    }

    pub(crate) const fn failures(&self) -> &FailureLimits {
        &self.failures
    }

    pub(crate) const fn device_limits(&self) -> DeviceLimits {
        self.device_limits
    }

    pub(crate) const fn hash_cost(&self) -> HashCost {
        self.hash_cost
    }

    pub(crate) const fn subject_limits(&self) -> &SendLimits {
        &self.subject_sends
    }

    pub(crate) const fn address_limits(&self) -> &SendLimits {
        &self.address_sends
    }

    pub(crate) const fn prefix_limits(&self) -> &PrefixLimits {
        &self.prefix_sends
    }

    // Records store lifetimes in whole seconds.

    pub(crate) const fn code_secs(&self) -> u32 {
        self.code_lifetime
    }

    pub(crate) const fn device_secs(&self) -> u32 {
        self.device_lifetime
    }

    pub(crate) const fn management_secs(&self) -> u32 {
        self.management_max_age
    }

    pub(crate) const fn reset_secs(&self) -> u32 {
        self.reset_lifetime
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            absent: Absent::Unprotected,
            address_sends: SendLimits { an_hour: 8, a_day: 12 },
            backup_codes: 10,      // STD N-36, A-10: 80 bits each
            code_digits: 6,        // STD N-10
            code_lifetime: 5 * 60, // STD N-08 allows ten minutes
            countries: Countries::all(),
            device_lifetime: 30 * 24 * 60 * 60,
            device_limits: DeviceLimits::Each,
            failures: FailureLimits::DEFAULT,
            hash_cost: HashCost::Usual,
            is_narrowed: false,
            late_enrollment: LateEnrollment::AfterAddress,
            look_ahead: LookAhead::DEFAULT, // RFC 4226 §7.4
            management_max_age: 5 * 60,     // STD N-50
            notices: Notices::Sent,         // STD N-55
            prefix_sends: PrefixLimits { an_hour: 96, a_day: 240 },
            requirement: Requirement::Optional,
            reset_lifetime: 60 * 60, // STD M-03
            route: Route::default(),
            sets: FactorSets::DEFAULT,
            sign_in_by_read: SignInByRead::Accept,
            subject_sends: SendLimits { an_hour: 10, a_day: 20 },
            support_codes: SupportCodeUse::Enroll,
            totp: TotpParameters::new(), // STD K-14, K-15: what every app supports
            totp_apps: 3,                // a lost app must not be the only one
            window: Window::ONE,         // RFC 6238 §5.2
        }
    }
}

/// Returns the seconds of `time`, or 0 if they are not whole or do not fit. No setting accepts 0.
///
/// A fraction is rejected rather than rounded, so that the policy matches what records store.
const fn whole_secs(time: Duration) -> u32 {
    let is_whole = time.subsec_nanos() == 0 && time.as_secs() <= u32::MAX as u64;
    if is_whole { time.as_secs() as u32 } else { 0 }
}
