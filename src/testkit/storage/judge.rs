//! Which clause a wrong answer breaks: judged by all that was ever written.

use alloc::{format, string::String, vec::Vec};
use std::sync::Mutex;

use super::{Clause, Finding};
use crate::{
    storage::{Record, RecordId},
    testkit::lock,
};

/// What one check wrote and what it is doing.
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
    /// Notes what is called now, for the case that it never answers.
    pub(super) fn begin(&self, call: &'static str) {
        lock(&self.inner).doing = call;
    }

    /// What was called last.
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

    /// The record was deleted.
    pub(super) fn forget(&self, id: &RecordId) {
        lock(&self.inner).written.retain(|written| written.id != *id);
    }

    /// What must stand under `id`.
    pub(super) fn standing(&self, id: &RecordId) -> Option<Record> {
        let inner = lock(&self.inner);
        let last = inner.written.iter().rev().find(|w| w.id == *id && w.fate == Fate::Committed);
        last.map(|written| written.record.clone())
    }

    /// Compares what `load` gave with what must stand under `id`.
    ///
    /// A record that is lost breaks the clause that the check is about (of commits, refusals, bytes or
    /// ids) rather than that of `load`; an old one does so in a check of commits or refusals.
    pub(super) fn judge(
        &self,
        clause: Clause,
        id: &RecordId,
        found: Option<&Record>,
        when: &str,
    ) -> Result<(), Finding> {
        let wanted = self.standing(id);
        let lost = match clause {
            Clause::Bytes | Clause::Commit | Clause::Ids | Clause::Refusal => clause,
            Clause::Doubt | Clause::Load | Clause::Swap => Clause::Load,
        };
        let expected = || match &wanted {
            Some(wanted) => format!("{} under {id} {when}", name(wanted)),
            None => format!("None under {id} {when}"),
        };
        let finding = |clause, found: String| Err(Finding::new(clause, expected(), found));
        let (wanted, found) = match (&wanted, found) {
            (None, None) => return Ok(()),
            (Some(_), None) => return finding(lost, "answered None".into()),
            (None, Some(found)) => {
                return finding(self.source(id, found, clause), format!("gave {}", name(found)));
            }
            (Some(wanted), Some(found)) => (wanted, found),
        };
        let is_same_hint =
            found.forget_after().is_none_or(|_| found.forget_after() == wanted.forget_after());
        match (found.version() == wanted.version(), found.bytes() == wanted.bytes()) {
            (true, true) if is_same_hint => Ok(()),
            (true, true) => finding(Clause::Bytes, "gave another time to forget it after".into()),
            (true, false) => finding(Clause::Bytes, difference(wanted.bytes(), found.bytes())),
            (false, true) => {
                let clause = if clause == Clause::Refusal { clause } else { Clause::Swap };
                finding(clause, format!("gave these bytes as {}", name(found)))
            }
            (false, false) => {
                let source = self.source(id, found, Clause::Bytes);
                let clause = match (source, clause) {
                    (Clause::Load, Clause::Commit | Clause::Refusal) => clause,
                    _ => source,
                };
                finding(clause, format!("gave {}{}", name(found), meaning(source)))
            }
        }
    }

    /// The clause that is broken when `found` stands under `id`, by where it came from.
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
        _ => ", which nobody wrote",
    }
}

/// A record as a finding names it.
pub(super) fn name(record: &Record) -> String {
    format!("version {} with {} bytes", record.version().get(), record.bytes().len())
}

/// Where two runs of bytes part.
pub(super) fn difference(wanted: &[u8], found: &[u8]) -> String {
    let at = wanted.iter().zip(found).position(|(wanted, found)| wanted != found);
    let lengths = format!("gave {} bytes of {}", found.len(), wanted.len());
    match at {
        Some(at) => format!("{lengths}, the first wrong one at {at}"),
        None => lengths,
    }
}
