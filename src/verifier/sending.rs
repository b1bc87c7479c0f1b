//! Having a code sent: the one operation that touches two records. And having it disowned.

use super::{Error, Verifier};
use crate::{
    Address, Handle, Message, Purpose, SubjectId,
    delivery::{RemoteStart, Undelivered},
    host::{Event, SendContext, SendDecision, WhenUnknown},
    message::{Channel, Content},
    purpose::Agreement,
    subject::{Challenge, CodeRequest, Outgoing, Reservation, SendReference},
    verdict::{Denial, Reason},
};

impl Verifier {
    /// Sends a code to an address that is proven, in place of any sent before for this purpose.
    ///
    /// For an address that is not proven, the same is answered, and nothing is sent; except for
    /// [`Purpose::Register`], which is how an address is proven with nothing before it.
    ///
    /// # Errors
    ///
    /// [`Error`]: the address is locked, the last code was sent too short a time ago, a budget is
    /// spent ([`Error::retry_at`] tells until when), or the message was not taken
    /// ([`Error::Undelivered`]); a message of which nobody can tell is as good as sent.
    ///
    /// # Security
    ///
    /// One request does not tell an address that is proven from one that is not. Several do: no wait
    /// is written down for a code that was not sent. Take the address from [`next`](Self::next).
    ///
    /// For [`Purpose::Register`], never take the subject and the address from one request as they come:
    /// the code shows who has the address, so the subject must follow from it.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it ends, a send may be spent and nothing sent.
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §3.1.3.2, §3.1.3.3; OWASP ASVS 5.0.0 6.6.2, 2.4.1.
    pub async fn challenge(
        &self,
        subject: &SubjectId,
        address: &Address,
        purpose: Purpose,
    ) -> Result<Challenge, Error> {
        self.send(subject, &CodeRequest::challenge(address, purpose)).await
    }

    /// As [`challenge`](Self::challenge), by this channel rather than the first that reaches the address.
    ///
    /// By a channel that does not reach it, or that is not [allowed](Self::allow_whatsapp) for it, the
    /// same is answered, and nothing is sent.
    ///
    /// # Errors
    ///
    /// As [`challenge`](Self::challenge).
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, message::Channel, Challenge};
    /// async fn by_whatsapp(
    ///     verifier: &Verifier, alice: &SubjectId, number: &Address,
    /// ) -> Result<Challenge, Error> {
    ///     verifier.challenge_by(alice, number, Purpose::SignIn, Channel::WhatsApp).await
    /// }
    /// # let _ = by_whatsapp;
    /// ```
    pub async fn challenge_by(
        &self,
        subject: &SubjectId,
        address: &Address,
        purpose: Purpose,
        channel: Channel,
    ) -> Result<Challenge, Error> {
        self.send(subject, &CodeRequest::challenge(address, purpose).by(channel)).await
    }

    /// As [`resend`](Self::resend), by another channel: "try another way".
    ///
    /// # Errors
    ///
    /// As [`challenge`](Self::challenge).
    pub async fn resend_by(
        &self,
        subject: &SubjectId,
        challenge: &(impl AsRef<Handle> + Sync),
        channel: Channel,
    ) -> Result<Challenge, Error> {
        self.send(subject, &CodeRequest::again(challenge).by(channel)).await
    }

    /// Sends a code for agreeing to exactly this, which the message shows: an amount, a payee.
    ///
    /// Check the answer with [`verify_for`](Self::verify_for) and the
    /// [`purpose`](Agreement::purpose) of the agreement *built again* from what you are about to do: any
    /// change voids the code.
    ///
    /// # Errors
    ///
    /// As [`challenge`](Self::challenge).
    ///
    /// # Source
    ///
    /// Regulation (EU) 2018/389 art. 5; OWASP Transaction Authorization 1.4, 2.6.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, purpose::Agreement, Challenge};
    /// # struct Payment { amount: String, payee: String }
    /// fn agreement(payment: &Payment) -> Result<Agreement, purpose::InvalidAgreement> {
    ///     Agreement::new([("amount", &*payment.amount), ("payee", &*payment.payee)])
    /// }
    ///
    /// async fn pay(
    ///     verifier: &Verifier, alice: &SubjectId, payment: &Payment, challenge: &Handle, typed: &str,
    /// ) -> Result<(), Box<dyn std::error::Error>> {
    ///     let purpose = agreement(payment)?.purpose();
    ///     let _agreed = verifier.verify_for(alice, purpose, Proof::sent_code(challenge, typed)).await?;
    ///     // now pay
    ///     Ok(())
    /// }
    /// # let _ = pay;
    /// ```
    pub async fn challenge_transaction(
        &self,
        subject: &SubjectId,
        address: &Address,
        agreement: &Agreement,
    ) -> Result<Challenge, Error> {
        self.send(subject, &CodeRequest::transaction(address, agreement)).await
    }

    /// Sends another code for a challenge or for the enrollment of an address. The handle stays.
    ///
    /// The code before it is refused from then on, though not counted: it may just have been late.
    ///
    /// # Errors
    ///
    /// As [`challenge`](Self::challenge).
    pub async fn resend(
        &self,
        subject: &SubjectId,
        challenge: &(impl AsRef<Handle> + Sync),
    ) -> Result<Challenge, Error> {
        self.send(subject, &CodeRequest::again(challenge)).await
    }

    /// The owner says: "I did not ask for this code".
    ///
    /// Every code that was sent for another client than the one that asks, and every proof of another
    /// client that waits for a PIN or a second proof, ends. To those clients no code is sent for
    /// a day ([`Reason::ReportedByOwner`]). The owner's own sign-in goes on,
    /// and its next is not held up: call it through [`for_client`](Self::for_client) with the owner's
    /// client if you know that, so that what the owner has open stays open. What was made
    /// without a client ends too, and holds nobody back.
    ///
    /// Asked for by somebody who is signed in, or who follows a link of a notice that only the owner
    /// gets. It takes no proof: it only takes away. Each code that ended is told as
    /// [`Event::CodeReportedUnrequested`].
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
    /// # use second_factor::{*, testkit::{ManualClock, MessageLog}, verdict::Reason};
    /// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
    /// # block_on(async {
    /// # let phone = MessageLog::new();
    /// # let verifier = Verifier::builder(MemoryStorage::new(), phone.clone(), Keys::new(root))
    /// #     .issuer("Example").clock(ManualClock::at(1_800_000_000)).build()?;
    /// # let (alice, number) = (SubjectId::new("user-42")?, Address::phone("+14155550100")?);
    /// let stranger = verifier.for_client(Client::new(b"the cookie of a stranger")?);
    /// let sent = stranger.challenge(&alice, &number, Purpose::Register).await?;
    /// # let code = phone.take().unwrap().code().unwrap().expose().to_owned();
    ///
    /// verifier.report_unrequested(&alice).await?;
    ///
    /// let answer = stranger.verify_for(&alice, Purpose::Register, Proof::sent_code(&sent, &code)).await;
    /// assert!(answer.is_err(), "the code is void");
    /// let again = stranger.challenge(&alice, &number, Purpose::Register).await.unwrap_err();
    /// assert_eq!(again.denial().unwrap().reason(), Reason::ReportedByOwner);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn report_unrequested(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| subject.report_unrequested()).await
    }

    /// Sends, and moves on at once where a channel does not reach the address.
    pub(super) async fn send(
        &self,
        subject: &SubjectId,
        request: &CodeRequest<'_>,
    ) -> Result<Challenge, Error> {
        let (mut answer, mut last) = self.send_once(subject, request).await?;
        while let Err(Error::Undelivered { why: Undelivered::Unreachable, .. }) = &answer {
            let Some(sent) = last else { break };
            match self.send_once(subject, &sent.fallback()).await {
                Ok(next) => (answer, last) = next,
                // There is nowhere to go on to, or nothing left to spend.
                Err(_) => break,
            }
        }
        answer
    }

    /// Looks, writing nothing; reserves the send; asks the guard; writes the challenge; delivers. In
    /// this order whatever dies in between has spent a send and given none, and the guard is asked no
    /// more often than the budgets allow.
    ///
    /// Answers with what came of the delivery, and with what was sent.
    async fn send_once(
        &self,
        subject: &SubjectId,
        request: &CodeRequest<'_>,
    ) -> Result<(Result<Challenge, Error>, Option<SendReference>), Error> {
        let request = &if self.shared.remote.is_some() { request.remotely() } else { *request };
        let reserved = self.pay(subject, request).await?;
        let sender = &*self.sender;
        let Outgoing { answer: challenge, mut messages, remote } =
            self.decide(subject, |subject| subject.send(request, &reserved, sender)).await?;
        let Some((sent, purpose, went)) = self.carry(subject, messages.pop(), remote).await? else {
            return Ok((Ok(challenge), None));
        };
        let answer = match went {
            Ok(()) | Err(Undelivered::Unknown) => {
                self.tell(subject, &Event::CodeSent(purpose), &[]);
                Ok(challenge)
            }
            Err(why) => {
                self.tell(subject, &Event::CodeNotSent(purpose), &[]);
                Err(Error::Undelivered { challenge, why })
            }
        };
        Ok((answer, sent))
    }

    /// Looks, writing nothing; takes the send out of its budgets; asks the guard.
    async fn pay(
        &self,
        subject: &SubjectId,
        request: &CodeRequest<'_>,
    ) -> Result<Reservation, Error> {
        let planned = self.ready(subject).await?.plan(request, *self.draw()?)?;
        let is_decoy = planned.is_decoy();
        let paid = match self.reserve(planned).await {
            Ok(reserved) => self.ask_guard(subject, request).await.map(|()| reserved),
            Err(error) => Err(error),
        };
        paid.inspect_err(|error| {
            // Where nothing would have been sent, nothing was kept back.
            if let Some(event) = held_back(error).filter(|_| !is_decoy) {
                self.tell(subject, &event, &[]);
            }
        })
    }

    /// Hands a code on: what it is called, what it is for, and what came of it. `None`: there is none.
    async fn carry(
        &self,
        subject: &SubjectId,
        message: Option<Message>,
        remote: Option<RemoteStart>,
    ) -> Result<Option<Carried>, Error> {
        let named = |reference| SendReference::open(&self.shared.keys, reference);
        if let Some(start) = remote {
            let sent = named(start.reference());
            let went = self.start(subject, &start, sent).await?;
            return Ok(Some((sent, start.purpose(), went)));
        }
        let Some(message) = message else { return Ok(None) };
        let Content::Code { purpose, .. } = message.content() else { return Ok(None) };
        let sent = named(message.reference());
        let went = self.shared.delivery.deliver(message).await.map(drop);
        Ok(Some((sent, purpose, went)))
    }

    /// Has a code started elsewhere, and writes its name down.
    async fn start(
        &self,
        subject: &SubjectId,
        start: &RemoteStart,
        sent: Option<SendReference>,
    ) -> Result<Result<(), Undelivered>, Error> {
        let Some((remote, sent)) = self.shared.remote.as_ref().zip(sent) else {
            return Ok(Err(Undelivered::Misconfigured));
        };
        for id in start.replaced() {
            remote.cancel(id).await;
        }
        let id = match remote.start(start).await {
            Ok(id) => id,
            // There is no name to ask about, whatever went out.
            Err(Undelivered::Unknown) => return Ok(Err(Undelivered::Unavailable)),
            Err(why) => return Ok(Err(why)),
        };
        match self.decide(subject, |subject| subject.started(&sent, &id)).await {
            Ok(()) => Ok(Ok(())),
            // It is the code of something else, which stands.
            Err(Error::Denied(denial)) if denial.reason() == Reason::OtherPurpose => {
                Ok(Err(Undelivered::Misconfigured))
            }
            // Another took its place meanwhile.
            Err(Error::Denied(_)) => {
                remote.cancel(&id).await;
                Ok(Ok(()))
            }
            // Nobody would know its name.
            Err(error) => {
                remote.cancel(&id).await;
                Err(error)
            }
        }
    }

    /// Asks what the host knows of a send that somebody asked for.
    async fn ask_guard(&self, subject: &SubjectId, request: &CodeRequest<'_>) -> Result<(), Error> {
        let Some((guard, unknown)) = &self.shared.guard else { return Ok(()) };
        let Some((address, purpose)) = request.asked() else { return Ok(()) };
        let asked = SendContext { subject, address, purpose, client: self.client.as_ref() };
        match (guard.advise(&asked).await, unknown) {
            (SendDecision::Send, _) | (SendDecision::Unknown, WhenUnknown::Send) => Ok(()),
            (SendDecision::SimSwapped, _) => Err(Denial::new(Reason::SimSwapped).into()),
            (SendDecision::Refuse, _) | (SendDecision::Unknown, WhenUnknown::Refuse) => {
                Err(Denial::new(Reason::GuardRefused).into())
            }
        }
    }
}

/// One code that was handed on.
type Carried = (Option<SendReference>, Purpose, Result<(), Undelivered>);

/// What the host is told of a send that was kept back.
fn held_back(error: &Error) -> Option<Event> {
    match error.denial()?.reason() {
        Reason::GuardRefused => Some(Event::SendRefused),
        Reason::PrefixSendLimit => Some(Event::PrefixStopped),
        Reason::SimSwapped => Some(Event::SimSwapped),
        _ => None,
    }
}
