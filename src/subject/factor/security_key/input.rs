//! Security-key data that the application supplies.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::{
    amr::Methods,
    denial::{Denial, Reason},
    factor::FactorKind,
    id::ItemId,
    purpose::Operation,
    subject::record::security_keys::Blob,
};

/// The result of a WebAuthn crate's verification of a security-key response.
///
/// # Security
///
/// This crate trusts the result. Your application must construct it from the return value of the
/// *finish* function of the WebAuthn crate for this response. Never construct it from data that the
/// browser sent.
///
/// # Example
///
/// ```
/// use second_factor::proof::SecurityKeyOutcome;
///
/// # let key = "0".repeat(26).parse::<second_factor::ItemId>()?;
/// let outcome = SecurityKeyOutcome::passed(&key, b"the updated credential").user_verified(true);
/// assert_eq!(format!("{outcome:?}"), "SecurityKeyOutcome(passed, user verified)");
/// assert_eq!(format!("{:?}", SecurityKeyOutcome::failed()), "SecurityKeyOutcome(failed)");
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[derive(Clone)]
pub struct SecurityKeyOutcome(pub(crate) Finding);

#[derive(Clone)]
pub(crate) enum Finding {
    Failed,
    Passed { key: ItemId, credential: Blob, is_user_verified: bool, is_device_bound: bool },
}

impl SecurityKeyOutcome {
    /// Creates the outcome of a response that the WebAuthn crate refused.
    #[must_use]
    pub const fn failed() -> Self {
        Self(Finding::Failed)
    }

    /// Creates the outcome of a response of `key` that the WebAuthn crate accepted.
    ///
    /// # Input
    ///
    /// `credential`: the serialized credential that the WebAuthn crate returns, including the
    /// signature counter if there is one. Pass the previous bytes if it did not change. It has 1
    /// byte to 2 KiB. Any other length is refused as [malformed](crate::denial::Reason::Malformed).
    #[must_use]
    pub fn passed(key: &ItemId, credential: &[u8]) -> Self {
        Self(Finding::Passed {
            key: *key,
            credential: Blob::bounded(credential, LONGEST_CREDENTIAL),
            is_user_verified: false,
            is_device_bound: false,
        })
    }

    /// Sets whether the credential cannot leave its device. Default: no.
    ///
    /// The WebAuthn crate reads this property from the flag *backup eligible*, which must be unset.
    #[must_use]
    pub const fn device_bound(mut self, is_bound: bool) -> Self {
        if let Finding::Passed { is_device_bound, .. } = &mut self.0 {
            *is_device_bound = is_bound;
        }
        self
    }

    /// Sets whether the key verified its user, by a PIN or a biometric. Default: no.
    ///
    /// A key that verifies its user counts as two factors. Without a first factor, only such a key
    /// is sufficient to sign in.
    #[doc(alias = "uv")]
    #[must_use]
    pub const fn user_verified(mut self, is_verified: bool) -> Self {
        if let Finding::Passed { is_user_verified, .. } = &mut self.0 {
            *is_user_verified = is_verified;
        }
        self
    }

    /// Returns an error if the credential must not be stored.
    pub(crate) fn check_form(&self) -> Result<(), Denial> {
        match &self.0 {
            Finding::Passed { credential, .. } if check_credential(credential.bytes()).is_err() => {
                Err(Denial::new(Reason::Malformed))
            }
            Finding::Failed | Finding::Passed { .. } => Ok(()),
        }
    }

    /// Returns the id of the key that responded.
    pub(crate) const fn key(&self) -> Option<&[u8; 16]> {
        match &self.0 {
            Finding::Failed => None,
            Finding::Passed { key, .. } => Some(key.as_bytes()),
        }
    }

    /// Returns the methods by which the key proves its user.
    pub(crate) const fn methods(&self) -> Methods {
        match self.0 {
            Finding::Failed => Methods::of(FactorKind::SecurityKey),
            Finding::Passed { is_user_verified, is_device_bound, .. } => {
                Methods::of_key(is_user_verified, is_device_bound)
            }
        }
    }
}

impl fmt::Debug for SecurityKeyOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding::Passed { is_user_verified, is_device_bound, .. } = self.0 else {
            return f.write_str("SecurityKeyOutcome(failed)");
        };
        let user = if is_user_verified { ", user verified" } else { "" };
        let device = if is_device_bound { ", device-bound" } else { "" };
        write!(f, "SecurityKeyOutcome(passed{user}{device})")
    }
}

/// A request for a ceremony: its purpose, and the state of the WebAuthn crate.
///
/// A byte slice with the state converts into a request for signing in.
///
/// # Input
///
/// `state`: at most 4 KiB, which this crate does not interpret. Pass an empty slice for a WebAuthn
/// crate that accepts the [challenge](crate::proof::Ceremony::challenge) of this crate.
///
/// # Example
///
/// ```
/// use second_factor::{Error, Purpose, SubjectId, Verifier, proof::{Ceremony, CeremonyRequest}};
///
/// async fn sign_in(app: &Verifier, alice: &SubjectId, state: &[u8]) -> Result<Ceremony, Error> {
///     app.begin_security_key(alice, state).await
/// }
///
/// async fn step_up(app: &Verifier, alice: &SubjectId, state: &[u8]) -> Result<Ceremony, Error> {
///     let request = CeremonyRequest::new(state).purpose(Purpose::StepUp);
///     app.begin_security_key(alice, request).await
/// }
/// # let _ = (sign_in, step_up);
/// ```
pub struct CeremonyRequest {
    operation: Operation,
    state: Blob,
}

impl CeremonyRequest {
    /// Creates a request for signing in.
    #[must_use]
    pub fn new(state: &[u8]) -> Self {
        Self { operation: Operation::SignIn, state: Blob::bounded(state, LONGEST_STATE) }
    }

    /// Sets the purpose.
    #[must_use]
    pub fn purpose(mut self, operation: impl Into<Operation>) -> Self {
        self.operation = operation.into();
        self
    }

    pub(crate) fn checked(self) -> Result<(Operation, CeremonyState), InvalidSecurityKey> {
        Ok((self.operation, CeremonyState::of(self.state)?))
    }
}

impl From<&[u8]> for CeremonyRequest {
    fn from(state: &[u8]) -> Self {
        Self::new(state)
    }
}

impl<const N: usize> From<&[u8; N]> for CeremonyRequest {
    fn from(state: &[u8; N]) -> Self {
        Self::new(state)
    }
}

impl From<&Vec<u8>> for CeremonyRequest {
    fn from(state: &Vec<u8>) -> Self {
        Self::new(state)
    }
}

redacted!(CeremonyRequest);

/// A security key that a WebAuthn crate registered.
///
/// # Input
///
/// `name`: the user's name for the key, 1 to 64 bytes without control characters. `credential`: the
/// serialized credential that the WebAuthn crate returns, 1 byte to 2 KiB. This crate does not
/// interpret it.
///
/// # Example
///
/// ```
/// use second_factor::enrollment::{InvalidSecurityKey, NewSecurityKey};
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
    /// Returns an [`InvalidSecurityKey`] that names the argument that is out of bounds.
    pub fn new(name: &str, credential: &[u8]) -> Result<Self, InvalidSecurityKey> {
        check_credential(credential)?;
        if !(1..=LONGEST_NAME).contains(&name.len()) || name.contains(char::is_control) {
            return Err(InvalidSecurityKey::Name);
        }
        Ok(Self { name: name.into(), credential: Blob::new(credential) })
    }
}

redacted!(NewSecurityKey);

/// The state of a WebAuthn crate, to be stored until a ceremony ends.
///
/// The state contains the challenge of the WebAuthn crate, if that crate generates one.
///
/// # Input
///
/// The state has at most 4 KiB, which this crate does not interpret. Pass an empty slice for a
/// WebAuthn crate that accepts the [challenge](crate::proof::Ceremony::challenge) of this crate.
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
    /// Creates a state from the bytes that the WebAuthn crate serialized.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSecurityKey::CeremonyState`] if the state is too long.
    pub fn new(bytes: &[u8]) -> Result<Self, InvalidSecurityKey> {
        Self::of(Blob::bounded(bytes, LONGEST_STATE))
    }

    fn of(blob: Blob) -> Result<Self, InvalidSecurityKey> {
        if blob.bytes().len() > LONGEST_STATE {
            return Err(InvalidSecurityKey::CeremonyState);
        }
        Ok(Self(blob))
    }
}

redacted!(CeremonyState);

/// The error returned when the data of a security key is invalid.
///
/// # Example
///
/// ```
/// use second_factor::enrollment::{InvalidSecurityKey, NewSecurityKey};
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
    /// The name is empty, too long, or contains a control character.
    #[error("the name of a security key has 1 to 64 bytes, without control characters")]
    Name,
}

const fn check_credential(bytes: &[u8]) -> Result<(), InvalidSecurityKey> {
    if bytes.is_empty() || bytes.len() > LONGEST_CREDENTIAL {
        return Err(InvalidSecurityKey::Credential);
    }
    Ok(())
}

/// The maximum length of a credential. A passkey has 300 to 900 bytes.
const LONGEST_CREDENTIAL: usize = 2048;
/// The maximum length of a state. Some crates store a copy of every credential that may be used.
const LONGEST_STATE: usize = 4096;
const LONGEST_NAME: usize = 64;
