//! Recording of attempts.
//!
//! Failures are counted, cleared and reported here. Those of a slow check are counted before it
//! runs, in [`slow_check`](super::slow_check).

use super::{
    admit::Admission, goal::Goal, limiter::FailureEffect, subject::Subject, transition::Decision,
};
use crate::{
    denial::{Denial, Reason},
    event::Event,
    factor::FactorKind,
    policy::{ENROLLMENT_ATTEMPTS, FailureLimits},
    purpose::Operation,
    subject::{
        decision::checked::Checked,
        factor::{Attempt, sign_in_request},
        record::{
            limiter::{Counter, LockState},
            send_history::Backoff,
        },
    },
};

impl Subject<'_> {
    /// Records the result of the check of an admitted attempt.
    ///
    /// The check must already have consumed a correct code in the state.
    pub(in crate::subject) fn record_attempt(
        mut self,
        admission: Admission,
        goal: Goal,
        attempt: Attempt,
    ) -> Decision<Checked> {
        let Admission { kind, counter, refusal } = admission;
        match (refusal, attempt) {
            // The provider is not asked about an attempt that is refused anyway.
            (Some(reason), Attempt::Slow(slow)) if slow.task.remote.is_none() => {
                // A refusal by the check itself takes precedence over a disabled factor.
                let first = slow.refusal.filter(|_| reason == Reason::Disabled);
                self.refuse_slowly(first.unwrap_or(reason), slow.task)
            }
            (Some(reason), _) => self.refuse(reason),
            (None, Attempt::Slow(slow)) => match slow.refusal {
                Some(reason) => self.refuse_slowly(reason, slow.task),
                None => self.reserve(counter, goal, slow),
            },
            (None, Attempt::Refused(reason)) => self.refuse(reason),
            (None, Attempt::Replayed) => {
                // STD N-29: a double click must not lock the user out.
                self.report(Event::ReplayRefused(kind));
                self.refuse(Reason::Replayed)
            }
            (None, Attempt::Correct) => {
                let failures = self.state.clear_failures(counter);
                let now = self.now();
                if let Some(times) = self.state.times_mut(counter) {
                    times.touch(now);
                }
                self.accept(kind, goal, failures)
            }
            (None, Attempt::Incorrect) => {
                self.count_failure(counter, kind);
                let now = self.now();
                let limiter = self.state.limiter(counter);
                let is_shut = limiter.is_some_and(|of| of.state(now) != LockState::Open);
                let denial = self.incorrect(counter);
                self.void_after_failure(counter, is_shut);
                Ok(self.commit(Err(denial)))
            }
        }
    }

    /// Records the result of a check of a proof that cannot be guessed.
    ///
    /// Such a proof is a signature, or a backup code without the selector of any code. A failure is
    /// therefore reported, and neither counted nor throttled. Otherwise, a caller who has only a
    /// first factor could lock the owner out.
    pub(in crate::subject) fn record_unguessable(
        mut self,
        kind: FactorKind,
        goal: Goal,
        checked: Result<(), Reason>,
    ) -> Decision<Checked> {
        let Err(reason) = checked else { return self.accept(kind, goal, 0) };
        match reason {
            Reason::Replayed => self.report(Event::ReplayRefused(kind)),
            Reason::Incorrect | Reason::SecurityKeyFailed => {
                self.report(Event::IncorrectProof(kind));
            }
            _ => {}
        }
        self.refuse(reason)
    }

    /// Counts a failure and applies its consequences.
    pub(in crate::subject) fn count_failure(&mut self, counter: Counter, kind: FactorKind) {
        let (limits, now) = (self.limits_of(counter), self.now());
        self.report(Event::IncorrectProof(kind));
        let Some(limiter) = self.state.limiter_mut(counter) else { return };
        let (effect, failures) = (limiter.fail(&limits, now), limiter.failures);
        // The other counters lock without a report, because they belong to no enrolled factor.
        if is_factor(counter) {
            match effect {
                FailureEffect::Counted => {}
                FailureEffect::Disabled => self.report(Event::FactorDisabled(kind)),
                FailureEffect::Locked => self.report_lock(kind, failures),
            }
        }
    }

    /// Returns the refusal of an incorrect attempt, with the end of the wait that it starts, if
    /// any.
    pub(in crate::subject) fn incorrect(&self, counter: Counter) -> Denial {
        match self.state.limiter(counter).map(|limiter| limiter.state(self.now())) {
            Some(LockState::Locked(until)) => Denial::until(Reason::Incorrect, until),
            _ => Denial::new(Reason::Incorrect),
        }
    }

    /// Returns the limits of a counter. What cannot be enrolled again is never disabled.
    pub(in crate::subject) fn limits_of(&self, counter: Counter) -> FailureLimits {
        let limits = match self.state.kind_of(counter) {
            _ if counter == Counter::PinRehearsal => self.policy().rehearsal_failures(),
            Some(kind) if is_factor(counter) => self.policy().failures_of(kind),
            _ => self.policy().failures_without_end(),
        };
        self.state.limiter(counter).map_or(limits, |limiter| limiter.limits(limits))
    }

    /// Reports a lock after this number of consecutive failures.
    pub(in crate::subject) fn report_lock(&mut self, kind: FactorKind, failures: u32) {
        self.report(Event::FactorLocked(kind));
        if failures == self.policy().failures().waits_from {
            self.effects.first_locks = self.effects.first_locks.with(kind);
        }
    }

    /// Ends the codes that an attacker could continue to guess after a failure.
    ///
    /// A lock ends the sent codes of its factor, so that no old code is valid after the lock
    /// (FAILURES 26). An enrollment ends with its last attempt (FAILURES 68).
    pub(in crate::subject) fn void_after_failure(&mut self, counter: Counter, is_shut: bool) {
        match counter {
            Counter::Address(id) if is_shut => {
                self.state.challenges.retain(|open| open.address != id);
            }
            Counter::Enrollment(id) => {
                let enrollments = &mut self.state.enrollments;
                if let Some(open) = enrollments.iter_mut().find(|open| open.id == id) {
                    open.failures = open.failures.saturating_add(1);
                }
                enrollments.retain(|open| open.failures < ENROLLMENT_ATTEMPTS);
            }
            Counter::Registration if is_shut => self.state.registration.open = None,
            _ => {}
        }
    }

    /// Records a success of a factor after this number of failures.
    pub(in crate::subject) fn record_success(
        &mut self,
        kind: FactorKind,
        purpose: Operation,
        failures: u32,
    ) {
        if failures > 0 {
            self.report(Event::SuccessAfterFailures(kind, failures));
        }
        self.report(Event::Verified(kind, purpose));
        if purpose == Operation::Register {
            self.state.registration.backoff = Backoff::new();
            return;
        }
        self.state.backoff = Backoff::new();
        // FAILURES 102: only a code enables requests again, and not a request or the PIN after it.
        if !matches!(kind, FactorKind::Pin | FactorKind::SignInRequest) {
            sign_in_request::turn_on(&mut self.state.sign_in_requests);
        }
    }
}

/// Returns whether the counter counts failures of an enrolled factor.
const fn is_factor(counter: Counter) -> bool {
    !matches!(counter, Counter::Enrollment(_) | Counter::Registration | Counter::SignInRequest)
}
