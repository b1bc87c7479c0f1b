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
    /// Handlers of user requests do not need them.
    #[doc(alias = "cron")]
    #[doc(alias = "migrate")]
    #[doc(alias = "webhook")]
    #[must_use]
    pub fn operations(&self) -> Operations {
        Operations { verifier: self.clone() }
    }
}

/// Operations for jobs, webhooks and migrations.
///
/// Returned by [`Verifier::operations`].
///
/// | call | who calls it |
/// |---|---|
/// | [`advance`](Self::advance) | a timer, for subjects with a pending step |
/// | [`after_restore`](Self::after_restore) | an operator, after the store was restored from a backup |
/// | [`create`](Self::create) | your sign-up, if the policy requires a record |
/// | [`delivery_report`](Self::delivery_report) | the webhook of a carrier |
/// | [`import`](Self::import) | a migration from another application |
/// | [`personal_data`](Self::personal_data) | a user's request to see or erase personal data |
/// | [`record_id`](Self::record_id) | your deletion of an account |
/// | [`reseal`](Self::reseal) | a job, after a new generation of keys seals |
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
    /// Call it only if the policy has [`Absent::Refuse`](crate::policy::Absent::Refuse).
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. Try again.
    pub async fn create(&self, subject: &SubjectId) -> Result<(), Error> {
        self.verifier.decide(subject, |subject| Ok(subject.create())).await
    }

    /// Imports the factors of a subject from another application, all or none of them.
    ///
    /// The user need not enroll again, and is not notified. Your listener receives an event for
    /// each factor. A subject can be imported only if it was never protected, imported or
    /// [reset](super::Support::reset). A second run is therefore refused and changes nothing: see
    /// [`Status::was_imported`](crate::Status::was_imported). A previously proven address that
    /// protects nothing does not prevent the import. Each plaintext backup code needs a slow hash:
    /// see [`Offload`](crate::host::Offload).
    ///
    /// # Errors
    ///
    /// After an error, nothing was imported.
    ///
    /// - [`Reason::Unauthorized`]: the subject was in use before. Skip it.
    /// - [`Reason::NotAllowed`]: the policy does not allow one of the kinds of factors.
    /// - [`Reason::NotEnrolled`]: the import has no factor, or has backup codes without a factor
    ///   that they could replace.
    /// - [`Reason::TooMany`]: the policy allows fewer authenticator apps.
    ///
    /// # Security
    ///
    /// With this call, your application asserts that the subject has proven every factor. Call it
    /// only from your migration, and never with data from a request. It revokes earlier permissions
    /// and enrollments of the subject.
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
    /// Before you drop an old generation, call this method for every subject in your own list; see
    /// [`Keys`]. The user need not do anything.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Unreadable`] if the record cannot be opened because its generation is not
    /// known. Do not drop the old generation. After any other error, call it again.
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

    /// Invalidates state that restoring a backup may have rolled back.
    ///
    /// A restored record does not reflect used backup codes, the counter of an HOTP token, or
    /// revoked devices and permissions. This method therefore removes the backup codes, which must
    /// be generated again. It disables an HOTP token, which must be enrolled again. It revokes
    /// every device, permission, challenge and enrollment. TOTP apps, addresses, the PIN and
    /// security keys stay valid. Unknown subjects and subjects without factors are not changed.
    ///
    /// Call this method for every subject of a restored store, before the store is used. Repeated
    /// calls are safe. If the store knows the [newest version](crate::storage::Record::with_newest) of
    /// each record, only the subjects with [`Error::RolledBack`] need it.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. Either everything or nothing was invalidated. Try
    /// again.
    ///
    /// # Security
    ///
    /// Factors that were removed since the backup are enrolled again, and a PIN that was changed
    /// since has its earlier value. If you know such subjects, [`reset`](super::Support::reset)
    /// them. Subjects whose only factor is an HOTP token or backup codes also need a reset.
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

    /// Returns what the store contains about a user, without any secret.
    ///
    /// The result also lists the records to erase.
    ///
    /// The manual page [`personal_data`](crate::manual::personal_data) explains the data, and lists
    /// what is withheld.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed or the record cannot be opened. Nothing is written,
    /// except for the repair of a clock fault.
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
    /// Deleting the record turns two-factor authentication off and resets every limit. Earlier
    /// proofs permit nothing on a record that is created later.
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
