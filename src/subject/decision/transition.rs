//! Decisions that are waiting for their write.

use alloc::vec::Vec;
use core::fmt;

use super::{
    checked::Checked,
    effects::Conversion,
    notice::{Notice, Report},
    slow_check::{IsCounted, SlowClass},
};
use crate::{
    denial::Denial,
    event::Occurrence,
    id::RecordId,
    record::{Record, Swap, Version},
    sign_in::Next,
};

/// The result of a decision: a transition to settle, or a refusal without a write.
///
/// # Example
///
/// See [`sans_io`](crate::sans_io).
pub type Decision<T> = Result<Transition<T>, Denial>;

/// A decision that is waiting for its write.
///
/// Pass [`record_id`](Self::record_id), [`expected`](Self::expected) and [`record`](Self::record)
/// to the store's compare-and-swap, and its result to [`settle`](Self::settle). The outcome is not
/// available before the write is committed (law 2).
///
/// A refusal that is not counted needs a swap too. It expects a version that no record ever had, so
/// it cannot commit. From outside, all refusals therefore look and cost the same (law 8).
///
/// # Example
///
/// See [`sans_io`](crate::sans_io).
#[must_use = "a decision has no effect until it is written and settled"]
pub struct Transition<T> {
    id: RecordId,
    expected: Option<Version>,
    record: Record,
    outcome: Result<T, Denial>,
    report: Report,
    conversion: Option<Conversion>,
}

impl<T> Transition<T> {
    /// Creates a transition without events.
    pub(crate) fn new(
        id: RecordId,
        expected: Option<Version>,
        record: Record,
        outcome: Result<T, Denial>,
    ) -> Self {
        let report = Report::default();
        Self { id, expected, record, outcome, report, conversion: None }
    }

    pub(crate) fn with_report(mut self, report: Report, conversion: Option<Conversion>) -> Self {
        (self.report, self.conversion) = (report, conversion);
        self
    }

    /// Returns whether a delivery must be acknowledged after the commit.
    pub(crate) fn needs_acknowledgement(&self) -> bool {
        !self.report.notices.is_empty() || self.report.occurrences.iter().any(|one| one.is_kept)
    }

    /// Returns the events to report if the result of the swap never arrives.
    ///
    /// Report them if the call was dropped during the swap, or if the store failed. Events that are
    /// stored with the change are not included, because a later decision reports them.
    #[must_use]
    pub fn uncertain(self) -> Vec<Occurrence> {
        let passing = self.report.occurrences.into_iter().filter(|one| !one.is_kept);
        passing.map(Occurrence::uncertain).collect()
    }

    /// Returns the version that the store must have, or `None` if no record may exist.
    #[must_use]
    pub const fn expected(&self) -> Option<Version> {
        self.expected
    }

    /// Returns the record to write.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Returns the id of the record to write.
    #[must_use]
    pub const fn record_id(&self) -> &RecordId {
        &self.id
    }

    /// Returns the outcome of this transition, given the result of the swap.
    ///
    /// # Security
    ///
    /// Pass exactly the result that the store returned. If the store failed, or if you do not know
    /// whether the write took effect, drop the transition and return an error. A code that it
    /// consumed may then be spent.
    pub fn settle(self, swap: Swap) -> Settled<T> {
        let is_decoy = self.expected == Some(Version::NEVER);
        match (swap, is_decoy) {
            (Swap::Commit, false) | (Swap::Conflict, true) => Settled::Done {
                outcome: self.outcome,
                occurrences: self.report.occurrences,
                notices: self.report.notices,
                conversion: self.conversion,
            },
            (Swap::Conflict, false) => Settled::Conflict,
            // No record ever had that version, so this store does not compare versions.
            (Swap::Commit, true) => Settled::BrokenStore,
        }
    }
}

/// The result of recognizing a device.
///
/// # Example
///
/// See [`sans_io`](crate::sans_io).
#[derive(Debug)]
#[must_use = "a change has no effect until it is written and settled"]
#[expect(clippy::exhaustive_enums, reason = "there is something to write, or not")]
pub enum Recognition {
    /// Something changed: the result is available after this write.
    Changed(Transition<Next>),
    /// Nothing changed, so there is nothing to write.
    Unchanged(Next),
}

impl Transition<Checked> {
    /// Returns the class of the caller that waits for the next slow hash, and whether the attempt
    /// was counted.
    ///
    /// Returns `None` if no slow hash follows. A provider-managed code needs none.
    pub(crate) fn slow_class(&self) -> Option<(SlowClass, IsCounted)> {
        match &self.outcome {
            Ok(Checked::SlowCheck(check)) if check.remote_check().is_none() => {
                let is_counted = if check.lease.is_ok() { IsCounted::Yes } else { IsCounted::No };
                Some((check.class, is_counted))
            }
            _ => None,
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

/// The result of a settled decision.
///
/// # Example
///
/// See [`sans_io`](crate::sans_io).
#[must_use = "this is the answer, or a demand to decide again"]
#[expect(clippy::exhaustive_enums, reason = "an application must handle every variant")]
pub enum Settled<T> {
    /// The store does not compare versions.
    ///
    /// It committed a swap that expected a version which no record ever had. You must not sign in
    /// any user with this store.
    BrokenStore,
    /// Another writer changed the record first.
    ///
    /// Load the record and decide again, at a new moment.
    Conflict,
    /// The decision was written.
    #[non_exhaustive]
    Done {
        /// The result of the decision.
        outcome: Result<T, Denial>,
        /// The events of this decision, for your application's log, and events that no process has
        /// reported before.
        occurrences: Vec<Occurrence>,
        /// The notices to send, unless the policy leaves them to your application. Send them
        /// within a minute, then settle
        /// [`Subject::acknowledge`](crate::sans_io::Subject::acknowledge). Until then, later
        /// decisions return them again, for a day.
        notices: Vec<Notice>,
        /// The conversion of a code to a phone number.
        ///
        /// Record it on a best-effort basis.
        conversion: Option<Conversion>,
    },
}

impl<T> fmt::Debug for Settled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BrokenStore => "BrokenStore",
            Self::Conflict => "Conflict",
            Self::Done { outcome: Ok(_), .. } => "Done(accepted)",
            Self::Done { outcome: Err(_), .. } => "Done(refused)",
        })
    }
}
