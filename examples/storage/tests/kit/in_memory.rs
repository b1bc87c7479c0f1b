//! Memory, on the two runtimes that tokio has: always.

use second_factor::{
    MemoryStorage,
    testkit::{
        check_storage,
        storage::{Stores, Task, Trouble},
    },
};

struct InMemory;

impl Stores for InMemory {
    type Place = MemoryStorage;
    type Store = MemoryStorage;

    async fn fresh(&self) -> Result<MemoryStorage, Trouble> {
        Ok(MemoryStorage::new())
    }

    async fn open(&self, place: &MemoryStorage) -> Result<MemoryStorage, Trouble> {
        // As a driver does that waits for a socket.
        tokio::task::yield_now().await;
        Ok(place.clone())
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn the_kit_runs_on_a_runtime_of_one_thread() {
    check_storage(InMemory).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kit_runs_on_a_runtime_of_many_threads() {
    check_storage(InMemory).await.unwrap();
}
