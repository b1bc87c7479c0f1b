//! Checks of clause 1: dropped swaps.

use alloc::{format, vec::Vec};

use super::{
    CheckOutcome, Clause, Stores, Violation, bench::Bench, handle::StoreHandle, judge::name,
    report::CheckResult, task::cut,
};
use crate::storage::{Record, RecordId, Swap};

/// Drops a swap and a load after each of their polls.
///
/// Later calls must find a consistent store.
pub(super) async fn swaps<S: Stores>(bench: Bench<S>) -> CheckResult {
    let store = bench.open().await?;
    let mut last: Option<(RecordId, Record)> = None;
    for polls in 0..=POLLS {
        // First a record that is created, then one that is replaced.
        let (new, old) = match last.take() {
            Some((id, record)) if polls % 2 == 1 => (id, Some(record)),
            _ => (bench.id(), None),
        };
        let record = bench.any();
        let expected = old.as_ref().map(Record::version);
        let swap = cut(store.swap(&new, expected, &record), polls).await.transpose()?;
        let _ = cut(store.load(&new), polls).await.transpose()?;
        let candidates: Vec<&Record> = old.iter().chain([&record]).collect();
        if swap == Some(Swap::Conflict) {
            let found = "returned Conflict to a swap without a competitor";
            return Err(Violation::new(bench.clause(), "Commit", found));
        }
        let next = swap_after_drop(&bench, &store, &new, &candidates, old.is_none()).await?;
        last = Some((new, next));
    }
    Ok(CheckOutcome::Passed)
}

/// Replaces the current record, which is one of `candidates`.
///
/// A dropped swap may still take effect, once.
async fn swap_after_drop<S: Stores>(
    bench: &Bench<S>,
    store: &StoreHandle<S>,
    id: &RecordId,
    candidates: &[&Record],
    may_be_none: bool,
) -> Result<Record, Violation> {
    let next = bench.any();
    for _ in 0..ARRIVALS {
        bench.notes().begin("load, after a swap that was dropped");
        let found = store.load(id).await?;
        match &found {
            None if may_be_none => {}
            Some(found) if candidates.contains(&&without_hint(found)) => {}
            Some(found) if found.bytes() == next.bytes() => {
                let found = "returned Conflict, and stored its record";
                return Err(Violation::new(
                    Clause::Doubt,
                    "Commit to a swap that took effect",
                    found,
                ));
            }
            other => {
                let found = other.as_ref().map_or("returned no record".into(), |found| {
                    format!("returned {}, which was never written", name(found))
                });
                let expected = "the old record or the new one after a swap was dropped";
                return Err(Violation::new(Clause::Swap, expected, found));
            }
        }
        let expected = found.as_ref().map(Record::version);
        bench.notes().begin("compare_and_swap, after one that was dropped");
        if store.swap(id, expected, &next).await? == Swap::Commit {
            bench.notes().committed(id, &next);
            store.holds(id, "after a commit that followed a dropped swap").await?;
            return Ok(next);
        }
    }
    let expected = "Commit to a swap after one was dropped";
    let found =
        format!("returned Conflict {ARRIVALS} times to the version that it had just returned");
    Err(Violation::new(Clause::Swap, expected, found))
}

fn without_hint(record: &Record) -> Record {
    Record::new(record.version(), record.bytes().to_vec())
}

const ARRIVALS: u32 = 16;
const POLLS: usize = 24;
