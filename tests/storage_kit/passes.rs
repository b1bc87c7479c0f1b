//! What the kit lets pass.

use std::thread;

use second_factor::{
    MemoryStorage, block_on,
    testkit::{
        check_storage,
        storage::{Check, Outcome, Report, Stores, Task, Trouble},
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

fn skipped(report: &Report) -> Vec<&str> {
    let is_skipped = |check: &&Check| matches!(check.outcome(), Outcome::Skipped(_));
    report.checks().iter().filter(is_skipped).map(Check::name).collect()
}

#[test]
fn the_store_in_memory_passes_what_memory_can() {
    let report = block_on(check_storage(InMemory)).unwrap();
    let cannot = [
        "a record that is made again is another one",
        "increments of many processes add up",
        "a commit outlasts a restart",
        "a store that fails does not say None",
        "a swap that cannot be made is an error",
    ];
    assert_eq!(skipped(&report), cannot);
}

#[test]
fn the_store_that_the_broken_ones_are_made_of_passes() {
    let report = block_on(check_storage(FlawedStores(Flaw::None))).unwrap();
    assert_eq!(skipped(&report), ["increments of many processes add up"]);
}
