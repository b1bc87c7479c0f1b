//! Trusted devices, and the sign-in requests that they answer.

use alloc::string::String;

use super::{Error, Verifier};
#[cfg(doc)]
use crate::denial::Reason;
use crate::{
    id::{Handle, SubjectId},
    purpose::Operation,
    subject::{Authority, Outgoing, PendingRequest, RequestAnswer, RequestedFrom, SignInRequest},
};

/// # Trusted devices and sign-in requests
impl Verifier {
    /// Returns the cookie name for a subject's [device token](crate::DeviceToken).
    ///
    /// The name is `__Host-device-`, followed by eight characters that depend on the subject. If
    /// several users share a browser, each of them therefore has a separate device. Without the
    /// root key, the characters reveal nothing about the subject.
    ///
    /// Whenever a sign-in returns a [token](crate::SignIn::device_token), set the cookie with
    /// `Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Lax`. The cookie is for security and
    /// needs no consent. Describe it on your privacy page. A mobile app must store the token in the
    /// key store of its device.
    ///
    /// # Source
    ///
    /// OWASP Authentication Cheat Sheet, device cookies; RFC 6265bis §4.1.3.2.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{SubjectId, Verifier};
    /// fn names_of(verifier: &Verifier, alice: &SubjectId, bob: &SubjectId) {
    ///     let name = verifier.cookie_name(alice);
    ///     assert!(name.starts_with("__Host-device-") && name.len() == 22);
    ///     assert_ne!(name, verifier.cookie_name(bob));
    /// }
    /// # let _ = names_of;
    /// ```
    #[must_use]
    pub fn cookie_name(&self, subject: &SubjectId) -> String {
        let keys = &self.shared.keys;
        keys.device_cookie(&keys.subject_record(subject))
    }

    /// Forgets the [device](crate::Client::device) that the client presents.
    ///
    /// The device is no longer trusted. Call this method when the user signs out at a shared
    /// computer.
    ///
    /// # Errors
    ///
    /// Returns [`Reason::NotFound`] if the device is no longer known.
    #[doc(alias = "logout")]
    pub async fn sign_out_device(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| subject.sign_out_device()).await
    }

    /// Revokes every permission and the trust in every device.
    ///
    /// The factors stay enrolled. The method returns the new epoch, for the session of the user who
    /// makes the change. Your application must end every other session: see
    /// [`is_current`](Self::is_current).
    ///
    /// # Errors
    ///
    /// Returns [`Reason::Unauthorized`] if `authority` lacks permission. Ask for a proof.
    #[doc(alias = "logout everywhere")]
    pub async fn sign_out_everywhere(&self, authority: impl Into<Authority>) -> Result<u64, Error> {
        let authority = authority.into();
        self.decide(authority.subject(), |subject| subject.sign_out_everywhere(&authority))
            .await
            .map_err(Error::open)
    }

    /// Asks the trusted devices to approve a sign-in.
    ///
    /// Show the number of the returned request on the new device. The request is pushed to devices
    /// with a [push address](crate::NewDevice::with_push), and
    /// [`pending_request`](Self::pending_request) returns it on every trusted device. For a minute,
    /// verify [`Proof::sign_in_request`](crate::Proof::sign_in_request) every second or two. A
    /// subject has one request at a time, and a new request replaces the pending one. A caller
    /// without a known device cannot replace the request of a known device.
    ///
    /// # Errors
    ///
    /// - [`Reason::NotEnrolled`]: the subject has no trusted device, or the sign-in has no earlier
    ///   proof. Offer another factor.
    /// - [`Reason::NotAllowed`]: the policy does not allow sign-in requests for this purpose. They
    ///   are never allowed for a transaction.
    /// - [`Reason::Disabled`]: within an hour, three requests without a known device were not
    ///   approved. Sign-in requests without a known device are disabled until the user enters a
    ///   code.
    /// - [`Reason::Locked`]: too many numbers were incorrect, or three requests of this known
    ///   device were not approved. Try again at [`Error::retry_at`].
    /// - [`Reason::TooSoon`]: a request of a known device is pending, or the third request of this
    ///   device within an hour was not approved. Try again at [`Error::retry_at`].
    /// - [`Reason::ReportedByOwner`]: the owner reported an earlier request of this client. The
    ///   client's requests are refused until [`Error::retry_at`].
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §3.1.3; OWASP ASVS 5.0.0 6.6.4; [FAILURES 102 to
    /// 105](crate::manual::threats).
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, proof::{RequestAnswer, RequestedFrom}, purpose::Operation};
    /// async fn on_the_new_device(verifier: &Verifier, alice: &SubjectId) -> Result<String, Error> {
    ///     let from = RequestedFrom::new("Firefox on Linux", "Lisbon, Portugal");
    ///     let request = verifier.request_sign_in(alice, Operation::SignIn, &from).await?;
    ///     Ok(format!("type {} on your phone", request.number().expose()))
    /// }
    ///
    /// async fn on_the_phone(
    ///     verifier: &Verifier, phone: Client, alice: &SubjectId, typed: &str,
    /// ) -> Result<(), Error> {
    ///     let verifier = verifier.for_client(phone); // with its device token
    ///     let Some(pending) = verifier.pending_request(alice).await? else { return Ok(()) };
    ///     verifier.answer_request(alice, &pending, RequestAnswer::Approve(typed)).await
    /// }
    /// # let _ = (on_the_new_device, on_the_phone);
    /// ```
    #[doc(alias = "number matching")]
    #[doc(alias = "push notification")]
    pub async fn request_sign_in(
        &self,
        subject: &SubjectId,
        purpose: impl Into<Operation>,
        from: &RequestedFrom,
    ) -> Result<SignInRequest, Error> {
        let (purpose, sender) = (purpose.into(), &*self.sender);
        self.check_first_factor(purpose)?;
        let Outgoing { answer: request, messages, .. } =
            self.decide(subject, |subject| subject.request_sign_in(purpose, from, sender)).await?;
        for message in messages {
            // A device that misses the push finds the request by `pending_request`.
            self.deliver_push(subject, message).await;
        }
        Ok(request)
    }

    /// Returns the sign-in request that this device can answer, or `None`.
    ///
    /// This method reads the store once. The client must present the
    /// [device](crate::Client::device). Only a device that was trusted before the request was
    /// created may answer it.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed, or if the record cannot be opened.
    pub async fn pending_request(
        &self,
        subject: &SubjectId,
    ) -> Result<Option<PendingRequest>, Error> {
        Ok(self.open(subject).await?.pending_request())
    }

    /// Answers a sign-in request: approves, cancels or reports it.
    ///
    /// The client must present the answering [device](crate::Client::device).
    ///
    /// # Errors
    ///
    /// - [`Reason::Incorrect`]: the number was incorrect, and the request has ended. Begin another
    ///   request.
    /// - [`Reason::Malformed`]: the input is not a two-digit number. Ask again.
    /// - [`Reason::NotFound`]: the request has ended or was answered, or this device may not answer
    ///   it.
    pub async fn answer_request(
        &self,
        subject: &SubjectId,
        request: impl Into<Handle>,
        answer: RequestAnswer<'_>,
    ) -> Result<(), Error> {
        let handle = request.into();
        self.decide(subject, |subject| subject.answer_request(&handle, answer)).await
    }
}
