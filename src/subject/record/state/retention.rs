//! How long a record must be stored.

use super::State;
use crate::{
    subject::record::{codec, past::Past},
    time::{DAY, UnixTime},
};

impl State {
    /// Returns the time at which a store may delete the record, or `None` if it must be stored
    /// indefinitely.
    ///
    /// A stranger can begin to register any number, and request codes for any account. Such a
    /// record contains only counts, which matter for less than a month. It may be deleted if
    /// nothing was ever proven.
    pub(crate) fn forget_after(&self, now: UnixTime) -> Option<UnixTime> {
        let Self {
            factors,
            registration,
            reset,
            devices,
            support_code,
            outbox,
            past,
            notices: _,
            known_sends: _,
            mailed_notices: _,
            // Each is over within a month, or is a count.
            enrollments: _,
            challenges: _,
            backoff: _,
            sends: _,
            enrolling: _,
            partial_proofs: _,
            leases: _,
            compromise: _,
            quarantines: _,
            blocked_clients: _,
            ceremonies: _,
            sign_in_requests: _,
            epoch: _,
            name: _,
        } = self;
        let Past { was_imported, was_protected, was_reset } = past;
        let is_kept = factors.each().next().is_some()
            || registration.is_known
            || reset.is_some()
            || !devices.is_empty()
            || support_code.is_some()
            || outbox.due_at(now).is_some()
            || *was_imported
            || *was_protected
            || *was_reset;
        (!is_kept).then(|| now.plus(if self.is_blank() { BLANK } else { UNPROVEN }))
    }

    /// Returns whether nothing has happened yet, as in a record that was created to confirm a read.
    fn is_blank(&self) -> bool {
        let blank = Self { name: self.name.clone(), ..Self::new() };
        codec::encodes_to(self, &minicbor::to_vec(&blank).unwrap_or_default())
    }
}

/// The seconds after which a store may delete a record without content: a day.
const BLANK: u64 = DAY as u64;
/// A month, in seconds.
const UNPROVEN: u64 = 30 * DAY as u64;
