//! Having slow work done: a try is counted, checked elsewhere, concluded.

use super::{Error, Verifier};
use crate::{
    SubjectId, Verified,
    subject::{Checked, Decision, SlowCheck, SlowResult, Subject},
};

impl Verifier {
    /// Decides about a proof, with the slow work that it takes. `None`: it was right and proves
    /// nothing.
    pub(super) async fn check(
        &self,
        subject: &SubjectId,
        decision: impl Fn(Subject<'_>) -> Decision<Checked> + Send + Sync,
    ) -> Result<Option<Verified>, Error> {
        let mut checked = self.decide(subject, decision).await?;
        if let Checked::SlowCheck(work) = checked {
            let result = self.work(work).await?;
            checked = self.decide(subject, |subject| subject.conclude(&result)).await?;
        }
        match checked {
            Checked::Practiced => Ok(None),
            Checked::Verified(verified) => Ok(Some(verified)),
            // The end of one piece of work is never another.
            Checked::SlowCheck(_) => Err(Error::CheckLost),
        }
    }

    async fn work(&self, work: SlowCheck) -> Result<SlowResult, Error> {
        if let Some((id, typed)) = work.remote_check() {
            let remote = self.shared.remote.as_ref().ok_or(Error::CheckLost)?;
            let answer = remote.check(id, typed).await;
            return work.with_remote_answer(answer).ok_or(Error::CheckLost);
        }
        let foreign = self.shared.foreign.clone();
        self.offload(move || match foreign {
            Some(foreign) => work.run_with(|hash, typed| foreign.matches(hash, typed)),
            None => work.run(),
        })
        .await
    }

    /// Runs `work` where the host has slow work done.
    #[cfg(feature = "std")]
    pub(super) async fn offload<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        use alloc::{boxed::Box, sync::Arc};
        use std::sync::{Mutex, PoisonError};

        let Some(offload) = &self.shared.offload else {
            let _turn = in_place::turn().await;
            return Ok(work());
        };
        let found = Arc::new(Mutex::new(None));
        let finding = Arc::clone(&found);
        let job = move || {
            let result = work();
            *finding.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        };
        offload.run(Box::new(job)).await;
        // Work that panicked or was thrown away found nothing.
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        found.take().ok_or(Error::CheckLost)
    }

    /// Without `std` there is one place to do it.
    #[cfg(not(feature = "std"))]
    #[expect(clippy::unused_async, reason = "with `std` it waits")]
    pub(super) async fn offload<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        Ok(work())
    }
}

/// Work that is done in place takes its turn: two at once in a process.
#[cfg(feature = "std")]
mod in_place {
    use core::{
        future::poll_fn,
        sync::atomic::{AtomicUsize, Ordering},
        task::Poll,
    };

    static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);
    const AT_ONCE: usize = 2;

    /// One of the turns; its end makes room for the next.
    pub(super) struct Turn;

    /// Waits for a turn. It asks again and again rather than keep a queue: a turn lasts tens of
    /// milliseconds, and the executor runs others in between.
    pub(super) async fn turn() -> Turn {
        poll_fn(|context| {
            let more = |count: usize| (count < AT_ONCE).then_some(count + 1);
            match UNDER_WAY.fetch_update(Ordering::AcqRel, Ordering::Acquire, more) {
                Ok(_) => Poll::Ready(Turn),
                Err(_) => {
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
            }
        })
        .await
    }

    impl Drop for Turn {
        fn drop(&mut self) {
            UNDER_WAY.fetch_sub(1, Ordering::AcqRel);
        }
    }
}
