//! The two-step PIN.

use super::{Error, Verifier};
#[cfg(doc)]
use crate::denial::Reason;
use crate::{
    id::{Handle, SubjectId},
    subject::{Authority, InvalidPin, IsCounted, NewPin, SlowClass},
    time::UnixTime,
};

/// # PIN
impl Verifier {
    /// Sets or changes the PIN.
    ///
    /// The user must enter the PIN in addition to any other factor.
    ///
    /// A PIN that a server checks is a password, and not an authenticator in the sense of NIST SP
    /// 800-63B-4 (§3.2.10, §3.1.1). The PIN protects against an attacker who controls the phone
    /// number, but does not raise the assurance level. To remove the PIN, call
    /// [`revoke`](Self::revoke).
    ///
    /// A change of the PIN ends the sessions. The method returns the epoch, for the session of this
    /// user.
    ///
    /// # Input
    ///
    /// `pin`: a string or a [`NewPin`]. A `NewPin` also [rejects](NewPin::not) strings that an
    /// attacker may know about the user.
    ///
    /// # Errors
    ///
    /// - [`Error::Pin`] and [`Reason::TooCommon`]: ask for another PIN. You may show the reason.
    /// - [`Reason::Quarantined`]: a new device signed in within the last day. Set the first PIN
    ///   after [`Error::retry_at`], or from a [device](crate::Client::device) that has been trusted
    ///   for at least a day.
    /// - [`Reason::Unauthorized`]: `authority` lacks permission, or a PIN is set and was not part
    ///   of the proof. Ask for a proof.
    ///
    /// # Security
    ///
    /// An attacker who takes over the number must not be able to set the first PIN ([FAILURES
    /// 112](crate::manual::threats)). For a day, the first PIN therefore cannot be set after:
    ///
    /// - a sign-in, a recovery or a newly trusted device, while another device is trusted. A
    ///   trusted device is recognized without a second factor, which does not count as a sign-in
    ///   here;
    /// - another registration of the number;
    /// - the use of a support code;
    /// - a new password, the removal of a forgotten PIN, or a restored backup, if a device was
    ///   trusted;
    /// - the sign-out of the last trusted device, or the detected theft of its token.
    ///
    /// A proof for [`Manage`](crate::Purpose::Manage) does not start this delay. Ask for such a
    /// proof only in a session that a sign-in opened. While no device is trusted, a sign-in does
    /// not start the delay either. Therefore, offer [to trust the device](crate::Proof::trusting)
    /// at the first sign-in.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, Verified, Verifier, enrollment::NewPin};
    /// async fn set(verifier: &Verifier, fresh: &Verified, typed: &str) -> Result<String, Error> {
    ///     let pin = NewPin::new(typed)?.not(&["1990-05-14"])?; // the user's birthday
    ///     match verifier.set_pin(fresh, pin).await {
    ///         Ok(_epoch) => Ok("the PIN is required from now on".into()),
    ///         Err(Error::Pin(why)) => Ok(why.to_string()),
    ///         Err(error) => Err(error),
    ///     }
    /// }
    /// # let _ = set;
    /// ```
    #[doc(alias = "registration lock")]
    #[doc(alias = "two-step verification")]
    pub async fn set_pin(
        &self,
        authority: impl Into<Authority>,
        pin: impl TryInto<NewPin, Error: Into<InvalidPin>>,
    ) -> Result<u64, Error> {
        let (authority, pin) = (authority.into(), pin.try_into().map_err(Into::into)?);
        let subject = authority.subject();
        let drawn = self.open(subject).await?.draw_pin(&authority, pin).map_err(Error::open)?;
        let turn = self.turn(subject, SlowClass::Known, IsCounted::Yes).await?;
        let hashed = self.offload(turn, |memory| drawn.hash_in(memory)).await?;
        let hashed = hashed.ok_or(Error::CheckLost)?;
        self.decide(subject, |subject| subject.install_pin(&authority, &hashed))
            .await
            .map_err(Error::open)
    }

    /// Checks the PIN as a rehearsal, so that the user remembers it.
    ///
    /// A rehearsal is not a proof. A correct PIN lengthens the interval to the next rehearsal, and
    /// an incorrect PIN shortens it. [`status`](Self::status) returns the time of the next
    /// rehearsal. After three incorrect PINs, rehearsals are refused until the user enters the PIN
    /// for a proof. Therefore, an attacker with a stolen session cannot guess without a limit.
    /// Rehearsals neither lock nor disable the PIN, so this attacker cannot lock it either.
    ///
    /// # Errors
    ///
    /// - [`Reason::Disabled`]: three rehearsals were incorrect, or the PIN is disabled. Do not ask
    ///   for the PIN.
    /// - [`Reason::Incorrect`]: ask again, or explain how to reset the PIN.
    pub async fn rehearse_pin(&self, subject: &SubjectId, typed: &str) -> Result<(), Error> {
        self.check(subject, None, |subject| subject.rehearse_pin(typed)).await.map(drop)
    }

    /// Begins the reset of a forgotten PIN, which takes a week.
    ///
    /// Returns the time at which the week ends. Use it for a user who has forgotten the PIN and has
    /// no recovery address. `pending` is the handle that
    /// [`Denial::pending_pin`](crate::Denial::pending_pin) returned. The owner is notified at once,
    /// after half of the week, and a day before its end. A second call changes nothing. After the
    /// week, the next proof needs no PIN.
    ///
    /// The reset is cancelled if:
    ///
    /// - the PIN is entered,
    /// - a device of the owner calls [`cancel_pin_reset`](Self::cancel_pin_reset),
    /// - or a factor is proven that is neither a phone number nor part of the proof before this
    ///   call. The PIN is still required after this factor.
    ///
    /// No reset can begin in the week after a cancelled one.
    ///
    /// # Errors
    ///
    /// - [`Reason::NotFound`] or [`Reason::Expired`]: no proof with this handle is waiting for the
    ///   PIN. Ask for a proof again.
    /// - [`Reason::TooSoon`]: a reset was cancelled in the last week. Ask again after
    ///   [`Error::retry_at`].
    ///
    /// # Source
    ///
    /// [FAILURES 109, 110](crate::manual::threats).
    #[doc(alias = "forgot pin")]
    pub async fn begin_pin_reset(
        &self,
        subject: &SubjectId,
        pending: impl Into<Handle>,
    ) -> Result<UnixTime, Error> {
        let pending = pending.into();
        self.decide(subject, |subject| subject.begin_pin_reset(&pending)).await
    }

    /// Cancels a PIN reset, from a device that was trusted before the reset began.
    ///
    /// The client must present the [device](crate::Client::device).
    ///
    /// # Errors
    ///
    /// Returns [`Reason::NotFound`] if the device is not trusted or was trusted too recently, or if
    /// no reset is in progress.
    pub async fn cancel_pin_reset(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| subject.cancel_pin_reset()).await
    }
}
