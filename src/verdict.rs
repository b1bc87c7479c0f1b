//! Outcomes: proofs, recognized devices and refusals.
//!
//! Only this crate can create the values that open a session.

mod device_token;
mod reason;

use alloc::{string::String, vec::Vec};
use core::fmt;

pub use self::{device_token::DeviceToken, reason::Reason};
use crate::{
    Address, FactorKind, Handle, Purpose, SubjectId, UnixTime, factor::FactorSet, id::ItemId,
};

/// The proof that a subject passed a second factor.
///
/// It says who passed it, by which factors, for which purpose and when. Only this crate creates it,
/// after the write that records the success was committed. It cannot be cloned, compared,
/// constructed or deserialized. Take it by value where your application opens a session, so that no
/// code path can skip the second factor ([FAILURES 42, 46](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use second_factor::{Purpose, Verified};
///
/// struct Session { subject: String }
///
/// fn open_session(proof: Verified) -> Option<Session> {
///     (proof.purpose() == Purpose::SignIn)
///         .then(|| Session { subject: proof.subject().to_string() })
/// }
/// # let _ = open_session;
/// ```
#[doc(alias = "2fa")]
#[doc(alias = "authenticated")]
#[must_use = "this is the proof that the user passed a second factor"]
pub struct Verified {
    subject: SubjectId,
    factors: Vec<FactorKind>,
    purpose: Purpose,
    verified_at: UnixTime,
    epoch: u64,
}

impl Verified {
    pub(crate) const fn new(
        subject: SubjectId,
        factors: Vec<FactorKind>,
        purpose: Purpose,
        verified_at: UnixTime,
        epoch: u64,
    ) -> Self {
        Self { subject, factors, purpose, verified_at, epoch }
    }

    /// Returns when it was verified.
    ///
    /// Ask for another proof when it is too old for your application (NIST SP 800-63B-4 §2.2.3).
    #[must_use]
    pub const fn verified_at(&self) -> UnixTime {
        self.verified_at
    }

    /// Returns the kinds of factors that were verified.
    #[must_use]
    pub fn factors(&self) -> &[FactorKind] {
        &self.factors
    }

    /// Returns the purpose of the proof.
    ///
    /// Compare it before you act: a proof is valid for its purpose only.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Returns the subject that was verified.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }

    pub(crate) fn factor_set(&self) -> FactorSet {
        FactorSet::of(&self.factors)
    }

    pub(crate) const fn epoch(&self) -> u64 {
        self.epoch
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("factors", &self.factors)
            .field("purpose", &self.purpose)
            .field("verified_at", &self.verified_at)
            .finish_non_exhaustive()
    }
}

/// A trusted device, recognized by its token. It is weaker than [`Verified`].
///
/// Your application may accept it in place of a second factor. It permits no changes, does not
/// extend the trust, and cannot become an [`Authority`](crate::Authority) (NIST SP 800-63B-4 §5.1).
/// Only this crate creates it. Its [token](Self::token) replaces the one that was presented.
///
/// # Example
///
/// ```
/// use second_factor::verdict::Recognized;
///
/// fn open_session(device: &Recognized) -> (String, String) {
///     let cookie = format!("device={}; HttpOnly; Secure", device.token().expose());
///     (device.subject().to_string(), cookie)
/// }
/// # let _ = open_session;
/// ```
#[doc(alias = "remember me")]
#[doc(alias = "trusted browser")]
#[must_use = "its token must be stored, or the device is no longer recognized"]
pub struct Recognized {
    subject: SubjectId,
    device: ItemId,
    label: String,
    created_at: UnixTime,
    recognized_at: UnixTime,
    epoch: u64,
    token: DeviceToken,
}

impl Recognized {
    pub(crate) fn new(
        subject: SubjectId,
        (device, label, created_at): (ItemId, String, UnixTime),
        recognized_at: UnixTime,
        epoch: u64,
        token: DeviceToken,
    ) -> Self {
        Self { subject, device, label, created_at, recognized_at, epoch, token }
    }

    /// Returns when it was recognized.
    #[must_use]
    pub const fn recognized_at(&self) -> UnixTime {
        self.recognized_at
    }

    /// Returns the id of the device, for forms.
    ///
    /// [`revoke_device`](crate::Verifier::revoke_device) accepts it.
    #[must_use]
    pub const fn device(&self) -> &ItemId {
        &self.device
    }

    /// Returns the name under which the user knows the device. Escape it in pages.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Returns when the device was trusted.
    #[must_use]
    pub const fn created_at(&self) -> UnixTime {
        self.created_at
    }

    /// Returns the subject who trusts the device.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }

    /// Returns the token to store in place of the presented one.
    #[must_use]
    pub const fn token(&self) -> &DeviceToken {
        &self.token
    }

    pub(crate) const fn epoch(&self) -> u64 {
        self.epoch
    }
}

impl fmt::Debug for Recognized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recognized")
            .field("device", &self.device)
            .field("created_at", &self.created_at)
            .field("recognized_at", &self.recognized_at)
            .finish_non_exhaustive()
    }
}

/// The finding, from a successful read, that no factor protects the subject.
///
/// Only this crate creates it. A failed store, a record that cannot be opened, and a locked or
/// disabled factor are errors, and never lead to this value.
///
/// # Example
///
/// ```
/// use second_factor::verdict::Unprotected;
///
/// fn open_session(unprotected: Unprotected) -> String {
///     unprotected.subject().to_string()
/// }
/// # let _ = open_session;
/// ```
#[must_use = "this is the finding that the user needs no second factor"]
pub struct Unprotected {
    subject: SubjectId,
}

impl Unprotected {
    pub(crate) const fn new(subject: SubjectId) -> Self {
        Self { subject }
    }

    /// Returns the unprotected subject.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }
}

impl fmt::Debug for Unprotected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unprotected").finish_non_exhaustive()
    }
}

/// What is required after a correct first factor.
///
/// # Example
///
/// ```
/// use second_factor::Next;
///
/// fn page(next: &Next) -> String {
///     match next {
///         Next::Unprotected(_) => "welcome".into(),
///         Next::Prove(offers) => format!("choose one of {}", offers.len()),
///     }
/// }
/// # let _ = page;
/// ```
#[derive(Debug)]
#[doc(alias = "login")]
#[must_use = "this says whether a second factor is required"]
#[expect(clippy::exhaustive_enums, reason = "an application must handle every case")]
pub enum Next {
    /// A second factor is required. The list has the factors to offer.
    ///
    /// The strongest factor is first. The list is empty if every factor is disabled or not allowed
    /// by the policy: the user cannot sign in then. It is also empty for [`Purpose::Register`]:
    /// send a code to the address that the user enters.
    Prove(Vec<Offer>),
    /// No factor is enrolled, and none is required.
    Unprotected(Unprotected),
}

/// A factor that the user may prove, for the sign-in form.
///
/// # Example
///
/// ```
/// use second_factor::verdict::Offer;
///
/// fn line(offer: &Offer) -> String {
///     match offer.address() {
///         Some(address) => format!("send a code to {}", address.masked()),
///         None => "enter the code of your app".into(),
///     }
/// }
/// # let _ = line;
/// ```
#[derive(Debug)]
pub struct Offer {
    kind: FactorKind,
    id: Option<ItemId>,
    address: Option<Address>,
    retry_at: Option<UnixTime>,
}

impl Offer {
    pub(crate) const fn new(
        kind: FactorKind,
        id: Option<ItemId>,
        address: Option<Address>,
        retry_at: Option<UnixTime>,
    ) -> Self {
        Self { kind, id, address, retry_at }
    }

    /// Returns the address to which a code can be sent; `None` for other factors.
    ///
    /// Pass it to [`challenge`](crate::Verifier::challenge), and show it [masked](Address::masked).
    #[must_use]
    pub const fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    /// Returns the id of the address, for forms.
    ///
    /// Two numbers may look alike when they are masked.
    #[must_use]
    pub const fn id(&self) -> Option<&ItemId> {
        self.id.as_ref()
    }

    /// Returns the kind of the factor.
    #[must_use]
    pub const fn kind(&self) -> FactorKind {
        self.kind
    }

    /// Returns when it accepts attempts again, if it is locked.
    #[must_use]
    pub const fn retry_at(&self) -> Option<UnixTime> {
        self.retry_at
    }
}

/// A refusal: the request was checked and denied.
///
/// Its `Display` is the same text for every reason. Show that text, or one text of your own; the
/// [reason](Self::reason) is for your log (Regulation (EU) 2018/389 art. 4(3)(a), OWASP ASVS 5.0.0
/// 6.3.8; [FAILURES 58](crate::manual::threats)). Only [`retry_at`](Self::retry_at) may be shown.
///
/// # Example
///
/// ```
/// use second_factor::verdict::Denial;
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
    /// A second proof of another kind is required ([`Purpose::Recover`]). Pass the handle to
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
