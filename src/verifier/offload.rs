//! Execution of slow checks, on other threads or in place.

#[cfg(feature = "std")]
pub(super) use super::slow_queue::Turn;
use super::{Error, Verifier};
use crate::{
    id::SubjectId,
    subject::{HashMemory, IsCounted, SlowClass},
};

/// The permission to run one slow check. Without `std`, the end of a turn cannot be observed, so a
/// turn is always available.
#[cfg(not(feature = "std"))]
pub(super) type Turn = HashMemory;

impl Verifier {
    /// Waits for a turn to run a slow check for a subject.
    #[cfg(feature = "std")]
    pub(super) async fn turn(
        &self,
        subject: &SubjectId,
        class: SlowClass,
        is_counted: IsCounted,
    ) -> Result<Turn, Error> {
        let record_id = self.shared.keys.subject_record(subject);
        Ok(self.shared.slow_queue.wait(record_id, class, is_counted)?.await)
    }

    /// Runs `work` by the [`Offload`](crate::host::Offload) that was set, or in place.
    #[cfg(feature = "std")]
    pub(super) async fn offload<T: Send + 'static>(
        &self,
        mut turn: Turn,
        work: impl FnOnce(&mut HashMemory) -> T + Send + 'static,
    ) -> Result<T, Error> {
        use alloc::{boxed::Box, sync::Arc};
        use std::sync::{Mutex, PoisonError};

        let Some(offload) = &self.shared.offload else {
            return Ok(work(&mut turn.memory));
        };
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        let job = move || {
            let result = work(&mut turn.memory);
            *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        };
        offload.run(Box::new(job)).await;
        // A job that panicked or was discarded has no result.
        let mut result = slot.lock().unwrap_or_else(PoisonError::into_inner);
        result.take().ok_or(Error::CheckLost)
    }

    /// Returns a turn at once.
    #[cfg(not(feature = "std"))]
    #[expect(clippy::unused_async, reason = "with `std` it waits")]
    pub(super) async fn turn(
        &self,
        _: &SubjectId,
        _: SlowClass,
        _: IsCounted,
    ) -> Result<Turn, Error> {
        Ok(Turn::default())
    }

    /// Runs `work` in place, because threads require `std`.
    #[cfg(not(feature = "std"))]
    #[expect(clippy::unused_async, reason = "with `std` it waits")]
    pub(super) async fn offload<T: Send + 'static>(
        &self,
        mut turn: Turn,
        work: impl FnOnce(&mut HashMemory) -> T + Send + 'static,
    ) -> Result<T, Error> {
        Ok(work(&mut turn))
    }
}
