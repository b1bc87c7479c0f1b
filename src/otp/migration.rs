//! Import of Google Authenticator exports.

mod entry;
mod protobuf;

use alloc::vec::Vec;
use core::fmt;

use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding as _};

pub use self::entry::MigrationEntry;
use self::protobuf::{Fields, set};
use super::uri::{InvalidKeyUri, ParseMode, decode};

use crate::wiped::Wiped;

/// One QR code of a Google Authenticator export (`otpauth-migration://…`).
///
/// The app splits an export into a batch of QR codes. Parse each code with [`parse`](Self::parse)
/// and combine them with [`join`](Self::join), or read the entries of a single code. This crate
/// reads exports and does not write them.
///
/// An unusable entry contains its own error, and does not affect the other entries. A malformed
/// payload is rejected as a whole.
///
/// # Security
///
/// The QR code contains every secret of the user in plaintext. Intermediate buffers are wiped.
///
/// # Source
///
/// Google does not publish a specification. The parser implements the format on which several
/// independent implementations agree ([STD K-30](crate::manual::standards)).
///
/// # Example
///
/// ```
/// use second_factor::otp::Migration;
///
/// let migration = Migration::parse(
///     "otpauth-migration://offline?data=\
///      CigKEDEyMzQ1Njc4OTAxMjM0NTYSBWFsaWNlGgdFeGFtcGxlIAEoATACEAEYASgH",
/// )?;
/// for entry in Migration::join([migration])? {
///     let (key, warnings) = entry.into_key()?;
///     assert_eq!((key.issuer(), key.account()), (Some("Example"), "alice"));
///     assert_eq!(key.secret().expose_bytes(), b"1234567890123456");
///     assert!(warnings.is_empty());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "google authenticator")]
#[doc(alias = "otpauth-migration")]
pub struct Migration {
    id: i32,
    index: usize,
    size: usize,
    entries: Vec<MigrationEntry>,
}

impl Migration {
    /// Parses the content of one QR code.
    ///
    /// # Input
    ///
    /// The text must have at most 64 KiB; a longer text is rejected unread. It must contain at most
    /// 100 entries and belong to a batch of at most 100 QR codes. The Base64 data has the standard
    /// or the URL-safe alphabet, with or without padding, and may be percent-encoded.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidMigration`] with the reason. Ask the user to scan the code again.
    pub fn parse(text: &str) -> Result<Self, InvalidMigration> {
        if text.len() > MAX_TEXT {
            return Err(InvalidMigration::TooLong);
        }
        let data = text.strip_prefix(PREFIX).ok_or(InvalidMigration::Scheme)?;
        // `/` and `=` may be unencoded, and the `+` of Base64 is not a space here.
        let base64 = match decode(data, &mut ParseMode::lenient()) {
            Ok(base64) => base64,
            Err(InvalidKeyUri::Encoding) => return Err(InvalidMigration::Encoding),
            Err(_) => return Err(InvalidMigration::Base64),
        };
        let mut buffer = Wiped::new(alloc::vec![0; base64.len()]);
        let is_padding = |byte: &u8| *byte == b'=';
        let padding = base64.iter().rev().take_while(|byte| is_padding(byte)).count();
        let digits = base64.get(..base64.len() - padding).unwrap_or_default();
        // `any` would stop at the first one, and the data contains secrets (law 9).
        let is_url = digits.iter().fold(false, |any, byte| any | matches!(byte, b'-' | b'_'));
        let payload = if is_url {
            Base64UrlUnpadded::decode(digits, &mut buffer)
        } else {
            Base64Unpadded::decode(digits, &mut buffer)
        };
        Self::read(payload.map_err(|_| InvalidMigration::Base64)?)
    }

    /// Combines the QR codes of a batch, and returns their entries in order.
    ///
    /// # Input
    ///
    /// Pass every QR code of one batch once, in any order.
    ///
    /// # Errors
    ///
    /// - [`InvalidMigration::OtherBatch`] if a code and the first code belong to different batches.
    /// - [`BatchTwice`](InvalidMigration::BatchTwice) if a code occurs twice.
    /// - [`BatchMissing`](InvalidMigration::BatchMissing) if a code is missing: ask the user for
    ///   the missing code.
    pub fn join(
        migrations: impl IntoIterator<Item = Self>,
    ) -> Result<Vec<MigrationEntry>, InvalidMigration> {
        let mut migrations = migrations.into_iter();
        let first = migrations.next().ok_or(InvalidMigration::BatchMissing)?;
        let (id, size) = (first.id, first.size);
        let mut parts: Vec<Option<Vec<MigrationEntry>>> = Vec::new();
        parts.resize_with(size, || None);
        for part in core::iter::once(first).chain(migrations) {
            if (part.id, part.size) != (id, size) {
                return Err(InvalidMigration::OtherBatch);
            }
            let place = parts.get_mut(part.index).ok_or(InvalidMigration::BatchNumber)?;
            if place.is_some() {
                return Err(InvalidMigration::BatchTwice);
            }
            *place = Some(part.entries);
        }
        let parts: Option<Vec<_>> = parts.into_iter().collect();
        Ok(parts.ok_or(InvalidMigration::BatchMissing)?.into_iter().flatten().collect())
    }

    /// Returns the number that all QR codes of an export share.
    #[must_use]
    pub const fn batch_id(&self) -> i32 {
        self.id
    }

    /// Returns the index of this QR code within the export, from 0.
    #[must_use]
    pub const fn batch_index(&self) -> usize {
        self.index
    }

    /// Returns the number of QR codes of the export, from 1 to 100.
    #[must_use]
    pub const fn batch_size(&self) -> usize {
        self.size
    }

    /// Returns the entries of this QR code, both usable and unusable.
    #[must_use]
    pub fn into_entries(self) -> Vec<MigrationEntry> {
        self.entries
    }

    /// Reads the message `MigrationPayload`.
    fn read(payload: &[u8]) -> Result<Self, InvalidMigration> {
        let mut entries = Vec::new();
        let (mut id, mut index, mut size) = (None, None, None);
        let mut fields = Fields::new(payload);
        while let Some(field) = fields.next()? {
            match field.number {
                1 if entries.len() == MAX_ENTRIES => return Err(InvalidMigration::TooManyEntries),
                1 => entries.push(MigrationEntry::read(field.value.bytes()?)?),
                3 => set(&mut size, field.value.number()?)?,
                4 => set(&mut index, field.value.number()?)?,
                5 => set(&mut id, field.value.number()?)?,
                // Field 2 is a version. Every known version has the same fields.
                _ => (),
            }
        }
        // A missing number is 0; a batch has at least one code.
        let size = small(size.unwrap_or_default())?.max(1);
        let index = small(index.unwrap_or_default())?;
        if index >= size {
            return Err(InvalidMigration::BatchNumber);
        }
        // A negative number is sign-extended to 64 bits.
        let id = i32::try_from(id.unwrap_or_default() as i64)
            .map_err(|_| InvalidMigration::Malformed)?;
        Ok(Self { id, index, size, entries })
    }
}

impl fmt::Debug for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Migration")
            .field("batch_index", &self.index)
            .field("batch_size", &self.size)
            .finish_non_exhaustive()
    }
}

/// The error returned when a [`Migration`] cannot be parsed or joined.
///
/// The error contains no part of the input.
///
/// # Example
///
/// ```
/// use second_factor::otp::{InvalidMigration, Migration};
///
/// let error = Migration::parse("otpauth-migration://offline?data=%").unwrap_err();
/// assert_eq!(error, InvalidMigration::Encoding);
/// assert_eq!(Migration::join([]).unwrap_err(), InvalidMigration::BatchMissing);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMigration {
    /// The data is not Base64.
    #[error("data is not Base64")]
    Base64,
    /// A QR code of the export is missing. Ask the user for the missing code.
    #[error("a part of the export is missing")]
    BatchMissing,
    /// The batch has over 100 QR codes, or the index of this QR code is out of range.
    #[error("batch has more than 100 parts, or part is out of range")]
    BatchNumber,
    /// A QR code of the export occurs twice. Pass it once.
    #[error("a part of the export occurs twice")]
    BatchTwice,
    /// A percent sign is not followed by two hexadecimal digits.
    #[error("percent-encoding is invalid")]
    Encoding,
    /// The payload differs from the format that the app writes.
    #[error("payload is malformed")]
    Malformed,
    /// The QR codes belong to different exports. Ask the user for the codes of one export.
    #[error("parts belong to different exports")]
    OtherBatch,
    /// The input does not begin with `otpauth-migration://offline?data=`.
    #[error("text does not begin with otpauth-migration://offline?data=")]
    Scheme,
    /// The input is longer than 64 KiB.
    #[error("text is longer than 64 KiB")]
    TooLong,
    /// One QR code has more than 100 entries.
    #[error("more than 100 entries in one part")]
    TooManyEntries,
}

/// Checks a batch size or index.
///
/// A negative number has its highest bit set, so it counts as too large.
fn small(number: u64) -> Result<usize, InvalidMigration> {
    match usize::try_from(number) {
        Ok(number) if number <= MAX_BATCH => Ok(number),
        _ => Err(InvalidMigration::BatchNumber),
    }
}

const PREFIX: &str = "otpauth-migration://offline?data=";
/// The maximum length of the input. A QR code contains less than 3 KiB.
const MAX_TEXT: usize = 65_536;
/// The maximum number of entries in one QR code. The app writes ten.
const MAX_ENTRIES: usize = 100;
const MAX_BATCH: usize = 100;
