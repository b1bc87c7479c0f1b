//! Security keys and passkeys, which another crate verifies.

use alloc::vec::Vec;

use super::{Error, Verifier, sign_in::NOT_FOUND};
#[cfg(doc)]
use crate::{Authority, SecurityKeyOutcome, denial::Reason};
use crate::{
    Handle, SubjectId, Verified,
    operation::Operation,
    subject::{Ceremony, CeremonyState, Enroller, NewSecurityKey, SecurityKey},
};

/// # Security keys and passkeys
impl Verifier {
    /// Begins a ceremony in which the user proves a security key or a passkey.
    ///
    /// **This crate verifies no signatures.** A WebAuthn crate does. This crate stores what that
    /// crate needs stored, accepts each answer once, for one subject, purpose and client, counts
    /// the failures, and creates the [`Verified`]. The steps are:
    ///
    /// 1. Pass the [keys](Self::security_keys) to the *start* function of the WebAuthn crate. It
    ///    returns the options for the browser, and a state.
    /// 2. Call this method with that state. If the WebAuthn crate accepts a challenge from outside,
    ///    pass an empty state, and give it the [`Ceremony::challenge`].
    /// 3. Send the options to the browser, and store the [handle](Ceremony::handle) in the session.
    /// 4. When the answer comes, call [`ceremony`](Self::ceremony), and pass its
    ///    [`state`](Ceremony::state), its [`keys`](Ceremony::keys) and the answer to the *finish*
    ///    function of the WebAuthn crate.
    /// 5. Pass the result to [`verify_for`](Self::verify_for) as a [`SecurityKeyOutcome`]: passed,
    ///    with the key and its new credential, or failed.
    ///
    /// A ceremony is valid for five minutes. A new one replaces it, also for another purpose.
    ///
    /// # Input
    ///
    /// `state`: up to 4 KiB.
    ///
    /// # Errors
    ///
    /// - [`Error::SecurityKey`]: `state` is too long.
    /// - [`Reason::NotAllowed`]: the policy does not allow security keys for `purpose`.
    /// - [`Reason::Locked`] and [`Reason::TooSoon`]: too many answers failed, or too many
    ///   ceremonies were begun. Try again at [`Error::retry_at`].
    ///
    /// If the subject has no keys, or they are disabled, the ceremony has no keys and cannot
    /// succeed.
    ///
    /// # Security
    ///
    /// Your assertion about the answer is trusted. The WebAuthn crate must verify the origin, the
    /// signature and its counter, against the credential that the ceremony returns in step 4 and
    /// not an earlier one. For a [transaction](Operation::Transaction) show what is agreed to: a key
    /// shows nothing. Call it only after the first factor was correct: any caller can end a
    /// ceremony by beginning another.
    ///
    /// # Source
    ///
    /// Web Authentication Level 3 §7.2, §13.4.3; NIST SP 800-63B-4 §3.2.5.
    ///
    /// # Example
    ///
    /// With a stand-in for the WebAuthn crate:
    ///
    /// ```
    /// use second_factor::{Error, Handle, Proof, purpose::Operation, SubjectId, Verified, Verifier};
    /// use second_factor::{Ceremony, SecurityKeyOutcome, SecurityKey};
    ///
    /// /// A WebAuthn crate.
    /// mod webauthn {
    ///     pub struct Started { pub options: String, pub state: Vec<u8> }
    ///     pub struct Passed { pub key: usize, pub credential: Vec<u8> }
    ///
    ///     pub fn start(credentials: &[&[u8]]) -> Started {
    ///         let options = format!("{{{}}}", credentials.len());
    ///         Started { options, state: b"state".to_vec() }
    ///     }
    /// #   pub fn finish(state: &[u8], credentials: &[&[u8]], answer: &str) -> Option<Passed> {
    /// #       let key = credentials.iter().position(|known| known.starts_with(b"public key"))?;
    /// #       let is_valid = state == b"state" && answer == "signed";
    /// #       is_valid.then(|| Passed { key, credential: b"public key, 2 uses".to_vec() })
    /// #   }
    /// }
    ///
    /// fn credentials(keys: &[SecurityKey]) -> Vec<&[u8]> {
    ///     keys.iter().map(SecurityKey::credential).collect()
    /// }
    ///
    /// /// The first request: the options for the browser, the handle for the session.
    /// async fn begin(
    ///     verifier: &Verifier,
    ///     alice: &SubjectId,
    /// ) -> Result<(String, Handle), Error> {
    ///     let keys = verifier.security_keys(alice).await?;
    ///     let started = webauthn::start(&credentials(&keys));
    ///     let ceremony =
    ///         verifier.begin_security_key(alice, purpose::Operation::SignIn, &started.state).await?;
    ///     Ok((started.options, *ceremony.handle()))
    /// }
    ///
    /// /// The second request: the answer of the browser.
    /// async fn finish(
    ///     verifier: &Verifier,
    ///     alice: &SubjectId,
    ///     handle: &Handle,
    ///     answer: &str,
    /// ) -> Result<Verified, Error> {
    ///     let ceremony = verifier.ceremony(alice, handle).await?;
    ///     let keys = ceremony.keys();
    ///     let found = webauthn::finish(ceremony.state(), &credentials(keys), answer);
    ///     let key = found.as_ref().and_then(|passed| keys.get(passed.key));
    ///     let outcome = match (&found, key) {
    ///         (Some(passed), Some(key)) => SecurityKeyOutcome::passed(*key.id(), &passed.credential)?,
    ///         _ => SecurityKeyOutcome::failed(),
    ///     };
    ///     verifier.verify(alice, Proof::security_key(handle, outcome)).await
    /// }
    /// # use second_factor::{FactorKind, Keys, MemoryStorage, block_on, testkit::MessageLog};
    /// # block_on(async {
    /// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
    /// # let verifier = Verifier::builder(MemoryStorage::new(), MessageLog::new(), Keys::new(root))
    /// #     .issuer("Example").build()?;
    /// # let alice = SubjectId::new("user-42")?;
    /// # let new = verifier.enroll_security_key(&alice, b"").await?;
    /// # let _ = verifier.confirm_security_key(&alice, &new, "blue", b"public key, 1 use").await?;
    ///
    /// let (options, handle) = begin(&verifier, &alice).await?;
    /// assert_eq!(options, "{1}");
    /// let verified = finish(&verifier, &alice, &handle, "signed").await?;
    /// assert_eq!(verified.factors(), [FactorKind::SecurityKey]);
    /// assert!(finish(&verifier, &alice, &handle, "signed").await.is_err(), "works once");
    /// # let keys = verifier.security_keys(&alice).await?;
    /// # assert_eq!(keys[0].credential(), b"public key, 2 uses");
    /// # let (_, handle) = begin(&verifier, &alice).await?;
    /// # assert!(finish(&verifier, &alice, &handle, "forged").await.is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[doc(alias = "fido2")]
    #[doc(alias = "passkey")]
    #[doc(alias = "u2f")]
    #[doc(alias = "webauthn")]
    pub async fn begin_security_key(
        &self,
        subject: &SubjectId,
        purpose: impl Into<Operation>,
        state: &[u8],
    ) -> Result<Ceremony, Error> {
        let (purpose, state) = (purpose.into(), CeremonyState::new(state)?);
        self.check_first_factor(purpose)?;
        self.decide(subject, |subject| subject.begin_security_key(purpose, &state)).await
    }

    /// Returns a ceremony that waits for its answer, for the second web request.
    ///
    /// It takes one read, and does not end the ceremony.
    ///
    /// # Errors
    ///
    /// [`Reason::NotFound`], [`Reason::Expired`] and [`Reason::OtherClient`]: there is no such
    /// ceremony for this client. Begin another.
    ///
    /// # Example
    ///
    /// See [`begin_security_key`](Self::begin_security_key).
    pub async fn ceremony(
        &self,
        subject: &SubjectId,
        handle: impl Into<Handle>,
    ) -> Result<Ceremony, Error> {
        Ok(self.open(subject).await?.ceremony(&handle.into())?)
    }

    /// Begins to enroll a security key, which a WebAuthn crate registers.
    ///
    /// The steps are those of [`begin_security_key`](Self::begin_security_key), with the
    /// registration functions of the WebAuthn crate.
    /// [`confirm_security_key`](Self::confirm_security_key) completes it. Exclude the enrolled
    /// [keys](Self::security_keys), so that no key is registered twice. A subject has at most five
    /// keys.
    ///
    /// # Errors
    ///
    /// - [`Error::SecurityKey`]: `state` is longer than 4 KiB.
    /// - [`Reason::Unauthorized`]: the enroller lacks permission. A first factor needs the
    ///   `&SubjectId`, a further one a recent `&Verified` or an [`Authority`]. Ask for a proof.
    /// - [`Reason::TooMany`]: five keys are enrolled. Offer to remove one.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, Ceremony};
    /// # mod webauthn {
    /// #     pub fn start_registration() -> Vec<u8> { vec![1] }
    /// #     pub fn finish_registration(_: &[u8], _: &str) -> Option<Vec<u8>> { Some(vec![2]) }
    /// # }
    /// async fn begin(verifier: &Verifier, fresh: &Verified) -> Result<Handle, Error> {
    ///     let state = webauthn::start_registration();
    ///     Ok(*verifier.enroll_security_key(fresh, &state).await?.handle())
    /// }
    ///
    /// async fn finish(
    ///     verifier: &Verifier, alice: &SubjectId, handle: &Handle, name: &str, answer: &str,
    /// ) -> Result<bool, Error> {
    ///     let ceremony = verifier.ceremony(alice, handle).await?;
    ///     let Some(credential) = webauthn::finish_registration(ceremony.state(), answer) else {
    ///         return Ok(false);        // the key was not registered: begin again
    ///     };
    ///     verifier.confirm_security_key(alice, handle, name, &credential).await?;
    ///     Ok(true)
    /// }
    /// # block_on(async {
    /// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
    /// # let storage = MemoryStorage::new();
    /// # let verifier = Verifier::builder(storage, testkit::MessageLog::new(), Keys::new(root))
    /// #     .issuer("Example").build()?;
    /// # let alice = SubjectId::new("user-42")?;
    /// # let new = verifier.enroll_security_key(&alice, b"").await?;
    /// # let fresh = verifier.confirm_security_key(&alice, &new, "blue", b"1").await?;
    /// # let handle = begin(&verifier, &fresh).await?;
    /// # assert!(finish(&verifier, &alice, &handle, "green", "signed").await?);
    /// assert_eq!(verifier.security_keys(&alice).await?.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[doc(alias = "passkey")]
    #[doc(alias = "webauthn")]
    pub async fn enroll_security_key(
        &self,
        enroller: impl Into<Enroller>,
        state: &[u8],
    ) -> Result<Ceremony, Error> {
        let (enroller, state) = (enroller.into(), CeremonyState::new(state)?);
        self.check_enroller(&enroller)?;
        self.decide(enroller.subject(), |subject| subject.enroll_security_key(&enroller, &state))
            .await
    }

    /// Completes the enrollment of a security key.
    ///
    /// The WebAuthn crate must have registered it. The key is enrolled from then on;
    /// [`revoke`](Self::revoke) removes it. Confirming the *first* factor ends every other
    /// enrollment and every permission, as [`confirm`](Self::confirm) does.
    ///
    /// # Input
    ///
    /// `name`: what the owner calls the key, 1 to 64 bytes. `credential`: what the WebAuthn crate
    /// needs stored, up to 2 KiB.
    ///
    /// # Errors
    ///
    /// - [`Error::SecurityKey`]: the name or the credential is invalid. Ask for another name.
    /// - [`Reason::NotFound`] and [`Reason::Expired`]: there is no such enrollment, or it has
    ///   ended. Begin another.
    ///
    /// # Security
    ///
    /// It is trusted: call it only after the *finish* function of the WebAuthn crate succeeded.
    ///
    /// # Example
    ///
    /// See [`enroll_security_key`](Self::enroll_security_key).
    pub async fn confirm_security_key(
        &self,
        subject: &SubjectId,
        enrollment: impl Into<Handle>,
        name: &str,
        credential: &[u8],
    ) -> Result<Verified, Error> {
        let (handle, key) = (enrollment.into(), NewSecurityKey::new(name, credential)?);
        let proven =
            self.decide(subject, |subject| subject.confirm_security_key(&handle, &key)).await?;
        proven.verified().ok_or(NOT_FOUND)
    }

    /// Returns the enrolled security keys.
    ///
    /// They are for the *start* function of the WebAuthn crate, and for the settings page.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the store failed, or the record cannot be opened.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, SubjectId, Verified, Verifier, Factor};
    /// async fn remove_the_first(
    ///     verifier: &Verifier, alice: &SubjectId, fresh: &Verified,
    /// ) -> Result<(), Error> {
    ///     if let Some(key) = verifier.security_keys(alice).await?.first() {
    ///         verifier.revoke(fresh, Factor::SecurityKey(*key.id())).await?;
    ///     }
    ///     Ok(())
    /// }
    /// # let _ = remove_the_first;
    /// ```
    #[doc(alias = "list_passkeys")]
    pub async fn security_keys(&self, subject: &SubjectId) -> Result<Vec<SecurityKey>, Error> {
        Ok(self.open(subject).await?.security_keys())
    }
}
