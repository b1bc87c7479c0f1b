//! A proof that was right and is not enough: another is due. Checks nothing.

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use super::{
    Checked, Decision, Subject,
    fields::{Id, purpose},
    span::Span,
};
use crate::{
    FactorKind, Handle, Purpose, UnixTime,
    event::Event,
    factor::FactorSet,
    id::HandleKind,
    policy::CHALLENGE_LIFE,
    verdict::{Denial, Reason, Verified},
};

/// What was proven so far, and for what.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct PartialProof {
    #[n(0)]
    pub(super) id: Id,
    #[cbor(n(1), with = "purpose")]
    pub(super) purpose: Purpose,
    #[n(2)]
    factors: u16,
    #[n(3)]
    client: Option<ByteArray<32>>,
    #[n(4)]
    pub(super) life: Span,
}

impl PartialProof {
    pub(super) const fn factors(&self) -> FactorSet {
        FactorSet::from_bits(self.factors)
    }

    /// What it waits for. It follows from what was proven: the kind that a handle says it is comes back
    /// from the person, and is no more than a claim.
    fn kind(&self) -> HandleKind {
        if needs_another_factor(self.purpose, self.factors()) {
            HandleKind::AnotherFactorDue
        } else {
            HandleKind::PinDue
        }
    }

    /// The client that proved it.
    pub(super) fn client(&self) -> Option<&[u8; 32]> {
        self.client.as_deref()
    }

    /// Why it cannot be taken up by `subject` for `purpose`, if it cannot.
    pub(super) fn void(&self, subject: &Subject<'_>, purpose: Purpose) -> Option<Reason> {
        match () {
            () if self.purpose != purpose => Some(Reason::OtherPurpose),
            () if !subject.is_from(self.client.as_deref()) => Some(Reason::OtherClient),
            () if self.life.is_over(subject.now()) => Some(Reason::Expired),
            () => None,
        }
    }
}

impl Subject<'_> {
    /// Records a success of a factor of this kind after so many failures of it, and goes on.
    pub(super) fn accept(
        mut self,
        kind: FactorKind,
        purpose: Purpose,
        failures: u32,
    ) -> Decision<Checked> {
        if purpose == Purpose::ResetPin {
            return self.reset_pin_by_code(kind, failures);
        }
        self.record_success(kind, purpose, failures);
        let before = self.take_resumed(purpose);
        self.proceed(purpose, before.with(kind))
    }

    /// What was proven before, where the proof says that it comes second. Taken up once.
    fn take_resumed(&mut self, purpose: Purpose) -> FactorSet {
        let none = FactorSet::of(&[]);
        let Some(after) = self.after else {
            return none;
        };
        let Some(due) = self.due(HandleKind::AnotherFactorDue, &after).cloned() else {
            return none;
        };
        if due.void(self, purpose).is_some() {
            return none;
        }
        self.state.partial_proofs.retain(|other| other.id != due.id);
        due.factors()
    }

    /// Takes up the handle that a slow try was begun with.
    pub(super) fn resume(&mut self, after: Option<&[u8; 16]>) {
        self.after = after.map(|id| Handle::new(HandleKind::AnotherFactorDue, *id));
    }

    /// With these proven: done, or something is still due.
    pub(super) fn proceed(mut self, purpose: Purpose, factors: FactorSet) -> Decision<Checked> {
        self.settle_pin_reset();
        let Some((reason, kind)) = self.pending_step(purpose, factors) else {
            return self.complete(purpose, factors);
        };
        if reason == Reason::PinDue {
            self.events.push(Event::PinRequested(purpose));
        }
        let handle = self.defer(kind, purpose, factors);
        Ok(self.commit(Err(Denial::due(reason, handle))))
    }

    /// What is still due when these are proven.
    fn pending_step(&self, purpose: Purpose, factors: FactorSet) -> Option<(Reason, HandleKind)> {
        if needs_another_factor(purpose, factors) {
            return Some((Reason::AnotherFactorDue, HandleKind::AnotherFactorDue));
        }
        if self.state.factors.pin.is_some() && !factors.contains(FactorKind::Pin) {
            return Some((Reason::PinDue, HandleKind::PinDue));
        }
        None
    }

    /// Nothing is due any more.
    pub(super) fn complete(mut self, purpose: Purpose, factors: FactorSet) -> Decision<Checked> {
        match purpose {
            Purpose::Recover => {
                self.events.push(Event::Recovered);
                self.begin_quarantine_beside_devices();
            }
            Purpose::Register => self.register(),
            Purpose::SignIn => self.begin_quarantine_beside_devices(),
            _ => {}
        }
        let verified = self.verified(purpose, factors);
        Ok(self.commit(Ok(Checked::Verified(verified))))
    }

    pub(super) fn verified(&self, purpose: Purpose, factors: FactorSet) -> Verified {
        let kinds = factors.kinds().collect();
        Verified::new(self.id.clone(), kinds, purpose, self.now(), self.state.epoch)
    }

    /// Keeps what was proven until the rest is.
    fn defer(&mut self, kind: HandleKind, purpose: Purpose, factors: FactorSet) -> Handle {
        let id = self.moment.bytes();
        // A record has a bound; whoever has a factor right opens few, and the oldest gives way.
        if self.state.partial_proofs.len() == MOST {
            self.state.partial_proofs.remove(0);
        }
        self.state.partial_proofs.push(PartialProof {
            id: id.into(),
            purpose,
            factors: factors.bits(),
            client: self.client.map(Into::into),
            life: Span::new(self.now(), CHALLENGE_LIFE),
        });
        Handle::new(kind, id)
    }

    /// What `handle` names, if that is what it waits for: the kind in the text of a handle is anybody's
    /// word (FAILURES 40).
    pub(super) fn due(&self, kind: HandleKind, handle: &Handle) -> Option<&PartialProof> {
        self.state.partial_proofs.iter().find(|due| due.kind() == kind && handle.is(kind, &due.id))
    }

    /// Notes what nobody came back for, before a decision can put something else in its place.
    pub(super) fn note_unanswered(&mut self) {
        let now = self.now();
        // STD A-03: a sign-in of which one half was right.
        let partial_proofs = self.state.partial_proofs.iter().filter(|due| due.life.is_over(now));
        let partial_proofs = partial_proofs.map(|due| due.purpose);
        let challenges = self.state.challenges.iter().filter(|open| open.sent.is_finished(now));
        let challenges = challenges.map(|open| open.sent.purpose());
        let ceremonies = self.state.ceremonies.stale(now);
        self.unanswered = partial_proofs.chain(challenges).chain(ceremonies).collect();
    }

    /// Lets go of what nobody came back for, by the one write that says so.
    pub(super) fn drop_unanswered(&mut self) {
        let now = self.now();
        self.events.extend(self.unanswered.drain(..).map(Event::SignInAbandoned));
        self.state.partial_proofs.retain(|due| !due.life.is_over(now));
        self.state.challenges.retain(|open| !open.sent.is_finished(now));
        self.state.ceremonies.drop_stale(now);
        self.state.registering.drop_finished(now);
    }
}

/// STD N-39: one thing that was lost is made up for by two that were not. The PIN is asked for
/// besides, and is none of the two (STD N-46).
fn needs_another_factor(purpose: Purpose, factors: FactorSet) -> bool {
    let proofs = factors.kinds().filter(|kind| *kind != FactorKind::Pin);
    purpose == Purpose::Recover && proofs.count() < 2
}

impl PartialProof {
    pub(super) const fn is_in_future(&self, now: UnixTime) -> bool {
        self.life.is_in_future(now)
    }
}

const MOST: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Keys, Policy, SubjectId,
        subject::{Moment, Opened},
    };

    #[test]
    fn a_proof_from_the_future_is_a_fault_and_goes_and_another_stays() {
        let (now, later) = (UnixTime::from_secs(1_000_000), UnixTime::from_secs(2_000_000));
        let begun = |from| PartialProof {
            id: [1; 16].into(),
            purpose: Purpose::SignIn,
            factors: FactorSet::of(&[FactorKind::Totp]).bits(),
            client: None,
            life: Span::new(from, CHALLENGE_LIFE),
        };
        let mut state = crate::subject::state::State::new();
        state.partial_proofs.push(begun(now));
        assert!(!state.is_in_future(now));
        state.partial_proofs.push(begun(later));
        assert!(state.is_in_future(now));
        state.repair(now);
        assert!(!state.is_in_future(now));
        assert_eq!(state.partial_proofs.len(), 1);
    }

    #[test]
    fn two_factors_recover_and_the_pin_is_none_of_them() {
        let keys = Keys::new(core::array::from_fn(|at| at as u8));
        let (policy, alice) = (Policy::default(), SubjectId::new("alice").unwrap());
        let moment = Moment::new(UnixTime::from_secs(1_800_000_000), [1; 32]);
        let Ok(Opened::Ready(subject)) = Subject::open(&keys, &policy, &alice, None, moment) else {
            panic!("nothing is stored")
        };
        let due = |kinds: &[FactorKind]| {
            let due = subject.pending_step(Purpose::Recover, FactorSet::of(kinds));
            due.map(|(reason, _)| reason)
        };
        assert_eq!(due(&[FactorKind::Totp]), Some(Reason::AnotherFactorDue));
        assert_eq!(due(&[FactorKind::Totp, FactorKind::Pin]), Some(Reason::AnotherFactorDue));
        assert_eq!(due(&[FactorKind::Totp, FactorKind::Phone]), None);
    }
}
