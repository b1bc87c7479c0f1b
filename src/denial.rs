//! Refusals, and their reasons.

mod reason;

pub use self::reason::Reason;
use crate::{id::Handle, time::UnixTime};

/// A refusal: the request was checked and denied.
///
/// `Display` writes a text for the user. For a refused proof, the text is the same for every reason
/// (Regulation (EU) 2018/389 art. 4(3)(a), OWASP ASVS 5.0.0 6.3.8;
/// [FAILURES 58](crate::manual::threats)). The [reason](Self::reason) is for your log, unless
/// [`is_safe_to_show`](Self::is_safe_to_show) says otherwise.
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
}

impl Denial {
    pub(crate) const fn new(reason: Reason) -> Self {
        Self { reason, retry_at: None, pending: None, is_open: false }
    }

    pub(crate) const fn until(reason: Reason, retry_at: UnixTime) -> Self {
        Self { retry_at: Some(retry_at), ..Self::new(reason) }
    }

    /// A correct proof with a pending step, which is completed under `handle`.
    pub(crate) const fn pending(reason: Reason, handle: Handle) -> Self {
        Self { pending: Some(handle), ..Self::new(reason) }
    }

    /// The refusal of a call whose caller may learn the reason, such as a change of settings.
    pub(crate) const fn open(self) -> Self {
        Self { is_open: true, ..self }
    }

    /// Returns whether the reason may be shown to the user.
    ///
    /// The reason may be shown for a change of settings, an enrollment and a wait. It must not be
    /// shown for a refused proof, because it reveals which part was correct.
    #[must_use]
    pub const fn is_safe_to_show(&self) -> bool {
        self.is_open || self.reason.is_safe_to_show()
    }

    /// Returns the handle of a correct proof that is not sufficient.
    ///
    /// A second proof of another kind is required, for example for
    /// [recovery](crate::Purpose::Recover). Pass the handle to
    /// [`Proof::after`](crate::Proof::after).
    #[must_use]
    pub const fn pending_factor(&self) -> Option<&Handle> {
        match self.reason {
            Reason::AnotherFactorDue => self.pending.as_ref(),
            _ => None,
        }
    }

    /// Returns the handle of a correct proof after which the PIN is required.
    ///
    /// Ask for the PIN, and pass the handle to [`Proof::pin`](crate::Proof::pin). This refusal may
    /// look different from the others.
    #[must_use]
    pub const fn pending_pin(&self) -> Option<&Handle> {
        match self.reason {
            Reason::PinDue => self.pending.as_ref(),
            _ => None,
        }
    }

    /// Returns the reason, for your log.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Returns when to try again, if waiting helps. It may be shown to the user.
    ///
    /// The refusal of the incorrect code that starts a wait has it too: before then, even a correct
    /// code is refused.
    #[doc(alias = "retry-after")]
    #[must_use]
    pub const fn retry_at(&self) -> Option<UnixTime> {
        self.retry_at
    }

    const fn text(&self) -> &'static str {
        if self.is_safe_to_show() { self.reason.text() } else { "not verified" }
    }
}
