//! Verification of proofs, and the permissions that they grant.

use core::time::Duration;

use super::{Error, Verifier};
use crate::{
    denial::{Denial, Reason},
    factor::FactorKind,
    id::SubjectId,
    purpose::{Operation, Purpose},
    sign_in::{Next, Offers, Registered, Verified, verified::Proven},
    subject::{Authority, Grant, Proof},
};

/// # Signing in
impl Verifier {
    /// Returns the next step after a correct [first factor](Self::after).
    ///
    /// Call this method for every sign-in, and use the result for that sign-in only. The method
    /// reads the store once. It writes only after a clock fault, for a passkey, or for a device
    /// token that rotates or is refused. Under
    /// [`SignInByRead::Confirm`](crate::policy::SignInByRead::Confirm), the method also writes for
    /// every sign-in that it returns.
    ///
    /// After a passkey that verified its user, nothing more is required. There are two exceptions:
    /// the policy does not allow security keys, or a PIN is set.
    ///
    /// # Errors
    ///
    /// No error permits the sign-in. The first factor was correct, so you may show the reasons of
    /// this method.
    ///
    /// - [`Reason::Absent`]: the subject has no record, but the policy requires one. Call
    ///   [`create`](super::Operations::create) at sign-up.
    /// - [`Reason::Disabled`]: every factor is disabled, except at known devices.
    ///   [`Denial::recovery`](crate::Denial::recovery) lists the factors that a recovery accepts.
    ///   If the list is empty, ask the user to sign in at a known device, or to change the
    ///   password. Waiting does not help, so [`Error::retry_at`] is `None`.
    /// - [`Reason::Expired`]: an administrator's reset expired before the user enrolled a factor.
    ///   Support must call [`reset`](super::Support::reset) again.
    /// - [`Reason::NotAllowed`]: the policy allows none of the enrolled factors, or the sign-in has
    ///   no first factor and no security key is enrolled.
    /// - [`Reason::NotEnrolled`]: the sign-in has no first factor, and no factor is enrolled.
    /// - [`Reason::SameChannel`]: the only enrolled factor was already the first factor. Ask for
    ///   another first factor.
    /// - [`Error::pending_pin`] returns a handle: the passkey was accepted, and a PIN is set. Ask
    ///   for the PIN.
    #[doc(alias = "is_enabled")]
    #[doc(alias = "is_required")]
    #[doc(alias = "login")]
    pub async fn next(&self, subject: &SubjectId) -> Result<Next, Error> {
        let first = self.named_first_factor()?;
        let keys_sign_in = self.current_policy()?.factor_set(Operation::SignIn);
        if first.is_user_verified() && keys_sign_in.contains(FactorKind::SecurityKey) {
            let checked = self.check(subject, None, |subject| subject.accept_passkey()).await;
            let checked = checked.map_err(Error::open)?;
            let verified = checked.and_then(Proven::verified).ok_or(NOT_FOUND)?;
            return Ok(Next::Done(verified.into()));
        }
        self.recognize(subject).await.map_err(Error::open)
    }

    /// Verifies a proof for signing in, after the [first factor](Self::after).
    ///
    /// This method reads the store once, and writes once whether the proof is accepted or refused.
    /// A slow check needs further reads and a second write. If the factor is locked, the method
    /// does not write. An accepted code is consumed, so a second proof needs another code, even for
    /// another purpose.
    ///
    /// # Errors
    ///
    /// No error permits the sign-in. Show the same text for every refusal.
    ///
    /// - [`Error::pending_pin`] returns a handle: the proof was correct. Ask for the PIN.
    /// - [`Error::pending_factor`] returns a handle: the proof was correct. Ask for a proof of
    ///   another kind.
    /// - [`Error::retry_at`] returns a time: the factor is locked until then.
    /// - [`Error::NoFirstFactor`]: your application named no first factor.
    /// - Every other [`Error::Denied`]: the proof was refused. Ask for another proof.
    ///
    /// # Security
    ///
    /// Call this method only after the first factor was correct. Otherwise, any caller can lock the
    /// factor with incorrect codes ([FAILURES 30](crate::manual::threats)).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the attempt may have been counted and the code consumed.
    ///
    /// # Source
    ///
    /// RFC 6238 §5.2; NIST SP 800-63B-4 §3.1.3.2, §3.1.4.2.
    #[doc(alias = "authenticate")]
    #[doc(alias = "check")]
    #[doc(alias = "login")]
    #[doc(alias = "verify_totp")]
    pub async fn verify(&self, subject: &SubjectId, proof: Proof) -> Result<Verified, Error> {
        let proven = self.prove(subject, Operation::SignIn, &proof).await?;
        proven.verified().ok_or(NOT_FOUND)
    }

    /// Verifies the code for a phone number or mailbox, to register its owner.
    ///
    /// This method requires neither a first factor nor a session. If a PIN is set, the PIN is also
    /// required: see [`Error::pending_pin`].
    ///
    /// Use the address as the subject id, or look up the subject in your own table of addresses,
    /// because the code proves only control of the address. The address is not enrolled as a
    /// factor. If the subject was registered or confirmed before, every permission and challenge is
    /// revoked, and no first PIN can be set for a day. In that case, end the sessions that have
    /// another [epoch](crate::SignIn::epoch).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`verify`](Self::verify).
    #[doc(alias = "sign up")]
    pub async fn register(&self, subject: &SubjectId, proof: Proof) -> Result<Registered, Error> {
        let proven = self.prove(subject, Operation::Register, &proof).await?;
        proven.registered().ok_or(NOT_FOUND)
    }
}

/// # Step-up, management, recovery and transactions
impl Verifier {
    /// Verifies a proof for a purpose other than signing in.
    ///
    /// The returned grant does not open a session. Of these purposes, only recovery depends on the
    /// [first factor](Self::after): an address that was the first factor counts as one of the two
    /// proofs. A grant for recovery permits only the replacement of a lost factor. The user may
    /// enroll a further factor, generate backup codes, and remove a device or a factor that was no
    /// proof of the recovery.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`verify`](Self::verify).
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
        proof: Proof,
    ) -> Result<Grant, Error> {
        let operation = purpose.into();
        // Generated first: a failed source of randomness must not lose a correct proof.
        let moment = self.moment()?;
        let proven = self.prove(subject, operation, &proof).await?;
        if proven.operation() != operation {
            return Err(NOT_FOUND);
        }
        let (keys, client) = (&self.shared.keys, self.client.as_ref());
        Ok(Grant::seal(keys, &proven, client, moment))
    }

    /// Returns the factors that are accepted for a purpose, strongest first.
    ///
    /// # Errors
    ///
    /// - [`Reason::Absent`]: the subject has no record, but the policy requires one.
    /// - [`Reason::Disabled`]: every allowed factor is disabled, except at known devices.
    /// - [`Reason::NotAllowed`]: the policy allows none of the enrolled factors, or the sign-in has
    ///   no first factor and no security key is enrolled.
    /// - [`Reason::NotEnrolled`]: no factor is enrolled.
    /// - [`Reason::SameChannel`]: the only enrolled factor was already the first factor.
    pub async fn offers(
        &self,
        subject: &SubjectId,
        operation: impl Into<Operation>,
    ) -> Result<Offers, Error> {
        let operation = operation.into();
        self.check_first_factor(operation)?;
        self.open(subject).await?.offers(operation).map_err(Error::open)
    }

    /// Creates a grant from a sign-in, for changes of factors and step-up.
    ///
    /// Store the grant in the session, for use in the next minutes. The age of the grant is counted
    /// from the sign-in. If `proven` is a grant, the method returns that grant.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the clock or the source of randomness failed. Try again.
    #[doc(alias = "sudo mode")]
    pub fn grant(&self, proven: impl Into<Authority>) -> Result<Grant, Error> {
        let (keys, client) = (&self.shared.keys, self.client.as_ref());
        Grant::of(keys, &proven.into(), client, self.moment()?).ok_or(NOT_FOUND)
    }

    /// Checks the purpose and the age of a grant.
    ///
    /// The grant must be for `purpose`, and its age must be at most `max_age`. A grant from a
    /// sign-in or for management is also accepted for [`Purpose::StepUp`] and [`Purpose::Manage`].
    /// `max_age` is rounded down to whole seconds. This method reads the store once.
    ///
    /// # Errors
    ///
    /// Returns [`Reason::Unauthorized`] if the grant is too old, or if it was created in an earlier
    /// epoch, for another purpose, or for another client. Ask for a proof: see
    /// [`Error::needs_grant`]. Every grant for a [`Purpose::Transaction`] is refused: perform the
    /// transaction in the request that verified its proof.
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §2.2.3; OWASP ASVS 5.0.0 7.5.3.
    #[doc(alias = "reauthenticate")]
    #[doc(alias = "step-up")]
    pub async fn check_grant(
        &self,
        grant: &Grant,
        purpose: Purpose,
        max_age: Duration,
    ) -> Result<(), Error> {
        let max_age = u32::try_from(max_age.as_secs()).unwrap_or(u32::MAX);
        let subject = self.open(grant.subject()).await?;
        Ok(subject.check_grant(grant, purpose.into(), max_age)?)
    }

    async fn prove(
        &self,
        subject: &SubjectId,
        operation: Operation,
        proof: &Proof,
    ) -> Result<Proven, Error> {
        self.check_first_factor(operation)?;
        let checked = self
            .check(subject, proof.trust.as_ref(), |subject| subject.verify(operation, proof))
            .await?;
        checked.ok_or(NOT_FOUND)
    }
}

/// The error if the core returns the outcome of another operation.
///
/// The call must then fail closed.
pub(super) const NOT_FOUND: Error = Error::Denied(Denial::new(Reason::NotFound));
