//! Stored records and their versions.

use alloc::vec::Vec;
use core::fmt;

use crate::time::UnixTime;

/// The version of a record, for compare-and-swap.
///
/// The crate creates versions. A store saves them and compares them for equality only. The first
/// version of a record is random. A record that was deleted and created again therefore cannot be
/// mistaken for the old one ([FAILURES 116](crate::manual::threats)). Each write advances the
/// version by a random step. If a store loses a write, the two histories after it therefore share
/// no version.
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

    /// The number of first versions, from 1 to 2^62-1.
    ///
    /// A record can then be written 2^31 times before its versions start again.
    const FIRSTS: u64 = (1 << 62) - 1;
    /// The number of steps, from 1 to 2^32-1.
    const STEPS: u64 = (1 << 32) - 1;

    /// Returns the version of a record that replaces one with version `current`, from 64 random bits.
    ///
    /// FAILURES 116: a record that is created again must not repeat the versions of the old one.
    pub(crate) fn next(current: Option<Self>, drawn: u64) -> Self {
        current.and_then(|current| current.after(drawn)).unwrap_or(Self::first(drawn))
    }

    /// Returns a version for a record without a predecessor, from 64 random bits.
    pub(crate) const fn first(drawn: u64) -> Self {
        Self((drawn % Self::FIRSTS) as i64 + 1)
    }

    /// Returns the version one random step after this one, from 64 random bits.
    ///
    /// Returns `None` after the last version, and for a version that no record has.
    pub(crate) const fn after(self, drawn: u64) -> Option<Self> {
        if !self.is_valid() {
            return None;
        }
        match self.0.checked_add_unsigned(drawn % Self::STEPS + 1) {
            Some(next) => Some(Self(next)),
            None => None,
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
    newest: Option<Version>,
}

impl Record {
    /// Creates a record from stored values.
    #[must_use]
    pub const fn new(version: Version, bytes: Vec<u8>) -> Self {
        Self { version, bytes, forget_after: None, newest: None }
    }

    /// Sets the time that [`forget_after`](Self::forget_after) returns.
    ///
    /// A store that does not save this time returns records without it.
    #[must_use]
    pub const fn with_forget_after(mut self, time: Option<UnixTime>) -> Self {
        self.forget_after = time;
        self
    }

    /// Sets the newest version that was ever committed under the id of this record.
    ///
    /// Call this method only if your store also saves each committed version in a second place,
    /// which is not restored together with the first. `load` must read the second place before the
    /// record. If the record has a lower version, it is from a backup, or its newer versions were
    /// lost. Every call then refuses the record until
    /// [`after_restore`](crate::verifier::Operations::after_restore).
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::storage::{Record, Version};
    ///
    /// // The table and the log, which the database account of the table cannot change.
    /// let (version, bytes, logged) = (7, vec![1, 2, 3], Some(9));
    /// let record = Record::new(Version::new(version), bytes).with_newest(logged.map(Version::new));
    /// assert!(record.is_rolled_back());
    /// ```
    #[doc(alias = "monotonic")]
    #[doc(alias = "rollback")]
    #[must_use]
    pub const fn with_newest(mut self, newest: Option<Version>) -> Self {
        self.newest = newest;
        self
    }

    /// Returns whether a newer version was [committed](Self::with_newest).
    #[must_use]
    pub const fn is_rolled_back(&self) -> bool {
        match self.newest {
            Some(newest) => self.version.0 < newest.0,
            None => false,
        }
    }

    /// Returns the version that the next write must follow.
    pub(crate) const fn latest(&self) -> Version {
        match self.newest {
            Some(newest) if self.is_rolled_back() => newest,
            _ => self.version,
        }
    }

    /// Returns the version, which the store saves with the bytes.
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
    /// primary key is missing. No proof is then accepted, but the write may have consumed a code.
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
        fn created_versions_are_valid_and_increase(drawn in any::<u64>(), number in any::<i64>()) {
            let first = Version::first(drawn);
            prop_assert!(first.is_valid() && first.get() < 1 << 62);
            let stored = Version::new(number);
            prop_assert!(number > 0 || stored.after(drawn).is_none());
            if let Some(next) = stored.after(drawn) {
                prop_assert!(next.is_valid() && (1..1 << 32).contains(&(next.get() - number)));
            }
        }
    }

    #[test]
    fn latest_version_is_the_greater_one() {
        for (version, newest, latest) in [(5, 3, 5), (5, 5, 5), (5, 7, 7)] {
            let record = Record::new(Version::new(version), Vec::new());
            assert_eq!(record.latest().get(), version);
            assert_eq!(record.with_newest(Some(Version::new(newest))).latest().get(), latest);
        }
    }

    #[test]
    fn first_version_and_step_have_their_whole_range() {
        let firsts = [0, Version::FIRSTS - 1].map(|drawn| Version::first(drawn).get());
        assert_eq!(firsts, [1, (1 << 62) - 1]);
        let seven = Version::new(7);
        let steps = [0, Version::STEPS - 1].map(|drawn| seven.after(drawn).map(Version::get));
        assert_eq!(steps, [Some(8), Some(7 + (1 << 32) - 1)]);
    }

    #[test]
    fn version_after_the_last_is_a_first_one() {
        for number in [i64::MAX, i64::MIN, -1, 0] {
            assert_eq!(Version::new(number).after(0), None, "{number}");
        }
        assert_eq!(Version::new(i64::MAX - 1).after(0), Some(Version::new(i64::MAX)));
        assert!(!Version::NEVER.is_valid() && !Version::new(-1).is_valid());
    }
}
