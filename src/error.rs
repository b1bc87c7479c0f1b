//! The error type of constructors.

use core::fmt;

/// The error returned when a constructor rejects its input.
///
/// `Display` names the invalid value and states what is expected. The message never contains the
/// input, so it is safe to log.
///
/// A constructor has its own error type if an application may need to distinguish its errors, such
/// as [`InvalidAddress`](crate::address::InvalidAddress).
///
/// # Example
///
/// ```
/// use second_factor::{Error, Handle, SubjectId};
///
/// let error = SubjectId::new("").unwrap_err();
/// assert_eq!(error.to_string(), "subject id is not 1 to 255 bytes without control characters");
/// let error = Error::from("a handle".parse::<Handle>().unwrap_err());
/// assert_eq!(error.to_string(), "not a valid handle");
/// ```
#[doc(alias = "validation error")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid(pub(crate) What);

/// The value that is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Actor,
    ActReason,
    Agreement,
    AppHash,
    #[cfg(feature = "gateways")]
    AppId,
    Channel,
    Client,
    CountryPrefix,
    FactorKind,
    Generation,
    Handle,
    ItemId,
    Language,
    #[cfg(feature = "std")]
    Time,
    RemoteId,
    RootKey,
    SubjectId,
    SubjectIdBytes,
    SubjectIdPrefix,
    SupportCodeLifetime,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            What::Actor => "an actor has 1 to 200 bytes, without control characters",
            What::ActReason => "a reason has 1 to 200 bytes, without control characters",
            What::Agreement => {
                "an agreement has 1 to 8 fields, each with a unique name of 1 to 40 bytes and a \
                 value of 1 to 140, without control and direction characters and without `@host \
                 #code`"
            }
            What::AppHash => "an app hash has eleven letters, digits, + or /",
            #[cfg(feature = "gateways")]
            What::AppId => "an app id has 1 to 155 letters, digits, dots, hyphens and underscores",
            What::Channel => "not the name of a channel",
            What::Client => "client binding is not 16 to 4096 bytes long",
            What::CountryPrefix => {
                "a prefix is + and the first digits of an international number, like +44"
            }
            What::FactorKind => "not the name of a kind of factor",
            What::Generation => {
                "a generation of keys has a number and a random key of its own, and at most 3 are known"
            }
            What::Handle => "not a valid handle",
            What::ItemId => "not a valid item id",
            What::Language => "a language must be a BCP 47 tag like pt-BR, of at most 35 bytes",
            #[cfg(feature = "std")]
            What::Time => "time is before 1970",
            What::RemoteId => {
                "provider-managed code id is not 1 to 64 letters, digits, dots, hyphens and \
                 underscores"
            }
            What::RootKey => "root key is not 32 bytes in this encoding",
            What::SubjectId => "subject id is not 1 to 255 bytes without control characters",
            What::SubjectIdBytes => "subject id is not 1 to 64 bytes long",
            What::SubjectIdPrefix => {
                "subject id has a reserved prefix: bytes, email, phone or push and a colon"
            }
            What::SupportCodeLifetime => "a support code is valid for 1 minute to 24 hours",
        })
    }
}

impl core::error::Error for Invalid {}
