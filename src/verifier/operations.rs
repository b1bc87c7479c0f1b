//! Operations for jobs, webhooks and migrations.

use super::{Error, Verifier};
#[cfg(doc)]
use crate::{denial::Reason, keys::Keys};
use crate::{
    id::{RecordId, SubjectId},
    subject::{Import, IsCounted, PersonalData, SlowClass},
};

/// # Support and operations
impl Verifier {
    /// Returns the operations for jobs, webhooks and migrations.
    ///
    /// The handlers of user requests do not need these operations.
    #[doc(alias = "cron")]
    #[doc(alias = "migrate")]
    #[doc(alias = "webhook")]
    #[must_use]
    pub fn operations(&self) -> Operations {
        Operations { verifier: self.clone() }
    }
}

/// The operations for jobs, webhooks and migrations.
///
/// Returned by [`Verifier::operations`].
///
/// | call | who calls it |
/// |---|---|
/// | [`advance`](Self::advance) | a timer, for subjects with a pending step |
/// | [`after_restore`](Self::after_restore) | an operator, after the store was restored from a backup |
/// | [`create`](Self::create) | your sign-up handler, if the policy requires a record |
/// | [`delivery_report`](Self::delivery_report) | the webhook of a carrier |
/// | [`import`](Self::import) | a migration from another application |
/// | [`personal_data`](Self::personal_data) | your handler of a request to see or erase personal data |
/// | [`record_id`](Self::record_id) | your handler that deletes an account |
/// | [`reseal`](Self::reseal) | a job, after you replaced the root key that seals records |
///
/// # Security
///
/// These methods require no proof from the user. Never pass a subject from an unverified request.
///
/// # Example
///
/// ```
/// use second_factor::{Error, SubjectId, verifier::Operations};
///
/// async fn every_minute(operations: Operations, waiting: &[SubjectId]) -> Result<(), Error> {
///     for subject in waiting {
///         operations.advance(subject).await?;
///     }
///     Ok(())
/// }
/// # let _ = every_minute;
/// ```
#[derive(Clone, Debug)]
pub struct Operations {
    pub(super) verifier: Verifier,
}

/// # Subjects and records
impl Operations {
    /// Creates the record of a subject at sign-up, unless it exists.
    ///
    /// Call this method only if the policy has [`Absent::Refuse`](crate::policy::Absent::Refuse).
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. Try again.
    pub async fn create(&self, subject: &SubjectId) -> Result<(), Error> {
        self.verifier.decide(subject, |subject| Ok(subject.create())).await
    }

    /// Imports all factors of a subject from another application.
    ///
    /// The user need not enroll again, and is not notified. Your listener receives an event for
    /// each factor. A subject can be imported only if it was never protected, imported or
    /// [reset](super::Support::reset). Therefore, a second run is refused and changes nothing: see
    /// [`Status::was_imported`](crate::Status::was_imported). A proven address that is not a factor
    /// does not prevent the import. Each plaintext backup code needs a slow hash: see
    /// [`Offload`](crate::host::Offload).
    ///
    /// # Errors
    ///
    /// After an error, nothing was imported.
    ///
    /// - [`Reason::Unauthorized`]: the subject was protected, imported or reset before. Skip it.
    /// - [`Reason::NotAllowed`]: the policy does not allow one of the kinds of factors.
    /// - [`Reason::NotEnrolled`]: the import has no factor, or its backup codes have no factor to
    ///   replace.
    /// - [`Reason::TooMany`]: the policy allows fewer authenticator apps.
    ///
    /// # Security
    ///
    /// With this call, your application asserts that the user has proven every factor. Call the
    /// method only from your migration, and never with data from a request. It revokes earlier
    /// permissions and enrollments of the subject.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, either all factors or none were imported. Run the import again.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, enrollment::Import, otp::TotpParameters};
    /// # struct Row { subject: SubjectId, secret: String, hashes: Vec<String> }
    /// async fn migrate(verifier: &Verifier, row: Row) -> Result<(), Box<dyn std::error::Error>> {
    ///     let secret = Secret::import_base32(&row.secret)?;
    ///     let import = Import::new()
    ///         .totp(&secret, TotpParameters::new(), None)?
    ///         .hashed_backup_codes(row.hashes)?;
    ///     match verifier.operations().import(&row.subject, import).await {
    ///         Ok(()) => Ok(()),
    ///         // An earlier run imported the subject, or the user enrolled a factor first.
    ///         Err(Error::Denied(denial)) if denial.reason() == Reason::Unauthorized => Ok(()),
    ///         Err(error) => Err(error.into()),
    ///     }
    /// }
    /// # let _ = migrate;
    /// ```
    #[doc(alias = "migrate")]
    #[doc(alias = "migration")]
    pub async fn import(&self, subject: &SubjectId, import: Import) -> Result<(), Error> {
        let drawn = self.verifier.open(subject).await?.draw_import(import)?;
        let turn = self.verifier.turn(subject, SlowClass::Known, IsCounted::Yes).await?;
        let hashed = self.verifier.offload(turn, |memory| drawn.hash_in(memory)).await?;
        let hashed = hashed.ok_or(Error::CheckLost)?;
        self.verifier.decide(subject, |subject| subject.install_import(&hashed)).await
    }

    /// Seals the record of a subject with the newest generation of keys.
    ///
    /// Before you drop an old generation, call this method for every subject of your application;
    /// see [`Keys`]. Users need not do anything.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Unreadable`] if the record cannot be opened because its generation is not
    /// known. Do not drop the old generation. After any other error, call this method again.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, SubjectId, verifier::Operations};
    /// async fn rotate(operations: &Operations, subjects: &[SubjectId]) -> Result<(), Error> {
    ///     for subject in subjects {
    ///         operations.reseal(subject).await?;
    ///     }
    ///     Ok(())
    /// }
    /// # let _ = rotate;
    /// ```
    #[doc(alias = "key rotation")]
    pub async fn reseal(&self, subject: &SubjectId) -> Result<(), Error> {
        // A process that knows only the newest generation opens no earlier sentinel.
        if !self.verifier.check_root().await? {
            return Err(Error::Busy);
        }
        self.verifier.decide(subject, |subject| Ok(subject.reseal())).await
    }

    /// Invalidates the state that a restored backup may have rolled back.
    ///
    /// A restored record may contain used backup codes, an old counter of an HOTP token, and
    /// revoked devices and permissions. Therefore, this method removes the backup codes and
    /// disables the HOTP token. The user must generate new codes and enroll the token again. The
    /// method also revokes every device, permission, challenge and enrollment. TOTP apps,
    /// addresses, the PIN and security keys stay valid. Unknown subjects and subjects without
    /// factors are not changed.
    ///
    /// Call this method for every subject of a restored store, before the store is used. Repeated
    /// calls are safe. If the store knows the [newest version](crate::storage::Record::with_newest)
    /// of each record, call the method only for the subjects with [`Error::RolledBack`].
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. Either all of this state or none was invalidated.
    /// Try again.
    ///
    /// # Security
    ///
    /// A factor that was removed after the backup is enrolled again. A PIN that was changed after
    /// the backup has its earlier value. If you know the affected subjects,
    /// [`reset`](super::Support::reset) them. Subjects whose only factor is an HOTP token or backup
    /// codes also need a reset.
    ///
    /// # Source
    ///
    /// [FAILURES 119](crate::manual::threats).
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, SubjectId, verifier::Operations};
    /// async fn after_restore_all(
    ///     operations: &Operations,
    ///     subjects: &[SubjectId],
    /// ) -> Result<(), Error> {
    ///     for subject in subjects {
    ///         operations.after_restore(subject).await?;
    ///     }
    ///     Ok(())
    /// }
    /// # let _ = after_restore_all;
    /// ```
    #[doc(alias = "backup")]
    pub async fn after_restore(&self, subject: &SubjectId) -> Result<(), Error> {
        self.verifier.after_restore(subject).await
    }

    /// Returns the data that the store contains about a user, without secrets.
    ///
    /// The result also lists the records to erase.
    ///
    /// The manual page [`personal_data`](crate::manual::personal_data) explains the data, and lists
    /// the data that this method withholds.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed or the record cannot be opened. The method writes
    /// only to repair a clock fault.
    ///
    /// # Security
    ///
    /// Addresses are not masked. Require a recent proof before you show the data.
    ///
    /// # Source
    ///
    /// Regulation (EU) 2016/679 (GDPR), Articles 15, 17 and 20.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::{Error, SubjectId, storage::RecordId, verifier::Operations};
    ///
    /// /// What to show to the user, and what to delete with the account.
    /// async fn leaves(
    ///     operations: &Operations,
    ///     alice: &SubjectId,
    /// ) -> Result<(String, Vec<RecordId>), Error> {
    ///     let data = operations.personal_data(alice).await?;
    ///     Ok((data.to_string(), vec![*data.record()]))
    /// }
    /// # let _ = leaves;
    /// ```
    #[doc(alias = "gdpr")]
    #[doc(alias = "delete account")]
    pub async fn personal_data(&self, subject: &SubjectId) -> Result<PersonalData, Error> {
        Ok(self.verifier.open(subject).await?.personal_data())
    }

    /// Returns the id of the subject's record in the store.
    ///
    /// Delete this record when you delete the account.
    ///
    /// # Security
    ///
    /// Deleting the record turns two-factor authentication off and resets every limit. If the
    /// record is created again later, earlier proofs are refused.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{SubjectId, Verifier};
    /// fn key_of(verifier: &Verifier, alice: &SubjectId) -> Vec<u8> {
    ///     // DELETE FROM second_factor WHERE id = $1
    ///     verifier.operations().record_id(alice).as_bytes().to_vec()
    /// }
    /// # let _ = key_of;
    /// ```
    #[doc(alias = "delete account")]
    #[must_use]
    pub fn record_id(&self, subject: &SubjectId) -> RecordId {
        self.verifier.shared.keys.subject_record(subject)
    }
}
