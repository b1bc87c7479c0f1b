//! Support operations: reset, unlock, support codes.

use alloc::vec::Vec;
use core::time::Duration;

use super::{Error, Verifier};
#[cfg(doc)]
use crate::{
    denial::Reason,
    host::{Event, Listener},
    policy::SupportCodeUse,
    purpose::Purpose,
    sign_in::Unprotected,
    subject::{Proof, Status},
};
use crate::{
    error::Invalid,
    factor::FactorKind,
    id::SubjectId,
    secret::SecretText,
    subject::{ExportedSecrets, IsCounted, NewSupportCode, Operator, SlowClass},
};

/// # Support and operations
impl Verifier {
    /// Returns the support operations for an actor and a reason.
    ///
    /// `actor` identifies the employee, and `reason` the case. Both must have 1 to 200 bytes
    /// without control characters. Otherwise, every operation returns [`Error::Invalid`].
    #[doc(alias = "administrator")]
    #[doc(alias = "helpdesk")]
    #[must_use]
    pub fn support(&self, actor: &str, reason: &str) -> Support {
        Support { verifier: self.clone(), operator: Operator::new(actor, reason) }
    }
}

/// The support operations for a user, returned by [`Verifier::support`].
///
/// | the user | operation |
/// |---|---|
/// | failed too often | [`unlock`](Self::unlock): ten more attempts |
/// | has lost every factor, but knows the password | [`issue_code`](Self::issue_code): a code with which the user enrolls a new factor |
/// | has lost every factor, and must start again | [`reset`](Self::reset): every factor is removed |
/// | switches to another application | [`danger_export`](Self::danger_export): the secrets of apps and tokens |
/// | did not enroll the first factor of the account | [`undo_first_factor`](Self::undo_first_factor): the factor is removed |
///
/// The [`Listener`] receives an event with the actor and the reason for every operation. The user
/// is notified at every proven address.
///
/// # Security
///
/// Your application decides who may call these methods. Require a second factor from that employee,
/// or preferably the approval of two employees. Attackers call the help desk and impersonate the
/// user (CISA AA23-320A). Therefore, identify the user first ([the manual](crate::manual::support)
/// describes how).
///
/// # Example
///
/// ```
/// use core::time::Duration;
/// use second_factor::{Error, SubjectId, Verifier, secret::SecretText};
///
/// async fn unlock(app: &Verifier, agent: &str, case: &str, user: &SubjectId) -> Result<(), Error> {
///     let unlocked = app.support(agent, case).unlock(user).await?;
///     assert!(unlocked.len() < 8);
///     Ok(())
/// }
///
/// /// Read it to the user once.
/// async fn pass(
///     app: &Verifier,
///     agent: &str,
///     case: &str,
///     user: &SubjectId,
/// ) -> Result<SecretText, Error> {
///     app.support(agent, case).issue_code(user, Duration::from_secs(3600)).await
/// }
/// # let _ = (unlock, pass);
/// ```
#[derive(Clone, Debug)]
pub struct Support {
    verifier: Verifier,
    operator: Result<Operator, Invalid>,
}

impl Support {
    /// Exports the secrets of a user's authenticator apps and HOTP token.
    ///
    /// Use it to migrate a user to another application, which imports each secret, its parameters
    /// and the last accepted step. The factors stay enrolled here. After the migration,
    /// [`reset`](Self::reset) the user or delete the record. Backup codes, the PIN and device
    /// tokens cannot be exported, because only their hashes are stored. [`Status::security_keys`]
    /// returns the credentials of security keys.
    ///
    /// The user is notified at every proven address, and the [`Listener`] receives
    /// [`Event::SecretsExported`] with the actor and the reason. The notice and the event are
    /// stored before the secrets are returned.
    ///
    /// # Errors
    ///
    /// After an error, nothing was exported.
    ///
    /// - [`Error::Invalid`]: the actor or the reason is out of bounds.
    /// - [`Reason::NotEnrolled`]: the user has neither an app nor a token.
    /// - [`Reason::Absent`]: the subject has no record, but the policy requires one.
    ///
    /// # Security
    ///
    /// Anyone who sees a secret can generate every code of the user. Pass the secrets directly to
    /// the other application, and never write them to a file or a log.
    ///
    /// # Example
    ///
    /// See [`ExportedSecrets`].
    #[doc(alias = "export")]
    #[doc(alias = "migration")]
    pub async fn danger_export(&self, subject: &SubjectId) -> Result<ExportedSecrets, Error> {
        let by = self.operator()?;
        self.verifier
            .decide(subject, |subject| by.danger_export(subject))
            .await
            .map_err(Error::open)
    }

    /// Issues a backup code for a user who has lost every factor.
    ///
    /// Read the code to the user once. The user types it on your recovery page, which verifies it
    /// as [`Proof::backup_code`] for [`Purpose::Manage`]. The user then enrolls a new factor. The
    /// proof permits enrollments only, unless the policy has [`SupportCodeUse::SignIn`]. It does
    /// not make a device trusted. If a PIN is set, the PIN is required too.
    ///
    /// The code works once, within its `lifetime` of a minute to a day. A new code replaces it. The
    /// code is also revoked when the epoch advances: when a factor is removed or replaced, when the
    /// user signs out everywhere, and by a [`reset`](Self::reset). Incorrect backup codes do not
    /// lock the support code. For a day after its use, no first PIN can be set.
    ///
    /// Every proven address is notified at once. Issuing the code computes a slow hash: see
    /// [`Offload`](crate::host::Offload).
    ///
    /// # Errors
    ///
    /// After an error, nothing was written. You may show the reasons of this method to the
    /// operator.
    ///
    /// - [`Error::Invalid`]: the actor, the reason or the lifetime is out of bounds.
    /// - [`Reason::NotAllowed`]: the policy does not allow backup codes for management.
    /// - [`Reason::Expired`]: an earlier reset has expired. Call [`reset`](Self::reset) again.
    /// - [`Reason::Absent`]: the subject has no record, but the policy requires one.
    ///
    /// # Security
    ///
    /// The code and the password together give access to the account. Identify the user as
    /// carefully as at sign-up. Unless the user appears in person, notify the owner of the request,
    /// and wait a day before you call this method. The owner can then object.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, either the earlier code is valid, or a new code that was never
    /// shown. Issue another code.
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §4.2.1.2, §4.2.3; CISA AA23-320A.
    #[doc(alias = "temporary access pass")]
    #[doc(alias = "bypass code")]
    pub async fn issue_code(
        &self,
        subject: &SubjectId,
        lifetime: Duration,
    ) -> Result<SecretText, Error> {
        let (by, new) = (self.operator()?, NewSupportCode::new(lifetime)?);
        let opened = self.verifier.open(subject).await?;
        let drawn = by.draw_code(opened, new).map_err(Error::open)?;
        let turn = self.verifier.turn(subject, SlowClass::Known, IsCounted::Yes).await?;
        let hashed = self.verifier.offload(turn, |memory| drawn.hash_in(memory)).await?;
        let hashed = hashed.ok_or(Error::CheckLost)?;
        let decision = self.verifier.decide(subject, |subject| by.install_code(subject, &hashed));
        decision.await.map_err(Error::open)
    }

    /// Removes every factor of a subject, so that the user can start again.
    ///
    /// Use it for a user who has lost all factors. For an hour (the policy's
    /// [`reset_lifetime`](crate::Policy::reset_lifetime)), the subject is
    /// [`Unprotected`](crate::sign_in::Unprotected), and your application may enroll a first factor
    /// without a proof. This enrollment ends the reset. If the user does not enroll a factor within
    /// the hour, the user can neither sign in nor enroll ([`Reason::Expired`]) until the next
    /// reset.
    ///
    /// Earlier proofs, codes and grants are revoked. Every enrolled address is notified. The
    /// [listener](crate::host::Listener) receives the actor and the reason.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Invalid`] if the actor or the reason is out of bounds. After an error,
    /// either all factors or none were removed.
    ///
    /// # Security
    ///
    /// During the hour, the first factor alone is sufficient to sign in. Identify the user first,
    /// require a new password, end all sessions, and configure a short `reset_lifetime`. This crate
    /// has no master code that opens every account. With
    /// [`Absent::Refuse`](crate::policy::Absent::Refuse), this method creates a missing record.
    ///
    /// # Source
    ///
    /// PCI DSS 4.0.1 §8.5.1; [FAILURES 122](crate::manual::threats).
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::*;
    /// # async fn lost_everything(
    /// #     verifier: &Verifier, alice: &SubjectId, case: &str,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// verifier.support("carol", case).reset(alice).await?;
    /// let next = verifier.after(FirstFactor::Password).next(alice).await?;
    /// assert!(matches!(next, Next::Done(SignIn::Unprotected(_)))); // for an hour
    /// # Ok(())
    /// # }
    /// # block_on(async {
    /// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
    /// # let storage = MemoryStorage::new();
    /// # let delivery = testkit::MessageLog::new();
    /// # let verifier = Verifier::new("Example", storage, delivery, Keys::new(root))?;
    /// # lost_everything(&verifier, &SubjectId::new("user-42")?, "lost phone").await
    /// # }).unwrap();
    /// ```
    #[doc(alias = "admin reset")]
    #[doc(alias = "lost phone")]
    pub async fn reset(&self, subject: &SubjectId) -> Result<(), Error> {
        let by = self.operator()?;
        self.verifier.decide(subject, |subject| by.reset(subject)).await
    }

    /// Removes a first factor that the owner did not enroll.
    ///
    /// An attacker who knows the password can enroll the first factor of an account that has none,
    /// because your application's assertion permits it. When a first factor is enrolled, send an
    /// email to the address on file, with a link "It was not me". The handler of this link calls
    /// this method, which removes the factor and everything that was enrolled after it. The method
    /// also advances the epoch, which ends the sessions. Require a new password too.
    ///
    /// # Errors
    ///
    /// - [`Reason::Expired`]: the subject has no such factor, or the factor was enrolled more than
    ///   72 hours ago. Identify the user, and call [`reset`](Self::reset).
    /// - [`Error::Invalid`]: the actor or the reason is invalid. Correct it.
    ///
    /// # Source
    ///
    /// CISA AA22-074A.
    pub async fn undo_first_factor(&self, subject: &SubjectId) -> Result<(), Error> {
        let by = self.operator()?;
        let undone = self.verifier.decide(subject, |subject| by.undo_first_factor(subject));
        undone.await.map_err(Error::open)
    }

    /// Unlocks the factors of a user after too many failures.
    ///
    /// A factor that is locked or disabled after a first factor accepts ten more attempts, and is
    /// then disabled again. Each factor is unlocked once until its next success, so repeated calls
    /// give an attacker no further guesses. A [change of the
    /// password](crate::Verifier::password_changed) has the same effect. No factor accepts more
    /// than 100 failures in a row, at all devices together.
    ///
    /// Calls without a first factor, such as a recovery, have a separate count, which this call
    /// does not change. A success after a first factor ends the failures of that count. A HOTP
    /// token that [`after_restore`](super::Operations::after_restore) disabled stays disabled.
    ///
    /// Returns the kinds of factors that were unlocked. If none was locked, the list is empty, and
    /// nothing is written or reported.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`]: the actor or the reason is out of bounds.
    /// - [`Reason::Absent`]: the subject has no record, but the policy requires one.
    ///
    /// # Security
    ///
    /// An attacker who knows the password may have caused the failures. Require a new password
    /// first.
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §3.2.2.
    #[doc(alias = "enable")]
    pub async fn unlock(&self, subject: &SubjectId) -> Result<Vec<FactorKind>, Error> {
        let by = self.operator()?;
        self.verifier.decide(subject, |subject| by.unlock(subject)).await.map_err(Error::open)
    }

    fn operator(&self) -> Result<Operator, Error> {
        Ok(self.operator.clone()?)
    }
}
