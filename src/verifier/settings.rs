//! Settings: status, removal of factors, WhatsApp.

use super::{Error, Verifier};
#[cfg(doc)]
use crate::denial::Reason;
use crate::{
    id::{ItemId, SubjectId},
    subject::{Authority, Status, WhatsApp},
};

/// # Settings
impl Verifier {
    /// Returns the enrolled factors of a subject and their state.
    ///
    /// Addresses are masked. The status includes the time at which the next code may be sent. This
    /// method reads the store once, and writes only after a clock fault. A status does not permit a
    /// sign-in: to sign in, call [`next`](Self::next).
    ///
    /// # Errors
    ///
    /// Returns [`Reason::Absent`] if the subject has no record, but the policy requires one.
    ///
    /// # Security
    ///
    /// Show the status only to the signed-in user, because the status reveals how the account is
    /// protected.
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
        self.open(subject).await?.status().map_err(Error::open)
    }

    /// Removes the factor or trusted device with this id.
    ///
    /// The removal of a factor ends every permission, including `authority`, and every session. The
    /// method returns the new epoch. Store the epoch in the session of this user. Otherwise, this
    /// session ends too.
    ///
    /// # Errors
    ///
    /// The user is signed in, so you may show the reasons of this method.
    ///
    /// - [`Reason::Unauthorized`]: `authority` lacks permission. Ask for a proof.
    /// - [`Reason::NotFound`]: no item has this id.
    /// - [`Reason::LastFactor`]: the factor is the last with which the user can sign in. Offer
    ///   [`turn_off`](Self::turn_off).
    ///
    /// # Example
    ///
    /// A settings page, over two requests:
    ///
    /// ```
    /// use second_factor::{Error, Grant, ItemId, Proof, Purpose, SubjectId, Verifier};
    ///
    /// /// First: the user proves a factor, and the session stores the permission for some minutes.
    /// async fn prove(
    ///     verifier: &Verifier,
    ///     alice: &SubjectId,
    ///     typed: &str,
    /// ) -> Result<String, Error> {
    ///     let grant = verifier.verify_for(alice, Purpose::Manage, Proof::totp(typed)).await?;
    ///     Ok(grant.expose().to_owned())
    /// }
    ///
    /// /// Then: the button next to a phone number.
    /// async fn remove(
    ///     verifier: &Verifier,
    ///     alice: &SubjectId,
    ///     stored: &str,
    ///     phone: &ItemId,
    /// ) -> Result<u64, Error> {
    ///     verifier.revoke(&Grant::from_text(alice, stored), phone).await
    /// }
    /// # let _ = (prove, remove);
    /// ```
    #[doc(alias = "disable")]
    #[doc(alias = "forget device")]
    #[doc(alias = "remove")]
    #[doc(alias = "remove_factor")]
    pub async fn revoke(
        &self,
        authority: impl Into<Authority>,
        item: &ItemId,
    ) -> Result<u64, Error> {
        let authority = authority.into();
        self.decide(authority.subject(), |subject| subject.revoke(&authority, item))
            .await
            .map_err(Error::open)
    }

    /// Names the authenticator app, security key or known device with this id.
    ///
    /// Other items have no name. A new name does not end a session, and is not reported as an
    /// event.
    ///
    /// # Input
    ///
    /// Invisible and direction-changing characters are removed, and the name is truncated to 64
    /// characters.
    ///
    /// # Errors
    ///
    /// The user is signed in, so you may show the reasons of this method.
    ///
    /// - [`Reason::Unauthorized`]: `authority` lacks permission. Ask for a proof.
    /// - [`Reason::NotFound`]: no item with this id can be named.
    /// - [`Reason::Malformed`]: the name has no visible character. Ask for another name.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, FactorKind, Verified, Verifier};
    /// async fn name_the_first(verifier: &Verifier, fresh: &Verified) -> Result<(), Error> {
    ///     let status = verifier.status(fresh.subject()).await?;
    ///     let mut factors = status.factors().iter();
    ///     match factors.find(|factor| factor.kind() == FactorKind::Totp) {
    ///         Some(app) => verifier.rename(fresh, app.id(), "Work phone").await,
    ///         None => Ok(()),
    ///     }
    /// }
    /// # let _ = name_the_first;
    /// ```
    pub async fn rename(
        &self,
        authority: impl Into<Authority>,
        item: &ItemId,
        name: &str,
    ) -> Result<(), Error> {
        let authority = authority.into();
        self.decide(authority.subject(), |subject| subject.rename(&authority, item, name))
            .await
            .map_err(Error::open)
    }

    /// Sets whether codes may be sent to a proven number by WhatsApp.
    ///
    /// By default, WhatsApp is not used. The user must have proven the number by text message,
    /// because a code by WhatsApp does not prove a number. This method ends pending challenges.
    ///
    /// # Errors
    ///
    /// - [`Reason::Unauthorized`]: `authority` lacks permission. Ask for a proof.
    /// - [`Reason::NotFound`]: no proven number has the id. Enroll it first.
    pub async fn set_whatsapp(
        &self,
        authority: impl Into<Authority>,
        number: &ItemId,
        setting: WhatsApp,
    ) -> Result<(), Error> {
        let authority = authority.into();
        self.decide(authority.subject(), |subject| {
            subject.set_whatsapp(&authority, number, setting)
        })
        .await
        .map_err(Error::open)
    }

    /// Turns two-factor authentication off by removing every factor.
    ///
    /// The record stays in the store. The method returns the new epoch, for the session of the user
    /// who makes the change.
    ///
    /// Returns the new epoch, for the session of the user who makes the change.
    ///
    /// # Errors
    ///
    /// Returns [`Reason::Unauthorized`] if `authority` lacks permission. Ask for a proof.
    #[doc(alias = "disable_2fa")]
    #[doc(alias = "disable_mfa")]
    pub async fn turn_off(&self, authority: impl Into<Authority>) -> Result<u64, Error> {
        let authority = authority.into();
        self.decide(authority.subject(), |subject| subject.turn_off(&authority))
            .await
            .map_err(Error::open)
    }
}
