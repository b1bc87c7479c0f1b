//! The log of a history.

use alloc::{format, string::String, vec, vec::Vec};
use core::time::Duration;
use std::time::Instant;

use super::append::Append;
use crate::storage::Record;

/// Every call with its answer.
#[derive(Debug)]
pub(super) struct Log {
    start: Instant,
    calls: Vec<Call>,
    /// The call of each append.
    appends: Vec<usize>,
    /// The records that no append wrote.
    odd: Vec<Odd>,
    /// The number of calls that began or ended. Unlike the time, it orders them exactly.
    events: u64,
    /// The time of the last commit to each record.
    committed_at: Vec<Option<Duration>>,
    faults: Vec<Fault>,
}

/// A call on the store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) record: usize,
    pub(super) kind: Kind,
    pub(super) began: u64,
    /// `None` while the call runs, and forever if its worker was dropped.
    pub(super) ended: Option<u64>,
    pub(super) began_at: Duration,
    pub(super) ended_at: Duration,
    pub(super) answer: Answer,
}

/// The kind of a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Load,
    Swap { append: Append, expected: Option<Append> },
}

/// The answer to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Committed,
    Failed,
    Found(Option<Append>),
    /// The call did not end within the limit, and its future was dropped.
    Hung,
    /// A record that no append to this id wrote, by its index in `Log::odd`.
    Odd(usize),
    /// The call has not ended.
    Open,
    Refused,
}

/// A loaded record that no append to its id wrote.
#[derive(Debug)]
pub(super) struct Odd {
    pub(super) is_of_other_id: bool,
    /// The version and the bytes are from two different appends.
    pub(super) is_torn: bool,
    pub(super) text: String,
}

/// A disturbance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) name: &'static str,
    pub(super) began_at: Duration,
    /// The time when every record had committed again.
    pub(super) recovered_at: Option<Duration>,
}

impl Log {
    pub(super) fn new(records: usize) -> Self {
        Self {
            start: Instant::now(),
            calls: Vec::new(),
            appends: Vec::new(),
            odd: Vec::new(),
            events: 0,
            committed_at: vec![None; records],
            faults: Vec::new(),
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn records(&self) -> usize {
        self.committed_at.len()
    }

    pub(super) const fn events(&self) -> u64 {
        self.events
    }

    pub(super) fn calls(&self) -> &[Call] {
        &self.calls
    }

    pub(super) fn faults(&self) -> &[Fault] {
        &self.faults
    }

    pub(super) fn odd(&self, place: usize) -> Option<&Odd> {
        self.odd.get(place)
    }

    /// Returns the call that made this append.
    pub(super) fn swap(&self, append: Append) -> Option<&Call> {
        self.calls.get(*self.appends.get(append.place())?)
    }

    pub(super) fn appends(&self) -> usize {
        self.appends.len()
    }

    pub(super) fn begin_load(&mut self, record: usize) -> usize {
        self.begin(record, Kind::Load)
    }

    /// Begins the next append, after the record `follows`.
    ///
    /// Returns `None` if no append wrote this record.
    pub(super) fn begin_swap(
        &mut self,
        record: usize,
        follows: &Option<Record>,
    ) -> Option<(usize, Record)> {
        let expected = match follows {
            None => None,
            Some(found) => Some(self.append_of(record, found)?),
        };
        let append = Append::at(self.appends.len())?;
        let call = self.begin(record, Kind::Swap { append, expected });
        self.appends.push(call);
        Some((call, append.record()))
    }

    fn begin(&mut self, record: usize, kind: Kind) -> usize {
        let now = self.now();
        self.calls.push(Call {
            record,
            kind,
            began: self.events,
            ended: None,
            began_at: now,
            ended_at: now,
            answer: Answer::Open,
        });
        self.events += 1;
        self.calls.len() - 1
    }

    pub(super) fn end(&mut self, call: usize, answer: Answer) {
        let (now, event) = (self.now(), self.events);
        let Some(call) = self.calls.get_mut(call) else { return };
        call.answer = answer;
        call.ended = Some(event);
        call.ended_at = now;
        if answer == Answer::Committed {
            let committed_at = self.committed_at.get_mut(call.record);
            committed_at.into_iter().for_each(|at| *at = Some(now));
        }
        self.events += 1;
    }

    /// Returns the answer of a load that returned `found`.
    pub(super) fn found(&mut self, record: usize, found: Option<&Record>) -> Answer {
        let Some(found) = found else { return Answer::Found(None) };
        if let Some(append) = self.append_of(record, found) {
            return Answer::Found(Some(append));
        }
        self.odd.push(self.odd_of(found));
        Answer::Odd(self.odd.len() - 1)
    }

    /// Returns the append to this record that wrote `found`.
    fn append_of(&self, record: usize, found: &Record) -> Option<Append> {
        let append = Append::of(found)?;
        (self.swap(append)?.record == record).then_some(append)
    }

    fn odd_of(&self, found: &Record) -> Odd {
        let known = |append: &Append| self.swap(*append).is_some();
        let version = Append::of_version(found.version()).filter(known);
        let bytes = Append::of_bytes(found.bytes()).filter(known);
        let text = match (version, bytes) {
            (Some(version), Some(bytes)) if version == bytes => {
                format!("{version}, which is of another id")
            }
            (Some(version), Some(bytes)) => {
                format!("the version of {version} with the bytes of {bytes}")
            }
            (Some(version), None) => {
                format!("the version of {version} with {} other bytes", found.bytes().len())
            }
            (None, _) => format!("version {}, which no swap wrote", found.version().get()),
        };
        Odd {
            is_of_other_id: version.is_some() && version == bytes,
            is_torn: version.is_some() && bytes.is_some() && version != bytes,
            text,
        }
    }

    /// Returns when every record had committed after `time`, or `None` if one has not.
    pub(super) fn commits_again_since(&self, time: Duration) -> Option<Duration> {
        let all = self.committed_at.iter().map(|at| at.filter(|at| *at > time));
        all.collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    pub(super) fn note_fault(
        &mut self,
        name: &'static str,
        began_at: Duration,
        recovered_at: Option<Duration>,
    ) {
        self.faults.push(Fault { name, began_at, recovered_at });
    }

    /// Returns a sentence on a call, for a report.
    pub(super) fn text(&self, call: &Call) -> String {
        let what = match call.kind {
            Kind::Load => format!("load of record {}", call.record),
            Kind::Swap { append, expected: None } => {
                format!("{append} as the first of record {}", call.record)
            }
            Kind::Swap { append, expected: Some(expected) } => {
                format!("{append} after {expected} to record {}", call.record)
            }
        };
        let answer: String = match call.answer {
            Answer::Committed => "committed".into(),
            Answer::Failed => "failed".into(),
            Answer::Found(None) => "returned None".into(),
            Answer::Found(Some(append)) => format!("returned {append}"),
            Answer::Hung => "did not end".into(),
            Answer::Odd(place) => match self.odd(place) {
                Some(odd) => format!("returned {}", odd.text),
                None => "returned an odd record".into(),
            },
            Answer::Open => "was dropped".into(),
            Answer::Refused => "was refused as a conflict".into(),
        };
        let (began, ended) = (call.began_at.as_secs_f64(), call.ended_at.as_secs_f64());
        format!("{what} {answer} ({began:.3} s to {ended:.3} s)")
    }
}
