//! Stored records and their versions.

use alloc::vec::Vec;
use core::fmt;

use crate::time::UnixTime;

/// The version of a record, for compare-and-swap.
///
/// The crate creates versions. A store saves them and compares them for equality only. The first
/// version of a record is random. A record that was deleted and created again therefore cannot be
/// mistaken for the old one ([FAILURES 116](crate::manual::threats)).
///
/// # Input
///
/// A version is 1 to 2^63-1, so that every store with signed 64-bit integers accepts it without a
/// cast. Any other number comes from a damaged database. A record with such a version cannot be
/// opened, and the subject is refused.
///
/// # Example
///
/// ```
/// use second_factor::storage::Version;
///
/// let stored: i64 = Version::new(7).get();
/// assert_eq!(Version::new(stored), Version::new(7));
/// ```
#[doc(alias = "etag")]
#[doc(alias = "revision")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version(i64);

impl Version {
    /// The version that no record ever has. A swap that expects it cannot commit.
    pub(crate) const NEVER: Self = Self(0);

    /// Creates a version from a number read from a store.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Returns the first version of a record, from random bytes.
    ///
    /// The version is below 2^62, so it cannot wrap around in any feasible number of writes.
    pub(crate) const fn first(random: [u8; 8]) -> Self {
        Self((u64::from_be_bytes(random) >> 2) as i64).next()
    }

    /// Returns the version after this one.
    ///
    /// It is never [`NEVER`](Self::NEVER) and not negative.
    pub(crate) const fn next(self) -> Self {
        match self.0.checked_add(1) {
            Some(next @ 1..) => Self(next),
            _ => Self(1),
        }
    }

    /// Returns whether the crate can have created this version.
    pub(crate) const fn is_valid(self) -> bool {
        self.0 > 0
    }
}

/// A stored record: sealed bytes, their version and a hint for their deletion.
///
/// # Example
///
/// A store saves the parts of a record and restores the record from them:
///
/// ```
/// use second_factor::{UnixTime, storage::{Record, Version}};
///
/// let record = Record::new(Version::new(7), vec![1, 2, 3]);
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
    pub const fn new(version: Version, bytes: Vec<u8>) -> Self {
        Self { version, bytes, forget_after: None }
    }

    /// Sets the time that [`forget_after`](Self::forget_after) returns.
    ///
    /// A store that does not save this time returns records without it.
    #[must_use]
    pub const fn with_forget_after(mut self, time: Option<UnixTime>) -> Self {
        self.forget_after = time;
        self
    }

    /// Returns the version, to store with the bytes.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Returns the sealed bytes.
    ///
    /// There are fewer than 64 KiB, and each byte may have any value.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the time after which the store may delete the record.
    ///
    /// Returns `None` if the record must be stored indefinitely.
    ///
    /// The time is a hint for cleaning up: the crate does not depend on deletion. Deleting a record
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

impl Swap {
    /// Converts the number of changed rows: 1 is a commit, 0 is a conflict.
    ///
    /// Use it with `INSERT … ON CONFLICT DO NOTHING` and `UPDATE … WHERE id = … AND version = …`,
    /// as in [`Storage`](crate::Storage).
    ///
    /// # Security
    ///
    /// More than one row is also a conflict: the table has several records with one id, so its
    /// primary key is missing. Such a write verifies nothing, but may consume a code.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::storage::Swap;
    ///
    /// assert_eq!(Swap::from_rows(1), Swap::Commit);
    /// assert_eq!(Swap::from_rows(0), Swap::Conflict);
    /// assert_eq!(Swap::from_rows(2), Swap::Conflict);
    /// ```
    #[doc(alias = "rows_affected")]
    pub const fn from_rows(changed: u64) -> Self {
        // Law 7: only what is known to be a commit of one record is a commit.
        if changed == 1 { Self::Commit } else { Self::Conflict }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn created_versions_are_valid(random in any::<[u8; 8]>(), number in any::<i64>()) {
            let first = Version::first(random);
            prop_assert!(first.is_valid() && first.next().is_valid());
            prop_assert!(first.get() <= 1 << 62);
            let stored = Version::new(number);
            prop_assert!(stored.next().is_valid());
            prop_assert_ne!(stored.next(), stored);
        }
    }

    #[test]
    fn version_after_the_last_is_1() {
        for number in [i64::MAX, i64::MIN, -1] {
            assert_eq!(Version::new(number).next(), Version::new(1), "{number}");
        }
        assert_eq!(Version::NEVER.next(), Version::new(1));
        assert!(!Version::NEVER.is_valid() && !Version::new(-1).is_valid());
    }
}
