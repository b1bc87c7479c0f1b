//! Settings: status, removal of factors, WhatsApp.

use super::{Error, Verifier};
use crate::{
    Address, SubjectId,
    subject::{Authority, Factor, Status, WhatsApp},
};
#[cfg(doc)]
use crate::{denial::Reason, message::Channel};

/// # Settings
impl Verifier {
    /// Returns what is enrolled and what is locked.
    ///
    /// Addresses are masked. The status also says when the next code may be sent. It takes one
    /// read, and a write only after a clock fault. It opens no session: call [`next`](Self::next)
    /// before a sign-in. [`Status::address`] finds the address whose id a form posts.
    ///
    /// # Errors
    ///
    /// Returns [`Reason::Absent`] if there is no record, and the policy requires one.
    ///
    /// # Security
    ///
    /// It must be shown only to the subject, signed in: it reveals how the account is protected.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, FactorKind, SubjectId, Verifier};
    /// async fn advice(verifier: &Verifier, alice: &SubjectId) -> Result<&'static str, Error> {
    ///     let status = verifier.status(alice).await?;
    ///     Ok(match status.backup_codes_left() {
    ///         _ if !status.is_protected() => "turn on two-factor authentication",
    ///         None => "print backup codes",
    ///         Some(0..=3) => "print new backup codes",
    ///         Some(_) => "",
    ///     })
    /// }
    /// # let _ = advice;
    /// ```
    #[doc(alias = "is_enabled")]
    #[doc(alias = "list_factors")]
    pub async fn status(&self, subject: &SubjectId) -> Result<Status, Error> {
        Ok(self.open(subject).await?.status()?)
    }

    /// Removes a factor. It ends every permission, including `authority`.
    ///
    /// # Errors
    ///
    /// The reasons of this method may be shown: the user is signed in.
    ///
    /// - [`Reason::Unauthorized`]: `authority` lacks permission. Ask for a proof.
    /// - [`Reason::NotFound`]: there is no such factor.
    /// - [`Reason::LastFactor`]: it is the last factor that can sign in. Offer
    ///   [`turn_off`](Self::turn_off).
    ///
    /// # Example
    ///
    /// A settings page, over two requests:
    ///
    /// ```
    /// use second_factor::{Address, Error, Proof, Operation, SubjectId, Verifier};
    /// use second_factor::{Factor, Grant};
    ///
    /// /// First: the user proves a factor, and the session stores the permission for some minutes.
    /// async fn prove(
    ///     verifier: &Verifier,
    ///     alice: &SubjectId,
    ///     typed: &str,
    /// ) -> Result<String, Error> {
    ///     let verified = verifier.verify_for(alice, Operation::Manage, Proof::totp(typed)).await?;
    ///     Ok(verifier.grant(&verified)?.expose().to_owned())
    /// }
    ///
    /// /// Then: the button next to a phone number.
    /// async fn remove(
    ///     verifier: &Verifier,
    ///     alice: &SubjectId,
    ///     stored: &str,
    ///     phone: &Address,
    /// ) -> Result<(), Error> {
    ///     let authority = verifier.authority(alice, &Grant::from_text(stored))?;
    ///     verifier.revoke(authority, Factor::Address(phone)).await
    /// }
    /// # let _ = (prove, remove);
    /// ```
    #[doc(alias = "disable")]
    #[doc(alias = "remove")]
    pub async fn revoke(
        &self,
        authority: impl Into<Authority>,
        factor: Factor<'_>,
    ) -> Result<(), Error> {
        let authority = authority.into();
        self.decide(authority.subject(), |subject| subject.revoke(&authority, factor)).await
    }

    /// Allows codes to a proven number by WhatsApp.
    ///
    /// By default they are not sent by it. The number must have been proven by text message:
    /// WhatsApp is a further channel to it, and proves no number.
    /// [`challenge_by`](Self::challenge_by) and [`resend_by`](Self::resend_by) then accept
    /// [`Channel::WhatsApp`]. Challenges in progress end.
    ///
    /// # Errors
    ///
    /// - [`Reason::Unauthorized`]: `authority` lacks permission. Ask for a proof.
    /// - [`Reason::NotFound`]: the number is not proven. Enroll it first.
    pub async fn allow_whatsapp(
        &self,
        authority: impl Into<Authority>,
        number: &Address,
    ) -> Result<(), Error> {
        self.set_whatsapp(&authority.into(), number, WhatsApp::Allowed).await
    }

    /// Stops codes to a number by WhatsApp. Challenges in progress end.
    ///
    /// # Errors
    ///
    /// As [`allow_whatsapp`](Self::allow_whatsapp).
    pub async fn forbid_whatsapp(
        &self,
        authority: impl Into<Authority>,
        number: &Address,
    ) -> Result<(), Error> {
        self.set_whatsapp(&authority.into(), number, WhatsApp::Forbidden).await
    }

    async fn set_whatsapp(
        &self,
        authority: &Authority,
        number: &Address,
        setting: WhatsApp,
    ) -> Result<(), Error> {
        self.decide(authority.subject(), |subject| subject.set_whatsapp(authority, number, setting))
            .await
    }

    /// Turns two-factor authentication off: removes every factor. The record remains.
    ///
    /// # Errors
    ///
    /// Returns [`Reason::Unauthorized`] if `authority` lacks permission. Ask for a proof.
    #[doc(alias = "disable_2fa")]
    #[doc(alias = "disable_mfa")]
    pub async fn turn_off(&self, authority: impl Into<Authority>) -> Result<(), Error> {
        let authority = authority.into();
        self.decide(authority.subject(), |subject| subject.turn_off(&authority)).await
    }
}
