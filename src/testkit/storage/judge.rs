//! The clause that a result of `load` violates.

use alloc::{format, string::String, vec::Vec};
use std::sync::Mutex;

use super::{Clause, Violation};
use crate::{
    storage::{Record, RecordId},
    testkit::lock,
};

/// The records that one check has written, and the call in progress.
#[derive(Default)]
pub(super) struct Notes {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    written: Vec<Written>,
    doing: &'static str,
}

struct Written {
    id: RecordId,
    record: Record,
    fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Committed,
    Refused,
}

impl Notes {
    /// Records the call that begins, for a violation if the call never returns.
    pub(super) fn begin(&self, call: &'static str) {
        lock(&self.inner).doing = call;
    }

    /// Returns the last call.
    pub(super) fn doing(&self) -> &'static str {
        lock(&self.inner).doing
    }

    pub(super) fn committed(&self, id: &RecordId, record: &Record) {
        self.note(id, record, Fate::Committed);
    }

    pub(super) fn refused(&self, id: &RecordId, record: &Record) {
        self.note(id, record, Fate::Refused);
    }

    fn note(&self, id: &RecordId, record: &Record, fate: Fate) {
        lock(&self.inner).written.push(Written { id: *id, record: record.clone(), fate });
    }

    /// Records that the record was deleted.
    pub(super) fn forget(&self, id: &RecordId) {
        lock(&self.inner).written.retain(|written| written.id != *id);
    }

    /// Returns the record that must be stored under `id`.
    pub(super) fn current(&self, id: &RecordId) -> Option<Record> {
        let inner = lock(&self.inner);
        let last = inner.written.iter().rev().find(|w| w.id == *id && w.fate == Fate::Committed);
        last.map(|written| written.record.clone())
    }

    /// Compares the result of `load` with the record that must be stored under `id`.
    ///
    /// In a check of commits, refusals, bytes or ids, a lost record violates the clause of that
    /// check instead of the clause on `load`. In a check of commits or refusals, an outdated record
    /// also violates the clause of that check.
    pub(super) fn judge(
        &self,
        clause: Clause,
        id: &RecordId,
        found: Option<&Record>,
        when: &str,
    ) -> Result<(), Violation> {
        let wanted = self.current(id);
        let lost = match clause {
            Clause::Bytes | Clause::Commit | Clause::Ids | Clause::Refusal => clause,
            Clause::Doubt | Clause::End | Clause::Load | Clause::Swap => Clause::Load,
        };
        let expected = || match &wanted {
            Some(wanted) => format!("{} under {id} {when}", name(wanted)),
            None => format!("None under {id} {when}"),
        };
        let violation = |clause, found: String| Err(Violation::new(clause, expected(), found));
        let (wanted, found) = match (&wanted, found) {
            (None, None) => return Ok(()),
            (Some(_), None) => return violation(lost, "returned None".into()),
            (None, Some(found)) => {
                return violation(
                    self.source(id, found, clause),
                    format!("returned {}", name(found)),
                );
            }
            (Some(wanted), Some(found)) => (wanted, found),
        };
        let is_same_hint =
            found.forget_after().is_none_or(|_| found.forget_after() == wanted.forget_after());
        match (found.version() == wanted.version(), found.bytes() == wanted.bytes()) {
            (true, true) if is_same_hint => Ok(()),
            (true, true) => violation(Clause::Bytes, "returned another `forget_after`".into()),
            (true, false) => violation(Clause::Bytes, difference(wanted.bytes(), found.bytes())),
            (false, true) => {
                let clause = if clause == Clause::Refusal { clause } else { Clause::Swap };
                violation(clause, format!("returned these bytes as {}", name(found)))
            }
            (false, false) => {
                let source = self.source(id, found, Clause::Bytes);
                let clause = match (source, clause) {
                    (Clause::Load, Clause::Commit | Clause::Refusal) => clause,
                    _ => source,
                };
                violation(clause, format!("returned {}{}", name(found), meaning(source)))
            }
        }
    }

    /// Returns the violated clause if `found` is stored under `id`.
    ///
    /// The clause depends on the origin of `found`: another id, a refused swap, or an outdated
    /// record. If no call wrote `found`, the clause is `unknown`.
    fn source(&self, id: &RecordId, found: &Record, unknown: Clause) -> Clause {
        let inner = lock(&self.inner);
        let is = |written: &&Written| {
            written.record.version() == found.version() && written.record.bytes() == found.bytes()
        };
        let from = inner.written.iter().filter(is).max_by_key(|written| written.id == *id);
        match from {
            None => unknown,
            Some(from) if from.id != *id => Clause::Ids,
            Some(from) if from.fate == Fate::Refused => Clause::Refusal,
            Some(_) => Clause::Load,
        }
    }
}

const fn meaning(clause: Clause) -> &'static str {
    match clause {
        Clause::Ids => ", which was written under another id",
        Clause::Load => ", which a later commit had replaced",
        Clause::Refusal => ", which was refused",
        _ => ", which was never written",
    }
}

/// Returns the description of a record in a violation.
pub(super) fn name(record: &Record) -> String {
    format!("version {} with {} bytes", record.version().get(), record.bytes().len())
}

/// Returns the description of the first difference between two byte strings.
pub(super) fn difference(wanted: &[u8], found: &[u8]) -> String {
    let at = wanted.iter().zip(found).position(|(wanted, found)| wanted != found);
    let lengths = format!("returned {} bytes of {}", found.len(), wanted.len());
    match at {
        Some(at) => format!("{lengths}, which differ first at {at}"),
        None => lengths,
    }
}
