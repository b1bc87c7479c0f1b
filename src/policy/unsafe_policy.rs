//! Why a policy was refused.

/// A rule that a policy breaks.
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
    /// Fewer are soon used up; more than a sheet of paper holds are of no use.
    #[error("backup codes are made 8 to 20 at a time")]
    BackupCodes,
    /// NIST SP 800-63B-4 §3.1.3.2: under six digits a code is guessed; over ten nobody types it.
    #[error("a delivered code has 6 to 10 digits")]
    CodeDigits,
    /// NIST SP 800-63B-4 §3.1.3.2: ten minutes at most.
    #[error("a delivered code lives 60 to 600 seconds")]
    CodeLife,
    /// NIST SP 800-63B-4 §5.1: what is remembered ends by itself.
    #[error("a device is trusted for 1 to 90 days")]
    DeviceLife,
    /// NIST SP 800-63B-4 §3.2.2: 100 failures at most.
    #[error("a factor is disabled at 1 to 100 failures in a row")]
    DisableAt,
    /// A new factor is confirmed by its own first code, whatever its kind, and an address is registered
    /// by a code sent to it; so is the PIN removed.
    #[error("no factors can be named for enrolling, registering and resetting a PIN")]
    Enroll,
    /// RFC 4226 §6: more than 1 in 1,000 who guess until the factor is disabled would get in.
    #[error("guessing succeeds too often: more digits, a smaller window or fewer tries")]
    GuessingOdds,
    /// NIST SP 800-63B-4 §4.1.2.1: factors are changed with a proof that is fresh.
    #[error("a proof may be 30 to 3600 seconds old to change factors")]
    ManagementAge,
    /// A purpose for which no kind of factor may prove refuses everybody.
    #[error("every purpose needs a kind of factor that may prove for it")]
    NoFactor,
    /// It comes after every other proof, and would let those manage that may not.
    #[error("the PIN is asked for after every other proof and cannot be named for a purpose")]
    Pin,
    /// FAILURES 91: what is paid for by the message has a limit for numbers that begin alike; and
    /// fewer than 8 would leave some of their records without any.
    #[error(
        "sends to numbers that begin alike are 8 to 10000 an hour and no fewer a day, up to 10000"
    )]
    PrefixSends,
    /// PCI DSS 4.0.1 §8.5.1: what an administrator opens closes by itself.
    #[error("after a reset a first factor may be enrolled for 600 to 86400 seconds")]
    ResetLife,
    /// FAILURES 95: a call never comes first; and each channel comes once, with a time of its own.
    #[error(
        "a route has one to three phone channels, each once, 10 to 300 seconds, voice never first"
    )]
    Route,
    /// OWASP ASVS 5.0.0 2.4.1: what costs money for each call has a limit.
    #[error("sends are 1 to 50 an hour and no fewer a day, up to 50")]
    Sends,
    /// No app can be told of a start other than 1970.
    #[error("authenticator apps count their steps from 1970")]
    TotpStart,
    /// NIST SP 800-63B-4 §3.2.2: waits grow up to an hour.
    #[error("waiting begins at the 1st to 10th failure, with 1 to 3600 seconds")]
    Waits,
    /// What does not sign in must not remove what does (NIST SP 800-63B-4 §4.1.2.1).
    #[error("only factors that may sign in may manage")]
    WideManage,
}
