//! Requests for codes.

use alloc::string::{String, ToString as _};

use core::fmt;

use super::reference::SendReference;
use crate::{
    address::Address,
    channel::Channel,
    id::{Handle, ItemId},
    purpose::{Agreement, Operation},
    subject::manage::authority::Enroller,
};

/// A request for a code, for [`send_code`](crate::Verifier::send_code).
///
/// The id of an address converts into a request for signing in.
///
/// # Example
///
/// ```
/// use second_factor::{Address, Channel, CodeRequest, Handle, ItemId, Purpose};
///
/// fn requests(number: &ItemId, sent: &Handle) -> [CodeRequest; 3] {
///     [
///         number.into(),
///         CodeRequest::to(number).purpose(Purpose::StepUp),
///         CodeRequest::again(sent).by(Channel::Voice),
///     ]
/// }
///
/// let number = Address::phone("+14155550100")?;
/// assert_eq!(format!("{:?}", CodeRequest::register(&number)), "CodeRequest(address)");
/// # let _ = requests;
/// # Ok::<(), second_factor::address::InvalidAddress>(())
/// ```
#[derive(Clone)]
pub struct CodeRequest {
    pub(crate) kind: CodeRequestKind,
    /// The channel, or `None` for the first channel that reaches the address.
    pub(crate) channel: Option<Channel>,
    /// Whether the provider generates codes to phone numbers.
    pub(crate) is_remote: bool,
    /// Whether the request named the address by its id, which only an enrolled address has.
    pub(crate) is_by_id: bool,
}

#[derive(Clone)]
pub(crate) enum CodeRequestKind {
    Address {
        address: Address,
        operation: Operation,
        agreement: Option<Agreement>,
    },
    Again {
        handle: Handle,
    },
    Enroll {
        enroller: Enroller,
        address: Address,
    },
    /// Another code by the fallback channel, in place of the one in this message.
    Fallback {
        sent: SendReference,
    },
    Item {
        item: ItemId,
        operation: Operation,
        agreement: Option<Agreement>,
    },
}

impl CodeRequest {
    /// Returns what distinguishes the request besides its address, as input to its randomness.
    pub(crate) fn identity(&self) -> (u8, String) {
        match &self.kind {
            CodeRequestKind::Address { operation, .. }
            | CodeRequestKind::Item { operation, .. } => (operation.tag(), String::new()),
            CodeRequestKind::Again { handle } => (255, handle.to_string()),
            CodeRequestKind::Enroll { .. } => (Operation::Enroll.tag(), String::new()),
            CodeRequestKind::Fallback { .. } => (254, String::new()),
        }
    }

    /// Requests another code for a challenge, or for the enrollment of an address.
    #[doc(alias = "resend")]
    pub fn again(challenge: impl Into<Handle>) -> Self {
        Self::of(CodeRequestKind::Again { handle: challenge.into() })
    }

    /// Requests a code to an address that is to be enrolled.
    pub(crate) fn enroll(enroller: &Enroller, address: &Address) -> Self {
        let (enroller, address) = (enroller.clone(), address.clone());
        Self::of(CodeRequestKind::Enroll { enroller, address })
    }

    /// Requests a code that proves an address for [registration](crate::Verifier::register).
    ///
    /// # Security
    ///
    /// Never read both the subject and the address from one request of a client. The code proves
    /// control of the address, so derive the subject from the address.
    #[must_use]
    pub fn register(address: &Address) -> Self {
        Self::to_address(address).purpose(Operation::Register)
    }

    /// Requests a code to the proven address with this id, for signing in.
    #[must_use]
    pub const fn to(item: &ItemId) -> Self {
        let operation = Operation::SignIn;
        Self::of(CodeRequestKind::Item { item: *item, operation, agreement: None })
    }

    /// Requests a code to a proven address, for signing in.
    ///
    /// For an address that is not proven, the result looks the same and nothing is sent. The code
    /// is sent by WhatsApp only if you name that [channel](Self::by), because the owner can allow
    /// it only for a proven number. Prefer [`to`](Self::to): the id is that of an
    /// [`Offer`](crate::Offer).
    #[must_use]
    pub fn to_address(address: &Address) -> Self {
        let (address, operation) = (address.clone(), Operation::SignIn);
        Self::of(CodeRequestKind::Address { address, operation, agreement: None })
    }

    /// Sets the agreement that the message shows, and the transaction as the purpose.
    #[doc(alias = "psd2")]
    #[must_use]
    pub fn agreement(self, agreement: &Agreement) -> Self {
        let mut request = self.purpose(agreement.purpose());
        if let CodeRequestKind::Address { agreement: shown, .. }
        | CodeRequestKind::Item { agreement: shown, .. } = &mut request.kind
        {
            *shown = Some(agreement.clone());
        }
        request
    }

    /// Sets the channel. The default is the first channel that reaches the address.
    ///
    /// If the channel does not reach the address, or is not
    /// [allowed](crate::Verifier::set_whatsapp) for it, the result looks the same, but nothing is
    /// sent.
    #[doc(alias = "voice call")]
    #[doc(alias = "whatsapp")]
    #[must_use]
    pub const fn by(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// Sets the purpose of the code. The default is signing in.
    ///
    /// A request for another code retains the purpose of the first.
    #[must_use]
    pub fn purpose(mut self, operation: impl Into<Operation>) -> Self {
        if let CodeRequestKind::Address { operation: of, .. }
        | CodeRequestKind::Item { operation: of, .. } = &mut self.kind
        {
            *of = operation.into();
        }
        self
    }

    /// Requests a provider-managed code, if one can be used.
    ///
    /// It can be [used](crate::delivery::RemoteCodes) for a phone number, unless the message must
    /// show an agreement.
    pub(crate) const fn remotely(mut self, is_remote: bool) -> Self {
        self.is_remote = is_remote;
        self
    }

    /// Returns the address if the caller named it by its text, because it may be a guess (FAILURES
    /// 100).
    pub(crate) const fn guessed(&self) -> Option<&Address> {
        match &self.kind {
            CodeRequestKind::Address { address, .. } if !self.is_by_id => Some(address),
            _ => None,
        }
    }

    pub(crate) const fn shown_agreement(&self) -> Option<&Agreement> {
        match &self.kind {
            CodeRequestKind::Address { agreement, .. }
            | CodeRequestKind::Item { agreement, .. } => agreement.as_ref(),
            CodeRequestKind::Again { .. }
            | CodeRequestKind::Enroll { .. }
            | CodeRequestKind::Fallback { .. } => None,
        }
    }

    /// Returns the address and the purpose of a first code, for the send guard.
    ///
    /// A further code does not need the guard.
    pub(crate) const fn asked(&self) -> Option<(&Address, Operation)> {
        match &self.kind {
            CodeRequestKind::Address { address, operation, .. } => Some((address, *operation)),
            CodeRequestKind::Enroll { address, .. } => Some((address, Operation::Enroll)),
            CodeRequestKind::Again { .. }
            | CodeRequestKind::Fallback { .. }
            | CodeRequestKind::Item { .. } => None,
        }
    }

    /// Returns the purpose of a first code.
    pub(crate) const fn operation(&self) -> Option<Operation> {
        match &self.kind {
            CodeRequestKind::Address { operation, .. }
            | CodeRequestKind::Item { operation, .. } => Some(*operation),
            CodeRequestKind::Enroll { .. } => Some(Operation::Enroll),
            CodeRequestKind::Again { .. } | CodeRequestKind::Fallback { .. } => None,
        }
    }

    pub(crate) const fn of(kind: CodeRequestKind) -> Self {
        Self { kind, channel: None, is_remote: false, is_by_id: false }
    }
}

impl From<&ItemId> for CodeRequest {
    fn from(item: &ItemId) -> Self {
        Self::to(item)
    }
}

impl SendReference {
    /// Requests another code by the fallback channel, if this send is still the newest.
    #[must_use]
    pub const fn fallback(&self) -> CodeRequest {
        CodeRequest::of(CodeRequestKind::Fallback { sent: *self })
    }
}

impl fmt::Debug for CodeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            CodeRequestKind::Address { .. } => "CodeRequest(address)",
            CodeRequestKind::Again { .. } => "CodeRequest(again)",
            CodeRequestKind::Enroll { .. } => "CodeRequest(enroll)",
            CodeRequestKind::Fallback { .. } => "CodeRequest(fallback)",
            CodeRequestKind::Item { .. } => "CodeRequest(item)",
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::id::HandleKind;

    #[test]
    fn requests_for_different_purposes_or_codes_differ() {
        let number = Address::phone("+14155550100").unwrap();
        let sign_in = CodeRequest::to_address(&number);
        let again = |of: u8| CodeRequest::again(Handle::new(HandleKind::Challenge, [of; 16]));
        let requests = [
            sign_in.clone(),
            sign_in.purpose(Operation::StepUp),
            CodeRequest::register(&number),
            again(1),
            again(2),
        ];
        let identities: Vec<_> = requests.iter().map(CodeRequest::identity).collect();
        for (at, identity) in identities.iter().enumerate() {
            assert!(!identities[..at].contains(identity), "{identity:?}");
        }
    }
}
