//! Storage that fails at one call, in each way a store can.

#![allow(
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "each test program compiles this module, uses a part of it, and may panic"
)]

use core::future::pending;
use std::{
    collections::HashMap,
    panic::resume_unwind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use second_factor::storage::{Record, RecordId, Storage, Swap, Version};

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store reports that another writer came first. Nothing took effect.
    Conflict,
    /// The same answer to a write that did take effect: a store that breaks its contract.
    ConflictAfter,
    /// The process crashes, or the caller drops the future, after the call took effect.
    CrashAfter,
    /// The same, before the call takes effect.
    CrashBefore,
    /// The store returns an error, and the write took effect.
    ErrorAfter,
    /// The store returns an error, and nothing took effect.
    ErrorBefore,
    /// The driver panics after the write took effect.
    PanicAfter,
    /// The driver panics before it does anything.
    PanicBefore,
    /// A load returns the record as it was one write ago: a store that breaks its contract.
    Stale,
}

impl Fault {
    pub const ALL: [Self; 9] = [
        Self::Conflict,
        Self::ConflictAfter,
        Self::CrashAfter,
        Self::CrashBefore,
        Self::ErrorAfter,
        Self::ErrorBefore,
        Self::PanicAfter,
        Self::PanicBefore,
        Self::Stale,
    ];

    /// Whether the operation gets no answer from the store at this call.
    pub const fn is_fatal(self) -> bool {
        !matches!(self, Self::Conflict | Self::ConflictAfter | Self::Stale)
    }

    /// Whether a write with this fault takes effect.
    pub const fn takes_effect(self) -> bool {
        matches!(
            self,
            Self::ConflictAfter
                | Self::CrashAfter
                | Self::ErrorAfter
                | Self::PanicAfter
                | Self::Stale
        )
    }
}

#[derive(Debug)]
pub struct Failed;

impl core::fmt::Display for Failed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("failed")
    }
}

impl core::error::Error for Failed {}

/// An in-memory store whose k-th call from now fails. Clones share the same store.
#[derive(Clone, Default)]
pub struct FaultyStorage(Arc<Mutex<State>>);

#[derive(Clone, Default)]
struct State {
    records: HashMap<RecordId, StoredRecord>,
    next: Option<(usize, Fault)>,
    calls: usize,
    is_hung: bool,
    largest: usize,
}

/// A record, and its value one write ago.
#[derive(Clone)]
struct StoredRecord {
    now: Record,
    before: Option<Record>,
}

impl FaultyStorage {
    /// Lets the next `good` calls succeed and the one after them fail.
    pub fn arm(&self, good: usize, fault: Fault) {
        self.state().next = Some((good, fault));
    }

    /// Lets all further calls succeed. Returns whether the call that was to fail has been made.
    pub fn disarm(&self) -> bool {
        let mut state = self.state();
        state.is_hung = false;
        state.next.take().is_none()
    }

    /// The number of calls since this was last called.
    pub fn take_calls(&self) -> usize {
        core::mem::take(&mut self.state().calls)
    }

    /// Whether a call was made that never completes.
    pub fn is_hung(&self) -> bool {
        self.state().is_hung
    }

    /// The size of the largest record that was written.
    pub fn largest(&self) -> usize {
        self.state().largest
    }

    /// Another store with the same records.
    pub fn copy(&self) -> Self {
        let records = self.state().records.clone();
        Self(Arc::new(Mutex::new(State { records, ..State::default() })))
    }

    /// The record under `id`, regardless of faults.
    pub fn peek(&self, id: &RecordId) -> Option<Record> {
        self.state().records.get(id).map(|records| records.now.clone())
    }

    /// Stores a record under `id`, replacing any other.
    pub fn poke(&self, id: &RecordId, record: Record) {
        self.state().records.insert(*id, StoredRecord { now: record, before: None });
    }

    /// Every record, by id.
    pub fn everything(&self) -> Vec<(RecordId, Record)> {
        let records = |(id, records): (&RecordId, &StoredRecord)| (*id, records.now.clone());
        let mut all: Vec<_> = self.state().records.iter().map(records).collect();
        all.sort_by_key(|(id, _)| *id);
        all
    }

    /// The fault of this call.
    fn fault(&self) -> Option<Fault> {
        let mut state = self.state();
        state.calls += 1;
        match &mut state.next {
            Some((0, _)) => state.next.take().map(|(_, fault)| fault),
            Some((good, _)) => {
                *good -= 1;
                None
            }
            None => None,
        }
    }

    async fn hang<T>(&self) -> T {
        self.state().is_hung = true;
        pending().await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A thread that panics here does so without holding the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for FaultyStorage {
    type Error = Failed;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        let fault = self.fault();
        let records = self.state().records.get(id).cloned();
        match (fault, records) {
            (Some(Fault::ErrorAfter | Fault::ErrorBefore), _) => Err(Failed),
            (Some(Fault::CrashAfter | Fault::CrashBefore), _) => self.hang().await,
            (Some(Fault::PanicAfter | Fault::PanicBefore), _) => dies(),
            // A stale read can only return a version that was once written.
            (Some(Fault::Stale), Some(StoredRecord { before: Some(before), .. })) => {
                Ok(Some(before))
            }
            (Some(Fault::Conflict | Fault::ConflictAfter | Fault::Stale) | None, records) => {
                Ok(records.map(|records| records.now))
            }
        }
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        let fault = self.fault();
        match fault {
            Some(Fault::Conflict) => return Ok(Swap::Conflict),
            Some(Fault::CrashBefore) => return self.hang().await,
            Some(Fault::ErrorBefore) => return Err(Failed),
            Some(Fault::PanicBefore) => dies(),
            _ => {}
        }
        let swap = self.state().swap(id, expected, record);
        match fault {
            Some(Fault::ConflictAfter) => Ok(Swap::Conflict),
            Some(Fault::CrashAfter) => self.hang().await,
            Some(Fault::ErrorAfter) => Err(Failed),
            Some(Fault::PanicAfter) => dies(),
            _ => Ok(swap),
        }
    }
}

impl State {
    fn swap(&mut self, id: &RecordId, expected: Option<Version>, record: &Record) -> Swap {
        let before = self.records.get(id).map(|records| records.now.clone());
        if before.as_ref().map(Record::version) != expected {
            return Swap::Conflict;
        }
        self.largest = self.largest.max(record.bytes().len());
        self.records.insert(*id, StoredRecord { now: record.clone(), before });
        Swap::Commit
    }
}

/// Panics without printing a message.
fn dies() -> ! {
    resume_unwind(Box::new("the driver panics"))
}
