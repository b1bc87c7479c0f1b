//! Past events that the other state no longer shows.

use minicbor::{CborLen, Decode, Encode};

/// The past events of a subject.
///
/// Factors can be removed, and an administrator can reset them. A subject that was in use must
/// still not be imported again.
#[derive(Clone, Copy, Debug, Default, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Past {
    #[n(0)]
    pub(crate) was_imported: bool,
    /// Whether a factor ever protected the subject.
    #[n(1)]
    pub(crate) was_protected: bool,
    /// Whether an administrator ever reset the subject.
    #[n(2)]
    pub(crate) was_reset: bool,
}

impl Past {
    /// Returns whether the subject must not be imported any more.
    pub(crate) const fn excludes_import(self) -> bool {
        self.was_imported || self.was_protected || self.was_reset
    }
}
