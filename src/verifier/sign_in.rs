//! Verification of proofs, and the permissions that they give.

use super::{Error, Verifier};
use crate::{
    Proof, Purpose, SubjectId, Verified,
    subject::{Authority, Grant},
    verdict::{Denial, Next, Reason},
};

/// # Signing in
impl Verifier {
    /// Returns what is required after a correct first factor: a proof, or nothing.
    ///
    /// It takes one read, and a write only after a clock fault. Call it for every sign-in, and use
    /// the answer for that sign-in only.
    ///
    /// # Errors
    ///
    /// No error permits the sign-in.
    ///
    /// - [`Reason::Absent`]: there is no record and the policy requires one.
    ///   [`create`](Self::create) creates it at sign-up.
    /// - [`Reason::Expired`]: an administrator's reset expired before a factor was enrolled. Only
    ///   another [`reset`](Self::reset) helps.
    #[doc(alias = "is_enabled")]
    #[doc(alias = "is_required")]
    #[doc(alias = "login")]
    pub async fn next(&self, subject: &SubjectId, purpose: Purpose) -> Result<Next, Error> {
        Ok(self.open(subject).await?.next(purpose)?)
    }

    /// Verifies a proof for signing in, after the first factor was correct.
    ///
    /// It takes one read and one write for every result, and only the read if the factor is
    /// locked. An accepted code is consumed: a second proof needs another code, also for another
    /// purpose.
    ///
    /// # Errors
    ///
    /// No error permits the sign-in. For every refusal show the same text.
    ///
    /// - [`Error::pin_due`] returns a handle: the proof was correct. Ask for the PIN.
    /// - [`Error::another_factor_due`] returns a handle: the proof was correct. Ask for a proof of
    ///   another kind.
    /// - [`Error::retry_at`] returns a time: the factor is locked until then.
    /// - Every other [`Error::Denied`]: the proof was refused. Ask for another.
    ///
    /// # Security
    ///
    /// Call it only after the first factor was correct: any caller can lock the factor by incorrect
    /// codes ([FAILURES 30](crate::manual::threats)).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the attempt may have been counted, and the code consumed.
    ///
    /// # Source
    ///
    /// RFC 6238 §5.2; NIST SP 800-63B-4 §3.1.3.2, §3.1.4.2.
    #[doc(alias = "authenticate")]
    #[doc(alias = "check")]
    #[doc(alias = "login")]
    pub async fn verify(&self, subject: &SubjectId, proof: Proof<'_>) -> Result<Verified, Error> {
        self.verify_for(subject, Purpose::SignIn, proof).await
    }
}

/// # Step-up, management, recovery and transactions
impl Verifier {
    /// Verifies a proof for a purpose other than signing in.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::*;
    /// # async fn close_account(
    /// #     verifier: &Verifier, alice: &SubjectId, typed: &str,
    /// # ) -> Result<(), Error> {
    /// let _stepped_up = verifier.verify_for(alice, Purpose::StepUp, Proof::totp(typed)).await?;
    /// // now close it
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "reauthenticate")]
    #[doc(alias = "step-up")]
    #[doc(alias = "sudo")]
    pub async fn verify_for(
        &self,
        subject: &SubjectId,
        purpose: Purpose,
        proof: Proof<'_>,
    ) -> Result<Verified, Error> {
        let checked = self.check(subject, |subject| subject.verify(purpose, &proof)).await?;
        checked.ok_or_else(|| Denial::new(Reason::NotFound).into())
    }

    /// Seals the permission that a proof gives, for use in a later request.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the clock or the source of randomness failed. Try again.
    #[doc(alias = "sudo mode")]
    pub fn grant(&self, verified: &Verified) -> Result<Grant, Error> {
        let client = self.client.as_ref();
        Ok(Grant::seal(&self.shared.keys, verified, client, self.moment()?))
    }

    /// Returns the permission of a grant.
    ///
    /// Whether it is still valid is checked when it is used.
    ///
    /// # Errors
    ///
    /// Returns [`Reason::Unauthorized`] if it is not a grant, or belongs to another subject or
    /// client. Ask for a proof.
    pub fn authority(&self, subject: &SubjectId, grant: &Grant) -> Result<Authority, Error> {
        grant
            .open(&self.shared.keys, subject, self.client.as_ref())
            .ok_or_else(|| Denial::new(Reason::Unauthorized).into())
    }
}
