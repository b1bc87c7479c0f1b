//! What a store keeps: bytes under a version. Seals, opens and stores nothing.

use alloc::vec::Vec;
use core::fmt;

use crate::UnixTime;

/// The name of one state of a record.
///
/// The crate makes versions; a store keeps them and compares them for equality, nothing else. The
/// first version of a record is random, so that a record that was deleted and made again is never
/// taken for the old one ([FAILURES 116](crate::manual::threats)).
///
/// # Input
///
/// All 64 bits are used. A store with signed integers keeps `version.get() as i64` and reads it
/// back with `Version::new(kept as u64)`; both casts keep every bit.
///
/// # Example
///
/// ```
/// use second_factor::storage::Version;
///
/// let version = Version::new(0xffff_ffff_ffff_fff0);
/// assert_eq!(Version::new(version.get() as i64 as u64), version);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version(u64);

impl Version {
    /// The version that no record ever has. A swap that expects it cannot commit.
    pub(crate) const NEVER: Self = Self(0);

    /// The version with this number, read back from a store.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The version after this one, never [`NEVER`](Self::NEVER).
    pub(crate) const fn next(self) -> Self {
        match self.0.wrapping_add(1) {
            0 => Self(1),
            next => Self(next),
        }
    }
}

/// Sealed bytes with the version they have and a hint of when they may be forgotten.
///
/// # Example
///
/// A store takes a record apart and puts it together again:
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
    /// A record as a store kept it.
    #[must_use]
    pub const fn new(version: Version, bytes: Vec<u8>, forget_after: Option<UnixTime>) -> Self {
        Self { version, bytes, forget_after }
    }

    /// The version to keep beside the bytes.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The bytes: sealed, under 64 KiB, any value in any place.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// After this time the store may delete the record; `None`: keep it for ever.
    ///
    /// A hint, for tidiness: the crate does not rely on records being deleted. Deleting one *earlier*
    /// forgets limits.
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

/// What a store did with a swap.
///
/// # Example
///
/// ```
/// use second_factor::storage::Swap;
///
/// assert_ne!(Swap::Commit, Swap::Conflict);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a conflict changed nothing and must be decided again"]
#[expect(clippy::exhaustive_enums, reason = "a swap took effect or it did not; else answer `Err`")]
pub enum Swap {
    /// The expected version stood there, and the record now stands in its place, for good.
    Commit,
    /// Another version stood there, or none. Nothing was changed.
    Conflict,
}
