//! Enrollment of factors.

use super::{Error, Verifier, sign_in::NOT_FOUND};
#[cfg(doc)]
use crate::denial::Reason;
use crate::{
    address::Address,
    id::{Handle, SubjectId},
    sign_in::Confirmed,
    subject::{
        Authority, BackupCodes, Challenge, CodeRequest, Enroller, Enrollment, HotpToken, IsCounted,
        NewTotp, SlowClass, TotpAccount,
    },
};

/// # Enrollment
impl Verifier {
    /// Begins to enroll an authenticator app, in addition to the enrolled apps.
    ///
    /// `app` is the account name that the app shows next to the issuer, usually an email address.
    /// To set the user's own name for the app too, pass a [`NewTotp`]. Ask the user for the first
    /// code of the app, and pass it to [`confirm`](Self::confirm).
    ///
    /// A lost app remains valid until it is [revoked](Self::revoke). The new app replaces the
    /// others if the policy [allows one app](crate::policy::PolicyBuilder::totp_apps). It also
    /// replaces them after a recovery in which no app was a proof.
    ///
    /// # Errors
    ///
    /// - [`Reason::Unauthorized`]: the enroller lacks permission. To enroll the first factor, pass
    ///   the `&SubjectId`. To enroll a further factor, ask for a proof, and pass a recent
    ///   `&Verified` or another [`Authority`].
    /// - [`Reason::NotAllowed`]: the policy does not allow this kind of factor.
    /// - [`Reason::Quarantined`]: the only proof was a phone number that was registered again
    ///   within the last day. Try again at [`Error::retry_at`].
    /// - [`Reason::TooMany`]: the subject has the maximum number of apps. Offer to remove one. This
    ///   reason is also returned while three other clients have a pending enrollment of an app. Try
    ///   again in ten minutes.
    /// - [`Error::Account`]: a provisioning URI cannot contain the account name. Pass another name.
    #[doc(alias = "authenticator app")]
    #[doc(alias = "google authenticator")]
    #[doc(alias = "qr code")]
    #[doc(alias = "generate_secret")]
    pub async fn enroll_totp(
        &self,
        enroller: impl Into<Enroller>,
        app: impl Into<NewTotp>,
    ) -> Result<Enrollment, Error> {
        let (enroller, NewTotp { account, label }) = (enroller.into(), app.into());
        let account = TotpAccount { label, ..TotpAccount::new(&account)? };
        self.check_enroller(&enroller)?;
        let sender = &*self.sender;
        self.decide(enroller.subject(), |subject| subject.enroll_totp(&enroller, sender, &account))
            .await
            .map_err(Error::open)
    }

    /// Enrolls the example factor of `tests/tools/rehearsal`.
    #[cfg(feature = "rehearsal")]
    pub fn enroll_rehearsal(
        &self,
        grant: &crate::subject::Grant,
    ) -> impl Future<Output = Result<Handle, Error>> {
        let authority = Authority::from(grant);
        async move {
            self.decide(authority.subject(), |subject| subject.enroll_rehearsal(&authority)).await
        }
    }

    /// Begins to enroll an HOTP token, or to replace the enrolled one.
    ///
    /// The manufacturer of the token supplies its secret. Ask the user for the first code of the
    /// token, and pass it to [`confirm`](Self::confirm).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`enroll_totp`](Self::enroll_totp).
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, enrollment::HotpToken};
    /// # async fn add(
    /// #     verifier: &Verifier, fresh: &Verified, alice: &SubjectId, secret: &Secret, typed: &str,
    /// # ) -> Result<(), Error> {
    /// let enrollment = verifier.enroll_hotp(fresh, &HotpToken::new(secret)).await?;
    /// verifier.confirm(alice, &enrollment, typed).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "hardware token")]
    #[doc(alias = "oath")]
    pub async fn enroll_hotp(
        &self,
        enroller: impl Into<Enroller>,
        token: &HotpToken,
    ) -> Result<Handle, Error> {
        let enroller = enroller.into();
        self.check_enroller(&enroller)?;
        self.decide(enroller.subject(), |subject| subject.enroll_hotp(&enroller, token))
            .await
            .map_err(Error::open)
    }

    /// Begins to enroll an address, and sends a code to it.
    ///
    /// Pass the code that the user enters to [`confirm`](Self::confirm).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`enroll_totp`](Self::enroll_totp) and [`send_code`](Self::send_code).
    /// [`Reason::TooMany`] can also mean that the subject has the maximum number of addresses of
    /// this kind. Offer to remove one.
    ///
    /// - [`Reason::Locked`]: too many first codes to this address were incorrect. Try again at
    ///   [`Error::retry_at`].
    #[doc(alias = "email")]
    #[doc(alias = "phone")]
    #[doc(alias = "sms")]
    pub async fn enroll_address(
        &self,
        enroller: impl Into<Enroller>,
        address: &Address,
    ) -> Result<Challenge, Error> {
        let enroller = enroller.into();
        self.check_enroller(&enroller)?;
        self.send(enroller.subject(), &CodeRequest::enroll(&enroller, address))
            .await
            .map_err(Error::open)
    }

    /// Completes an enrollment with its first code.
    ///
    /// If the code is correct, the factor is enrolled. The code is consumed, so the next proof
    /// needs another code. The result is also a [sign-in](Confirmed::verified), unless the
    /// enrollment began with a [`Grant`](crate::Grant). Confirming the *first* factor revokes every
    /// other pending enrollment and every permission (see [`Authority`]).
    ///
    /// # Errors
    ///
    /// - [`Reason::Incorrect`]: ask for the code again. The fifth incorrect code ends the
    ///   enrollment.
    /// - [`Reason::Locked`]: too many first codes to the address were incorrect. Try again at
    ///   [`Error::retry_at`].
    /// - [`Reason::OtherClient`]: another [client](crate::Client) began the enrollment. Begin
    ///   another enrollment.
    /// - [`Reason::NotFound`] and [`Reason::Expired`]: the enrollment does not exist or has ended.
    ///   Begin another enrollment.
    pub async fn confirm(
        &self,
        subject: &SubjectId,
        enrollment: impl Into<Handle>,
        typed: &str,
    ) -> Result<Confirmed, Error> {
        let handle = enrollment.into();
        let checked = self.check(subject, None, |subject| subject.confirm(&handle, typed)).await?;
        checked.map(Confirmed).ok_or(NOT_FOUND)
    }

    /// Generates new backup codes and invalidates the earlier ones.
    ///
    /// Show the codes once. The user enters a backup code in place of a lost factor. When the last
    /// other factor is removed, the codes are removed too. Replacing earlier codes revokes every
    /// permission, including `authority`, and every trusted device. Under the default policy, this
    /// method computes ten slow hashes: see [`Offload`](crate::host::Offload).
    ///
    /// # Errors
    ///
    /// After an error, nothing was changed.
    ///
    /// - [`Reason::Unauthorized`]: `authority` lacks permission. Ask for a proof.
    /// - [`Reason::NotEnrolled`]: the subject has no factor that backup codes could replace. Enroll
    ///   a factor first.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the valid codes are either the earlier ones or new ones that were
    /// never shown. Generate codes again.
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
    #[doc(alias = "recovery code")]
    #[doc(alias = "scratch code")]
    #[doc(alias = "regenerate_backup_codes")]
    pub async fn new_backup_codes(
        &self,
        authority: impl Into<Authority>,
    ) -> Result<BackupCodes, Error> {
        let authority = authority.into();
        let subject = authority.subject();
        let drawn = self.open(subject).await?.draw_backup_codes(&authority).map_err(Error::open)?;
        let turn = self.turn(subject, SlowClass::Known, IsCounted::Yes).await?;
        let hashed = self.offload(turn, |memory| drawn.hash_in(memory)).await?;
        let hashed = hashed.ok_or(Error::CheckLost)?;
        self.decide(subject, |subject| subject.install_backup_codes(&authority, &hashed))
            .await
            .map_err(Error::open)
    }
}
