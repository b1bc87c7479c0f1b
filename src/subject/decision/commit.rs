//! Commit of a decision, by a real write or a decoy.

use super::{
    notice::{Notice, Report},
    report::{self, Leases},
    subject::Subject,
    transition::{Decision, Transition},
};
use crate::{
    denial::{Denial, Reason},
    event::{Event, Occurrence},
    keys::RecordKind,
    policy::Absent,
    record::Version,
    subject::record::{
        codec::{self, Stored as _},
        state::State,
    },
    time::UnixTime,
};

impl Subject<'_> {
    /// Writes the state for any outcome, and notifies the user of the events.
    pub(in crate::subject) fn commit<T>(mut self, outcome: Result<T, Denial>) -> Transition<T> {
        self.drop_lost_leases();
        self.write(outcome, Leases::Taken)
    }

    /// Commits like [`commit`](Self::commit), without notifying the user.
    pub(in crate::subject) fn commit_silently<T>(
        mut self,
        outcome: Result<T, Denial>,
    ) -> Transition<T> {
        self.effects.is_silent = true;
        self.commit(outcome)
    }

    /// Writes a repair. It delivers nothing, because the decision after it does.
    pub(in crate::subject) fn commit_repair(mut self) -> Transition<()> {
        self.drop_lost_leases();
        self.write(Ok(()), Leases::Left)
    }

    /// Changes nothing, at the cost of a write whose swap cannot commit (law 8).
    pub(in crate::subject) fn decoy<T>(mut self, outcome: Result<T, Denial>) -> Transition<T> {
        // A refused code was not converted, even if it is correct.
        self.effects.conversion = None;
        let report = report::passing(&mut self, outcome.as_ref().err());
        self.seal(Some(Version::NEVER), outcome, report)
    }

    /// Refuses without counting.
    pub(in crate::subject) fn refuse<T>(self, reason: Reason) -> Decision<T> {
        Ok(self.decoy(Err(Denial::new(reason))))
    }

    /// Records what was delivered: occurrences that the listener has taken, and notices.
    ///
    /// Open the record that you have just written, without loading it. Settle this transition after
    /// you have delivered what [`Settled::Done`](crate::sans_io::Settled::Done) contained. After a
    /// conflict, load the record. If you stop after a conflict, later decisions return the
    /// remaining items again.
    pub fn acknowledge(mut self, taken: &[Occurrence], notices: &[Notice]) -> Transition<()> {
        if !report::acknowledge(&mut self, taken, notices) {
            return self.decoy(Ok(()));
        }
        self.write(Ok(()), Leases::Left)
    }

    /// Takes the lease of the events and notices that wait to be delivered.
    ///
    /// # Errors
    ///
    /// If nothing is due, returns the time at which to try again, or `None` if nothing waits. There
    /// is then nothing to write.
    pub fn deliver_pending(self) -> Result<Transition<()>, Option<UnixTime>> {
        let now = self.now();
        match self.state.outbox.due_at(now) {
            Some(at) if at <= now => Ok(self.commit(Ok(()))),
            later => Err(later),
        }
    }

    fn write<T>(mut self, outcome: Result<T, Denial>, leases: Leases) -> Transition<T> {
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
        let report = report::keep(&mut self, outcome.as_ref().err(), leases);
        if !self.context.keys.may_write(self.state.format()) {
            return self.refuse_unwritten(Reason::NotAllowed);
        }
        // Each part is bounded, so the whole is too. If a bound should fail, the stored record must
        // stay: a longer one would never open again.
        if !codec::fits(&*self.state) {
            return self.refuse_unwritten(Reason::TooMany);
        }
        let expected = self.context.version;
        self.seal(expected, outcome, report)
    }

    /// Refuses a decision whose state must not be written, and drops its reports.
    fn refuse_unwritten<T>(mut self, reason: Reason) -> Transition<T> {
        *self.state = State::new();
        self.effects = Default::default();
        self.decoy(Err(Denial::new(reason)))
    }

    /// Stores the id of the subject in a new record.
    fn begin_record(&mut self) {
        if self.context.version.is_none() {
            self.state.name = self.context.id.as_str().as_bytes().to_vec().into();
        }
    }

    fn seal<T>(
        mut self,
        expected: Option<Version>,
        outcome: Result<T, Denial>,
        report: Report,
    ) -> Transition<T> {
        let (keys, id) = (self.context.keys, self.context.record_id);
        let (place, current) = ((RecordKind::Subject, &id), self.context.latest);
        // A missing record must not come to mean that the subject is refused.
        let forget_after = match self.policy().absent() {
            Absent::Refuse => None,
            Absent::Unprotected => self.state.forget_after(self.now()),
        };
        let record =
            codec::seal(keys, place, current, &*self.state, forget_after, &mut self.moment);
        let conversion = self.effects.conversion;
        Transition::new(id, expected, record, outcome).with_report(report, conversion)
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        address::Address,
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
                limiter::LaneLimiters,
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
                limiters: LaneLimiters::new(),
                is_factor: true,
                times: FactorTimes::new(UnixTime::from_secs(0)),
                takes_whatsapp: false,
                rests_on: RestsOn::HostAssertion,
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
        let Settled::Done { outcome, occurrences, notices, conversion } = settled else {
            panic!("it is refused")
        };
        assert_eq!(outcome.unwrap_err().reason(), Reason::TooMany);
        assert!(occurrences.is_empty() && notices.is_empty() && conversion.is_none());
    }

    #[test]
    fn finding_s12_format_that_is_not_permitted_is_not_written() {
        let mut keys = Keys::new(core::array::from_fn(|i| i as u8));
        let (policy, alice) = (Policy::default(), SubjectId::new("a").unwrap());
        let mut decided = |up_to| {
            keys.write_up_to(up_to);
            let moment = Moment::new(UnixTime::from_secs(1_800_000_000), [1; 32]);
            let Ok(Opened::Ready(subject)) = Subject::open(&keys, &policy, &alice, None, moment)
            else {
                panic!("nothing is stored")
            };
            let created = subject.create();
            let expected = created.expected();
            let Settled::Done { outcome, .. } = created.settle(Swap::Conflict) else {
                return (expected, None);
            };
            (expected, outcome.err().map(|denial| denial.reason()))
        };
        assert_eq!(decided(0), (Some(Version::NEVER), Some(Reason::NotAllowed)));
        assert_eq!(decided(1), (None, None), "it waits for its swap");
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
