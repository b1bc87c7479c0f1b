//! Security keys, which another crate checks.

use alloc::vec::Vec;

use super::{Error, Verifier};
use crate::{
    Handle, Purpose, SubjectId, Verified,
    subject::{Ceremony, CeremonyState, Enroller, NewSecurityKey, SecurityKey},
};

impl Verifier {
    /// Begins a ceremony in which a security key or a passkey is to prove something.
    ///
    /// **This crate checks no signature.** A crate for Web Authentication does; this one keeps what
    /// that one wants kept, sees to it that each answer counts once, for one subject, one purpose
    /// and one client, counts the wrong ones, and makes the [`Verified`]. In order:
    ///
    /// 1. Give the [keys](Self::security_keys) to the *start* call of the other crate. It makes the
    ///    options for the browser, and a state.
    /// 2. Begin here, with that state as `kept`. A crate that takes a challenge from outside gets
    ///    [`Ceremony::challenge`] after this, and `kept` is empty.
    /// 3. Send the options to the browser, and keep the [handle](Ceremony::handle) in the session.
    /// 4. When the answer comes, ask for the [`ceremony`](Self::ceremony) again, and give its
    ///    [`kept`](Ceremony::kept) and [`keys`](Ceremony::keys) to the *finish* call of the other
    ///    crate, with the answer.
    /// 5. Give what that call said to [`verify_for`](Self::verify_for) as a [`SecurityKeyOutcome`]: passed,
    ///    with the key and what is to be kept of it from now on; or failed.
    ///
    /// The ceremony lives five minutes. A new one takes its place, whatever it is for.
    ///
    /// [`SecurityKeyOutcome`]: crate::subject::KeyVerdict
    ///
    /// # Errors
    ///
    /// [`Error`]: `kept` is longer than 4 KiB, the policy allows no security key for `purpose`,
    /// wrong answers locked them, or too many ceremonies were begun ([`Error::retry_at`] tells
    /// until when). A subject whose keys are disabled, or that has none, gets a ceremony without
    /// keys that nobody can answer.
    ///
    /// # Security
    ///
    /// What you say of the answer is believed. Have the other crate check the origin, the signature
    /// and its counter, and compare with the credential that the ceremony shows in step 4, not with
    /// an older one. For a [transaction](Purpose::Transaction) show what is agreed to beside it: a
    /// key shows nothing. Call this after the first factor was right: whoever can call it can end
    /// the ceremony of somebody else by beginning another.
    ///
    /// # Source
    ///
    /// Web Authentication Level 3 §7.2, §13.4.3; NIST SP 800-63B-4 §3.2.5.
    ///
    /// # Example
    ///
    /// With a stand-in for the other crate:
    ///
    /// ```
    /// use second_factor::{Error, Handle, Proof, Purpose, SubjectId, Verified, Verifier};
    /// use second_factor::{Ceremony, SecurityKeyOutcome, SecurityKey};
    ///
    /// /// What a crate for Web Authentication does.
    /// mod webauthn {
    ///     pub struct Started { pub options: String, pub state: Vec<u8> }
    ///     pub struct Passed { pub place: usize, pub credential: Vec<u8> }
    ///
    ///     pub fn start(credentials: &[&[u8]]) -> Started {
    ///         let options = format!("{{{}}}", credentials.len());
    ///         Started { options, state: b"its own".to_vec() }
    ///     }
    /// #   pub fn finish(state: &[u8], credentials: &[&[u8]], answer: &str) -> Option<Passed> {
    /// #       let place = credentials.iter().position(|known| known.starts_with(b"public key"))?;
    /// #       let is_right = state == b"its own" && answer == "signed";
    /// #       is_right.then(|| Passed { place, credential: b"public key, 2 uses".to_vec() })
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
    ///         verifier.begin_security_key(alice, Purpose::SignIn, &started.state).await?;
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
    ///     let key = found.as_ref().and_then(|passed| keys.get(passed.place));
    ///     let verdict = match (&found, key) {
    ///         (Some(passed), Some(key)) => SecurityKeyOutcome::passed(*key.id(), &passed.credential)?,
    ///         _ => SecurityKeyOutcome::failed(),
    ///     };
    ///     verifier.verify(alice, Proof::security_key(handle, verdict)).await
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
    /// assert!(finish(&verifier, &alice, &handle, "signed").await.is_err(), "once");
    /// # let keys = verifier.security_keys(&alice).await?;
    /// # assert_eq!(keys[0].credential(), b"public key, 2 uses");
    /// # let (_, handle) = begin(&verifier, &alice).await?;
    /// # assert!(finish(&verifier, &alice, &handle, "forged").await.is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn begin_security_key(
        &self,
        subject: &SubjectId,
        purpose: Purpose,
        kept: &[u8],
    ) -> Result<Ceremony, Error> {
        let kept = CeremonyState::new(kept)?;
        self.decide(subject, |subject| subject.begin_security_key(purpose, &kept)).await
    }

    /// A ceremony that waits for its answer, on the second web request.
    ///
    /// One read; it ends nothing.
    ///
    /// # Errors
    ///
    /// [`Error`]: there is none of this handle, or not any more, or it was begun by another client.
    ///
    /// # Example
    ///
    /// See [`begin_security_key`](Self::begin_security_key).
    pub async fn ceremony(
        &self,
        subject: &SubjectId,
        handle: &(impl AsRef<Handle> + Sync),
    ) -> Result<Ceremony, Error> {
        Ok(self.ready(subject).await?.ceremony(handle.as_ref())?)
    }

    /// Begins to add a security key, which another crate registers.
    ///
    /// The order is that of [`begin_security_key`](Self::begin_security_key), with the registration
    /// of the other crate; [`confirm_security_key`](Self::confirm_security_key) ends it. Have the
    /// [keys](Self::security_keys) that stand excluded, so that no key is registered twice. At most
    /// five.
    ///
    /// # Errors
    ///
    /// [`Error`]: the enroller has no right (a first factor needs the `&SubjectId`, any other a
    /// fresh `&Verified` or an [`Authority`](crate::Authority)), `kept` is longer than 4
    /// KiB, or there are five keys ([`Reason::TooMany`](crate::verdict::Reason::TooMany)).
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
    pub async fn enroll_security_key(
        &self,
        enroller: impl Into<Enroller>,
        kept: &[u8],
    ) -> Result<Ceremony, Error> {
        let (enroller, kept) = (enroller.into(), CeremonyState::new(kept)?);
        self.decide(enroller.subject(), |subject| subject.enroll_security_key(&enroller, &kept))
            .await
    }

    /// Ends the enrollment of a security key that the other crate has registered.
    ///
    /// From then on it counts.
    /// `name` is what its owner calls it, 1 to 64 bytes; `credential` what the other crate wants
    /// kept of it, up to 2 KiB. Confirming the *first* factor ends every other enrollment, and
    /// every right, as [`confirm`](Self::confirm) does. Remove it by [`revoke`](Self::revoke).
    ///
    /// # Errors
    ///
    /// [`Error`]: the name or the credential cannot be kept, there is no such enrollment, or not
    /// any more.
    ///
    /// # Security
    ///
    /// Call it only after the *finish* call of the other crate said yes. It is believed.
    ///
    /// # Example
    ///
    /// See [`enroll_security_key`](Self::enroll_security_key).
    pub async fn confirm_security_key(
        &self,
        subject: &SubjectId,
        enrollment: &(impl AsRef<Handle> + Sync),
        name: &str,
        credential: &[u8],
    ) -> Result<Verified, Error> {
        let (handle, key) = (*enrollment.as_ref(), NewSecurityKey::new(name, credential)?);
        self.decide(subject, |subject| subject.confirm_security_key(&handle, &key)).await
    }

    /// The security keys that stand.
    ///
    /// For the *start* call of the other crate, and for the settings page.
    ///
    /// # Errors
    ///
    /// [`Error`]: the store failed, or the record cannot be opened.
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
    pub async fn security_keys(&self, subject: &SubjectId) -> Result<Vec<SecurityKey>, Error> {
        Ok(self.ready(subject).await?.security_keys())
    }
}
