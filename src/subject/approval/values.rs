//! Sign-in requests as the devices see them. Decides nothing.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::super::device::short;
use crate::{Handle, Message, Purpose, UnixTime, code::Code, purpose::Agreement};

/// Where a sign-in request comes from, as the person who answers it is shown.
///
/// # Input
///
/// Words for people, from what you know of the request: a place looked up from the network address,
/// the browser. Control characters, line expires_at and marks of direction are left out; each is cut to 64
/// characters.
///
/// # Example
///
/// ```
/// use second_factor::subject::RequestedFrom;
///
/// let from = RequestedFrom::new("Firefox on Linux", "Lisbon, Portugal");
/// assert_eq!(format!("{from:?}"), "RequestedFrom(redacted)");
/// ```
#[derive(Clone)]
pub struct RequestedFrom {
    pub(super) device: String,
    pub(super) place: String,
}

impl RequestedFrom {
    /// This device at this place.
    #[must_use]
    pub fn new(device: &str, place: &str) -> Self {
        Self { device: short(device), place: short(place) }
    }
}

impl fmt::Debug for RequestedFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestedFrom(redacted)")
    }
}

/// A sign-in request, for the device that asks: it shows the number and waits.
///
/// # Example
///
/// ```
/// use second_factor::subject::SignInRequest;
///
/// fn page(request: &SignInRequest) -> String {
///     format!("On your other device, type {}", request.number().expose())
/// }
/// # let _ = page;
/// ```
pub struct SignInRequest {
    pub(super) handle: Handle,
    pub(super) number: Code,
    pub(super) expires_at: UnixTime,
}

impl SignInRequest {
    /// When it expires_at.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// The text to keep, for [`Proof::sign_in_request`](crate::Proof::sign_in_request).
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The two digits to show, on this device alone.
    #[must_use]
    pub const fn number(&self) -> &Code {
        &self.number
    }
}

impl AsRef<Handle> for SignInRequest {
    fn as_ref(&self) -> &Handle {
        &self.handle
    }
}

impl fmt::Debug for SignInRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInRequest")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A request that was written down, and what is to be pushed for it.
///
/// For hosts that drive the core; [`Verifier::request_sign_in`](crate::Verifier::request_sign_in)
/// does it all.
///
/// # Example
///
/// ```
/// use second_factor::{Message, subject::{RequestedSignIn, SignInRequest}};
///
/// fn after_the_commit(approval: RequestedSignIn, deliver: impl Fn(Message)) -> SignInRequest {
///     approval.messages.into_iter().for_each(deliver);
///     approval.request
/// }
/// # let _ = |approval| after_the_commit(approval, drop);
/// ```
#[derive(Debug)]
#[must_use = "the messages must be delivered"]
#[non_exhaustive]
pub struct RequestedSignIn {
    /// For the device that asks.
    pub request: SignInRequest,
    /// For those that may answer: each holds a name and nothing else.
    pub messages: Vec<Message>,
}

/// A sign-in request, as a trusted device shows it.
///
/// # Example
///
/// ```
/// use second_factor::subject::PendingRequest;
///
/// fn page(pending: &PendingRequest) -> String {
///     format!("{} at {} wants in. Type its number.", pending.device(), pending.place())
/// }
/// # let _ = page;
/// ```
pub struct PendingRequest {
    pub(super) handle: Handle,
    pub(super) device: String,
    pub(super) place: String,
    pub(super) purpose: Purpose,
    pub(super) agreement: Option<Agreement>,
    pub(super) expires_at: UnixTime,
}

impl PendingRequest {
    /// For a transaction, what is agreed to. Show it.
    #[must_use]
    pub const fn agreement(&self) -> Option<&Agreement> {
        self.agreement.as_ref()
    }

    /// The device that asks. Escape it: a browser said it.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.device
    }

    /// When it expires_at.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// What to answer to.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// From where.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// For what.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }
}

impl AsRef<Handle> for PendingRequest {
    fn as_ref(&self) -> &Handle {
        &self.handle
    }
}

impl fmt::Debug for PendingRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingRequest")
            .field("purpose", &self.purpose)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// What a person answers to a sign-in request.
///
/// # Example
///
/// ```
/// use second_factor::subject::RequestAnswer;
///
/// assert_eq!(format!("{:?}", RequestAnswer::Approve("07")), "RequestAnswer(approve)");
/// ```
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "these are the three buttons")]
pub enum RequestAnswer<'a> {
    /// Yes: the number that the other device shows, *typed*. Neither a tap nor a choice of several is
    /// enough (NIST SP 800-63B-4 §3.1.3).
    Approve(&'a str),
    /// No: it was me, and I have changed my mind.
    Cancel,
    /// No, and it was somebody else: they have the password.
    NotMe,
}

impl fmt::Debug for RequestAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Approve(_) => "RequestAnswer(approve)",
            Self::Cancel => "RequestAnswer(cancel)",
            Self::NotMe => "RequestAnswer(not me)",
        })
    }
}
