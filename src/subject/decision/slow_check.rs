//! Slow checks, which run outside of a decision.
//!
//! One decision counts the attempt as a failure, and a second one concludes it with the result.

use subtle::{Choice, ConditionallySelectable as _};

use super::{
    attempt::Goal, checked::Checked, confirm::goal_of, subject::Subject, transition::Decision,
};
use crate::{
    FactorKind,
    event::Event,
    factor::FactorSet,
    id::RecordId,
    remote::{RemoteAnswer, RemoteId},
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
    verdict::{Denial, Reason},
};

/// A slow check that an attempt needs.
///
/// [`run`](Self::run) it on a thread that may block, or ask the provider about its
/// [`remote_check`](Self::remote_check), and pass the result to
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
    record: RecordId,
    lease: Result<[u8; 16], Reason>,
    task: SlowTask,
}

/// The result of a slow check.
///
/// # Example
///
/// See [`SlowCheck`].
#[must_use = "an attempt that is not concluded stays counted as a failure"]
pub struct SlowResult {
    record: RecordId,
    lease: Result<[u8; 16], Reason>,
    found: Option<u8>,
}

impl SlowCheck {
    /// Returns the provider-managed code to ask the provider about, and what was typed.
    ///
    /// Returns `None` if the check is to be [run](Self::run) instead.
    #[must_use]
    pub fn remote_check(&self) -> Option<(&RemoteId, &str)> {
        self.task.remote.as_ref().map(|(id, typed)| (id, typed.as_str()))
    }

    /// Returns the result from the provider's answer.
    ///
    /// Returns `None` if the provider did not check the code. The attempt stays counted.
    #[must_use]
    pub fn with_remote_answer(self, answer: RemoteAnswer) -> Option<SlowResult> {
        let is_remote = self.task.remote.is_some();
        let found = match answer {
            RemoteAnswer::Correct if is_remote => Some(0),
            RemoteAnswer::Correct | RemoteAnswer::Incorrect | RemoteAnswer::NotFound => None,
            RemoteAnswer::Misconfigured | RemoteAnswer::Unreachable => return None,
        };
        Some(SlowResult { record: self.record, lease: self.lease, found })
    }

    /// Runs the check.
    ///
    /// It takes tens of milliseconds and 19 MiB of memory under the default policy.
    pub fn run(self) -> SlowResult {
        self.run_with(|_, _| false)
    }

    /// Runs the check, with a comparison for imported hashes.
    ///
    /// `matches` receives a legacy hash and a text, and returns whether the hash is of the text.
    pub fn run_with(self, matches: impl Fn(&str, &str) -> bool) -> SlowResult {
        // Every hash is compared, even after a match (law 9).
        let (mut is_found, mut place_of_it) = (Choice::from(0), 0);
        for (place, hash) in &self.task.against {
            let hit = hash.is_of(&self.task.typed);
            is_found |= hit;
            place_of_it.conditional_assign(place, hit);
        }
        let mut found = bool::from(is_found).then_some(place_of_it);
        for (place, hash) in &self.task.legacy.hashes {
            if matches(hash, &self.task.legacy.typed) {
                found = Some(*place);
            }
        }
        SlowResult { record: self.record, lease: self.lease, found }
    }
}

redacted!(SlowCheck, SlowResult);

impl Subject<'_> {
    /// Counts an attempt as a failure, and takes the lease for its slow check.
    pub(in crate::subject) fn reserve(
        mut self,
        counter: Counter,
        goal: Goal,
        slow: SlowAttempt,
    ) -> Decision<Checked> {
        let lane = slow.target.lane(&self.state);
        self.check_no_lease(lane)?;
        // Report a lost check and its consequences before this attempt is counted.
        self.drop_lost_leases();
        let (limits, now) = (self.limits_of(counter), self.now());
        // The lost check may have ended the code of this one.
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
        });
        let check = SlowCheck { record: self.context.record_id, lease: Ok(id), task: slow.task };
        Ok(self.commit(Ok(Checked::SlowCheck(check))))
    }

    /// Refuses without counting, after a check that costs the same (law 8).
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
        let check = SlowCheck { record: self.context.record_id, lease: Err(reason), task };
        Ok(self.decoy(Ok(Checked::SlowCheck(check))))
    }

    /// Concludes an attempt with the result of its slow check.
    ///
    /// Open the subject [for the client](Self::for_client) that made the attempt.
    ///
    /// # Errors
    ///
    /// None before the write: every answer is the outcome of the transition.
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
            self.report_slow_failure(&lease);
            return Ok(self.commit(Err(Denial::new(Reason::Incorrect))));
        };
        let Some(counter) = lease.target.counter(&self.state) else {
            return self.refuse(Reason::NotEnrolled);
        };
        let limits = self.limits_of(counter);
        let Some(limiter) = self.state.limiter_mut(counter) else {
            return self.refuse(Reason::NotEnrolled);
        };
        // A flood may have disabled the factor during the check. If this attempt disabled it when
        // it was counted, that is undone: it was correct.
        let by_itself = lease.failures() >= limits.disable_at;
        if limiter.is_disabled && !by_itself {
            return Ok(self.commit(Err(Denial::new(Reason::Disabled))));
        }
        *limiter = Limiter::new();
        self.accept_slow(lease, counter, place)
    }

    /// Accepts an attempt whose slow check found it correct.
    fn accept_slow(mut self, lease: Lease, counter: Counter, place: u8) -> Decision<Checked> {
        let (now, failures) = (self.now(), lease.failures_before);
        let Lease { target, purpose, resumes, .. } = lease;
        let mut goal = Goal { purpose, resumes, proven: FactorSet::default() };
        let kind = target.kind();
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
                // since the PIN was correct.
                let Some(partial) = resumes.and_then(|id| self.state.take_partial_proof(&id))
                else {
                    return Ok(self.commit(Err(Denial::new(Reason::NotFound))));
                };
                self.accept_pin();
                if partial.lifetime.is_over(now) {
                    return Ok(self.commit(Err(Denial::new(Reason::Expired))));
                }
                goal = Goal { purpose, resumes: None, proven: partial.factors() };
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
                    self.consume_sent_code(slot);
                }
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
    /// It applies to refused attempts too, so that they look like any other (law 8).
    fn check_no_lease(&self, lane: Lane) -> Result<(), Denial> {
        let lease = self.state.lease(lane).as_ref();
        match lease.and_then(|lease| lease.running.ends_after(self.now())) {
            Some(until) => Err(Denial::until(Reason::TooSoon, until)),
            None => Ok(()),
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
    /// The report is of the attempt's consequences and not of the present state: its lock may be
    /// over, and a flood that has disabled the factor since is already reported.
    fn report_slow_failure(&mut self, lease: &Lease) {
        let (kind, now) = (lease.target.kind(), self.now());
        self.report(Event::IncorrectProof(kind));
        if let (LeaseTarget::PinRehearsal, Some(of)) = (&lease.target, &mut self.state.factors.pin)
        {
            pin::remind_sooner(of, now);
        }
        let (counter, failures) = (lease.target.counter(&self.state), lease.failures());
        let limits = match counter {
            Some(counter) => self.limits_of(counter),
            None => self.policy().failures_without_end(),
        };
        let is_disabled =
            counter.and_then(|of| self.state.limiter(of)).is_some_and(|of| of.is_disabled);
        if failures >= limits.disable_at {
            self.report(Event::FactorDisabled(kind));
        } else if failures >= limits.waits_from && !is_disabled {
            self.report_lock(kind, failures);
        }
        if let Some(counter) = counter {
            let is_shut = failures >= limits.waits_from.min(limits.disable_at);
            self.void_after_failure(counter, is_shut);
        }
        self.disable_after_flood();
    }
}

/// The seconds that a check may take: more than a slow hash on a busy machine. A check that was
/// lost with its process must not block attempts for longer.
const LEASE: u32 = 10;
const LANES: [Lane; 2] = [Lane::Authenticated, Lane::Registration];
/// At this number of backup codes, the user should generate new ones.
const FEW: u8 = 3;
