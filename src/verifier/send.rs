//! Sending of one code.
//!
//! The steps are: plan, charge the budgets, ask the guard, record, deliver.

use super::{Error, Verifier};
use crate::{
    delivery::{RemoteStart, Undelivered},
    denial::{Denial, Reason},
    host::{Event, SendContext, SendDecision, WhenUnknown},
    id::SubjectId,
    message::{Content, Message},
    purpose::Operation,
    subject::{Challenge, CodeRequest, Outgoing, Reservation, SendReference},
};

impl Verifier {
    /// Sends a code, by the next channel if one cannot reach the address.
    pub(super) async fn send(
        &self,
        subject: &SubjectId,
        request: &CodeRequest,
    ) -> Result<Challenge, Error> {
        let (mut result, mut last) = self.send_once(subject, request).await?;
        while let Err(Error::Undelivered { why: Undelivered::Unreachable, .. }) = &result {
            let Some(sent) = last else { break };
            match self.send_once(subject, &sent.fallback()).await {
                Ok(next) => (result, last) = next,
                // No channel is left, or the budget of the next one is exhausted.
                Err(_) => break,
            }
        }
        result
    }

    /// Sends a code by one channel.
    ///
    /// The steps run in this order: plan without a write, charge, ask the guard, write the
    /// challenge, deliver the code. After a crash between two steps, a send may be charged although
    /// no message was sent. A sent message is always charged. The budgets also limit how often the
    /// guard is called.
    ///
    /// Returns the result of the delivery, and the reference of the sent code.
    async fn send_once(
        &self,
        subject: &SubjectId,
        request: &CodeRequest,
    ) -> Result<(Result<Challenge, Error>, Option<SendReference>), Error> {
        let planned = self.open(subject).await?;
        let request = &planned.resolve(request)?.remotely(self.shared.remote_codes.is_some());
        let planned = planned.plan(request, *self.random_bytes()?)?;
        let reserved = self.reserve_send(subject, planned, request).await?;
        let sender = &*self.sender;
        let Outgoing { answer: challenge, mut messages, remote } =
            self.decide(subject, |subject| subject.send(request, &reserved, sender)).await?;
        let delivered = self.deliver(subject, messages.pop(), remote).await?;
        let Some(Delivered { reference, purpose, result }) = delivered else {
            return Ok((Ok(challenge), None));
        };
        let result = match result {
            Ok(()) | Err(Undelivered::Unknown) => {
                self.emit(subject, Event::CodeSent(purpose), reserved.send());
                Ok(challenge)
            }
            Err(why) => {
                self.emit(subject, Event::CodeNotSent(purpose), reserved.send());
                Err(Error::Undelivered { challenge, why })
            }
        };
        Ok((result, reference))
    }

    /// Plans a send without a write, charges its budgets and asks the guard.
    async fn reserve_send(
        &self,
        subject: &SubjectId,
        planned: Reservation,
        request: &CodeRequest,
    ) -> Result<Reservation, Error> {
        let (is_decoy, send) = (planned.is_decoy(), *planned.send());
        let reserved = match self.reserve(planned).await {
            Ok(reserved) => self.ask_guard(subject, request).await.map(|()| reserved),
            Err(error) => Err(error),
        };
        reserved.inspect_err(|error| {
            // A decoy would not have been sent anyway.
            if let Some(event) = stopped_send_event(error).filter(|_| !is_decoy) {
                self.emit(subject, event, &send);
            }
        })
    }

    /// Passes a code to the carrier or the provider. Returns `None` if there is no code.
    async fn deliver(
        &self,
        subject: &SubjectId,
        message: Option<Message>,
        remote: Option<RemoteStart>,
    ) -> Result<Option<Delivered>, Error> {
        let opened = |reference| SendReference::open(&self.shared.keys, reference);
        if let Some(start) = remote {
            let reference = opened(start.reference());
            let result = self.start_remote_code(subject, &start, reference).await?;
            return Ok(Some(Delivered { reference, purpose: start.purpose(), result }));
        }
        let Some(message) = message else { return Ok(None) };
        let Content::Code { purpose, .. } = message.content() else { return Ok(None) };
        let reference = opened(message.reference());
        let result = self.shared.delivery.deliver(message).await.map(drop);
        Ok(Some(Delivered { reference, purpose, result }))
    }

    /// Starts a provider-managed code, and records the id that the provider assigned.
    async fn start_remote_code(
        &self,
        subject: &SubjectId,
        start: &RemoteStart,
        reference: Option<SendReference>,
    ) -> Result<Result<(), Undelivered>, Error> {
        let Some((provider, sent)) = self.shared.remote_codes.as_ref().zip(reference) else {
            return Ok(Err(Undelivered::Misconfigured));
        };
        for id in start.replaced() {
            provider.cancel(id).await;
        }
        let id = match provider.start(start).await {
            Ok(id) => id,
            // Without an id the code cannot be checked, even if it was sent.
            Err(Undelivered::Unknown) => return Ok(Err(Undelivered::Unavailable)),
            Err(why) => return Ok(Err(why)),
        };
        match self.decide(subject, |subject| subject.started(&sent, &id)).await {
            Ok(()) => Ok(Ok(())),
            // The id belongs to the code of another challenge, which stays valid.
            Err(Error::Denied(denial)) if denial.reason() == Reason::OtherPurpose => {
                Ok(Err(Undelivered::Misconfigured))
            }
            // Another code replaced it in the meantime.
            Err(Error::Denied(_)) => {
                provider.cancel(&id).await;
                Ok(Ok(()))
            }
            // The id was not recorded, so the code could not be checked.
            Err(error) => {
                provider.cancel(&id).await;
                Err(error)
            }
        }
    }

    /// Asks the send guard about a send that a client requested.
    async fn ask_guard(&self, subject: &SubjectId, request: &CodeRequest) -> Result<(), Error> {
        let Some((guard, unknown)) = &self.shared.guard else { return Ok(()) };
        let Some((address, purpose)) = request.asked() else { return Ok(()) };
        let context =
            SendContext { subject, address, purpose: Some(purpose), client: self.client.as_ref() };
        match (guard.advise(&context).await, unknown) {
            (SendDecision::Send, _) | (SendDecision::Unknown, WhenUnknown::Send) => Ok(()),
            (SendDecision::SimSwapped, _) => Err(Denial::new(Reason::SimSwapped).into()),
            (SendDecision::Refuse, _) | (SendDecision::Unknown, WhenUnknown::Refuse) => {
                Err(Denial::new(Reason::GuardRefused).into())
            }
        }
    }
}

/// A code that was passed to a carrier or a provider.
struct Delivered {
    reference: Option<SendReference>,
    purpose: Operation,
    result: Result<(), Undelivered>,
}

/// Returns the event that reports a stopped send.
fn stopped_send_event(error: &Error) -> Option<Event> {
    match error.reason()? {
        Reason::GuardRefused => Some(Event::SendRefused),
        Reason::PrefixSendLimit => Some(Event::PrefixStopped),
        Reason::SimSwapped => Some(Event::SimSwapped),
        _ => None,
    }
}
