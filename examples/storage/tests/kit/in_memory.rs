//! Conformance of the in-memory store, on both tokio runtimes.

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
        // Yields like a driver that waits for a socket.
        tokio::task::yield_now().await;
        Ok(place.clone())
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn memory_conforms_on_a_current_thread_runtime() {
    check_storage(InMemory).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_conforms_on_a_multi_thread_runtime() {
    check_storage(InMemory).await.unwrap();
}
