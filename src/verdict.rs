//! The outcomes: proofs that lead on, and refusals. Values that lead on are made by this crate alone.

mod device_token;
mod reason;

use alloc::{string::String, vec::Vec};
use core::fmt;

pub use self::{device_token::DeviceToken, reason::Reason};
use crate::{
    Address, FactorKind, Handle, Purpose, SubjectId, UnixTime, factor::FactorSet, id::ItemId,
};

/// The proof that a subject passed a second factor: who, how, for what, when.
///
/// Only this crate makes it, after the write that records the success was committed. It cannot be
/// cloned, compared, built or read from bytes; take it by value where a session is opened, and no
/// path into the application can leave the second factor out
/// ([FAILURES 42, 46](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use second_factor::{Purpose, Verified};
///
/// struct Session { subject: Vec<u8> }
///
/// fn open_session(proof: Verified) -> Option<Session> {
///     (proof.purpose() == Purpose::SignIn)
///         .then(|| Session { subject: proof.subject().as_bytes().to_vec() })
/// }
/// # let _ = open_session;
/// ```
#[must_use = "this is the proof that the person may go on"]
pub struct Verified {
    subject: SubjectId,
    factors: Vec<FactorKind>,
    purpose: Purpose,
    at: UnixTime,
    epoch: u64,
}

impl Verified {
    pub(crate) const fn new(
        subject: SubjectId,
        factors: Vec<FactorKind>,
        purpose: Purpose,
        at: UnixTime,
        epoch: u64,
    ) -> Self {
        Self { subject, factors, purpose, at, epoch }
    }

    /// When it was proven. Ask again when your policy finds it too old (NIST SP 800-63B-4 §2.2.3).
    #[must_use]
    pub const fn verified_at(&self) -> UnixTime {
        self.at
    }

    /// By which kinds of factor.
    #[must_use]
    pub fn factors(&self) -> &[FactorKind] {
        &self.factors
    }

    /// For what. Compare it before you act: a proof for one purpose is none for another.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Who.
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
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// The finding that a device is one that the person trusts: weaker than [`Verified`].
///
/// It may open a session in place of a second factor, if your policy says so; it changes nothing,
/// renews nothing and is no [`Authority`](crate::Authority) (NIST SP 800-63B-4 §5.1). Only
/// this crate makes it. Put its [token](Self::token) in the place of the one that was shown.
///
/// # Example
///
/// ```
/// use second_factor::verdict::Recognized;
///
/// fn open_session(device: &Recognized) -> (Vec<u8>, String) {
///     let cookie = format!("device={}; HttpOnly; Secure", device.token().expose());
///     (device.subject().as_bytes().to_vec(), cookie)
/// }
/// # let _ = open_session;
/// ```
#[must_use = "its new token must be kept, or the device is lost"]
pub struct Recognized {
    subject: SubjectId,
    device: ItemId,
    label: String,
    created_at: UnixTime,
    at: UnixTime,
    epoch: u64,
    token: DeviceToken,
}

impl Recognized {
    pub(crate) fn new(
        subject: SubjectId,
        (device, label, created_at): (ItemId, String, UnixTime),
        at: UnixTime,
        epoch: u64,
        token: DeviceToken,
    ) -> Self {
        Self { subject, device, label, created_at, at, epoch, token }
    }

    /// When it was recognised.
    #[must_use]
    pub const fn recognized_at(&self) -> UnixTime {
        self.at
    }

    /// The public name of the device.
    #[must_use]
    pub const fn device(&self) -> &ItemId {
        &self.device
    }

    /// What the person knows the device by.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Since when it is trusted.
    #[must_use]
    pub const fn created_at(&self) -> UnixTime {
        self.created_at
    }

    /// Whose it is.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }

    /// The token to keep from now on.
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
            .field("since", &self.created_at)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// The finding, by a read that succeeded, that nothing protects the subject.
///
/// Only this crate makes it. An error of the store, a record that cannot be opened and a factor that
/// is locked or disabled are never this.
///
/// # Example
///
/// ```
/// use second_factor::verdict::Unprotected;
///
/// fn open_session(free: Unprotected) -> Vec<u8> {
///     free.subject().as_bytes().to_vec()
/// }
/// # let _ = open_session;
/// ```
#[must_use = "this is the finding that the person may go on without a second factor"]
pub struct Unprotected {
    subject: SubjectId,
}

impl Unprotected {
    pub(crate) const fn new(subject: SubjectId) -> Self {
        Self { subject }
    }

    /// Who.
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

/// What stands between a right first factor and being in.
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
#[must_use = "this says whether a second factor is due"]
#[expect(clippy::exhaustive_enums, reason = "a host must not be able to overlook a third")]
pub enum Next {
    /// A second factor is due. What to offer, the strongest first; empty when every factor is
    /// disabled or of a kind that the policy does not allow, and then nobody gets in this way. Empty
    /// for [`Purpose::Register`] too: send a code to the address that the person names.
    Prove(Vec<Offer>),
    /// Nothing is enrolled.
    Unprotected(Unprotected),
}

/// One way in which a person may prove, for building a screen.
///
/// # Example
///
/// ```
/// use second_factor::verdict::Offer;
///
/// fn line(offer: &Offer) -> String {
///     match offer.address() {
///         Some(address) => format!("send a code to {}", address.masked()),
///         None => "type the code of your app".into(),
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

    /// The address to which a code can be sent, for [`challenge`](crate::Verifier::challenge).
    ///
    /// Show it [masked](Address::masked).
    #[must_use]
    pub const fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    /// The name of the address within the subject, for the form behind a button: two numbers may look
    /// alike when masked.
    #[must_use]
    pub const fn id(&self) -> Option<&ItemId> {
        self.id.as_ref()
    }

    /// The kind of factor.
    #[must_use]
    pub const fn kind(&self) -> FactorKind {
        self.kind
    }

    /// When it can be tried again, if it is locked now.
    #[must_use]
    pub const fn retry_at(&self) -> Option<UnixTime> {
        self.retry_at
    }
}

/// The answer *no*: we looked, and it is refused.
///
/// Its `Display` is one text for every reason. Show that text, or your own, but one; the
/// [reason](Self::reason) is for your log (Regulation (EU) 2018/389 art. 4(3)(a), OWASP ASVS 5.0.0
/// 6.3.8; [FAILURES 58](crate::manual::threats)). Only [`retry_at`](Self::retry_at) may be told.
///
/// # Example
///
/// ```
/// use second_factor::verdict::Denial;
///
/// # use second_factor::UnixTime;
/// fn answer(denial: &Denial, now: UnixTime) -> String {
///     match denial.retry_at() {
///         Some(time) => format!("too many tries: wait {} seconds", time.since(now)),
///         None => denial.to_string(),          // "not verified", whatever the reason
///     }
/// }
/// # let _ = answer;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not verified")]
pub struct Denial {
    reason: Reason,
    retry_at: Option<UnixTime>,
    due: Option<Handle>,
}

impl Denial {
    pub(crate) const fn new(reason: Reason) -> Self {
        Self { reason, retry_at: None, due: None }
    }

    pub(crate) const fn until(reason: Reason, retry_at: UnixTime) -> Self {
        Self { reason, retry_at: Some(retry_at), due: None }
    }

    /// The proof was right, and something is still due to which `handle` leads.
    pub(crate) const fn due(reason: Reason, handle: Handle) -> Self {
        Self { reason, retry_at: None, due: Some(handle) }
    }

    /// What to give to [`Proof::after`](crate::Proof::after), when the proof was right and another of
    /// another kind is due ([`Purpose::Recover`]).
    #[must_use]
    pub const fn another_factor_due(&self) -> Option<&Handle> {
        match self.reason {
            Reason::AnotherFactorDue => self.due.as_ref(),
            _ => None,
        }
    }

    /// What to give to [`Proof::pin`](crate::Proof::pin), when the proof was right and the PIN is due.
    ///
    /// The one refusal that is meant to be told apart: ask for the PIN.
    #[must_use]
    pub const fn pin_due(&self) -> Option<&Handle> {
        match self.reason {
            Reason::PinDue => self.due.as_ref(),
            _ => None,
        }
    }

    /// Why, for the host's log. Never tell the person who asks.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// When to try again, where waiting helps. The person may be told.
    #[must_use]
    pub const fn retry_at(&self) -> Option<UnixTime> {
        self.retry_at
    }
}
