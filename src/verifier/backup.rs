//! Making backup codes.

use super::{Error, Verifier};
use crate::subject::{Authority, BackupCodes};

impl Verifier {
    /// Makes new backup codes, in the place of those that stand. They are shown once, now.
    ///
    /// They stand in for a factor that was lost, and go when the last of the other factors goes. Put in
    /// the place of others they end what was proven before, trusted devices and `authority` included.
    /// Making them takes ten slow hashes: see [`Offload`](crate::host::Offload).
    ///
    /// # Errors
    ///
    /// [`Error`]: no right, or no factor stands that they could stand in for
    /// ([`Reason::NotEnrolled`](crate::verdict::Reason::NotEnrolled)). Nothing was changed.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it ends, the old codes stand, or new ones that nobody has
    /// seen: make them again.
    ///
    /// # Source
    ///
    /// NIST SP 800-63B-4 §3.1.2, §4.2.1.1; OWASP ASVS 5.0.0 6.5.2.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, Verified, Verifier};
    /// async fn page(verifier: &Verifier, fresh: &Verified) -> Result<String, Error> {
    ///     let codes = verifier.new_backup_codes(fresh).await?;
    ///     Ok(codes.expose().iter().map(|code| format!("<li>{}", code.expose())).collect())
    /// }
    /// # let _ = page;
    /// ```
    pub async fn new_backup_codes(
        &self,
        authority: impl Into<Authority>,
    ) -> Result<BackupCodes, Error> {
        let authority = authority.into();
        let subject = authority.subject();
        let drawn = self.ready(subject).await?.draw_backup_codes(&authority)?;
        let hashed = self.offload(move || drawn.hash()).await?.ok_or(Error::CheckLost)?;
        self.decide(subject, |subject| subject.install_backup_codes(&authority, &hashed)).await
    }
}
