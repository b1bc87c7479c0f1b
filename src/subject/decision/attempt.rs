//! Recording of attempts.
//!
//! Failures are counted, cleared and reported here. Those of a slow check are counted before it
//! runs, in [`slow_check`](super::slow_check).

use super::{admit::Admission, goal::Goal, subject::Subject, transition::Decision};
use crate::{
    denial::{Denial, Reason},
    event::Event,
    factor::FactorKind,
    first_factor::FirstFactor,
    policy::{
        ANONYMOUS_FAILURES, COMPROMISE_SLOW, COMPROMISE_WAIT, DeviceLimits, ENROLLMENT_ATTEMPTS,
        FailureLimits, PIN_FAILURES, REHEARSAL_FAILURES,
    },
    purpose::Operation,
    subject::{
        decision::checked::Checked,
        factor::{Attempt, pin, sign_in_request},
        record::{
            lane::Lane,
            lifetime::Cooldown,
            limiter::{Counter, FailureEffect, LockState, Tally},
            registration::OpenRegistration,
            send_pool::SendPool,
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
        let Admission { kind, tally, refusal } = admission;
        match (refusal, attempt) {
            // The provider is not asked about an attempt that is refused anyway.
            (Some(reason), Attempt::Slow(slow)) if slow.task.remote.is_none() => {
                // A refusal by the check itself takes precedence over a disabled factor.
                let first = slow.refusal.filter(|_| reason == Reason::Disabled);
                self.refuse_slowly(goal.lane, first.unwrap_or(reason), slow.task)
            }
            (Some(reason), _) => self.refuse(reason),
            (None, Attempt::Slow(slow)) => match slow.refusal {
                Some(reason) => self.refuse_slowly(goal.lane, reason, slow.task),
                None => self.reserve(tally, goal, *slow),
            },
            (None, Attempt::Refused(reason)) => self.refuse(reason),
            (None, Attempt::Replayed) => {
                // STD N-29: a double click must not lock the user out.
                self.report(Event::ReplayRefused(kind));
                self.refuse(Reason::Replayed)
            }
            (None, Attempt::Correct) => {
                let failures = self.clear_failures(tally);
                self.touch(tally.counter);
                self.accept(kind, goal, failures)
            }
            (None, Attempt::Incorrect) => {
                let denial = self.record_failure(tally, kind, goal.first_factor.as_ref());
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

    /// Counts and reports an incorrect attempt, and returns its refusal.
    pub(in crate::subject) fn record_failure(
        &mut self,
        tally: Tally,
        kind: FactorKind,
        first: Option<&FirstFactor>,
    ) -> Denial {
        let effect = self.count_failure(tally);
        let denial = self.incorrect(tally);
        self.report_failure(tally, kind, effect, first);
        denial
    }

    /// Counts a failure.
    pub(in crate::subject) fn count_failure(&mut self, tally: Tally) -> FailureEffect {
        let (limits, now) = (self.limits_of(tally), self.now());
        let Some(limiter) = self.state.limiter_mut(tally) else { return FailureEffect::Counted };
        let effect = limiter.fail(&limits, now);
        self.share_device_count(tally.lane);
        effect
    }

    /// Clears the failures of a factor that succeeded, and returns how many there were.
    pub(in crate::subject) fn clear_failures(&mut self, tally: Tally) -> u32 {
        let failures = self.state.clear_failures(tally);
        self.share_device_count(tally.lane);
        failures
    }

    /// Records the use of the factor behind `counter`.
    pub(in crate::subject) fn touch(&mut self, counter: Counter) {
        let now = self.now();
        if let Some(times) = self.state.times_mut(counter) {
            times.touch(now);
        }
    }

    /// Copies the count of a device to the others, if the policy has one count for all.
    pub(in crate::subject) fn share_device_count(&mut self, lane: Lane) {
        let Lane::Known(id) = lane else { return };
        if self.policy().device_limits() == DeviceLimits::Each {
            return;
        }
        if let Some(limiter) = self.state.device(&id).map(|device| device.limiter) {
            self.state.devices.iter_mut().for_each(|device| device.limiter = limiter);
        }
    }

    /// Reports a failure, and applies its consequences.
    ///
    /// `effect` is what the failure led to when it was counted. `first` is the first factor before
    /// it.
    pub(in crate::subject) fn report_failure(
        &mut self,
        tally: Tally,
        kind: FactorKind,
        effect: FailureEffect,
        first: Option<&FirstFactor>,
    ) {
        let Tally { counter, lane } = tally;
        self.report(Event::IncorrectProof(kind));
        match (counter, lane) {
            // Its count has no other consequence than to end rehearsals.
            (Counter::PinRehearsal, _) => {
                let now = self.now();
                self.state.factors.pin.iter_mut().for_each(|of| pin::remind_sooner(of, now));
                return;
            }
            (_, Lane::Known(id)) if effect == FailureEffect::Disabled => self.forget_device(&id),
            // The other counts lock without a report, since no enrolled factor is behind them.
            (Counter::Enrollment(_) | Counter::Registration | Counter::SignInRequest, _) => {}
            _ => match effect {
                FailureEffect::Counted => {}
                FailureEffect::Disabled => self.report(Event::FactorDisabled(kind)),
                FailureEffect::FirstLocked => {
                    self.report(Event::FactorLocked(kind));
                    self.effects.first_locks = self.effects.first_locks.with(kind);
                }
                FailureEffect::Locked => self.report(Event::FactorLocked(kind)),
            },
        }
        self.void_after_failure(tally, effect.is_shut());
        self.report_compromise(tally, first);
    }

    /// Notifies the user, once in 30 days, that an attacker probably has the first factor.
    ///
    /// A caller who fails twenty times after the first factor is probably such an attacker.
    /// Otherwise, it is a user without a known device who mistypes twice a week. Nothing is locked:
    /// the application requests a new password after the next success.
    fn report_compromise(&mut self, tally: Tally, first: Option<&FirstFactor>) {
        let now = self.now();
        let is_after_first = tally.lane == Lane::Passed && first.is_some_and(FirstFactor::is_named);
        let limiter = self.state.limiter(tally);
        let is_high = limiter.is_some_and(|of| of.slow_reaches(COMPROMISE_SLOW, now));
        let is_noted = self.state.compromise.is_some_and(|wait| !wait.is_over(now));
        if is_after_first && is_high && !is_noted {
            self.state.compromise = Some(Cooldown::new(now, COMPROMISE_WAIT));
            self.report(Event::FirstFactorCompromised);
        }
    }

    /// Returns the refusal of an incorrect attempt, with the end of the lock that the attempt
    /// starts.
    pub(in crate::subject) fn incorrect(&self, tally: Tally) -> Denial {
        match self.state.limiter(tally).map(|limiter| limiter.state(self.now())) {
            Some(LockState::Locked(until)) => Denial::until(Reason::Incorrect, until),
            _ => Denial::new(Reason::Incorrect),
        }
    }

    /// Returns the limits of a count.
    ///
    /// A count is never disabled if its factor cannot be enrolled again.
    fn limits_of(&self, Tally { counter, lane }: Tally) -> FailureLimits {
        let passed = self.policy().failures();
        match (counter, lane) {
            (Counter::PinRehearsal, _) => passed.row_only(REHEARSAL_FAILURES),
            (Counter::Enrollment(_) | Counter::SignInRequest, _) => passed.waits_only(),
            (_, Lane::Known(_)) => self.policy().device_limits().failures(),
            (Counter::Registration, _) => passed.waits_only(),
            (_, Lane::Anonymous) => passed.disabled_at_most_at(ANONYMOUS_FAILURES),
            // STD N-47: a PIN is disabled after ten.
            (Counter::Pin, Lane::Passed) => passed.disabled_at_most_at(PIN_FAILURES),
            (_, Lane::Passed) => *passed,
        }
    }

    /// Ends the codes that an attacker could continue to guess after a failure.
    ///
    /// A lock ends the sent codes of its factor and lane: after it, no old code must be valid
    /// (FAILURES 26). An enrollment ends with its last attempt (FAILURES 68).
    fn void_after_failure(&mut self, Tally { counter, lane }: Tally, is_shut: bool) {
        match counter {
            Counter::Address(id) if is_shut => {
                self.state.challenges.retain(|open| open.address != id || open.lane != lane);
            }
            Counter::Enrollment(id) => {
                let enrollments = &mut self.state.enrollments;
                if let Some(open) = enrollments.iter_mut().find(|open| open.id == id) {
                    open.failures = open.failures.saturating_add(1);
                }
                enrollments.retain(|open| open.failures < ENROLLMENT_ATTEMPTS);
            }
            Counter::Registration if is_shut => {
                // Only this client guessed.
                let client = self.context.client;
                let is_guessed = |open: &OpenRegistration| {
                    open.lane == lane && open.sent.client.matches(&client)
                };
                self.state.registration.open.retain(|open| !is_guessed(open));
            }
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
        let lane = self.lane(purpose);
        let pool = SendPool::of_proof(purpose, lane);
        pool.end_backoff(&mut self.state);
        if purpose == Operation::Register && pool == SendPool::Known {
            // A known device pays for a claim like the others, and may have claimed this address.
            SendPool::Passed.end_backoff(&mut self.state);
        }
        if let Lane::Known(id) = lane {
            // A proof that cannot be guessed has no count, but shows that the owner is at the device.
            self.state.device_mut(&id).into_iter().for_each(|device| device.limiter.clear());
            self.share_device_count(lane);
        }
        if purpose == Operation::Register {
            return;
        }
        // FAILURES 102: only a code turns requests on again, not a request or the PIN after it.
        if !matches!(kind, FactorKind::Pin | FactorKind::SignInRequest) {
            sign_in_request::turn_on(&mut self.state.sign_in_requests, lane);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::SubjectId, keys::Keys, moment::Moment, policy::Policy, subject::Opened};

    /// The user cannot replace what no caller had.
    #[test]
    fn absent_first_factor_is_not_reported_as_compromised() {
        let (keys, policy) = (Keys::new(core::array::from_fn(|i| i as u8)), Policy::default());
        let alice = SubjectId::new("alice").unwrap();
        let is_reported = |first: Option<&FirstFactor>| {
            let moment = Moment::new(crate::time::UnixTime::from_secs(10_000), [1; 32]);
            let opened = Subject::open(&keys, &policy, &alice, None, moment).unwrap();
            let Opened::Ready(mut subject) = opened else { panic!("no clock fault") };
            let tally = Counter::Registration.in_lane(Lane::Passed);
            for _ in 0..COMPROMISE_SLOW {
                let effect = subject.count_failure(tally);
                subject.report_failure(tally, FactorKind::Phone, effect, first);
            }
            subject.effects.events.contains(&Event::FirstFactorCompromised)
        };
        assert!(is_reported(Some(&FirstFactor::Password)));
        assert!(!is_reported(Some(&FirstFactor::None)) && !is_reported(None));
    }
}
