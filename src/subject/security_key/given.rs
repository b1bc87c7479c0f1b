//! What a host gives of security keys, with its bounds. Reads none of it.

use alloc::{string::String, vec::Vec};
use core::fmt;

use minicbor::{
    CborLen, Decode, Decoder, Encode, Encoder, bytes::ByteSlice, decode, encode as enc,
};

use crate::{id::ItemId, wiped::Wiped};

/// What another crate found of the answer of a security key.
///
/// # Security
///
/// It is believed. Make it from what the *finish* call of that crate returned for this answer, and
/// from nothing that the browser sent.
///
/// # Example
///
/// ```
/// use second_factor::subject::{InvalidSecurityKey, SecurityKeyOutcome};
///
/// assert_eq!(format!("{:?}", SecurityKeyOutcome::failed()), "SecurityKeyOutcome(failed)");
/// # let id = second_factor::id::ItemId::parse(&"0".repeat(26))?;
/// assert_eq!(SecurityKeyOutcome::passed(id, b"").unwrap_err(), InvalidSecurityKey::Credential);
/// # Ok::<(), second_factor::id::InvalidHandle>(())
/// ```
#[derive(Clone, Copy)]
pub struct SecurityKeyOutcome<'a>(pub(in crate::subject) Found<'a>);

#[derive(Clone, Copy)]
pub(in crate::subject) enum Found<'a> {
    Failed,
    Passed { key: ItemId, credential: &'a [u8] },
}

impl<'a> SecurityKeyOutcome<'a> {
    /// The other crate refused the answer. It counts as a wrong try.
    #[must_use]
    pub const fn failed() -> Self {
        Self(Found::Failed)
    }

    /// The other crate accepted the answer, of this key.
    ///
    /// `credential` is what it wants kept of the key from now on, with the counter of signatures
    /// where there is one; the same as before where it has nothing new. 1 byte to 2 KiB.
    ///
    /// # Errors
    ///
    /// [`InvalidSecurityKey::Credential`].
    pub const fn passed(key: ItemId, credential: &'a [u8]) -> Result<Self, InvalidSecurityKey> {
        match check_credential(credential) {
            Ok(()) => Ok(Self(Found::Passed { key, credential })),
            Err(invalid) => Err(invalid),
        }
    }
}

impl fmt::Debug for SecurityKeyOutcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Found::Failed => "SecurityKeyOutcome(failed)",
            Found::Passed { .. } => "SecurityKeyOutcome(passed)",
        })
    }
}

/// A security key that another crate has registered.
///
/// # Input
///
/// `name`: what its owner calls it, 1 to 64 bytes without control characters. `credential`: what
/// the other crate wants kept of it, 1 byte to 2 KiB, never read here.
///
/// # Example
///
/// ```
/// use second_factor::subject::{InvalidSecurityKey, NewSecurityKey};
///
/// assert!(NewSecurityKey::new("the blue one", b"as another crate wrote it").is_ok());
/// assert_eq!(NewSecurityKey::new("", b"so").unwrap_err(), InvalidSecurityKey::Name);
/// assert_eq!(NewSecurityKey::new("blue", b"").unwrap_err(), InvalidSecurityKey::Credential);
/// ```
pub struct NewSecurityKey {
    pub(super) name: String,
    pub(super) credential: Blob,
}

impl NewSecurityKey {
    /// The key with this name.
    ///
    /// # Errors
    ///
    /// [`InvalidSecurityKey`].
    pub fn new(name: &str, credential: &[u8]) -> Result<Self, InvalidSecurityKey> {
        check_credential(credential)?;
        if !(1..=LONGEST_NAME).contains(&name.len()) || name.contains(char::is_control) {
            return Err(InvalidSecurityKey::Name);
        }
        Ok(Self { name: name.into(), credential: Blob::new(credential) })
    }
}

impl fmt::Debug for NewSecurityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewSecurityKey(redacted)")
    }
}

/// What another crate wants kept until a ceremony ends.
///
/// Its own challenge, if it draws one.
///
/// # Input
///
/// At most 4 KiB, never read here; nothing, for a crate that takes our challenge.
///
/// # Example
///
/// ```
/// use second_factor::subject::CeremonyState;
///
/// assert!(CeremonyState::new(b"").is_ok());
/// assert!(CeremonyState::new(&[0; 4097]).is_err());
/// ```
#[derive(Clone)]
pub struct CeremonyState(pub(super) Blob);

impl CeremonyState {
    /// These bytes.
    ///
    /// # Errors
    ///
    /// [`InvalidSecurityKey::CeremonyState`].
    pub fn new(bytes: &[u8]) -> Result<Self, InvalidSecurityKey> {
        if bytes.len() > LONGEST_KEPT {
            return Err(InvalidSecurityKey::CeremonyState);
        }
        Ok(Self(Blob::new(bytes)))
    }
}

impl fmt::Debug for CeremonyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CeremonyState(redacted)")
    }
}

/// What is not taken of a security key.
///
/// # Example
///
/// ```
/// use second_factor::subject::{InvalidSecurityKey, NewSecurityKey};
///
/// let error = NewSecurityKey::new("one\nand two", b"so").unwrap_err();
/// assert_eq!(error, InvalidSecurityKey::Name);
/// assert!(error.to_string().starts_with("the name of a security key has 1 to 64 bytes"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSecurityKey {
    /// The credential is empty or too long.
    #[error("the credential of a security key has 1 to 2048 bytes")]
    Credential,
    /// What is to be kept for a ceremony is too long.
    #[error("what is kept for a ceremony has at most 4096 bytes")]
    CeremonyState,
    /// The name is empty, too long, or has a control character.
    #[error("the name of a security key has 1 to 64 bytes, none a control character")]
    Name,
}

/// Bytes of another crate. They may be secret, so they are treated as if they were.
#[derive(Clone)]
pub(in crate::subject) struct Blob(Wiped<Vec<u8>>);

impl Blob {
    pub(in crate::subject) fn new(bytes: &[u8]) -> Self {
        Self(Wiped::new(bytes.into()))
    }

    pub(in crate::subject) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<C> Encode<C> for Blob {
    fn encode<W: enc::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), enc::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Blob {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Ok(Self::new(d.bytes()?))
    }
}

impl<C> CborLen<C> for Blob {
    fn cbor_len(&self, _: &mut C) -> usize {
        minicbor::len::<&ByteSlice>(self.bytes().into())
    }
}

const fn check_credential(bytes: &[u8]) -> Result<(), InvalidSecurityKey> {
    if bytes.is_empty() || bytes.len() > LONGEST_CREDENTIAL {
        return Err(InvalidSecurityKey::Credential);
    }
    Ok(())
}

/// Room for a public key and all that goes with it: a passkey takes 300 to 900 bytes.
const LONGEST_CREDENTIAL: usize = 2048;
/// Some crates keep every credential that may answer once more.
const LONGEST_KEPT: usize = 4096;
const LONGEST_NAME: usize = 64;
