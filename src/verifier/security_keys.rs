//! Security keys and passkeys, which a WebAuthn crate verifies.

use super::{Error, Verifier, sign_in::NOT_FOUND};
#[cfg(doc)]
use crate::{
    denial::Reason,
    sign_in::Verified,
    subject::{Authority, SecurityKeyOutcome, Status},
};
use crate::{
    id::SubjectId,
    sign_in::Confirmed,
    subject::{
        Ceremony, CeremonyRequest, CeremonyState, CeremonyText, Enroller, NewSecurityKey, Subject,
    },
};

/// # Security keys and passkeys
impl Verifier {
    /// Begins a ceremony in which the user proves a security key or a passkey.
    ///
    /// **This crate does not verify signatures**; the WebAuthn crate that you choose does. This
    /// crate seals the state of the WebAuthn crate. It accepts each ceremony once, for one subject,
    /// purpose and client, and creates the [`Verified`]. The steps are:
    ///
    /// 1. Pass the [keys](Status::security_keys) to the *start* function of the WebAuthn crate,
    ///    which returns the options for the browser and a state.
    /// 2. Call this method with that state. If the WebAuthn crate accepts a caller-supplied
    ///    challenge, pass an empty state here and [`Ceremony::challenge`] to the WebAuthn crate.
    /// 3. Send the options to the browser, and store the [sealed ceremony](Ceremony::expose) in the
    ///    session or in a hidden field.
    /// 4. When the browser responds, call [`ceremony`](Self::ceremony). Pass its
    ///    [`state`](Ceremony::state), its [`keys`](Ceremony::keys) and the response to the *finish*
    ///    function of the WebAuthn crate.
    /// 5. Pass the result to [`verify_for`](Self::verify_for) as a [`SecurityKeyOutcome`]: passed,
    ///    with the key and its new credential, or failed.
    ///
    /// This method reads the store once and writes nothing. A ceremony is valid for 90 seconds, and
    /// any number of ceremonies may be pending. A new ceremony does not end an earlier one, and
    /// failed ceremonies are not counted. Therefore, a caller who has only the first factor cannot
    /// prevent the owner from using a security key.
    ///
    /// # Input
    ///
    /// `request`: a state of up to 4 KiB for signing in, or a [`CeremonyRequest`] for another
    /// purpose.
    ///
    /// # Errors
    ///
    /// - [`Error::SecurityKey`]: the state is too long.
    /// - [`Reason::NotAllowed`]: the policy does not allow security keys for the purpose.
    ///
    /// If the subject has no keys, the ceremony has no keys and cannot succeed.
    ///
    /// # Security
    ///
    /// This crate trusts your result. The WebAuthn crate must verify the origin, the signature and
    /// the signature counter. It must use the credential that the ceremony returns in step 4, and
    /// not an earlier one. For a [transaction](crate::Purpose::Transaction), show the agreement to
    /// the user, because a security key has no display.
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
    /// use second_factor::{
    ///     Error, Proof, SubjectId, proof::SecurityKeyOutcome, status::SecurityKey,
    /// };
    /// use second_factor::{Verified, Verifier};
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
    /// /// The first request: returns the options for the browser and the text for the session.
    /// async fn begin(
    ///     verifier: &Verifier,
    ///     alice: &SubjectId,
    /// ) -> Result<(String, String), Error> {
    ///     let status = verifier.status(alice).await?;
    ///     let started = webauthn::start(&credentials(status.security_keys()));
    ///     let ceremony = verifier.begin_security_key(alice, &started.state).await?;
    ///     Ok((started.options, ceremony.expose().to_owned()))
    /// }
    ///
    /// /// The second request: verifies the response of the browser.
    /// async fn finish(
    ///     verifier: &Verifier,
    ///     alice: &SubjectId,
    ///     text: &str,
    ///     answer: &str,
    /// ) -> Result<Verified, Error> {
    ///     let ceremony = verifier.ceremony(alice, text).await?;
    ///     let keys = ceremony.keys();
    ///     let outcome = match webauthn::finish(ceremony.state(), &credentials(keys), answer) {
    ///         Some(passed) => SecurityKeyOutcome::passed(keys[passed.key].id(), &passed.credential),
    ///         None => SecurityKeyOutcome::failed(),
    ///     };
    ///     verifier.verify(alice, Proof::security_key(text, outcome)).await
    /// }
    /// # use second_factor::{
    /// #     FactorKind, Keys, MemoryStorage, block_on, enrollment::NewSecurityKey,
    /// # };
    /// # use second_factor::testkit::MessageLog;
    /// # block_on(async {
    /// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
    /// # let (store, phone) = (MemoryStorage::new(), MessageLog::new());
    /// # let verifier = Verifier::builder("Example", store, phone, Keys::new(root))
    /// #     .first_factor(second_factor::FirstFactor::Password).build()?;
    /// # let alice = SubjectId::new("user-42")?;
    /// # let new = verifier.enroll_security_key(&alice, b"").await?;
    /// # let key = NewSecurityKey::new("blue", b"public key, 1 use")?;
    /// # let _ = verifier.confirm_security_key(&alice, &new, key).await?;
    ///
    /// let (options, text) = begin(&verifier, &alice).await?;
    /// assert_eq!(options, "{1}");
    /// let verified = finish(&verifier, &alice, &text, "signed").await?;
    /// assert_eq!(verified.factors(), [FactorKind::SecurityKey]);
    /// assert!(finish(&verifier, &alice, &text, "signed").await.is_err(), "works once");
    /// # let status = verifier.status(&alice).await?;
    /// # assert_eq!(status.security_keys()[0].credential(), b"public key, 2 uses");
    /// # let (_, text) = begin(&verifier, &alice).await?;
    /// # assert!(finish(&verifier, &alice, &text, "forged").await.is_err());
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
        request: impl Into<CeremonyRequest>,
    ) -> Result<Ceremony, Error> {
        let (purpose, state) = request.into().checked()?;
        self.check_first_factor(purpose)?;
        Ok(self.open(subject).await?.begin_security_key(purpose, &state)?)
    }

    /// Begins a ceremony in which a passkey identifies its user.
    ///
    /// The user signs in without typing a user name.
    ///
    /// This method does not call the store. Follow the steps of
    /// [`begin_security_key`](Self::begin_security_key), but use the functions of the WebAuthn
    /// crate for *discoverable* credentials. The WebAuthn crate reads the subject from the
    /// browser's response. Pass this subject to [`ceremony`](Self::ceremony).
    ///
    /// # Input
    ///
    /// `state`: up to 4 KiB.
    ///
    /// # Errors
    ///
    /// Returns [`Error::SecurityKey`] if `state` is too long.
    ///
    /// # Security
    ///
    /// The ceremony has no first factor, even if your application named one. If the key does not
    /// [verify its user](SecurityKeyOutcome::user_verified), the sign-in also requires a factor of
    /// another kind: see [`Error::pending_factor`].
    ///
    /// The subject is unknown until the browser responds. A ceremony is therefore accepted once for
    /// each subject who owns the key in [`SecurityKeyOutcome::passed`]. A key belongs to one
    /// subject, so one response opens one session. A proof with a key of another subject is
    /// refused.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::{Error, Proof, SubjectId, proof::{Ceremony, SecurityKeyOutcome}};
    /// use second_factor::{Verified, Verifier};
    ///
    /// /// A WebAuthn crate.
    /// mod webauthn {
    ///     pub struct Passed { pub key: usize, pub credential: Vec<u8>, pub user_verified: bool }
    ///
    ///     pub fn start_discoverable() -> (String, Vec<u8>) {
    ///         ("{}".to_owned(), b"state".to_vec())
    ///     }
    ///     /// Returns the user in the response, who is not verified yet.
    ///     pub fn identify(answer: &str) -> &str { answer }
    /// #   pub fn finish(_: &[u8], credentials: &[&[u8]], _: &str) -> Option<Passed> {
    /// #       let credential = credentials.first()?.to_vec();
    /// #       Some(Passed { key: 0, credential, user_verified: true })
    /// #   }
    /// }
    ///
    /// /// The first request: returns the options and the text for a hidden field.
    /// fn begin(verifier: &Verifier) -> Result<(String, String), Error> {
    ///     let (options, state) = webauthn::start_discoverable();
    ///     Ok((options, verifier.begin_passkey(&state)?.expose().to_owned()))
    /// }
    ///
    /// /// The second request: verifies the response of the browser.
    /// async fn finish(
    ///     verifier: &Verifier, text: &str, answer: &str,
    /// ) -> Result<Verified, Box<dyn std::error::Error>> {
    ///     let subject = SubjectId::new(webauthn::identify(answer))?;
    ///     let ceremony = verifier.ceremony(&subject, text).await?;
    ///     let keys = ceremony.keys();
    ///     let credentials: Vec<&[u8]> = keys.iter().map(|key| key.credential()).collect();
    ///     let outcome = match webauthn::finish(ceremony.state(), &credentials, answer) {
    ///         Some(passed) => SecurityKeyOutcome::passed(keys[passed.key].id(), &passed.credential)
    ///             .user_verified(passed.user_verified),
    ///         None => SecurityKeyOutcome::failed(),
    ///     };
    ///     Ok(verifier.verify(&subject, Proof::security_key(&ceremony, outcome)).await?)
    /// }
    /// # use second_factor::{
    /// #     Keys, MemoryStorage, block_on, enrollment::NewSecurityKey, testkit::MessageLog,
    /// # };
    /// # block_on(async {
    /// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
    /// # let (store, phone) = (MemoryStorage::new(), MessageLog::new());
    /// # let verifier = Verifier::builder("Example", store, phone, Keys::new(root))
    /// #     .first_factor(second_factor::FirstFactor::Password).build()?;
    /// # let alice = SubjectId::new("user-42")?;
    /// # let new = verifier.enroll_security_key(&alice, b"").await?;
    /// # let key = NewSecurityKey::new("blue", b"public key")?;
    /// # let _ = verifier.confirm_security_key(&alice, &new, key).await?;
    ///
    /// let (_, text) = begin(&verifier)?;
    /// assert_eq!(finish(&verifier, &text, "user-42").await?.subject(), &alice);
    /// assert!(finish(&verifier, &text, "user-42").await.is_err(), "works once");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[doc(alias = "conditional mediation")]
    #[doc(alias = "discoverable credential")]
    #[doc(alias = "usernameless")]
    pub fn begin_passkey(&self, state: &[u8]) -> Result<Ceremony, Error> {
        let state = CeremonyState::new(state)?;
        let (keys, client) = (&self.shared.keys, self.client.as_ref());
        Ok(Ceremony::begin_passkey(keys, &state, client, self.moment()?))
    }

    /// Opens a passkey ceremony before its subject is known.
    ///
    /// This method does not call the store. Use it if the WebAuthn crate needs the
    /// [`state`](Ceremony::state) to read the subject from the response.
    ///
    /// # Errors
    ///
    /// Returns [`Reason::NotFound`], [`Reason::Expired`] or [`Reason::OtherClient`] if `text` is
    /// not a valid passkey ceremony of this client. Begin another ceremony.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, Verifier};
    /// fn state(verifier: &Verifier, text: &str) -> Result<Vec<u8>, Error> {
    ///     Ok(verifier.open_passkey(text)?.state().to_vec())
    /// }
    /// # let _ = state;
    /// ```
    pub fn open_passkey(&self, text: &str) -> Result<Ceremony, Error> {
        let (keys, client, now) =
            (&self.shared.keys, self.client.as_ref(), self.shared.clock.now()?);
        Ok(Ceremony::open_passkey(keys, text, client, now)?)
    }

    /// Opens a ceremony for a subject, in the second web request.
    ///
    /// This method reads the store once, and does not end the ceremony. A passkey ceremony can be
    /// opened for every subject, and then has the keys of that subject.
    ///
    /// # Errors
    ///
    /// Returns [`Reason::NotFound`], [`Reason::Expired`], [`Reason::OtherClient`] or
    /// [`Reason::Replayed`] if `text` is not a valid ceremony of this subject and client, or if it
    /// was accepted before. Begin another ceremony.
    ///
    /// # Example
    ///
    /// See [`begin_security_key`](Self::begin_security_key).
    pub async fn ceremony(&self, subject: &SubjectId, text: &str) -> Result<Ceremony, Error> {
        Ok(self.open(subject).await?.ceremony(text)?)
    }

    /// Begins to enroll a security key, which a WebAuthn crate registers.
    ///
    /// Follow the steps of [`begin_security_key`](Self::begin_security_key), but use the
    /// registration functions of the WebAuthn crate. This method writes nothing.
    /// [`confirm_security_key`](Self::confirm_security_key) completes the enrollment. Pass the
    /// enrolled [keys](Status::security_keys) as excluded credentials, so that no key is registered
    /// twice. A subject has at most five keys.
    ///
    /// # Errors
    ///
    /// - [`Error::SecurityKey`]: `state` is longer than 4 KiB.
    /// - [`Reason::Unauthorized`]: the enroller lacks permission. To enroll the first factor, pass
    ///   the `&SubjectId`. To enroll a further factor, ask for a proof, and pass a recent
    ///   `&Verified` or another [`Authority`].
    /// - [`Reason::TooMany`]: five keys are enrolled. Offer to remove one.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, enrollment::NewSecurityKey};
    /// # mod webauthn {
    /// #     pub fn start_registration() -> Vec<u8> { vec![1] }
    /// #     pub fn finish_registration(_: &[u8], _: &str) -> Option<Vec<u8>> { Some(vec![2]) }
    /// # }
    /// async fn begin(verifier: &Verifier, fresh: &Verified) -> Result<String, Error> {
    ///     let state = webauthn::start_registration();
    ///     let ceremony = verifier.enroll_security_key(fresh, &state).await?;
    ///     Ok(ceremony.expose().to_owned())
    /// }
    ///
    /// async fn finish(
    ///     verifier: &Verifier, alice: &SubjectId, text: &str, name: &str, answer: &str,
    /// ) -> Result<bool, Error> {
    ///     let ceremony = verifier.ceremony(alice, text).await?;
    ///     let Some(credential) = webauthn::finish_registration(ceremony.state(), answer) else {
    ///         return Ok(false);        // the key was not registered: begin again
    ///     };
    ///     let key = NewSecurityKey::new(name, &credential)?;
    ///     verifier.confirm_security_key(alice, &ceremony, key).await?;
    ///     Ok(true)
    /// }
    /// # block_on(async {
    /// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
    /// # let (store, phone) = (MemoryStorage::new(), testkit::MessageLog::new());
    /// # let verifier = Verifier::builder("Example", store, phone, Keys::new(root))
    /// #     .first_factor(second_factor::FirstFactor::Password).build()?;
    /// # let alice = SubjectId::new("user-42")?;
    /// # let new = verifier.enroll_security_key(&alice, b"").await?;
    /// # let key = NewSecurityKey::new("blue", b"1")?;
    /// # let confirmed = verifier.confirm_security_key(&alice, &new, key).await?;
    /// # let fresh = confirmed.verified().ok_or("a grant")?;
    /// # let text = begin(&verifier, &fresh).await?;
    /// # assert!(finish(&verifier, &alice, &text, "green", "signed").await?);
    /// assert_eq!(verifier.status(&alice).await?.security_keys().len(), 2);
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
        Ok(self.open(enroller.subject()).await?.enroll_security_key(&enroller, &state)?)
    }

    /// Completes the enrollment of a security key.
    ///
    /// After this call, the key is enrolled. To remove it, call [`revoke`](Self::revoke).
    /// Confirming the *first* factor revokes every other pending enrollment and every permission,
    /// as [`confirm`](Self::confirm) does.
    ///
    /// # Input
    ///
    /// `enrollment`: the [`Ceremony`], or its sealed string.
    ///
    /// # Errors
    ///
    /// - [`Reason::NotFound`], [`Reason::Expired`], [`Reason::OtherClient`] and
    ///   [`Reason::Replayed`]: the enrollment does not exist for this client, or has ended. Begin
    ///   another enrollment.
    /// - [`Reason::TooMany`]: five keys are enrolled. Offer to remove one.
    ///
    /// # Security
    ///
    /// This crate trusts the key that you pass. Call this method only after the *finish* function
    /// of the WebAuthn crate has registered the key.
    ///
    /// # Example
    ///
    /// See [`enroll_security_key`](Self::enroll_security_key).
    pub async fn confirm_security_key(
        &self,
        subject: &SubjectId,
        enrollment: impl Into<CeremonyText>,
        key: NewSecurityKey,
    ) -> Result<Confirmed, Error> {
        let text = enrollment.into();
        let confirm = |subject: Subject<'_>| subject.confirm_security_key(text.as_str(), &key);
        self.check(subject, None, confirm).await?.map(Confirmed).ok_or(NOT_FOUND)
    }
}
