//! A sentinel record that detects an incorrect root key.

use super::transition::Transition;
use crate::{
    id::RecordId,
    keys::{Keys, RecordKind},
    moment::Moment,
    record::Record,
    subject::record::codec::{self, Unreadable},
};

/// A sentinel record that detects an incorrect root key.
///
/// Record ids are derived from the root key. With an incorrect root key, no record is found, and a
/// subject with a second factor would look like one without (law 7). The sentinel record has the
/// same id under every root key, and opens only under the root key that wrote it. Check it before
/// you conclude that a record is missing.
///
/// # Example
///
/// ```
/// use second_factor::{Keys, sans_io::{RootSentinel, Unreadable}, storage::Record};
///
/// fn is_initialized(keys: &Keys, stored: Option<&Record>) -> Result<bool, Unreadable> {
///     RootSentinel::check(keys, stored)    // `false`: write what `RootSentinel::begin` returns
/// }
/// # let _ = is_initialized;
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

    /// Returns whether the store was initialized with these keys.
    ///
    /// # Errors
    ///
    /// Returns [`Unreadable`] if the store was initialized with another root key.
    pub fn check(keys: &Keys, record: Option<&Record>) -> Result<bool, Unreadable> {
        let Some(record) = record else {
            return Ok(false);
        };
        codec::open::<()>(keys, (RecordKind::Root, &Self::record_id()), record).map(|_| true)
    }

    /// Initializes the store with these keys.
    pub fn begin(keys: &Keys, mut moment: Moment) -> Transition<()> {
        let id = Self::record_id();
        let place = (RecordKind::Root, &id);
        keys.bind_to_record(&mut moment, place, None);
        let record = codec::seal(keys, place, None, &(), None, &mut moment);
        Transition::new(id, None, record, Ok(()))
    }
}
