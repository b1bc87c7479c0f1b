//! What every decision ends in: a write, or the looks of one.

use super::{Decision, Subject, Transition, codec, state::State};
use crate::{
    event::Event,
    keys::RecordKind,
    record::Version,
    verdict::{Denial, Reason},
};

impl Subject<'_> {
    /// A decision that is written, whatever its answer is.
    pub(super) fn commit<T>(mut self, outcome: Result<T, Denial>) -> Transition<T> {
        self.drop_lost_lease();
        self.state.outbox.drop_stale(self.now());
        self.fill_outbox();
        self.told_at = self.addresses();
        self.commit_untold(outcome)
    }

    /// As [`commit`](Self::commit), where the person is to be told nothing of it.
    pub(super) fn commit_untold<T>(mut self, outcome: Result<T, Denial>) -> Transition<T> {
        if self.version.is_none() {
            self.state.epoch = u64::from_be_bytes(self.moment.bytes());
            self.state.name = self.id.as_bytes().to_vec().into();
        }
        self.drop_unanswered();
        // Something stands again, however it came: an administrator's reset has served.
        if self.state.factors.protect() {
            self.state.reset = None;
        }
        if self.has_old_seal {
            self.events.push(Event::KeyRotated);
        }
        // Each part has a bound, and so has their sum. Should that be wrong, what stands stays: a record
        // that outgrew its own would never open again.
        if !codec::fits(&self.state) {
            self.state = State::new();
            self.events.clear();
            self.conversion = None;
            return self.decoy(Err(Denial::new(Reason::TooMany)));
        }
        let notices = self.state.outbox.notices(&self.state.factors);
        let expected = self.version;
        self.seal(expected, outcome).with_notices(notices)
    }

    /// A decision that changes nothing and costs the same two calls: its swap cannot commit.
    pub(super) fn decoy<T>(self, outcome: Result<T, Denial>) -> Transition<T> {
        self.seal(Some(Version::NEVER), outcome)
    }

    /// A refusal that is not counted (law 8).
    pub(super) fn refuse<T>(self, reason: Reason) -> Decision<T> {
        Ok(self.decoy(Err(Denial::new(reason))))
    }

    fn seal<T>(mut self, expected: Option<Version>, outcome: Result<T, Denial>) -> Transition<T> {
        let version = codec::next_version(self.version, &mut self.moment);
        let place = (RecordKind::Subject, &self.record_id);
        let record = codec::seal(self.keys, place, version, &self.state, None, &mut self.moment);
        let id = self.record_id;
        let conversion = self.conversion;
        Transition::new(id, expected, record, outcome, self.telling()).with_conversion(conversion)
    }
}
