//! Delivery reports, and fallback to the next channel.

use super::{Error, Operations, Verifier};
use crate::{
    delivery::Undelivered,
    host::Event,
    id::SubjectId,
    subject::{Challenge, SendReference},
    time::UnixTime,
};

/// # Delivery reports and timers
impl Operations {
    /// Processes a carrier's report on a message.
    ///
    /// `reference` is the message's [reference](crate::Message::reference), which the carrier
    /// returns. If the message did not reach its address, this method sends a new code by the next
    /// channel of the [route](crate::policy::Route). The earlier code is then refused. The send is
    /// charged to the same budgets, and the handle stays the same. Duplicate reports are ignored,
    /// and so are reports on superseded messages, notices and unknown references.
    ///
    /// Returns the current challenge if a code was sent, or `None`. The code is sent in the
    /// language of this [verifier](Verifier::in_language). If your users speak different languages,
    /// include the language in the URL of the webhook.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Undelivered`] if the new message was not accepted either.
    ///
    /// # Security
    ///
    /// Verify the signature of the webhook first. Without it, any caller can trigger sends, up to
    /// the budgets.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::{Error, Verifier, delivery::Undelivered};
    ///
    /// // What a carrier posted to your webhook, after its signature was checked.
    /// async fn webhook(verifier: &Verifier, reference: &str, status: &str) -> Result<(), Error> {
    ///     let outcome = match status {
    ///         "delivered" => Ok(()),
    ///         "undelivered" => Err(Undelivered::Unreachable),
    ///         _ => return Ok(()),
    ///     };
    ///     verifier.operations().delivery_report(reference, outcome).await.map(drop)
    /// }
    /// # let _ = webhook;
    /// ```
    #[doc(alias = "webhook")]
    pub async fn delivery_report(
        &self,
        reference: &str,
        outcome: Result<(), Undelivered>,
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
            Ok(()) => {
                let recorded = verifier.decide(&subject, |subject| subject.delivered(&sent)).await;
                recorded.map(|()| None).or_else(ignore_denial)
            }
            Err(Undelivered::Unreachable) => {
                verifier.emit(&subject, Event::CodeLost, reference.as_bytes());
                verifier.fall_back(&subject, &sent).await
            }
            Err(Undelivered::Unknown) => Ok(None),
            Err(Undelivered::Misconfigured | Undelivered::Unavailable) => {
                verifier.emit(&subject, Event::CodeLost, reference.as_bytes());
                Ok(None)
            }
        }
    }

    /// Performs due steps, and returns the time of the next one, or `None`.
    ///
    /// When the time of a channel has passed, this method sends a new code by the next channel. It
    /// also notifies the owner of the stages of a PIN reset.
    ///
    /// Call this method from a timer. For a subject to whom a code was sent, call it at the times
    /// of the [route](crate::policy::Route). For a subject with a [PIN reset in
    /// progress](crate::host::Event::PinResetStarted), call it once a day. Without these calls, the
    /// steps happen late or not at all, but never early.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. Call the method again.
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
    /// Sends a new code to replace one that was not delivered.
    ///
    /// Returns `None` if no channel is left.
    async fn fall_back(
        &self,
        subject: &SubjectId,
        sent: &SendReference,
    ) -> Result<Option<Challenge>, Error> {
        self.send(subject, &sent.fallback()).await.map(Some).or_else(ignore_denial)
    }
}

/// Converts a refusal to `None`, because the carrier cannot act on it.
fn ignore_denial<T>(error: Error) -> Result<Option<T>, Error> {
    match error {
        Error::Denied(_) => Ok(None),
        other => Err(other),
    }
}
