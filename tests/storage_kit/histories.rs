//! Histories of faithful and of faulty stores.

use alloc::collections::BTreeMap;
use core::{
    future::pending,
    sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    time::Duration,
};
use std::{
    sync::{Mutex, MutexGuard},
    thread,
    time::Instant,
};

use second_factor::{
    block_on,
    storage::{Record, RecordId, Storage, Swap, Version},
    testkit::{
        history::{Disturbance, History, HistoryReport},
        storage::{
            Clause::{self, Bytes, Commit, Doubt, End, Ids, Load, Swap as Atomic},
            Trouble,
        },
    },
};

/// What a store does wrong, at every thirteenth chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    AnswersConflictAfterCommit,
    CommitsTwice,
    Fails,
    ForgetsAtFailover,
    ForgetsCommits,
    Hangs,
    IgnoresTheVersion,
    LosesTheLastByte,
    NeverRecovers,
    ReturnsANeighbor,
    ReturnsNone,
    ReturnsOldRecords,
    RollsBackWhatWasRead,
    TearsReads,
}

/// Each fault, with the clauses that every report of it names.
const FAULTY: [(Fault, &[Clause]); 13] = [
    (Fault::AnswersConflictAfterCommit, &[Doubt]),
    (Fault::CommitsTwice, &[Commit]),
    (Fault::ForgetsAtFailover, &[Commit]),
    (Fault::ForgetsCommits, &[Atomic, Commit]),
    (Fault::Hangs, &[End]),
    (Fault::IgnoresTheVersion, &[Atomic, Commit]),
    (Fault::LosesTheLastByte, &[Bytes]),
    (Fault::NeverRecovers, &[End]),
    (Fault::ReturnsANeighbor, &[Ids]),
    (Fault::ReturnsNone, &[Load]),
    (Fault::ReturnsOldRecords, &[Load]),
    (Fault::RollsBackWhatWasRead, &[Commit]),
    (Fault::TearsReads, &[Atomic]),
];

struct Faulty {
    fault: Fault,
    rows: Mutex<BTreeMap<RecordId, Vec<Record>>>,
    calls: AtomicUsize,
    is_down: AtomicBool,
    /// The version that was loaded last.
    seen: AtomicI64,
}

const A_SECOND: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
#[error("the database failed")]
struct Failed;

impl Faulty {
    fn new(fault: Fault) -> Self {
        let (rows, calls) = (Mutex::default(), AtomicUsize::new(0));
        Self { fault, rows, calls, is_down: AtomicBool::new(false), seen: AtomicI64::new(0) }
    }

    fn rows(&self) -> MutexGuard<'_, BTreeMap<RecordId, Vec<Record>>> {
        self.rows.lock().unwrap()
    }

    /// Whether it shows this fault now.
    fn shows(&self, fault: Fault) -> bool {
        self.fault == fault && self.calls.fetch_add(1, Ordering::SeqCst) % 13 == 12
    }

    fn check(&self) -> Result<(), Failed> {
        if self.is_down.load(Ordering::SeqCst) { Err(Failed) } else { Ok(()) }
    }
}

impl Storage for Faulty {
    type Error = Failed;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        self.check()?;
        if self.shows(Fault::Hangs) {
            pending::<()>().await;
        }
        if self.shows(Fault::Fails) {
            return Err(Failed);
        }
        delay();
        let rows = self.rows();
        let records = rows.get(id).map_or(&[][..], Vec::as_slice);
        let last = records.last().cloned();
        if let Some(last) = &last {
            self.seen.store(last.version().get(), Ordering::SeqCst);
        }
        let Some((found, old)) = last.clone().zip(records.iter().rev().nth(1)) else {
            return Ok(last);
        };
        Ok(if self.shows(Fault::ReturnsNone) {
            None
        } else if self.shows(Fault::ReturnsOldRecords) {
            Some(old.clone())
        } else if self.shows(Fault::TearsReads) {
            Some(Record::new(found.version(), old.bytes().to_vec()))
        } else if self.shows(Fault::LosesTheLastByte) {
            Some(Record::new(found.version(), found.bytes()[1..].to_vec()))
        } else if self.shows(Fault::ReturnsANeighbor) {
            rows.range(*id..).nth(1).and_then(|(_, records)| records.last().cloned()).or(last)
        } else {
            last
        })
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        self.check()?;
        delay();
        self.swap(id, expected, record)
    }
}

impl Faulty {
    fn swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        let mut rows = self.rows();
        let records = rows.entry(*id).or_default();
        let is_expected = records.last().map(Record::version) == expected;
        if !is_expected && self.fault != Fault::IgnoresTheVersion {
            return Ok(Swap::Conflict);
        }
        if self.shows(Fault::ForgetsCommits) {
            return Ok(Swap::Commit);
        }
        if self.shows(Fault::RollsBackWhatWasRead) {
            // It is visible until the transaction ends with an error.
            records.push(record.clone());
            drop(rows);
            let (version, start) = (record.version(), Instant::now());
            while self.seen.load(Ordering::SeqCst) != version.get() && start.elapsed() < A_SECOND {
                delay();
            }
            self.rows().entry(*id).or_default().retain(|it| it.version() != version);
            return Err(Failed);
        }
        records.push(record.clone());
        if self.shows(Fault::CommitsTwice) {
            // A driver that repeats an unanswered statement after others have committed.
            drop(rows);
            thread::sleep(Duration::from_millis(2));
            self.rows().entry(*id).or_default().push(record.clone());
        }
        let fails = self.shows(Fault::Fails);
        let conflicts = self.shows(Fault::AnswersConflictAfterCommit);
        if fails { Err(Failed) } else { Ok(if conflicts { Swap::Conflict } else { Swap::Commit }) }
    }
}

/// Waits as long as a network takes, so that calls overlap.
fn delay() {
    thread::sleep(Duration::from_micros(100));
}

/// A failover: for the faults that show there, with a loss or without recovery.
impl Disturbance for Faulty {
    fn name(&self) -> &'static str {
        "failover"
    }

    async fn begin(&self) -> Result<(), Trouble> {
        self.is_down.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn end(&self) -> Result<(), Trouble> {
        if self.fault == Fault::ForgetsAtFailover {
            let keep = |records: &mut Vec<Record>| records.truncate(records.len().div_ceil(2));
            self.rows().values_mut().for_each(keep);
        }
        self.is_down.store(self.fault == Fault::NeverRecovers, Ordering::SeqCst);
        Ok(())
    }
}

/// The report on a store after some hundred calls and a failover.
fn report_on(fault: Fault) -> HistoryReport {
    let hangs = matches!(fault, Fault::Hangs | Fault::NeverRecovers);
    let history = History::new(2, Duration::from_millis(if hangs { 60 } else { 20_000 }));
    let store = Faulty::new(fault);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| block_on(history.append(&store)));
        }
        scope.spawn(|| block_on(history.read(&store)));
        let grow = |by: usize| {
            let until = history.calls() + by;
            while history.calls() < until {
                thread::sleep(Duration::from_millis(1));
            }
        };
        let calls = if hangs { 30 } else { 600 };
        grow(calls);
        block_on(history.disturb(&store, Duration::from_millis(5))).unwrap();
        grow(if fault == Fault::NeverRecovers { 1 } else { calls });
        history.stop();
    });
    block_on(history.judge(&store))
}

#[test]
fn faults_are_found_in_every_one_of_20_runs() {
    thread::scope(|scope| {
        for (fault, clauses) in FAULTY {
            scope.spawn(move || {
                for run in 0..20 {
                    let report = report_on(fault);
                    let named: Vec<Clause> =
                        report.findings().iter().map(|finding| finding.clause()).collect();
                    for clause in clauses {
                        assert!(named.contains(clause), "{fault:?}, run {run}:\n{report}");
                    }
                }
            });
        }
    });
}

#[test]
fn store_that_fails_but_keeps_its_answers_passes() {
    for _ in 0..20 {
        let report = report_on(Fault::Fails);
        assert!(report.findings().is_empty(), "{report}");
        let [outage] = report.outages() else { panic!("{report}") };
        assert!(outage.longest_gap() >= Duration::from_millis(5), "{report}");
        assert_eq!(outage.name(), "failover");
    }
}

#[test]
fn report_names_clause_and_history() {
    let text = report_on(Fault::ForgetsCommits).to_string();
    let shown =
        ["VIOLATED 2. A commit must be durable", "append ", "committed (", "fault    failover"];
    assert!(shown.iter().all(|part| text.contains(part)), "{text}");
}
