//! Refusals and their reasons.

mod reason;

pub use self::reason::Reason;
use crate::{
    factor::{FactorKind, FactorSet},
    id::Handle,
    time::UnixTime,
};

/// A refusal: the request was checked and denied.
///
/// `Display` writes a message for the user. For a refused proof, the message is the same for every
/// reason (Regulation (EU) 2018/389 art. 4(3)(a), OWASP ASVS 5.0.0 6.3.8; [FAILURES
/// 58](crate::manual::threats)). The [reason](Self::reason) is for your log. Show it to the user
/// only if [`is_safe_to_show`](Self::is_safe_to_show) returns `true`.
///
/// # Example
///
/// ```
/// use second_factor::Denial;
///
/// # use second_factor::UnixTime;
/// fn answer(denial: &Denial, now: UnixTime) -> String {
///     match denial.retry_at() {
///         Some(time) => format!("{denial}: wait {} seconds", time.since(now)),
///         None => denial.to_string(), // "not verified" for every refused proof
///     }
/// }
/// # let _ = answer;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub struct Denial {
    reason: Reason,
    retry_at: Option<UnixTime>,
    pending: Option<Handle>,
    /// Whether the caller has proven enough to learn the reason.
    is_open: bool,
    recovery: FactorSet,
}

impl Denial {
    pub(crate) const fn new(reason: Reason) -> Self {
        let recovery = FactorSet::of(&[]);
        Self { reason, retry_at: None, pending: None, is_open: false, recovery }
    }

    pub(crate) const fn until(reason: Reason, retry_at: UnixTime) -> Self {
        Self { retry_at: Some(retry_at), ..Self::new(reason) }
    }

    /// Creates the refusal of a correct proof whose pending step uses `handle`.
    pub(crate) const fn pending(reason: Reason, handle: Handle) -> Self {
        Self { pending: Some(handle), ..Self::new(reason) }
    }

    /// Marks the refusal as one whose reason the caller may learn.
    ///
    /// An example is the refusal of a change of settings.
    pub(crate) const fn open(self) -> Self {
        Self { is_open: true, ..self }
    }

    /// Adds the kinds of factors with which the user may recover the account.
    pub(crate) const fn with_recovery(self, recovery: FactorSet) -> Self {
        Self { recovery, ..self }
    }

    /// Returns the factors with which the user may recover now, strongest first.
    ///
    /// [`Verifier::next`](crate::Verifier::next) returns them if every factor is
    /// [disabled](Reason::Disabled). Proofs of two different kinds complete a
    /// [recovery](crate::Purpose::Recover). If the iterator is empty, the user can regain access in
    /// three ways:
    ///
    /// - The user signs in at a device that was used before.
    /// - Your application changes the first factor
    ///   ([`password_changed`](crate::Verifier::password_changed)).
    /// - [Support](crate::Verifier::support) helps the user.
    pub fn recovery(&self) -> impl Iterator<Item = FactorKind> {
        self.recovery.kinds()
    }

    /// Returns whether the reason may be shown to the user.
    ///
    /// The reason may be shown for a change of settings, an enrollment and a wait. The reason of a
    /// refused proof must not be shown, because it reveals which part of the proof was correct.
    #[must_use]
    pub const fn is_safe_to_show(&self) -> bool {
        self.is_open || self.reason.is_safe_to_show()
    }

    /// Returns the handle of a correct proof that is not sufficient, or `None`.
    ///
    /// If there is a handle, a second proof of another kind is required, for example for
    /// [recovery](crate::Purpose::Recover). Pass the handle to
    /// [`Proof::after`](crate::Proof::after).
    #[must_use]
    pub const fn pending_factor(&self) -> Option<&Handle> {
        match self.reason {
            Reason::AnotherFactorDue => self.pending.as_ref(),
            _ => None,
        }
    }

    /// Returns the handle of a correct proof that requires the PIN next, or `None`.
    ///
    /// Ask for the PIN, and pass the handle to [`Proof::pin`](crate::Proof::pin). Your application
    /// may show this refusal differently from other refusals.
    #[must_use]
    pub const fn pending_pin(&self) -> Option<&Handle> {
        match self.reason {
            Reason::PinDue => self.pending.as_ref(),
            _ => None,
        }
    }

    /// Returns the reason of the refusal, for your log.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Returns the earliest time to retry, or `None` if waiting does not help.
    ///
    /// This time is safe to show to the user. The refusal of an incorrect code also has a time if
    /// the code starts a lock. Until this time, even a correct code is refused.
    #[doc(alias = "retry-after")]
    #[must_use]
    pub const fn retry_at(&self) -> Option<UnixTime> {
        self.retry_at
    }

    const fn text(&self) -> &'static str {
        if self.is_safe_to_show() { self.reason.text() } else { "not verified" }
    }
}
