//! What stands, for building a screen.

use super::{Error, Verifier};
use crate::{SubjectId, subject::Status};

impl Verifier {
    /// What is enrolled, masked; what is locked and until when; when the next code may be sent.
    ///
    /// One read, and a write only where a clock was wrong. It proves nothing and opens nothing: ask
    /// [`next`](Self::next) before a sign-in. A form that posts the id of an address finds the
    /// address by [`Status::address`].
    ///
    /// # Errors
    ///
    /// [`Error`]: the store failed, the record cannot be opened, or there is none and the policy
    /// wants one.
    ///
    /// # Security
    ///
    /// Show it to the subject alone, signed in: it tells how the subject is protected.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, FactorKind, SubjectId, Verifier};
    /// async fn advice(verifier: &Verifier, alice: &SubjectId) -> Result<&'static str, Error> {
    ///     let status = verifier.status(alice).await?;
    ///     Ok(match status.backup_codes_left() {
    ///         _ if !status.is_protected() => "turn on two-factor",
    ///         None => "print backup codes",
    ///         Some(0..=3) => "print new backup codes",
    ///         Some(_) => "",
    ///     })
    /// }
    /// # let _ = advice;
    /// ```
    pub async fn status(&self, subject: &SubjectId) -> Result<Status, Error> {
        Ok(self.ready(subject).await?.status()?)
    }
}
