//! What the kit rejects, and the clauses it names.

use alloc::collections::BTreeSet;
use std::thread;

use second_factor::{
    block_on,
    testkit::{
        check_storage,
        storage::{
            Clause::{self, Bytes, Commit, Doubt, Ids, Load, Refusal, Swap},
            Outcome,
        },
    },
};

use crate::{
    flawed::FlawedStores,
    flaws::Flaw::{self, *},
};

/// What is wrong with a store, and every clause that the kit must name for it.
const BROKEN: [(Flaw, &[Clause]); 47] = [
    // Compares wrongly.
    (ComparesAsFloats, &[Swap]),
    (ComparesHalfOfTheVersion, &[Swap]),
    (ComparesSigned, &[Swap]),
    (ComparesWithLessOrEqual, &[Swap]),
    (IgnoresTheVersion, &[Swap]),
    (MakesRecordsForAnyVersion, &[Swap]),
    (ReusesVersions, &[Swap]),
    (TakesEqualVersionsForItsOwn, &[Swap]),
    (TakesZeroForNoRecord, &[Swap]),
    (UpsertsWhenItExpectsNone, &[Swap]),
    // Has a swap of several parts.
    (DeletesThenInserts, &[Swap]),
    (KeepsALockWhenDropped, &[Swap]),
    (ReadsThenWrites, &[Swap]),
    (WritesHalves, &[Swap]),
    // Loses what it committed.
    (AnswersBeforeItIsDurable, &[Commit]),
    (ExpiresTooEarly, &[Commit]),
    (KeepsTheFirstHint, &[Commit]),
    (RollsBackAtARefusal, &[Swap, Commit, Refusal]),
    (RollsBackAtTheEnd, &[Swap, Commit, Load]),
    (RunsInATransaction, &[Swap, Commit, Load]),
    (SaysCommitOverErrors, &[Commit]),
    // Changes something where it refuses.
    (AppliesTheHintOfARefusal, &[Commit, Refusal]),
    (BumpsTheVersionAtARefusal, &[Swap, Refusal]),
    (MakesARecordAtARefusal, &[Swap, Refusal]),
    (WritesThenRefuses, &[Commit, Refusal, Doubt]),
    // Changes bytes.
    (DecodesBytes, &[Bytes]),
    (KeepsTheOldTail, &[Bytes]),
    (LosesTheLastByte, &[Bytes]),
    (PanicsAtLongBytes, &[Swap, Refusal, Bytes]),
    (RefusesMoreThan65535Bytes, &[Bytes]),
    (SaysNoneOverEmptyBytes, &[Bytes]),
    (TrimsBytes, &[Bytes]),
    (TruncatesAt4KiB, &[Bytes]),
    // Takes two ids for one.
    (CutsIds, &[Ids]),
    (DecodesIds, &[Ids]),
    (EndsIdsAtNul, &[Ids]),
    (FoldsCaseOfIds, &[Ids]),
    (GivesANeighbour, &[Commit, Ids]),
    // Does not see what was committed.
    (CachesUntilItWrites, &[Load]),
    (CachesWhatIsMissing, &[Load]),
    (CachesWhatItSaw, &[Load]),
    (LagsBehind, &[Load]),
    (SaysNoneOverErrors, &[Load]),
    // Answers what it does not know.
    (AnswersConflictWhereItCommitted, &[Doubt]),
    (ErrorsAtRaces, &[Doubt]),
    (ErrorsAtRefusals, &[Doubt]),
    (SaysConflictOverErrors, &[Doubt]),
];

/// All at once: most of the time they wait.
#[test]
fn every_broken_store_is_rejected_by_the_clause_that_it_breaks_and_every_check_by_some_store() {
    let trials = BROKEN.map(|(flaw, clauses)| {
        let trial = thread::spawn(move || block_on(check_storage(FlawedStores(flaw))));
        (flaw, clauses, trial)
    });
    let mut wrong = String::new();
    let mut idle: BTreeSet<&str> = BTreeSet::new();
    let mut broken: BTreeSet<&str> = BTreeSet::new();
    for (flaw, clauses, trial) in trials {
        let rejected = match trial.join().unwrap() {
            Err(rejected) => rejected,
            Ok(report) => {
                wrong += &format!("\n{flaw:?} passed: {report}");
                continue;
            }
        };
        let named = rejected.report().broken();
        // A reader that comes between the two finds nothing, which breaks another clause as well.
        let is_right = match flaw {
            DeletesThenInserts => named.starts_with(clauses),
            _ => named == clauses,
        };
        if !is_right {
            wrong += &format!("\n{flaw:?}, expected {clauses:?}: {rejected}");
        }
        for check in rejected.report().checks() {
            let is_broken = matches!(check.outcome(), Outcome::Broken(_));
            if is_broken { &mut broken } else { &mut idle }.insert(check.name());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let idle: Vec<_> = idle.difference(&broken).collect();
    // The store of files breaks this one: these have one process.
    assert_eq!(idle, [&"increments of many processes add up"], "no broken store needs these");
}
