//! A decision that waits for its write. Writes nothing.

use alloc::vec::Vec;
use core::fmt;

use super::{Conversion, Notice};
use crate::{
    Address,
    event::Event,
    id::RecordId,
    record::{Record, Swap, Version},
    verdict::Denial,
};

/// What a decision came to: a write whose answer follows, or a refusal that needs none.
///
/// # Example
///
/// See the [module](super).
pub type Decision<T> = Result<Transition<T>, Denial>;

/// A decision that waits for its write.
///
/// Give [`record_id`](Self::record_id), [`expected`](Self::expected) and [`record`](Self::record) to
/// the store's compare-and-swap and its answer to [`settle`](Self::settle). The value behind the
/// decision does not exist before that: commit, then answer (law 2).
///
/// A refusal that is not counted makes a swap too, one that expects a version that no record ever
/// had and so cannot commit: from outside, all refusals look and cost the same.
///
/// # Example
///
/// See the [module](super).
#[must_use = "a decision that is not written and settled decides nothing"]
pub struct Transition<T> {
    id: RecordId,
    expected: Option<Version>,
    record: Record,
    outcome: Result<T, Denial>,
    events: Vec<(Event, Vec<Address>)>,
    notices: Vec<Notice>,
    conversion: Option<Conversion>,
}

impl<T> Transition<T> {
    pub(super) const fn new(
        id: RecordId,
        expected: Option<Version>,
        record: Record,
        outcome: Result<T, Denial>,
        events: Vec<(Event, Vec<Address>)>,
    ) -> Self {
        Self { id, expected, record, outcome, events, notices: Vec::new(), conversion: None }
    }

    pub(super) fn with_notices(mut self, notices: Vec<Notice>) -> Self {
        self.notices = notices;
        self
    }

    pub(super) const fn with_conversion(mut self, conversion: Option<Conversion>) -> Self {
        self.conversion = conversion;
        self
    }

    /// The version that must stand in the store; `None`: there must be no record.
    #[must_use]
    pub const fn expected(&self) -> Option<Version> {
        self.expected
    }

    /// The record to write.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Where to write it.
    #[must_use]
    pub const fn record_id(&self) -> &RecordId {
        &self.id
    }

    /// The answer, now that the store has given its own.
    ///
    /// # Security
    ///
    /// Pass on what the store said and nothing else. If the store failed, or you cannot tell whether
    /// the write took effect, drop the transition and answer with an error: a code that it consumed
    /// may be spent.
    pub fn settle(self, swap: Swap) -> Settled<T> {
        let is_decoy = self.expected == Some(Version::NEVER);
        match (swap, is_decoy) {
            (Swap::Commit, false) | (Swap::Conflict, true) => Settled::Done {
                outcome: self.outcome,
                events: self.events,
                notices: self.notices,
                conversion: self.conversion,
            },
            (Swap::Conflict, false) => Settled::Conflict,
            // No record ever had that version: this store does not compare.
            (Swap::Commit, true) => Settled::BrokenStore,
        }
    }
}

impl<T> fmt::Debug for Transition<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transition")
            .field("id", &self.id)
            .field("expected", &self.expected)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

/// What a settled decision comes to.
///
/// # Example
///
/// See the [module](super).
#[must_use = "this is the answer, or the order to decide again"]
#[expect(clippy::exhaustive_enums, reason = "a host must not be able to overlook one")]
pub enum Settled<T> {
    /// Another writer came first: load again and decide again, with a new moment.
    Conflict,
    /// The store committed a swap that expected a version which no record ever had. It does not
    /// compare versions: let nobody in until it does.
    BrokenStore,
    /// It is decided and written.
    #[non_exhaustive]
    Done {
        /// The answer.
        outcome: Result<T, Denial>,
        /// What happened, for the host's log, and where the person is to be told of it: at every
        /// address that is proven and those that have just gone; nowhere, if need not be.
        events: Vec<(Event, Vec<Address>)>,
        /// The same as messages that wait, unless the policy leaves them to the host: send them, then
        /// settle [`Subject::told`](super::Subject::told). What is not told now comes again with the
        /// next decision, for a day.
        notices: Vec<Notice>,
        /// A code that went to a phone number was entered: note it, best effort.
        conversion: Option<Conversion>,
    },
}

impl<T> fmt::Debug for Settled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conflict => "Conflict",
            Self::BrokenStore => "BrokenStore",
            Self::Done { outcome: Ok(_), .. } => "Done(accepted)",
            Self::Done { outcome: Err(_), .. } => "Done(refused)",
        })
    }
}
