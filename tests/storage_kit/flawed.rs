//! A store that is broken in one way.

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

use crate::flaws::{Flaw, Rows, commits, kept, key};

/// Makes stores with one flaw, which can do all but start other processes.
#[derive(Clone, Copy, Debug)]
pub struct FlawedStores(pub Flaw);

/// A database: what it holds, what of it is on its disk, and what it held before the last commit.
#[derive(Debug, Default)]
pub struct Place {
    rows: Mutex<Rows>,
    durable: Mutex<Rows>,
    before: Mutex<Rows>,
    /// The last version of what was deleted.
    deleted: Mutex<Rows>,
    is_spoiled: AtomicBool,
    is_locked: AtomicBool,
    racing: AtomicUsize,
}

/// A store over a place, with what it keeps to itself.
#[derive(Debug)]
pub struct Flawed {
    flaw: Flaw,
    place: Arc<Place>,
    /// What it alone sees, for the one whose transaction nobody ends.
    own: Option<Mutex<Rows>>,
    cache: Mutex<Vec<(Vec<u8>, Option<Record>)>>,
    /// What it wrote, with what stood there before, for the one that rolls back.
    undo: Mutex<Vec<(Vec<u8>, Option<Record>)>>,
}

impl Drop for Flawed {
    fn drop(&mut self) {
        if self.is(Flaw::RollsBackAtTheEnd) {
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

    fn patience(&self) -> Duration {
        let hangs = self.0 == Flaw::KeepsALockWhenDropped;
        Duration::from_secs(if hangs { 4 } else { 60 })
    }
}

impl Storage for Flawed {
    type Error = Failed;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Failed> {
        self.wait_for_the_lock().await;
        if self.place.is_spoiled.load(Ordering::SeqCst) {
            return if self.is(Flaw::SaysNoneOverErrors) { Ok(None) } else { Err(Failed) };
        }
        let key = key(self.flaw, id);
        self.forget(&key);
        let found = self.rows().get(&key).cloned();
        match self.flaw {
            Flaw::CachesUntilItWrites | Flaw::CachesWhatIsMissing | Flaw::CachesWhatItSaw => {
                Ok(self.cached(key, found))
            }
            // The first row from here on, as a scan without an end finds it.
            Flaw::GivesANeighbour => {
                Ok(self.rows().range(key..).next().map(|(_, record)| record.clone()))
            }
            Flaw::LagsBehind => Ok(lock(&self.place.before).get(&key).cloned()),
            Flaw::SaysNoneOverEmptyBytes => Ok(found.filter(|found| !found.bytes().is_empty())),
            _ => Ok(found),
        }
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Failed> {
        if self.place.is_spoiled.load(Ordering::SeqCst) {
            return match self.flaw {
                Flaw::SaysCommitOverErrors => Ok(Swap::Commit),
                Flaw::SaysConflictOverErrors => Ok(Swap::Conflict),
                _ => Err(Failed),
            };
        }
        let key = key(self.flaw, id);
        self.forget(&key);
        match self.flaw {
            Flaw::ErrorsAtRaces => self.race().await?,
            Flaw::KeepsALockWhenDropped => self.lock_all().await,
            _ => {}
        }
        let (swap, later) = self.decide(&key, expected, record)?;
        if let Some(later) = later {
            breath().await;
            self.put(&mut self.rows(), &key, later);
        }
        self.place.is_locked.store(false, Ordering::SeqCst);
        match self.flaw {
            Flaw::AnswersConflictWhereItCommitted => Ok(Swap::Conflict),
            Flaw::ErrorsAtRefusals if swap == Swap::Conflict => Err(Failed),
            _ => Ok(swap),
        }
    }
}

impl Flawed {
    /// Decides, and writes what is written at once. What is not comes back, to be written later.
    fn decide(
        &self,
        key: &[u8],
        expected: Option<Version>,
        record: &Record,
    ) -> Result<(Swap, Option<Record>), Failed> {
        let bytes = kept(self.flaw, record.bytes()).ok_or(Failed)?;
        let new = Record::new(record.version(), bytes, record.forget_after());
        let mut rows = self.rows();
        let stood = rows.get(key).cloned();
        let was = self.deleted(key, stood.as_ref());
        let stands = stood.as_ref().or(was.as_ref()).map(Record::version);
        if !commits(self.flaw, stands, expected, record.version()) {
            self.refuse(&mut rows, key, stood, new);
            return Ok((Swap::Conflict, None));
        }
        let (now, later) = match (self.flaw, stood) {
            (Flaw::DeletesThenInserts, Some(_)) => {
                rows.remove(key);
                (None, Some(new))
            }
            (Flaw::KeepsTheFirstHint, Some(stood)) => {
                let hint = stood.forget_after().or(new.forget_after());
                (Some(Record::new(new.version(), new.bytes().to_vec(), hint)), None)
            }
            (Flaw::KeepsTheOldTail, Some(stood)) => {
                let tail = stood.bytes().get(new.bytes().len()..).unwrap_or_default();
                let bytes = [new.bytes(), tail].concat();
                (Some(Record::new(new.version(), bytes, new.forget_after())), None)
            }
            (Flaw::ReadsThenWrites, _) => (None, Some(new)),
            (Flaw::WritesHalves, Some(stood)) => {
                let half = Record::new(new.version(), stood.bytes().to_vec(), new.forget_after());
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
        if !self.is(Flaw::AnswersBeforeItIsDurable) {
            lock(&self.place.durable).insert(key.to_vec(), record);
        }
    }

    /// What is done besides answering `Conflict`: nothing, in a store that is not broken.
    fn refuse(&self, rows: &mut Rows, key: &[u8], stood: Option<Record>, new: Record) {
        let record = match (self.flaw, stood) {
            (Flaw::AppliesTheHintOfARefusal, Some(stood)) => {
                Record::new(stood.version(), stood.bytes().to_vec(), new.forget_after())
            }
            (Flaw::BumpsTheVersionAtARefusal, Some(stood)) => {
                let version = Version::new(stood.version().get().wrapping_add(0x0100_0000));
                Record::new(version, stood.bytes().to_vec(), stood.forget_after())
            }
            (Flaw::MakesARecordAtARefusal, None) => Record::new(Version::new(77), Vec::new(), None),
            (Flaw::RollsBackAtARefusal, _) => return self.roll_back(rows),
            (Flaw::WritesThenRefuses, _) => new,
            _ => return,
        };
        rows.insert(key.to_vec(), record);
    }

    /// Of those who swap at once, one alone: the others hear that it could not be serialized.
    async fn race(&self) -> Result<(), Failed> {
        struct Leave<'a>(&'a AtomicUsize);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        let others = self.place.racing.fetch_add(1, Ordering::SeqCst);
        let _leave = Leave(&self.place.racing);
        breath().await;
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

    /// Deletes the record once its time is over.
    fn forget(&self, key: &[u8]) {
        let early = if self.is(Flaw::ExpiresTooEarly) { 7_200 } else { 0 };
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() + early;
        self.rows().retain(|its, record| {
            its != key || record.forget_after().is_none_or(|after| now <= after.as_secs())
        });
    }

    /// What a record had before it was deleted, for the one that does not forget its version.
    fn deleted(&self, key: &[u8], stood: Option<&Record>) -> Option<Record> {
        let is_asked = self.is(Flaw::ReusesVersions) && stood.is_none();
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

    /// Takes a lock that only the end of the swap gives back.
    async fn lock_all(&self) {
        while self.place.is_locked.swap(true, Ordering::SeqCst) {
            breath().await;
        }
        breath().await;
    }

    async fn wait_for_the_lock(&self) {
        while self.place.is_locked.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
            breath().await;
        }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        lock(self.own.as_ref().unwrap_or(&self.place.rows))
    }
}

async fn breath() {
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
