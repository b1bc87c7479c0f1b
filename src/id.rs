//! Names: of the subject, of a record, of what waits between two requests. Opens and stores nothing.

use alloc::{boxed::Box, string::String};
use core::fmt;

use subtle::ConstantTimeEq as _;

pub use crate::client::InvalidClient;

/// Whoever is protected, named by bytes that mean something to the host alone.
///
/// # Input
///
/// 1 to 255 bytes, compared as bytes: nothing is folded, trimmed or decoded. Use what never changes
/// and is never given to somebody else, such as the primary key of an account, rather than a name,
/// a phone number or an email address ([FAILURES 25, 39](crate::manual::threats)).
///
/// `Debug` is redacted, since some hosts know people only by such an address.
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
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(Box<[u8]>);

impl SubjectId {
    /// The subject with this name.
    ///
    /// # Errors
    ///
    /// [`InvalidSubjectId`] when there is no byte or are more than 255.
    pub fn new(name: impl AsRef<[u8]>) -> Result<Self, InvalidSubjectId> {
        let name = name.as_ref();
        if name.is_empty() || name.len() > 255 {
            return Err(InvalidSubjectId);
        }
        Ok(Self(name.into()))
    }

    /// The name as the host gave it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

redacted!(SubjectId);

/// A name for a subject that is empty or over 255 bytes.
///
/// # Example
///
/// ```
/// let error = second_factor::SubjectId::new("").unwrap_err();
/// assert_eq!(error.to_string(), "a subject id has 1 to 255 bytes");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a subject id has 1 to 255 bytes")]
#[non_exhaustive]
pub struct InvalidSubjectId;

/// The key under which a store keeps one record: 16 bytes that tell nothing.
///
/// Derived from the key root, so that neither a phone number nor the name of a subject can be read
/// in it, and different for records of different kinds.
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

    /// The key as bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The key in hexadecimal, for stores whose keys are text.
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

/// The name of something that waits between two web requests: a challenge, an enrollment.
///
/// Put its text into a hidden field or a cookie and read it back with [`parse`](Self::parse). It is
/// 128 random bits behind a mark of its kind, means something for one subject only, and carries no
/// counter, no code and no right.
///
/// # Example
///
/// ```
/// use second_factor::Handle;
///
/// assert!(Handle::parse("no handle").is_err());
/// ```
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
    SecurityKey = 5,
    AnotherFactorDue = 6,
}

impl HandleKind {
    const ALL: [Self; 6] = [
        Self::Challenge,
        Self::Enrollment,
        Self::PinDue,
        Self::Request,
        Self::SecurityKey,
        Self::AnotherFactorDue,
    ];
}

impl Handle {
    pub(crate) const fn new(kind: HandleKind, id: [u8; 16]) -> Self {
        Self { kind, id }
    }

    /// Reads the text of a handle.
    ///
    /// # Errors
    ///
    /// [`InvalidHandle`] when the text is not one that [`Display`](fmt::Display) wrote, to the
    /// letter. Treat it as you treat a refusal.
    pub fn parse(text: &str) -> Result<Self, InvalidHandle> {
        if text.len() != TEXT_LEN {
            return Err(InvalidHandle);
        }
        let bytes = base32::decode(ALPHABET, text).ok_or(InvalidHandle)?;
        let (&kind, id) = bytes.split_first().ok_or(InvalidHandle)?;
        let is_it = |known: &HandleKind| *known as u8 == kind;
        let kind = HandleKind::ALL.into_iter().find(is_it).ok_or(InvalidHandle)?;
        let handle = Self { kind, id: id.try_into().map_err(|_| InvalidHandle)? };
        // One handle has one text, or a limiter keyed by the text would count it apart.
        if handle.text() != text {
            return Err(InvalidHandle);
        }
        Ok(handle)
    }

    pub(crate) const fn id(&self) -> &[u8; 16] {
        &self.id
    }

    /// Whether this names the thing of this kind and id. Takes the same time for every id.
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

/// The text of the handle: 28 letters and digits, safe in a URL, a cookie and a form.
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
            HandleKind::SecurityKey => "Handle(security key)",
        })
    }
}

/// Takes the same time for every handle.
impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        other.is(self.kind, &self.id)
    }
}

impl Eq for Handle {}

impl AsRef<Self> for Handle {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// The public name of one thing among several of a subject: an address, a device, a security key.
///
/// Random, and good for nothing but naming: put it into the form behind a button of the settings page.
///
/// # Example
///
/// ```
/// use second_factor::id::ItemId;
///
/// assert!(ItemId::parse("no id").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ItemId([u8; 16]);

impl ItemId {
    pub(crate) const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads the text of an id.
    ///
    /// # Errors
    ///
    /// [`InvalidHandle`] when the text is not one that [`Display`](fmt::Display) wrote, to the letter.
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

/// The text of the id: 26 letters and digits.
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

/// A text that is no [`Handle`] and no [`ItemId`].
///
/// # Example
///
/// ```
/// let error = second_factor::Handle::parse("").unwrap_err();
/// assert_eq!(error.to_string(), "this is not a handle");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a handle")]
#[non_exhaustive]
pub struct InvalidHandle;

/// Crockford's alphabet has no look-alikes: a person may have to read a handle aloud to support.
const ALPHABET: base32::Alphabet = base32::Alphabet::Crockford;
/// 17 bytes.
const TEXT_LEN: usize = 28;
/// 16 bytes.
const ITEM_LEN: usize = 26;

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn a_handle_goes_to_text_and_back() {
        let handle = Handle::new(HandleKind::Enrollment, [0xa5; 16]);
        let again = Handle::parse(&handle.to_string()).unwrap();
        assert!(again.is(HandleKind::Enrollment, &[0xa5; 16]));
        assert!(!again.is(HandleKind::Challenge, &[0xa5; 16]));
        assert!(!again.is(HandleKind::Enrollment, &[0xa4; 16]));
    }

    #[test]
    fn an_item_goes_to_text_and_back() {
        let item = ItemId::new([0xa5; 16]);
        assert_eq!(ItemId::parse(&item.to_string()), Ok(item));
        assert!(ItemId::parse(&item.to_string().to_uppercase()).is_err());
        assert!(ItemId::parse(&Handle::new(HandleKind::Request, [0; 16]).to_string()).is_err());
    }

    #[test]
    fn a_handle_has_one_text() {
        let text = Handle::new(HandleKind::Challenge, [0; 16]).to_string();
        assert!(Handle::parse(&text).is_ok());
        assert!(Handle::parse(&text.replace('0', "o")).is_err());
        assert!(Handle::parse(&alloc::format!("{text} ")).is_err());
        let letters = Handle::new(HandleKind::Challenge, [0xfe; 16]).to_string();
        assert!(Handle::parse(&letters.to_uppercase()).is_err());
        // The last character carries bits that no byte has.
        let last = alloc::format!("{}1", &text[..TEXT_LEN - 1]);
        assert!(Handle::parse(&last).is_err());
    }
}
