//! Every order in which the store calls of several tasks can happen, one after another.

#![allow(
    clippy::indexing_slicing,
    dead_code,
    unreachable_pub,
    reason = "it is a part of a test, which is a crate"
)]

use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use second_factor::storage::{Record, RecordId, Storage, Swap, Version};

/// A store that waits for its turn before every call, so that a walk decides who goes next.
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

/// Runs the tasks that `begin` makes in every order of their store calls.
///
/// `check` sees the outcomes of each order, those of the tasks in their sequence. Returns how many
/// orders there were.
pub fn every_order<T>(begin: impl Fn() -> Vec<Task<T>>, check: impl Fn(Vec<T>)) -> usize {
    let mut orders = 0;
    // The choices to follow, each with how many there were; what lies behind them takes the first.
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
    let mut context = Context::from_waker(Waker::noop());
    for depth in 0.. {
        let open: Vec<usize> = (0..tasks.len()).filter(|at| outcomes[*at].is_none()).collect();
        if open.is_empty() {
            break;
        }
        if depth == path.len() {
            path.push((0, open.len()));
        }
        let at = open[path[depth].0];
        if let Poll::Ready(outcome) = tasks[at].as_mut().poll(&mut context) {
            outcomes[at] = Some(outcome);
        }
    }
    outcomes.into_iter().flatten().collect()
}
