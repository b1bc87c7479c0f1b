//! Building a policy, and refusing one that cannot be safe.

use super::{
    Absent, Countries, FactorSets, FailureLimits, HashCost, Notices, Policy, PrefixLimits, Route,
    SendLimits, UnsafePolicy,
};
use crate::{
    FactorKind, Purpose,
    factor::FactorSet,
    message::Channel,
    otp::{LookAhead, TotpParameters, Window},
    time::DAY,
};

/// Builds a [`Policy`]; see [`Policy::builder`].
///
/// # Example
///
/// ```
/// use second_factor::{FactorKind, Policy, Purpose, otp::Window};
///
/// let policy = Policy::builder()
///     .window(Window::NONE)
///     .factors(Purpose::Manage, &[FactorKind::Totp])
///     .build()?;
/// assert!(policy.factors(Purpose::Manage).eq([FactorKind::Totp]));
/// # Ok::<(), second_factor::policy::UnsafePolicy>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct PolicyBuilder {
    policy: Policy,
    names_enroll: bool,
    takes_any_odds: bool,
}

/// Starts from a policy, such as a preset.
impl From<Policy> for PolicyBuilder {
    fn from(policy: Policy) -> Self {
        Self { policy, names_enroll: false, takes_any_odds: false }
    }
}

impl PolicyBuilder {
    /// What a missing record means. Default: [`Absent::Unprotected`].
    pub const fn absent(mut self, absent: Absent) -> Self {
        self.policy.absent = absent;
        self
    }

    /// How often an address is written to, whoever asks: in an hour and in a day.
    ///
    /// 1 to 50 each. Default: 8 and 12.
    pub const fn address_sends(mut self, an_hour: u8, a_day: u8) -> Self {
        self.policy.address_sends = SendLimits { an_hour, a_day };
        self
    }

    /// How many backup codes are made at a time. 8 to 20; default: 10.
    pub const fn backup_codes(mut self, count: u8) -> Self {
        self.policy.backup_codes = count;
        self
    }

    /// How many digits a delivered code has. 6 to 10; default: 6 (NIST SP 800-63B-4 §3.1.3.2).
    pub const fn code_digits(mut self, digits: u8) -> Self {
        self.policy.code_digits = digits;
        self
    }

    /// How many seconds a delivered code lives. 60 to 600; default: 300 (NIST SP 800-63B-4
    /// §3.1.3.2).
    pub const fn code_life(mut self, secs: u32) -> Self {
        self.policy.code_life = secs;
        self
    }

    /// Takes a policy whatever its guessing odds are.
    ///
    /// # Security
    ///
    /// Without this, a policy under which more than 1 in 1,000 of those who guess until the factor
    /// is disabled would get in is refused (RFC 4226 §6).
    pub const fn danger_any_guessing_odds(mut self) -> Self {
        self.takes_any_odds = true;
        self
    }

    /// Hashes PINs and backup codes in no time, for tests of a host.
    ///
    /// # Security
    ///
    /// Whoever has the database and the key root tries every PIN in seconds (FAILURES 107).
    pub const fn danger_cheap_hashes(mut self) -> Self {
        self.policy.hash_cost = HashCost::Cheap;
        self
    }

    /// To which phone numbers codes go. Default: [`Countries::all`].
    pub fn countries(mut self, countries: Countries) -> Self {
        self.policy.countries = countries;
        self
    }

    /// How many seconds a device is trusted. A day to 90 days; default: 30 days.
    pub const fn device_life(mut self, secs: u32) -> Self {
        self.policy.device_life = secs;
        self
    }

    /// The failure in a row that disables a factor until it is enrolled again.
    ///
    /// 1 to 100; default: 50 (NIST SP 800-63B-4 §3.2.2).
    pub const fn disable_at(mut self, failures: u32) -> Self {
        self.policy.failures.disable_at = failures;
        self
    }

    /// Which kinds of factor may prove for `purpose`.
    ///
    /// Default: app, backup codes, phone, security key and token, with sign-in requests for signing in and
    /// stepping up; for [`Purpose::Transaction`], whatever its hash, those alone that are bound to what
    /// they agree to (phone, request, security key); for [`Purpose::Recover`] email too. Name
    /// [`FactorKind::Email`] to take codes by email for a factor elsewhere, which NIST SP 800-63B-4 §3.1.3.1 and OWASP ASVS 5.0.0 6.3.6 advise against.
    /// What is enrolled but not named protects all the same: a subject with nothing but such
    /// factors gets in nowhere. What may not sign in may not manage, or removing a factor would be
    /// easier than passing it.
    pub fn factors(mut self, purpose: Purpose, kinds: &[FactorKind]) -> Self {
        let set = FactorSet::of(kinds);
        match purpose {
            Purpose::Manage => self.policy.sets.manage = set,
            Purpose::Recover => self.policy.sets.recover = set,
            Purpose::SignIn => self.policy.sets.sign_in = set,
            Purpose::StepUp => self.policy.sets.step_up = set,
            Purpose::Transaction(_) => self.policy.sets.transaction = set,
            Purpose::Enroll | Purpose::Register | Purpose::ResetPin => self.names_enroll = true,
        }
        self
    }

    /// How many counters after the expected one a token may have run ahead. Default: 10.
    ///
    /// Each of them is one more code that a guess can hit (RFC 4226 §7.4). A token that ran further is
    /// found again by two codes in a row.
    pub const fn look_ahead(mut self, look_ahead: LookAhead) -> Self {
        self.policy.look_ahead = look_ahead;
        self
    }

    /// How old a proof may be, in seconds, to change factors.
    ///
    /// 30 to 3,600; default: 300 (NIST SP 800-63B-4 §4.1.2.1).
    pub const fn management_age(mut self, secs: u32) -> Self {
        self.policy.management_age = secs;
        self
    }

    /// Who tells the person of what changed. Default: [`Notices::Sent`].
    pub const fn notices(mut self, notices: Notices) -> Self {
        self.policy.notices = notices;
        self
    }

    /// How many codes may go to phone numbers that begin alike (all but the last four digits) and not
    /// be entered, over all subjects: in an hour and in a day.
    ///
    /// Every code that is entered makes room for one more. Half is kept for numbers that are proven.
    /// Whoever is paid for messages has them sent to many numbers and enters none
    /// ([FAILURES 91](crate::manual::threats)); raise it if thousands of your people sign in at once
    /// from one small town.
    ///
    /// They are kept in eight records, each with an eighth of the room, and at least with that of one
    /// [address](Self::address_sends).
    ///
    /// 8 to 10,000 each. Default: 96 and 240.
    pub const fn prefix_sends(mut self, an_hour: u16, a_day: u16) -> Self {
        self.policy.prefix_sends = PrefixLimits { an_hour, a_day };
        self
    }

    /// How many seconds an administrator's reset leaves for a first factor.
    ///
    /// See [`Verifier::reset`](crate::Verifier::reset).
    /// 600 to 86,400; default: 3,600 (PCI DSS 4.0.1 §8.5.1 wants it limited).
    pub const fn reset_life(mut self, secs: u32) -> Self {
        self.policy.reset_life = secs;
        self
    }

    /// In what order the channels to a phone number are tried, each with the seconds that it has; see
    /// [`Route`]. Default: a text message, and after a minute WhatsApp where it is allowed.
    pub fn route(mut self, steps: &[(Channel, u32)]) -> Self {
        self.policy.route = Route::of(steps);
        self
    }

    /// How often a subject is written to, at all addresses: in an hour and in a day.
    ///
    /// 1 to 50 each. Default: 10 and 20.
    pub const fn subject_sends(mut self, an_hour: u8, a_day: u8) -> Self {
        self.policy.subject_sends = SendLimits { an_hour, a_day };
        self
    }

    /// The parameters of authenticator apps enrolled from now on.
    ///
    /// What is enrolled keeps its own. Default: SHA-1, six digits, 30 seconds. Some apps take any
    /// other for the default without a word ([STD K-14](crate::manual::standards)); the first code
    /// of an enrollment shows it.
    pub const fn totp(mut self, parameters: TotpParameters) -> Self {
        self.policy.totp = parameters;
        self
    }

    /// When waiting begins: from which failure in a row, and with how many seconds.
    ///
    /// Each failure more doubles the wait, up to an hour. 1 to 10 failures, 1 to 3,600 seconds;
    /// default: the 5th and 30 seconds (NIST SP 800-63B-4 §3.2.2).
    pub const fn waits(mut self, from_failure: u32, first_secs: u32) -> Self {
        self.policy.failures.waits_from = from_failure;
        self.policy.failures.first_wait = first_secs;
        self
    }

    /// The window in which authenticator apps are accepted. Default: [`Window::ONE`].
    pub const fn window(mut self, window: Window) -> Self {
        self.policy.window = window;
        self
    }

    /// The policy, if it is safe.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks; [`UnsafePolicy`] lists them. What the rules leave open keeps the
    /// odds of guessing under 1 in 1,000 before a factor is disabled (RFC 4226 §6;
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
            (!self.names_enroll, UnsafePolicy::Enroll),
            (sends.iter().all(safe_send), UnsafePolicy::Sends),
            ((8..=10_000).contains(&prefix.an_hour), UnsafePolicy::PrefixSends),
            ((prefix.an_hour..=10_000).contains(&prefix.a_day), UnsafePolicy::PrefixSends),
            (policy.route.is_safe(), UnsafePolicy::Route),
            (policy.totp.start().as_secs() == 0, UnsafePolicy::TotpStart),
            (self.takes_any_odds || has_fair_odds(policy), UnsafePolicy::GuessingOdds),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, broken)) => Err(broken),
            None => Ok(self.policy),
        }
    }
}

/// RFC 4226 §6: the odds of a guess are tries × codes that are right ÷ codes that there are. Only a look-ahead
/// can make them unfair: a window has five codes at most and a delivered code is one, at 100 tries.
fn has_fair_odds(policy: &Policy) -> bool {
    // A token may have as few digits as RFC 4226 lets it.
    const TOKEN_CODES: u64 = 1_000_000;
    let right_codes = u64::from(policy.look_ahead.get()) + 1;
    u64::from(policy.failures.disable_at) * right_codes * 1000 <= TOKEN_CODES
}
