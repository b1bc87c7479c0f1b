//! Challenges, resends and reports of unrequested codes.

use super::{Error, Verifier};
#[cfg(doc)]
use crate::{denial::Reason, host::Event};
use crate::{
    id::SubjectId,
    subject::{Challenge, CodeRequest},
};

/// # Sent codes
impl Verifier {
    /// Sends a code to an address.
    ///
    /// For signing in, pass the id of an offered address, `offer.id()`. In every other case, pass a
    /// [`CodeRequest`]: for another purpose, another channel, a resend or a registration.
    ///
    /// The new code replaces the earlier code for this purpose. A resent code belongs to the same
    /// challenge and has the same handle. If the user enters the earlier code of that challenge, it
    /// is refused but not counted as a failure, because its message may have arrived late.
    ///
    /// # Errors
    /// - [`Reason::TooSoon`], [`Reason::SendLimit`], [`Reason::PrefixSendLimit`],
    ///   [`Reason::Locked`] and [`Reason::ReportedByOwner`]: nothing was sent. Try again at
    ///   [`Error::retry_at`].
    /// - [`Reason::GuardRefused`] and [`Reason::SimSwapped`]: your [guard](crate::host::SendGuard)
    ///   stopped the send. Offer another factor.
    /// - [`Reason::NotAllowed`]: the policy does not allow this address for this purpose, or the
    ///   sign-in has no first factor. Offer another factor.
    /// - [`Reason::SameChannel`]: the address was the first factor. Offer another factor.
    /// - [`Reason::NotFound`]: no proven address has the id. Call [`next`](Self::next) again.
    /// - [`Error::Undelivered`]: the carrier did not accept the message. Offer another code or
    ///   another factor. If the carrier does not report whether it accepted a message, this method
    ///   returns `Ok`.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, a send may be charged although no message was sent.
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §3.1.3.2, §3.1.3.3; OWASP ASVS 5.0.0 6.6.2, 2.4.1; for transactions
    /// Regulation (EU) 2018/389 art. 5, OWASP Transaction Authorization 1.4, 2.6.
    ///
    /// # Example
    ///
    /// This example authorizes a transaction. The message shows the data of the transaction. When
    /// the user submits the code, build the agreement again from the operation that you are about
    /// to perform. If its data changed, the code is incorrect.
    ///
    /// ```
    /// # use second_factor::{*, error::Invalid, purpose::Agreement};
    /// # struct Payment { amount: String, payee: String }
    /// fn agreement(payment: &Payment) -> Result<Agreement, Invalid> {
    ///     Agreement::new([("amount", &*payment.amount), ("payee", &*payment.payee)])
    /// }
    ///
    /// async fn ask(
    ///     verifier: &Verifier, alice: &SubjectId, payment: &Payment, phone: &ItemId,
    /// ) -> Result<Challenge, Box<dyn std::error::Error>> {
    ///     let request = CodeRequest::to(phone).agreement(&agreement(payment)?);
    ///     Ok(verifier.send_code(alice, request).await?)
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
    /// # let _ = (ask, pay);
    /// ```
    #[doc(alias = "challenge")]
    #[doc(alias = "dynamic linking")]
    #[doc(alias = "email code")]
    #[doc(alias = "psd2")]
    #[doc(alias = "resend")]
    #[doc(alias = "sms")]
    #[doc(alias = "text message")]
    #[doc(alias = "send_sms")]
    pub async fn send_code(
        &self,
        subject: &SubjectId,
        request: impl Into<CodeRequest>,
    ) -> Result<Challenge, Error> {
        let request = request.into();
        if let Some(operation) = request.operation() {
            self.check_first_factor(operation)?;
        }
        self.send(subject, &request).await
    }

    /// Reports that the owner did not request a code.
    ///
    /// This method revokes every code that another client requested, and every partial proof of
    /// another client. Those clients cannot request a challenge for a day
    /// ([`Reason::ReportedByOwner`]). Codes that were requested without a client are revoked too,
    /// but no client is blocked for them. Each revoked code and each revoked proof is reported as
    /// [`Event::CodeReportedUnrequested`].
    ///
    /// Call this method for a signed-in user, or from a link in a notice that only the owner
    /// receives. If you know the owner's client, call the method through
    /// [`for_client`](Self::for_client). That client's own challenges then stay valid, and its next
    /// sign-in is not blocked. No proof is required, because the method only revokes.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. Try again. The result does not reveal whether any
    /// code was revoked.
    ///
    /// # Security
    ///
    /// Do not offer this method to anonymous users, because any caller could revoke the codes of
    /// others. An attacker who requests codes as a new client is limited only by backoffs and
    /// budgets. Unless the code was for registering, such an attacker knows the password.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, testkit::{ManualClock, MessageLog}, Reason};
    /// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
    /// # block_on(async {
    /// # let phone = MessageLog::new();
    /// # let verifier = Verifier::builder("Example", MemoryStorage::new(), phone.clone(), Keys::new(root))
    /// #     .clock(ManualClock::at(1_800_000_000)).build()?;
    /// # let (alice, number) = (SubjectId::new("user-42")?, Address::phone("+14155550100")?);
    /// let stranger = verifier.for_client(Client::new(b"the cookie of a stranger")?);
    /// let sent = stranger.send_code(&alice, CodeRequest::register(&number)).await?;
    /// # let code = phone.take().unwrap().code().unwrap().expose().to_owned();
    ///
    /// verifier.report_unrequested(&alice).await?;
    ///
    /// let answer = stranger.register(&alice, Proof::sent_code(&sent, &code)).await;
    /// assert!(answer.is_err(), "the code was revoked");
    /// let again = stranger.send_code(&alice, CodeRequest::register(&number)).await.unwrap_err();
    /// assert_eq!(again.reason(), Some(Reason::ReportedByOwner));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[doc(alias = "not me")]
    pub async fn report_unrequested(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| subject.report_unrequested()).await
    }
}
