//! The fixture of a check.

use alloc::{format, sync::Arc, vec::Vec};
use core::{
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
};

use super::{
    Ability, Clause, Stores, Trouble, Violation,
    judge::Notes,
    task::{Joined, joined},
};
use crate::storage::{Record, RecordId, Version};

pub(super) struct Bench<S: Stores> {
    stores: Arc<S>,
    place: Arc<S::Place>,
    clause: Clause,
    notes: Arc<Notes>,
    made: Arc<AtomicU64>,
}

impl<S: Stores> Clone for Bench<S> {
    fn clone(&self) -> Self {
        Self {
            stores: Arc::clone(&self.stores),
            place: Arc::clone(&self.place),
            clause: self.clause,
            notes: Arc::clone(&self.notes),
            made: Arc::clone(&self.made),
        }
    }
}

/// Returns a version after `version`.
pub(super) fn after(version: Version) -> Version {
    version.after(0).unwrap_or(Version::first(0))
}

impl<S: Stores> Bench<S> {
    /// Creates a bench over a fresh place, for a check of `clause`.
    pub(super) async fn new(
        stores: Arc<S>,
        clause: Clause,
        notes: Arc<Notes>,
    ) -> Result<Self, Violation> {
        notes.begin("Stores::fresh");
        let place = stores.fresh().await.map_err(|e| setup_failed(clause, "fresh", &e))?;
        Ok(Self { stores, place: Arc::new(place), clause, notes, made: Arc::default() })
    }

    pub(super) fn stores(&self) -> &S {
        &self.stores
    }

    pub(super) fn place(&self) -> &S::Place {
        &self.place
    }

    pub(super) fn notes(&self) -> &Notes {
        &self.notes
    }

    pub(super) const fn clause(&self) -> Clause {
        self.clause
    }

    /// Opens one more store over the place.
    pub(super) async fn open_store(&self) -> Result<S::Store, Violation> {
        self.notes.begin("Stores::open");
        let opened = self.stores.open(&self.place).await;
        opened.map_err(|e| setup_failed(self.clause, "open", &e))
    }

    /// Runs `future` concurrently with this check.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Joined<T> {
        let (task, joined) = joined(future);
        self.stores.spawn(task);
        joined
    }

    /// Returns a new id.
    pub(super) fn id(&self) -> RecordId {
        let number = self.next();
        let mut bytes = [0; 16];
        let (low, high) = bytes.split_at_mut(8);
        low.copy_from_slice(&number.wrapping_mul(SPREAD).to_be_bytes());
        high.copy_from_slice(&number.wrapping_mul(SPREAD.rotate_left(17)).to_be_bytes());
        RecordId::new(bytes)
    }

    /// Returns a record with these bytes and a new version.
    pub(super) fn record(&self, bytes: impl Into<Vec<u8>>) -> Record {
        Record::new(self.version(), bytes.into())
    }

    /// Returns a record with new bytes and a new version.
    pub(super) fn any(&self) -> Record {
        let version = self.version();
        Record::new(version, format!("record of version {}", version.get()).into_bytes())
    }

    fn version(&self) -> Version {
        Version::new((self.next().wrapping_mul(SPREAD) >> 1) as i64)
    }

    fn next(&self) -> u64 {
        self.made.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) async fn delete(&self, id: &RecordId) -> Result<Ability, Violation> {
        self.notes.begin("Stores::delete");
        let ability = self.stores.delete(&self.place, id).await;
        self.notes.forget(id);
        ability.map_err(|e| setup_failed(self.clause, "delete", &e))
    }

    pub(super) async fn restart(&self) -> Result<Ability, Violation> {
        self.notes.begin("Stores::restart");
        let ability = self.stores.restart(&self.place).await;
        ability.map_err(|e| setup_failed(self.clause, "restart", &e))
    }

    pub(super) async fn stall(&self) -> Result<Ability, Violation> {
        self.notes.begin("Stores::stall");
        let ability = self.stores.stall(&self.place).await;
        ability.map_err(|e| setup_failed(self.clause, "stall", &e))
    }

    pub(super) async fn resume(&self) -> Result<Ability, Violation> {
        self.notes.begin("Stores::resume");
        let ability = self.stores.resume(&self.place).await;
        ability.map_err(|e| setup_failed(self.clause, "resume", &e))
    }

    pub(super) async fn spoil(&self) -> Result<Ability, Violation> {
        self.notes.begin("Stores::spoil");
        let ability = self.stores.spoil(&self.place).await;
        ability.map_err(|e| setup_failed(self.clause, "spoil", &e))
    }
}

fn setup_failed(clause: Clause, what: &str, trouble: &Trouble) -> Violation {
    let found = format!("did not run, since `Stores::{what}` failed: {trouble}");
    Violation::new(clause, "a store to test", found)
}

/// An odd number, so that its multiples do not repeat within 64 bits.
///
/// The first 63 bits of a multiple repeat, or are 0, only after more multiples than a check uses.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
