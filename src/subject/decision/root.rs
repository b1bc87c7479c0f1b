//! A sentinel record that detects incorrect keys.

use super::transition::Transition;
use crate::{
    id::RecordId,
    keys::{Keys, RecordKind},
    moment::Moment,
    record::Record,
    subject::record::{
        codec::{self, Unreadable},
        sentinel::Sentinel,
    },
};

/// A sentinel record that detects incorrect keys.
///
/// Record ids are derived from the first root. With an incorrect root, no record is found, and a
/// subject with a second factor would look like one without (law 7). The sentinel record has the
/// same id for all keys. It opens under the generation that sealed it, and contains a fingerprint
/// of the key that names the records. Check it before you conclude that a record is missing.
///
/// # Example
///
/// ```
/// use second_factor::{Keys, sans_io::{RootSentinel, Unreadable}, storage::Record};
///
/// # use second_factor::sans_io::{Moment, Transition};
/// fn to_write(
///     keys: &Keys, stored: Option<&Record>, moment: Moment,
/// ) -> Result<Option<Transition<()>>, Unreadable> {
///     match RootSentinel::check(keys, stored)? {
///         true => Ok(None),
///         false => Ok(Some(RootSentinel::write(keys, stored, moment))),
///     }
/// }
/// # let _ = to_write;
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct RootSentinel;

impl RootSentinel {
    /// Returns the id of the sentinel record.
    #[must_use]
    pub const fn record_id() -> RecordId {
        Keys::root_record()
    }

    /// Returns whether the newest generation that seals has sealed the record.
    ///
    /// Otherwise, [write](Self::write) it. The first write initializes the store, and must commit.
    /// A later write is best effort, because the previous generation still opens the record.
    ///
    /// # Errors
    ///
    /// Returns [`Unreadable`] if the store was initialized with other names. Also returns it if the
    /// generation of the record is not known.
    pub fn check(keys: &Keys, record: Option<&Record>) -> Result<bool, Unreadable> {
        let Some(record) = record else {
            return Ok(false);
        };
        let place = (RecordKind::Root, &Self::record_id());
        let (sentinel, generation) = codec::open::<Sentinel>(keys, place, record)?;
        if !sentinel.is_of(&keys.fingerprint()) {
            return Err(Unreadable::of(record));
        }
        Ok(generation >= keys.newest_pepper().0)
    }

    /// Initializes the store, or seals the record again with the newest generation.
    pub fn write(keys: &Keys, record: Option<&Record>, mut moment: Moment) -> Transition<()> {
        let id = Self::record_id();
        let (place, current) = ((RecordKind::Root, &id), record.map(Record::version));
        keys.bind_to_record(&mut moment, place, record);
        let sentinel = Sentinel::new(keys.fingerprint());
        let record = codec::seal(keys, place, current, &sentinel, None, &mut moment);
        Transition::new(id, current, record, Ok(()))
    }
}
