//! An in-memory store, for examples and tests.

use alloc::sync::Arc;
use core::{convert::Infallible, fmt};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::storage::{Record, RecordId, Storage, Swap, Version};

/// A [`Storage`] that stores records in the memory of this process.
///
/// Clones share their records. The store fulfills the contract except for durability: a restart of
/// the process deletes every factor and every limit. Use it for examples and tests only.
///
/// # Example
///
/// ```
/// use second_factor::{MemoryStorage, block_on};
/// use second_factor::{Keys, SubjectId, storage::{Record, Storage, Swap, Version}};
///
/// let store = MemoryStorage::new();
/// let id = Keys::new([1; 32]).subject_record(&SubjectId::new("a")?);
/// let record = Record::new(Version::new(1), vec![1]);
/// assert_eq!(block_on(store.compare_and_swap(&id, None, &record)), Ok(Swap::Commit));
/// assert_eq!(block_on(store.compare_and_swap(&id, None, &record)), Ok(Swap::Conflict));
/// assert_eq!(block_on(store.load(&id)), Ok(Some(record)));
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[derive(Clone, Default)]
pub struct MemoryStorage {
    records: Arc<Mutex<HashMap<RecordId, Record>>>,
}

impl MemoryStorage {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records().len()
    }

    /// Returns whether the store has no records.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn records(&self) -> MutexGuard<'_, HashMap<RecordId, Record>> {
        // Every call leaves the map consistent, so a poisoned lock is safe to use.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for MemoryStorage {
    type Error = Infallible;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Infallible> {
        Ok(self.records().get(id).cloned())
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Infallible> {
        let mut records = self.records();
        if records.get(id).map(Record::version) != expected {
            return Ok(Swap::Conflict);
        }
        records.insert(*id, record.clone());
        Ok(Swap::Commit)
    }
}

impl fmt::Debug for MemoryStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStorage").field("len", &self.len()).finish_non_exhaustive()
    }
}
