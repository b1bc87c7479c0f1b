//! What a check works with: a place of its own, stores over it, ids and records never used before.

use alloc::{format, sync::Arc, vec::Vec};
use core::{
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
};

use super::{
    Ability, Clause, Finding, Stores, Trouble,
    handle::StoreHandle,
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

impl<S: Stores> Bench<S> {
    /// A bench in a fresh place, for a check of `clause`.
    pub(super) async fn new(
        stores: Arc<S>,
        clause: Clause,
        notes: Arc<Notes>,
    ) -> Result<Self, Finding> {
        notes.begin("Stores::fresh");
        let place = stores.fresh().await.map_err(|e| made_no(clause, "fresh", &e))?;
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

    /// One more store over the place.
    pub(super) async fn open(&self) -> Result<StoreHandle<S>, Finding> {
        self.notes.begin("Stores::open");
        let opened = self.stores.open(&self.place).await;
        let store = opened.map_err(|e| made_no(self.clause, "open", &e))?;
        Ok(StoreHandle::new(self.clone(), store))
    }

    /// Runs `future` beside this check.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Joined<T> {
        let (task, joined) = joined(future);
        self.stores.spawn(task);
        joined
    }

    /// An id that no other call gave.
    pub(super) fn id(&self) -> RecordId {
        let number = self.next();
        let mut bytes = [0; 16];
        let (low, high) = bytes.split_at_mut(8);
        low.copy_from_slice(&number.wrapping_mul(SPREAD).to_be_bytes());
        high.copy_from_slice(&number.wrapping_mul(SPREAD.rotate_left(17)).to_be_bytes());
        RecordId::new(bytes)
    }

    /// A record with these bytes and a version that no other call gave.
    pub(super) fn record(&self, bytes: impl Into<Vec<u8>>) -> Record {
        Record::new(Version::new(self.next().wrapping_mul(SPREAD)), bytes.into(), None)
    }

    /// A record that is like no other.
    pub(super) fn any(&self) -> Record {
        let number = self.next();
        Record::new(
            Version::new(number.wrapping_mul(SPREAD)),
            format!("record number {number}").into_bytes(),
            None,
        )
    }

    fn next(&self) -> u64 {
        self.made.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) async fn delete(&self, id: &RecordId) -> Result<Ability, Finding> {
        self.notes.begin("Stores::delete");
        let ability = self.stores.delete(&self.place, id).await;
        self.notes.forget(id);
        ability.map_err(|e| made_no(self.clause, "delete", &e))
    }

    pub(super) async fn restart(&self) -> Result<Ability, Finding> {
        self.notes.begin("Stores::restart");
        let ability = self.stores.restart(&self.place).await;
        ability.map_err(|e| made_no(self.clause, "restart", &e))
    }

    pub(super) async fn spoil(&self) -> Result<Ability, Finding> {
        self.notes.begin("Stores::spoil");
        let ability = self.stores.spoil(&self.place).await;
        ability.map_err(|e| made_no(self.clause, "spoil", &e))
    }
}

fn made_no(clause: Clause, what: &str, trouble: &Trouble) -> Finding {
    let found = format!("`Stores::{what}` failed, so nothing could be tried: {trouble}");
    Finding::new(clause, "stores to try", found)
}

/// Odd, so that its multiples come back to none before all 64 bits were used (and to 0 never).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
