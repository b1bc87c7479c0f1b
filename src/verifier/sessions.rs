//! Validity of sessions.

use core::time::Duration;

use super::{Error, Verifier};
use crate::{id::SubjectId, sign_in::SessionEpoch};

/// # Sessions
impl Verifier {
    /// Returns the epoch of a subject.
    ///
    /// This method reads the store once. The epoch is 0 until a factor is confirmed.
    ///
    /// Store [`SignIn::epoch`](crate::SignIn::epoch) in the session, and end the session when this
    /// method returns another number. The epoch becomes a new random number when:
    ///
    /// - the first factor is confirmed, or two-factor authentication is turned off,
    /// - a factor or the PIN is removed or replaced, or the user recovers access,
    /// - another client registers the number,
    /// - the theft of a device token is detected,
    /// - the password changes, the user signs out everywhere, or support resets the subject.
    ///
    /// The epoch stays the same when a further factor is added, a backup code is generated, or a
    /// token is synchronized. Compare epochs for equality only: they have no order.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. Do not accept the session in this case.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::*;
    /// async fn is_valid(verifier: &Verifier, alice: &SubjectId, stored: u64) -> Result<bool, Error> {
    ///     Ok(verifier.epoch(alice).await? == stored)
    /// }
    /// # let _ = is_valid;
    /// ```
    #[doc(alias = "session")]
    pub async fn epoch(&self, subject: &SubjectId) -> Result<u64, Error> {
        Ok(self.open(subject).await?.epoch())
    }

    /// Returns whether the epoch of the session is still the epoch of its subject.
    ///
    /// This method reads the record only if the last read is older than `max_age`, and then updates
    /// the time in `session`. Store `session` again after the call. With a `max_age` of one minute,
    /// a stolen session ends at most one minute after the owner removes a factor. With
    /// `Duration::ZERO`, every call reads the record.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store or the clock failed. Do not accept the session then.
    ///
    /// # Example
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use second_factor::{*, sign_in::SessionEpoch};
    /// struct Session { subject: SubjectId, epoch: SessionEpoch }
    ///
    /// fn open(sign_in: SignIn) -> Session {
    ///     let epoch = SessionEpoch::from(sign_in.epoch());
    ///     Session { subject: sign_in.subject().clone(), epoch }
    /// }
    ///
    /// async fn on_request(verifier: &Verifier, session: &mut Session) -> Result<bool, Error> {
    ///     let Session { subject, epoch } = session;
    ///     verifier.is_current(subject, epoch, Duration::from_secs(60)).await
    /// }
    /// # let _ = (open, on_request);
    /// ```
    #[doc(alias = "session")]
    pub async fn is_current(
        &self,
        subject: &SubjectId,
        session: &mut SessionEpoch,
        max_age: Duration,
    ) -> Result<bool, Error> {
        let now = self.shared.clock.now()?;
        if session.is_fresh(now, max_age) {
            return Ok(true);
        }
        let is_current = self.epoch(subject).await? == session.epoch;
        if is_current {
            session.checked_at = now;
        }
        Ok(is_current)
    }

    /// Ends everything that began with the earlier password.
    ///
    /// Call this method after every change of the password. It revokes the trust in every device,
    /// and every permission, grant, challenge, enrollment and partial proof. Factors stay enrolled,
    /// and devices stay known. The method returns the new epoch, for the session of this user.
    ///
    /// Each locked or disabled factor accepts ten more attempts. A further change of the password
    /// does not add attempts until the factor next succeeds after a first factor. An attacker who
    /// has only the earlier password can no longer attempt this factor.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. Call the method again.
    pub async fn password_changed(&self, subject: &SubjectId) -> Result<u64, Error> {
        self.decide(subject, |subject| Ok(subject.password_changed())).await
    }
}
