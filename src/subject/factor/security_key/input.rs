//! Security-key data that the application passes in.

use alloc::string::String;
use core::fmt;

use crate::{id::ItemId, subject::record::security_keys::Blob};

/// The result of another crate's check of a security key's answer.
///
/// # Security
///
/// It is trusted. Your application must construct it from what the *finish* call of that crate
/// returned for this answer, and must not construct it from data that the browser sent.
///
/// # Example
///
/// ```
/// use second_factor::{InvalidSecurityKey, SecurityKeyOutcome};
///
/// assert_eq!(format!("{:?}", SecurityKeyOutcome::failed()), "SecurityKeyOutcome(failed)");
/// # let id = "0".repeat(26).parse::<second_factor::id::ItemId>()?;
/// assert_eq!(SecurityKeyOutcome::passed(id, b"").unwrap_err(), InvalidSecurityKey::Credential);
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[derive(Clone, Copy)]
pub struct SecurityKeyOutcome<'a>(pub(crate) Finding<'a>);

#[derive(Clone, Copy)]
pub(crate) enum Finding<'a> {
    Failed,
    Passed { key: ItemId, credential: &'a [u8] },
}

impl<'a> SecurityKeyOutcome<'a> {
    /// Creates the outcome of an answer that the other crate refused: a failure.
    #[must_use]
    pub const fn failed() -> Self {
        Self(Finding::Failed)
    }

    /// Creates the outcome of an answer of this key that the other crate accepted.
    ///
    /// `credential` is what that crate returns to be stored, including the signature counter if
    /// there is one. It has 1 byte to 2 KiB. Pass the previous bytes if nothing changed.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSecurityKey::Credential`] if it is empty or too long.
    pub const fn passed(key: ItemId, credential: &'a [u8]) -> Result<Self, InvalidSecurityKey> {
        match check_credential(credential) {
            Ok(()) => Ok(Self(Finding::Passed { key, credential })),
            Err(invalid) => Err(invalid),
        }
    }
}

impl fmt::Debug for SecurityKeyOutcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Finding::Failed => "SecurityKeyOutcome(failed)",
            Finding::Passed { .. } => "SecurityKeyOutcome(passed)",
        })
    }
}

/// A security key that another crate registered.
///
/// # Input
///
/// `name`: what the user calls it, 1 to 64 bytes without control characters. `credential`: what the
/// other crate returns to be stored, 1 byte to 2 KiB. This crate does not read it.
///
/// # Example
///
/// ```
/// use second_factor::{InvalidSecurityKey, sans_io::NewSecurityKey};
///
/// assert!(NewSecurityKey::new("the blue one", b"as another crate wrote it").is_ok());
/// assert_eq!(NewSecurityKey::new("", b"so").unwrap_err(), InvalidSecurityKey::Name);
/// assert_eq!(NewSecurityKey::new("blue", b"").unwrap_err(), InvalidSecurityKey::Credential);
/// ```
pub struct NewSecurityKey {
    pub(crate) name: String,
    pub(crate) credential: Blob,
}

impl NewSecurityKey {
    /// Creates a key with this name.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSecurityKey`], which says which argument is out of bounds.
    pub fn new(name: &str, credential: &[u8]) -> Result<Self, InvalidSecurityKey> {
        check_credential(credential)?;
        if !(1..=LONGEST_NAME).contains(&name.len()) || name.contains(char::is_control) {
            return Err(InvalidSecurityKey::Name);
        }
        Ok(Self { name: name.into(), credential: Blob::new(credential) })
    }
}

redacted!(NewSecurityKey);

/// State of another crate that must be stored until a ceremony ends.
///
/// It holds that crate's challenge, if it generates one.
///
/// # Input
///
/// At most 4 KiB, which this crate does not read. Pass an empty slice for a crate that accepts the
/// [challenge](crate::Ceremony::challenge) of this one.
///
/// # Example
///
/// ```
/// use second_factor::sans_io::CeremonyState;
///
/// assert!(CeremonyState::new(b"").is_ok());
/// assert!(CeremonyState::new(&[0; 4097]).is_err());
/// ```
#[derive(Clone)]
pub struct CeremonyState(pub(crate) Blob);

impl CeremonyState {
    /// Creates a state from the bytes of the other crate.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSecurityKey::CeremonyState`] if it is too long.
    pub fn new(bytes: &[u8]) -> Result<Self, InvalidSecurityKey> {
        if bytes.len() > LONGEST_STATE {
            return Err(InvalidSecurityKey::CeremonyState);
        }
        Ok(Self(Blob::new(bytes)))
    }
}

redacted!(CeremonyState);

/// Why the data of a security key is refused.
///
/// # Example
///
/// ```
/// use second_factor::{InvalidSecurityKey, sans_io::NewSecurityKey};
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
    /// The state of a ceremony is too long.
    #[error("the state of a ceremony has at most 4096 bytes")]
    CeremonyState,
    /// The name is empty, too long, or has a control character.
    #[error("the name of a security key has 1 to 64 bytes, without control characters")]
    Name,
}

const fn check_credential(bytes: &[u8]) -> Result<(), InvalidSecurityKey> {
    if bytes.is_empty() || bytes.len() > LONGEST_CREDENTIAL {
        return Err(InvalidSecurityKey::Credential);
    }
    Ok(())
}

/// A passkey takes 300 to 900 bytes.
const LONGEST_CREDENTIAL: usize = 2048;
/// Some crates store a copy of every credential that may answer.
const LONGEST_STATE: usize = 4096;
const LONGEST_NAME: usize = 64;
