//! The loop of the crate: load, open, decide, swap, settle; again on conflict.

use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::{Error, Verifier};
use crate::{
    Address, SubjectId,
    delivery::Undelivered,
    host::Event,
    subject::{
        Budget, Decision, Due, Entered, Moment, Notice, Opened, Reserved, Root, SendPlan, Settled,
        Subject, Transition, Unreadable,
    },
    verdict::Denial,
    wiped::Wiped,
};

impl Verifier {
    /// Decides about a subject, again whenever another writer came first.
    ///
    /// `decision` runs once a turn, each time on the record as it is by then and with fresh
    /// randomness.
    pub(super) async fn decide<T: Send>(
        &self,
        subject: &SubjectId,
        decision: impl Fn(Subject<'_>) -> Decision<T> + Send + Sync,
    ) -> Result<T, Error> {
        for _ in 0..MAX_TURNS {
            let decided = decision(self.ready(subject).await?)?;
            if let Some(answer) = self.settle(Some(subject), decided).await? {
                if let Some(entered) = answer.entered {
                    self.note_entered(entered).await;
                }
                self.tell_the_person(subject, &answer.notices).await;
                return Ok(answer.outcome?);
            }
        }
        Err(Error::Busy)
    }

    /// Tells the person, and then takes what was told out of the record.
    ///
    /// What fails here fails alone: the decision stands, and what was not taken out is told again by
    /// the next one, under the same reference.
    async fn tell_the_person(&self, subject: &SubjectId, notices: &[Notice]) {
        if notices.is_empty() {
            return;
        }
        let record = self.shared.keys.subject_record(subject);
        for notice in notices {
            let message = notice.message(&self.shared.keys, &record, &self.sender);
            match self.shared.delivery.deliver(message).await {
                Ok(_) | Err(Undelivered::Unclear) => {}
                Err(_) => self.tell(subject, &Event::NoticeNotSent, &[]),
            }
        }
        for _ in 0..MAX_TURNS {
            let Ok(ready) = self.ready(subject).await else { return };
            match self.settle(Some(subject), ready.told(notices)).await {
                Ok(None) => {}
                Ok(Some(_)) | Err(_) => return,
            }
        }
    }

    /// The subject, ready to be decided about: what a wrong clock left is set right first.
    pub(super) async fn ready(&self, subject: &SubjectId) -> Result<Subject<'_>, Error> {
        let (keys, policy) = (&self.shared.keys, &self.shared.policy);
        let record_id = keys.subject_record(subject);
        for _ in 0..MAX_MENDS {
            let record = self.shared.storage.load(&record_id).await?;
            if record.is_none() {
                self.know_root().await?;
            }
            match Subject::open(keys, policy, subject, record.as_ref(), self.moment()?)? {
                Opened::Ready(ready) => {
                    return Ok(match &self.client {
                        Some(client) => ready.for_client(client),
                        None => ready,
                    });
                }
                Opened::Faulty(mending) => drop(self.settle(Some(subject), mending).await?),
            }
        }
        Err(Error::Busy)
    }

    /// Makes sure that a record that was not found is missing, and not only named by another root.
    ///
    /// Asked once in the life of a verifier.
    async fn know_root(&self) -> Result<(), Error> {
        if self.shared.knows_root.load(Ordering::Relaxed) {
            return Ok(());
        }
        for _ in 0..MAX_MENDS {
            let record = self.shared.storage.load(&Root::record_id()).await?;
            let is_known = match Root::check(&self.shared.keys, record.as_ref()) {
                Err(Unreadable) => return Err(Error::WrongRoot),
                Ok(true) => true,
                Ok(false) => {
                    let beginning = Root::begin(&self.shared.keys, self.moment()?);
                    self.settle(None, beginning).await?.is_some()
                }
            };
            if is_known {
                self.shared.knows_root.store(true, Ordering::Relaxed);
                return Ok(());
            }
        }
        Err(Error::Busy)
    }

    /// Takes a send out of its budgets.
    pub(super) async fn reserve(&self, plan: SendPlan) -> Result<Reserved, Error> {
        let mut reserved = Reserved::begin(plan, *self.draw()?);
        while let Some(due) = reserved.due() {
            reserved = self.take(&due).await?;
        }
        Ok(reserved)
    }

    async fn take(&self, due: &Due) -> Result<Reserved, Error> {
        let (keys, policy) = (&self.shared.keys, &self.shared.policy);
        for _ in 0..MAX_TURNS {
            let record = self.shared.storage.load(due.record_id()).await?;
            let budget = Budget::open(keys, policy, due.clone(), record.as_ref(), self.moment()?)?;
            if let Some(answer) = self.settle(None, budget.reserve()?).await? {
                return Ok(answer.outcome?);
            }
        }
        Err(Error::Busy)
    }

    /// Notes that a code was entered, best effort: what stays unnoted leaves less room for numbers that
    /// begin alike, and nothing else.
    async fn note_entered(&self, entered: Entered) {
        for _ in 0..MAX_MENDS {
            let (Ok(record), Ok(moment)) =
                (self.shared.storage.load(entered.record_id()).await, self.moment())
            else {
                return;
            };
            let Ok(Some(note)) = entered.note(&self.shared.keys, record.as_ref(), moment) else {
                return;
            };
            match self.settle(None, note).await {
                Ok(None) => {}
                Ok(Some(_)) | Err(_) => return,
            }
        }
    }

    /// Writes a decision and gives its answer; `None`: decide again.
    async fn settle<T: Send>(
        &self,
        subject: Option<&SubjectId>,
        decided: Transition<T>,
    ) -> Result<Option<Answer<T>>, Error> {
        let id = *decided.record_id();
        let (expected, record) = (decided.expected(), decided.record());
        let swap = self.shared.storage.compare_and_swap(&id, expected, record).await?;
        match decided.settle(swap) {
            Settled::Again => Ok(None),
            Settled::Broken => Err(Error::BrokenStorage),
            Settled::Done { outcome, events, notices, entered } => {
                if let Some(subject) = subject {
                    for (event, addresses) in &events {
                        self.tell(subject, event, addresses);
                    }
                }
                Ok(Some(Answer { outcome, notices, entered }))
            }
        }
    }

    pub(super) fn moment(&self) -> Result<Moment, Error> {
        let now = self.shared.clock.now()?;
        self.shared.spray.is(now);
        Ok(Moment::new(now, *self.draw()?))
    }

    /// Bytes that nobody can guess.
    pub(super) fn draw<const N: usize>(&self) -> Result<Wiped<[u8; N]>, Error> {
        let mut bytes = Wiped::new([0; N]);
        self.shared.entropy.fill(&mut *bytes)?;
        // A source that answers `Ok` and fills nothing, or gives again what it gave, must not make codes
        // (FAILURES 85). Of two draws that are random, one in 2^64 is taken for such.
        let first = bytes.first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
        let is_again = self.shared.last_draw.swap(first, Ordering::Relaxed) == first;
        if is_again || bytes.windows(2).all(|pair| pair.first() == pair.last()) {
            return Err(Error::NoEntropy);
        }
        Ok(bytes)
    }

    pub(super) fn tell(&self, subject: &SubjectId, event: &Event, addresses: &[Address]) {
        let Some(listener) = &self.shared.listener else { return };
        listener.on_event(subject, event, addresses);
        if self.shared.spray.sees(event) {
            listener.on_event(subject, &Event::Spraying, &[]);
        }
    }
}

/// What a settled decision answers.
struct Answer<T> {
    outcome: Result<T, Denial>,
    notices: Vec<Notice>,
    entered: Option<Entered>,
}

/// FAILURES 115: a bound, so that nobody spins; each lost turn means that somebody else won one.
const MAX_TURNS: usize = 16;
/// What is mended once is right: another writer may have come first, and no more.
const MAX_MENDS: usize = 3;
