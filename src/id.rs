//! Identifiers of subjects, records, pending steps and items.

mod subject_id;

use alloc::string::String;
use core::{fmt, str::FromStr};

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

pub use self::subject_id::SubjectId;
use crate::{
    error::{Invalid, What},
    factor::FactorKind,
    time::UnixTime,
};

/// The key under which a store saves one record: 16 opaque bytes.
///
/// The id is derived from the root key, so it reveals neither the phone number nor the subject id.
/// Records of different kinds have different ids.
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
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId([u8; 16]);

impl RecordId {
    pub(crate) const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the id as 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) const fn bytes(&self) -> &[u8; 16] {
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
/// A handle connects two web requests. Put its string form into a hidden form field or a cookie,
/// and parse that string with [`FromStr`]. With the feature `serde`, a handle can also be a field
/// of your own form type. A handle consists of 128 random bits and the kind of step, and is valid
/// for one subject only. It contains no code, no counter and no permission.
///
/// `==` compares handles in constant time.
///
/// # Example
///
/// ```
/// use second_factor::Handle;
///
/// let from_the_cookie = "0400000000000000000000000000";
/// let handle: Handle = from_the_cookie.parse()?;
/// assert_eq!(handle.to_string(), from_the_cookie);
/// assert!("not a handle".parse::<Handle>().is_err());
/// # Ok::<(), second_factor::error::Invalid>(())
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

    pub(crate) const fn id(&self) -> &[u8; 16] {
        &self.id
    }

    /// Returns whether the handle has this kind and id, in constant time.
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

/// Parses exactly the output of [`Display`](fmt::Display).
///
/// Treat an error like a denial.
impl FromStr for Handle {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = Invalid(What::Handle);
        if text.len() != TEXT_LEN {
            return Err(invalid);
        }
        let bytes = base32::decode(ALPHABET, text).ok_or(invalid)?;
        let (&kind, id) = bytes.split_first().ok_or(invalid)?;
        let is_it = |known: &HandleKind| *known as u8 == kind;
        let kind = HandleKind::ALL.into_iter().find(is_it).ok_or(invalid)?;
        let handle = Self { kind, id: id.try_into().map_err(|_| invalid)? };
        // Each handle has one spelling. Otherwise, a rate limiter keyed by the string would count
        // other spellings separately.
        if handle.text() == text { Ok(handle) } else { Err(invalid) }
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

/// Compares two handles in constant time.
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
/// use second_factor::ItemId;
///
/// assert!("not an id".parse::<ItemId>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ItemId([u8; 16]);

impl ItemId {
    pub(crate) const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the id of a factor that a subject can enroll only once.
    ///
    /// The id depends on the time of enrollment. After the factor is replaced, the old id therefore
    /// matches no factor.
    pub(crate) fn of_factor(kind: FactorKind, enrolled_at: UnixTime) -> Self {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&kind.bit().to_be_bytes());
        bytes[8..].copy_from_slice(&enrolled_at.as_secs().to_be_bytes());
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Creates the id of an item that your application stores, such as a passkey.
    ///
    /// The id depends on `name` alone: pass the id of the WebAuthn credential, which has at most
    /// 1,023 bytes. Only the first 4 KiB and the length of `name` are read. See
    /// [`FirstFactor::Passkey`](crate::FirstFactor::Passkey).
    #[must_use]
    pub fn of(name: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref();
        let mut hash = Sha256::new();
        hash.update(b"second-factor item v1");
        match name.get(..=LONGEST_NAME) {
            Some(start) => {
                hash.update(start);
                hash.update(name.len().to_be_bytes());
            }
            None => hash.update(name),
        }
        let hash: [u8; 32] = hash.finalize().into();
        let mut id = [0; 16];
        id.iter_mut().zip(hash).for_each(|(byte, of_hash)| *byte = of_hash);
        Self(id)
    }

    fn text(&self) -> String {
        let mut text = base32::encode(ALPHABET, &self.0);
        text.make_ascii_lowercase();
        text
    }
}

/// Parses exactly the output of [`Display`](fmt::Display).
impl FromStr for ItemId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = Invalid(What::ItemId);
        if text.len() != ITEM_LEN {
            return Err(invalid);
        }
        let bytes = base32::decode(ALPHABET, text).ok_or(invalid)?;
        let id = Self(bytes.try_into().map_err(|_| invalid)?);
        if id.text() == text { Ok(id) } else { Err(invalid) }
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

/// Crockford's alphabet, which has no look-alikes.
///
/// A user may have to read a handle to support by phone.
const ALPHABET: base32::Alphabet = base32::Alphabet::Crockford;
/// The length of 17 bytes in Base32.
const TEXT_LEN: usize = 28;
/// The longest name that is read as a whole.
const LONGEST_NAME: usize = 4096;
/// The length of 16 bytes in Base32.
const ITEM_LEN: usize = 26;

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn handle_round_trips_through_text() {
        let handle = Handle::new(HandleKind::Enrollment, [0xa5; 16]);
        let again = handle.to_string().parse::<Handle>().unwrap();
        assert!(again.is(HandleKind::Enrollment, &[0xa5; 16]));
        assert!(!again.is(HandleKind::Challenge, &[0xa5; 16]));
        assert!(!again.is(HandleKind::Enrollment, &[0xa4; 16]));
    }

    #[test]
    fn item_id_round_trips_through_text() {
        let item = ItemId::new([0xa5; 16]);
        assert_eq!(item.to_string().parse::<ItemId>(), Ok(item));
        assert!(item.to_string().to_uppercase().parse::<ItemId>().is_err());
        assert!(Handle::new(HandleKind::Request, [0; 16]).to_string().parse::<ItemId>().is_err());
    }

    #[test]
    fn handle_rejects_other_spellings() {
        let text = Handle::new(HandleKind::Challenge, [0; 16]).to_string();
        assert!(text.parse::<Handle>().is_ok());
        assert!(text.replace('0', "o").parse::<Handle>().is_err());
        assert!(alloc::format!("{text} ").parse::<Handle>().is_err());
        let letters = Handle::new(HandleKind::Challenge, [0xfe; 16]).to_string();
        assert!(letters.to_uppercase().parse::<Handle>().is_err());
        // The last character carries bits beyond the last byte.
        let last = alloc::format!("{}1", &text[..TEXT_LEN - 1]);
        assert!(last.parse::<Handle>().is_err());
    }
}
