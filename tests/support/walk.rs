//! Every interleaving of the store calls of several tasks.

#![allow(
    clippy::indexing_slicing,
    dead_code,
    unreachable_pub,
    reason = "each test program compiles this module and uses a part of it"
)]

use alloc::{rc::Rc, sync::Arc, task::Wake};
use core::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, Waker},
};

use second_factor::{
    MemoryStorage, Policy,
    storage::{Record, RecordId, Storage, Swap, Version},
};

use crate::support::World;

/// A store that yields before every call, so that a walk decides which task runs next.
#[derive(Clone)]
pub struct Stepping<S>(pub S);

impl<S: Storage> Storage for Stepping<S> {
    type Error = S::Error;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, S::Error> {
        turn().await;
        self.0.load(id).await
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, S::Error> {
        turn().await;
        self.0.compare_and_swap(id, expected, record).await
    }
}

async fn turn() {
    let mut waited = false;
    poll_fn(|context| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

pub type Task<T> = Pin<Box<dyn Future<Output = T>>>;

/// The world `before` at the same time, over a store made from a copy of its records.
pub fn copy_world<S: Storage + Clone + 'static>(
    before: &World,
    store: impl Fn(MemoryStorage) -> S,
) -> Rc<World<Stepping<S>>> {
    copy_world_under(before, store, Policy::default())
}

pub fn copy_world_under<S: Storage + Clone + 'static>(
    before: &World,
    store: impl Fn(MemoryStorage) -> S,
    policy: Policy,
) -> Rc<World<Stepping<S>>> {
    let world = World::seeded(Stepping(store(before.copy())), policy, 2);
    world.clock.set(before.clock.time().as_secs());
    Rc::new(world)
}

/// `count` callers that do the same concurrently.
pub fn callers<S, T>(
    world: &Rc<World<S>>,
    count: usize,
    call: impl AsyncFn(&World<S>) -> T + Clone + 'static,
) -> Vec<Task<T>>
where
    S: Storage + Clone + 'static,
    T: 'static,
{
    let caller = |_| -> Task<T> {
        let (world, call) = (Rc::clone(world), call.clone());
        Box::pin(async move { call(&world).await })
    };
    (0..count).map(caller).collect()
}

/// Runs the tasks that `begin` creates in every order of their store calls.
///
/// `check` receives the outcomes of each order, in the sequence of the tasks. Returns the number of
/// orders.
pub fn every_order<T>(begin: impl Fn() -> Vec<Task<T>>, check: impl Fn(Vec<T>)) -> usize {
    let mut orders = 0;
    // The choices to follow, each with the number of alternatives; later choices start with the
    // first.
    let mut path: Vec<(usize, usize)> = Vec::new();
    loop {
        check(run(begin(), &mut path));
        orders += 1;
        while path.last().is_some_and(|(choice, of)| choice + 1 == *of) {
            path.pop();
        }
        match path.last_mut() {
            Some((choice, _)) => *choice += 1,
            None => return orders,
        }
    }
}

fn run<T>(mut tasks: Vec<Task<T>>, path: &mut Vec<(usize, usize)>) -> Vec<T> {
    let mut outcomes: Vec<Option<T>> = tasks.iter().map(|_| None).collect();
    let woken: Vec<Arc<Woken>> = tasks.iter().map(|_| Arc::default()).collect();
    for depth in 0.. {
        let is_open = |at: &usize| outcomes[*at].is_none();
        if !(0..tasks.len()).any(|at| is_open(&at)) {
            break;
        }
        // As an executor does: a task that waits for another one is not polled.
        let is_ready = |at: &usize| is_open(at) && woken[*at].0.load(Ordering::Relaxed);
        let ready: Vec<usize> = (0..tasks.len()).filter(is_ready).collect();
        assert!(!ready.is_empty(), "every task waits for another one");
        if depth == path.len() {
            path.push((0, ready.len()));
        }
        let at = ready[path[depth].0];
        woken[at].0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&woken[at]));
        if let Poll::Ready(outcome) = tasks[at].as_mut().poll(&mut Context::from_waker(&waker)) {
            outcomes[at] = Some(outcome);
        }
    }
    outcomes.into_iter().flatten().collect()
}

/// Whether a task was woken since it was polled.
struct Woken(AtomicBool);

impl Default for Woken {
    fn default() -> Self {
        Self(AtomicBool::new(true))
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
