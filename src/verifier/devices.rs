//! Trusted devices, and the sign-in requests that they answer.

use alloc::vec::Vec;

use super::{Error, Verifier};
#[cfg(doc)]
use crate::verdict::Reason;
use crate::{
    Handle, Purpose, SubjectId, Verified,
    id::ItemId,
    purpose::Agreement,
    subject::{
        Authority, NewDevice, Outgoing, PendingRequest, RequestAnswer, RequestedFrom,
        SignInRequest, TrustedDevice,
    },
    verdict::{DeviceToken, Recognized},
};

/// # Trusted devices and sign-in requests
impl Verifier {
    /// Trusts the device on which `verified` was just earned, and returns its token.
    ///
    /// At most ten devices are trusted: an eleventh replaces the one that was not used for longest.
    /// Trust ends after the policy's [`device_lifetime`](crate::Policy::device_lifetime), when a factor is
    /// removed or replaced, when everything is signed out, and when the password changes.
    ///
    /// # Errors
    ///
    /// Returns [`Reason::Unauthorized`] if the proof is too old, or is not one that signs in. Do
    /// not offer to trust the device.
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §5.1; [FAILURES 78 to 82](crate::manual::threats).
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, Verified, Verifier, NewDevice};
    /// async fn remember(verifier: &Verifier, fresh: &Verified) -> Result<String, Error> {
    ///     let token = verifier.trust_device(fresh, &NewDevice::new("Firefox, Lisbon")).await?;
    ///     Ok(format!("device={}; HttpOnly; Secure; SameSite=Lax", token.expose()))
    /// }
    /// # let _ = remember;
    /// ```
    #[doc(alias = "remember me")]
    #[doc(alias = "remember this browser")]
    #[doc(alias = "trusted browser")]
    pub async fn trust_device(
        &self,
        verified: &Verified,
        device: &NewDevice,
    ) -> Result<DeviceToken, Error> {
        self.decide(verified.subject(), |subject| subject.trust_device(verified, device)).await
    }

    /// Recognizes a trusted device by its token, and rotates the token.
    ///
    /// # Errors
    ///
    /// Require a second factor. The reason says what to do with the cookie:
    ///
    /// - [`Reason::OtherSubject`]: it belongs to another user of this browser. Do not delete it.
    /// - [`Reason::Stolen`]: two copies of the token exist. Delete it; an event reports the theft.
    /// - Every other [`Error::Denied`]: the device is not trusted. Delete it.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the presented token is still valid.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, SubjectId, Verifier, verdict::Recognized};
    /// use second_factor::{DeviceToken, verdict::Reason};
    ///
    /// async fn recognized(
    ///     verifier: &Verifier, alice: &SubjectId, cookie: &str,
    /// ) -> Result<Option<Recognized>, Error> {
    ///     match verifier.recognize(alice, &DeviceToken::from_text(cookie)).await {
    ///         Ok(device) => Ok(Some(device)),            // device.token() replaces the cookie
    ///         Err(error) if error.denial().is_some() => Ok(None),
    ///         Err(error) => Err(error),
    ///     }
    /// }
    /// # let _ = (recognized, Reason::Stolen);
    /// ```
    #[doc(alias = "remember me")]
    #[doc(alias = "trusted browser")]
    pub async fn recognize(
        &self,
        subject: &SubjectId,
        token: &DeviceToken,
    ) -> Result<Recognized, Error> {
        self.decide(subject, |subject| subject.recognize(token)).await
    }

    /// Returns the trusted devices, most recently used first.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed, or the record cannot be opened.
    #[doc(alias = "list_devices")]
    pub async fn devices(&self, subject: &SubjectId) -> Result<Vec<TrustedDevice>, Error> {
        Ok(self.open(subject).await?.devices())
    }

    /// Ends the trust in one device.
    ///
    /// # Errors
    ///
    /// - [`Reason::Unauthorized`]: `authority` lacks permission. Ask for a proof.
    /// - [`Reason::NotFound`]: there is no such device.
    #[doc(alias = "forget device")]
    pub async fn revoke_device(
        &self,
        authority: impl Into<Authority>,
        device: &ItemId,
    ) -> Result<(), Error> {
        let authority = authority.into();
        self.decide(authority.subject(), |subject| subject.revoke_device(&authority, device)).await
    }

    /// Ends the trust in the device that makes the request.
    ///
    /// # Errors
    ///
    /// Returns [`Reason::NotFound`] if it is not trusted any longer.
    #[doc(alias = "logout")]
    pub async fn sign_out_device(&self, device: &Recognized) -> Result<(), Error> {
        self.decide(device.subject(), |subject| subject.sign_out_device(device)).await
    }

    /// Ends the trust in every device, and every permission, including `authority`.
    ///
    /// The factors remain. Your application must end the sessions too.
    ///
    /// # Errors
    ///
    /// Returns [`Reason::Unauthorized`] if `authority` lacks permission. Ask for a proof.
    #[doc(alias = "logout everywhere")]
    pub async fn sign_out_everywhere(&self, authority: impl Into<Authority>) -> Result<(), Error> {
        let authority = authority.into();
        self.decide(authority.subject(), |subject| subject.sign_out_everywhere(&authority)).await
    }

    /// Ends the trust in every device. Call it after every change of the password.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. Call it again.
    pub async fn password_changed(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| Ok(subject.password_changed())).await
    }

    /// Asks the trusted devices to approve a sign-in, and returns the number to show.
    ///
    /// The new device shows the number. The request is pushed to devices with a [push
    /// address](NewDevice::with_push), and returned to every trusted device by
    /// [`pending_request`](Self::pending_request). Verify
    /// [`Proof::sign_in_request`](crate::Proof::sign_in_request) every second or two, for a minute.
    /// There is one request at a time: a new one replaces it.
    ///
    /// # Errors
    ///
    /// - [`Reason::NotEnrolled`]: there is no trusted device. Offer another factor.
    /// - [`Reason::NotAllowed`]: the policy does not allow it for this purpose. A transaction needs
    ///   [`request_agreement`](Self::request_agreement).
    /// - [`Reason::Disabled`]: three requests were unanswered or reported as unrequested within an
    ///   hour. They are disabled until the user enters a code.
    /// - [`Reason::Locked`]: too many numbers were incorrect. Try again at [`Error::retry_at`].
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §3.1.3; OWASP ASVS 5.0.0 6.6.4; [FAILURES 102 to
    /// 105](crate::manual::threats).
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, RequestedFrom, RequestAnswer, verdict::Recognized};
    /// async fn on_the_new_device(verifier: &Verifier, alice: &SubjectId) -> Result<String, Error> {
    ///     let from = RequestedFrom::new("Firefox on Linux", "Lisbon, Portugal");
    ///     let request = verifier.request_sign_in(alice, Purpose::SignIn, &from).await?;
    ///     Ok(format!("type {} on your phone", request.number().expose()))
    /// }
    ///
    /// async fn on_the_phone(
    ///     verifier: &Verifier, phone: &Recognized, typed: &str,
    /// ) -> Result<(), Error> {
    ///     let Some(pending) = verifier.pending_request(phone).await? else { return Ok(()) };
    ///     verifier.answer_request(phone, &pending, RequestAnswer::Approve(typed)).await
    /// }
    /// # let _ = (on_the_new_device, on_the_phone);
    /// ```
    #[doc(alias = "number matching")]
    #[doc(alias = "push notification")]
    pub async fn request_sign_in(
        &self,
        subject: &SubjectId,
        purpose: Purpose,
        from: &RequestedFrom,
    ) -> Result<SignInRequest, Error> {
        self.send_sign_in_request(subject, (purpose, None), from).await
    }

    /// Asks the trusted devices to approve one transaction, whose data they show.
    ///
    /// It works as [`request_sign_in`](Self::request_sign_in).
    ///
    /// # Errors
    ///
    /// As [`request_sign_in`](Self::request_sign_in).
    pub async fn request_agreement(
        &self,
        subject: &SubjectId,
        agreement: &Agreement,
        from: &RequestedFrom,
    ) -> Result<SignInRequest, Error> {
        self.send_sign_in_request(subject, (agreement.purpose(), Some(agreement)), from).await
    }

    async fn send_sign_in_request(
        &self,
        subject: &SubjectId,
        what: (Purpose, Option<&Agreement>),
        from: &RequestedFrom,
    ) -> Result<SignInRequest, Error> {
        let sender = &*self.sender;
        let Outgoing { answer: request, messages, .. } = self
            .decide(subject, |subject| subject.request_sign_in(what.0, what.1, from, sender))
            .await?;
        for message in messages {
            // A device that misses the push finds the request by `pending_request`.
            self.deliver_notice(subject, message).await;
        }
        Ok(request)
    }

    /// Returns the sign-in request that waits for an answer of this device.
    ///
    /// It takes one read. Recognize the device for this call. Only a device that was trusted before
    /// the request began may answer it.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed, or the record cannot be opened.
    pub async fn pending_request(
        &self,
        device: &Recognized,
    ) -> Result<Option<PendingRequest>, Error> {
        Ok(self.open(device.subject()).await?.pending_request(device))
    }

    /// Answers a sign-in request: approves, cancels or reports it.
    ///
    /// # Errors
    ///
    /// - [`Reason::Incorrect`]: the number was incorrect, which ends the request. Begin another.
    /// - [`Reason::Malformed`]: it is not a number of two digits. Ask again.
    /// - [`Reason::NotFound`]: the request ended, was answered, or is not one that this device may
    ///   answer.
    pub async fn answer_request(
        &self,
        device: &Recognized,
        request: &(impl AsRef<Handle> + Sync),
        answer: RequestAnswer<'_>,
    ) -> Result<(), Error> {
        let handle = *request.as_ref();
        self.decide(device.subject(), |subject| subject.answer_request(device, &handle, answer))
            .await
    }
}
