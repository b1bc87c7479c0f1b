//! Execution of slow work: on other threads, or in place.

use super::{Error, Verifier};

impl Verifier {
    /// Runs `work` where your application runs slow checks, or in place.
    #[cfg(feature = "std")]
    pub(super) async fn offload<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        use alloc::{boxed::Box, sync::Arc};
        use std::sync::{Mutex, PoisonError};

        let Some(offload) = &self.shared.offload else {
            let _permit = in_place::acquire().await;
            return Ok(work());
        };
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        let job = move || {
            let result = work();
            *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        };
        offload.run(Box::new(job)).await;
        // A job that panicked or was discarded left no result.
        let mut result = slot.lock().unwrap_or_else(PoisonError::into_inner);
        result.take().ok_or(Error::CheckLost)
    }

    /// Runs `work` in place, since there are no threads without `std`.
    #[cfg(not(feature = "std"))]
    #[expect(clippy::unused_async, reason = "with `std` it waits")]
    pub(super) async fn offload<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        Ok(work())
    }
}

/// The limit on work that runs in place: two at once in a process.
#[cfg(feature = "std")]
mod in_place {
    use core::{
        future::poll_fn,
        sync::atomic::{AtomicUsize, Ordering},
        task::Poll,
    };

    static RUNNING: AtomicUsize = AtomicUsize::new(0);
    const MAX_RUNNING: usize = 2;

    /// The permission to run work in place. Dropping it releases it.
    pub(super) struct Permit;

    /// Waits for a permit.
    ///
    /// It polls repeatedly, which needs no queue: a permit is held for tens of milliseconds, and
    /// the executor runs other tasks in between.
    pub(super) async fn acquire() -> Permit {
        poll_fn(|context| {
            let more = |count: usize| (count < MAX_RUNNING).then_some(count + 1);
            match RUNNING.fetch_update(Ordering::AcqRel, Ordering::Acquire, more) {
                Ok(_) => Poll::Ready(Permit),
                Err(_) => {
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
            }
        })
        .await
    }

    impl Drop for Permit {
        fn drop(&mut self) {
            RUNNING.fetch_sub(1, Ordering::AcqRel);
        }
    }
}
