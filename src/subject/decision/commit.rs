//! Commit of a decision, by a real write or a decoy.

use alloc::vec::Vec;

use super::{
    effects::Effects,
    notice::Notice,
    subject::Subject,
    transition::{Decision, Transition},
};
use crate::{
    address::Address,
    denial::{Denial, Reason},
    event::Event,
    keys::RecordKind,
    policy::Notices,
    record::Version,
    subject::record::{codec, state::State},
};

impl Subject<'_> {
    /// Writes the state for any outcome, and notifies the user of the events.
    pub(in crate::subject) fn commit<T>(mut self, outcome: Result<T, Denial>) -> Transition<T> {
        self.drop_lost_leases();
        self.state.outbox.drop_stale(self.now());
        self.fill_outbox();
        let addresses = self.addresses();
        self.write(outcome, &addresses)
    }

    /// Commits like [`commit`](Self::commit), without notifying the user.
    pub(in crate::subject) fn commit_silently<T>(
        self,
        outcome: Result<T, Denial>,
    ) -> Transition<T> {
        self.write(outcome, &[])
    }

    /// Changes nothing, at the cost of a write whose swap cannot commit (law 8).
    pub(in crate::subject) fn decoy<T>(mut self, outcome: Result<T, Denial>) -> Transition<T> {
        // A refused code was not converted, even if it is correct.
        self.effects.conversion = None;
        self.seal(Some(Version::NEVER), outcome, &[], Vec::new())
    }

    /// Refuses without counting.
    pub(in crate::subject) fn refuse<T>(self, reason: Reason) -> Decision<T> {
        Ok(self.decoy(Err(Denial::new(reason))))
    }

    /// Removes sent notices from the record.
    ///
    /// Settle this transition after you have passed the notices of
    /// [`Settled::Done`](crate::sans_io::Settled::Done) to the carrier.
    pub fn notified(mut self, notices: &[Notice]) -> Transition<()> {
        if self.context.version.is_none() || self.state.outbox.is_empty() {
            return self.decoy(Ok(()));
        }
        let ids: Vec<[u8; 16]> = notices.iter().map(|notice| *notice.id()).collect();
        self.state.outbox.remove(&ids);
        self.commit(Ok(()))
    }

    fn write<T>(mut self, outcome: Result<T, Denial>, notified: &[Address]) -> Transition<T> {
        self.begin_record();
        self.drop_expired();
        // A factor is enrolled again, so an administrator's reset is complete.
        if self.state.factors.protect() {
            self.state.reset = None;
            self.state.past.was_protected = true;
        }
        if self.context.has_old_seal {
            self.report(Event::KeyRotated);
        }
        // Each part is bounded, so the whole record is bounded too. If a bound should fail, the
        // stored record must stay, because a longer one would never open again.
        if !codec::fits(&self.state) {
            self.state = State::new();
            self.effects = Effects::default();
            return self.decoy(Err(Denial::new(Reason::TooMany)));
        }
        let proven: Vec<&Address> = self.state.factors.notified().collect();
        let pending = self.state.outbox.pending(&proven);
        let notices = pending
            .into_iter()
            .map(|(id, event, address)| Notice::new(id, event, address.clone()))
            .collect();
        let expected = self.context.version;
        self.seal(expected, outcome, notified, notices)
    }

    /// Assigns a new record its name, and its epoch before a decision depends on it.
    pub(in crate::subject) fn begin_record(&mut self) {
        if self.context.version.is_none() && self.state.name.is_empty() {
            self.state.epoch = u64::from_be_bytes(self.moment.bytes());
            self.state.name = self.context.id.as_str().as_bytes().to_vec().into();
        }
    }

    fn seal<T>(
        mut self,
        expected: Option<Version>,
        outcome: Result<T, Denial>,
        notified: &[Address],
        notices: Vec<Notice>,
    ) -> Transition<T> {
        let (keys, id) = (self.context.keys, self.context.record_id);
        let version = codec::next_version(self.context.version, &mut self.moment);
        let place = (RecordKind::Subject, &id);
        let record = codec::seal(keys, place, version, &self.state, None, &mut self.moment);
        let conversion = self.effects.conversion;
        let events = self.effects.into_events(notified);
        Transition::new(id, expected, record, outcome).with_events(events, notices, conversion)
    }

    /// Drops expired state, and reports sign-ins that were abandoned.
    fn drop_expired(&mut self) {
        let now = self.now();
        let abandoned = self.effects.abandoned.drain(..).map(Event::SignInAbandoned);
        self.effects.events.extend(abandoned);
        self.state.partial_proofs.retain(|partial| !partial.lifetime.is_over(now));
        self.state.challenges.retain(|open| !open.sent.is_finished(now));
        self.state.ceremonies.drop_expired(now);
        self.state.support_code.take_if(|code| code.lifetime.is_over(now));
        self.state.registration.drop_finished(now);
    }

    /// Adds notices of the events, which the same write stores.
    fn fill_outbox(&mut self) {
        // An address that is proven later must not be notified of this.
        let has_addresses =
            !self.state.factors.addresses.is_empty() || !self.effects.removed.is_empty();
        if !has_addresses || self.policy().notices() == Notices::LeftToApplication {
            return;
        }
        let now = self.now();
        for event in &self.effects.events {
            if self.effects.is_for_the_user(event) {
                let id = self.moment.bytes();
                self.state.outbox.add(event, &self.effects.removed, id, now);
            }
        }
    }

    /// Returns the proven addresses, and those that this decision removes.
    fn addresses(&self) -> Vec<Address> {
        self.state.factors.notified().chain(&self.effects.removed).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::SubjectId,
        keys::{Keys, MAX_BODY},
        moment::Moment,
        policy::Policy,
        record::Swap,
        subject::{
            Opened, Settled,
            record::{
                addresses::{ProvenAddress, RestsOn},
                factor_times::FactorTimes,
                limiter::Limiter,
            },
        },
        time::UnixTime,
    };

    #[test]
    fn state_that_would_not_open_again_is_not_written() {
        let keys = Keys::new(core::array::from_fn(|i| i as u8));
        let (policy, alice) = (Policy::default(), SubjectId::new("a").unwrap());
        // More addresses than a subject can have.
        let written = |addresses: usize| {
            let moment = Moment::new(UnixTime::from_secs(1_800_000_000), [1; 32]);
            let opened = Subject::open(&keys, &policy, &alice, None, moment);
            let Ok(Opened::Ready(mut subject)) = opened else { panic!("nothing is stored") };
            subject.state.factors.addresses.extend((0..addresses).map(|_| ProvenAddress {
                id: [0; 16].into(),
                address: Address::phone("+14155550100").unwrap(),
                limiter: Limiter::new(),
                is_factor: true,
                times: FactorTimes::new(UnixTime::from_secs(0)),
                takes_whatsapp: false,
                rests_on: RestsOn::Word,
            }));
            subject.effects.events.push(Event::DeviceAdded);
            subject.create()
        };
        let most = (0..2000).rev().find(|count| written(*count).expected().is_none()).unwrap();
        let longest = written(most);
        assert!(longest.record().bytes().len() > MAX_BODY - 100);
        let place = (RecordKind::Subject, longest.record_id());
        assert!(codec::open::<State>(&keys, place, longest.record()).is_ok());
        let settled = written(most + 1).settle(Swap::Conflict);
        let Settled::Done { outcome, events, notices, conversion } = settled else {
            panic!("it is refused")
        };
        assert_eq!(outcome.unwrap_err().reason(), Reason::TooMany);
        assert!(events.is_empty() && notices.is_empty() && conversion.is_none());
    }

    #[test]
    fn refused_code_is_no_conversion() {
        let keys = Keys::new(core::array::from_fn(|i| i as u8));
        let (policy, alice) = (Policy::default(), SubjectId::new("alice").unwrap());
        let is_noted = |is_refused: bool| {
            let moment = Moment::new(UnixTime::from_secs(1_800_000_000), [1; 32]);
            let opened = Subject::open(&keys, &policy, &alice, None, moment);
            let Ok(Opened::Ready(mut subject)) = opened else { panic!("nothing is stored") };
            subject.note_conversion(&Address::phone("+14155550100").unwrap());
            let settled = if is_refused {
                subject.refuse::<()>(Reason::Disabled).unwrap().settle(Swap::Conflict)
            } else {
                subject.commit(Ok(())).settle(Swap::Commit)
            };
            let Settled::Done { conversion, .. } = settled else { panic!("it is settled") };
            conversion.is_some()
        };
        assert!(is_noted(false));
        assert!(!is_noted(true));
    }
}
