//! Having a code sent: the one operation that touches two records.

use super::{Error, Verifier};
use crate::{
    SubjectId,
    delivery::Undelivered,
    host::Event,
    message::Content,
    subject::{Challenge, SendRequest, Sending},
};

impl Verifier {
    /// Looks, writing nothing; reserves the send; writes the challenge; delivers. In this order
    /// whatever dies in between has spent a send and given none.
    pub(super) async fn send(
        &self,
        subject: &SubjectId,
        request: &SendRequest<'_>,
    ) -> Result<Challenge, Error> {
        let plan = self.ready(subject).await?.plan(request)?;
        let mut send = [0; 16];
        self.shared.entropy.fill(&mut send)?;
        let reserved = self.reserve(&plan, send).await?;
        let sender = &self.shared.sender;
        let Sending { challenge, message } =
            self.decide(subject, |subject| subject.send(request, &reserved, sender)).await?;
        let Some(message) = message else {
            return Ok(challenge);
        };
        let Content::Code { purpose, .. } = message.content() else {
            return Ok(challenge);
        };
        match self.shared.delivery.deliver(message).await {
            Ok(_) | Err(Undelivered::Unclear) => {
                self.tell(subject, &[Event::CodeSent(purpose)]);
                Ok(challenge)
            }
            Err(why) => {
                self.tell(subject, &[Event::CodeNotSent(purpose)]);
                Err(Error::Undelivered { challenge, why })
            }
        }
    }
}
