//! Clause 1, where a future is dropped: its swap took effect wholly or not at all.

use alloc::{format, vec::Vec};

use super::{
    Clause, Finding, Outcome, Stores, bench::Bench, handle::StoreHandle, judge::name,
    plan::Checked, task::cut,
};
use crate::storage::{Record, RecordId, Swap};

/// Drops a swap, and a load, after each of their polls; what comes after must find all in order.
pub(super) async fn swaps<S: Stores>(bench: Bench<S>) -> Checked {
    let store = bench.open().await?;
    let mut last: Option<(RecordId, Record)> = None;
    for polls in 0..=POLLS {
        // A record that is made, then one that is replaced.
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
            let found = "answered Conflict to a swap that nobody came before";
            return Err(Finding::new(bench.clause(), "Commit", found));
        }
        let next = goes_on(&bench, &store, &new, &candidates, old.is_none()).await?;
        last = Some((new, next));
    }
    Ok(Outcome::Passed)
}

/// Replaces what stands, whatever it is of `candidates`. A dropped swap may yet arrive: once.
async fn goes_on<S: Stores>(
    bench: &Bench<S>,
    store: &StoreHandle<S>,
    id: &RecordId,
    candidates: &[&Record],
    may_be_none: bool,
) -> Result<Record, Finding> {
    let next = bench.any();
    for _ in 0..ARRIVALS {
        bench.notes().begin("load, after a swap that was dropped");
        let found = store.load(id).await?;
        match &found {
            None if may_be_none => {}
            Some(found) if candidates.contains(&&without_hint(found)) => {}
            Some(found) if found.bytes() == next.bytes() => {
                let found = "answered Conflict, and its record stands";
                return Err(Finding::new(
                    Clause::Doubt,
                    "Commit to a swap that took effect",
                    found,
                ));
            }
            other => {
                let found = other.as_ref().map_or("gave no record".into(), |found| {
                    format!("gave {}, which nobody wrote", name(found))
                });
                let expected = "the old record or the new one after a swap was dropped";
                return Err(Finding::new(Clause::Swap, expected, found));
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
    let expected = "that a swap commits after one was dropped";
    let found = format!("answered Conflict {ARRIVALS} times to what it had just given");
    Err(Finding::new(Clause::Swap, expected, found))
}

fn without_hint(record: &Record) -> Record {
    Record::new(record.version(), record.bytes().to_vec(), None)
}

const ARRIVALS: u32 = 16;
const POLLS: usize = 24;
