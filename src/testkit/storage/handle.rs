//! A store under test, and the checks of its results.

use alloc::{format, string::String, sync::Arc};
use core::error::Error;

use super::{Clause, Stores, Violation, bench::Bench, judge::name};
use crate::storage::{Record, RecordId, Storage as _, Swap, Version};

/// An open store, which is closed when the last clone of the handle is dropped.
pub(super) struct StoreHandle<S: Stores> {
    bench: Bench<S>,
    store: Arc<S::Store>,
}

impl<S: Stores> Clone for StoreHandle<S> {
    fn clone(&self) -> Self {
        Self { bench: self.bench.clone(), store: Arc::clone(&self.store) }
    }
}

impl<S: Stores> Bench<S> {
    /// Opens one more store over the place.
    pub(super) async fn open(&self) -> Result<StoreHandle<S>, Violation> {
        let store = Arc::new(self.open_store().await?);
        Ok(StoreHandle { bench: self.clone(), store })
    }
}

impl<S: Stores> StoreHandle<S> {
    pub(super) fn store(&self) -> &S::Store {
        &self.store
    }

    pub(super) async fn load(&self, id: &RecordId) -> Result<Option<Record>, Violation> {
        self.bench.notes().begin("load");
        self.store.load(id).await.map_err(|error| {
            let found = format!("`load` returned Err: {}", chain(&error));
            Violation::new(self.bench.clause(), "a record or None", found)
        })
    }

    /// Runs a swap that may commit or conflict.
    pub(super) async fn swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Violation> {
        self.bench.notes().begin("compare_and_swap");
        self.store.compare_and_swap(id, expected, record).await.map_err(|error| {
            let found = format!("`compare_and_swap` returned Err: {}", chain(&error));
            Violation::new(self.bench.clause(), "Commit or Conflict", found)
        })
    }

    /// Runs a swap that must commit, because it expects the current version.
    pub(super) async fn commit(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<(), Violation> {
        if self.swap(id, expected, record).await? == Swap::Commit {
            self.bench.notes().committed(id, record);
            return Ok(());
        }
        let now = self.load(id).await?;
        if now.as_ref().is_some_and(|now| now.bytes() == record.bytes()) {
            return Err(Violation::new(
                Clause::Doubt,
                "Commit, since the swap took effect",
                "returned Conflict, and stored the new record",
            ));
        }
        Err(Violation::new(
            self.bench.clause(),
            format!("Commit, since {} was stored under {id}", version_text(expected)),
            format!(
                "returned Conflict to {}; now it has {}",
                name(record),
                record_text(now.as_ref())
            ),
        ))
    }

    /// Runs a swap that must conflict, because it expects another version.
    pub(super) async fn refuse(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<(), Violation> {
        self.bench.notes().begin("compare_and_swap, to be refused");
        self.bench.notes().refused(id, record);
        let answer = self.store.compare_and_swap(id, expected, record).await;
        let current = self.bench.notes().current(id);
        let wanted = || {
            let (current, expected) = (record_text(current.as_ref()), version_text(expected));
            format!("Conflict, since {current} was stored under {id}, and {expected} was expected")
        };
        match answer {
            Ok(Swap::Conflict) => Ok(()),
            Ok(Swap::Commit) => Err(Violation::new(Clause::Swap, wanted(), "returned Commit")),
            Err(error) => {
                let found = format!("returned Err: {}", chain(&error));
                Err(Violation::new(Clause::Doubt, wanted(), found))
            }
        }
    }

    /// Loads the record under `id`, which must be the last committed one.
    pub(super) async fn holds(&self, id: &RecordId, when: &str) -> Result<(), Violation> {
        let found = self.load(id).await?;
        self.bench.notes().judge(self.bench.clause(), id, found.as_ref(), when)
    }
}

/// Returns the message of an error, followed by those of its sources.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = format!("{error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

fn version_text(version: Option<Version>) -> String {
    version.map_or("no record".into(), |version| format!("version {}", version.get()))
}

fn record_text(record: Option<&Record>) -> String {
    record.map_or("no record".into(), name)
}
