//! The texts by which Google Authenticator exports its keys. Import only: nothing here writes them.

mod entry;
mod protobuf;

use alloc::vec::Vec;
use core::fmt;

use base64ct::{Base64, Encoding as _};

pub use self::entry::MigrationEntry;
use self::protobuf::{Fields, set};
use super::uri::{InvalidKeyUri, ParseMode, decode};

use crate::wiped::Wiped;

/// One QR code of an export of Google Authenticator (`otpauth-migration://…`).
///
/// The app spreads its keys over several codes, a batch. Read each with [`parse`](Self::parse) and
/// put them together with [`join`](Self::join), or take the entries of one by itself.
///
/// An entry that cannot be used does not spoil the others: it says why. A payload that is broken
/// is refused whole.
///
/// # Security
///
/// The text holds every secret of a person in clear. What is decoded on the way is wiped.
///
/// # Source
///
/// No document of its maker; what several independent readers agree on
/// ([STD K-30](crate::manual::standards)).
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
pub struct Migration {
    id: i32,
    index: usize,
    size: usize,
    entries: Vec<MigrationEntry>,
}

impl Migration {
    /// Reads the text of one QR code.
    ///
    /// # Input
    ///
    /// At most 64 KiB with at most 100 entries, of a batch of at most 100; a longer text is refused
    /// unread. The Base64 is the standard one with padding, percent-encoded or not.
    ///
    /// # Errors
    ///
    /// [`InvalidMigration`] says what is wrong; the text is of no use.
    pub fn parse(text: &str) -> Result<Self, InvalidMigration> {
        if text.len() > MAX_TEXT {
            return Err(InvalidMigration::TooLong);
        }
        let data = text.strip_prefix(PREFIX).ok_or(InvalidMigration::Scheme)?;
        // `/` and `=` may stand in clear, and the `+` of Base64 means no space here.
        let base64 = match decode(data, &mut ParseMode::forgiving()) {
            Ok(base64) => base64,
            Err(InvalidKeyUri::Encoding) => return Err(InvalidMigration::Encoding),
            Err(_) => return Err(InvalidMigration::Base64),
        };
        let mut buffer = Wiped::new(alloc::vec![0; base64.len()]);
        let payload =
            Base64::decode(&*base64, &mut buffer).map_err(|_| InvalidMigration::Base64)?;
        Self::read(payload)
    }

    /// The entries of a whole batch, in the order of its QR codes.
    ///
    /// # Input
    ///
    /// The codes of one batch, each once, in any order.
    ///
    /// # Errors
    ///
    /// [`InvalidMigration::OtherBatch`] when one does not belong to the first,
    /// [`BatchTwice`](InvalidMigration::BatchTwice) when one came twice,
    /// [`BatchMissing`](InvalidMigration::BatchMissing) when one did not come.
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

    /// The number that all QR codes of one export share.
    #[must_use]
    pub const fn batch_id(&self) -> i32 {
        self.id
    }

    /// Which QR code of the export it is, from 0.
    #[must_use]
    pub const fn batch_index(&self) -> usize {
        self.index
    }

    /// How many QR codes the export has.
    #[must_use]
    pub const fn batch_size(&self) -> usize {
        self.size
    }

    /// The entries of this QR code alone.
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
                // 2 is a version, which changed nothing so far.
                _ => (),
            }
        }
        // A number that is not given is 0 on the wire; a batch has at least one code.
        let size = small(size.unwrap_or_default())?.max(1);
        let index = small(index.unwrap_or_default())?;
        if index >= size {
            return Err(InvalidMigration::BatchNumber);
        }
        // A negative number is extended to 64 bits on the wire.
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

/// A text that is no [`Migration`], or several that are not one export. Never holds any part.
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
    /// The data is not Base64 of the standard alphabet with padding.
    #[error("data is not Base64 with padding")]
    Base64,
    /// A QR code of the export is missing. Ask for it.
    #[error("a part of the export is missing")]
    BatchMissing,
    /// The batch has over 100 codes, or this one does not lie within it.
    #[error("batch has more than 100 parts or does not have this one")]
    BatchNumber,
    /// A QR code of the export came twice. Leave one out.
    #[error("a part of the export is given twice")]
    BatchTwice,
    /// A percent sign without two digits.
    #[error("percent-encoding is broken")]
    Encoding,
    /// The payload is not what the app writes.
    #[error("payload is malformed")]
    Malformed,
    /// The QR codes are of different exports. Ask for those of one.
    #[error("parts are of different exports")]
    OtherBatch,
    /// The text does not begin with `otpauth-migration://offline?data=`.
    #[error("text does not begin with otpauth-migration://offline?data=")]
    Scheme,
    /// The text is longer than 64 KiB.
    #[error("text is longer than 64 KiB")]
    TooLong,
    /// There are more than 100 entries in one QR code.
    #[error("more than 100 entries in one part")]
    TooManyEntries,
}

/// The size of a batch or a place in it. What is negative has its highest bit set, and is large.
fn small(number: u64) -> Result<usize, InvalidMigration> {
    match usize::try_from(number) {
        Ok(number) if number <= MAX_BATCH => Ok(number),
        _ => Err(InvalidMigration::BatchNumber),
    }
}

const PREFIX: &str = "otpauth-migration://offline?data=";
/// A QR code holds under 3 KiB.
const MAX_TEXT: usize = 65_536;
/// The app writes ten entries into one QR code.
const MAX_ENTRIES: usize = 100;
const MAX_BATCH: usize = 100;
