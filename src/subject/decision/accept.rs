//! Acceptance of correct attempts.
//!
//! Another step may be pending, such as a second factor or the PIN. Otherwise the purpose is
//! complete.

use super::{checked::Checked, goal::Goal, subject::Subject, transition::Decision};
use crate::{
    amr::Methods,
    assurance::Evidence,
    denial::{Denial, Reason},
    event::Event,
    factor::FactorKind,
    first_factor::FirstFactor,
    id::{Handle, HandleKind},
    policy::CHALLENGE_LIFE,
    purpose::Operation,
    sign_in::verified::Proven,
    subject::record::{
        addresses::withdraw_at_registration,
        lane::Lane,
        lifetime::Lifetime,
        open_codes::EarlierProof,
        partial_proof::{PartialProof, needs_another_factor},
        quarantine::Quarantined,
    },
    time::UnixTime,
};

impl Subject<'_> {
    /// Accepts a correct code or response, after this number of failures of its factor.
    pub(in crate::subject) fn accept(
        mut self,
        kind: FactorKind,
        goal: Goal,
        failures: u32,
    ) -> Decision<Checked> {
        match goal.purpose {
            Operation::Enroll => {
                self.record_success(kind, goal.purpose, failures);
                let evidence = goal.proven.with(kind, goal.methods);
                let mut proven = self.proven(goal.purpose, goal.first_factor, evidence);
                proven.device_token = self.add_device(&proven);
                let proven = limited_to(goal.began_with, proven);
                Ok(self.commit(Ok(Checked::Proven(proven))))
            }
            Operation::ResetPin => self.accept_pin_reset(kind, goal, failures),
            purpose => {
                self.record_success(kind, purpose, failures);
                let resumed = self.take_resumed(kind, &goal).unwrap_or_default();
                let evidence = resumed.with_all(goal.proven).with(kind, goal.methods);
                self.proceed(purpose, goal.first_factor, evidence)
            }
        }
    }

    /// Accepts a passkey that your application checked, and that verified its user.
    ///
    /// Such a passkey counts as two factors, so only the PIN is still required, if one is set. The
    /// subject must be opened [after](Self::after) the passkey.
    ///
    /// # Errors
    ///
    /// Returns a [`Denial`] that needs no write:
    ///
    /// - [`Reason::NotAllowed`]: the first factor is not such a passkey, or the policy does not
    ///   allow security keys for signing in.
    /// - [`Reason::Absent`] and [`Reason::Expired`]: as for [`recognize`](Self::recognize).
    pub fn accept_passkey(mut self) -> Decision<Checked> {
        const KIND: FactorKind = FactorKind::SecurityKey;
        let first = self.first_factor();
        let FirstFactor::Passkey { key, user_verified: true, device_bound } = first else {
            return Err(Denial::new(Reason::NotAllowed));
        };
        self.require_record()?;
        self.check_reset()?;
        self.check_allowed(KIND, Operation::SignIn)?;
        let now = self.now();
        let keys = &mut self.state.factors.security_keys;
        if let Some(key) = keys.iter_mut().find(|its| *its.id == *key.as_bytes()) {
            key.times.touch(now);
        }
        self.record_success(KIND, Operation::SignIn, 0);
        let evidence = Evidence::default().with(KIND, Methods::of_key(true, device_bound));
        self.proceed(Operation::SignIn, Some(first), evidence)
    }

    /// Removes and returns the evidence of the resumed partial proof, which can be resumed once.
    fn take_resumed(&mut self, kind: FactorKind, goal: &Goal) -> Option<Evidence> {
        let handle = Handle::new(HandleKind::AnotherFactorDue, *goal.resumes?);
        let partial = self.state.partial_proof(HandleKind::AnotherFactorDue, &handle)?;
        let caller = self.caller(goal.purpose);
        if caller.refusal(partial.purpose, &partial.client, &partial.lifetime).is_some() {
            return None;
        }
        if !partial.can_continue(kind, self.policy().factor_set(goal.purpose)) {
            return None;
        }
        let id = partial.id;
        let partial = self.state.take_partial_proof(&id)?;
        self.resume_address(&partial);
        Some(partial.evidence())
    }

    /// Continues with the address that a partial proof proved. If there are several, the first
    /// counts.
    pub(in crate::subject) fn resume_address(&mut self, partial: &PartialProof) {
        if partial.address.is_some() {
            self.effects.proven.clone_from(&partial.address);
        }
    }

    /// Completes the purpose, or stores a partial proof if a step is pending.
    fn proceed(
        mut self,
        purpose: Operation,
        first: Option<FirstFactor>,
        evidence: Evidence,
    ) -> Decision<Checked> {
        self.settle_pin_reset(evidence);
        let Some((reason, kind)) = self.pending_step(purpose, first.as_ref(), evidence) else {
            return self.complete(purpose, first, evidence);
        };
        if reason == Reason::PinDue {
            self.report(Event::PinRequested(purpose));
        }
        let handle = self.defer(kind, purpose, first, evidence);
        Ok(self.commit(Err(Denial::pending(reason, handle))))
    }

    /// Returns the step that is pending after `evidence`.
    fn pending_step(
        &self,
        purpose: Operation,
        first: Option<&FirstFactor>,
        evidence: Evidence,
    ) -> Option<(Reason, HandleKind)> {
        if needs_another_factor(purpose, first, evidence) {
            Some((Reason::AnotherFactorDue, HandleKind::AnotherFactorDue))
        } else if self.state.factors.pin.is_some() && !evidence.factors.contains(FactorKind::Pin) {
            Some((Reason::PinDue, HandleKind::PinDue))
        } else {
            None
        }
    }

    /// Stores the evidence until the pending step is completed.
    fn defer(
        &mut self,
        kind: HandleKind,
        purpose: Operation,
        first_factor: Option<FirstFactor>,
        evidence: Evidence,
    ) -> Handle {
        let (id, now) = (self.moment.bytes(), self.now());
        let lane = self.lane_after(purpose, first_factor.as_ref());
        // The size of the record is limited.
        if self.state.partial_proofs.len() >= MOST {
            let place = displaced(&self.state.partial_proofs, lane, now);
            self.state.partial_proofs.remove(place);
        }
        self.state.partial_proofs.push(PartialProof {
            id: id.into(),
            purpose,
            factors: evidence.factors,
            client: self.context.client.binding(),
            lifetime: Lifetime::new(now, CHALLENGE_LIFE),
            allowed: self.policy().factor_set(purpose),
            first_factor,
            methods: evidence.methods,
            address: self.effects.proven.clone(),
            lane: Some(lane),
        });
        Handle::new(kind, id)
    }

    /// Completes the purpose, because no step is pending.
    fn complete(
        mut self,
        purpose: Operation,
        first: Option<FirstFactor>,
        evidence: Evidence,
    ) -> Decision<Checked> {
        let now = self.now();
        match purpose {
            Operation::Recover => {
                self.state.change_epoch(&mut self.moment);
                self.report(Event::Recovered);
                self.state.begin_quarantine_with_trusted_device(now);
            }
            Operation::Register => self.register(evidence),
            Operation::SignIn => self.state.begin_quarantine_with_trusted_device(now),
            _ => {}
        }
        let mut proven = self.proven(purpose, first, evidence);
        proven.device_token = self.add_device(&proven);
        Ok(self.commit(Ok(Checked::Proven(proven))))
    }

    fn proven(
        &self,
        operation: Operation,
        first: Option<FirstFactor>,
        evidence: Evidence,
    ) -> Proven {
        Proven {
            subject: self.context.id.clone(),
            first_factor: first.unwrap_or(FirstFactor::None),
            factors: evidence.factors,
            methods: evidence.methods,
            operation,
            at: self.now(),
            epoch: self.state.epoch,
            device_token: None,
            address: self.effects.proven.clone(),
        }
    }

    /// Registers the subject.
    ///
    /// A further registration by another client counts as a new device.
    fn register(&mut self, evidence: Evidence) {
        let (now, client) = (self.now(), self.context.client);
        // A factor counts too, even if it was enrolled without a confirmation.
        let has_factors = self.state.factors.each().next().is_some();
        let is_same = self.state.registration.client.is_same_known_client(&client);
        if !is_same && (self.state.registration.is_known || has_factors) {
            // A PIN, or the mailbox in its place, is proven besides the number.
            let by_number_alone = evidence.factors.kinds().count() == 1;
            if by_number_alone {
                self.state.end_devices(&mut self.moment);
            } else {
                self.state.advance_epoch(&mut self.moment);
            }
            // FAILURES 95, 112: a thief of the number must not set a first PIN, or add a factor
            // that the owner cannot remove.
            self.state.begin_quarantine(now);
            self.state.quarantines.begin(Quarantined::Number, now);
            if by_number_alone {
                withdraw_at_registration(&mut self.state.factors.addresses);
            }
        }
        if self.state.epoch == 0 {
            self.state.begin_epoch(&mut self.moment);
        }
        self.state.registration.client = client.binding();
        self.state.registration.is_known = true;
        self.report(Event::Registered);
    }

    /// Removes a PIN whose reset is due, before the user is asked for it.
    ///
    /// Ends a reset that is not due, if another factor was proven than before its request.
    fn settle_pin_reset(&mut self, evidence: Evidence) {
        let now = self.now();
        let pin = self.state.factors.pin.as_mut();
        if pin.is_some_and(|pin| pin.end_reset_by(evidence.factors, now)) {
            self.report(Event::PinResetCancelled);
        }
        self.advance_pin_reset();
        let reset = self.state.factors.pin.as_ref().and_then(|pin| pin.reset);
        if reset.is_some_and(|reset| reset.is_due(now)) {
            self.remove_forgotten_pin();
        }
    }

    /// Advances a PIN reset to the stage that it has reached, and notifies the owner.
    ///
    /// Returns whether the stage changed.
    pub(in crate::subject) fn advance_pin_reset(&mut self) -> bool {
        let now = self.now();
        let pin = self.state.factors.pin.as_mut();
        let Some(ends_at) = pin.and_then(|pin| pin.advance_reset(now)) else {
            return false;
        };
        self.report(Event::PinResetReminder(ends_at));
        true
    }

    /// Accepts a code to the recovery address instead of a forgotten PIN.
    ///
    /// The PIN is removed, and the partial proof that is waiting for it is continued.
    fn accept_pin_reset(
        mut self,
        kind: FactorKind,
        goal: Goal,
        failures: u32,
    ) -> Decision<Checked> {
        let handle = goal.resumes.map(|id| Handle::new(HandleKind::PinDue, *id));
        let found = handle
            .and_then(|handle| self.state.partial_proof(HandleKind::PinDue, &handle).cloned());
        let Some(partial) = found else {
            return self.refuse(Reason::NotFound);
        };
        let caller = self.caller(partial.purpose);
        if let Some(reason) = caller.refusal(partial.purpose, &partial.client, &partial.lifetime) {
            return self.refuse(reason);
        }
        // STD N-39: two different factors are required, and the mailbox is one of them.
        let evidence = partial.evidence();
        let allowed = self.policy().factor_set(partial.purpose);
        if !partial.can_continue(FactorKind::Pin, allowed) {
            return self.refuse(Reason::NotAllowed);
        }
        if evidence.factors.contains(kind) {
            return Ok(self.commit(Err(Denial::new(Reason::NotAllowed))));
        }
        self.record_success(kind, Operation::ResetPin, failures);
        self.resume_address(&partial);
        self.remove_forgotten_pin();
        let evidence = evidence.with(kind, goal.methods);
        self.proceed(partial.purpose, partial.first_factor, evidence)
    }

    fn remove_forgotten_pin(&mut self) {
        self.state.remove_forgotten_pin(&mut self.moment);
        self.report(Event::PinReset);
    }
}

/// Returns the place of the partial proof that a new one of `lane` displaces.
///
/// This is an expired one, or else the oldest of the same lane. Otherwise, a caller who has one
/// factor could end the pending step of the owner in another lane. If the lane has none, a known
/// device keeps its own.
fn displaced(partial_proofs: &[PartialProof], lane: Lane, now: UnixTime) -> usize {
    let oldest =
        |is_displaced: &dyn Fn(&PartialProof) -> bool| partial_proofs.iter().position(is_displaced);
    let is_known = |partial: &PartialProof| matches!(partial.lane, Some(Lane::Known(_)));
    oldest(&|partial| partial.lifetime.is_over(now))
        .or_else(|| oldest(&|partial| partial.lane == Some(lane)))
        .or_else(|| oldest(&|partial| !is_known(partial)))
        .unwrap_or(0)
}

/// Limits a proof to the time and the permissions of the proof under which the enrollment began.
///
/// Otherwise, enrolling could renew a proof, and a grant could open a session.
fn limited_to(earlier: Option<EarlierProof>, proven: Proven) -> Proven {
    match earlier {
        Some(EarlierProof { at, operation, has_lost_apps: _ }) => {
            Proven { at: UnixTime::from_secs(at), operation, ..proven }
        }
        None => proven,
    }
}

/// The maximum number of partial proofs of a subject.
const MOST: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        factor::FactorSet, id::SubjectId, keys::Keys, moment::Moment, policy::Policy,
        subject::Opened,
    };

    #[test]
    fn recovery_takes_two_factors_besides_the_pin() {
        let keys = Keys::new(core::array::from_fn(|at| at as u8));
        let (policy, alice) = (Policy::default(), SubjectId::new("alice").unwrap());
        let moment = Moment::new(UnixTime::from_secs(1_800_000_000), [1; 32]);
        let Ok(Opened::Ready(subject)) = Subject::open(&keys, &policy, &alice, None, moment) else {
            panic!("nothing is stored")
        };
        let pending = |kinds: &[FactorKind]| {
            let evidence = Evidence { factors: FactorSet::of(kinds), ..Evidence::default() };
            let step =
                subject.pending_step(Operation::Recover, Some(&FirstFactor::Password), evidence);
            step.map(|(reason, _)| reason)
        };
        assert_eq!(pending(&[FactorKind::Totp]), Some(Reason::AnotherFactorDue));
        let with_pin = [FactorKind::Totp, FactorKind::Pin];
        assert_eq!(pending(&with_pin), Some(Reason::AnotherFactorDue));
        assert_eq!(pending(&[FactorKind::Totp, FactorKind::Phone]), None);
    }
}
