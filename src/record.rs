//! Stored records and their versions.

use alloc::vec::Vec;
use core::fmt;

use crate::UnixTime;

/// The version of a record, for compare-and-swap.
///
/// The crate creates versions. A store saves them and compares them for equality only. The first
/// version of a record is random, so that a record that was deleted and created again cannot be
/// mistaken for the old one ([FAILURES 116](crate::manual::threats)).
///
/// # Input
///
/// All 64 bits are used. A store with signed integers saves `version.get() as i64` and restores
/// `Version::new(saved as u64)`; both casts preserve every bit.
///
/// # Example
///
/// ```
/// use second_factor::storage::Version;
///
/// let version = Version::new(0xffff_ffff_ffff_fff0);
/// assert_eq!(Version::new(version.get() as i64 as u64), version);
/// ```
#[doc(alias = "etag")]
#[doc(alias = "revision")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version(u64);

impl Version {
    /// The version that no record ever has. A swap that expects it cannot commit.
    pub(crate) const NEVER: Self = Self(0);

    /// Creates the version with this number, as read from a store.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Returns the version after this one, which is never [`NEVER`](Self::NEVER).
    pub(crate) const fn next(self) -> Self {
        match self.0.wrapping_add(1) {
            0 => Self(1),
            next => Self(next),
        }
    }
}

/// A stored record: sealed bytes, their version and a hint for their deletion.
///
/// # Example
///
/// A store takes a record apart and restores it:
///
/// ```
/// use second_factor::{UnixTime, storage::{Record, Version}};
///
/// let record = Record::new(Version::new(7), vec![1, 2, 3], None);
/// assert_eq!(record.version(), Version::new(7));
/// assert_eq!(record.bytes(), [1, 2, 3]);
/// assert_eq!(record.forget_after(), None);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    version: Version,
    bytes: Vec<u8>,
    forget_after: Option<UnixTime>,
}

impl Record {
    /// Creates a record from stored values.
    #[must_use]
    pub const fn new(version: Version, bytes: Vec<u8>, forget_after: Option<UnixTime>) -> Self {
        Self { version, bytes, forget_after }
    }

    /// Returns the version, to store with the bytes.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Returns the sealed bytes: under 64 KiB, any byte value.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the time after which the store may delete the record.
    ///
    /// `None` means that it must be stored indefinitely.
    ///
    /// This is a hint for cleaning up: the crate does not depend on deletion. Deleting a record
    /// *earlier* discards its limits.
    #[must_use]
    pub const fn forget_after(&self) -> Option<UnixTime> {
        self.forget_after
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("version", &self.version)
            .field("len", &self.bytes.len())
            .field("forget_after", &self.forget_after)
            .finish()
    }
}

/// The result of a compare-and-swap.
///
/// # Example
///
/// ```
/// use second_factor::storage::Swap;
///
/// assert_ne!(Swap::Commit, Swap::Conflict);
/// ```
#[doc(alias = "compare and swap")]
#[doc(alias = "cas")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a conflict changed nothing: the decision must be repeated"]
#[expect(
    clippy::exhaustive_enums,
    reason = "a swap took effect or it did not; return `Err` if unknown"
)]
pub enum Swap {
    /// The store had the expected version and durably replaced the record.
    Commit,
    /// The store had another version or no record. It changed nothing.
    Conflict,
}
