//! The loop of the crate: load, open, decide, swap, settle; again on conflict.

use super::{Error, Verifier};
use crate::{
    SubjectId,
    id::RecordId,
    storage::Record,
    subject::{
        Budget, Decision, Moment, Reserved, SendPlan, SendRequest, Settled, Subject, Transition,
        Unreadable,
    },
};

impl Verifier {
    /// Decides about a subject, again whenever another writer came first.
    ///
    /// `decision` runs once a turn, each time on the record as it is by then and with fresh
    /// randomness.
    pub(super) async fn decide<T: Send>(
        &self,
        subject: &SubjectId,
        decision: impl Fn(Subject<'_>, Moment) -> Decision<T> + Send + Sync,
    ) -> Result<T, Error> {
        let record_id = self.shared.keys.subject_record(subject);
        for _ in 0..MAX_TURNS {
            let record = self.shared.storage.load(&record_id).await?;
            let opened = self.subject(subject, record.as_ref())?;
            let decided = match opened.mend(self.moment()?) {
                // A clock was wrong: set the record right first, then look again.
                Ok(mending) => {
                    self.settle(Some(subject), mending).await?;
                    continue;
                }
                Err(opened) => decision(opened, self.moment()?)?,
            };
            if let Some(answer) = self.settle(Some(subject), decided).await? {
                return answer;
            }
        }
        Err(Error::Busy)
    }

    /// Reserves a send in the budget of an address.
    pub(super) async fn reserve(&self, plan: &SendPlan, send: [u8; 16]) -> Result<Reserved, Error> {
        for _ in 0..MAX_TURNS {
            let record = self.shared.storage.load(plan.budget()).await?;
            let (keys, policy) = (&self.shared.keys, &self.shared.policy);
            let budget = Budget::open(keys, policy, plan, record.as_ref())?;
            let decided = budget.reserve(plan, send, self.moment()?)?;
            if let Some(answer) = self.settle(None, decided).await? {
                return answer;
            }
        }
        Err(Error::Busy)
    }

    /// Looks whether a send is allowed. Writes nothing.
    pub(super) async fn plan(
        &self,
        subject: &SubjectId,
        request: &SendRequest<'_>,
    ) -> Result<SendPlan, Error> {
        let now = self.shared.clock.now()?;
        let record_id = self.shared.keys.subject_record(subject);
        let record = self.shared.storage.load(&record_id).await?;
        Ok(self.subject(subject, record.as_ref())?.plan(request, now)?)
    }

    pub(super) fn subject(
        &self,
        subject: &SubjectId,
        record: Option<&Record>,
    ) -> Result<Subject<'_>, Unreadable> {
        let (keys, policy) = (&self.shared.keys, &self.shared.policy);
        let opened = Subject::open(keys, policy, subject, record)?;
        Ok(match &self.client {
            Some(client) => opened.for_client(client),
            None => opened,
        })
    }

    /// Writes a decision and gives its answer; `None`: decide again.
    async fn settle<T: Send>(
        &self,
        subject: Option<&SubjectId>,
        decided: Transition<T>,
    ) -> Result<Option<Result<T, Error>>, Error> {
        let id: RecordId = *decided.record_id();
        let (expected, record) = (decided.expected(), decided.record());
        let swap = self.shared.storage.compare_and_swap(&id, expected, record).await?;
        match decided.settle(swap) {
            Settled::Again => Ok(None),
            Settled::Done { outcome, events } => {
                if let Some(subject) = subject {
                    self.tell(subject, &events);
                }
                Ok(Some(outcome.map_err(Error::from)))
            }
        }
    }
}

/// FAILURES 115: a bound, so that nobody spins; each lost turn means that somebody else won one.
const MAX_TURNS: usize = 16;
