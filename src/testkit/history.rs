//! Histories of a store under faults, and their checks.
//!
//! [`check_storage`](super::check_storage) tests a store without faults. A [`History`] tests a
//! store whose servers are killed, paused or partitioned. Workers append to records, and a log
//! stores every call with its result. The check finds results that contradict the records.
//!
//! Versions are unique, and each swap states the version that it replaces. Therefore, the last
//! record of each id determines the whole chain of its swaps, and the check takes linear time and
//! memory.
//!
//! # What a history cannot show
//!
//! A history contains only its own calls, and not those of other processes. It cannot show faults
//! that the test does not cause, such as a power failure. It can miss a violation that occurs while
//! no worker calls the store. To find more violations, run more workers, or run the test for
//! longer.

mod append;
mod disturbance;
mod judge;
mod log;
mod report;

use alloc::{sync::Arc, vec::Vec};
use core::{
    future::{Future, poll_fn},
    hash::BuildHasher as _,
    pin::pin,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    task::Poll,
    time::Duration,
};
use std::{hash::RandomState, sync::Mutex};

use self::log::{Answer, Log};
pub use self::{
    disturbance::Disturbance,
    report::{Finding, HistoryReport, Outage},
};
use super::{
    lock,
    storage::task::{pause, within, yield_once},
};
use crate::storage::{Record, RecordId, Storage, Swap};

/// A log of concurrent calls on a store. Clones share the log.
///
/// Start several tasks that [`append`](Self::append) and some that [`read`](Self::read). Each task
/// has its own store, like a process of your application. [Disturb](Self::disturb) the database,
/// [stop](Self::stop) the tasks, join them, and [judge](Self::judge) the history.
///
/// # Example
///
/// ```
/// use std::{thread, time::Duration};
/// use second_factor::{MemoryStorage, block_on, testkit::history::History};
///
/// let (history, store) = (History::new(4, Duration::from_secs(5)), MemoryStorage::new());
/// thread::scope(|scope| {
///     scope.spawn(|| block_on(history.append(&store)));
///     scope.spawn(|| block_on(history.append(&store)));
///     scope.spawn(|| block_on(history.read(&store)));
///     while history.calls() < 100 {
///         thread::yield_now();
///     }
///     history.stop();
/// });
/// let report = block_on(history.judge(&store));
/// assert!(report.findings().is_empty(), "{report}");
/// ```
#[derive(Clone, Debug)]
pub struct History(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    ids: Vec<RecordId>,
    limit: Duration,
    workers: AtomicUsize,
    is_stopped: AtomicBool,
    log: Mutex<Log>,
}

impl History {
    /// Creates an empty history of `records` new records.
    ///
    /// Each call must end within `limit`. After a disturbance, every record must also accept
    /// appends again within `limit`.
    ///
    /// # Input
    ///
    /// `records`: a small number, such as four. Fewer records cause more conflicts. Zero is treated
    /// as one.
    #[must_use]
    pub fn new(records: usize, limit: Duration) -> Self {
        let ids: Vec<RecordId> = (0..records.max(1)).map(|_| random_id()).collect();
        let log = Mutex::new(Log::new(ids.len()));
        let (workers, is_stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
        Self(Arc::new(Shared { ids, limit, workers, is_stopped, log }))
    }

    /// Appends to the records in turn, until the history is stopped.
    ///
    /// An append is a load and a swap. After an error, the worker pauses for a few milliseconds.
    pub async fn append<S: Storage>(&self, store: &S) {
        let mut turn = self.0.workers.fetch_add(1, Ordering::Relaxed);
        while !self.is_stopped() {
            turn = turn.wrapping_add(1);
            let is_answered = self.append_once(store, turn % self.0.ids.len()).await;
            self.rest(is_answered).await;
        }
    }

    /// Loads the records in turn, until the history is stopped.
    pub async fn read<S: Storage>(&self, store: &S) {
        let mut turn = self.0.workers.fetch_add(1, Ordering::Relaxed);
        while !self.is_stopped() {
            turn = turn.wrapping_add(1);
            let is_answered = self.load(store, turn % self.0.ids.len()).await.is_some();
            self.rest(is_answered).await;
        }
    }

    /// Disturbs the database for `length`, and waits until it recovers.
    ///
    /// The database has recovered when every record accepts appends again.
    ///
    /// The report lists each disturbance and the longest time without a commit. If a record does
    /// not accept an append within the limit of the history, clause 8 is violated.
    ///
    /// # Errors
    ///
    /// Returns the error of the disturbance. The report then has no entry for it.
    pub async fn disturb<D: Disturbance>(
        &self,
        disturbance: &D,
        length: Duration,
    ) -> Result<(), super::storage::Trouble> {
        let began_at = lock(&self.0.log).now();
        disturbance.begin().await?;
        pause(length).await;
        disturbance.end().await?;
        let ended_at = lock(&self.0.log).now();
        let mut waited = Duration::ZERO;
        let mut recovered_at = lock(&self.0.log).commits_again_since(ended_at);
        while recovered_at.is_none() && waited < self.0.limit && !self.is_stopped() {
            pause(POLL).await;
            waited += POLL;
            recovered_at = lock(&self.0.log).commits_again_since(ended_at);
        }
        lock(&self.0.log).note_fault(disturbance.name(), began_at, recovered_at);
        Ok(())
    }

    /// Returns the number of calls that were begun.
    #[must_use]
    pub fn calls(&self) -> usize {
        lock(&self.0.log).len()
    }

    /// Ends the workers after their current call.
    pub fn stop(&self) {
        self.0.is_stopped.store(true, Ordering::SeqCst);
    }

    /// Loads the last records, and checks the history.
    ///
    /// Call this method after every worker has ended, with a store over the same records. A failed
    /// load is repeated until the limit of the history has passed.
    pub async fn judge<S: Storage>(&self, store: &S) -> HistoryReport {
        self.stop();
        for record in 0..self.0.ids.len() {
            let mut waited = Duration::ZERO;
            while self.load(store, record).await.is_none() && waited < self.0.limit {
                pause(POLL).await;
                waited += POLL;
            }
        }
        HistoryReport::new(&lock(&self.0.log), self.0.limit)
    }

    fn is_stopped(&self) -> bool {
        self.0.is_stopped.load(Ordering::SeqCst)
    }

    /// Appends to one record, and returns whether the store answered.
    async fn append_once<S: Storage>(&self, store: &S, record: usize) -> bool {
        let Some(found) = self.load(store, record).await else { return false };
        let Some(id) = self.0.ids.get(record) else { return false };
        // It does not append to what no worker wrote: the check reports that load.
        let Some((call, new)) = lock(&self.0.log).begin_swap(record, &found) else { return true };
        let expected = found.map(|found| found.version());
        let swap = store.compare_and_swap(id, expected, &new);
        let answer = match ended(self.0.limit, swap).await {
            Some(Ok(Swap::Commit)) => Answer::Committed,
            Some(Ok(Swap::Conflict)) => Answer::Refused,
            Some(Err(_)) => Answer::Failed,
            None => Answer::Hung,
        };
        lock(&self.0.log).end(call, answer);
        matches!(answer, Answer::Committed | Answer::Refused)
    }

    /// Loads one record, or returns `None` if the store did not answer.
    async fn load<S: Storage>(&self, store: &S, record: usize) -> Option<Option<Record>> {
        let id = self.0.ids.get(record)?;
        let call = lock(&self.0.log).begin_load(record);
        let loaded = ended(self.0.limit, store.load(id)).await;
        let mut log = lock(&self.0.log);
        let answer = match &loaded {
            Some(Ok(found)) => log.found(record, found.as_ref()),
            Some(Err(_)) => Answer::Failed,
            None => Answer::Hung,
        };
        log.end(call, answer);
        loaded?.ok()
    }

    async fn rest(&self, is_answered: bool) {
        if is_answered {
            yield_once().await;
        } else {
            pause(AFTER_AN_ERROR).await;
        }
    }
}

/// Returns the outcome of `future`, or `None` after the limit.
///
/// An alarm costs a thread, so it is set only if `future` is not ready at once.
async fn ended<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let first = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
    match first {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => within(limit, future).await,
    }
}

/// Returns a random id, which no earlier run used.
fn random_id() -> RecordId {
    let word = || RandomState::new().hash_one(0_u8).to_be_bytes();
    let (mut bytes, words) = ([0; 16], [word(), word()]);
    bytes.copy_from_slice(words.as_flattened());
    RecordId::new(bytes)
}

const POLL: Duration = Duration::from_millis(20);
const AFTER_AN_ERROR: Duration = Duration::from_millis(10);
