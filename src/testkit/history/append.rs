//! The records that a history writes.

use alloc::vec::Vec;

use crate::storage::{Record, Version};

/// The number of an append, and the version that it writes: 1 for the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Append(u32);

impl Append {
    /// Returns the append at this place of the history.
    pub(super) fn at(place: usize) -> Option<Self> {
        u32::try_from(place).ok()?.checked_add(1).map(Self)
    }

    pub(super) const fn place(self) -> usize {
        self.0 as usize - 1
    }

    /// Returns the append that wrote `record`, if one did and the record is whole.
    pub(super) fn of(record: &Record) -> Option<Self> {
        let append = Self::of_version(record.version())?;
        (append.bytes() == record.bytes()).then_some(append)
    }

    pub(super) fn of_version(version: Version) -> Option<Self> {
        u32::try_from(version.get()).ok().filter(|number| *number > 0).map(Self)
    }

    /// Returns the append that writes these bytes, under any version.
    pub(super) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let number = u64::from_be_bytes(*bytes.first_chunk()?);
        let append = u32::try_from(number).ok().filter(|number| *number > 0).map(Self)?;
        (append.bytes() == bytes).then_some(append)
    }

    pub(super) fn record(self) -> Record {
        Record::new(Version::new(self.0.into()), self.bytes())
    }

    /// Returns bytes that encode the number.
    ///
    /// Their length depends on the number, so a torn read is detected.
    fn bytes(self) -> Vec<u8> {
        let words = 1 + (self.0 as usize).wrapping_mul(LENGTHS_APART) % MOST_WORDS;
        u64::from(self.0).to_be_bytes().repeat(words)
    }
}

impl core::fmt::Display for Append {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "append {}", self.0)
    }
}

/// The maximum length: 1 KiB, like the records of most subjects.
const MOST_WORDS: usize = 128;
/// The difference between two successive lengths, which is large.
const LENGTHS_APART: usize = 61;
