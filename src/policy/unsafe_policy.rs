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
    /// STD N-10: under six digits a code is guessed; over ten nobody types it.
    #[error("a delivered code has 6 to 10 digits")]
    CodeDigits,
    /// STD N-08.
    #[error("a delivered code lives 60 to 600 seconds")]
    CodeLife,
    /// STD N-41.
    #[error("a factor is disabled at 1 to 100 failures in a row")]
    DisableAt,
    /// A new factor is confirmed by its own first code, whatever its kind.
    #[error("no factors can be named for enrolling")]
    Enroll,
    /// STD N-50.
    #[error("a proof may be 30 to 3600 seconds old to change factors")]
    ManagementAge,
    /// A purpose for which no kind of factor may prove refuses everybody.
    #[error("every purpose needs a kind of factor that may prove for it")]
    NoFactor,
    /// STD A-31.
    #[error("sends are 1 to 50 an hour and no fewer a day, up to 50")]
    Sends,
    /// No app can be told of a start other than 1970.
    #[error("authenticator apps count their steps from 1970")]
    TotpStart,
    /// STD N-42.
    #[error("waiting begins at the 1st to 10th failure, with 1 to 3600 seconds")]
    Waits,
    /// What does not sign in must not remove what does (STD N-50).
    #[error("only factors that may sign in may manage")]
    WideManage,
}
