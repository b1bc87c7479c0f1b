//! The end of sessions.

use super::{Error, Verifier};
use crate::id::SubjectId;

/// # Sessions
impl Verifier {
    /// Returns the epoch of a subject, with one read. It is 0 if there is no record.
    ///
    /// Store [`SignIn::epoch`](crate::SignIn::epoch) in the session, and end the session when this
    /// method returns another number. The epoch advances when a factor or the PIN is removed or
    /// replaced, when the first factor is confirmed, at a further registration, when the password
    /// changes, and when the user signs out everywhere.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. Do not accept the session then.
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

    /// Ends what the earlier password began. Call it after every change of the password.
    ///
    /// The trust in every device ends, and so does every permission, grant, challenge, enrollment
    /// and partial proof. The epoch advances. The factors stay, and devices stay known.
    ///
    /// A factor that is locked or disabled accepts ten more attempts, once until its next success
    /// after a first factor. An attacker who had the earlier password no longer reaches it.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. Call it again.
    pub async fn password_changed(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| Ok(subject.password_changed())).await
    }
}
