//! The two-step PIN: set, practised, removed when it was forgotten.

use super::{Error, Verifier};
use crate::{
    Handle, Proof, Purpose, SubjectId, UnixTime, Verified,
    subject::{Authority, NewPin},
    verdict::{Denial, Reason, Recognized},
};

impl Verifier {
    /// Sets the PIN that is asked for after every other proof, or changes it.
    ///
    /// A PIN that a server checks is a password, not a factor in the sense of NIST SP 800-63B-4
    /// (§3.2.10 against §3.1.1): it is a lock that keeps out whoever got hold of the number, and raises
    /// no assurance level. Remove it by [`revoke`](Self::revoke).
    ///
    /// # Input
    ///
    /// `pin`: see [`NewPin`].
    ///
    /// # Errors
    ///
    /// [`Error::Pin`] and [`Reason::TooCommon`]: ask for another. [`Reason::Quarantined`]: not so soon
    /// (a day) after somebody new came in, unless an older device
    /// [agrees](Self::set_pin_with_device); [`Error::retry_at`] tells when. Otherwise no right, where a
    /// PIN stands also when the proof did not have it.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, Verified, Verifier};
    /// async fn set(verifier: &Verifier, fresh: &Verified, typed: &str) -> Result<String, Error> {
    ///     match verifier.set_pin(fresh, typed).await {
    ///         Ok(()) => Ok("from now on we ask for it".into()),
    ///         Err(Error::Pin(why)) => Ok(why.to_string()),
    ///         Err(error) => Err(error),
    ///     }
    /// }
    /// # let _ = set;
    /// ```
    ///
    /// # Security
    ///
    /// A thief of the number must not be the first to set a PIN
    /// ([FAILURES 112](crate::manual::threats)), so that none is set for the first time within a day of
    /// a sign-in, a recovery or a trusted device while another device stands (a device of the owner is
    /// recognised and does not sign in), of the number being registered again, or of a new password
    /// where devices were trusted, of the last device being signed out or stolen. A proof for
    /// [`Manage`](crate::Purpose::Manage) begins no day: ask for one only in a session that a sign-in
    /// opened. Where nobody trusts a device there is none that could be new: offer
    /// [`trust_device`](Self::trust_device) after the first sign-in.
    pub async fn set_pin(&self, authority: impl Into<Authority>, pin: &str) -> Result<(), Error> {
        self.put_pin(&authority.into(), pin, None).await
    }

    /// Sets a first PIN so soon after somebody new came in, since an older device agrees: one that has
    /// been trusted for a day.
    ///
    /// # Errors
    ///
    /// As [`set_pin`](Self::set_pin).
    pub async fn set_pin_with_device(
        &self,
        authority: impl Into<Authority>,
        older: &Recognized,
        pin: &str,
    ) -> Result<(), Error> {
        self.put_pin(&authority.into(), pin, Some(older)).await
    }

    async fn put_pin(
        &self,
        authority: &Authority,
        pin: &str,
        older: Option<&Recognized>,
    ) -> Result<(), Error> {
        let (subject, pin) = (authority.subject(), NewPin::new(pin)?);
        let drawn = self.ready(subject).await?.draw_pin(authority, pin, older)?;
        let hashed = self.offload(move || drawn.hash()).await?.ok_or(Error::CheckLost)?;
        self.decide(subject, |subject| subject.install_pin(authority, older, &hashed)).await
    }

    /// Calls off the removal of the PIN, from a device that was trusted before it was asked for.
    ///
    /// # Errors
    ///
    /// [`Error`]: the device is trusted no longer, or came later, or there is nothing to call off.
    pub async fn cancel_pin_reset(&self, device: &Recognized) -> Result<(), Error> {
        self.decide(device.subject(), |subject| subject.cancel_pin_reset(device)).await
    }

    /// Checks the PIN so that it is not forgotten. Right, it is asked for less often; wrong, more.
    ///
    /// It counts as a try like any other, and proves nothing. When it is due stands in the
    /// [status](Self::status).
    ///
    /// # Errors
    ///
    /// [`Error`]: it was wrong, or locked.
    pub async fn rehearse_pin(&self, subject: &SubjectId, typed: &str) -> Result<(), Error> {
        self.check(subject, |subject| subject.rehearse_pin(typed)).await.map(drop)
    }

    /// Begins the week after which a forgotten PIN is removed; says when it ends.
    ///
    /// For somebody who was asked for the PIN, has no recovery address, and does not know it. `due` is
    /// what the [denial](Denial::pin_due) gave. The owner is told at once, after half of it and a day
    /// before the end, and calls it off by using the PIN, or by
    /// [`cancel_pin_reset`](Self::cancel_pin_reset) from a device of theirs. Asked for again, it
    /// changes nothing. When it is over, the next proof finds no PIN.
    ///
    /// # Errors
    ///
    /// [`Error`]: nobody was asked for a PIN under this handle, or too long ago.
    ///
    /// # Source
    ///
    /// [FAILURES 109, 110](crate::manual::threats).
    pub async fn begin_pin_reset(
        &self,
        subject: &SubjectId,
        due: &Handle,
    ) -> Result<UnixTime, Error> {
        self.decide(subject, |subject| subject.begin_pin_reset(due)).await
    }

    /// Removes a forgotten PIN at once, by a code that was sent to a proven email address
    /// ([`challenge`](Self::challenge) for [`Purpose::ResetPin`]), and completes the proof that asked
    /// for the PIN.
    ///
    /// Every address of the subject is told.
    ///
    /// # Errors
    ///
    /// [`Error`]: as [`verify`](Self::verify); or nobody was asked for a PIN under this handle.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, Challenge};
    /// async fn forgotten(
    ///     verifier: &Verifier, alice: &SubjectId, email: &Address,
    /// ) -> Result<Challenge, Error> {
    ///     verifier.challenge(alice, email, Purpose::ResetPin).await
    /// }
    ///
    /// async fn typed(
    ///     verifier: &Verifier, alice: &SubjectId, due: &Handle, sent: &Handle, typed: &str,
    /// ) -> Result<Verified, Error> {
    ///     verifier.reset_pin(alice, due, sent, typed).await
    /// }
    /// # let _ = (forgotten, typed);
    /// ```
    pub async fn reset_pin(
        &self,
        subject: &SubjectId,
        due: &Handle,
        challenge: &(impl AsRef<Handle> + Sync),
        typed: &str,
    ) -> Result<Verified, Error> {
        let proof = Proof::sent_code(challenge, typed).after(due);
        let reset = self.check(subject, |subject| subject.verify(Purpose::ResetPin, &proof));
        reset.await?.ok_or_else(|| Denial::new(Reason::NotFound).into())
    }
}
