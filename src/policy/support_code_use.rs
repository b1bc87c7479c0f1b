//! Uses of support codes.

use crate::purpose::Operation;
#[cfg(doc)]
use crate::purpose::Purpose;

/// The permitted uses of a backup code that support issued.
///
/// # Example
///
/// ```
/// use second_factor::policy::{Policy, SupportCodeUse};
///
/// let policy = Policy::builder().support_codes(SupportCodeUse::SignIn).build()?;
/// assert_eq!(policy.support_codes(), SupportCodeUse::SignIn);
/// # Ok::<(), second_factor::policy::UnsafePolicy>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SupportCodeUse {
    /// The code permits the enrollment of factors, for [`Purpose::Manage`]. This is the default.
    ///
    /// It opens no session, and removes no factor.
    Enroll,
    /// The code also signs in, and permits every change.
    ///
    /// # Security
    ///
    /// An attacker who deceives support can then sign in (CISA AA23-320A).
    SignIn,
}

impl SupportCodeUse {
    /// Returns the stricter of the two.
    pub(super) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::SignIn, Self::SignIn) => Self::SignIn,
            _ => Self::Enroll,
        }
    }

    /// Returns whether the code is accepted for `purpose`.
    pub(crate) const fn allows(self, purpose: Operation) -> bool {
        match purpose {
            Operation::Manage => true,
            Operation::SignIn => matches!(self, Self::SignIn),
            _ => false,
        }
    }
}
