//! The loop of the crate: load, open, decide, swap, settle; again on conflict.

use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::{Error, Verifier};
use crate::{
    Address, SubjectId,
    delivery::Undelivered,
    host::Event,
    moment::Moment,
    subject::{
        BudgetCharge, Conversion, Decision, Notice, Opened, Reservation, RootSentinel, Settled,
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
        for _ in 0..MAX_ATTEMPTS {
            let decided = decision(self.ready(subject).await?)?;
            if let Some(answer) = self.settle(Some(subject), decided).await? {
                if let Some(conversion) = answer.conversion {
                    self.record_conversion(conversion).await;
                }
                self.deliver_notices(subject, &answer.notices).await;
                return Ok(answer.outcome?);
            }
        }
        Err(Error::Busy)
    }

    /// Tells the person, and then takes what was told out of the record.
    ///
    /// What fails here fails alone: the decision stands, and what was not taken out is told again by
    /// the next one, under the same reference.
    async fn deliver_notices(&self, subject: &SubjectId, notices: &[Notice]) {
        if notices.is_empty() {
            return;
        }
        let record = self.shared.keys.subject_record(subject);
        for notice in notices {
            let message = notice.message(&self.shared.keys, &record, &self.sender);
            match self.shared.delivery.deliver(message).await {
                Ok(_) | Err(Undelivered::Unknown) => {}
                Err(_) => self.tell(subject, &Event::NoticeNotSent, &[]),
            }
        }
        for _ in 0..MAX_ATTEMPTS {
            let Ok(ready) = self.ready(subject).await else { return };
            match self.settle(Some(subject), ready.notified(notices)).await {
                Ok(None) => {}
                Ok(Some(_)) | Err(_) => return,
            }
        }
    }

    /// The subject, ready to be decided about: what a wrong clock left is set right first.
    pub(super) async fn ready(&self, subject: &SubjectId) -> Result<Subject<'_>, Error> {
        let (keys, policy) = (&self.shared.keys, &self.shared.policy);
        let record_id = keys.subject_record(subject);
        for _ in 0..MAX_REPAIRS {
            let record = self.shared.storage.load(&record_id).await?;
            if record.is_none() {
                self.check_root().await?;
            }
            match Subject::open(keys, policy, subject, record.as_ref(), self.moment()?)? {
                Opened::Ready(ready) => {
                    return Ok(match &self.client {
                        Some(client) => ready.for_client(client),
                        None => ready,
                    });
                }
                Opened::NeedsRepair(mending) => drop(self.settle(Some(subject), mending).await?),
            }
        }
        Err(Error::Busy)
    }

    /// Makes sure that a record that was not found is missing, and not only named by another root.
    ///
    /// Asked once in the life of a verifier.
    async fn check_root(&self) -> Result<(), Error> {
        if self.shared.has_checked_root.load(Ordering::Relaxed) {
            return Ok(());
        }
        for _ in 0..MAX_REPAIRS {
            let record = self.shared.storage.load(&RootSentinel::record_id()).await?;
            let is_known = match RootSentinel::check(&self.shared.keys, record.as_ref()) {
                Err(Unreadable) => return Err(Error::WrongRoot),
                Ok(true) => true,
                Ok(false) => {
                    let beginning = RootSentinel::begin(&self.shared.keys, self.moment()?);
                    self.settle(None, beginning).await?.is_some()
                }
            };
            if is_known {
                self.shared.has_checked_root.store(true, Ordering::Relaxed);
                return Ok(());
            }
        }
        Err(Error::Busy)
    }

    /// Takes a send out of its budgets.
    pub(super) async fn reserve(&self, mut reservation: Reservation) -> Result<Reservation, Error> {
        while let Some(charge) = reservation.next() {
            reservation = self.charge(&charge).await?;
        }
        Ok(reservation)
    }

    async fn charge(&self, charge: &BudgetCharge) -> Result<Reservation, Error> {
        let (keys, policy) = (&self.shared.keys, &self.shared.policy);
        for _ in 0..MAX_ATTEMPTS {
            let record = self.shared.storage.load(charge.record_id()).await?;
            let charged = charge.apply(keys, policy, record.as_ref(), self.moment()?)??;
            if let Some(answer) = self.settle(None, charged).await? {
                return Ok(answer.outcome?);
            }
        }
        Err(Error::Busy)
    }

    /// Notes that a code was entered, best effort: what stays unnoted leaves less room for numbers that
    /// begin alike, and nothing else.
    async fn record_conversion(&self, conversion: Conversion) {
        for _ in 0..MAX_REPAIRS {
            let (Ok(record), Ok(moment)) =
                (self.shared.storage.load(conversion.record_id()).await, self.moment())
            else {
                return;
            };
            let Ok(Some(note)) = conversion.record(&self.shared.keys, record.as_ref(), moment)
            else {
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
            Settled::Conflict => Ok(None),
            Settled::BrokenStore => Err(Error::BrokenStorage),
            Settled::Done { outcome, events, notices, conversion } => {
                if let Some(subject) = subject {
                    for (event, addresses) in &events {
                        self.tell(subject, event, addresses);
                    }
                }
                Ok(Some(Answer { outcome, notices, conversion }))
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
    conversion: Option<Conversion>,
}

/// FAILURES 115: a bound, so that nobody spins; each lost turn means that somebody else won one.
const MAX_ATTEMPTS: usize = 16;
/// What is mended once is right: another writer may have come first, and no more.
const MAX_REPAIRS: usize = 3;
