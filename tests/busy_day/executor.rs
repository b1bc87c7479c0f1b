//! Executor of concurrent visits on one thread, seeded.

use alloc::{collections::BinaryHeap, rc::Rc, sync::Arc};
use core::{
    cell::{Cell, RefCell},
    cmp::Reverse,
    future::{Future, poll_fn},
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll, Waker},
};

use second_factor::{
    UnixTime,
    host::{Clock, NoTime},
};

/// A sequence of numbers from a seed (SplitMix64).
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `0..bound`, nearly uniform.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

pub type Visit = Pin<Box<dyn Future<Output = ()>>>;

/// The executor of the visits.
pub struct Executor {
    now: Arc<AtomicU64>,
    rng: RefCell<Rng>,
    running: RefCell<Vec<Visit>>,
    begun: RefCell<Vec<Visit>>,
    /// The sleeping visits, by the second in which they wake.
    asleep: RefCell<BinaryHeap<Reverse<(u64, u64)>>>,
    visits: RefCell<Vec<Option<Visit>>>,
    free: RefCell<Vec<usize>>,
    wakes_at: Cell<Option<u64>>,
    polls: Cell<u64>,
}

impl Executor {
    pub fn new(now: u64, seed: u64) -> Rc<Self> {
        Rc::new(Self {
            now: Arc::new(AtomicU64::new(now)),
            rng: RefCell::new(Rng::new(seed)),
            running: RefCell::default(),
            begun: RefCell::default(),
            asleep: RefCell::default(),
            visits: RefCell::default(),
            free: RefCell::default(),
            wakes_at: Cell::new(None),
            polls: Cell::new(0),
        })
    }

    pub fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// The time of the simulation, for what has no executor.
    pub fn time(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.now)
    }

    pub fn below(&self, bound: u64) -> u64 {
        self.rng.borrow_mut().below(bound)
    }

    pub fn pick(&self, count: usize) -> usize {
        usize::try_from(self.below(count as u64)).unwrap()
    }

    /// Returns true with a probability of `percent` in a hundred.
    pub fn chance(&self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// The number of visits in progress.
    pub fn in_progress(&self) -> usize {
        self.running.borrow().len() + self.begun.borrow().len() + self.asleep.borrow().len()
    }

    pub fn polls(&self) -> u64 {
        self.polls.get()
    }

    pub fn begin(&self, visit: impl Future<Output = ()> + 'static) {
        self.begun.borrow_mut().push(Box::pin(visit));
    }

    /// Sleeps for `secs` seconds of the simulated day.
    pub async fn sleep(&self, secs: u64) {
        let until = self.now() + secs;
        poll_fn(|_| {
            if self.now() >= until {
                return Poll::Ready(());
            }
            self.wakes_at.set(Some(until));
            Poll::Pending
        })
        .await;
    }

    /// Runs what can run in this second, in any order, and advances to the next second.
    ///
    /// One step in `stalls` suspends a visit for seconds: its process was paused.
    pub fn run_second(&self, stalls: u64) {
        let mut context = Context::from_waker(Waker::noop());
        self.wake();
        loop {
            self.running.borrow_mut().append(&mut self.begun.borrow_mut());
            let count = self.running.borrow().len();
            if count == 0 {
                break;
            }
            let at = self.pick(count);
            let mut visit = self.running.borrow_mut().swap_remove(at);
            self.polls.set(self.polls.get() + 1);
            if visit.as_mut().poll(&mut context).is_ready() {
                continue;
            }
            let stall = || (self.below(stalls) == 0).then(|| self.now() + 1 + self.below(40));
            match self.wakes_at.take().or_else(stall) {
                Some(until) => self.put_to_sleep(visit, until),
                None => self.running.borrow_mut().push(visit),
            }
        }
        self.now.fetch_add(1, Ordering::Relaxed);
    }

    fn put_to_sleep(&self, visit: Visit, until: u64) {
        let mut visits = self.visits.borrow_mut();
        let place = self.free.borrow_mut().pop().unwrap_or_else(|| {
            visits.push(None);
            visits.len() - 1
        });
        visits[place] = Some(visit);
        self.asleep.borrow_mut().push(Reverse((until, place as u64)));
    }

    fn wake(&self) {
        let mut asleep = self.asleep.borrow_mut();
        while let Some(Reverse((until, place))) = asleep.peek().copied() {
            if until > self.now() {
                return;
            }
            asleep.pop();
            let place = usize::try_from(place).unwrap();
            let visit = self.visits.borrow_mut()[place].take();
            self.running.borrow_mut().extend(visit);
            self.free.borrow_mut().push(place);
        }
    }

    /// The clock of one worker, `skew` seconds ahead or behind.
    pub fn clock(&self, skew: i64) -> Skewed {
        Skewed { now: Arc::clone(&self.now), skew, reads: AtomicU64::new(0) }
    }
}

/// A clock that is nearly correct and rarely fails.
pub struct Skewed {
    now: Arc<AtomicU64>,
    skew: i64,
    reads: AtomicU64,
}

impl Clock for Skewed {
    fn now(&self) -> Result<UnixTime, NoTime> {
        if self.reads.fetch_add(1, Ordering::Relaxed) % 50_021 == 50_020 {
            return Err(NoTime);
        }
        let now = self.now.load(Ordering::Relaxed);
        Ok(UnixTime::from_secs(now.saturating_add_signed(self.skew)))
    }
}
