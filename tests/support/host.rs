//! Application that drives the sans-I/O core by hand.

use core::cell::{Cell, RefCell};

use second_factor::{
    Denial, FirstFactor, Keys, MemoryStorage, Policy, Proof, Reason, SubjectId, UnixTime, Verified,
    block_on,
    host::Event,
    purpose::Operation,
    sans_io::{Checked, Decision, Moment, Notice, Opened, Settled, SlowResult, Subject},
    storage::{Storage as _, Swap},
};

use super::{
    ROOT,
    slow::{Alice, cheap},
};

/// An application that drives the core by hand, over the store of `alice`.
pub struct Host {
    keys: Keys,
    policy: Policy,
    store: MemoryStorage,
    drawn: Cell<u8>,
    pub events: RefCell<Vec<Event>>,
    /// The notices that the last decision would send to the user.
    pub notices: RefCell<Vec<Notice>>,
}

impl Host {
    pub fn of(alice: &Alice) -> Self {
        let (keys, policy, store) = (Keys::new(ROOT), cheap(), alice.world.store.clone());
        Self {
            keys,
            policy,
            store,
            drawn: Cell::new(1),
            events: RefCell::default(),
            notices: RefCell::default(),
        }
    }

    pub fn decide<T>(
        &self,
        id: &SubjectId,
        now: UnixTime,
        decision: impl FnOnce(Subject<'_>) -> Decision<T>,
    ) -> Result<T, Denial> {
        self.drawn.set(self.drawn.get() + 1);
        let record_id = self.keys.subject_record(id);
        let Ok(record) = block_on(self.store.load(&record_id));
        let moment = Moment::new(now, [self.drawn.get(); 32]);
        let opened = Subject::open(&self.keys, &self.policy, id, record.as_ref(), moment);
        let Ok(Opened::Ready(subject)) = opened else { panic!("the record needs repair") };
        let decided = decision(subject.after(&FirstFactor::Password))?;
        let swap = self.store.compare_and_swap(&record_id, decided.expected(), decided.record());
        let Ok(swap) = block_on(swap);
        let Settled::Done { outcome, occurrences, notices, .. } = decided.settle(swap) else {
            panic!("a conflict without another writer")
        };
        self.events.borrow_mut().extend(occurrences.iter().map(|one| one.event().clone()));
        *self.notices.borrow_mut() = notices;
        if outcome.is_ok() {
            assert_eq!(swap, Swap::Commit, "an outcome requires a commit");
        }
        outcome
    }

    /// The size of the record in bytes.
    pub fn size(&self, id: &SubjectId) -> usize {
        let Ok(record) = block_on(self.store.load(&self.keys.subject_record(id)));
        record.map_or(0, |record| record.bytes().len())
    }

    /// Begins an attempt and runs its slow check.
    pub fn work(&self, id: &SubjectId, now: UnixTime, proof: &Proof) -> SlowResult {
        match self.decide(id, now, |subject| subject.verify(Operation::SignIn, proof)) {
            Ok(Checked::SlowCheck(work)) => work.run(),
            other => panic!("{other:?}"),
        }
    }

    pub fn conclude(
        &self,
        id: &SubjectId,
        now: UnixTime,
        result: &SlowResult,
    ) -> Result<Verified, Reason> {
        match self.decide(id, now, |subject| subject.conclude(result)) {
            Ok(Checked::Proven(proven)) => Ok(proven.verified().expect("it was for signing in")),
            Ok(other) => panic!("{other:?}"),
            Err(denial) => Err(denial.reason()),
        }
    }
}
