//! Slow checks, which run outside of a decision.

use subtle::{Choice, ConditionallySelectable as _};

use crate::{
    denial::Reason,
    id::RecordId,
    remote::{RemoteAnswer, RemoteId},
    subject::{
        factor::{
            hashing::HashInput,
            slow_task::{Renewed, SlowTask},
        },
        record::slow_hash::HashMemory,
    },
};

/// A slow check that an attempt needs.
///
/// [`run`](Self::run) it on a thread that may block, or ask the provider about its
/// [`remote_check`](Self::remote_check). Pass the result to
/// [`Subject::conclude`](crate::sans_io::Subject::conclude). An attempt whose check is lost stays
/// counted as a failure. The check of an attempt that is refused anyway costs the same (law 8).
///
/// # Example
///
/// ```
/// use second_factor::sans_io::{SlowCheck, SlowResult};
///
/// fn on_another_thread(check: SlowCheck) -> std::thread::Result<SlowResult> {
///     std::thread::spawn(move || check.run()).join()
/// }
/// # let _ = on_another_thread;
/// ```
#[must_use = "an attempt whose check does not run stays counted as a failure"]
pub struct SlowCheck {
    pub(super) record: RecordId,
    pub(super) lease: Result<[u8; 16], Reason>,
    pub(super) task: SlowTask,
    pub(super) class: SlowClass,
}

/// What a slow check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The hash at this place matches the typed text.
    Correct(u8),
    Incorrect,
    /// The provider did not check the code.
    Nothing,
}

/// The class of the caller that waits for a slow check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlowClass {
    /// A caller with a known device or a permission.
    Known,
    Unknown,
}

/// Whether an attempt was counted before its slow check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IsCounted {
    No,
    Yes,
}

/// The result of a slow check.
///
/// # Example
///
/// See [`SlowCheck`].
#[must_use = "an attempt that is not concluded stays counted as a failure"]
pub struct SlowResult {
    pub(super) record: RecordId,
    pub(super) lease: Result<[u8; 16], Reason>,
    pub(super) found: Found,
    pub(super) renewed: Option<Renewed>,
}

impl SlowCheck {
    /// Returns the id of the provider-managed code to check, and the typed code.
    ///
    /// Returns `None` if the check must be [run](Self::run) instead.
    #[must_use]
    pub fn remote_check(&self) -> Option<(&RemoteId, &str)> {
        self.task.remote.as_ref().map(|(id, typed)| (id, typed.as_str()))
    }

    /// Returns the result for the provider's response.
    ///
    /// Conclude it even if the provider did not check the code: the attempt is then no longer
    /// counted.
    pub fn with_remote_answer(self, answer: RemoteAnswer) -> SlowResult {
        let is_remote = self.task.remote.is_some();
        let found = match answer {
            RemoteAnswer::Correct if is_remote => Found::Correct(0),
            RemoteAnswer::Misconfigured | RemoteAnswer::Unreachable if is_remote => Found::Nothing,
            _ => Found::Incorrect,
        };
        SlowResult { record: self.record, lease: self.lease, found, renewed: None }
    }

    /// Runs the check.
    ///
    /// Under the default policy, the check takes tens of milliseconds and 19 MiB of memory.
    pub fn run(self) -> SlowResult {
        self.run_with(|_, _| false)
    }

    /// Runs the check, with a function that verifies imported hashes.
    ///
    /// `matches` receives a legacy hash and a code, and returns whether the hash is of this code.
    pub fn run_with(self, matches: impl Fn(&str, &str) -> bool) -> SlowResult {
        self.run_in(&mut HashMemory::default(), matches)
    }

    /// Runs the check in this memory.
    pub(crate) fn run_in(
        self,
        memory: &mut HashMemory,
        matches: impl Fn(&str, &str) -> bool,
    ) -> SlowResult {
        // Every hash is compared, even after a match (law 9).
        let (mut is_found, mut place_of_it) = (Choice::from(0), 0);
        for (place, hash) in &self.task.against {
            let hit = hash.is_of(&self.task.typed, memory);
            is_found |= hit;
            place_of_it.conditional_assign(place, hit);
        }
        let mut found = Found::Incorrect;
        if bool::from(is_found) {
            found = Found::Correct(place_of_it);
        }
        for (place, hash) in &self.task.legacy.hashes {
            if matches(hash, &self.task.legacy.typed) {
                found = Found::Correct(*place);
            }
        }
        let renewal = self.task.renewal.filter(|_| found != Found::Incorrect);
        let renewed = renewal.and_then(|(generation, HashInput { input, salt, .. })| {
            let (_, from) = self.task.against.into_iter().next()?;
            Some(Renewed { from, generation, hash: salt.hash(&input, memory)? })
        });
        SlowResult { record: self.record, lease: self.lease, found, renewed }
    }
}

redacted!(SlowCheck, SlowResult);
