//! Attempts that need a slow check.
//!
//! One decision counts the attempt as a failure, and a second one concludes it with the result.

use alloc::vec::Vec;

use super::{
    checked::Checked,
    confirm::goal_of,
    goal::Goal,
    presented_device,
    slow_check::{Found, SlowCheck, SlowClass, SlowResult},
    subject::Subject,
    transition::{Decision, Transition},
};
use crate::{
    denial::{Denial, Reason},
    event::Event,
    factor::FactorKind,
    subject::{
        factor::{
            backup_code, pin,
            slow_task::{SlowAttempt, SlowTask},
        },
        record::{
            lane::Lane,
            lease::{Lease, LeaseTarget},
            lifetime::Cooldown,
            limiter::{Counter, FailureEffect, Limiter, Tally},
            open_codes::Slot,
            slow_hash::SlowHash,
            state::State,
        },
    },
};

impl Subject<'_> {
    /// Reserves an attempt that needs a slow check.
    ///
    /// Counts the attempt as a failure, if it can be a guess, and takes the lease for its slow
    /// check.
    pub(in crate::subject) fn reserve(
        mut self,
        tally: Tally,
        goal: Goal,
        slow: SlowAttempt,
    ) -> Decision<Checked> {
        self.check_no_lease(tally.lane)?;
        // Report a lost check and its consequences before this attempt is counted.
        self.drop_lost_leases();
        let id = self.moment.bytes();
        let lease = Lease {
            id: id.into(),
            running: Cooldown::new(self.now(), LEASE),
            target: slow.target,
            lane: tally.lane,
            purpose: goal.purpose,
            resumes: goal.resumes,
            first_factor: goal.first_factor,
            effect: FailureEffect::Counted,
        };
        // The lost check may have ended the code of this one, or its device.
        let is_open = lease.tally(&self.state).is_some_and(|tally| self.is_counted(tally));
        if !is_open {
            return Ok(self.commit(Err(Denial::new(Reason::NotFound))));
        }
        let effect = self.count_failure(tally);
        self.state.leases.push(Lease { effect, ..lease });
        let check = self.slow_check(Ok(id), slow.task);
        Ok(self.commit(Ok(Checked::SlowCheck(check))))
    }

    /// Returns whether there is a count for this attempt, or none is needed.
    fn is_counted(&self, tally: Tally) -> bool {
        tally.counter == Counter::Unguessable || self.state.limiter(tally).is_some()
    }

    /// Refuses without counting, after a check that costs the same (law 8).
    pub(in crate::subject) fn refuse_slowly(
        self,
        lane: Lane,
        reason: Reason,
        mut task: SlowTask,
    ) -> Decision<Checked> {
        self.check_no_lease(lane)?;
        task.renewal = None;
        task.against.truncate(1);
        if task.against.is_empty() {
            task.against.push((0, SlowHash::dummy(self.policy().hash_cost())));
        }
        let check = self.slow_check(Err(reason), task);
        Ok(self.decoy(Ok(Checked::SlowCheck(check))))
    }

    fn slow_check(&self, lease: Result<[u8; 16], Reason>, task: SlowTask) -> SlowCheck {
        let is_known = presented_device::known_device(self).is_some();
        let class = if is_known { SlowClass::Known } else { SlowClass::Unknown };
        SlowCheck { record: self.context.record_id, lease, task, class }
    }

    /// Concludes an attempt with the result of its slow check.
    ///
    /// Open the subject [for the client](Self::for_client) that made the attempt.
    ///
    /// # Errors
    ///
    /// Returns no error before the write: every refusal is the outcome of the transition.
    pub fn conclude(mut self, result: &SlowResult) -> Decision<Checked> {
        if result.record != self.context.record_id {
            return self.refuse(Reason::NotFound);
        }
        let id = match result.lease {
            Ok(id) => id,
            Err(reason) => {
                if reason == Reason::Replayed {
                    self.report(Event::ReplayRefused(FactorKind::BackupCode));
                }
                return self.refuse(reason);
            }
        };
        self.bind("conclude", &[&id]);
        let now = self.now();
        let taken = self.state.take_lease(&id.into());
        let Some(lease) = taken.filter(|lease| !lease.running.is_over(now)) else {
            return self.refuse(Reason::Expired);
        };
        let tally = lease.tally(&self.state);
        let place = match result.found {
            Found::Correct(place) => Some(place),
            Found::Incorrect => None,
            Found::Nothing => return Ok(self.uncount(&lease)),
        };
        let Some(place) = place else {
            let denial = tally.map_or(Denial::new(Reason::Incorrect), |of| self.incorrect(of));
            self.report_slow_failure(&lease);
            return Ok(self.commit(Err(denial)));
        };
        let Some(tally) = tally.filter(|tally| self.is_counted(*tally)) else {
            return self.refuse(Reason::NotEnrolled);
        };
        let mut failures = 0;
        if let Some(limiter) = self.state.limiter_mut(tally) {
            // Another code to the same address may have disabled the factor during the check. If this
            // attempt disabled it when it was counted, that is undone: it was correct.
            if limiter.is_disabled && lease.effect != FailureEffect::Disabled {
                return Ok(self.commit(Err(Denial::new(Reason::Disabled))));
            }
            limiter.take_back(lease.effect);
            // A correct rehearsal proves nothing, so the incorrect ones stay counted.
            if tally.counter != Counter::PinRehearsal {
                failures = self.clear_failures(tally);
            }
        }
        if let (Some(pin), Some(renewed)) = (&mut self.state.factors.pin, &result.renewed) {
            pin::renew(pin, renewed);
        }
        self.accept_slow(lease, tally, place, failures)
    }

    /// Reverses the count of an attempt that the provider did not check.
    ///
    /// Law 5: a failure of a service costs no attempt, and locks no factor.
    fn uncount(mut self, lease: &Lease) -> Transition<Checked> {
        if let Some(tally) = lease.tally(&self.state) {
            if let Some(limiter) = self.state.limiter_mut(tally) {
                limiter.uncount(lease.effect);
            }
            self.share_device_count(tally.lane);
        }
        self.commit(Ok(Checked::ProviderFailed))
    }

    /// Accepts an attempt that was correct in its slow check.
    fn accept_slow(
        mut self,
        lease: Lease,
        tally: Tally,
        place: u8,
        failures: u32,
    ) -> Decision<Checked> {
        let now = self.now();
        let Lease { target, purpose, resumes, first_factor, lane, .. } = lease;
        let kind = target.kind();
        let mut goal = Goal { resumes, first_factor, ..Goal::new(purpose, kind, lane) };
        match &target {
            LeaseTarget::BackupCode { mark } => {
                let set = self.state.factors.backup.as_mut();
                let spent = set.and_then(|set| backup_code::spend(set, place, mark, now));
                let Some(left) = spent else {
                    return self.refuse(Reason::NotFound);
                };
                if left <= FEW {
                    self.report(Event::BackupCodesLow(left));
                }
            }
            LeaseTarget::Pin => {
                // The partial proof may have ended during the check. The failure is cleared anyway,
                // because the PIN was correct.
                let Some(partial) = resumes.and_then(|id| self.state.take_partial_proof(&id))
                else {
                    return Ok(self.commit(Err(Denial::new(Reason::NotFound))));
                };
                self.accept_pin();
                self.resume_address(&partial);
                if let Some(pin) = &mut self.state.factors.pin {
                    pin.rehearsals = Limiter::new();
                }
                if partial.lifetime.is_over(now) {
                    return Ok(self.commit(Err(Denial::new(Reason::Expired))));
                }
                goal =
                    Goal { proven: partial.evidence(), first_factor: partial.first_factor, ..goal };
            }
            LeaseTarget::PinRehearsal => {
                self.accept_pin();
                return Ok(self.commit(Ok(Checked::Practiced)));
            }
            LeaseTarget::ProviderCode { code, .. } => {
                let Some(open) = target.open_code(&self.state) else {
                    return self.refuse(Reason::NotFound);
                };
                let slot = open.slot;
                if open.sent.is_finished(now) {
                    return self.refuse(Reason::Expired);
                }
                if let Slot::Enrollment(_) = slot {
                    goal = self.state.enrollment(code).map_or(goal, |open| goal_of(open, lane));
                    self.install_enrollment(code, None);
                } else {
                    goal.methods = open.sent.methods();
                    self.consume_sent_code(slot);
                }
            }
            LeaseTarget::SupportCode => {
                let code = self.state.support_code.as_mut();
                let Some(code) = code.filter(|code| !code.lifetime.is_over(now)) else {
                    return self.refuse(Reason::Expired);
                };
                code.is_used = true;
                goal.proven = goal.proven.by_support();
                // FAILURES 112: an attacker who deceived support must not set a first PIN.
                self.state.begin_quarantine(now);
                self.report(Event::SupportCodeUsed);
            }
        }
        self.touch(tally.counter);
        self.accept(kind, goal, failures)
    }

    /// Postpones the next reminder of a correct PIN, and cancels its reset.
    fn accept_pin(&mut self) {
        let now = self.now();
        let pin = self.state.factors.pin.as_mut();
        if pin.is_some_and(|of| pin::accept(of, now)) {
            self.report(Event::PinResetCancelled);
        }
    }

    /// Returns an error while another slow check runs in this lane.
    ///
    /// The check applies to refused attempts too, so that they look like any other (law 8).
    fn check_no_lease(&self, lane: Lane) -> Result<(), Denial> {
        let lease = self.state.lease(lane);
        match lease.and_then(|lease| lease.running.ends_after(self.now())) {
            Some(until) => Err(Denial::until(Reason::TooSoon, until)),
            None => Ok(()),
        }
    }

    /// Ends the running slow checks as if they were lost. Registration is not affected.
    pub(in crate::subject) fn end_slow_checks(&mut self) {
        self.end_leases(|state, lease| {
            let tally = lease.tally(state);
            tally.is_none_or(|tally| tally.counter != Counter::Registration)
        });
    }

    /// Drops leases whose check was lost. Their attempts stay counted and are reported.
    pub(in crate::subject) fn drop_lost_leases(&mut self) {
        let now = self.now();
        self.end_leases(|_, lease| lease.running.is_over(now));
    }

    fn end_leases(&mut self, ends: impl Fn(&State, &Lease) -> bool) {
        let leases = core::mem::take(&mut self.state.leases);
        let (ended, running): (Vec<_>, Vec<_>) =
            leases.into_iter().partition(|lease| ends(&self.state, lease));
        self.state.leases = running;
        ended.iter().for_each(|lease| self.report_slow_failure(lease));
    }

    /// Reports an attempt that was incorrect, or whose check was lost.
    ///
    /// The report states the consequences of the attempt and not the present state, because its
    /// lock may be over.
    fn report_slow_failure(&mut self, lease: &Lease) {
        let (kind, first) = (lease.target.kind(), lease.first_factor.as_ref());
        // The code may have ended since.
        let tally = lease.tally(&self.state);
        let tally = tally.unwrap_or(Counter::Unguessable.in_lane(lease.lane));
        self.report_failure(tally, kind, lease.effect, first);
    }
}

/// The lease in seconds, which is longer than a slow hash on a busy machine. A check that was lost
/// with its process must not block attempts for longer.
const LEASE: u32 = 10;
/// At this number of backup codes, the user should generate new ones.
const FEW: u8 = 3;
