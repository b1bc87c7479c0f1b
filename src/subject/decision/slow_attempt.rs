//! Attempts that need a slow check.
//!
//! One decision counts the attempt as a failure, and a second one concludes it with the result.

use super::{
    checked::Checked,
    confirm::goal_of,
    goal::Goal,
    presented_device::trusted_device,
    slow_check::{SlowCheck, SlowClass, SlowResult},
    subject::Subject,
    transition::Decision,
};
use crate::{
    denial::{Denial, Reason},
    event::Event,
    factor::FactorKind,
    subject::{
        factor::{
            backup_code, pin,
            slow_task::{Legacy, SlowAttempt, SlowTask},
        },
        record::{
            lease::{Lease, LeaseTarget},
            lifetime::Cooldown,
            limiter::{Counter, Limiter},
            open_codes::Slot,
            registration::Lane,
            slow_hash::SlowHash,
        },
    },
};

impl Subject<'_> {
    /// Counts an attempt as a failure, and acquires the lease for its slow check.
    pub(in crate::subject) fn reserve(
        mut self,
        counter: Counter,
        goal: Goal,
        slow: SlowAttempt,
    ) -> Decision<Checked> {
        let lane = slow.target.lane(&self.state);
        self.check_no_lease(lane)?;
        // A lost check and its consequences are reported before this attempt is counted.
        self.drop_lost_leases();
        let (limits, now) = (self.limits_of(counter), self.now());
        // The lost check may have ended the code of this attempt.
        let (Some(_), Some(limiter)) =
            (slow.target.counter(&self.state), self.state.limiter_mut(counter))
        else {
            return Ok(self.commit(Err(Denial::new(Reason::NotFound))));
        };
        let failures_before = limiter.failures;
        limiter.fail(&limits, now);
        let id = self.moment.bytes();
        *self.state.lease_mut(lane) = Some(Lease {
            id: id.into(),
            running: Cooldown::new(now, LEASE),
            target: slow.target,
            failures_before,
            purpose: goal.purpose,
            resumes: goal.resumes,
            first_factor: goal.first_factor,
        });
        let check = self.slow_check(Ok(id), slow.task);
        Ok(self.commit(Ok(Checked::SlowCheck(check))))
    }

    /// Refuses without counting, after a check of the same cost (law 8).
    pub(in crate::subject) fn refuse_slowly(
        self,
        reason: Reason,
        mut task: SlowTask,
    ) -> Decision<Checked> {
        self.check_no_lease(Lane::Authenticated)?;
        task.against.truncate(1);
        if task.against.is_empty() {
            task.against.push((0, SlowHash::dummy(self.policy().hash_cost())));
        }
        task.legacy = Legacy::default();
        let check = self.slow_check(Err(reason), task);
        Ok(self.decoy(Ok(Checked::SlowCheck(check))))
    }

    fn slow_check(&self, lease: Result<[u8; 16], Reason>, task: SlowTask) -> SlowCheck {
        let is_known = trusted_device(self).is_some();
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
        let now = self.now();
        let is_it = |lease: &Lease| *lease.id == id && !lease.running.is_over(now);
        let taken =
            LANES.into_iter().find_map(|lane| self.state.lease_mut(lane).take_if(|of| is_it(of)));
        let Some(lease) = taken else {
            return self.refuse(Reason::Expired);
        };
        let Some(place) = result.found else {
            let counter = lease.target.counter(&self.state);
            let denial = counter.map_or(Denial::new(Reason::Incorrect), |of| self.incorrect(of));
            self.report_slow_failure(&lease);
            return Ok(self.commit(Err(denial)));
        };
        let Some(counter) = lease.target.counter(&self.state) else {
            return self.refuse(Reason::NotEnrolled);
        };
        let limits = self.limits_of(counter);
        let Some(limiter) = self.state.limiter_mut(counter) else {
            return self.refuse(Reason::NotEnrolled);
        };
        // Another code to the same address may have disabled the factor during the check. If
        // counting this attempt disabled the factor, this is undone, because the attempt was
        // correct.
        let by_itself = lease.failures() >= limits.disable_at;
        if limiter.is_disabled && !by_itself {
            return Ok(self.commit(Err(Denial::new(Reason::Disabled))));
        }
        let failures = lease.failures_before.saturating_add(limiter.before_unlock.unwrap_or(0));
        *limiter = match counter {
            // A correct rehearsal proves nothing, so the incorrect rehearsals stay counted.
            Counter::PinRehearsal => Limiter { failures: lease.failures_before, ..Limiter::new() },
            _ => Limiter::new(),
        };
        self.accept_slow(lease, counter, place, failures)
    }

    /// Accepts an attempt that was correct in its slow check.
    fn accept_slow(
        mut self,
        lease: Lease,
        counter: Counter,
        place: u8,
        failures: u32,
    ) -> Decision<Checked> {
        let now = self.now();
        let Lease { target, purpose, resumes, first_factor, .. } = lease;
        let kind = target.kind();
        let mut goal = Goal { resumes, first_factor, ..Goal::new(purpose, kind) };
        match &target {
            LeaseTarget::BackupCode { mark } => {
                let set = self.state.factors.backup.as_mut();
                let spent = set.and_then(|set| backup_code::spend(set, place, mark));
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
                goal = Goal {
                    resumes: None,
                    proven: partial.evidence(),
                    first_factor: partial.first_factor,
                    ..goal
                };
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
                    goal = self.state.enrollment(code).map_or(goal, goal_of);
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
        if let Some(times) = self.state.times_mut(counter) {
            times.touch(now);
        }
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
        let lease = self.state.lease(lane).as_ref();
        match lease.and_then(|lease| lease.running.ends_after(self.now())) {
            Some(until) => Err(Denial::until(Reason::TooSoon, until)),
            None => Ok(()),
        }
    }

    /// Ends the running slow check, if any, as if it were lost. Registration is not affected.
    pub(in crate::subject) fn end_slow_checks(&mut self) {
        if let Some(lease) = self.state.lease_mut(Lane::Authenticated).take() {
            self.report_slow_failure(&lease);
        }
    }

    /// Drops leases whose check was lost. Their attempts stay counted and are reported.
    pub(in crate::subject) fn drop_lost_leases(&mut self) {
        let now = self.now();
        for lane in LANES {
            let lost = self.state.lease_mut(lane).take_if(|lease| lease.running.is_over(now));
            if let Some(lease) = lost {
                self.report_slow_failure(&lease);
            }
        }
    }

    /// Reports a counted attempt that was incorrect, or whose check was lost.
    ///
    /// The report states the consequences of the attempt and not the present state, because its
    /// lock may be over.
    fn report_slow_failure(&mut self, lease: &Lease) {
        let (kind, now) = (lease.target.kind(), self.now());
        self.report(Event::IncorrectProof(kind));
        if matches!(lease.target, LeaseTarget::PinRehearsal) {
            // Its counter has no consequence other than to disable rehearsals.
            if let Some(of) = &mut self.state.factors.pin {
                pin::remind_sooner(of, now);
            }
            return;
        }
        let (counter, failures) = (lease.target.counter(&self.state), lease.failures());
        let limits = match counter {
            Some(counter) => self.limits_of(counter),
            None => self.policy().failures_without_end(),
        };
        if failures >= limits.disable_at {
            self.report(Event::FactorDisabled(kind));
        } else if failures >= limits.waits_from {
            self.report_lock(kind, failures);
        }
        if let Some(counter) = counter {
            let is_shut = failures >= limits.waits_from.min(limits.disable_at);
            self.void_after_failure(counter, is_shut);
        }
    }
}

/// The lease in seconds, which is longer than a slow hash on a busy machine. A check that was lost
/// with its process must not block attempts for longer.
const LEASE: u32 = 10;
const LANES: [Lane; 2] = [Lane::Authenticated, Lane::Registration];
/// At this number of backup codes, the user should generate new ones.
const FEW: u8 = 3;
