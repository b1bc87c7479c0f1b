//! A proof that was right and is not enough: another is due. Checks nothing.

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::ConstantTimeEq as _;

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
pub(super) struct Due {
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

impl Due {
    pub(super) const fn factors(&self) -> FactorSet {
        FactorSet::from_bits(self.factors)
    }

    /// Why it cannot be taken up by `subject` for `purpose`, if it cannot.
    pub(super) fn void(&self, subject: &Subject<'_>, purpose: Purpose) -> Option<Reason> {
        let is_for = match (&self.client, &subject.client) {
            (None, None) => true,
            (Some(bound), Some(client)) => bool::from(bound.ct_eq(client)),
            (None, Some(_)) | (Some(_), None) => false,
        };
        match () {
            () if self.purpose != purpose => Some(Reason::OtherPurpose),
            () if !is_for => Some(Reason::OtherClient),
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
        self.note_success(kind, purpose, failures);
        let before = self.take_before(purpose);
        self.go_on(purpose, before.with(kind))
    }

    /// What was proven before, where the proof says that it comes second. Taken up once.
    fn take_before(&mut self, purpose: Purpose) -> FactorSet {
        let none = FactorSet::of(&[]);
        let Some(after) = self.after else {
            return none;
        };
        let Some(due) = self.due(HandleKind::AnotherDue, &after).cloned() else {
            return none;
        };
        if due.void(self, purpose).is_some() {
            return none;
        }
        self.state.dues.retain(|other| other.id != due.id);
        due.factors()
    }

    /// Takes up the handle that a slow try was begun with.
    pub(super) fn take_up(&mut self, after: Option<&[u8; 16]>) {
        self.after = after.map(|id| Handle::new(HandleKind::AnotherDue, *id));
    }

    /// With these proven: done, or something is still due.
    pub(super) fn go_on(mut self, purpose: Purpose, factors: FactorSet) -> Decision<Checked> {
        self.settle_pin_reset();
        let Some((reason, kind)) = self.still_due(purpose, factors) else {
            if purpose == Purpose::Recover {
                self.events.push(Event::Recovered);
            }
            let verified = self.verified(purpose, factors);
            return Ok(self.commit(Ok(Checked::Verified(verified))));
        };
        if reason == Reason::PinDue {
            self.events.push(Event::PinAsked(purpose));
        }
        let handle = self.put_off(kind, purpose, factors);
        Ok(self.commit(Err(Denial::due(reason, handle))))
    }

    /// What is still due when these are proven.
    fn still_due(&self, purpose: Purpose, factors: FactorSet) -> Option<(Reason, HandleKind)> {
        // STD N-39: one thing that was lost is made up for by two that were not. The PIN is a lock, and
        // none of them.
        let proven = factors.kinds().filter(|kind| *kind != FactorKind::Pin).count();
        if purpose == Purpose::Recover && proven < 2 {
            return Some((Reason::AnotherDue, HandleKind::AnotherDue));
        }
        if self.state.factors.pin.is_some() && !factors.contains(FactorKind::Pin) {
            return Some((Reason::PinDue, HandleKind::PinDue));
        }
        None
    }

    pub(super) fn verified(&self, purpose: Purpose, factors: FactorSet) -> Verified {
        let kinds = factors.kinds().collect();
        Verified::new(self.id.clone(), kinds, purpose, self.now(), self.state.generation)
    }

    /// Keeps what was proven until the rest is.
    fn put_off(&mut self, kind: HandleKind, purpose: Purpose, factors: FactorSet) -> Handle {
        let id = self.moment.bytes();
        // A record has a bound; whoever has a factor right opens few, and the oldest gives way.
        if self.state.dues.len() == MOST {
            self.state.dues.remove(0);
        }
        self.state.dues.push(Due {
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
    pub(super) fn due(&self, kind: HandleKind, handle: &Handle) -> Option<&Due> {
        let due = self.state.dues.iter().find(|due| handle.is(kind, &due.id))?;
        let (_, waits_for) = self.still_due(due.purpose, due.factors())?;
        (waits_for == kind).then_some(due)
    }

    /// Lets go of what nobody came back for, and says so.
    pub(super) fn drop_stale(&mut self) {
        self.drop_lost_lease();
        let now = self.now();
        let is_over = |due: &Due| due.life.is_over(now);
        // STD A-03: a sign-in of which one half was right.
        let dues = self.state.dues.iter().filter(|due| is_over(due)).map(|due| due.purpose);
        let challenges = self.state.challenges.iter().filter(|open| open.sent.is_finished(now));
        let purposes = dues.chain(challenges.map(|open| open.sent.purpose()));
        self.events.extend(purposes.map(Event::HalfFinished));
        self.state.dues.retain(|due| !is_over(due));
        self.state.challenges.retain(|open| !open.sent.is_finished(now));
    }
}

impl Due {
    pub(super) const fn is_fault(&self, now: UnixTime) -> bool {
        self.life.is_fault(now)
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
    fn two_factors_recover_and_the_pin_is_none_of_them() {
        let keys = Keys::new(core::array::from_fn(|at| at as u8));
        let (policy, alice) = (Policy::default(), SubjectId::new("alice").unwrap());
        let moment = Moment::new(UnixTime::from_secs(1_800_000_000), [1; 32]);
        let Ok(Opened::Ready(subject)) = Subject::open(&keys, &policy, &alice, None, moment) else {
            panic!("nothing is stored")
        };
        let due = |kinds: &[FactorKind]| {
            let due = subject.still_due(Purpose::Recover, FactorSet::of(kinds));
            due.map(|(reason, _)| reason)
        };
        assert_eq!(due(&[FactorKind::App]), Some(Reason::AnotherDue));
        assert_eq!(due(&[FactorKind::App, FactorKind::Pin]), Some(Reason::AnotherDue));
        assert_eq!(due(&[FactorKind::App, FactorKind::Phone]), None);
    }
}
