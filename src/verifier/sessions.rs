//! Validity of sessions.

use super::{Error, Verifier};
use crate::id::SubjectId;

/// # Sessions
impl Verifier {
    /// Returns the epoch of a subject, which is 0 if there is no record.
    ///
    /// Store [`SignIn::epoch`](crate::SignIn::epoch) in the session, and end the session when this
    /// method returns another number. The epoch advances when a factor or the PIN is removed or
    /// replaced, when the first factor is confirmed, at a further registration, when the password
    /// changes, and when the user signs out everywhere. This method reads the store once.
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

    /// Revokes all trust and permissions based on the earlier password.
    ///
    /// Call it after every change of the password. It revokes the trust in every device, and every
    /// permission, grant, challenge, enrollment and partial proof. The epoch advances. The factors
    /// stay enrolled.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. Call the method again.
    pub async fn password_changed(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| Ok(subject.password_changed())).await
    }
}
