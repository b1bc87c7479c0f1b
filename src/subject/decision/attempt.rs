//! Recording of attempts.
//!
//! Failures are counted, cleared and reported here. Those of a slow check are counted before it
//! runs, in [`slow_check`](super::slow_check).

use super::{
    admit::Admission, goal::Goal, limiter::FailureEffect, subject::Subject, transition::Decision,
};
use crate::{
    FactorKind,
    denial::{Denial, Reason},
    event::Event,
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
    /// Records what the check of an admitted attempt found.
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
            // A provider is not asked about an attempt that is refused anyway.
            (Some(reason), Attempt::Slow(slow)) if slow.task.remote.is_none() => {
                // What the check itself refuses takes precedence over a disabled factor.
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
                // After the flood rule, which may have disabled the factor.
                let now = self.now();
                let limiter = self.state.limiter(counter);
                let is_shut = limiter.is_some_and(|of| of.state(now) != LockState::Open);
                self.void_after_failure(counter, is_shut);
                Ok(self.commit(Err(Denial::new(Reason::Incorrect))))
            }
        }
    }

    /// Records what the check of a security key found.
    ///
    /// A signature cannot be guessed. A failure is therefore reported, and neither counted nor
    /// throttled: a caller with a first factor alone could otherwise lock the owner's keys.
    pub(in crate::subject) fn record_unguessable(
        mut self,
        kind: FactorKind,
        goal: Goal,
        checked: Result<(), Reason>,
    ) -> Decision<Checked> {
        let Err(reason) = checked else { return self.accept(kind, goal, 0) };
        match reason {
            Reason::Replayed => self.report(Event::ReplayRefused(kind)),
            Reason::SecurityKeyFailed => self.report(Event::IncorrectProof(kind)),
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
        // The other counts lock without a report, since no enrolled factor is behind them.
        if is_factor(counter) {
            match effect {
                FailureEffect::Counted => {}
                FailureEffect::Disabled => self.report(Event::FactorDisabled(kind)),
                FailureEffect::Locked => self.report_lock(kind, failures),
            }
            self.disable_after_flood();
        }
    }

    /// The limits of a count. What cannot be enrolled again is never disabled.
    pub(in crate::subject) fn limits_of(&self, counter: Counter) -> FailureLimits {
        let limits = match self.state.kind_of(counter) {
            Some(kind) if is_factor(counter) => self.policy().failures_of(kind),
            _ => self.policy().failures_without_end(),
        };
        self.state.limiter(counter).map_or(limits, |limiter| limiter.limits(limits))
    }

    /// Reports a lock after this many failures in a row.
    pub(in crate::subject) fn report_lock(&mut self, kind: FactorKind, failures: u32) {
        self.report(Event::FactorLocked(kind));
        if failures == self.policy().failures().waits_from {
            self.effects.first_locks = self.effects.first_locks.with(kind);
        }
    }

    /// Ends what an attacker could go on guessing after a failure.
    ///
    /// A lock ends the sent codes of its factor: after it, no old code must be valid (FAILURES 26).
    /// An enrollment ends with its last attempt (FAILURES 68).
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

    /// Disables the factors with failures, after a flood over several factors (STD N-41).
    ///
    /// A success clears only its own factor, so failures of the others stay in the sum. A disabled
    /// factor is left out: otherwise the next mistake would disable every other factor.
    pub(in crate::subject) fn disable_after_flood(&mut self) {
        let limits = *self.policy().failures();
        let enabled = self.state.factors.each().filter(|factor| !factor.is_disabled());
        let all: u32 = enabled.map(|factor| factor.failures()).sum();
        if all < limits.disable_all_at {
            return;
        }
        for (kind, limiter) in self.state.factors.limiters() {
            if limiter.failures > 0 && !limiter.is_disabled {
                limiter.is_disabled = true;
                self.effects.events.push(Event::FactorDisabled(kind));
            }
        }
    }

    /// Records a success of a factor, after this many failures of it.
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
        // FAILURES 102: only a code turns requests on again, not a request or the PIN after it.
        if !matches!(kind, FactorKind::Pin | FactorKind::SignInRequest) {
            sign_in_request::turn_on(&mut self.state.sign_in_requests);
        }
    }
}

/// Whether it counts failures of an enrolled factor.
const fn is_factor(counter: Counter) -> bool {
    !matches!(counter, Counter::Enrollment(_) | Counter::Registration | Counter::SignInRequest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Address, Keys, Policy, Secret, SubjectId, UnixTime,
        moment::Moment,
        otp::TotpParameters,
        record::Swap,
        subject::{
            Opened, Settled,
            factor::{sent_code, totp},
            record::{
                addresses::RestsOn, client_binding::ClientBinding, open_codes::OpenChallenge,
            },
        },
    };

    /// FAILURES 26: a factor that a flood disables must not keep its sent codes.
    #[test]
    fn flood_voids_sent_codes_of_the_factor_it_disables() {
        let keys = Keys::new(core::array::from_fn(|at| at as u8));
        let (policy, alice) = (Policy::default(), SubjectId::new("alice").unwrap());
        let now = UnixTime::from_secs(1_800_000_000);
        let phone = Address::phone("+14155550100").unwrap();
        let challenges_after = |failures_of_totp: u32| {
            let moment = |n| Moment::new(now, [n; 32]);
            let opened = Subject::open(&keys, &policy, &alice, None, moment(1));
            let Ok(Opened::Ready(mut subject)) = opened else { panic!("nothing is stored") };
            let factors = &mut subject.state.factors;
            let secret = Secret::new(&[7; 20]).unwrap();
            totp::confirm(factors, secret, TotpParameters::new(), None, now);
            factors.totp.as_mut().unwrap().limiter.failures = failures_of_totp;
            let rests_on = RestsOn::Word;
            let new = sent_code::NewAddress { address: phone.clone(), is_factor: true, rests_on };
            sent_code::confirm(factors, new, &mut moment(2));
            let address = factors.addresses[0].id;
            let challenge = sent_code::NewChallenge {
                purpose: Operation::SignIn,
                agreement: None,
                client: ClientBinding::default(),
            };
            let channel = crate::message::Channel::Sms;
            let transport = sent_code::Transport { channel, is_remote: false };
            let context = subject.code_context(phone.expose());
            let (sent, _) = sent_code::begin(&challenge, &context, transport, &mut moment(3));
            subject.state.challenges.push(OpenChallenge { address, sent, first_factor: None });
            let (kind, counter) = (FactorKind::Phone, Counter::Address(address));
            let goal = Goal::new(Operation::SignIn, kind);
            let admission = Admission { kind, counter, refusal: None };
            let decided = subject.record_attempt(admission, goal, Attempt::Incorrect).unwrap();
            let record = decided.record().clone();
            assert!(matches!(decided.settle(Swap::Commit), Settled::Done { .. }));
            let again = Subject::open(&keys, &policy, &alice, Some(&record), moment(4));
            let Ok(Opened::Ready(subject)) = again else { panic!("it opens again") };
            subject.state.challenges.len()
        };
        let limit = policy.failures().disable_all_at;
        assert_eq!(challenges_after(limit - 2), 1, "one short of a flood");
        assert_eq!(challenges_after(limit - 1), 0);
    }
}
