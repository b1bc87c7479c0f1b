//! Stores that pass.

use std::thread;

use second_factor::{
    MemoryStorage, block_on,
    testkit::{
        check_storage,
        storage::{Check, CheckOutcome, StorageReport, Stores, Task, Trouble},
    },
};

use crate::{flawed::FlawedStores, flaws::Flaw};

struct InMemory;

impl Stores for InMemory {
    type Place = MemoryStorage;
    type Store = MemoryStorage;

    async fn fresh(&self) -> Result<MemoryStorage, Trouble> {
        Ok(MemoryStorage::new())
    }

    async fn open(&self, place: &MemoryStorage) -> Result<MemoryStorage, Trouble> {
        Ok(place.clone())
    }

    fn spawn(&self, task: Task) {
        thread::spawn(move || block_on(task));
    }
}

fn skipped(report: &StorageReport) -> Vec<&str> {
    let is_skipped = |check: &&Check| matches!(check.outcome(), CheckOutcome::Skipped(_));
    report.checks().iter().filter(is_skipped).map(Check::name).collect()
}

#[test]
fn memory_storage_passes_supported_checks() {
    let report = block_on(check_storage(InMemory)).unwrap();
    let cannot = [
        "a record that is created again is a new record",
        "concurrent increments of many processes add up",
        "a commit survives a restart",
        "a failing store does not return None",
        "a swap in a failing store is an error",
        "a call to a stalled server ends",
    ];
    assert_eq!(skipped(&report), cannot);
}

#[test]
fn store_without_a_flaw_passes() {
    let report = block_on(check_storage(FlawedStores(Flaw::None))).unwrap();
    assert_eq!(skipped(&report), ["concurrent increments of many processes add up"]);
}
