//! Required enrollment.

use crate::time::UnixTime;

/// Whether a subject must enroll a second factor.
///
/// The requirement is not stored: every sign-in compares the date with the clock. A changed date
/// therefore applies to every subject at once. To give a new user two weeks, pass the later of your
/// date and `created_at` plus 14 days.
///
/// # Example
///
/// ```
/// use second_factor::{Policy, UnixTime, policy::Requirement};
///
/// let (mandate, created_at) = (UnixTime::from_secs(1_788_220_800), UnixTime::from_secs(1_700_000_000));
/// let by = mandate.max(created_at.plus(14 * 86_400));
/// let policy = Policy::builder().enrollment(Requirement::RequiredBy(by)).build()?;
/// assert_eq!(policy.requirement().deadline(), Some(mandate));
/// assert!(!policy.requirement().is_due(created_at));
/// assert!(policy.requirement().is_due(mandate));
/// # Ok::<(), second_factor::policy::UnsafePolicy>(())
/// ```
#[doc(alias = "enforce")]
#[doc(alias = "grace period")]
#[doc(alias = "mandatory")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "an application must handle every requirement")]
pub enum Requirement {
    /// The user decides. The default.
    #[default]
    Optional,
    /// From this time on, a subject without a second factor cannot sign in.
    RequiredBy(UnixTime),
}

impl Requirement {
    /// Returns the time from which a second factor is required, if it ever is.
    #[must_use]
    pub const fn deadline(self) -> Option<UnixTime> {
        match self {
            Self::Optional => None,
            Self::RequiredBy(by) => Some(by),
        }
    }

    /// Returns whether a second factor is required at `now`.
    #[must_use]
    pub fn is_due(self, now: UnixTime) -> bool {
        self.deadline().is_some_and(|by| now >= by)
    }

    /// Returns the requirement with the earlier deadline.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Optional, one) | (one, Self::Optional) => one,
            (Self::RequiredBy(one), Self::RequiredBy(another)) => {
                Self::RequiredBy(one.min(another))
            }
        }
    }
}

/// What permits a first factor after the [deadline](Requirement::RequiredBy).
///
/// The deadline protects dormant accounts, where an attacker guesses the password and then enrolls
/// a factor (CISA AA22-074A).
///
/// # Example
///
/// ```
/// use second_factor::policy::{LateEnrollment, Policy};
///
/// assert_eq!(Policy::default().late_enrollment(), LateEnrollment::AfterAddress);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a password permits enrollment, or it does not")]
pub enum LateEnrollment {
    /// Proof of an address on file, a passkey or an identity provider. A password alone does not
    /// permit it. The default.
    #[default]
    AfterAddress,
    /// Any first factor, including a password.
    AfterAnyFirstFactor,
}

impl LateEnrollment {
    /// Returns the stricter of both.
    pub(super) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::AfterAnyFirstFactor, Self::AfterAnyFirstFactor) => Self::AfterAnyFirstFactor,
            _ => Self::AfterAddress,
        }
    }
}
