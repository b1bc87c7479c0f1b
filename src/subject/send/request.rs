//! Requests for codes.

use core::fmt;

use super::reference::SendReference;
use crate::{
    Address, Handle, message::Channel, operation::Operation, purpose::Agreement,
    subject::manage::authority::Enroller,
};

/// A request for a code.
///
/// # Example
///
/// ```
/// use second_factor::{Address, Operation, sans_io::CodeRequest};
///
/// let phone = Address::phone("+14155550100")?;
/// let request = CodeRequest::challenge(&phone, Operation::SignIn);
/// assert_eq!(format!("{request:?}"), "CodeRequest(challenge)");
/// # Ok::<(), second_factor::address::InvalidAddress>(())
/// ```
#[derive(Clone, Copy)]
pub struct CodeRequest<'a> {
    pub(crate) kind: CodeRequestKind<'a>,
    /// The channel; `None` for the first one that reaches the address.
    pub(crate) channel: Option<Channel>,
    /// Whether the provider generates codes to phone numbers.
    pub(crate) is_remote: bool,
}

#[derive(Clone, Copy)]
pub(crate) enum CodeRequestKind<'a> {
    Again {
        handle: Handle,
    },
    Challenge {
        address: &'a Address,
        purpose: Operation,
        agreement: Option<&'a Agreement>,
    },
    Enroll {
        enroller: &'a Enroller,
        address: &'a Address,
    },
    /// Another code by the fallback channel, instead of the one that this message carried.
    Fallback {
        sent: SendReference,
    },
}

impl<'a> CodeRequest<'a> {
    /// Requests another code for a challenge, or for the enrollment of an address.
    pub fn again(handle: &impl AsRef<Handle>) -> Self {
        Self::of(CodeRequestKind::Again { handle: *handle.as_ref() })
    }

    /// Requests a code to a proven address, for `purpose`.
    #[must_use]
    pub const fn challenge(address: &'a Address, purpose: Operation) -> Self {
        Self::of(CodeRequestKind::Challenge { address, purpose, agreement: None })
    }

    /// Requests a code to an address that is to be enrolled.
    #[must_use]
    pub const fn enroll(enroller: &'a Enroller, address: &'a Address) -> Self {
        Self::of(CodeRequestKind::Enroll { enroller, address })
    }

    /// Requests a code to a proven address for this agreement, which the message shows.
    #[must_use]
    pub fn transaction(address: &'a Address, agreement: &'a Agreement) -> Self {
        let purpose = agreement.purpose().into();
        Self::of(CodeRequestKind::Challenge { address, purpose, agreement: Some(agreement) })
    }

    /// Sets the channel. The default is the first channel that reaches the address.
    #[must_use]
    pub const fn by(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// Requests a provider-managed code, where one can be used.
    ///
    /// It can be [used](crate::delivery::RemoteCodes) for a phone number, if the message need not
    /// show an agreement.
    #[must_use]
    pub const fn remotely(mut self) -> Self {
        self.is_remote = true;
        self
    }

    pub(crate) const fn agreement(&self) -> Option<&'a Agreement> {
        match self.kind {
            CodeRequestKind::Challenge { agreement, .. } => agreement,
            CodeRequestKind::Again { .. }
            | CodeRequestKind::Enroll { .. }
            | CodeRequestKind::Fallback { .. } => None,
        }
    }

    /// The address and the purpose of a first code, for the send guard.
    ///
    /// Another code needs no guard.
    pub(crate) const fn asked(&self) -> Option<(&'a Address, Operation)> {
        match self.kind {
            CodeRequestKind::Challenge { address, purpose, .. } => Some((address, purpose)),
            CodeRequestKind::Enroll { address, .. } => Some((address, Operation::Enroll)),
            CodeRequestKind::Again { .. } | CodeRequestKind::Fallback { .. } => None,
        }
    }

    pub(crate) const fn of(kind: CodeRequestKind<'a>) -> Self {
        Self { kind, channel: None, is_remote: false }
    }
}

impl SendReference {
    /// Requests another code by the fallback channel, if this one is still the newest.
    #[must_use]
    pub const fn fallback(&self) -> CodeRequest<'static> {
        CodeRequest::of(CodeRequestKind::Fallback { sent: *self })
    }
}

impl fmt::Debug for CodeRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            CodeRequestKind::Again { .. } => "CodeRequest(again)",
            CodeRequestKind::Challenge { .. } => "CodeRequest(challenge)",
            CodeRequestKind::Enroll { .. } => "CodeRequest(enroll)",
            CodeRequestKind::Fallback { .. } => "CodeRequest(fallback)",
        })
    }
}
