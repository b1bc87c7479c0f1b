//! An in-memory store with a fixed hasher.

use core::{convert::Infallible, hash::BuildHasherDefault};
use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    sync::{Arc, Mutex},
};

use second_factor::{
    Storage,
    storage::{Record, RecordId, Swap, Version},
};

/// Like `MemoryStorage`, but without a random seed in the hasher. Clones share the records.
#[derive(Clone, Default)]
pub struct Store(Arc<Mutex<HashMap<RecordId, Record, BuildHasherDefault<DefaultHasher>>>>);

impl Storage for Store {
    type Error = Infallible;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Infallible> {
        Ok(self.0.lock().expect("no thread panics").get(id).cloned())
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Infallible> {
        let mut records = self.0.lock().expect("no thread panics");
        if records.get(id).map(Record::version) != expected {
            return Ok(Swap::Conflict);
        }
        records.insert(*id, record.clone());
        Ok(Swap::Commit)
    }
}
