//! Tasks with timeouts and cancellation, on any runtime.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};
use std::{
    sync::{Condvar, Mutex},
    thread,
    time::Instant,
};

use super::Task;
use crate::testkit::lock;

/// Creates a task from `future`, and a future for its outcome.
pub(super) fn joined<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> (Task, Joined<T>) {
    let (promise, joined) = promised();
    let task = async move {
        let promise = promise;
        let outcome = future.await;
        promise.keep(outcome);
    };
    (Box::pin(task), joined)
}

/// Runs blocking work on a separate thread.
pub(super) fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Joined<T> {
    let (promise, joined) = promised();
    // If no thread starts, the promise is dropped, and the outcome is `Lost`.
    let _ = thread::Builder::new().spawn(move || promise.keep(work()));
    joined
}

/// The error of a task that ended without an outcome: it panicked, or never ran.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lost;

/// A future for the outcome of a task.
pub(super) struct Joined<T>(Arc<Mutex<Slot<T>>>);

struct Promise<T>(Arc<Mutex<Slot<T>>>);

struct Slot<T> {
    outcome: Option<Result<T, Lost>>,
    waker: Option<Waker>,
}

fn promised<T>() -> (Promise<T>, Joined<T>) {
    let slot = Arc::new(Mutex::new(Slot { outcome: None, waker: None }));
    (Promise(Arc::clone(&slot)), Joined(slot))
}

impl<T> Promise<T> {
    fn keep(self, outcome: T) {
        lock(&self.0).outcome = Some(Ok(outcome));
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        let mut slot = lock(&self.0);
        slot.outcome.get_or_insert(Err(Lost));
        let waker = slot.waker.take();
        drop(slot);
        waker.into_iter().for_each(Waker::wake);
    }
}

impl<T> Future for Joined<T> {
    type Output = Result<T, Lost>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = lock(&self.0);
        match slot.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                slot.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Returns the outcome of `future`, or `None` after the timeout.
pub(in crate::testkit) async fn within<F: Future>(
    patience: Duration,
    future: F,
) -> Option<F::Output> {
    let (mut future, mut alarm) = (pin!(future), pin!(pause(patience)));
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending => alarm.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// Waits for a time in a thread, because the runtime may have no timer.
pub(in crate::testkit) fn pause(length: Duration) -> impl Future<Output = ()> + Send {
    let end = Instant::now() + length;
    let state = Arc::new((Mutex::new(Waiting::default()), Condvar::new()));
    let (waiting, dismiss) = (Arc::clone(&state), Dismiss(Arc::clone(&state)));
    let _ = thread::Builder::new().spawn(move || watch(end, &waiting));
    poll_fn(move |context| {
        let (waiting, _) = &*dismiss.0;
        lock(waiting).waker = Some(context.waker().clone());
        if Instant::now() < end { Poll::Pending } else { Poll::Ready(()) }
    })
}

#[derive(Default)]
struct Waiting {
    waker: Option<Waker>,
    is_over: bool,
}

fn watch(end: Instant, (waiting, changed): &(Mutex<Waiting>, Condvar)) {
    let mut state = lock(waiting);
    while !state.is_over {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let waker = state.waker.take();
            drop(state);
            return waker.into_iter().for_each(Waker::wake);
        }
        let Ok((next, _)) = changed.wait_timeout(state, left) else { return };
        state = next;
    }
}

/// Ends the thread when the future is dropped.
struct Dismiss(Arc<(Mutex<Waiting>, Condvar)>);

impl Drop for Dismiss {
    fn drop(&mut self) {
        let (waiting, changed) = &*self.0;
        lock(waiting).is_over = true;
        changed.notify_all();
    }
}

/// Yields once.
///
/// On a single-threaded runtime, a store that never waits would otherwise starve other tasks.
pub(in crate::testkit) async fn yield_once() {
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

/// Polls `future` at most `polls` times, and then drops it.
pub(super) async fn cut<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Runs futures concurrently in one task.
pub(super) async fn at_once<F: Future + Send>(futures: Vec<F>) -> Vec<F::Output>
where
    F::Output: Send,
{
    let mut open: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut outcomes = Vec::new();
    poll_fn(|context| {
        open.retain_mut(|future| match future.as_mut().poll(context) {
            Poll::Ready(outcome) => {
                outcomes.push(outcome);
                false
            }
            Poll::Pending => true,
        });
        if open.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outcomes
}
