//! Challenges, resends and reports of unrequested codes.

use super::{Error, Verifier};
use crate::{
    Address, Handle, Purpose, SubjectId,
    message::Channel,
    purpose::Agreement,
    subject::{Challenge, CodeRequest},
};
#[cfg(doc)]
use crate::{host::Event, verdict::Reason};

/// # Sent codes
impl Verifier {
    /// Sends a code to a proven address.
    ///
    /// The code replaces the one sent before for this purpose. For an address that is not proven
    /// the result looks the same, and nothing is sent. An exception is [`Purpose::Register`], which
    /// proves an address without any earlier proof.
    ///
    /// # Errors
    ///
    /// - [`Reason::TooSoon`], [`Reason::SendLimit`], [`Reason::PrefixSendLimit`],
    ///   [`Reason::Locked`] and [`Reason::ReportedByOwner`]: nothing was sent. Try again at
    ///   [`Error::retry_at`].
    /// - [`Reason::GuardRefused`] and [`Reason::SimSwapped`]: your [guard](crate::host::SendGuard)
    ///   stopped the send. Offer another factor.
    /// - [`Reason::NotAllowed`]: the policy does not allow this address for this purpose. Offer
    ///   another factor.
    /// - [`Error::Undelivered`]: the message was not accepted. Offer a resend or another factor. A
    ///   message whose delivery is unknown counts as sent.
    ///
    /// # Security
    ///
    /// One request does not reveal whether an address is proven. Several do: a code that was not
    /// sent starts no backoff. Take the address from [`next`](Self::next).
    ///
    /// For [`Purpose::Register`], never take both subject and address from the same request: the
    /// code shows who controls the address, so derive the subject from the address.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, a send may be charged although no message was sent.
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §3.1.3.2, §3.1.3.3; OWASP ASVS 5.0.0 6.6.2, 2.4.1.
    #[doc(alias = "email code")]
    #[doc(alias = "send_code")]
    #[doc(alias = "sms")]
    #[doc(alias = "text message")]
    pub async fn challenge(
        &self,
        subject: &SubjectId,
        address: &Address,
        purpose: Purpose,
    ) -> Result<Challenge, Error> {
        self.send(subject, &CodeRequest::challenge(address, purpose)).await
    }

    /// Sends a code as [`challenge`](Self::challenge) does, by the given channel.
    ///
    /// If the channel does not reach the address, or is not [allowed](Self::allow_whatsapp) for it,
    /// the result looks the same and nothing is sent.
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
    #[doc(alias = "voice call")]
    #[doc(alias = "whatsapp")]
    pub async fn challenge_by(
        &self,
        subject: &SubjectId,
        address: &Address,
        purpose: Purpose,
        channel: Channel,
    ) -> Result<Challenge, Error> {
        self.send(subject, &CodeRequest::challenge(address, purpose).by(channel)).await
    }

    /// Sends a code that approves one transaction, whose data the message shows.
    ///
    /// To check the code, rebuild the agreement from the data that you are about to act on, and
    /// pass its [`purpose`](Agreement::purpose) to [`verify_for`](Self::verify_for). Any change of
    /// the data makes the code incorrect.
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
    /// # use second_factor::{*, error::Invalid, purpose::Agreement, Challenge};
    /// # struct Payment { amount: String, payee: String }
    /// fn agreement(payment: &Payment) -> Result<Agreement, Invalid> {
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
    #[doc(alias = "dynamic linking")]
    #[doc(alias = "psd2")]
    pub async fn challenge_transaction(
        &self,
        subject: &SubjectId,
        address: &Address,
        agreement: &Agreement,
    ) -> Result<Challenge, Error> {
        self.send(subject, &CodeRequest::transaction(address, agreement)).await
    }

    /// Sends another code for a challenge, or for the enrollment of an address.
    ///
    /// The handle stays the same. The earlier code is refused from then on, and is not counted as a
    /// failure, since it may have arrived late.
    ///
    /// # Errors
    ///
    /// As [`challenge`](Self::challenge).
    #[doc(alias = "send again")]
    pub async fn resend(
        &self,
        subject: &SubjectId,
        challenge: &(impl AsRef<Handle> + Sync),
    ) -> Result<Challenge, Error> {
        self.send(subject, &CodeRequest::again(challenge)).await
    }

    /// Sends another code as [`resend`](Self::resend) does, by another channel.
    ///
    /// # Errors
    ///
    /// As [`challenge`](Self::challenge).
    #[doc(alias = "try another way")]
    pub async fn resend_by(
        &self,
        subject: &SubjectId,
        challenge: &(impl AsRef<Handle> + Sync),
        channel: Channel,
    ) -> Result<Challenge, Error> {
        self.send(subject, &CodeRequest::again(challenge).by(channel)).await
    }

    /// Reports that the owner did not request a code: "it was not me".
    ///
    /// It ends every code that was sent for another client, and every proof of another client that
    /// waits for a PIN or a second proof. Those clients can request no challenge for a day
    /// ([`Reason::ReportedByOwner`]). Codes without a client end too, and block no client. Each
    /// code that ended is reported as [`Event::CodeReportedUnrequested`].
    ///
    /// Call it for a signed-in user, or for a link in a notice that only the owner receives. If you
    /// know the owner's client, call it through [`for_client`](Self::for_client): that client's own
    /// challenges then stay valid, and its next sign-in is not blocked. It requires no proof,
    /// because it only revokes.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed: try again. The result does not reveal whether
    /// there was something to end.
    ///
    /// # Security
    ///
    /// Do not offer it to anonymous users: any caller can end the codes of others. An attacker who
    /// requests codes as a new client is limited by backoffs and budgets only. Unless the code was
    /// for registering, an attacker knows the password.
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
    /// assert!(answer.is_err(), "the code was revoked");
    /// let again = stranger.challenge(&alice, &number, Purpose::Register).await.unwrap_err();
    /// assert_eq!(again.denial().unwrap().reason(), Reason::ReportedByOwner);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[doc(alias = "not me")]
    pub async fn report_unrequested(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| subject.report_unrequested()).await
    }
}
