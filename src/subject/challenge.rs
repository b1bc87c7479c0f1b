//! Checking a code that was sent. Sending one is in `sending`.

use super::{
    Checked, Conversion, Decision, Subject,
    app::is_code,
    fields::Id,
    limiter::{Gate, Limiter},
    register::OpenRegistration,
    sent::{Answer, Draft, StoredCode},
    state::{OpenChallenge, ProvenAddress},
};
use crate::{
    Address, Handle, Purpose,
    id::HandleKind,
    verdict::{Denial, Reason},
};

/// A code that was sent and waits, with what counts its wrong tries.
pub(super) struct Waiting<'s> {
    pub(super) sent: &'s StoredCode,
    pub(super) address: &'s Address,
    pub(super) limiter: &'s Limiter,
}

impl Subject<'_> {
    pub(super) fn verify_code(
        self,
        purpose: Purpose,
        challenge: &Handle,
        typed: &str,
    ) -> Decision<Checked> {
        if !is_code(typed, 6..=10) {
            return Err(Denial::new(Reason::Malformed));
        }
        let Some(Waiting { sent, address, limiter }) = self.waiting(challenge) else {
            self.do_dummy_code_check(typed);
            return self.refuse(Reason::NotFound);
        };
        if !self.policy.factor_set(purpose).contains(address.kind().into()) {
            return Err(Denial::new(Reason::NotAllowed));
        }
        let gate = limiter.gate(self.now());
        if let Gate::Locked(until) = gate {
            return Err(Denial::until(Reason::Locked, until));
        }
        // Compared before anything else is looked at, so that every refusal costs the same.
        let answer = sent.check(&self.draft(address.expose()), typed);
        let void = match sent {
            sent if sent.purpose() != purpose => Some(Reason::OtherPurpose),
            sent if !sent.is_for(self.client.as_ref()) => Some(Reason::OtherClient),
            _ if gate == Gate::Disabled => Some(Reason::Disabled),
            sent if sent.is_over(self.now()) => Some(Reason::Expired),
            sent if usize::from(sent.digits) != typed.len() => Some(Reason::Malformed),
            _ => None,
        };
        let is_registration = sent.purpose() == Purpose::Register;
        if void.is_none() && sent.remote().is_some() {
            let id = sent.id;
            return self.try_remote(id, typed);
        }
        match (void, answer) {
            (Some(reason), _) => self.refuse(reason),
            (None, Answer::Earlier) => self.refuse(Reason::Superseded),
            (None, Answer::Correct) if is_registration => {
                let failures = limiter.failures();
                self.accept_registration(failures)
            }
            (None, Answer::Correct) => {
                let (id, failures) = (sent.id, limiter.failures());
                self.accept_code(purpose, id, failures)
            }
            (None, Answer::Incorrect) if is_registration => self.count_wrong_registration(),
            (None, Answer::Incorrect) => self.count_wrong_code(challenge),
        }
    }

    /// The code of this id was right, after so many failures.
    pub(super) fn accept_code(
        mut self,
        purpose: Purpose,
        id: Id,
        failures: u32,
    ) -> Decision<Checked> {
        let handle = Handle::new(HandleKind::Challenge, *id);
        let Some((open, proven)) = self.open_challenge(&handle) else {
            return self.refuse(Reason::NotFound);
        };
        let (kind, address) = (proven.address.kind().into(), open.address);
        self.conversion = self.conversion_of(&proven.address);
        // STD N-09: the write that records the success consumes the challenge.
        self.state.challenges.retain(|open| open.sent.id != id);
        let now = self.now();
        if let Some(proven) = self.state.factors.by_id_mut(&address) {
            proven.limiter.clear();
            proven.times.touch(now);
        }
        self.accept(kind, purpose, failures)
    }

    fn count_wrong_code(mut self, challenge: &Handle) -> Decision<Checked> {
        let Some((open, proven)) = self.open_challenge(challenge) else {
            return self.refuse(Reason::NotFound);
        };
        let (kind, address, now) = (proven.address.kind().into(), open.address, self.now());
        self.count_failure(kind, |state| state.factors.limiter_of(&address));
        // FAILURES 26: a lock voids what was sent, so that waiting it out is not enough.
        let limiter = self.state.factors.limiter_of(&address);
        if limiter.is_some_and(|limiter| limiter.gate(now) != Gate::Open) {
            self.state.challenges.retain(|open| open.address != address);
        }
        Ok(self.commit(Err(Denial::new(Reason::Incorrect))))
    }

    /// Where it is noted that a code to `address` was entered.
    pub(super) fn conversion_of(&self, address: &Address) -> Option<Conversion> {
        self.keys.prefix_record(address).map(Conversion::new)
    }

    /// The code that `handle` names, whatever it was sent for.
    pub(super) fn waiting(&self, handle: &Handle) -> Option<Waiting<'_>> {
        if let Some(OpenRegistration { sent, address }) = self.registration(handle) {
            let limiter = self.state.registering.limiter();
            return Some(Waiting { sent, address, limiter });
        }
        let (open, proven) = self.open_challenge(handle)?;
        Some(Waiting { sent: &open.sent, address: &proven.address, limiter: &proven.limiter })
    }

    /// The challenge that `handle` names, and the address that its code went to.
    pub(super) fn open_challenge(
        &self,
        handle: &Handle,
    ) -> Option<(&OpenChallenge, &ProvenAddress)> {
        let is_it = |open: &&OpenChallenge| handle.is(HandleKind::Challenge, &open.sent.id);
        let open = self.state.challenges.iter().find(is_it)?;
        Some((open, self.state.factors.by_id(&open.address)?))
    }

    /// Law 8: nobody is told by the time it takes that there is no such challenge.
    pub(super) fn do_dummy_code_check(&self, typed: &str) {
        let answer = StoredCode::dummy().check(&self.draft("+10000000000"), typed);
        core::hint::black_box(answer == Answer::Incorrect);
    }

    pub(super) fn draft<'d>(&'d self, address: &'d str) -> Draft<'d> {
        Draft {
            keys: self.keys,
            policy: self.policy,
            record: &self.record_id,
            address,
            is_remote: false,
        }
    }
}
