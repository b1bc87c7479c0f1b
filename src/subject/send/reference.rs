//! References that trace a delivery report to its code.

use crate::{
    id::{RecordId, SubjectId},
    keys::{Keys, RecordKind, TextKind},
    record::Record,
    subject::record::{
        codec::{self, Unreadable},
        open_codes::OpenCode,
        state::State,
    },
};

/// The reference of a message, which links a delivery report to its code.
///
/// Load the [record](Self::record_id), and read its [`subject`](Self::subject). Then decide
/// [`Subject::delivered`](crate::sans_io::Subject::delivered), or send the
/// [fallback](Self::fallback).
///
/// # Example
///
/// ```
/// use second_factor::{Keys, sans_io::SendReference};
///
/// let keys = Keys::new(core::array::from_fn(|i| i as u8));
/// assert!(SendReference::open(&keys, "a reference of another application").is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SendReference {
    pub(crate) record: RecordId,
    pub(crate) id: [u8; 16],
    pub(crate) count: u8,
}

impl SendReference {
    /// Opens a reference, or returns `None` if it was not sealed with these keys.
    #[must_use]
    pub fn open(keys: &Keys, reference: &str) -> Option<Self> {
        let plain = keys.open_text(TextKind::Reference, reference).ok()?;
        let (record, rest) = plain.split_first_chunk::<16>()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let [count] = rest else { return None };
        Some(Self { record: RecordId::new(*record), id: *id, count: *count })
    }

    /// Returns the id of the subject's record.
    #[must_use]
    pub const fn record_id(&self) -> &RecordId {
        &self.record
    }

    /// Returns the subject of the record, or `None` if the record does not contain it.
    ///
    /// # Errors
    ///
    /// Returns [`Unreadable`] if these keys do not open the record.
    pub fn subject(&self, keys: &Keys, record: &Record) -> Result<Option<SubjectId>, Unreadable> {
        let place = (RecordKind::Subject, &self.record);
        let (state, _) = codec::open::<State>(keys, place, record)?;
        Ok(SubjectId::from_record(&state.name))
    }

    pub(crate) fn of(open: &OpenCode<'_>, record: RecordId) -> Self {
        Self { record, id: *open.sent.id, count: open.sent.count() }
    }
}
