//! Identifiers of subjects.

use alloc::{
    boxed::Box,
    string::{String, ToString as _},
    vec::Vec,
};
use core::{fmt, str::FromStr};

use crate::{
    address::Address,
    error::{Invalid, What},
    hex,
};

/// The identifier of a subject: the account that is protected.
///
/// Your application chooses the id. Create it from a number with `From`, from a string with
/// [`new`](Self::new), or from bytes with [`from_bytes`](Self::from_bytes). If a phone number is
/// the account, as in registration by number, use [`of`](Self::of). `Display` writes the id as a
/// string, for your session, log or database, and [`FromStr`] parses that string.
///
/// `Debug` is redacted, because some applications identify users by a phone number or email
/// address.
///
/// # Input
///
/// Ids are compared byte by byte, without case folding or trimming. Use an identifier that never
/// changes and is never reused, such as the primary key of an account. A name, a phone number or an
/// email address can be reassigned to another user ([FAILURES 25, 39](crate::manual::threats)).
///
/// The number 42 and the string `"42"` are the same id. The ids of bytes and of addresses begin
/// with a prefix that [`new`](Self::new) rejects. They therefore differ from every id that is
/// created from a string.
///
/// # Example
///
/// ```
/// use second_factor::{Address, SubjectId};
///
/// let alice = SubjectId::from(42);
/// assert_eq!(alice, SubjectId::new("42")?);
/// assert_eq!(alice.to_string().parse(), Ok(alice));
///
/// let number = Address::phone("+1 415 555 0100")?;
/// assert_eq!(SubjectId::of(&number).to_string(), "phone:+14155550100");
/// assert!(SubjectId::new("phone:+14155550100").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "user id")]
#[doc(alias = "account id")]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(Box<str>);

impl SubjectId {
    /// Creates an id from a string.
    ///
    /// # Input
    ///
    /// `text` must have 1 to 255 bytes, without control characters. It must not begin with
    /// `bytes:`, `email:`, `phone:` or `push:`. Otherwise, a user who chooses such a name would be
    /// the subject [of](Self::of) an address.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] for any other string. To parse an id that this type wrote, use
    /// [`FromStr`].
    pub fn new(text: impl AsRef<str>) -> Result<Self, Invalid> {
        let text = text.as_ref();
        if !(1..=LONGEST).contains(&text.len()) || text.contains(char::is_control) {
            return Err(Invalid(What::SubjectId));
        }
        if text.starts_with(BYTES) || Address::from_text(text).is_some() {
            return Err(Invalid(What::SubjectIdPrefix));
        }
        Ok(Self(text.into()))
    }

    /// Creates an id from bytes, for example those of a UUID.
    ///
    /// The id differs from that of every string, even of a string with the same bytes.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] unless `bytes` has 1 to 64 bytes.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::SubjectId;
    ///
    /// let id = SubjectId::from_bytes(&[0xc0, 0xff, 0xee])?;
    /// assert_eq!(id.as_str(), "bytes:c0ffee");
    /// assert_eq!(id.to_bytes().as_deref(), Some(&[0xc0, 0xff, 0xee][..]));
    /// # Ok::<(), second_factor::error::Invalid>(())
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Invalid> {
        if !(1..=MOST_BYTES).contains(&bytes.len()) {
            return Err(Invalid(What::SubjectIdBytes));
        }
        let mut text = String::from(BYTES);
        hex::encode_onto(&mut text, bytes);
        Ok(Self(text.into()))
    }

    /// Returns the id of the subject that this address identifies.
    ///
    /// Use it for registration by phone number, where the number itself is the account.
    ///
    /// # Security
    ///
    /// Carriers reassign a number to another person after some months. That person is then the same
    /// subject, and only the PIN protects the subject ([FAILURES 25, 39](crate::manual::threats)).
    #[must_use]
    pub fn of(address: &Address) -> Self {
        Self(address.to_text().into())
    }

    /// Returns the id as a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the bytes from [`from_bytes`](Self::from_bytes), or `None` for other ids.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let digits = self.0.strip_prefix(BYTES)?;
        let mut bytes = alloc::vec![0; digits.len() / 2];
        hex::decode_into(digits, &mut bytes)?;
        Some(bytes)
    }

    /// Restores an id from a record. It accepts what any release accepted.
    pub(crate) fn from_record(bytes: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(bytes).ok()?;
        (!text.is_empty()).then(|| Self(text.into()))
    }
}

/// Parses the output of [`Display`](fmt::Display), for an id of any form.
///
/// Use this implementation for values from your own session or database. For a name that a user
/// chose, use [`SubjectId::new`].
impl FromStr for SubjectId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let id = if let Some(address) = Address::from_text(text) {
            address.ok().map(|address| Self::of(&address))
        } else if let Some(digits) = text.strip_prefix(BYTES) {
            if digits.len() > 2 * MOST_BYTES {
                return Err(Invalid(What::SubjectId));
            }
            Self(text.into()).to_bytes().and_then(|bytes| Self::from_bytes(&bytes).ok())
        } else {
            return Self::new(text);
        };
        // Each id has one spelling. Otherwise, one subject would have two records.
        id.filter(|id| id.as_str() == text).ok_or(Invalid(What::SubjectId))
    }
}

/// Writes the id as a string, which may contain an address: see [`SubjectId::of`].
impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

redacted!(SubjectId);

macro_rules! from_numbers {
    ($($number:ty),+) => {$(
        /// Creates the id whose string is this number in decimal.
        impl From<$number> for SubjectId {
            fn from(number: $number) -> Self {
                Self(number.to_string().into())
            }
        }
    )+};
}

from_numbers!(i32, i64, u32, u64);

const BYTES: &str = "bytes:";
const LONGEST: usize = 255;
const MOST_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use alloc::format;

    use proptest::prelude::*;

    use super::*;

    fn address() -> impl Strategy<Value = Address> {
        prop_oneof![
            "\\+[1-9][0-9]{4,14}".prop_map(|text| Address::phone(&text).unwrap()),
            "[a-zA-Z][a-zA-Z+]{0,8}@[a-z]{1,9}\\.[a-z]{2,3}"
                .prop_map(|text| Address::email(&text).unwrap()),
            "[ -~]{1,99}".prop_map(|text| Address::push(&text).unwrap()),
        ]
    }

    fn id() -> impl Strategy<Value = SubjectId> {
        prop_oneof![
            any::<i64>().prop_map(SubjectId::from),
            any::<u64>().prop_map(SubjectId::from),
            "[^\\pC]{1,60}".prop_filter_map("reserved", |text| SubjectId::new(text).ok()),
            proptest::collection::vec(any::<u8>(), 1..=64)
                .prop_map(|bytes| SubjectId::from_bytes(&bytes).unwrap()),
            address().prop_map(|address| SubjectId::of(&address)),
        ]
    }

    proptest! {
        #[test]
        fn subject_id_round_trips_through_text(id in id()) {
            prop_assert_eq!(id.to_string().parse(), Ok(id.clone()));
            prop_assert_eq!(SubjectId::from_record(id.as_str().as_bytes()), Some(id));
        }

        #[test]
        fn chosen_text_is_no_id_of_an_address_or_bytes(
            address in address(),
            bytes in proptest::collection::vec(any::<u8>(), 1..=64),
            text in "((bytes|email|phone|push):)?[ -~]{0,20}",
        ) {
            let others = [SubjectId::of(&address), SubjectId::from_bytes(&bytes).unwrap()];
            for other in &others {
                prop_assert!(SubjectId::new(other.as_str()).is_err());
            }
            if let Ok(chosen) = SubjectId::new(&text) {
                prop_assert!(chosen.to_bytes().is_none() && !others.contains(&chosen));
            }
        }

        #[test]
        fn parsed_subject_id_writes_the_same_text(
            text in "((bytes|email|phone|push):)?(tel:)?[+0-9a-fA-F@. ]{0,20}",
        ) {
            if let Ok(id) = text.parse::<SubjectId>() {
                prop_assert_eq!(id.as_str(), text);
            }
        }
    }

    #[test]
    fn spellings_of_a_number_are_one_subject() {
        let of = |text| SubjectId::of(&Address::phone(text).unwrap());
        assert_eq!(of("+1 415 555 0100"), of("tel:+14155550100"));
        assert!("phone:+1 415 555 0100".parse::<SubjectId>().is_err());
        assert!("phone:14155550100".parse::<SubjectId>().is_err());
    }

    #[test]
    fn spellings_of_bytes_are_refused() {
        for invalid in ["bytes:", "bytes:c", "bytes:C0", "bytes:0x", "bytes:+1", "bytes: 1"] {
            assert_eq!(invalid.parse::<SubjectId>(), Err(Invalid(What::SubjectId)), "{invalid:?}");
            assert!(SubjectId::new(invalid).is_err());
        }
        for count in 1..100 {
            let text = format!("bytes:{}", "00".repeat(count));
            assert_eq!(text.parse::<SubjectId>().is_ok(), count <= 64, "{count}");
        }
    }

    #[test]
    fn subject_id_has_1_to_255_bytes_without_control_characters() {
        assert!(SubjectId::new("a".repeat(255)).is_ok());
        for invalid in ["", "a\n", "\0", "\u{85}", &"a".repeat(256)] {
            assert_eq!(SubjectId::new(invalid), Err(Invalid(What::SubjectId)), "{invalid:?}");
            assert_eq!(invalid.parse::<SubjectId>(), Err(Invalid(What::SubjectId)), "{invalid:?}");
        }
        assert!(SubjectId::from_bytes(&[]).is_err());
        assert!(SubjectId::from_bytes(&[0; 64]).is_ok());
        assert!(SubjectId::from_bytes(&[0; 65]).is_err());
        assert_eq!(SubjectId::from_record(b""), None);
        assert_eq!(SubjectId::from_record(b"\xff"), None);
    }
}
