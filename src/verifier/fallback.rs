//! Delivery reports, and fallback to the next channel.

use super::{Error, Operations, Verifier};
use crate::{
    delivery::{DeliveryOutcome, Undelivered},
    host::Event,
    id::SubjectId,
    subject::{Challenge, SendReference},
    time::UnixTime,
};

/// # Delivery reports and timers
impl Operations {
    /// Processes a carrier's report on a message.
    ///
    /// `reference` is the message's [reference](crate::Message::reference), which carriers return.
    /// If the message did not reach its address, a new code is sent by the next channel of the
    /// [route](crate::policy::Route) and charged to the same budgets. The handle stays the same;
    /// the earlier code is refused. Duplicate reports, reports on superseded messages, on notices
    /// and on unknown references are ignored.
    ///
    /// Returns the current challenge if a code was sent. The code is in the language of this
    /// [verifier](Verifier::in_language): if your users have several languages, put the language into
    /// the URL of the webhook.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Undelivered`] if the next message was not accepted either.
    ///
    /// # Security
    ///
    /// Verify the signature of the webhook first: any caller can have codes sent, up to the
    /// budgets.
    #[doc(alias = "webhook")]
    pub async fn delivery_report(
        &self,
        reference: &str,
        outcome: DeliveryOutcome,
    ) -> Result<Option<Challenge>, Error> {
        let verifier = &self.verifier;
        let keys = &verifier.shared.keys;
        let Some(sent) = SendReference::open(keys, reference) else { return Ok(None) };
        let Some(record) = verifier.shared.storage.load(sent.record_id()).await? else {
            return Ok(None);
        };
        let Some(subject) = sent.subject(keys, &record)? else { return Ok(None) };
        if !verifier.open(&subject).await?.is_undelivered(&sent) {
            return Ok(None);
        }
        match outcome {
            DeliveryOutcome::Delivered => {
                let recorded = verifier.decide(&subject, |subject| subject.delivered(&sent)).await;
                recorded.map(|()| None).or_else(ignore_denial)
            }
            DeliveryOutcome::Undelivered(Undelivered::Unreachable) => {
                verifier.emit(&subject, Event::CodeLost, reference.as_bytes());
                verifier.fall_back(&subject, &sent).await
            }
            DeliveryOutcome::Undelivered(Undelivered::Unknown) => Ok(None),
            DeliveryOutcome::Undelivered(Undelivered::Misconfigured | Undelivered::Unavailable) => {
                verifier.emit(&subject, Event::CodeLost, reference.as_bytes());
                Ok(None)
            }
        }
    }

    /// Performs due steps, and returns when to call this method again.
    ///
    /// When the time of a channel is over, a new code is sent by the next channel. The owner is
    /// notified of the stages of a PIN reset.
    ///
    /// Call this method from a timer. For a subject to whom a code was sent, call it at the times
    /// of the [route](crate::policy::Route). For a subject with a [PIN reset in
    /// progress](crate::host::Event::PinResetStarted), call it once a day. Without these calls the
    /// steps happen late or not at all, but never early.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. Call it again.
    #[doc(alias = "cron")]
    #[doc(alias = "timer")]
    pub async fn advance(&self, subject: &SubjectId) -> Result<Option<UnixTime>, Error> {
        let verifier = &self.verifier;
        for sent in verifier.open(subject).await?.overdue() {
            match verifier.fall_back(subject, &sent).await {
                Ok(_) | Err(Error::Undelivered { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        verifier.decide(subject, |subject| subject.advance()).await
    }
}

impl Verifier {
    /// Sends a new code in place of one that was not delivered; `None` if there is no next channel.
    async fn fall_back(
        &self,
        subject: &SubjectId,
        sent: &SendReference,
    ) -> Result<Option<Challenge>, Error> {
        self.send(subject, &sent.fallback()).await.map(Some).or_else(ignore_denial)
    }
}

/// Returns `None` for a refusal, which is no concern of a carrier.
fn ignore_denial<T>(error: Error) -> Result<Option<T>, Error> {
    match error {
        Error::Denied(_) => Ok(None),
        other => Err(other),
    }
}
