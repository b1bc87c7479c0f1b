//! Builder of policies.

use super::{
    Absent, Countries, FactorSets, FailureLimits, HashCost, Notices, Policy, PrefixLimits, Route,
    SendLimits, SupportCodeUse, UnsafePolicy,
};
use crate::{
    FactorKind,
    factor::FactorSet,
    message::Channel,
    operation::Operation,
    otp::{LookAhead, TotpParameters, Window},
    time::DAY,
};

/// Builds a [`Policy`]; see [`Policy::builder`].
///
/// # Example
///
/// ```
/// use second_factor::{FactorKind, Policy, purpose::Operation, otp::Window};
///
/// let policy = Policy::builder()
///     .window(Window::NONE)
///     .factors(Operation::Manage, &[FactorKind::Totp])
///     .build()?;
/// assert!(policy.factors(Operation::Manage).eq([FactorKind::Totp]));
/// # Ok::<(), second_factor::policy::UnsafePolicy>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct PolicyBuilder {
    policy: Policy,
    names_fixed_purpose: bool,
    allows_any_odds: bool,
}

/// Starts from a policy, for example a preset.
impl From<Policy> for PolicyBuilder {
    fn from(policy: Policy) -> Self {
        Self { policy, names_fixed_purpose: false, allows_any_odds: false }
    }
}

impl PolicyBuilder {
    /// Sets what a missing record means. Default: [`Absent::Unprotected`].
    pub const fn absent(mut self, absent: Absent) -> Self {
        self.policy.absent = absent;
        self
    }

    /// Sets how many messages an address may receive in an hour and in a day.
    ///
    /// The limit covers the requests of all subjects.
    ///
    /// 1 to 50 each. Default: 8 and 12.
    pub const fn address_sends(mut self, an_hour: u8, a_day: u8) -> Self {
        self.policy.address_sends = SendLimits { an_hour, a_day };
        self
    }

    /// Sets how many backup codes are generated at a time. 8 to 20; default: 10.
    pub const fn backup_codes(mut self, count: u8) -> Self {
        self.policy.backup_codes = count;
        self
    }

    /// Sets the number of digits of a sent code.
    ///
    /// 6 to 10; default: 6 (NIST SP 800-63B-4 §3.1.3.2).
    pub const fn code_digits(mut self, digits: u8) -> Self {
        self.policy.code_digits = digits;
        self
    }

    /// Sets the lifetime of a sent code in seconds.
    ///
    /// 60 to 600; default: 300 (NIST SP 800-63B-4 §3.1.3.2).
    #[doc(alias = "ttl")]
    #[doc(alias = "expiry")]
    pub const fn code_life(mut self, secs: u32) -> Self {
        self.policy.code_life = secs;
        self
    }

    /// Accepts a policy with any guessing odds.
    ///
    /// # Security
    ///
    /// Without this, a policy is rejected if an attacker who guesses until the factor is disabled
    /// succeeds with a probability of more than 1 in 1,000 (RFC 4226 §6).
    pub const fn danger_any_guessing_odds(mut self) -> Self {
        self.allows_any_odds = true;
        self
    }

    /// Hashes PINs and backup codes with minimal cost, for tests.
    ///
    /// # Security
    ///
    /// This must not be used in production: anyone with the database and the root key can try every
    /// PIN in seconds (FAILURES 107).
    pub const fn danger_cheap_hashes(mut self) -> Self {
        self.policy.hash_cost = HashCost::Cheap;
        self
    }

    /// Sets the phone numbers to which codes may be sent. Default: [`Countries::all`].
    pub fn countries(mut self, countries: Countries) -> Self {
        self.policy.countries = countries;
        self
    }

    /// Sets how many seconds a device is trusted. One day to 90 days; default: 30 days.
    #[doc(alias = "remember me")]
    #[doc(alias = "remember device")]
    pub const fn device_life(mut self, secs: u32) -> Self {
        self.policy.device_life = secs;
        self
    }

    /// Sets how many consecutive failures disable a factor.
    ///
    /// The factor stays disabled until it is enrolled again or support
    /// [unlocks](crate::verifier::Support::unlock) it. The number must be between 1 and 100; the
    /// default is 50. See NIST SP 800-63B-4 §3.2.2.
    pub const fn disable_at(mut self, failures: u32) -> Self {
        self.policy.failures.disable_at = failures;
        self
    }

    /// Sets which factors may prove for `purpose`.
    ///
    /// Default: app, backup code, phone, security key and token. For signing in and step-up also
    /// sign-in requests, and for [`Operation::Recover`] also email. For [`Operation::Transaction`],
    /// with any hash, only the factors that are bound to the agreement: phone, sign-in request and
    /// security key.
    ///
    /// Name [`FactorKind::Email`] to accept codes by email for other purposes, against the advice
    /// of NIST SP 800-63B-4 §3.1.3.1 and OWASP ASVS 5.0.0 6.3.6.
    ///
    /// A factor that is enrolled but not named still protects: a subject with only such factors
    /// cannot prove for the purpose. Factors for [`Operation::Manage`] must also be allowed for
    /// [`Operation::SignIn`], or removing a factor would be easier than passing it.
    pub fn factors(mut self, purpose: Operation, kinds: &[FactorKind]) -> Self {
        let set = FactorSet::of(kinds);
        match purpose {
            Operation::Manage => self.policy.sets.manage = set,
            Operation::Recover => self.policy.sets.recover = set,
            Operation::SignIn => self.policy.sets.sign_in = set,
            Operation::StepUp => self.policy.sets.step_up = set,
            Operation::Transaction(_) => self.policy.sets.transaction = set,
            Operation::Enroll | Operation::Register | Operation::ResetPin => {
                self.names_fixed_purpose = true
            }
        }
        self
    }

    /// Sets how many counters a token may be ahead of the expected one. Default: 10.
    ///
    /// Each further counter is one more code that an attacker can guess (RFC 4226 §7.4). A token
    /// that is further ahead is resynchronized by two consecutive codes.
    pub const fn look_ahead(mut self, look_ahead: LookAhead) -> Self {
        self.policy.look_ahead = look_ahead;
        self
    }

    /// Sets the maximum age in seconds of a proof that permits changes of factors.
    ///
    /// 30 to 3,600; default: 300 (NIST SP 800-63B-4 §4.1.2.1).
    pub const fn management_age(mut self, secs: u32) -> Self {
        self.policy.management_age = secs;
        self
    }

    /// Sets who notifies the user of changes. Default: [`Notices::Sent`].
    pub const fn notices(mut self, notices: Notices) -> Self {
        self.policy.notices = notices;
        self
    }

    /// Sets how many unconverted codes a phone prefix may receive in an hour and a day.
    ///
    /// A prefix is the phone number without its last four digits. The limit applies over all
    /// subjects. Every code that is entered (converted) makes room for one more. Half of the limit
    /// is reserved for proven numbers.
    ///
    /// This limits SMS pumping, in which an attacker earns money from messages to many numbers and
    /// enters no code ([FAILURES 91](crate::manual::threats)). Raise it if thousands of your users
    /// sign in at once from one small town.
    ///
    /// The counts are stored in eight records. Each has an eighth of the limit, but at least that
    /// of one [address](Self::address_sends).
    ///
    /// 8 to 10,000 each. Default: 96 and 240.
    #[doc(alias = "sms pumping")]
    #[doc(alias = "toll fraud")]
    pub const fn prefix_sends(mut self, an_hour: u16, a_day: u16) -> Self {
        self.policy.prefix_sends = PrefixLimits { an_hour, a_day };
        self
    }

    /// Sets how long after a reset by an administrator a factor may be enrolled.
    ///
    /// See [`Support::reset`](crate::verifier::Support::reset). 600 to 86,400 seconds; default: 3,600 (PCI
    /// DSS 4.0.1 §8.5.1 requires a limit).
    pub const fn reset_life(mut self, secs: u32) -> Self {
        self.policy.reset_life = secs;
        self
    }

    /// Sets the channels to a phone number in order, each with its seconds.
    ///
    /// See [`Route`].
    ///
    /// Default: a text message, and after a minute WhatsApp if the owner allowed it.
    pub fn route(mut self, steps: &[(Channel, u32)]) -> Self {
        self.policy.route = Route::of(steps);
        self
    }

    /// Sets how many messages a subject may receive in an hour and in a day.
    ///
    /// The limit covers all addresses of the subject.
    ///
    /// 1 to 50 each. Default: 10 and 20.
    pub const fn subject_sends(mut self, an_hour: u8, a_day: u8) -> Self {
        self.policy.subject_sends = SendLimits { an_hour, a_day };
        self
    }

    /// Sets what a backup code may prove that support issued.
    ///
    /// See [`Support::issue_code`](crate::verifier::Support::issue_code). Default:
    /// [`SupportCodeUse::Enroll`].
    pub const fn support_codes(mut self, uses: SupportCodeUse) -> Self {
        self.policy.support_codes = uses;
        self
    }

    /// Sets the parameters of newly enrolled authenticator apps.
    ///
    /// Enrolled apps keep their parameters. Default: SHA-1, six digits, 30 seconds. Some apps
    /// silently ignore any other value ([STD K-14](crate::manual::standards)); the first code of an
    /// enrollment detects this.
    pub const fn totp(mut self, parameters: TotpParameters) -> Self {
        self.policy.totp = parameters;
        self
    }

    /// Sets from which failure in a row a factor is locked, and for how many seconds.
    ///
    /// Each further failure doubles the lock, up to an hour. 1 to 10 failures, 1 to 3,600 seconds;
    /// default: the 5th and 30 seconds (NIST SP 800-63B-4 §3.2.2).
    #[doc(alias = "lockout")]
    #[doc(alias = "backoff")]
    #[doc(alias = "rate limit")]
    pub const fn waits(mut self, from_failure: u32, first_secs: u32) -> Self {
        self.policy.failures.waits_from = from_failure;
        self.policy.failures.first_wait = first_secs;
        self
    }

    /// Sets the window of steps in which codes of authenticator apps are accepted.
    ///
    /// Default: [`Window::ONE`].
    pub const fn window(mut self, window: Window) -> Self {
        self.policy.window = window;
        self
    }

    /// Builds the policy, if it is safe.
    ///
    /// # Errors
    ///
    /// Returns [`UnsafePolicy`] with the first rule that is broken: change that setting. The rules
    /// keep the odds of guessing under 1 in 1,000 before a factor is disabled (RFC 4226 §6;
    /// [FAILURES 31](crate::manual::threats)).
    pub fn build(self) -> Result<Policy, UnsafePolicy> {
        let policy = &self.policy;
        let FailureLimits { waits_from, first_wait, longest_wait, disable_at, .. } =
            policy.failures;
        let sends = [policy.subject_sends, policy.address_sends];
        let prefix = policy.prefix_sends;
        let FactorSets { manage, recover, sign_in, step_up, transaction } = policy.sets;
        let sets = [manage, recover, sign_in, step_up, transaction];
        let safe_send = |limit: &SendLimits| {
            (1..=50).contains(&limit.an_hour) && (limit.an_hour..=50).contains(&limit.a_day)
        };
        let rules = [
            ((8..=20).contains(&policy.backup_codes), UnsafePolicy::BackupCodes),
            ((6..=10).contains(&policy.code_digits), UnsafePolicy::CodeDigits),
            ((60..=600).contains(&policy.code_life), UnsafePolicy::CodeLife),
            ((DAY..=90 * DAY).contains(&policy.device_life), UnsafePolicy::DeviceLife),
            ((1..=100).contains(&disable_at), UnsafePolicy::DisableAt),
            ((1..=10).contains(&waits_from), UnsafePolicy::Waits),
            ((1..=longest_wait).contains(&first_wait), UnsafePolicy::Waits),
            ((30..=3600).contains(&policy.management_age), UnsafePolicy::ManagementAge),
            ((600..=86_400).contains(&policy.reset_life), UnsafePolicy::ResetLife),
            (!sets.iter().any(|set| set.is_empty()), UnsafePolicy::NoFactor),
            (!sets.iter().any(|set| set.contains(FactorKind::Pin)), UnsafePolicy::Pin),
            (policy.sets.manage.is_within(policy.sets.sign_in), UnsafePolicy::WideManage),
            (!self.names_fixed_purpose, UnsafePolicy::Enroll),
            (sends.iter().all(safe_send), UnsafePolicy::Sends),
            ((8..=10_000).contains(&prefix.an_hour), UnsafePolicy::PrefixSends),
            ((prefix.an_hour..=10_000).contains(&prefix.a_day), UnsafePolicy::PrefixSends),
            (policy.route.is_safe(), UnsafePolicy::Route),
            (policy.totp.start().as_secs() == 0, UnsafePolicy::TotpStart),
            (self.allows_any_odds || has_safe_odds(policy), UnsafePolicy::GuessingOdds),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, broken)) => Err(broken),
            None => Ok(self.policy),
        }
    }
}

/// RFC 4226 §6: the odds of guessing are attempts × valid codes ÷ possible codes.
///
/// Only a look-ahead can make them unsafe. A window has at most five valid codes and a sent code is
/// one, at 100 attempts.
fn has_safe_odds(policy: &Policy) -> bool {
    // A token may have as few digits as RFC 4226 allows.
    const TOKEN_CODES: u64 = 1_000_000;
    let valid_codes = u64::from(policy.look_ahead.get()) + 1;
    u64::from(policy.failures.disable_at) * valid_codes * 1000 <= TOKEN_CODES
}
