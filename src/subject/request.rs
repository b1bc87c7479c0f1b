//! What is asked of a send, and what comes of it, as values. Decides and sends nothing.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::{Alternative, Enroller, SendReference, reserved::BudgetKind};
use crate::{
    Address, Handle, Message, Purpose, UnixTime, id::RecordId, message::Channel,
    purpose::Agreement, remote::RemoteStart,
};

/// A wish to have a code sent.
///
/// # Example
///
/// ```
/// use second_factor::{Address, Purpose, subject::CodeRequest};
///
/// let phone = Address::phone("+14155550100")?;
/// let request = CodeRequest::challenge(&phone, Purpose::SignIn);
/// assert_eq!(format!("{request:?}"), "CodeRequest(challenge)");
/// # Ok::<(), second_factor::address::InvalidAddress>(())
/// ```
#[derive(Clone, Copy)]
pub struct CodeRequest<'a> {
    pub(super) kind: CodeRequestKind<'a>,
    /// By what, if not by the first channel that reaches the address.
    pub(super) channel: Option<Channel>,
    /// Whether codes to numbers are made elsewhere.
    pub(super) is_remote: bool,
}

#[derive(Clone, Copy)]
pub(super) enum CodeRequestKind<'a> {
    Again {
        handle: Handle,
    },
    Challenge {
        address: &'a Address,
        purpose: Purpose,
        agreement: Option<&'a Agreement>,
    },
    Enroll {
        enroller: &'a Enroller,
        address: &'a Address,
    },
    /// A new code by the next channel, in place of the one that this message carried.
    Fallback {
        sent: SendReference,
    },
}

impl<'a> CodeRequest<'a> {
    /// Another code for a challenge, or for the enrollment of an address.
    pub fn again(handle: &impl AsRef<Handle>) -> Self {
        Self::of(CodeRequestKind::Again { handle: *handle.as_ref() })
    }

    /// The same, by this channel rather than the first that reaches the address.
    #[must_use]
    pub const fn by(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// The same, with a code that is made and checked [elsewhere](crate::delivery::RemoteCodes), where
    /// it goes to a number and shows no agreement.
    #[must_use]
    pub const fn remotely(mut self) -> Self {
        self.is_remote = true;
        self
    }

    /// What is asked for by somebody: the address and the purpose of a first code. Nobody asks again
    /// for what follows on it.
    pub(crate) const fn asked(&self) -> Option<(&'a Address, Purpose)> {
        match self.kind {
            CodeRequestKind::Challenge { address, purpose, .. } => Some((address, purpose)),
            CodeRequestKind::Enroll { address, .. } => Some((address, Purpose::Enroll)),
            CodeRequestKind::Again { .. } | CodeRequestKind::Fallback { .. } => None,
        }
    }

    /// A code to a proven address, for `purpose`.
    #[must_use]
    pub const fn challenge(address: &'a Address, purpose: Purpose) -> Self {
        Self::of(CodeRequestKind::Challenge { address, purpose, agreement: None })
    }

    /// A code to a proven address, for agreeing to exactly this, which the message shows.
    #[must_use]
    pub fn transaction(address: &'a Address, agreement: &'a Agreement) -> Self {
        let purpose = agreement.purpose();
        Self::of(CodeRequestKind::Challenge { address, purpose, agreement: Some(agreement) })
    }

    /// A code to an address that is to be proven.
    #[must_use]
    pub const fn enroll(enroller: &'a Enroller, address: &'a Address) -> Self {
        Self::of(CodeRequestKind::Enroll { enroller, address })
    }

    pub(super) const fn of(kind: CodeRequestKind<'a>) -> Self {
        Self { kind, channel: None, is_remote: false }
    }
}

impl fmt::Debug for CodeRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            CodeRequestKind::Again { .. } => "CodeRequest(again)",
            CodeRequestKind::Challenge { .. } => "CodeRequest(challenge)",
            CodeRequestKind::Enroll { .. } => "CodeRequest(enroll)",
            CodeRequestKind::Fallback { .. } => "CodeRequest(onward)",
        })
    }
}

/// A send that is allowed, and the budgets that it is to come out of:
/// [begin](super::Reservation::begin) with it.
///
/// # Example
///
/// See [`Budget`](super::Budget).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendPlan {
    subject: RecordId,
    budget: RecordId,
    prefix: Option<RecordId>,
    is_decoy: bool,
    share: Share,
}

/// How much of the budget of an address a send may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// The address is proven: all of it.
    All,
    /// Anybody can say that an address is theirs: half, so that the owner keeps the rest.
    Half,
}

impl SendPlan {
    pub(super) const fn new(
        subject: RecordId,
        (budget, prefix): (RecordId, Option<RecordId>),
        is_decoy: bool,
        share: Share,
    ) -> Self {
        Self { subject, budget, prefix, is_decoy, share }
    }

    /// The budgets, in the order in which it is taken out of them.
    pub(super) fn budgets(&self) -> impl Iterator<Item = (BudgetKind, RecordId)> {
        let prefix = self.prefix.map(|id| (BudgetKind::Prefix, id));
        core::iter::once((BudgetKind::Address, self.budget)).chain(prefix)
    }

    pub(super) const fn share(&self) -> Share {
        self.share
    }

    /// Whether nothing will be sent, and only the looks of it kept up (FAILURES 100).
    pub(crate) const fn is_decoy(&self) -> bool {
        self.is_decoy
    }
}

/// What a send came to: the challenge for the person, and the message to deliver, if there is one.
///
/// # Example
///
/// ```
/// use second_factor::{Message, subject::{Challenge, Sending}};
///
/// fn after_the_commit(sending: Sending, deliver: impl Fn(Message)) -> Challenge {
///     sending.message.into_iter().for_each(deliver);
///     sending.challenge
/// }
/// # let _ = |sending| after_the_commit(sending, drop);
/// ```
#[derive(Debug)]
#[must_use = "the message must be delivered"]
#[non_exhaustive]
pub struct Sending {
    /// What the person answers to.
    pub challenge: Challenge,
    /// What to deliver. `None` when the address is not proven: then nothing is sent, and nobody is
    /// told so.
    pub message: Option<Message>,
    /// What to have started elsewhere, in place of a message; its name is for
    /// [`Subject::started`](super::Subject::started).
    pub remote: Option<RemoteStart>,
}

/// A code that was sent and waits for its answer.
///
/// Only the [`handle`](Self::handle) must be kept until the answer comes; the rest is for the page.
/// Nothing in it is derived from the code.
///
/// # Example
///
/// ```
/// use second_factor::subject::Challenge;
///
/// fn page(challenge: &Challenge) -> String {
///     format!("Type the {} digits that we sent to {}", challenge.digits(), challenge.masked())
/// }
/// # let _ = page;
/// ```
#[derive(Clone)]
pub struct Challenge {
    pub(super) handle: Handle,
    pub(super) digits: u8,
    pub(super) expires_at: UnixTime,
    pub(super) masked: String,
    pub(super) resend_at: Option<UnixTime>,
    pub(super) channel: Option<Channel>,
    pub(super) alternatives: Vec<Alternative>,
}

impl Challenge {
    /// How many digits the code has.
    #[must_use]
    pub const fn digits(&self) -> u8 {
        self.digits
    }

    /// When the code stops being right.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// The text to keep between two requests.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The address it went to, with its middle hidden.
    #[must_use]
    pub fn masked(&self) -> &str {
        &self.masked
    }

    /// How the code went, for the page: "we called you"; `None` where nobody knows.
    #[must_use]
    pub const fn channel(&self) -> Option<Channel> {
        self.channel
    }

    /// The other ways by which a code can be sent: "try another way". None, when this challenge has had
    /// all its codes.
    #[must_use]
    pub fn alternatives(&self) -> &[Alternative] {
        &self.alternatives
    }

    /// When another code may be sent; `None`: not for this challenge.
    #[must_use]
    pub const fn resend_at(&self) -> Option<UnixTime> {
        self.resend_at
    }
}

impl AsRef<Handle> for Challenge {
    fn as_ref(&self) -> &Handle {
        &self.handle
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenge")
            .field("digits", &self.digits)
            .field("expires_at", &self.expires_at)
            .field("resend_at", &self.resend_at)
            .finish_non_exhaustive()
    }
}
