//! Creation, import, key rotation, restore and reset.

use super::{Error, Verifier};
#[cfg(doc)]
use crate::{Keys, verdict::Reason};
use crate::{
    SubjectId,
    id::RecordId,
    subject::{Import, Reset},
};

/// # Support and operations
impl Verifier {
    /// Creates the record of a subject, at sign-up. Does nothing if there is one.
    ///
    /// It is required only with the policy [`Absent::Refuse`](crate::policy::Absent::Refuse).
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. Try again.
    pub async fn create(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| Ok(subject.create())).await
    }

    /// Imports the factors of a subject from another application, all or none of them.
    ///
    /// The user need not enroll again and is not notified, because the factors are not new to the
    /// user. Your listener receives an event for each. Only subjects without factors can be
    /// imported, so a second run is refused and changes nothing. Each printed backup code takes a
    /// slow hash: see [`Offload`](crate::host::Offload).
    ///
    /// # Errors
    ///
    /// Nothing was imported.
    ///
    /// - [`Reason::Unauthorized`]: a factor is enrolled already. Skip the subject.
    /// - [`Reason::NotAllowed`]: the policy does not allow one of the kinds.
    /// - [`Reason::NotEnrolled`]: none of the factors protects the subject, or none is one that
    ///   backup codes could replace.
    ///
    /// # Security
    ///
    /// Your application asserts that the subject has proven every factor. Call it from your
    /// migration, never with data from a request. Earlier permissions and enrollments of the
    /// subject end.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, all of it was imported or nothing. Run it again.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, otp::TotpParameters, Import, verdict::Reason};
    /// # struct Row { subject: SubjectId, secret: String, hashes: Vec<String> }
    /// async fn migrate(verifier: &Verifier, row: Row) -> Result<(), Box<dyn std::error::Error>> {
    ///     let (secret, _corrections) = Secret::import_base32(&row.secret)?;
    ///     let import = Import::new()
    ///         .totp(&secret, TotpParameters::new(), None)?
    ///         .hashed_backup_codes(row.hashes)?;
    ///     match verifier.import(&row.subject, import).await {
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
        let drawn = self.open(subject).await?.draw_import(import)?;
        let hashed = self.offload(move || drawn.hash()).await?.ok_or(Error::CheckLost)?;
        self.decide(subject, |subject| subject.install_import(&hashed)).await
    }

    /// Removes every factor of a subject by order of an administrator.
    ///
    /// It is for a user who lost all factors. For an hour (the policy's
    /// [`reset_life`](crate::Policy::reset_life)) the subject is
    /// [`Unprotected`](crate::verdict::Unprotected), and your application may enroll a first factor
    /// without a proof; doing so ends the reset. If the hour ends before a factor is enrolled, the
    /// user can neither sign in nor enroll ([`Reason::Expired`]) until the next reset.
    ///
    /// Earlier proofs, codes and grants end. Every enrolled address is notified; the
    /// [listener](crate::host::Listener) receives the actor and the reason.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. All factors were removed, or none: try again.
    ///
    /// # Security
    ///
    /// Your application decides who is an administrator: require a second factor from that person,
    /// or better from two people. There is no code that opens every account. During the hour the
    /// first factor alone is sufficient: identify the user first, have the password changed, end
    /// all sessions, and configure a short time. With
    /// [`Absent::Refuse`](crate::policy::Absent::Refuse) it creates a missing record.
    ///
    /// # Source
    ///
    /// PCI DSS 4.0.1 §8.5.1; [FAILURES 122](crate::manual::threats).
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, Reset};
    /// # async fn lost_everything(
    /// #     verifier: &Verifier, alice: &SubjectId, case: &str,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// verifier.reset(alice, &Reset::new("carol, support", case)?).await?;
    /// let next = verifier.next(alice, Purpose::SignIn).await?;
    /// assert!(matches!(next, Next::Unprotected(_)));       // for an hour
    /// # Ok(())
    /// # }
    /// # block_on(async {
    /// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
    /// # let storage = MemoryStorage::new();
    /// # let verifier = Verifier::builder(storage, testkit::MessageLog::new(), Keys::new(root))
    /// #     .issuer("Example").build()?;
    /// # lost_everything(&verifier, &SubjectId::new("user-42")?, "lost phone").await
    /// # }).unwrap();
    /// ```
    #[doc(alias = "admin reset")]
    #[doc(alias = "lost phone")]
    pub async fn reset(&self, subject: &SubjectId, reset: &Reset) -> Result<(), Error> {
        self.decide(subject, |subject| subject.reset(reset)).await
    }

    /// Seals the record of a subject with the newest key.
    ///
    /// Do so before an old key is removed. It needs no action of the user. Call it for each subject
    /// in your own list; see [`Keys`].
    ///
    /// # Errors
    ///
    /// Returns [`Error::Unreadable`] if the record cannot be opened: the keys are not complete. Do
    /// not remove the old key.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, SubjectId, Verifier};
    /// async fn rotate(verifier: &Verifier, subjects: &[SubjectId]) -> Result<(), Error> {
    ///     for subject in subjects {
    ///         verifier.reseal(subject).await?;
    ///     }
    ///     Ok(())
    /// }
    /// # let _ = rotate;
    /// ```
    #[doc(alias = "key rotation")]
    pub async fn reseal(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| Ok(subject.reseal())).await
    }

    /// Invalidates state that a restored backup may have rolled back.
    ///
    /// A restored record lacks the backup codes that were used since, the counter of a HOTP token,
    /// and the devices and permissions that were revoked. Therefore backup codes are removed, and
    /// must be generated again; a HOTP token is disabled, and must be enrolled again; every device,
    /// permission, challenge and enrollment ends. TOTP apps, addresses, the PIN and security keys
    /// stay valid. It does nothing for unknown subjects and subjects without factors.
    ///
    /// Call it for every subject of a restored store before the store is used. It may be called
    /// repeatedly.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed. All of it was invalidated, or nothing: try again.
    ///
    /// # Security
    ///
    /// Factors that were removed since the backup are enrolled again, and a changed PIN is the
    /// earlier one: [`reset`](Self::reset) such subjects if you know them. Subjects with only
    /// backup codes or a HOTP token also need a reset.
    ///
    /// # Source
    ///
    /// [FAILURES 119](crate::manual::threats).
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, SubjectId, Verifier};
    /// async fn after_restore_all(verifier: &Verifier, subjects: &[SubjectId]) -> Result<(), Error> {
    ///     for subject in subjects {
    ///         verifier.after_restore(subject).await?;
    ///     }
    ///     Ok(())
    /// }
    /// # let _ = after_restore_all;
    /// ```
    #[doc(alias = "backup")]
    pub async fn after_restore(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| Ok(subject.after_restore())).await
    }

    /// Returns the id of a subject's record in the store.
    ///
    /// Delete this record when you delete the account.
    ///
    /// # Security
    ///
    /// Deleting it turns two-factor authentication off and resets every limit. Earlier proofs give
    /// no permission over a record that is created later.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{SubjectId, Verifier};
    /// fn key_of(verifier: &Verifier, alice: &SubjectId) -> Vec<u8> {
    ///     verifier.record_id(alice).as_bytes().to_vec()   // DELETE FROM second_factor WHERE id = $1
    /// }
    /// # let _ = key_of;
    /// ```
    #[doc(alias = "delete account")]
    #[must_use]
    pub fn record_id(&self, subject: &SubjectId) -> RecordId {
        self.shared.keys.subject_record(subject)
    }
}
