//! Builder of policies.

use core::time::Duration;

use super::{
    ANONYMOUS_FAILURES, Absent, Countries, DEVICE_FAILURES, DeviceLimits, FailureLimits, HashCost,
    LateEnrollment, MAX_DEVICES, MAX_DISABLE_AT, MAX_TOTP_APPS, NEVER, Notices, Policy,
    PrefixLimits, RENEWED_ATTEMPTS, Requirement, Route, SendLimits, SignInByRead, SupportCodeUse,
    UnsafePolicy, whole_secs,
};
use crate::{
    channel::Channel,
    factor::{FactorKind, FactorSet},
    otp::{LookAhead, TotpParameters, Window},
    purpose::Operation,
    time::DAY,
};

/// A builder of a [`Policy`], returned by [`Policy::builder`].
///
/// # Input
///
/// Times are whole seconds. [`build`](Self::build) rejects a fraction of a second, and a time
/// outside the range of its setting.
///
/// # Example
///
/// ```
/// use second_factor::{FactorKind, Policy, otp::Window, purpose::Operation};
///
/// let policy = Policy::builder()
///     .window(Window::NONE)
///     .forbid(FactorKind::Phone)
///     .only(Operation::Manage, &[FactorKind::SecurityKey, FactorKind::Totp])
///     .build()?;
/// assert!(policy.factors(Operation::SignIn).all(|kind| kind != FactorKind::Phone));
/// let managing = [FactorKind::SecurityKey, FactorKind::Totp];
/// assert!(policy.factors(Operation::Manage).eq(managing), "the strongest first");
/// # Ok::<(), second_factor::policy::UnsafePolicy>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct PolicyBuilder {
    policy: Policy,
    names_fixed: bool,
    names_manage: bool,
    allows_any_odds: bool,
}

/// Starts from a policy, for example a preset.
impl From<Policy> for PolicyBuilder {
    fn from(policy: Policy) -> Self {
        Self { policy, names_fixed: false, names_manage: false, allows_any_odds: false }
    }
}

impl PolicyBuilder {
    /// Sets how a missing record is treated. Default: [`Absent::Unprotected`].
    pub const fn absent(mut self, absent: Absent) -> Self {
        self.policy.absent = absent;
        self
    }

    /// Sets the maximum numbers of messages to an address in an hour and in a day.
    ///
    /// The limits count the requests of all subjects. Half of each limit, at least one message, is
    /// reserved for known devices of subjects that have proven the address.
    ///
    /// Each limit must be between 1 and 50; the default is 8 and 12.
    pub const fn address_sends(mut self, an_hour: u8, a_day: u8) -> Self {
        self.policy.address_sends = SendLimits { an_hour, a_day };
        self
    }

    /// Allows a kind of factor for every operation that it can prove.
    ///
    /// Pass [`FactorKind::Email`] to accept codes by email, against the advice of NIST SP 800-63B-4
    /// §3.1.3.1 and OWASP ASVS 5.0.0 6.3.6. TOTP apps, HOTP tokens and backup codes do not show an
    /// agreement, so they cannot prove a transaction. A sign-in request can only sign in.
    pub const fn allow(mut self, kind: FactorKind) -> Self {
        self.policy.sets = self.policy.sets.with(kind);
        self
    }

    /// Sets the number of backup codes that are generated at a time.
    ///
    /// The number must be between 8 and 20; the default is 10.
    pub const fn backup_codes(mut self, count: u8) -> Self {
        self.policy.backup_codes = count;
        self
    }

    /// Sets the number of digits of a sent code.
    ///
    /// The number must be between 6 and 10; the default is 6 (NIST SP 800-63B-4 §3.1.3.2).
    pub const fn code_digits(mut self, digits: u8) -> Self {
        self.policy.code_digits = digits;
        self
    }

    /// Sets the lifetime of a sent code.
    ///
    /// The lifetime must be one to ten minutes; the default is five (NIST SP 800-63B-4 §3.1.3.2).
    #[doc(alias = "ttl")]
    #[doc(alias = "expiry")]
    pub const fn code_lifetime(mut self, lifetime: Duration) -> Self {
        self.policy.code_lifetime = whole_secs(lifetime);
        self
    }

    /// Accepts a policy with any odds of guessing.
    ///
    /// # Security
    ///
    /// Without this method, [`build`](Self::build) limits an attacker's odds of guessing a code,
    /// before its factor is disabled, to 1 in 1,000 (RFC 4226 §6).
    pub const fn danger_any_guessing_odds(mut self) -> Self {
        self.allows_any_odds = true;
        self
    }

    /// Hashes PINs and backup codes with minimal cost, for tests.
    ///
    /// # Security
    ///
    /// This must not be used in production. An attacker with the database and the root key could
    /// try every PIN in seconds (FAILURES 107).
    pub const fn danger_cheap_hashes(mut self) -> Self {
        self.policy.hash_cost = HashCost::Cheap;
        self
    }

    /// Sets the rules for phone numbers to which codes may be sent. Default: [`Countries::all`].
    pub fn countries(mut self, countries: Countries) -> Self {
        self.policy.countries = countries;
        self
    }

    /// Sets the lifetime of the trust in a device.
    ///
    /// The lifetime must be 1 to 90 days; the default is 30 days.
    ///
    /// A shorter lifetime also applies to devices that are already trusted. A longer lifetime
    /// applies only to devices that are trusted later.
    #[doc(alias = "remember me")]
    #[doc(alias = "remember device")]
    pub const fn device_lifetime(mut self, lifetime: Duration) -> Self {
        self.policy.device_lifetime = whole_secs(lifetime);
        self
    }

    /// Sets the number of consecutive failures that disables a factor.
    ///
    /// The limit applies to failures after a first factor, at clients that present no known device.
    /// For these clients, the factor stays disabled until one of these events: the password is
    /// [changed](crate::Verifier::password_changed), support
    /// [unlocks](crate::verifier::Support::unlock) the factor, or the user succeeds at a known
    /// device.
    ///
    /// The number must be between 1 and 30; the default is 30. Together with the failures at known
    /// devices and without a first factor, the total is at most 100 (NIST SP 800-63B-4 §3.2.2).
    pub const fn disable_at(mut self, failures: u32) -> Self {
        self.policy.failures.disable_at = failures;
        self
    }

    /// Sets whether a second factor must be enrolled, and by what time.
    ///
    /// Default: [`Requirement::Optional`].
    #[doc(alias = "enforce")]
    #[doc(alias = "mandatory")]
    pub const fn enrollment(mut self, requirement: Requirement) -> Self {
        self.policy.requirement = requirement;
        self
    }

    /// Forbids a kind of factor for every operation whose factors can be set.
    ///
    /// An enrolled factor that is forbidden still protects its subject: a subject with only such
    /// factors cannot sign in.
    pub const fn forbid(mut self, kind: FactorKind) -> Self {
        self.policy.sets = self.policy.sets.without(kind);
        self
    }

    /// Sets the condition for enrolling a first factor after the deadline.
    ///
    /// The deadline is that of [`enrollment`](Self::enrollment).
    ///
    /// Default: [`LateEnrollment::AfterAddress`].
    pub const fn late_enrollment(mut self, late: LateEnrollment) -> Self {
        self.policy.late_enrollment = late;
        self
    }

    /// Sets the look-ahead of HOTP tokens. Default: 3.
    ///
    /// Each further counter value is one more code that an attacker can guess (RFC 4226 §7.4). A
    /// token that is further ahead is resynchronized with two consecutive codes.
    pub const fn look_ahead(mut self, look_ahead: LookAhead) -> Self {
        self.policy.look_ahead = look_ahead;
        self
    }

    /// Sets the maximum age of a proof that permits changes of factors.
    ///
    /// The age must be 30 seconds to an hour; the default is five minutes (NIST SP 800-63B-4
    /// §4.1.2.1).
    pub const fn management_max_age(mut self, age: Duration) -> Self {
        self.policy.management_max_age = whole_secs(age);
        self
    }

    /// Sets whether this crate or your application notifies the user. Default: [`Notices::Sent`].
    pub const fn notices(mut self, notices: Notices) -> Self {
        self.policy.notices = notices;
        self
    }

    /// Sets the only factors that are accepted for `operation`.
    ///
    /// Default: TOTP app, backup code, phone, security key and HOTP token. Signing in also accepts
    /// sign-in requests, and [`Operation::Recover`] also email. [`Operation::Transaction`], with
    /// any hash, accepts only the factors that are bound to the agreement: phone and security key.
    ///
    /// An enrolled factor that is not in `kinds` still protects its subject: a subject with only
    /// such factors cannot perform the operation.
    ///
    /// Factors for [`Operation::Manage`] must also be allowed for [`Operation::SignIn`]. Otherwise,
    /// removing a factor would be easier than proving it. If you do not set them, they are the
    /// factors that may sign in, except sign-in requests. A factor that signs in alone must be able
    /// to manage.
    pub fn only(mut self, operation: impl Into<Operation>, kinds: &[FactorKind]) -> Self {
        let operation = operation.into();
        let is_free = self.policy.sets.set(operation, FactorSet::of(kinds));
        self.names_fixed |= !is_free;
        self.names_manage |= operation == Operation::Manage;
        self
    }

    /// Sets the maximum numbers of unconverted codes to a phone prefix.
    ///
    /// The first number applies to an hour, and the second to a day.
    ///
    /// A prefix is the phone number without its last four digits. The limits count the codes of all
    /// subjects. Every code that is entered (converted) permits one more code. Half of each limit
    /// is reserved for proven numbers.
    ///
    /// This limits SMS pumping: an attacker who earns money from messages has codes sent to many
    /// numbers, and enters none of them ([FAILURES 91](crate::manual::threats)). Raise the limit if
    /// thousands of your users sign in at once from one small town.
    ///
    /// The counts are stored in eight records. Each record has an eighth of the limit, but at least
    /// the limit of one [address](Self::address_sends).
    ///
    /// Each limit must be between 8 and 10,000; the default is 96 and 240.
    #[doc(alias = "sms pumping")]
    #[doc(alias = "toll fraud")]
    pub const fn prefix_sends(mut self, an_hour: u16, a_day: u16) -> Self {
        self.policy.prefix_sends = PrefixLimits { an_hour, a_day };
        self
    }

    /// Sets the time for enrolling a first factor after an administrator's reset.
    ///
    /// See [`Support::reset`](crate::verifier::Support::reset). The time must be ten minutes to a
    /// day; the default is an hour (PCI DSS 4.0.1 §8.5.1 requires a limit).
    pub const fn reset_lifetime(mut self, lifetime: Duration) -> Self {
        self.policy.reset_lifetime = whole_secs(lifetime);
        self
    }

    /// Sets the channels to a phone number in order, each with its time.
    ///
    /// See [`Route`].
    ///
    /// Default: a text message, then WhatsApp after a minute if the owner allowed it.
    pub fn route(mut self, steps: &[(Channel, Duration)]) -> Self {
        self.policy.route = Route::of(steps);
        self
    }

    /// Sets whether a sign-in without a proof is confirmed by a write.
    ///
    /// These are the sign-ins of subjects without a factor and of trusted devices. Default:
    /// [`SignInByRead::Accept`].
    #[doc(alias = "stale read")]
    pub const fn sign_in_by_read(mut self, reads: SignInByRead) -> Self {
        self.policy.sign_in_by_read = reads;
        self
    }

    /// Sets the maximum numbers of codes to a subject, after a first factor.
    ///
    /// The first number applies to an hour, and the second to a day.
    ///
    /// The limits count the codes to all addresses of the subject. Half of each limit, at least one
    /// code, is reserved for known devices. Calls without a first factor, such as a
    /// [registration](crate::Verifier::register), have a separate limit of half the size.
    ///
    /// Each limit must be between 1 and 50; the default is 10 and 20.
    pub const fn subject_sends(mut self, an_hour: u8, a_day: u8) -> Self {
        self.policy.subject_sends = SendLimits { an_hour, a_day };
        self
    }

    /// Sets the uses of a backup code that support issues.
    ///
    /// See [`Support::issue_code`](crate::verifier::Support::issue_code). Default:
    /// [`SupportCodeUse::Enroll`].
    pub const fn support_codes(mut self, uses: SupportCodeUse) -> Self {
        self.policy.support_codes = uses;
        self
    }

    /// Sets the parameters of newly enrolled authenticator apps.
    ///
    /// Enrolled apps retain their parameters. Default: SHA-1, six digits, 30 seconds. Some apps
    /// silently ignore any other value ([STD K-14](crate::manual::standards)). The first code of an
    /// enrollment detects such an app.
    pub const fn totp(mut self, parameters: TotpParameters) -> Self {
        self.policy.totp = parameters;
        self
    }

    /// Sets the maximum number of authenticator apps of a subject.
    ///
    /// The number must be between 1 and 5; the default is 3.
    ///
    /// A typed code is compared with the codes of all apps, and all apps share one failure count.
    /// Three apps therefore triple the odds of a guess, which [`build`](Self::build) limits. Every
    /// check does the work for this number of apps, so its time does not reveal how many are
    /// enrolled. Under a policy with one app, a new app replaces the enrolled ones. If you lower
    /// the number, apps above the new maximum stay valid.
    pub const fn totp_apps(mut self, count: u8) -> Self {
        self.policy.totp_apps = count;
        self
    }

    /// Sets the failures that cause the first lock, and the length of this lock.
    ///
    /// Each further failure doubles the lock, up to an hour. The number must be between 1 and 10,
    /// and the time a second to an hour; the default is 5 failures and 30 seconds (NIST SP
    /// 800-63B-4 §3.2.2).
    #[doc(alias = "lockout")]
    #[doc(alias = "backoff")]
    #[doc(alias = "rate limit")]
    pub const fn waits(mut self, from_failure: u32, first: Duration) -> Self {
        self.policy.failures.waits_from = from_failure;
        self.policy.failures.first_wait = whole_secs(first);
        self
    }

    /// Sets the window of time steps in which TOTP codes are accepted.
    ///
    /// Default: [`Window::ONE`].
    pub const fn window(mut self, window: Window) -> Self {
        self.policy.window = window;
        self
    }

    /// Builds the policy.
    ///
    /// # Errors
    ///
    /// Returns [`UnsafePolicy`] for the first broken rule. Change that setting. The rules limit the
    /// odds of guessing a code, before its factor is disabled, to 1 in 1,000 (RFC 4226 §6;
    /// [FAILURES 31](crate::manual::threats)).
    pub fn build(mut self) -> Result<Policy, UnsafePolicy> {
        let sets = &mut self.policy.sets;
        if !self.names_manage {
            sets.manage = sets.sign_in.without(FactorKind::SignInRequest);
        }
        let policy = &self.policy;
        let FailureLimits { waits_from, first_wait, longest_wait, disable_at, .. } =
            policy.failures;
        let is_row = (1..=MAX_DISABLE_AT).contains(&disable_at)
            || (disable_at == NEVER && policy.device_limits == DeviceLimits::Shared);
        let prefix = policy.prefix_sends;
        let sets = policy.sets.each();
        let safe_send = |limit: &SendLimits| {
            (1..=50).contains(&limit.an_hour) && (limit.an_hour..=50).contains(&limit.a_day)
        };
        let rules = [
            ((8..=20).contains(&policy.backup_codes), UnsafePolicy::BackupCodes),
            ((6..=10).contains(&policy.code_digits), UnsafePolicy::CodeDigits),
            ((60..=600).contains(&policy.code_lifetime), UnsafePolicy::CodeLifetime),
            ((DAY..=90 * DAY).contains(&policy.device_lifetime), UnsafePolicy::DeviceLifetime),
            (is_row, UnsafePolicy::DisableAt),
            ((1..=10).contains(&waits_from), UnsafePolicy::Waits),
            ((1..=longest_wait).contains(&first_wait), UnsafePolicy::Waits),
            ((30..=3600).contains(&policy.management_max_age), UnsafePolicy::ManagementMaxAge),
            ((600..=86_400).contains(&policy.reset_lifetime), UnsafePolicy::ResetLifetime),
            (!sets.iter().any(|set| set.is_empty()), UnsafePolicy::NoFactor),
            (!sets.iter().any(|set| set.contains(FactorKind::Pin)), UnsafePolicy::Pin),
            (policy.sets.manage.is_within(policy.sets.sign_in), UnsafePolicy::WideManage),
            (
                !policy.sets.transaction.contains(FactorKind::SignInRequest),
                UnsafePolicy::TransactionByRequest,
            ),
            (!self.names_fixed, UnsafePolicy::FixedFactors),
            (safe_send(&policy.subject_sends), UnsafePolicy::SubjectSends),
            (safe_send(&policy.address_sends), UnsafePolicy::AddressSends),
            ((8..=10_000).contains(&prefix.an_hour), UnsafePolicy::PrefixSends),
            ((prefix.an_hour..=10_000).contains(&prefix.a_day), UnsafePolicy::PrefixSends),
            (policy.route.is_safe(), UnsafePolicy::Route),
            ((1..=MAX_TOTP_APPS).contains(&usize::from(policy.totp_apps)), UnsafePolicy::TotpApps),
            (policy.totp.start().as_secs() == 0, UnsafePolicy::TotpStart),
            (self.allows_any_odds || has_safe_odds(policy), UnsafePolicy::GuessingOdds),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, broken)) => Err(broken),
            None => Ok(self.policy),
        }
    }
}

/// Returns whether the odds of a guess are low enough (RFC 4226 §6).
///
/// The odds are attempts × valid codes ÷ possible codes. Over all lanes, there are 100 attempts.
/// One sent code is valid at a time. A typed code is compared with the window of each authenticator
/// app, or with the look-ahead of the HOTP token.
fn has_safe_odds(policy: &Policy) -> bool {
    // An imported app or token may have as few digits as RFC 4226 allows.
    const TOKEN_CODES: u64 = 1_000_000;
    let of_apps = u64::from(policy.window.width()) * u64::from(policy.totp_apps);
    let valid_codes = of_apps.max(u64::from(policy.look_ahead.get()) + 1);
    // A factor that is never disabled is closed by its slow count, at 40.
    let passed = u64::from(policy.disable_at().unwrap_or(40));
    let elsewhere = RENEWED_ATTEMPTS + ANONYMOUS_FAILURES + MAX_DEVICES as u32 * DEVICE_FAILURES;
    (passed + u64::from(elsewhere)) * valid_codes * 1000 <= TOKEN_CODES
}
