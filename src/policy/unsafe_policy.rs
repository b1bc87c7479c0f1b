//! Reasons to reject a policy.

/// The error returned when a policy breaks a rule.
///
/// # Example
///
/// ```
/// use second_factor::{Policy, policy::UnsafePolicy};
///
/// assert_eq!(Policy::builder().disable_at(101).build().unwrap_err(), UnsafePolicy::DisableAt);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnsafePolicy {
    /// The limit on messages to an address is out of range.
    ///
    /// OWASP ASVS 5.0.0 2.4.1: an operation that costs money needs a limit.
    #[error("sends to an address are 1 to 50 an hour and at least as many a day, up to 50")]
    AddressSends,
    /// The number of backup codes is out of range.
    ///
    /// A shorter list is soon used up, and a longer list does not fit on a sheet of paper.
    #[error("a list has 8 to 20 backup codes")]
    BackupCodes,
    /// The number of digits of a sent code is out of range.
    ///
    /// A code of fewer than six digits can be guessed, and more than ten digits are too many to
    /// type.
    ///
    /// NIST SP 800-63B-4 §3.1.3.2.
    #[error("a sent code has 6 to 10 digits")]
    CodeDigits,
    /// The lifetime of a sent code is out of range.
    ///
    /// NIST SP 800-63B-4 §3.1.3.2: ten minutes at most.
    #[error("a sent code is valid for 60 to 600 whole seconds")]
    CodeLifetime,
    /// The lifetime of the trust in a device is out of range.
    ///
    /// NIST SP 800-63B-4 §5.1: a remembered device must expire.
    #[error("a device is trusted for 1 to 90 days, in whole seconds")]
    DeviceLifetime,
    /// The number of failures that disables a factor is out of range.
    ///
    /// NIST SP 800-63B-4 §3.2.2: 100 failures at most, of which 30 are after the first factor.
    #[error("a factor is disabled after 1 to 30 failures in a row")]
    DisableAt,
    /// The policy changes the factors for enrolling, registering or resetting a PIN.
    ///
    /// The factors for these operations are fixed. A new factor is confirmed by its own first code.
    /// An address is registered by a code sent to it, and the PIN is reset through the recovery
    /// address.
    #[error("the factors for enrolling, registering and resetting a PIN are fixed")]
    FixedFactors,
    /// More than 1 in 1,000 attackers would guess a code before the factor is disabled.
    ///
    /// RFC 4226 §6.
    #[error(
        "guessing is too likely to succeed: lower the look-ahead, the window, the number of apps or \
         the number of failures"
    )]
    GuessingOdds,
    /// The maximum age of a proof for changes is out of range.
    ///
    /// NIST SP 800-63B-4 §4.1.2.1: a change of factors requires a recent proof.
    #[error("a proof that permits changes of factors is 30 to 3600 whole seconds old at most")]
    ManagementMaxAge,
    /// An operation has no allowed factor.
    ///
    /// Without an allowed factor, every proof for the operation would be refused.
    #[error("every operation needs at least one allowed factor")]
    NoFactor,
    /// The PIN is allowed as the factor for an operation.
    ///
    /// The PIN is required in addition to a factor. If the PIN were a factor, it would permit
    /// changes without any other factor.
    #[error("the PIN follows every other proof and cannot be the factor for an operation")]
    Pin,
    /// The limit on codes to a phone prefix is out of range.
    ///
    /// FAILURES 91: messages that cost money need a limit for each phone prefix. A limit under 8
    /// would leave some of its records without a budget.
    #[error(
        "sends to a phone prefix are 8 to 10000 an hour and at least as many a day, up to 10000"
    )]
    PrefixSends,
    /// The lifetime of a reset by an administrator is out of range.
    ///
    /// PCI DSS 4.0.1 §8.5.1: access that an administrator opens must expire.
    #[error("after a reset a first factor may be enrolled for 600 to 86400 whole seconds")]
    ResetLifetime,
    /// The route has an invalid number of channels, an invalid channel or an invalid time.
    ///
    /// FAILURES 95: a call must not come first, and each channel occurs at most once, with its own
    /// time.
    #[error(
        "a route has 1 to 3 phone channels, each once with 10 to 300 whole seconds, and voice is not \
         first"
    )]
    Route,
    /// The limit on messages to a subject is out of range.
    ///
    /// OWASP ASVS 5.0.0 2.4.1: an operation that costs money needs a limit.
    #[error("sends to a subject are 1 to 50 an hour and at least as many a day, up to 50")]
    SubjectSends,
    /// The number of authenticator apps is out of range.
    ///
    /// Each app adds to the work of a check and to the odds of a guess.
    #[error("a subject has 1 to 5 authenticator apps")]
    TotpApps,
    /// The parameters for new authenticator apps have a start other than 1970.
    ///
    /// Authenticator apps cannot be configured with a start other than 1970.
    #[error("authenticator apps count their steps from 1970")]
    TotpStart,
    /// Sign-in requests are allowed for transactions.
    ///
    /// FAILURES 105: a sign-in request does not show the agreement.
    #[error("a sign-in request shows no agreement and cannot prove for a transaction")]
    TransactionByRequest,
    /// The first failure that locks a factor, or the first lock, is out of range.
    ///
    /// NIST SP 800-63B-4 §3.2.2: locks grow up to an hour.
    #[error("locks start at the 1st to 10th failure, with 1 to 3600 whole seconds")]
    Waits,
    /// A factor is allowed for managing but not for signing in.
    ///
    /// A factor that cannot sign in must not be able to remove a factor that can.
    ///
    /// NIST SP 800-63B-4 §4.1.2.1.
    #[error("factors for managing must also be allowed for signing in")]
    WideManage,
}

#[cfg(feature = "serde")]
impl UnsafePolicy {
    /// Returns the settings that can break the rule, by the names of the builder's methods.
    pub(super) const fn settings(self) -> &'static str {
        match self {
            Self::AddressSends => "address_sends",
            Self::BackupCodes => "backup_codes",
            Self::CodeDigits => "code_digits",
            Self::CodeLifetime => "code_lifetime",
            Self::DeviceLifetime => "device_lifetime",
            Self::DisableAt => "disable_at",
            Self::FixedFactors => "only",
            Self::GuessingOdds => "disable_at, look_ahead, totp_apps or window",
            Self::ManagementMaxAge => "management_max_age",
            Self::NoFactor => "forbid or only",
            Self::Pin => "allow or only",
            Self::PrefixSends => "prefix_sends",
            Self::ResetLifetime => "reset_lifetime",
            Self::Route => "route",
            Self::SubjectSends => "subject_sends",
            Self::TotpApps => "totp_apps",
            Self::TotpStart => "totp",
            Self::TransactionByRequest => "only.transaction",
            Self::Waits => "waits",
            Self::WideManage => "only.manage",
        }
    }
}
