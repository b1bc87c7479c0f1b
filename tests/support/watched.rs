//! Storage that records its calls and fails on demand.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use second_factor::{
    MemoryStorage,
    storage::{Record, RecordId, Storage, Swap, Version},
};

/// One call, and how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Commit,
    Conflict,
    Fail,
    Load,
}

/// When a failing call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing took effect.
    Before,
    /// The write took effect, and its answer was lost.
    After,
}

/// A [`MemoryStorage`] that records its calls. Clones share the same store.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    inner: MemoryStorage,
    calls: Arc<Mutex<Vec<Call>>>,
    /// The number of calls that succeed before the one that fails.
    left: Arc<AtomicUsize>,
    fault: Arc<Mutex<Option<Fault>>>,
    loses: Arc<AtomicBool>,
}

#[derive(Debug)]
pub struct Broken;

impl core::fmt::Display for Broken {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("broken")
    }
}

impl core::error::Error for Broken {}

impl Watched {
    /// Records the calls to this store.
    pub fn over(inner: MemoryStorage) -> Self {
        Self { inner, ..Self::default() }
    }

    /// The number of writes that took effect since this was last called.
    pub fn commits(&self) -> usize {
        self.take().into_iter().filter(|call| *call == Call::Commit).count()
    }

    /// The calls since this was last called.
    pub fn take(&self) -> Vec<Call> {
        core::mem::take(&mut self.calls.lock().unwrap())
    }

    /// Lets the next `good` calls succeed and fails the one after them, only that one.
    pub fn fail_after(&self, good: usize, fault: Fault) {
        self.left.store(good, Ordering::SeqCst);
        *self.fault.lock().unwrap() = Some(fault);
    }

    /// Lets all further calls succeed. Returns whether the call that was to fail has been made.
    pub fn heal(&self) -> bool {
        self.fault.lock().unwrap().take().is_none()
    }

    /// Makes every swap conflict with another writer.
    pub fn lose_from_now_on(&self) {
        self.loses.store(true, Ordering::SeqCst);
    }

    fn fault_of_this_call(&self) -> Option<Fault> {
        let mut fault = self.fault.lock().unwrap();
        match self.left.load(Ordering::SeqCst) {
            0 => fault.take(),
            left => {
                self.left.store(left - 1, Ordering::SeqCst);
                None
            }
        }
    }

    fn note<T>(&self, call: Call, answer: T) -> T {
        self.calls.lock().unwrap().push(call);
        answer
    }
}

impl Storage for Watched {
    type Error = Broken;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Broken> {
        if self.fault_of_this_call().is_some() {
            return self.note(Call::Fail, Err(Broken));
        }
        let Ok(record) = self.inner.load(id).await;
        self.note(Call::Load, Ok(record))
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Broken> {
        let fault = self.fault_of_this_call();
        if fault == Some(Fault::Before) {
            return self.note(Call::Fail, Err(Broken));
        }
        if self.loses.load(Ordering::SeqCst) {
            return self.note(Call::Conflict, Ok(Swap::Conflict));
        }
        let Ok(swap) = self.inner.compare_and_swap(id, expected, record).await;
        match (fault, swap) {
            (Some(_), _) => self.note(Call::Fail, Err(Broken)),
            (None, Swap::Commit) => self.note(Call::Commit, Ok(swap)),
            (None, Swap::Conflict) => self.note(Call::Conflict, Ok(swap)),
        }
    }
}
