//! Checking a code that was sent. Sending one is in `sending`.

use super::{
    Decision, Moment, Subject,
    app::is_code,
    limiter::Gate,
    sent::{Answer, Draft, SentCode},
    state::Id,
};
use crate::{
    Handle, Purpose,
    id::HandleKind,
    verdict::{Denial, Reason, Verified},
};

impl Subject<'_> {
    pub(super) fn verify_code(
        mut self,
        purpose: Purpose,
        challenge: &Handle,
        typed: &str,
        mut moment: Moment,
    ) -> Decision<Verified> {
        let now = moment.now();
        if !is_code(typed, 6..=10) {
            return Err(Denial::new(Reason::Malformed));
        }
        let state = &self.state;
        let found = state
            .challenges
            .iter()
            .find(|open| challenge.is(HandleKind::Challenge, &open.sent.id))
            .and_then(|open| Some((open, state.address(&open.address)?)));
        let Some((open, proven)) = found else {
            let nobody = SentCode::nobody();
            core::hint::black_box(nobody.check(&self.draft("+10000000000"), typed));
            return self.refuse(&mut moment, Reason::NoSuch);
        };
        let kind = proven.address.kind();
        if !self.policy.factor_set(purpose).contains(kind) {
            return Err(Denial::new(Reason::NotAllowed));
        }
        let gate = proven.limiter.gate(now);
        if let Gate::Locked(until) = gate {
            return Err(Denial::until(Reason::Locked, until));
        }
        let answer = open.sent.check(&self.draft(proven.address.expose()), typed);
        let address = proven.id;
        match answer {
            _ if open.sent.purpose() != purpose => self.refuse(&mut moment, Reason::OtherPurpose),
            _ if !open.sent.is_for(self.client.as_ref()) => {
                self.refuse(&mut moment, Reason::OtherClient)
            }
            _ if gate == Gate::Disabled => self.refuse(&mut moment, Reason::Disabled),
            _ if open.sent.is_over(now) => self.refuse(&mut moment, Reason::Expired),
            _ if usize::from(open.sent.digits) != typed.len() => {
                self.refuse(&mut moment, Reason::Malformed)
            }
            Answer::Earlier => self.refuse(&mut moment, Reason::Superseded),
            Answer::Right => {
                // STD N-09: the write that records the success consumes the challenge.
                self.state
                    .challenges
                    .retain(|open| !challenge.is(HandleKind::Challenge, &open.sent.id));
                let mut failures = 0;
                if let Some(limiter) = limiter_of(&mut self.state, &address) {
                    failures = limiter.failures();
                    limiter.clear();
                }
                let verified = self.succeed(kind, purpose, failures, now);
                Ok(self.commit(&mut moment, Ok(verified)))
            }
            Answer::Wrong => {
                self.count_failure(kind, |state| limiter_of(state, &address), now);
                // FAILURES 26: a lock voids what was sent, so that waiting it out is not enough.
                let is_shut = limiter_of(&mut self.state, &address)
                    .is_some_and(|limiter| limiter.gate(now) != Gate::Open);
                if is_shut {
                    self.state.challenges.retain(|open| open.address != address);
                }
                Ok(self.commit(&mut moment, Err(Denial::new(Reason::Wrong))))
            }
        }
    }

    pub(super) fn draft<'d>(&'d self, address: &'d str) -> Draft<'d> {
        Draft { keys: self.keys, policy: self.policy, record: &self.record_id, address }
    }
}

fn limiter_of<'s>(
    state: &'s mut super::State,
    address: &Id,
) -> Option<&'s mut super::limiter::Limiter> {
    state.addresses.iter_mut().find(|proven| proven.id == *address).map(|p| &mut p.limiter)
}
