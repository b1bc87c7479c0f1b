//! Identifiers of subjects, records, pending steps and items.

use alloc::{boxed::Box, string::String};
use core::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{FactorKind, UnixTime};

pub use crate::client::InvalidClient;

/// The identifier of a subject: the account that is protected.
///
/// Your application chooses its bytes.
///
/// `Debug` is redacted, because some applications identify users by a phone number or email
/// address.
///
/// # Input
///
/// 1 to 255 bytes, compared as bytes without folding, trimming or decoding. Use an identifier that
/// never changes and is never reused, such as the primary key of an account. A name, a phone number
/// or an email address can be reassigned to another user ([FAILURES 25,
/// 39](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use second_factor::SubjectId;
///
/// let alice = SubjectId::new("user-42")?;
/// assert_eq!(alice.as_bytes(), b"user-42");
/// assert!(SubjectId::new("").is_err());
/// # Ok::<(), second_factor::id::InvalidSubjectId>(())
/// ```
#[doc(alias = "user id")]
#[doc(alias = "account id")]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(Box<[u8]>);

impl SubjectId {
    /// Creates the id of a subject.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSubjectId`] if `name` is empty or has more than 255 bytes.
    pub fn new(name: impl AsRef<[u8]>) -> Result<Self, InvalidSubjectId> {
        let name = name.as_ref();
        if name.is_empty() || name.len() > 255 {
            return Err(InvalidSubjectId);
        }
        Ok(Self(name.into()))
    }

    /// Returns the bytes that were passed to [`new`](Self::new).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

redacted!(SubjectId);

/// The error of a subject id that is empty or has more than 255 bytes.
///
/// # Example
///
/// ```
/// let error = second_factor::SubjectId::new("").unwrap_err();
/// assert_eq!(error.to_string(), "subject id is not 1 to 255 bytes long");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("subject id is not 1 to 255 bytes long")]
#[non_exhaustive]
pub struct InvalidSubjectId;

/// The key under which a store saves one record: 16 opaque bytes.
///
/// Derived from the root key, so it reveals neither the phone number nor the subject id. Records of
/// different kinds have different ids.
///
/// # Example
///
/// ```
/// use second_factor::{Keys, SubjectId};
///
/// let keys = Keys::new([7; 32]);
/// let id = keys.subject_record(&SubjectId::new("user-42")?);
/// assert_eq!(id.as_bytes().len(), 16);
/// assert_eq!(id.to_string().len(), 32);
/// # Ok::<(), second_factor::id::InvalidSubjectId>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId([u8; 16]);

impl RecordId {
    pub(crate) const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the id as bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Writes the id in hexadecimal, for stores with text keys.
impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordId({self})")
    }
}

/// The identifier of a pending step, such as a challenge or an enrollment.
///
/// A handle connects two web requests: put its text into a hidden form field or a cookie, and read
/// it back with [`parse`](Self::parse). A handle consists of 128 random bits and the kind of step,
/// and is valid for one subject only. It contains no code, no counter and no permission.
///
/// `==` takes the same time for every handle.
///
/// # Example
///
/// ```
/// use second_factor::Handle;
///
/// let from_the_cookie = "0400000000000000000000000000";
/// let handle = Handle::parse(from_the_cookie)?;
/// assert_eq!(handle.to_string(), from_the_cookie);
/// assert!(Handle::parse("not a handle").is_err());
/// # Ok::<(), second_factor::id::InvalidHandle>(())
/// ```
#[doc(alias = "session")]
#[doc(alias = "token")]
#[doc(alias = "challenge id")]
#[derive(Clone, Copy)]
pub struct Handle {
    kind: HandleKind,
    id: [u8; 16],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum HandleKind {
    Challenge = 1,
    Enrollment = 2,
    PinDue = 3,
    Request = 4,
    AnotherFactorDue = 6,
}

impl HandleKind {
    const ALL: [Self; 5] =
        [Self::Challenge, Self::Enrollment, Self::PinDue, Self::Request, Self::AnotherFactorDue];
}

impl Handle {
    pub(crate) const fn new(kind: HandleKind, id: [u8; 16]) -> Self {
        Self { kind, id }
    }

    /// Parses the text of a handle.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidHandle`] unless the text is exactly what [`Display`](fmt::Display) wrote.
    /// Handle it like a denial.
    pub fn parse(text: &str) -> Result<Self, InvalidHandle> {
        if text.len() != TEXT_LEN {
            return Err(InvalidHandle);
        }
        let bytes = base32::decode(ALPHABET, text).ok_or(InvalidHandle)?;
        let (&kind, id) = bytes.split_first().ok_or(InvalidHandle)?;
        let is_it = |known: &HandleKind| *known as u8 == kind;
        let kind = HandleKind::ALL.into_iter().find(is_it).ok_or(InvalidHandle)?;
        let handle = Self { kind, id: id.try_into().map_err(|_| InvalidHandle)? };
        // Each handle has one text, or a rate limiter keyed by the text would count spellings
        // separately.
        if handle.text() != text {
            return Err(InvalidHandle);
        }
        Ok(handle)
    }

    pub(crate) const fn id(&self) -> &[u8; 16] {
        &self.id
    }

    /// Returns whether this is the handle of this kind and id, in constant time.
    pub(crate) fn is(&self, kind: HandleKind, id: &[u8; 16]) -> bool {
        self.kind == kind && bool::from(self.id.ct_eq(id))
    }

    fn text(&self) -> String {
        let mut bytes = [0; 17];
        bytes[0] = self.kind as u8;
        bytes[1..].copy_from_slice(&self.id);
        let mut text = base32::encode(ALPHABET, &bytes);
        text.make_ascii_lowercase();
        text
    }
}

/// Writes the handle as 28 letters and digits, safe in a URL, a cookie and a form.
impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            HandleKind::AnotherFactorDue => "Handle(another proof due)",
            HandleKind::Challenge => "Handle(challenge)",
            HandleKind::Enrollment => "Handle(enrollment)",
            HandleKind::PinDue => "Handle(pin due)",
            HandleKind::Request => "Handle(request)",
        })
    }
}

/// Compares in constant time.
impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        other.is(self.kind, &self.id)
    }
}

impl Eq for Handle {}

impl From<&Self> for Handle {
    fn from(handle: &Self) -> Self {
        *handle
    }
}

/// The public id of one item of a subject: an address, a device or a security key.
///
/// The id is random and grants nothing. Use it in the forms of the settings page.
///
/// # Example
///
/// ```
/// use second_factor::id::ItemId;
///
/// assert!(ItemId::parse("not an id").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ItemId([u8; 16]);

impl ItemId {
    pub(crate) const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the id of the one factor of its kind, which was enrolled at this time.
    ///
    /// A form that names a factor which was replaced in the meantime names no factor.
    pub(crate) fn of_factor(kind: FactorKind, enrolled_at: UnixTime) -> Self {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&kind.bit().to_be_bytes());
        bytes[8..].copy_from_slice(&enrolled_at.as_secs().to_be_bytes());
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Creates the id of an item that your application stores itself, such as a passkey.
    ///
    /// It depends on `name` alone: pass the id of the WebAuthn credential. See
    /// [`FirstFactor::Passkey`](crate::FirstFactor::Passkey).
    #[must_use]
    pub fn of(name: impl AsRef<[u8]>) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"second-factor item v1");
        hash.update(name);
        let hash: [u8; 32] = hash.finalize().into();
        Self(core::array::from_fn(|at| hash[at]))
    }

    /// Parses the text of an id.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidHandle`] unless the text is exactly what [`Display`](fmt::Display) wrote.
    pub fn parse(text: &str) -> Result<Self, InvalidHandle> {
        if text.len() != ITEM_LEN {
            return Err(InvalidHandle);
        }
        let bytes = base32::decode(ALPHABET, text).ok_or(InvalidHandle)?;
        let id = Self(bytes.try_into().map_err(|_| InvalidHandle)?);
        if id.text() == text { Ok(id) } else { Err(InvalidHandle) }
    }

    fn text(&self) -> String {
        let mut text = base32::encode(ALPHABET, &self.0);
        text.make_ascii_lowercase();
        text
    }
}

/// Writes the id as 26 letters and digits.
impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ItemId({self})")
    }
}

/// The error of a text that is not a valid [`Handle`] or [`ItemId`].
///
/// # Example
///
/// ```
/// let error = second_factor::Handle::parse("").unwrap_err();
/// assert_eq!(error.to_string(), "not a valid handle");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid handle")]
#[non_exhaustive]
pub struct InvalidHandle;

/// Crockford's alphabet has no look-alikes: a user may have to read a handle to support by phone.
const ALPHABET: base32::Alphabet = base32::Alphabet::Crockford;
/// The length of 17 bytes in Base32.
const TEXT_LEN: usize = 28;
/// The length of 16 bytes in Base32.
const ITEM_LEN: usize = 26;

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn handle_round_trips_through_text() {
        let handle = Handle::new(HandleKind::Enrollment, [0xa5; 16]);
        let again = Handle::parse(&handle.to_string()).unwrap();
        assert!(again.is(HandleKind::Enrollment, &[0xa5; 16]));
        assert!(!again.is(HandleKind::Challenge, &[0xa5; 16]));
        assert!(!again.is(HandleKind::Enrollment, &[0xa4; 16]));
    }

    #[test]
    fn item_id_round_trips_through_text() {
        let item = ItemId::new([0xa5; 16]);
        assert_eq!(ItemId::parse(&item.to_string()), Ok(item));
        assert!(ItemId::parse(&item.to_string().to_uppercase()).is_err());
        assert!(ItemId::parse(&Handle::new(HandleKind::Request, [0; 16]).to_string()).is_err());
    }

    #[test]
    fn handle_rejects_other_spellings() {
        let text = Handle::new(HandleKind::Challenge, [0; 16]).to_string();
        assert!(Handle::parse(&text).is_ok());
        assert!(Handle::parse(&text.replace('0', "o")).is_err());
        assert!(Handle::parse(&alloc::format!("{text} ")).is_err());
        let letters = Handle::new(HandleKind::Challenge, [0xfe; 16]).to_string();
        assert!(Handle::parse(&letters.to_uppercase()).is_err());
        // The last character carries bits beyond the last byte.
        let last = alloc::format!("{}1", &text[..TEXT_LEN - 1]);
        assert!(Handle::parse(&last).is_err());
    }
}
