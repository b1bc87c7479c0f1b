//! Admission of an attempt: allowed, enrolled, not locked.

use super::{goal::Goal, presented_device, subject::Subject, transition::Decision};
use crate::{
    address::Address,
    denial::{Denial, Reason},
    factor::FactorKind,
    first_factor::FirstFactor,
    id::{Handle, HandleKind},
    policy::Absent,
    purpose::Operation,
    subject::record::{
        device::Device,
        lane::Lane,
        limiter::{Counter, Tally},
        partial_proof::PartialProof,
        quarantine::Quarantined,
    },
};

/// An attempt that may be checked.
#[derive(Clone, Copy)]
pub(crate) struct Admission {
    pub(crate) kind: FactorKind,
    pub(crate) tally: Tally,
    /// The reason to refuse it after the check, even if it is correct (law 8).
    pub(crate) refusal: Option<Reason>,
}

impl Subject<'_> {
    /// Admits an attempt with a well-formed code or response.
    ///
    /// If the factor is not enrolled or is disabled, the attempt is refused after a check of the
    /// same cost.
    pub(in crate::subject) fn admit(
        &self,
        kind: FactorKind,
        goal: &Goal,
        counter: Counter,
    ) -> Result<Admission, Denial> {
        // The policy does not list the PIN. If a PIN is set, it is required for every purpose.
        if kind != FactorKind::Pin {
            self.check_may_prove(kind, goal)?;
        }
        let tally = counter.in_lane(goal.lane);
        let refusal = match self.state.limiter(tally) {
            _ if counter == Counter::Unguessable => None,
            None => Some(self.reason_not_enrolled()),
            // An approved request is not a guess. Guesses were limited when the number was typed.
            Some(_) if counter == Counter::SignInRequest => None,
            Some(limiter) => {
                limiter.state(self.now()).check_unlocked()?;
                self.state.is_disabled(tally).then_some(Reason::Disabled)
            }
        };
        Ok(Admission { kind, tally, refusal })
    }

    /// Returns an error unless a factor of this kind may prove the goal.
    pub(in crate::subject) fn check_may_prove(
        &self,
        kind: FactorKind,
        goal: &Goal,
    ) -> Result<(), Denial> {
        self.check_allowed(kind, goal.purpose)?;
        Self::check_can_be_next(kind, goal)
    }

    /// Returns an error unless the policy allows `kind` for `purpose`.
    pub(in crate::subject) fn check_allowed(
        &self,
        kind: FactorKind,
        purpose: Operation,
    ) -> Result<(), Denial> {
        if self.policy().factor_set(purpose).contains(kind) {
            Ok(())
        } else {
            Err(Denial::new(Reason::NotAllowed))
        }
    }

    /// Returns the goal of an attempt with this kind of factor, which may resume a partial proof.
    ///
    /// The first factor of the goal is that of the partial proof, or else `stored`, or else that of
    /// the call. A later call must not change a stored first factor: a sign-in that began after a
    /// link to a mailbox must not count that mailbox again.
    pub(in crate::subject) fn goal(
        &self,
        purpose: Operation,
        kind: FactorKind,
        after: Option<&Handle>,
        stored: Option<&FirstFactor>,
    ) -> Goal {
        let resumed = after.and_then(|handle| self.resumed(purpose, handle));
        let first_factor = resumed.and_then(|partial| partial.first_factor.clone());
        let first_factor = first_factor.or_else(|| {
            purpose.has_first_factor().then(|| stored.cloned().unwrap_or(self.first_factor()))
        });
        let lane = self.lane_after(purpose, first_factor.as_ref());
        Goal {
            resumes: resumed.map(|partial| partial.id),
            first_factor,
            ..Goal::new(purpose, kind, lane)
        }
    }

    /// Returns the lane of this call, for `purpose`.
    pub(in crate::subject) fn lane(&self, purpose: Operation) -> Lane {
        self.lane_after(purpose, self.first_factor_for(purpose).as_ref())
    }

    /// Returns the lane of this call, for `purpose` after this first factor.
    pub(in crate::subject) fn lane_after(
        &self,
        purpose: Operation,
        first: Option<&FirstFactor>,
    ) -> Lane {
        if let Some(device) = self.known_device(purpose) {
            return Lane::Known(device.id);
        }
        let is_anonymous = match purpose {
            Operation::Register => true,
            // The mailbox replaces the PIN that this client's registration waits for.
            Operation::ResetPin => {
                let mut partial_proofs = self.state.partial_proofs.iter();
                partial_proofs.any(|partial| self.is_resumable(partial, Operation::Register))
            }
            _ => first == Some(&FirstFactor::None),
        };
        if is_anonymous { Lane::Anonymous } else { Lane::Passed }
    }

    /// Returns the known device of this client.
    ///
    /// The client of the last registration counts as known without a token when it registers again.
    fn known_device(&self, purpose: Operation) -> Option<&Device> {
        let by_token = presented_device::known_device(self);
        let registration = &self.state.registration;
        let is_last = purpose == Operation::Register
            && registration.client.is_same_known_client(&self.context.client);
        by_token.or_else(|| {
            registration.device.filter(|_| is_last).and_then(|id| {
                self.state.device(&id).filter(|device| !device.is_expired(self.now()))
            })
        })
    }

    /// Returns the first factor of this call.
    ///
    /// If the caller named none, there was no first factor (law 7).
    pub(in crate::subject) fn first_factor(&self) -> FirstFactor {
        self.context.first_factor.clone().unwrap_or(FirstFactor::None)
    }

    /// Returns the first factor of this call, if `purpose` depends on one.
    pub(in crate::subject) fn first_factor_for(&self, purpose: Operation) -> Option<FirstFactor> {
        purpose.has_first_factor().then(|| self.first_factor())
    }

    /// Returns the partial proof for `handle` if this caller may resume it with another factor.
    fn resumed(&self, purpose: Operation, handle: &Handle) -> Option<&PartialProof> {
        let partial = self.state.partial_proof(HandleKind::AnotherFactorDue, handle)?;
        self.is_resumable(partial, purpose).then_some(partial)
    }

    fn is_resumable(&self, partial: &PartialProof, purpose: Operation) -> bool {
        let caller = self.caller(purpose);
        caller.refusal(partial.purpose, &partial.client, &partial.lifetime).is_none()
    }

    /// Returns an error if a factor of this kind must not follow the first factor of the goal.
    ///
    /// Without a first factor, one factor is not sufficient to sign in. The first proof must be by
    /// a security key, which can count as two factors. A factor of another kind may complete the
    /// sign-in.
    fn check_can_be_next(kind: FactorKind, goal: &Goal) -> Result<(), Denial> {
        let begins = goal.purpose == Operation::SignIn && goal.resumes.is_none();
        let is_alone = goal.first_factor == Some(FirstFactor::None);
        if begins && is_alone && kind != FactorKind::SecurityKey {
            return Err(Denial::new(Reason::NotAllowed));
        }
        Ok(())
    }

    /// Returns an error if a factor of this kind must not be offered, or must not receive a code.
    ///
    /// A page does not name the partial proof that it completes, so any partial proof of this
    /// client counts.
    pub(in crate::subject) fn check_can_begin(
        &self,
        kind: FactorKind,
        purpose: Operation,
    ) -> Result<(), Denial> {
        let is_alone = purpose == Operation::SignIn && self.first_factor() == FirstFactor::None;
        let mut partial_proofs = self.state.partial_proofs.iter();
        let completes = |partial: &PartialProof| {
            partial.waits_for() == HandleKind::AnotherFactorDue
                && self.is_resumable(partial, purpose)
        };
        if is_alone && kind != FactorKind::SecurityKey && !partial_proofs.any(completes) {
            return Err(Denial::new(Reason::NotAllowed));
        }
        Ok(())
    }

    /// Returns an error if `address` was the first factor of this call.
    ///
    /// One channel must not count twice.
    pub(in crate::subject) fn check_is_other_channel(
        &self,
        address: &Address,
        purpose: Operation,
    ) -> Result<(), Denial> {
        let first = self.context.first_factor.as_ref();
        let counts_twice = purpose.has_first_factor() || purpose == Operation::ResetPin;
        if counts_twice && first.is_some_and(|first| first.is_address(address)) {
            return Err(Denial::new(Reason::SameChannel));
        }
        Ok(())
    }

    /// Returns whether an address that is not a factor may prove a recovery.
    ///
    /// An attacker with the password may have enrolled the first factor, and then added the
    /// address.
    pub(in crate::subject) fn recovery_addresses_count(&self) -> bool {
        self.state.quarantines.is_over(Quarantined::FirstFactor, self.now())
    }

    /// Returns an error for a subject without a record, if the policy requires one.
    pub(in crate::subject) fn require_record(&self) -> Result<(), Denial> {
        match (self.context.version, self.policy().absent()) {
            (None, Absent::Refuse) => Err(Denial::new(Reason::Absent)),
            _ => Ok(()),
        }
    }

    /// Refuses a factor that is not enrolled.
    pub(in crate::subject) fn refuse_not_enrolled<T>(self) -> Decision<T> {
        let reason = self.reason_not_enrolled();
        self.refuse(reason)
    }

    /// Returns the reason for refusing a factor that is not enrolled.
    fn reason_not_enrolled(&self) -> Reason {
        self.require_record().map_or(Reason::Absent, |()| Reason::NotEnrolled)
    }

    /// Returns an error if an administrator's reset expired before an enrollment.
    pub(in crate::subject) fn check_reset(&self) -> Result<(), Denial> {
        let is_over = self.state.reset.is_some_and(|reset| reset.is_over(self.now()));
        if is_over && !self.state.factors.protect() {
            return Err(Denial::new(Reason::Expired));
        }
        Ok(())
    }

    /// Returns an error while a report by the owner blocks this client.
    pub(in crate::subject) fn check_client_not_blocked(&self) -> Result<(), Denial> {
        match self.state.blocked_clients.until(&self.context.client, self.now()) {
            Some(until) => Err(Denial::until(Reason::ReportedByOwner, until)),
            None => Ok(()),
        }
    }
}
