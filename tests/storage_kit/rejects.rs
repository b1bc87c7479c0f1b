//! Stores that are rejected.

use alloc::collections::BTreeSet;
use std::thread;

use second_factor::{
    block_on,
    testkit::{
        check_storage,
        storage::{
            CheckOutcome,
            Clause::{self, Bytes, Commit, Doubt, End, Ids, Load, Refusal, Swap},
        },
    },
};

use crate::{
    flawed::FlawedStores,
    flaws::Flaw::{self, *},
};

/// Each flaw, and every clause that the report must name for it.
const FLAWED: [(Flaw, &[Clause]); 49] = [
    // Incorrect comparisons of versions.
    (ComparesAsFloats, &[Swap]),
    (ComparesHalfOfTheVersion, &[Swap]),
    (ComparesWithLessOrEqual, &[Swap]),
    (IgnoresTheVersion, &[Swap]),
    (CreatesRecordsForAnyVersion, &[Swap]),
    (ReusesVersions, &[Swap]),
    (TreatsEqualVersionsAsItsOwn, &[Swap]),
    (TreatsZeroAsNoRecord, &[Swap]),
    (UpsertsWhenItExpectsNone, &[Swap]),
    // Swaps in several steps.
    (DeletesThenInserts, &[Swap]),
    (LeaksALockWhenDropped, &[Swap]),
    (ReadsThenWrites, &[Swap]),
    (WritesInTwoSteps, &[Swap]),
    // Lost commits.
    (CommitsBeforeItIsDurable, &[Commit]),
    (ExpiresTooEarly, &[Commit]),
    (KeepsTheFirstHint, &[Commit]),
    (RollsBackAtARefusal, &[Swap, Commit, Refusal]),
    (RollsBackWhenClosed, &[Swap, Commit, Load]),
    (RunsInATransaction, &[Swap, Commit, Load]),
    (ReturnsCommitOnErrors, &[Commit]),
    // Side effects of refusals.
    (AppliesTheHintOfARefusal, &[Commit, Refusal]),
    (BumpsTheVersionAtARefusal, &[Swap, Refusal]),
    (CreatesARecordAtARefusal, &[Swap, Refusal]),
    (WritesThenRefuses, &[Commit, Refusal, Doubt]),
    // Changed bytes.
    (DecodesBytes, &[Bytes]),
    (KeepsTheOldTail, &[Bytes]),
    (LosesTheLastByte, &[Bytes]),
    (PanicsAtLongBytes, &[Swap, Refusal, Bytes]),
    (RefusesMoreThan65535Bytes, &[Bytes]),
    (ReturnsNoneForEmptyBytes, &[Bytes]),
    (TrimsBytes, &[Bytes]),
    (TruncatesAt4KiB, &[Bytes]),
    // Confused ids.
    (TruncatesIds, &[Ids]),
    (DecodesIds, &[Ids]),
    (EndsIdsAtNul, &[Ids]),
    (FoldsCaseOfIds, &[Ids]),
    (ReturnsANeighbor, &[Commit, Ids]),
    // Stale loads.
    (CachesUntilItWrites, &[Load]),
    (CachesWhatIsMissing, &[Load]),
    (CachesWhatItSaw, &[Load]),
    (LagsBehind, &[Load]),
    (ReturnsNoneOnErrors, &[Load]),
    // Incorrect results.
    (ReturnsConflictAfterCommit, &[Doubt]),
    (ErrorsAtRaces, &[Doubt]),
    (ErrorsAtRefusals, &[Doubt]),
    (ReturnsConflictOnErrors, &[Doubt]),
    // Stalled servers.
    (HangsWhileStalled, &[End]),
    (ReturnsStaleRecordsAfterAStall, &[Load]),
    (StaysBrokenAfterAStall, &[End]),
];

/// The kit waits until each reader has seen enough writes, however the machine is loaded.
#[test]
fn finding_i06_torn_reads_are_found_in_every_one_of_20_runs() {
    let trials = [(); 20]
        .map(|()| thread::spawn(|| block_on(check_storage(FlawedStores(WritesInTwoSteps)))));
    for trial in trials {
        let rejected = trial.join().unwrap().unwrap_err();
        assert_eq!(rejected.report().violated_clauses(), [Swap], "{rejected}");
    }
}

/// All run concurrently, since they wait most of the time.
#[test]
fn every_flawed_store_is_rejected_for_its_clauses() {
    let trials = FLAWED.map(|(flaw, clauses)| {
        let trial = thread::spawn(move || block_on(check_storage(FlawedStores(flaw))));
        (flaw, clauses, trial)
    });
    let mut mistakes = String::new();
    let mut idle: BTreeSet<&str> = BTreeSet::new();
    let mut failed: BTreeSet<&str> = BTreeSet::new();
    for (flaw, clauses, trial) in trials {
        let rejected = match trial.join().unwrap() {
            Err(rejected) => rejected,
            Ok(report) => {
                mistakes += &format!("\n{flaw:?} passed: {report}");
                continue;
            }
        };
        let named = rejected.report().violated_clauses();
        // A reader between the two steps finds no record, which may violate another clause as well.
        let is_expected = match flaw {
            DeletesThenInserts => named.starts_with(clauses),
            _ => named == clauses,
        };
        if !is_expected {
            mistakes += &format!("\n{flaw:?}, expected {clauses:?}: {rejected}");
        }
        for check in rejected.report().checks() {
            let is_failed = matches!(check.outcome(), CheckOutcome::Failed(_));
            if is_failed { &mut failed } else { &mut idle }.insert(check.name());
        }
    }
    assert!(mistakes.is_empty(), "{mistakes}");
    let idle: Vec<_> = idle.difference(&failed).collect();
    // The store of files covers this check: the flawed stores have one process.
    assert_eq!(
        idle,
        [&"concurrent increments of many processes add up"],
        "no flawed store fails these checks"
    );
}
