//! A store with one flaw.

use alloc::sync::Arc;
use core::{
    future::poll_fn,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    task::Poll,
    time::Duration,
};
use std::{
    sync::{Mutex, MutexGuard},
    thread,
    time::SystemTime,
};

use second_factor::{
    block_on,
    storage::{Record, RecordId, Storage, Swap, Version},
    testkit::storage::{Ability, Stores, Task, Trouble},
};

use crate::flaws::{Flaw, Rows, commits, key, stored};

/// Creates stores with one flaw. It supports every operation but worker processes.
#[derive(Clone, Copy, Debug)]
pub struct FlawedStores(pub Flaw);

/// A database: its rows, the rows on its disk, and the rows before the last commit.
#[derive(Debug, Default)]
pub struct Place {
    rows: Mutex<Rows>,
    durable: Mutex<Rows>,
    before: Mutex<Rows>,
    /// The last version of deleted records.
    deleted: Mutex<Rows>,
    is_spoiled: AtomicBool,
    /// Its server answers no call. A correct store then returns an error in time.
    is_stalled: AtomicBool,
    was_stalled: AtomicBool,
    is_locked: AtomicBool,
    racing: AtomicUsize,
}

/// A store over a place, with its private state.
#[derive(Debug)]
pub struct Flawed {
    flaw: Flaw,
    place: Arc<Place>,
    /// Its own view, for the flaw of a transaction that never ends.
    own: Option<Mutex<Rows>>,
    cache: Mutex<Vec<(Vec<u8>, Option<Record>)>>,
    /// Its writes, with the previous records, for the flaw of a rollback.
    undo: Mutex<Vec<(Vec<u8>, Option<Record>)>>,
}

impl Drop for Flawed {
    fn drop(&mut self) {
        if self.is(Flaw::RollsBackWhenClosed) {
            self.roll_back(&mut self.rows());
        }
    }
}

#[derive(Debug)]
pub struct Failed;

impl core::fmt::Display for Failed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the database failed")
    }
}

impl core::error::Error for Failed {}

impl Stores for FlawedStores {
    type Place = Arc<Place>;
    type Store = Flawed;

    async fn fresh(&self) -> Result<Arc<Place>, Trouble> {
        Ok(Arc::default())
    }

    async fn open(&self, place: &Arc<Place>) -> Result<Flawed, Trouble> {
        let is_alone = self.0 == Flaw::RunsInATransaction;
        Ok(Flawed {
            flaw: self.0,
            own: is_alone.then(|| Mutex::new(lock(&place.rows).clone())),
            place: Arc::clone(place),
            cache: Mutex::default(),
            undo: Mutex::default(),
        })
    }

    fn spawn(&self, task: Task) {
        thread::spawn(move || block_on(task));
    }

    async fn delete(&self, place: &Arc<Place>, id: &RecordId) -> Result<Ability, Trouble> {
        let key = key(self.0, id);
        if let Some(record) = lock(&place.rows).remove(&key) {
            lock(&place.deleted).insert(key, record);
        }
        Ok(Ability::Done)
    }

    async fn restart(&self, place: &Arc<Place>) -> Result<Ability, Trouble> {
        *lock(&place.rows) = lock(&place.durable).clone();
        Ok(Ability::Done)
    }

    async fn spoil(&self, place: &Arc<Place>) -> Result<Ability, Trouble> {
        place.is_spoiled.store(true, Ordering::SeqCst);
        Ok(Ability::Done)
    }

    async fn stall(&self, place: &Arc<Place>) -> Result<Ability, Trouble> {
        place.is_stalled.store(true, Ordering::SeqCst);
        place.was_stalled.store(true, Ordering::SeqCst);
        Ok(Ability::Done)
    }

    async fn resume(&self, place: &Arc<Place>) -> Result<Ability, Trouble> {
        place.is_stalled.store(false, Ordering::SeqCst);
        Ok(Ability::Done)
    }

    fn patience(&self) -> Duration {
        let hangs = matches!(self.0, Flaw::HangsWhileStalled | Flaw::LeaksALockWhenDropped);
        Duration::from_secs(if hangs { 4 } else { 60 })
    }
}

impl Storage for Flawed {
    type Error = Failed;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        self.wait_for_the_lock().await;
        self.call_the_server().await?;
        if self.place.is_spoiled.load(Ordering::SeqCst) {
            return if self.is(Flaw::ReturnsNoneOnErrors) { Ok(None) } else { Err(Failed) };
        }
        let key = key(self.flaw, id);
        self.forget(&key);
        let found = self.rows().get(&key).cloned();
        match self.flaw {
            Flaw::CachesUntilItWrites | Flaw::CachesWhatIsMissing | Flaw::CachesWhatItSaw => {
                Ok(self.cached(key, found))
            }
            // The first row from this key, like a scan without an upper bound.
            Flaw::ReturnsANeighbor => {
                Ok(self.rows().range(key..).next().map(|(_, record)| record.clone()))
            }
            Flaw::ReturnsStaleRecordsAfterAStall if self.was_stalled() => Ok(None),
            Flaw::LagsBehind => Ok(lock(&self.place.before).get(&key).cloned()),
            Flaw::ReturnsNoneForEmptyBytes => Ok(found.filter(|found| !found.bytes().is_empty())),
            _ => Ok(found),
        }
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        self.call_the_server().await?;
        if self.place.is_spoiled.load(Ordering::SeqCst) {
            return match self.flaw {
                Flaw::ReturnsCommitOnErrors => Ok(Swap::Commit),
                Flaw::ReturnsConflictOnErrors => Ok(Swap::Conflict),
                _ => Err(Failed),
            };
        }
        let key = key(self.flaw, id);
        self.forget(&key);
        match self.flaw {
            Flaw::ErrorsAtRaces => self.race().await?,
            Flaw::LeaksALockWhenDropped => self.lock_all().await,
            _ => {}
        }
        let (swap, later) = self.decide(&key, expected, record)?;
        if let Some(later) = later {
            yield_once().await;
            self.put(&mut self.rows(), &key, later);
        }
        self.place.is_locked.store(false, Ordering::SeqCst);
        match self.flaw {
            Flaw::ReturnsConflictAfterCommit => Ok(Swap::Conflict),
            Flaw::ErrorsAtRefusals if swap == Swap::Conflict => Err(Failed),
            _ => Ok(swap),
        }
    }
}

impl Flawed {
    /// Decides, and writes at once. Returns the record that is still to be written, if any.
    fn decide(
        &self,
        key: &[u8],
        expected: Option<Version>,
        record: &Record,
    ) -> Result<(Swap, Option<Record>), Failed> {
        let bytes = stored(self.flaw, record.bytes()).ok_or(Failed)?;
        let new = Record::new(record.version(), bytes).with_forget_after(record.forget_after());
        let mut rows = self.rows();
        let old = rows.get(key).cloned();
        let deleted = self.deleted(key, old.as_ref());
        let current = old.as_ref().or(deleted.as_ref()).map(Record::version);
        if !commits(self.flaw, current, expected, record.version()) {
            self.refuse(&mut rows, key, old, new);
            return Ok((Swap::Conflict, None));
        }
        let (now, later) = match (self.flaw, old) {
            (Flaw::DeletesThenInserts, Some(_)) => {
                rows.remove(key);
                (None, Some(new))
            }
            (Flaw::KeepsTheFirstHint, Some(old)) => {
                let hint = old.forget_after().or(new.forget_after());
                (
                    Some(Record::new(new.version(), new.bytes().to_vec()).with_forget_after(hint)),
                    None,
                )
            }
            (Flaw::KeepsTheOldTail, Some(old)) => {
                let tail = old.bytes().get(new.bytes().len()..).unwrap_or_default();
                let bytes = [new.bytes(), tail].concat();
                (
                    Some(Record::new(new.version(), bytes).with_forget_after(new.forget_after())),
                    None,
                )
            }
            (Flaw::ReadsThenWrites, _) => (None, Some(new)),
            (Flaw::WritesInTwoSteps, Some(old)) => {
                let half = Record::new(new.version(), old.bytes().to_vec())
                    .with_forget_after(new.forget_after());
                (Some(half), Some(new))
            }
            _ => (Some(new), None),
        };
        if let Some(now) = now {
            self.put(&mut rows, key, now);
        }
        Ok((Swap::Commit, later))
    }

    fn put(&self, rows: &mut Rows, key: &[u8], record: Record) {
        if self.is(Flaw::CachesUntilItWrites) {
            lock(&self.cache).clear();
        }
        *lock(&self.place.before) = rows.clone();
        let old = rows.insert(key.to_vec(), record.clone());
        lock(&self.undo).push((key.to_vec(), old));
        if !self.is(Flaw::CommitsBeforeItIsDurable) {
            lock(&self.place.durable).insert(key.to_vec(), record);
        }
    }

    /// Applies the side effect of a refusal. A correct store has none.
    fn refuse(&self, rows: &mut Rows, key: &[u8], old: Option<Record>, new: Record) {
        let record = match (self.flaw, old) {
            (Flaw::AppliesTheHintOfARefusal, Some(old)) => {
                Record::new(old.version(), old.bytes().to_vec())
                    .with_forget_after(new.forget_after())
            }
            (Flaw::BumpsTheVersionAtARefusal, Some(old)) => {
                let version = Version::new(old.version().get().wrapping_add(0x0100_0000));
                Record::new(version, old.bytes().to_vec()).with_forget_after(old.forget_after())
            }
            (Flaw::CreatesARecordAtARefusal, None) => Record::new(Version::new(77), Vec::new()),
            (Flaw::RollsBackAtARefusal, _) => return self.roll_back(rows),
            (Flaw::WritesThenRefuses, _) => new,
            _ => return,
        };
        rows.insert(key.to_vec(), record);
    }

    /// Lets one of several concurrent swaps proceed. The others get a serialization error.
    async fn race(&self) -> Result<(), Failed> {
        struct Leave<'a>(&'a AtomicUsize);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        let others = self.place.racing.fetch_add(1, Ordering::SeqCst);
        let _leave = Leave(&self.place.racing);
        yield_once().await;
        if others > 0 { Err(Failed) } else { Ok(()) }
    }

    fn roll_back(&self, rows: &mut Rows) {
        for (key, old) in lock(&self.undo).drain(..).rev() {
            match old {
                Some(old) => rows.insert(key, old),
                None => rows.remove(&key),
            };
        }
    }

    /// Deletes the record after its `forget_after`.
    fn forget(&self, key: &[u8]) {
        let early = if self.is(Flaw::ExpiresTooEarly) { 7_200 } else { 0 };
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() + early;
        self.rows().retain(|its, record| {
            its != key || record.forget_after().is_none_or(|after| now <= after.as_secs())
        });
    }

    /// Returns the deleted record, for the flaw that reuses its version.
    fn deleted(&self, key: &[u8], old: Option<&Record>) -> Option<Record> {
        let is_asked = self.is(Flaw::ReusesVersions) && old.is_none();
        is_asked.then(|| lock(&self.place.deleted).get(key).cloned()).flatten()
    }

    fn cached(&self, key: Vec<u8>, found: Option<Record>) -> Option<Record> {
        let mut cache = lock(&self.cache);
        if let Some((_, cached)) = cache.iter().find(|(its, _)| *its == key) {
            return cached.clone();
        }
        if found.is_none() || !self.is(Flaw::CachesWhatIsMissing) {
            cache.push((key, found.clone()));
        }
        found
    }

    /// Acquires a lock that only the end of the swap releases.
    async fn lock_all(&self) {
        while self.place.is_locked.swap(true, Ordering::SeqCst) {
            yield_once().await;
        }
        yield_once().await;
    }

    /// Returns an error while the server is stalled, as after a timeout.
    async fn call_the_server(&self) -> Result<(), Failed> {
        while self.is(Flaw::HangsWhileStalled) && self.is_stalled() {
            thread::sleep(Duration::from_millis(1));
            yield_once().await;
        }
        let is_broken = self.is(Flaw::StaysBrokenAfterAStall) && self.was_stalled();
        if is_broken || self.is_stalled() { Err(Failed) } else { Ok(()) }
    }

    fn is_stalled(&self) -> bool {
        self.place.is_stalled.load(Ordering::SeqCst)
    }

    fn was_stalled(&self) -> bool {
        self.place.was_stalled.load(Ordering::SeqCst)
    }

    async fn wait_for_the_lock(&self) {
        while self.place.is_locked.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
            yield_once().await;
        }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        lock(self.own.as_ref().unwrap_or(&self.place.rows))
    }
}

async fn yield_once() {
    let mut is_over = false;
    poll_fn(|context| {
        if is_over {
            return Poll::Ready(());
        }
        is_over = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
