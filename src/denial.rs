//! Refusals, and their reasons.

mod reason;

pub use self::reason::Reason;
#[cfg(doc)]
use crate::purpose::Operation;
use crate::{Handle, UnixTime};

/// A refusal: the request was checked and denied.
///
/// Its `Display` is the same text for every reason. Show that text, or one text of your own; the
/// [reason](Self::reason) is for your log (Regulation (EU) 2018/389 art. 4(3)(a), OWASP ASVS 5.0.0
/// 6.3.8; [FAILURES 58](crate::manual::threats)). Only [`retry_at`](Self::retry_at) may be shown.
///
/// # Example
///
/// ```
/// use second_factor::Denial;
///
/// # use second_factor::UnixTime;
/// fn answer(denial: &Denial, now: UnixTime) -> String {
///     match denial.retry_at() {
///         Some(time) => format!("too many attempts: wait {} seconds", time.since(now)),
///         None => denial.to_string(),          // "not verified" for every reason
///     }
/// }
/// # let _ = answer;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not verified")]
pub struct Denial {
    reason: Reason,
    retry_at: Option<UnixTime>,
    pending: Option<Handle>,
}

impl Denial {
    pub(crate) const fn new(reason: Reason) -> Self {
        Self { reason, retry_at: None, pending: None }
    }

    pub(crate) const fn until(reason: Reason, retry_at: UnixTime) -> Self {
        Self { reason, retry_at: Some(retry_at), pending: None }
    }

    /// A correct proof with a pending step, which is completed under `handle`.
    pub(crate) const fn due(reason: Reason, handle: Handle) -> Self {
        Self { reason, retry_at: None, pending: Some(handle) }
    }

    /// Returns the handle of a correct proof that is not sufficient.
    ///
    /// A second proof of another kind is required ([`Operation::Recover`]). Pass the handle to
    /// [`Proof::after`](crate::Proof::after).
    #[must_use]
    pub const fn another_factor_due(&self) -> Option<&Handle> {
        match self.reason {
            Reason::AnotherFactorDue => self.pending.as_ref(),
            _ => None,
        }
    }

    /// Returns the handle of a correct proof after which the PIN is required.
    ///
    /// Ask for the PIN, and pass the handle to [`Proof::pin`](crate::Proof::pin). This refusal need
    /// not look like the others.
    #[must_use]
    pub const fn pin_due(&self) -> Option<&Handle> {
        match self.reason {
            Reason::PinDue => self.pending.as_ref(),
            _ => None,
        }
    }

    /// Returns the reason, for your log. It must not be shown.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Returns when to try again, if waiting helps. It may be shown to the user.
    #[doc(alias = "retry-after")]
    #[must_use]
    pub const fn retry_at(&self) -> Option<UnixTime> {
        self.retry_at
    }
}
