//! Storage shared by the workers, with faults and counts.

use alloc::sync::Arc;
use core::{
    future::{pending, poll_fn},
    task::Poll,
};
use std::{
    collections::{HashMap, HashSet},
    panic::resume_unwind,
    sync::{Mutex, MutexGuard, PoisonError},
};

use second_factor::storage::{Record, RecordId, Storage, Swap, Version};

use super::executor::Rng;
use crate::support::faulty::{Failed, Fault};

/// The faults of a store that keeps its contract.
const FAULTS: [Fault; 7] = [
    Fault::Conflict,
    Fault::CrashAfter,
    Fault::CrashBefore,
    Fault::ErrorAfter,
    Fault::ErrorBefore,
    Fault::PanicAfter,
    Fault::PanicBefore,
];

/// The calls of one operation, in order.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// The simulated time of the newest load, and the number of commits before it.
    pub loaded: Option<(u64, u64)>,
    pub commits: Vec<Commit>,
    pub swaps: u32,
    pub is_hung: bool,
    /// Whether a call failed before the first commit, apart from conflicts. Calls after it may only
    /// acknowledge events, which another call delivers again.
    pub has_failed: bool,
}

/// One commit of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Commit {
    /// The simulated time of the load that led to it, and the number of commits before that load.
    pub loaded: (u64, u64),
    /// The number of commits to the store, with this one.
    pub number: u64,
}

/// The store. Clones share the same records.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<State>>);

struct State {
    records: HashMap<RecordId, Record>,
    rng: Rng,
    now: u64,
    /// Records that are updated best effort, after the answer is decided.
    best_effort: HashSet<RecordId>,
    /// The operation that is being polled.
    calls: Calls,
    /// One call in this many fails; 0: none.
    one_in: u64,
    tally: Tally,
}

/// Totals over all operations.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub loads: u64,
    pub commits: u64,
    pub conflicts: u64,
    pub faults: u64,
    pub largest: usize,
}

impl Shared {
    pub fn new(seed: u64, one_in: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            records: HashMap::new(),
            rng: Rng::new(seed),
            now: 0,
            best_effort: HashSet::new(),
            calls: Calls::default(),
            one_in,
            tally: Tally::default(),
        })))
    }

    pub fn set_time(&self, now: u64) {
        self.state().now = now;
    }

    /// Lets one call in `one_in` fail from now on; 0: none.
    pub fn set_fault_rate(&self, one_in: u64) {
        self.state().one_in = one_in;
    }

    /// Marks a record whose calls decide nothing once there is an answer.
    pub fn mark_best_effort(&self, id: RecordId) {
        self.state().best_effort.insert(id);
    }

    /// Installs the calls of the operation that is polled next, and returns the previous ones.
    pub fn swap_calls(&self, calls: Calls) -> Calls {
        core::mem::replace(&mut self.state().calls, calls)
    }

    pub fn tally(&self) -> Tally {
        self.state().tally
    }

    async fn hang<T>(&self) -> T {
        self.state().calls.is_hung = true;
        pending().await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A thread that panics here does so without holding the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fault(&mut self, id: &RecordId) -> Option<Fault> {
        if self.one_in == 0 || self.rng.below(self.one_in) != 0 {
            return None;
        }
        let fault = FAULTS[usize::try_from(self.rng.below(FAULTS.len() as u64)).unwrap()];
        self.tally.faults += 1;
        let is_early = self.calls.commits.is_empty();
        self.calls.has_failed |= is_early && fault.is_fatal() && !self.best_effort.contains(id);
        Some(fault)
    }

    fn load(&mut self, id: &RecordId) -> Option<Record> {
        self.tally.loads += 1;
        if !self.best_effort.contains(id) {
            self.calls.loaded = Some((self.now, self.tally.commits));
        }
        self.records.get(id).cloned()
    }

    fn swap(&mut self, id: &RecordId, expected: Option<Version>, record: &Record) -> Swap {
        if self.records.get(id).map(Record::version) != expected {
            self.tally.conflicts += 1;
            return Swap::Conflict;
        }
        self.tally.commits += 1;
        self.tally.largest = self.tally.largest.max(record.bytes().len());
        if !self.best_effort.contains(id) {
            let number = self.tally.commits;
            self.calls.commits.extend(self.calls.loaded.map(|loaded| Commit { loaded, number }));
        }
        self.records.insert(*id, record.clone());
        Swap::Commit
    }
}

impl Storage for Shared {
    type Error = Failed;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        turn().await;
        let fault = self.state().fault(id);
        match fault {
            Some(Fault::ErrorAfter | Fault::ErrorBefore) => Err(Failed),
            Some(Fault::CrashAfter | Fault::CrashBefore) => self.hang().await,
            Some(Fault::PanicAfter | Fault::PanicBefore) => dies(),
            _ => Ok(self.state().load(id)),
        }
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        turn().await;
        let fault = {
            let mut state = self.state();
            state.calls.swaps += u32::from(!state.best_effort.contains(id));
            state.fault(id)
        };
        match fault {
            Some(Fault::Conflict) => return Ok(Swap::Conflict),
            Some(Fault::CrashBefore) => return self.hang().await,
            Some(Fault::ErrorBefore) => return Err(Failed),
            Some(Fault::PanicBefore) => dies(),
            _ => {}
        }
        let swap = self.state().swap(id, expected, record);
        match fault {
            Some(Fault::CrashAfter) => self.hang().await,
            Some(Fault::ErrorAfter) => Err(Failed),
            Some(Fault::PanicAfter) => dies(),
            _ => Ok(swap),
        }
    }
}

/// Yields to the other tasks.
pub async fn turn() {
    let mut waited = false;
    poll_fn(
        |_| {
            if core::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
        },
    )
    .await;
}

/// Panics without printing a message.
fn dies() -> ! {
    resume_unwind(Box::new("the driver panics"))
}
