//! A store that goes wrong at one call of one operation, in each way in which stores go wrong.

use core::future::pending;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use second_factor::{
    MemoryStorage,
    storage::{Record, RecordId, Storage, Swap, Version},
};

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store answers that another writer came first. Nothing took effect.
    Conflict,
    /// The process dies before the call takes effect.
    CrashBefore,
    /// The process dies after it did.
    CrashAfter,
    /// The store fails, and nothing took effect.
    ErrorBefore,
    /// The store fails, and the write took effect.
    ErrorAfter,
    /// A load gives the record as it was one write ago.
    Stale,
}

#[derive(Debug)]
pub struct Failed;

impl core::fmt::Display for Failed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("failed")
    }
}

impl core::error::Error for Failed {}

/// A [`MemoryStorage`] whose k-th call from now goes wrong. Clones are the same store.
#[derive(Clone, Default)]
pub struct Faulty {
    inner: MemoryStorage,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Default)]
struct Plan {
    next: Option<(usize, Fault)>,
    before: HashMap<[u8; 16], Option<Record>>,
    largest: usize,
}

impl Faulty {
    /// Lets the call after the next `good` ones go wrong.
    pub fn arm(&self, good: usize, fault: Fault) {
        self.plan.lock().unwrap().next = Some((good, fault));
    }

    /// From now on all goes well. Whether the call that was to go wrong has come.
    pub fn disarm(&self) -> bool {
        self.plan.lock().unwrap().next.take().is_none()
    }

    /// The largest record that was ever written.
    pub fn largest(&self) -> usize {
        self.plan.lock().unwrap().largest
    }

    fn fault(&self) -> Option<Fault> {
        let mut plan = self.plan.lock().unwrap();
        match &mut plan.next {
            Some((0, _)) => plan.next.take().map(|(_, fault)| fault),
            Some((good, _)) => {
                *good -= 1;
                None
            }
            None => None,
        }
    }
}

impl Storage for Faulty {
    type Error = Failed;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        match self.fault() {
            Some(Fault::ErrorBefore | Fault::ErrorAfter) => return Err(Failed),
            Some(Fault::CrashBefore | Fault::CrashAfter) => pending().await,
            Some(Fault::Stale) => {
                let before = self.plan.lock().unwrap().before.get(id.as_bytes()).cloned();
                // What a store never had it cannot give back: only versions that were written.
                if let Some(Some(before)) = before {
                    return Ok(Some(before));
                }
            }
            Some(Fault::Conflict) | None => {}
        }
        let Ok(record) = self.inner.load(id).await;
        Ok(record)
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
            Some(Fault::CrashBefore) => pending().await,
            Some(Fault::ErrorBefore) => return Err(Failed),
            _ => {}
        }
        let Ok(before) = self.inner.load(id).await;
        let Ok(swap) = self.inner.compare_and_swap(id, expected, record).await;
        if swap == Swap::Commit {
            let mut plan = self.plan.lock().unwrap();
            plan.before.insert(*id.as_bytes(), before);
            plan.largest = plan.largest.max(record.bytes().len());
        }
        match fault {
            Some(Fault::CrashAfter) => pending().await,
            Some(Fault::ErrorAfter) => Err(Failed),
            _ => Ok(swap),
        }
    }
}
