//! Transactions: load, open, decide, swap, settle.

use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::{Error, Verifier, notices::InSwap};
use crate::{
    denial::Denial,
    host::Occurrence,
    id::SubjectId,
    moment::Moment,
    record::Record,
    sign_in::Next,
    subject::{
        BudgetCharge, Conversion, Decision, Notice, Opened, Recognition, Reservation, RolledBack,
        RootSentinel, Settled, Subject, Transition,
    },
    wiped::Wiped,
};

impl Verifier {
    /// Decides on a subject, and again after each conflict with another writer.
    ///
    /// `decision` runs once for each attempt, on the current record and with fresh randomness.
    pub(super) async fn decide<T: Send>(
        &self,
        subject: &SubjectId,
        decision: impl Fn(Subject<'_>) -> Decision<T> + Send + Sync,
    ) -> Result<T, Error> {
        for _ in 0..MAX_ATTEMPTS {
            let decided = decision(self.open(subject).await?)?;
            if let Some(outcome) = self.commit(subject, decided).await? {
                return Ok(outcome);
            }
        }
        Err(Error::Busy)
    }

    /// Decides on the next step of a sign-in, like [`decide`](Self::decide).
    ///
    /// A decision that changes nothing is not written, unless the policy requires it.
    pub(super) async fn recognize(&self, subject: &SubjectId) -> Result<Next, Error> {
        for _ in 0..MAX_ATTEMPTS {
            match self.open(subject).await?.recognize()? {
                Recognition::Unchanged(next) => return Ok(next),
                Recognition::Changed(decided) => {
                    if let Some(next) = self.commit(subject, decided).await? {
                        return Ok(next);
                    }
                }
            }
        }
        Err(Error::Busy)
    }

    /// Settles a decision and delivers its notices. Returns `None` after a conflict.
    pub(super) async fn commit<T: Send>(
        &self,
        subject: &SubjectId,
        decided: Transition<T>,
    ) -> Result<Option<T>, Error> {
        let Some(committed) = self.settle(decided).await? else { return Ok(None) };
        if let Some(conversion) = committed.conversion {
            self.record_conversion(conversion).await;
        }
        if let Some(record) = committed.record {
            self.deliver_kept(subject, record, &committed.taken, committed.notices).await;
        }
        Ok(Some(committed.outcome?))
    }

    /// Opens a subject for a decision, and repairs a clock fault in its record first.
    pub(super) async fn open(&self, subject: &SubjectId) -> Result<Subject<'_>, Error> {
        self.open_any(subject).await?.map_err(|_| Error::RolledBack)
    }

    /// Invalidates state that a restored backup may have rolled back.
    ///
    /// Unlike [`decide`](Self::decide), this method also accepts a record that the store rolled
    /// back.
    pub(super) async fn after_restore(&self, subject: &SubjectId) -> Result<(), Error> {
        for _ in 0..MAX_ATTEMPTS {
            let decided = match self.open_any(subject).await? {
                Ok(subject) => subject.after_restore(),
                Err(rolled_back) => rolled_back.after_restore(),
            };
            if let Some(outcome) = self.commit(subject, decided).await? {
                return Ok(outcome);
            }
        }
        Err(Error::Busy)
    }

    /// Opens a subject like [`open`](Self::open), or returns a rolled-back record.
    ///
    /// The inner error is a record whose later versions the store lost.
    async fn open_any(
        &self,
        subject: &SubjectId,
    ) -> Result<Result<Subject<'_>, RolledBack<'_>>, Error> {
        let (keys, policy) = (&self.shared.keys, self.current_policy()?);
        let record_id = keys.subject_record(subject);
        for _ in 0..MAX_REPAIRS {
            let record = self.shared.storage.load(&record_id).await?;
            if record.is_none() {
                self.check_root().await?;
            }
            let place = (subject, record_id);
            match Subject::open_at(keys, policy, place, record.as_ref(), self.moment()?)? {
                Opened::Ready(ready) => {
                    let ready = match &self.client {
                        Some(client) => ready.for_client(client),
                        None => ready,
                    };
                    return Ok(Ok(match &self.first_factor {
                        Some(first) => ready.after(first),
                        None => ready,
                    }));
                }
                Opened::RolledBack(rolled_back) => return Ok(Err(rolled_back)),
                Opened::NeedsRepair(repair) => drop(self.settle(repair).await?),
            }
        }
        Err(Error::Busy)
    }

    /// Returns an error if the store was initialized with other keys.
    ///
    /// With other keys, the ids of the records differ. The result is whether the sentinel is sealed
    /// with the newest generation. This method reads the store until it is, and then never again
    /// for this verifier.
    pub(super) async fn check_root(&self) -> Result<bool, Error> {
        if self.shared.has_checked_root.load(Ordering::Relaxed) {
            return Ok(true);
        }
        for _ in 0..MAX_REPAIRS {
            let record = self.shared.storage.load(&RootSentinel::record_id()).await?;
            let is_newest = match RootSentinel::check(&self.shared.keys, record.as_ref()) {
                Err(_) => return Err(Error::WrongRoot),
                Ok(true) => true,
                Ok(false) => {
                    let keys = &self.shared.keys;
                    let written = RootSentinel::write(keys, record.as_ref(), self.moment()?);
                    match self.settle(written).await {
                        // An earlier generation sealed it, which suffices for a sign-in. The next
                        // check tries again.
                        Err(_) if record.is_some() => return Ok(false),
                        written => written?.is_some(),
                    }
                }
            };
            if is_newest {
                self.shared.has_checked_root.store(true, Ordering::Relaxed);
                return Ok(true);
            }
        }
        Err(Error::Busy)
    }

    /// Checks all budgets of a send, and then charges each of them.
    ///
    /// A refusal therefore charges no budget, unless another send exhausted one after the check.
    pub(super) async fn reserve(&self, mut reservation: Reservation) -> Result<Reservation, Error> {
        let (keys, policy) = (&self.shared.keys, self.current_policy()?);
        let charges: Vec<BudgetCharge> = reservation.charges().collect();
        let mut records = Vec::with_capacity(charges.len());
        for charge in &charges {
            let record = self.shared.storage.load(charge.record_id()).await?;
            charge.check(keys, policy, record.as_ref(), self.shared.clock.now()?)??;
            records.push(record);
        }
        for record in records {
            let Some(charge) = reservation.next() else { break };
            reservation = self.charge(&charge, record).await?;
        }
        Ok(reservation)
    }

    /// Charges one budget, whose record was just loaded.
    async fn charge(
        &self,
        charge: &BudgetCharge,
        mut record: Option<Record>,
    ) -> Result<Reservation, Error> {
        let (keys, policy) = (&self.shared.keys, self.current_policy()?);
        for _ in 0..MAX_ATTEMPTS {
            let charged = charge.apply(keys, policy, record.as_ref(), self.moment()?)??;
            if let Some(committed) = self.settle(charged).await? {
                return Ok(committed.outcome?);
            }
            record = self.shared.storage.load(charge.record_id()).await?;
        }
        Err(Error::Busy)
    }

    /// Records, on a best-effort basis, that a sent code was converted.
    ///
    /// A conversion that is not recorded only lowers the send budget of the phone prefix.
    async fn record_conversion(&self, conversion: Conversion) {
        for _ in 0..MAX_REPAIRS {
            let (Ok(record), Ok(moment)) =
                (self.shared.storage.load(conversion.record_id()).await, self.moment())
            else {
                return;
            };
            let Ok(Some(recorded)) = conversion.record(&self.shared.keys, record.as_ref(), moment)
            else {
                return;
            };
            match self.settle(recorded).await {
                Ok(None) => {}
                Ok(Some(_)) | Err(_) => return,
            }
        }
    }

    /// Writes a decision and reports its events. Returns `None` after a conflict.
    pub(super) async fn settle<T: Send>(
        &self,
        decided: Transition<T>,
    ) -> Result<Option<Committed<T>>, Error> {
        let in_swap = InSwap::new(self, decided);
        let Some(decided) = in_swap.decided() else { return Ok(None) };
        let (id, expected, record) = (*decided.record_id(), decided.expected(), decided.record());
        let swap = self.shared.storage.compare_and_swap(&id, expected, record).await?;
        let Some(decided) = in_swap.answered() else { return Ok(None) };
        let record = decided.needs_acknowledgement().then(|| decided.record().clone());
        match decided.settle(swap) {
            Settled::Conflict => Ok(None),
            Settled::BrokenStore => Err(Error::BrokenStorage),
            Settled::Done { outcome, mut occurrences, notices, conversion } => {
                // Before anything is awaited, since the caller may hang up.
                occurrences.retain(|occurrence| self.report(occurrence) && occurrence.is_kept);
                Ok(Some(Committed { outcome, record, taken: occurrences, notices, conversion }))
            }
        }
    }

    pub(super) fn moment(&self) -> Result<Moment, Error> {
        let now = self.shared.clock.now()?;
        self.shared.spray_detector.advance_to(now);
        #[cfg(feature = "std")]
        self.shared.slow_queue.advance_to(now);
        Ok(Moment::new(now, *self.random_bytes()?))
    }

    /// Returns random bytes, or an error if the source repeats its output.
    pub(super) fn random_bytes<const N: usize>(&self) -> Result<Wiped<[u8; N]>, Error> {
        let mut bytes = Wiped::new([0; N]);
        self.shared.entropy.fill(&mut *bytes)?;
        // A source that returns `Ok` without filling the buffer, or repeats its output, must not
        // generate codes (FAILURES 85). Two random outputs are mistaken for a repetition once in
        // 2^64.
        let first = bytes.first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
        let is_repeated = self.shared.last_random.swap(first, Ordering::Relaxed) == first;
        if is_repeated || bytes.windows(2).all(|pair| pair.first() == pair.last()) {
            return Err(Error::NoEntropy);
        }
        Ok(bytes)
    }
}

/// A decision whose write was committed.
pub(super) struct Committed<T> {
    outcome: Result<T, Denial>,
    /// The written record, if a delivery must be acknowledged.
    record: Option<Record>,
    /// The stored events that the listener has accepted.
    taken: Vec<Occurrence>,
    notices: Vec<Notice>,
    conversion: Option<Conversion>,
}

/// The bound that prevents an endless loop (FAILURES 115).
///
/// Each conflict means that another writer has succeeded.
pub(super) const MAX_ATTEMPTS: usize = 16;
/// The maximum number of reads for one repair.
///
/// One repair suffices, unless another writer came first.
const MAX_REPAIRS: usize = 3;
