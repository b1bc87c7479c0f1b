//! Moving in from an application that already has two-factor.

use super::{Error, Verifier};
use crate::{SubjectId, subject::Import};

impl Verifier {
    /// Takes over the factors that another application has had proven, all at once.
    ///
    /// Nobody has to enroll again, and nobody is told: the person had them before. Your listener
    /// hears of each. It is for subjects with nothing enrolled, so running it twice does no harm:
    /// the second time is refused and changes nothing. Hashing printed backup codes takes a slow
    /// hash each: see [`Offload`](crate::host::Offload).
    ///
    /// # Errors
    ///
    /// [`Error`]: something is enrolled already
    /// ([`Reason::Unauthorized`](crate::verdict::Reason::Unauthorized)); the policy has no use for
    /// a kind among them ([`NotAllowed`](crate::verdict::Reason::NotAllowed)); nothing in it
    /// protects anybody, or nothing that backup codes could stand in for
    /// ([`NotEnrolled`](crate::verdict::Reason::NotEnrolled)). All of it was written, or nothing.
    ///
    /// # Security
    ///
    /// It takes your word that the subject has proven all this. Call it from your migration, never
    /// with what came in a request. What was proven or begun here before gives no right afterwards.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it ends, all of it stands or nothing: run it again.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, otp::TotpParameters, Import, verdict::Reason};
    /// # struct Row { subject: SubjectId, secret: String, hashes: Vec<String> }
    /// async fn move_in(verifier: &Verifier, row: Row) -> Result<(), Box<dyn std::error::Error>> {
    ///     let (secret, _forgiven) = Secret::import_base32(&row.secret)?;
    ///     let import = Import::new()
    ///         .app(&secret, TotpParameters::new(), None)?
    ///         .hashed_backup_codes(row.hashes)?;
    ///     match verifier.import(&row.subject, import).await {
    ///         Ok(()) => Ok(()),
    ///         // An earlier run has done it, or the person was faster.
    ///         Err(Error::Denied(denial)) if denial.reason() == Reason::Unauthorized => Ok(()),
    ///         Err(error) => Err(error.into()),
    ///     }
    /// }
    /// # let _ = move_in;
    /// ```
    pub async fn import(&self, subject: &SubjectId, import: Import) -> Result<(), Error> {
        let drawn = self.ready(subject).await?.draw_import(import)?;
        let hashed = self.offload(move || drawn.hash()).await?.ok_or(Error::CheckLost)?;
        self.decide(subject, |subject| subject.install_import(&hashed)).await
    }
}
