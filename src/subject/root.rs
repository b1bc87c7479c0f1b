//! The record by which a store knows its key root again. Holds nothing.

use super::{Moment, Transition, Unreadable, codec};
use crate::{
    id::RecordId,
    keys::{Keys, RecordKind},
    record::Record,
};

/// The record by which a store knows its key root again.
///
/// Records are named by the root, so that under another root no record is found, and a subject with a
/// second factor would look like one without (law 7). This record has the same name under every root
/// and opens under its own alone: look at it before you believe that a record is missing.
///
/// # Example
///
/// ```
/// use second_factor::{Keys, storage::Record, subject::{RootSentinel, Unreadable}};
///
/// fn is_known(keys: &Keys, stored: Option<&Record>) -> Result<bool, Unreadable> {
///     RootSentinel::check(keys, stored)            // `false`: write what `RootSentinel::begin` decides
/// }
/// # let _ = is_known;
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct RootSentinel;

impl RootSentinel {
    /// The id under which the store keeps it.
    #[must_use]
    pub const fn record_id() -> RecordId {
        Keys::root_record()
    }

    /// Whether the store was begun with these keys; `false` when it was not begun.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when it was begun with another root.
    pub fn check(keys: &Keys, record: Option<&Record>) -> Result<bool, Unreadable> {
        let Some(record) = record else {
            return Ok(false);
        };
        let opened = keys.open_record((RecordKind::Root, &Self::record_id()), record);
        opened.map(|_| true).map_err(|_| Unreadable)
    }

    /// Begins the store with these keys.
    pub fn begin(keys: &Keys, mut moment: Moment) -> Transition<()> {
        let id = Self::record_id();
        let version = codec::next_version(None, &mut moment);
        let place = (RecordKind::Root, &id);
        let record = codec::seal(keys, place, version, &(), None, &mut moment);
        Transition::new(id, None, record, Ok(()), alloc::vec::Vec::new())
    }
}
