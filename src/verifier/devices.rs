//! Trusted devices and the sign-in requests that they answer.

use alloc::vec::Vec;

use super::{Error, Verifier};
use crate::{
    Handle, Purpose, SubjectId, Verified,
    delivery::Undelivered,
    host::Event,
    id::ItemId,
    purpose::Agreement,
    subject::{
        Authority, NewDevice, Outgoing, PendingRequest, RequestAnswer, RequestedFrom,
        SignInRequest, TrustedDevice,
    },
    verdict::{DeviceToken, Recognized},
};

impl Verifier {
    /// Trusts the device on which `verified` was just earned; gives the token to keep there.
    ///
    /// At most ten are trusted; the eleventh pushes out the one not seen for longest. Trust ends by
    /// itself after the policy's [`device_life`](crate::Policy::device_life), and when a factor is
    /// removed or replaced, everything is signed out, or the password changes.
    ///
    /// # Errors
    ///
    /// [`Error`]: the proof is too old, or not one for getting in.
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
    pub async fn trust_device(
        &self,
        verified: &Verified,
        device: &NewDevice,
    ) -> Result<DeviceToken, Error> {
        self.decide(verified.subject(), |subject| subject.trust_device(verified, device)).await
    }

    /// Whether the browser that shows `token` is a device that the subject trusts.
    ///
    /// # Errors
    ///
    /// [`Error`]: ask for a second factor. The [reason](crate::verdict::Denial::reason) says what to do
    /// with the cookie: [`OtherSubject`](crate::verdict::Reason::OtherSubject) is somebody else's who
    /// uses this browser too, leave it; otherwise delete it.
    /// [`Stolen`](crate::verdict::Reason::Stolen) was told as an event besides.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it ends, the token that was shown is still good.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, SubjectId, Verifier, verdict::Recognized};
    /// use second_factor::{DeviceToken, verdict::Reason};
    ///
    /// async fn known(
    ///     verifier: &Verifier, alice: &SubjectId, cookie: &str,
    /// ) -> Result<Option<Recognized>, Error> {
    ///     match verifier.recognize(alice, &DeviceToken::from_text(cookie)).await {
    ///         Ok(device) => Ok(Some(device)),            // keep device.token() in the cookie
    ///         Err(error) if error.denial().is_some() => Ok(None),
    ///         Err(error) => Err(error),
    ///     }
    /// }
    /// # let _ = (known, Reason::Stolen);
    /// ```
    pub async fn recognize(
        &self,
        subject: &SubjectId,
        token: &DeviceToken,
    ) -> Result<Recognized, Error> {
        self.decide(subject, |subject| subject.recognize(token)).await
    }

    /// The devices that are trusted, the one used last first.
    ///
    /// # Errors
    ///
    /// [`Error`]: the store failed, or the record cannot be opened.
    pub async fn devices(&self, subject: &SubjectId) -> Result<Vec<TrustedDevice>, Error> {
        Ok(self.ready(subject).await?.devices())
    }

    /// Signs out one device: it is trusted no longer.
    ///
    /// # Errors
    ///
    /// [`Error`]: no right, or no such device.
    pub async fn revoke_device(
        &self,
        authority: impl Into<Authority>,
        device: &ItemId,
    ) -> Result<(), Error> {
        let authority = authority.into();
        self.decide(authority.subject(), |subject| subject.revoke_device(&authority, device)).await
    }

    /// Lets a device sign itself out.
    ///
    /// # Errors
    ///
    /// [`Error`]: it is trusted no longer.
    pub async fn sign_out_device(&self, device: &Recognized) -> Result<(), Error> {
        self.decide(device.subject(), |subject| subject.sign_out_device(device)).await
    }

    /// Ends every device and everything that was proven before, the authority that was just used
    /// included. The factors stay. End the sessions too.
    ///
    /// # Errors
    ///
    /// [`Error`]: no right.
    pub async fn sign_out_everywhere(&self, authority: impl Into<Authority>) -> Result<(), Error> {
        let authority = authority.into();
        self.decide(authority.subject(), |subject| subject.sign_out_everywhere(&authority)).await
    }

    /// Trusts no device any longer: call it whenever the password was changed.
    ///
    /// # Errors
    ///
    /// [`Error`]: the store failed. Call it again.
    pub async fn password_changed(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| Ok(subject.password_changed())).await
    }

    /// Asks the trusted devices whether a new one may sign in; gives the number to show on the new one.
    ///
    /// It is pushed to those with a [mark](NewDevice::with_push), and shown by all of them that ask
    /// for [`pending_request`](Self::pending_request). Then try
    /// [`Proof::sign_in_request`](crate::Proof::sign_in_request) every second or two, for a minute. One request at a
    /// time: a new one ends the one before.
    ///
    /// # Errors
    ///
    /// [`Error`]: nobody could answer, or the policy does not allow it for this purpose, or three went
    /// unanswered or were disowned within the hour
    /// ([`Reason::Disabled`](crate::verdict::Reason::Disabled), until a code is used). A transaction takes
    /// [`request_agreement`](Self::request_agreement).
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §3.1.3; OWASP ASVS 5.0.0 6.6.4; [FAILURES 102 to 105](crate::manual::threats).
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
    /// async fn on_the_old_one(
    ///     verifier: &Verifier, phone: &Recognized, typed: &str,
    /// ) -> Result<(), Error> {
    ///     let Some(pending) = verifier.pending_request(phone).await? else { return Ok(()) };
    ///     verifier.answer_request(phone, &pending, RequestAnswer::Approve(typed)).await
    /// }
    /// # let _ = (on_the_new_device, on_the_old_one);
    /// ```
    pub async fn request_sign_in(
        &self,
        subject: &SubjectId,
        purpose: Purpose,
        from: &RequestedFrom,
    ) -> Result<SignInRequest, Error> {
        self.put_request(subject, (purpose, None), from).await
    }

    /// As [`request_sign_in`](Self::request_sign_in), for agreeing to exactly this, which the device
    /// that answers shows.
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
        self.put_request(subject, (agreement.purpose(), Some(agreement)), from).await
    }

    async fn put_request(
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
            // A push that fails is no failure: every device can ask.
            match self.shared.delivery.deliver(message).await {
                Ok(_) | Err(Undelivered::Unknown) => {}
                Err(_) => self.tell(subject, &Event::NoticeNotSent, &[]),
            }
        }
        Ok(request)
    }

    /// The sign-in request that waits for an answer, for a device that was trusted before it came.
    ///
    /// One read. `device`: recognised for this very call.
    ///
    /// # Errors
    ///
    /// [`Error`]: the store failed, or the record cannot be opened.
    pub async fn pending_request(
        &self,
        device: &Recognized,
    ) -> Result<Option<PendingRequest>, Error> {
        Ok(self.ready(device.subject()).await?.pending_request(device))
    }

    /// Answers a sign-in request: the number typed, *cancel*, or *not me*.
    ///
    /// # Errors
    ///
    /// [`Error`]: the number was wrong, and the request is void; or it is over, answered, or none for
    /// this device.
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
