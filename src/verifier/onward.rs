//! Moving on: to the next channel when one does not reach, to the next stage when its time has come.

use super::{Error, Verifier};
use crate::{
    SubjectId, UnixTime,
    delivery::{DeliveryOutcome, Undelivered},
    host::Event,
    subject::{Challenge, SendReference},
};

impl Verifier {
    /// Takes in what a carrier says of a message, found by its [reference](crate::Message::reference),
    /// which carriers send back.
    ///
    /// A message that did not reach its address is followed by a new code through the next channel of
    /// the [route](crate::policy::Route), out of the same budgets; the handle that the person answers
    /// to stays, and the code before it is right no more. Whatever is reported twice, or of a message
    /// that is not the newest, sends nothing; nor does what no code was in, such as a notice, or is not
    /// ours at all.
    ///
    /// Gives the challenge as it is by then, where a code was sent. It is in the language of this
    /// [view](Self::in_language): have the carrier send the language back too, in the address of the
    /// webhook, if people read several.
    ///
    /// # Errors
    ///
    /// [`Error`]: the store failed, or the next code was not taken either.
    ///
    /// # Security
    ///
    /// Check the signature of the webhook first: whoever can report can have codes sent, up to the
    /// budgets.
    pub async fn report(
        &self,
        reference: &str,
        outcome: DeliveryOutcome,
    ) -> Result<Option<Challenge>, Error> {
        let keys = &self.shared.keys;
        let Some(sent) = SendReference::open(keys, reference) else { return Ok(None) };
        let Some(record) = self.shared.storage.load(sent.record_id()).await? else {
            return Ok(None);
        };
        let Some(subject) = sent.subject(keys, &record)? else { return Ok(None) };
        if !self.ready(&subject).await?.is_undelivered(&sent) {
            return Ok(None);
        }
        match outcome {
            DeliveryOutcome::Delivered => {
                let noted = self.decide(&subject, |subject| subject.delivered(&sent)).await;
                noted.map(|()| None).or_else(quiet)
            }
            DeliveryOutcome::Undelivered(Undelivered::Unreachable) => {
                self.tell(&subject, &Event::CodeLost, &[]);
                self.move_on(&subject, &sent).await
            }
            DeliveryOutcome::Undelivered(Undelivered::Unknown) => Ok(None),
            DeliveryOutcome::Undelivered(Undelivered::Misconfigured | Undelivered::Unavailable) => {
                self.tell(&subject, &Event::CodeLost, &[]);
                Ok(None)
            }
        }
    }

    /// Takes what waits on time one step on: codes whose channel has had its time go by the next one,
    /// and the stages of a PIN's removal are told. Says when to come again.
    ///
    /// Call it from a timer of yours: for a subject to whom a code was sent, when the
    /// [route](crate::policy::Route) says; for one with a
    /// [reset under way](crate::host::Event::PinResetStarted), once a day. What nobody advances does not
    /// happen early, but late or not at all.
    ///
    /// # Errors
    ///
    /// [`Error`]: the store failed.
    pub async fn advance(&self, subject: &SubjectId) -> Result<Option<UnixTime>, Error> {
        for sent in self.ready(subject).await?.overdue() {
            match self.move_on(subject, &sent).await {
                Ok(_) | Err(Error::Undelivered { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.decide(subject, |subject| subject.advance()).await
    }

    /// Sends a new code in place of one that did not arrive; `None` where there is nowhere to move on to.
    async fn move_on(
        &self,
        subject: &SubjectId,
        sent: &SendReference,
    ) -> Result<Option<Challenge>, Error> {
        self.send(subject, &sent.fallback()).await.map(Some).or_else(quiet)
    }
}

/// What was refused is nothing to tell a carrier of.
fn quiet<T>(error: Error) -> Result<Option<T>, Error> {
    match error {
        Error::Denied(_) => Ok(None),
        other => Err(other),
    }
}
