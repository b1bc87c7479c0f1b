//! A store under trial: its calls, and what each must answer.

use alloc::{format, string::String, sync::Arc};
use core::error::Error;

use super::{Clause, Finding, Stores, bench::Bench, judge::name};
use crate::storage::{Record, RecordId, Storage as _, Swap, Version};

/// A store that was opened. Clones are the same store; it ends with the last of them.
pub(super) struct StoreHandle<S: Stores> {
    bench: Bench<S>,
    store: Arc<S::Store>,
}

impl<S: Stores> Clone for StoreHandle<S> {
    fn clone(&self) -> Self {
        Self { bench: self.bench.clone(), store: Arc::clone(&self.store) }
    }
}

impl<S: Stores> StoreHandle<S> {
    pub(super) fn new(bench: Bench<S>, store: S::Store) -> Self {
        Self { bench, store: Arc::new(store) }
    }

    pub(super) fn store(&self) -> &S::Store {
        &self.store
    }

    pub(super) async fn load(&self, id: &RecordId) -> Result<Option<Record>, Finding> {
        self.bench.notes().begin("load");
        self.store.load(id).await.map_err(|error| {
            let found = format!("`load` answered Err: {}", chain(&error));
            Finding::new(self.bench.clause(), "a record or None", found)
        })
    }

    /// A swap that anybody may have come before.
    pub(super) async fn swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Finding> {
        self.bench.notes().begin("compare_and_swap");
        self.store.compare_and_swap(id, expected, record).await.map_err(|error| {
            let found = format!("`compare_and_swap` answered Err: {}", chain(&error));
            Finding::new(self.bench.clause(), "Commit or Conflict", found)
        })
    }

    /// A swap that nobody came before: it must commit.
    pub(super) async fn commit(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<(), Finding> {
        if self.swap(id, expected, record).await? == Swap::Commit {
            self.bench.notes().committed(id, record);
            return Ok(());
        }
        let now = self.load(id).await?;
        if now.as_ref().is_some_and(|now| now.bytes() == record.bytes()) {
            return Err(Finding::new(
                Clause::Doubt,
                "Commit, since the swap took effect",
                "answered Conflict, and the new record stands",
            ));
        }
        Err(Finding::new(
            self.bench.clause(),
            format!("Commit, since {} stood under {id}", standing(expected)),
            format!("answered Conflict to {}; now there is {}", name(record), what(now.as_ref())),
        ))
    }

    /// A swap that expects what does not stand there: it must be refused.
    pub(super) async fn refuse(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<(), Finding> {
        self.bench.notes().begin("compare_and_swap, to be refused");
        self.bench.notes().refused(id, record);
        let answer = self.store.compare_and_swap(id, expected, record).await;
        let stands = self.bench.notes().standing(id);
        let wanted = || {
            let (stands, asked) = (what(stands.as_ref()), standing(expected));
            format!("Conflict, since {stands} stood under {id} and {asked} was expected")
        };
        match answer {
            Ok(Swap::Conflict) => Ok(()),
            Ok(Swap::Commit) => Err(Finding::new(Clause::Swap, wanted(), "answered Commit")),
            Err(error) => {
                let found = format!("answered Err: {}", chain(&error));
                Err(Finding::new(Clause::Doubt, wanted(), found))
            }
        }
    }

    /// What was committed last under `id` must stand there.
    pub(super) async fn holds(&self, id: &RecordId, when: &str) -> Result<(), Finding> {
        let found = self.load(id).await?;
        self.bench.notes().judge(self.bench.clause(), id, found.as_ref(), when)
    }
}

/// An error with all that it was caused by.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = format!("{error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

fn standing(version: Option<Version>) -> String {
    version.map_or("no record".into(), |version| format!("version {}", version.get()))
}

fn what(record: Option<&Record>) -> String {
    record.map_or("no record".into(), name)
}
