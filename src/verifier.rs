//! The one asynchronous part: load, decide, swap, deliver. Decides nothing itself.

mod backup;
mod builder;
mod devices;
mod error;
mod factors;
mod import;
mod onward;
mod pin;
mod security_keys;
mod sending;
mod slow;
mod spray;
mod status;
mod turns;

use alloc::sync::Arc;
use core::{
    fmt,
    sync::atomic::{AtomicBool, AtomicU64},
};

pub use self::{
    builder::{BuildError, VerifierBuilder},
    error::Error,
};
use crate::{
    Client, Delivery, Keys, Policy, Proof, Purpose, Storage, SubjectId,
    delivery::{AnyDelivery, AnyRemoteCodes},
    host::{AnySendGuard, Clock, Entropy, LegacyHashes, Listener, WhenUnknown},
    id::RecordId,
    message::{AppHash, Language, Sender},
    storage::AnyStorage,
    verdict::{Denial, Next, Reason, Verified},
};

/// Enrolls, sends, checks: everything a host does with a second factor.
///
/// Cheap to clone and to share; keep one in the state of your application. It holds no subject and
/// no session: every call names its subject, and everything that must last is in your
/// [storage](Storage).
///
/// What a screen shows comes from [`next`](Self::next) (what to ask for now) and from
/// [`status`](Self::status) (what stands). Those who have two-factor elsewhere already move in by
/// [`import`](Self::import).
///
/// # Errors
///
/// Every method answers `Err` for everything but success, so that `?` lets nobody in. An [`Error`]
/// that holds a [`Denial`] means that we looked, and no; any other, that we could not look.
///
/// # Cancel safety
///
/// Every future may be dropped at any await. What was committed stays committed: a guess that was
/// counted stays counted, a code whose success was recorded is spent though nobody was let in, a
/// send that was reserved is spent though nothing went out.
///
/// # Example
///
/// ```
/// use second_factor::{Keys, MemoryStorage, Next, Proof, Purpose, SubjectId, Verifier, block_on};
/// # use second_factor::testkit::{ManualClock, MessageLog};
/// # use second_factor::{Verified, otp::Totp, verdict::Unprotected};
/// # struct Sessions;
/// # impl Sessions { fn open(&self, _: Verified) {} fn open_free(&self, _: Unprotected) {} }
/// # let sessions = Sessions;
///
/// # let (my_delivery, clock) = (MessageLog::new(), ManualClock::at(1_800_000_000));
/// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
/// # block_on(async {
/// let verifier = Verifier::builder(MemoryStorage::new(), my_delivery, Keys::new(root))
///     .issuer("Example")
/// #   .clock(clock.clone())
///     .build()?;
/// let alice = SubjectId::new("user-42")?;
///
/// // Enroll an authenticator app: show the secret or its QR code, then ask for the first code.
/// let enrollment = verifier.enroll_totp(&alice, "alice@example.com").await?;
/// # let (secret, _) = second_factor::Secret::import_base32(enrollment.expose_secret().expose())?;
/// # let app = Totp::new(&secret);
/// # let first_code = app.code(clock.time()).unwrap().expose().to_owned();
/// let verified = verifier.confirm(&alice, &enrollment, &first_code).await?;
/// # drop(verified);
///
/// // Sign in, after the password was right.
/// # clock.advance(30);
/// # let typed = app.code(clock.time()).unwrap().expose().to_owned();
/// match verifier.next(&alice, Purpose::SignIn).await? {
///     Next::Unprotected(free) => sessions.open_free(free),
///     Next::Prove(offers) => {
///         assert_eq!(offers.len(), 1);
///         let verified = verifier.verify(&alice, Proof::totp(&typed)).await?;
///         assert_eq!(verified.subject(), &alice);
///         sessions.open(verified);
///     }
/// }
/// assert!(verifier.verify(&alice, Proof::totp(&typed)).await.is_err(), "a code is right once");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Verifier {
    shared: Arc<Shared>,
    client: Option<Client>,
    sender: Arc<Sender>,
}

/// What all clones of a verifier share.
struct Shared {
    storage: Arc<dyn AnyStorage>,
    delivery: Arc<dyn AnyDelivery>,
    keys: Keys,
    policy: Policy,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    guard: Option<(Arc<dyn AnySendGuard>, WhenUnknown)>,
    listener: Option<Arc<dyn Listener>>,
    remote: Option<Arc<dyn AnyRemoteCodes>>,
    foreign: Option<Arc<dyn LegacyHashes>>,
    #[cfg(feature = "std")]
    offload: Option<Arc<dyn crate::host::AnyOffload>>,
    /// How the last draw of randomness began.
    last_draw: AtomicU64,
    /// What is seen over all subjects.
    spray: spray::Spray,
    /// Whether the store was seen to have been begun with these keys.
    has_checked_root: AtomicBool,
}

impl Verifier {
    /// Begins to build a verifier over your storage, your delivery and your keys.
    pub fn builder(
        storage: impl Storage + 'static,
        delivery: impl Delivery + 'static,
        keys: Keys,
    ) -> VerifierBuilder {
        VerifierBuilder::new(Arc::new(storage), Arc::new(delivery), keys)
    }

    /// The same verifier, with `client` as the one that asks.
    ///
    /// Challenges and grants made through it are good for that client alone.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, Challenge};
    /// # async fn handler(
    /// #     verifier: &Verifier, alice: &SubjectId, phone: &Address, cookie: &[u8],
    /// # ) -> Result<Challenge, Box<dyn std::error::Error>> {
    /// let verifier = verifier.for_client(Client::new(cookie)?);
    /// Ok(verifier.challenge(alice, phone, Purpose::SignIn).await?)
    /// # }
    /// ```
    #[must_use]
    pub fn for_client(&self, client: Client) -> Self {
        Self { client: Some(client), ..self.clone() }
    }

    /// The same verifier, speaking this language to the person.
    ///
    /// Take it from the account, not from the request: notices of what a thief does must be read by the
    /// owner.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, message::Language, Challenge};
    /// # async fn handler(
    /// #     verifier: &Verifier, alice: &SubjectId, phone: &Address,
    /// # ) -> Result<Challenge, Box<dyn std::error::Error>> {
    /// let verifier = verifier.in_language(Language::new("pt-BR")?);
    /// Ok(verifier.challenge(alice, phone, Purpose::SignIn).await?)
    /// # }
    /// ```
    #[must_use]
    pub fn in_language(&self, language: Language) -> Self {
        let sender = Sender::clone(&self.sender).in_language(language);
        Self { sender: Arc::new(sender), ..self.clone() }
    }

    /// The same verifier, for your Android app, which waits for the code: text messages name the app, and
    /// its phone hands it the code.
    ///
    /// Only where the app itself asks; in other messages the mark is clutter.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{*, message::AppHash, Challenge};
    /// # async fn from_the_app(
    /// #     verifier: &Verifier, alice: &SubjectId, phone: &Address,
    /// # ) -> Result<Challenge, Box<dyn std::error::Error>> {
    /// let verifier = verifier.for_android_app(AppHash::new("FA+9qCX9VSu")?);
    /// Ok(verifier.challenge(alice, phone, Purpose::SignIn).await?)
    /// # }
    /// ```
    #[must_use]
    pub fn for_android_app(&self, app: AppHash) -> Self {
        let sender = Sender::clone(&self.sender).for_android_app(app);
        Self { sender: Arc::new(sender), ..self.clone() }
    }

    /// The policy that it was built with.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.shared.policy
    }

    /// The id under which the store keeps the record of a subject: what to delete with an account.
    ///
    /// # Security
    ///
    /// Deleting it turns two-factor off and forgets every limit; what was proven before gives no right
    /// over a record that is made again.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{SubjectId, Verifier};
    /// fn key_of(verifier: &Verifier, alice: &SubjectId) -> [u8; 16] {
    ///     *verifier.record_id(alice).as_bytes()       // DELETE FROM second_factor WHERE id = $1
    /// }
    /// # let _ = key_of;
    /// ```
    #[must_use]
    pub fn record_id(&self, subject: &SubjectId) -> RecordId {
        self.shared.keys.subject_record(subject)
    }

    /// Makes the record of a subject, at sign-up. Does nothing when there is one.
    ///
    /// Needed only under the policy [`Absent::Refuse`](crate::policy::Absent::Refuse).
    ///
    /// # Errors
    ///
    /// [`Error`]: the store failed. Try again.
    pub async fn create(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| Ok(subject.create())).await
    }

    /// Seals the record of a subject again, with the newest key, before an old one is dropped.
    ///
    /// Needs nothing from the person; go through your own list of subjects. See [`Keys`].
    ///
    /// # Errors
    ///
    /// [`Error`]: the store failed, or the record cannot be opened.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Error, SubjectId, Verifier};
    /// async fn rotate(verifier: &Verifier, everybody: &[SubjectId]) -> Result<(), Error> {
    ///     for subject in everybody {
    ///         verifier.reseal(subject).await?;
    ///     }
    ///     Ok(())
    /// }
    /// # let _ = rotate;
    /// ```
    pub async fn reseal(&self, subject: &SubjectId) -> Result<(), Error> {
        self.decide(subject, |subject| Ok(subject.reseal())).await
    }

    /// What stands between a right first factor and being in: a proof to ask for, or nothing.
    ///
    /// One read, and a write only where a clock was wrong. Ask before every sign-in, for that sign-in; do
    /// not keep the answer.
    ///
    /// # Errors
    ///
    /// [`Error`]: the store failed, the record cannot be opened, or there is none and the policy
    /// wants one. Nobody gets in.
    pub async fn next(&self, subject: &SubjectId, purpose: Purpose) -> Result<Next, Error> {
        Ok(self.ready(subject).await?.next(purpose)?)
    }

    /// Checks a proof for signing in, after the host has checked the first factor.
    ///
    /// One read and one write, whatever the answer; one read alone when the factor is locked. A code that
    /// is accepted is spent: a second proof, for another purpose too, takes another code.
    ///
    /// # Errors
    ///
    /// [`Error`], for every answer but *yes*. [`Error::retry_at`] says when a lock ends.
    ///
    /// # Security
    ///
    /// Call it only after the password was right: whoever can call it can lock the factor
    /// ([FAILURES 30](crate::manual::threats)).
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it ends, the try may have been counted, and the code spent.
    ///
    /// # Source
    ///
    /// RFC 6238 §5.2; NIST SP 800-63B-4 §3.1.3.2, §3.1.4.2.
    pub async fn verify(&self, subject: &SubjectId, proof: Proof<'_>) -> Result<Verified, Error> {
        self.verify_for(subject, Purpose::SignIn, proof).await
    }

    /// Checks a proof for another purpose than signing in.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::*;
    /// # async fn close_account(
    /// #     verifier: &Verifier, alice: &SubjectId, typed: &str,
    /// # ) -> Result<(), Error> {
    /// let _stepped_up = verifier.verify_for(alice, Purpose::StepUp, Proof::totp(typed)).await?;
    /// // now close it
    /// # Ok(())
    /// # }
    /// ```
    pub async fn verify_for(
        &self,
        subject: &SubjectId,
        purpose: Purpose,
        proof: Proof<'_>,
    ) -> Result<Verified, Error> {
        let checked = self.check(subject, |subject| subject.verify(purpose, &proof)).await?;
        checked.ok_or_else(|| Denial::new(Reason::NotFound).into())
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("policy", &self.shared.policy)
            .field("sender", &self.sender)
            .finish_non_exhaustive()
    }
}
