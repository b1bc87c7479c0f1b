//! Adding factors and taking them away.

use super::{Error, Verifier};
#[cfg(doc)]
use crate::message::Channel;
use crate::{
    Address, Handle, SubjectId, Verified,
    subject::{
        Account, Authority, Challenge, CodeRequest, Enroller, Enrollment, Factor, Grant, HotpToken,
        Reset, WhatsApp,
    },
    verdict::{Denial, Reason},
};

impl Verifier {
    /// Begins to add an authenticator app, or to replace the one that stands.
    ///
    /// `account` is what the app shows beside the issuer, usually the email address.
    ///
    /// # Errors
    ///
    /// [`Error`]: the enroller has no right (a first factor needs the `&SubjectId`, any other a fresh
    /// `&Verified` or an [`Authority`]), or `account` cannot stand in a provisioning URI.
    pub async fn enroll_totp(
        &self,
        enroller: impl Into<Enroller>,
        account: &str,
    ) -> Result<Enrollment, Error> {
        let (enroller, account) = (enroller.into(), Account::new(account)?);
        let sender = &*self.sender;
        self.decide(enroller.subject(), |subject| subject.enroll_totp(&enroller, sender, &account))
            .await
    }

    /// Begins to add an address: sends it a code, to be given to [`confirm`](Self::confirm).
    ///
    /// # Errors
    ///
    /// [`Error`]: as [`enroll_totp`](Self::enroll_totp) and [`challenge`](Self::challenge).
    pub async fn enroll_address(
        &self,
        enroller: impl Into<Enroller>,
        address: &Address,
    ) -> Result<Challenge, Error> {
        let enroller = enroller.into();
        self.send(enroller.subject(), &CodeRequest::enroll(&enroller, address)).await
    }

    /// Begins to add a token that counts (HOTP), or to replace the one that stands.
    ///
    /// Its secret comes with the device, from whoever made it. Ask for its first code next.
    ///
    /// # Errors
    ///
    /// [`Error`]: the enroller has no right.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, HotpToken};
    /// # async fn add(
    /// #     verifier: &Verifier, fresh: &Verified, alice: &SubjectId, secret: &Secret, typed: &str,
    /// # ) -> Result<(), Error> {
    /// let enrollment = verifier.enroll_hotp(fresh, &HotpToken::new(secret)).await?;
    /// verifier.confirm(alice, &enrollment, typed).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn enroll_hotp(
        &self,
        enroller: impl Into<Enroller>,
        token: &HotpToken,
    ) -> Result<Handle, Error> {
        let enroller = enroller.into();
        self.decide(enroller.subject(), |subject| subject.enroll_hotp(&enroller, token)).await
    }

    /// Ends an enrollment with its first code. From then on the factor counts.
    ///
    /// The code is spent by it: the next proof takes the next code. Confirming the *first* factor ends
    /// every other enrollment that was begun before, and every right (see [`Authority`]).
    ///
    /// # Errors
    ///
    /// [`Error`]: the code is wrong (five times, and the enrollment is gone), or there is no such
    /// enrollment, or not any more.
    pub async fn confirm(
        &self,
        subject: &SubjectId,
        enrollment: &(impl AsRef<Handle> + Sync),
        typed: &str,
    ) -> Result<Verified, Error> {
        let handle = *enrollment.as_ref();
        let checked = self.check(subject, |subject| subject.confirm(&handle, typed)).await?;
        checked.ok_or_else(|| Denial::new(Reason::NotFound).into())
    }

    /// Removes a factor. What was proven before gives no right any more, this authority included.
    ///
    /// # Errors
    ///
    /// [`Error`]: no right ([`Reason::Unauthorized`]: ask for a proof), no such factor, or it is the
    /// last one that may sign in ([`Reason::LastFactor`]: offer [`turn_off`](Self::turn_off)). The
    /// reasons of these calls may steer the page: whoever sees it is signed in.
    ///
    /// # Example
    ///
    /// A settings page, over two requests:
    ///
    /// ```
    /// use second_factor::{Address, Error, Proof, Purpose, SubjectId, Verifier};
    /// use second_factor::{Factor, Grant};
    ///
    /// /// First: the person proves once more, and the session keeps the right for some minutes.
    /// async fn prove(
    ///     verifier: &Verifier,
    ///     alice: &SubjectId,
    ///     typed: &str,
    /// ) -> Result<String, Error> {
    ///     let verified = verifier.verify_for(alice, Purpose::Manage, Proof::totp(typed)).await?;
    ///     Ok(verifier.grant(&verified)?.expose().to_owned())
    /// }
    ///
    /// /// Then: the button beside a phone number.
    /// async fn remove(
    ///     verifier: &Verifier,
    ///     alice: &SubjectId,
    ///     kept: &str,
    ///     phone: &Address,
    /// ) -> Result<(), Error> {
    ///     let authority = verifier.authority(alice, &Grant::from_text(kept))?;
    ///     verifier.revoke(authority, Factor::Address(phone)).await
    /// }
    /// # let _ = (prove, remove);
    /// ```
    pub async fn revoke(
        &self,
        authority: impl Into<Authority>,
        factor: Factor<'_>,
    ) -> Result<(), Error> {
        let authority = authority.into();
        self.decide(authority.subject(), |subject| subject.revoke(&authority, factor)).await
    }

    /// Lets codes go to a proven number by WhatsApp too; nobody gets them so before.
    ///
    /// WhatsApp is another way to a number that was proven by text message, never a way to prove one.
    /// Then [`challenge_by`](Self::challenge_by) and [`resend_by`](Self::resend_by) take
    /// [`Channel::WhatsApp`]. What is on its way ends.
    ///
    /// # Errors
    ///
    /// [`Error`]: no right, or no such number.
    pub async fn allow_whatsapp(
        &self,
        authority: impl Into<Authority>,
        number: &Address,
    ) -> Result<(), Error> {
        self.set_whatsapp(&authority.into(), number, WhatsApp::Allowed).await
    }

    /// Lets codes go to a number by WhatsApp no longer. What is on its way ends.
    ///
    /// # Errors
    ///
    /// [`Error`]: no right, or no such number.
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
        wish: WhatsApp,
    ) -> Result<(), Error> {
        self.decide(authority.subject(), |subject| subject.set_whatsapp(authority, number, wish))
            .await
    }

    /// Turns two-factor off: removes every factor. The record stays.
    ///
    /// # Errors
    ///
    /// [`Error`]: no right.
    pub async fn turn_off(&self, authority: impl Into<Authority>) -> Result<(), Error> {
        let authority = authority.into();
        self.decide(authority.subject(), |subject| subject.turn_off(&authority)).await
    }

    /// Removes every factor on the word of an administrator.
    ///
    /// For somebody who has lost them all. For an hour (the policy's
    /// [`reset_life`](crate::Policy::reset_life)) the subject is
    /// [`Unprotected`](crate::verdict::Unprotected), and the word of the host is enough to enroll a
    /// first factor, which ends it. When the hour is over and nothing was enrolled, nobody gets in
    /// and nothing is enrolled ([`Reason::Expired`]), until an administrator resets again. What was
    /// proven, sent and granted before is void. Every address that stood is told; so is the
    /// [listener](crate::host::Listener), with actor and reason.
    ///
    /// # Errors
    ///
    /// [`Error`]: the store failed. Nothing was removed, or all of it: try again.
    ///
    /// # Security
    ///
    /// You say who is an administrator: ask for a second factor of theirs, and better for that of
    /// two. There is no code that opens every account. In that hour the first factor alone lets in:
    /// have the person identified beforehand, have the password changed, end all sessions, and keep
    /// the hour short. Under [`Absent::Refuse`](crate::policy::Absent::Refuse) it makes a record
    /// where there is none.
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
    pub async fn reset(&self, subject: &SubjectId, reset: &Reset) -> Result<(), Error> {
        self.decide(subject, |subject| subject.reset(reset)).await
    }

    /// Gives up what a record that came out of a backup may have wrong.
    ///
    /// Such a record does not know which backup codes were used since, how far a token has counted, and
    /// which devices and rights were taken back. So the backup codes are removed, to be made anew; the
    /// token is disabled until it is enrolled anew; every device and every right is void, with whatever
    /// was under way. What codes by clock or by message, a PIN and security keys prove stays good. Whoever
    /// is nobody, or has nothing, is left alone.
    ///
    /// Call it for every subject of a store that was put back, before it serves again. It may be called
    /// again.
    ///
    /// # Errors
    ///
    /// [`Error`]: the store failed. Nothing was given up, or all of it: try again.
    ///
    /// # Security
    ///
    /// Factors that were removed since the backup stand again, and a PIN that was changed is the old one:
    /// if you know of such a subject, [`reset`](Self::reset) it. Whoever had nothing but backup codes or a
    /// token must be [reset](Self::reset) too.
    ///
    /// # Source
    ///
    /// [FAILURES 119](crate::manual::threats).
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, SubjectId, Verifier};
    /// async fn put_back(verifier: &Verifier, everybody: &[SubjectId]) -> Result<(), Error> {
    ///     for subject in everybody {
    ///         verifier.after_restore(subject).await?;
    ///     }
    ///     Ok(())
    /// }
    /// # let _ = put_back;
    /// ```
    pub async fn after_restore(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| Ok(subject.after_restore())).await
    }

    /// Seals the right that a proof gives, to be taken up on the next page.
    ///
    /// # Errors
    ///
    /// [`Error`]: the source of randomness failed.
    pub fn grant(&self, verified: &Verified) -> Result<Grant, Error> {
        let client = self.client.as_ref();
        Ok(Grant::seal(&self.shared.keys, verified, client, self.moment()?))
    }

    /// The right that a grant holds. Whether it is still good shows when it is used.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] when it is no grant, or another subject's, or another client's.
    pub fn authority(&self, subject: &SubjectId, grant: &Grant) -> Result<Authority, Error> {
        grant
            .open(&self.shared.keys, subject, self.client.as_ref())
            .ok_or_else(|| Denial::new(Reason::Unauthorized).into())
    }
}
