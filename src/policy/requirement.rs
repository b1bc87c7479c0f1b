//! Required enrollment.

use crate::time::UnixTime;

/// Whether a subject must enroll a second factor.
///
/// The requirement is not stored: every sign-in compares the date with the clock. A changed date
/// therefore applies to every subject at once. For a new user with two weeks to enroll, pass the
/// later of your date and `created_at` plus 14 days.
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
    /// The user decides. This is the default.
    #[default]
    Optional,
    /// From this time on, a subject without a second factor cannot sign in.
    RequiredBy(UnixTime),
}

impl Requirement {
    /// Returns the time from which a second factor is required.
    ///
    /// Returns `None` if it is optional.
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

/// The condition for enrolling a first factor after the [deadline](Requirement::RequiredBy).
///
/// The deadline protects dormant accounts. Otherwise, an attacker who guesses the password of such
/// an account could enroll a factor (CISA AA22-074A).
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
    /// The user must prove an address on file or a passkey, or sign in with an identity provider.
    ///
    /// A password alone is not sufficient. This is the default.
    #[default]
    AfterAddress,
    /// Any first factor, including a password, is sufficient.
    AfterAnyFirstFactor,
}

impl LateEnrollment {
    /// Returns the stricter of the two.
    pub(super) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::AfterAnyFirstFactor, Self::AfterAnyFirstFactor) => Self::AfterAnyFirstFactor,
            _ => Self::AfterAddress,
        }
    }
}
