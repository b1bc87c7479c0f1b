//! Reports to the application, and notices to users.

use alloc::{string::String, vec::Vec};

use super::{Error, Verifier, transaction::MAX_ATTEMPTS};
use crate::{
    delivery::Undelivered,
    host::{Event, Occurrence, SendContext, SendDecision, WhenUnknown},
    id::SubjectId,
    message::Message,
    record::Record,
    subject::{Notice, Opened, Reservation, Subject, Transition},
    time::UnixTime,
};
#[cfg(doc)]
use crate::{host::Listener, policy::Notices};

/// # Notices
impl Verifier {
    /// Delivers pending events to the [`Listener`], and pending notices to the user.
    ///
    /// Every decision about the subject delivers them too. For an inactive subject, no decision is
    /// made, and this crate has no timer. Therefore, call this method from your job queue at the
    /// time in [`Event::NoticeWaits`].
    ///
    /// Returns the time of the next call, or `None` if nothing is pending. If nothing is due, the
    /// method reads the store once. An event or a notice that has been pending for a day is dropped
    /// and [reported](crate::host::Event::NoticeNotSent).
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. Call the method again.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped during a delivery, the items are delivered again after a minute,
    /// with the same ids and references.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, SubjectId, UnixTime, Verifier};
    /// async fn job(verifier: &Verifier, alice: &SubjectId) -> Result<Option<UnixTime>, Error> {
    ///     verifier.deliver_pending(alice).await // run the job again then
    /// }
    /// # let _ = job;
    /// ```
    #[doc(alias = "outbox")]
    #[doc(alias = "retry")]
    pub async fn deliver_pending(&self, subject: &SubjectId) -> Result<Option<UnixTime>, Error> {
        for _ in 0..MAX_ATTEMPTS {
            match self.open(subject).await?.deliver_pending() {
                Ok(due) => drop(self.commit(subject, due).await?),
                Err(later) => return Ok(later),
            }
        }
        Err(Error::Busy)
    }
}

impl Verifier {
    /// Delivers the items that a commit leased, and acknowledges them with one write.
    ///
    /// `record` is the committed record. A failure here does not affect the decision. A later
    /// decision delivers the unacknowledged items again, with the same ids and references.
    pub(super) async fn deliver_kept(
        &self,
        subject: &SubjectId,
        mut record: Record,
        taken: &[Occurrence],
        notices: Vec<Notice>,
    ) {
        let mut finished = Vec::with_capacity(notices.len());
        for notice in notices {
            finished.push(self.deliver_notice(subject, notice).await);
        }
        let (keys, policy) = (&self.shared.keys, self.current_policy());
        let Ok(policy) = policy else { return };
        for _ in 0..MAX_ACKNOWLEDGEMENTS {
            let Ok(moment) = self.moment() else { return };
            let opened = Subject::open(keys, policy, subject, Some(&record), moment);
            let Ok(Opened::Ready(opened)) = opened else { return };
            let acknowledged = opened.acknowledge(taken, &finished);
            match self.settle(acknowledged).await {
                Ok(None) => {}
                Ok(Some(_)) | Err(_) => return,
            }
            // Another writer came first.
            let id = keys.subject_record(subject);
            let Ok(Some(newer)) = self.shared.storage.load(&id).await else { return };
            record = newer;
        }
    }

    /// Sends a notice, unless its budget or the guard refuses it.
    ///
    /// Returns the notice with its outcome.
    async fn deliver_notice(&self, subject: &SubjectId, notice: Notice) -> Notice {
        let reservation = Reservation::of_notice(&self.shared.keys, &notice);
        if let Err(error) = self.reserve(reservation).await {
            let until = error.denial().and_then(|denial| denial.retry_at());
            return self.postpone(subject, notice, until);
        }
        if let Some((guard, unknown)) = &self.shared.guard {
            let context = SendContext {
                subject,
                address: notice.address(),
                purpose: None,
                client: self.client.as_ref(),
            };
            match (guard.advise(&context).await, unknown) {
                (SendDecision::Send, _) | (SendDecision::Unknown, WhenUnknown::Send) => {}
                (SendDecision::Unknown, WhenUnknown::Refuse) => {
                    return self.postpone(subject, notice, None);
                }
                (SendDecision::Refuse | SendDecision::SimSwapped, _) => {
                    return self.give_up(subject, notice);
                }
            }
        }
        let record = self.shared.keys.subject_record(subject);
        let message = notice.message(&self.shared.keys, &record, &self.sender);
        match self.shared.delivery.deliver(message).await {
            Ok(_) | Err(Undelivered::Unknown) => notice,
            Err(Undelivered::Unreachable) => self.give_up(subject, notice),
            // An operator may repair a carrier within the day that the notice waits.
            Err(Undelivered::Misconfigured | Undelivered::Unavailable) => {
                self.postpone(subject, notice, None)
            }
        }
    }

    fn postpone(&self, subject: &SubjectId, notice: Notice, until: Option<UnixTime>) -> Notice {
        let notice = notice.postponed(until);
        if let Some(retry_at) = notice.postponed_until() {
            self.emit(subject, Event::NoticeWaits { retry_at }, &notice.message_id());
        }
        notice
    }

    fn give_up(&self, subject: &SubjectId, notice: Notice) -> Notice {
        let (event, address) = (notice.event().name(), Some(notice.address().masked()));
        self.emit(subject, Event::NoticeNotSent { event, address }, &notice.message_id());
        notice
    }

    /// Delivers a push message of a sign-in request.
    ///
    /// A failed delivery is reported as an event, and does not fail the call.
    pub(super) async fn deliver_push(&self, subject: &SubjectId, message: Message) {
        let reference = String::from(message.reference());
        match self.shared.delivery.deliver(message).await {
            Ok(_) | Err(Undelivered::Unknown) => {}
            Err(_) => {
                let lost =
                    Event::NoticeNotSent { event: Event::RequestCreated.name(), address: None };
                self.emit(subject, lost, reference.as_bytes());
            }
        }
    }

    /// Reports an event of a delivery, which no record stores.
    ///
    /// `about` identifies the message.
    pub(super) fn emit(&self, subject: &SubjectId, event: Event, about: &[u8]) {
        if self.shared.listener.is_none() {
            return;
        }
        let id = self.shared.keys.event_id(event.name(), about);
        let at = self.shared.spray_detector.now();
        let network = self.client.as_ref().and_then(|client| client.from());
        let occurrence = Occurrence::new(id, at, subject.clone(), event);
        let _ = self.report(&Occurrence { network, ..occurrence });
    }

    /// Reports an occurrence, and returns whether the listener accepted it.
    pub(super) fn report(&self, occurrence: &Occurrence) -> bool {
        let Some(listener) = &self.shared.listener else { return true };
        let is_taken = listener.on_event(occurrence).is_ok();
        if self.shared.spray_detector.record(occurrence.event()) {
            let _ = listener.on_event(&occurrence.and(Event::Spraying));
        }
        is_taken
    }
}

/// A decision during its swap.
///
/// If the call is dropped or the store fails, it is unknown whether the swap was committed. The
/// events of the decision are then reported as uncertain: a caller must not hide a failure by
/// closing the connection.
pub(super) struct InSwap<'a, T> {
    verifier: &'a Verifier,
    decided: Option<Transition<T>>,
}

impl<'a, T> InSwap<'a, T> {
    pub(super) const fn new(verifier: &'a Verifier, decided: Transition<T>) -> Self {
        Self { verifier, decided: Some(decided) }
    }

    pub(super) const fn decided(&self) -> Option<&Transition<T>> {
        self.decided.as_ref()
    }

    /// Returns the decision, after the store has answered.
    pub(super) fn answered(mut self) -> Option<Transition<T>> {
        self.decided.take()
    }
}

impl<T> Drop for InSwap<'_, T> {
    fn drop(&mut self) {
        let decided = self.decided.take();
        for occurrence in decided.map(Transition::uncertain).unwrap_or_default() {
            let _ = self.verifier.report(&occurrence);
        }
    }
}

/// The first acknowledgement, and one after each of three conflicts.
///
/// After the last, the acknowledgement is left to the next decision.
const MAX_ACKNOWLEDGEMENTS: usize = 4;
