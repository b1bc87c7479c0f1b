//! Having a code sent: the one operation that touches two records. And having it disowned.

use super::{Error, Verifier};
use crate::{
    SubjectId,
    delivery::Undelivered,
    host::Event,
    message::Content,
    subject::{Challenge, SendRequest, Sending},
};

impl Verifier {
    /// The owner says: "I did not ask for this code".
    ///
    /// Every code that was sent for another client than the one that asks, and every proof of another
    /// client that waits for a PIN or a second proof, ends. To those clients no code is sent for
    /// a day ([`Reason::Disowned`](crate::verdict::Reason::Disowned)). The owner's own sign-in goes on,
    /// and its next is not held up: call it through [`for_client`](Self::for_client) with the owner's
    /// client if you know that, so that what the owner has open stays open. What was made
    /// without a client ends too, and holds nobody back.
    ///
    /// Asked for by somebody who is signed in, or who follows a link of a notice that only the owner
    /// gets. It takes no proof: it only takes away. Each code that ended is told as
    /// [`Event::CodeDisowned`].
    ///
    /// # Errors
    ///
    /// [`Error`]: the store failed. The answer never tells whether there was something to end.
    ///
    /// # Security
    ///
    /// Whoever can call it can end the codes of others, so do not offer it to strangers. Somebody who
    /// asks again as a new client is held by the waits and the budgets alone. And somebody asked for a
    /// code: unless it was for registering, the password is known to them.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, testkit::{ManualClock, Outbox}, verdict::Reason};
    /// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
    /// # block_on(async {
    /// # let phone = Outbox::new();
    /// # let verifier = Verifier::builder(MemoryStorage::new(), phone.clone(), Keys::new(root))
    /// #     .issuer("Example").clock(ManualClock::at(1_800_000_000)).build()?;
    /// # let (alice, number) = (SubjectId::new("user-42")?, Address::phone("+14155550100")?);
    /// let stranger = verifier.for_client(Client::new(b"the cookie of a stranger")?);
    /// let sent = stranger.challenge(&alice, &number, Purpose::Register).await?;
    /// # let code = phone.take().unwrap().code().unwrap().expose().to_owned();
    ///
    /// verifier.report_unrequested(&alice).await?;
    ///
    /// let answer = stranger.verify_for(&alice, Purpose::Register, Proof::code(&sent, &code)).await;
    /// assert!(answer.is_err(), "the code is void");
    /// let again = stranger.challenge(&alice, &number, Purpose::Register).await.unwrap_err();
    /// assert_eq!(again.denial().unwrap().reason(), Reason::Disowned);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn report_unrequested(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| subject.disown()).await
    }

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
