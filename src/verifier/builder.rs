//! Builder of a verifier.

use alloc::sync::Arc;
use core::{
    fmt,
    sync::atomic::{AtomicBool, AtomicU64},
};

use super::{Error, Shared, Verifier, spray_detector::SprayDetector};
#[cfg(feature = "std")]
use crate::host::{AnyOffload, Offload};
use crate::{
    delivery::{AnyDelivery, AnyRemoteCodes, Delivery, RemoteCodes},
    first_factor::FirstFactor,
    host::{AnySendGuard, Clock, Entropy, LegacyHashes, Listener, SendGuard, WhenUnknown},
    keys::Keys,
    message::{InvalidSender, Sender},
    policy::Policy,
    storage::{AnyStorage, Storage},
    time::UnixTime,
};

/// # Creating a verifier
impl Verifier {
    /// Creates a verifier with the default policy.
    ///
    /// `sender` is the name of your application, or a [`Sender`]. Slow hashes of PINs and backup
    /// codes run on the calling thread. An asynchronous application should use
    /// [`builder`](Self::builder) with an [offload](crate::host::Offload).
    ///
    /// # Errors
    ///
    /// Returns a [`BuildError`] that names the missing or unsafe setting. Correct your
    /// configuration.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::{Keys, MemoryStorage, Verifier};
    /// # use second_factor::testkit::MessageLog;
    ///
    /// # let (my_delivery, root) = (MessageLog::new(), core::array::from_fn(|i| i as u8));
    /// let verifier = Verifier::new("Example", MemoryStorage::new(), my_delivery, Keys::new(root))?;
    /// # let _ = verifier;
    /// # Ok::<(), second_factor::verifier::BuildError>(())
    /// ```
    pub fn new<S>(
        sender: S,
        storage: impl Storage + 'static,
        delivery: impl Delivery + 'static,
        keys: Keys,
    ) -> Result<Self, BuildError>
    where
        S: TryInto<Sender>,
        S::Error: Into<InvalidSender>,
    {
        Self::builder(sender, storage, delivery, keys).build()
    }

    /// Returns a builder for a verifier.
    ///
    /// `sender` is the name of your application, or a [`Sender`], which can also contain your
    /// domain and your translations.
    pub fn builder<S>(
        sender: S,
        storage: impl Storage + 'static,
        delivery: impl Delivery + 'static,
        keys: Keys,
    ) -> VerifierBuilder
    where
        S: TryInto<Sender>,
        S::Error: Into<InvalidSender>,
    {
        let sender = sender.try_into().map_err(Into::into);
        VerifierBuilder::new(sender, Arc::new(storage), Arc::new(delivery), keys)
    }

    /// Returns the time of the clock of this verifier.
    ///
    /// To show how long the user must wait, compare it with `expires_at`, `resend_at` or
    /// `retry_at`.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the clock failed. Try again.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::{Error, Verifier};
    ///
    /// fn secs_to_wait(verifier: &Verifier, error: &Error) -> Result<u64, Error> {
    ///     let now = verifier.now()?;
    ///     Ok(error.retry_at().map_or(0, |at| at.since(now)))
    /// }
    /// # let _ = secs_to_wait;
    /// ```
    pub fn now(&self) -> Result<UnixTime, Error> {
        Ok(self.shared.clock.now()?)
    }

    /// Returns the policy of this verifier, or `None` if each call must name a policy.
    #[must_use]
    pub fn policy(&self) -> Option<&Policy> {
        self.policy.as_deref()
    }

    /// Returns the policy of this call, or else the default policy of the verifier.
    ///
    /// Returns an error if there is neither.
    pub(super) fn current_policy(&self) -> Result<&Policy, Error> {
        self.policy().ok_or(Error::NoPolicy)
    }
}

/// A builder of a [`Verifier`], returned by [`Verifier::builder`].
///
/// # Example
///
/// ```
/// use second_factor::{Keys, MemoryStorage, Policy, Verifier, message::Sender};
/// # use second_factor::testkit::MessageLog;
///
/// # let (my_delivery, root) = (MessageLog::new(), core::array::from_fn(|i| i as u8));
/// let sender = Sender::new("Example")?.with_origin("example.com")?;
/// let verifier = Verifier::builder(sender, MemoryStorage::new(), my_delivery, Keys::new(root))
///     .policy(Policy::pci())
///     .build()?;
/// # let _ = verifier;
/// # Ok::<(), second_factor::verifier::BuildError>(())
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct VerifierBuilder {
    storage: Arc<dyn AnyStorage>,
    delivery: Arc<dyn AnyDelivery>,
    keys: Keys,
    policy: Option<Policy>,
    sender: Result<Sender, InvalidSender>,
    first_factor: Option<FirstFactor>,
    clock: Option<Arc<dyn Clock>>,
    entropy: Option<Arc<dyn Entropy>>,
    guard: Option<(Arc<dyn AnySendGuard>, WhenUnknown)>,
    listener: Option<Arc<dyn Listener>>,
    remote_codes: Option<Arc<dyn AnyRemoteCodes>>,
    legacy_hashes: Option<Arc<dyn LegacyHashes>>,
    #[cfg(feature = "std")]
    offload: Option<Arc<dyn AnyOffload>>,
}

impl VerifierBuilder {
    pub(super) fn new(
        sender: Result<Sender, InvalidSender>,
        storage: Arc<dyn AnyStorage>,
        delivery: Arc<dyn AnyDelivery>,
        keys: Keys,
    ) -> Self {
        Self {
            storage,
            delivery,
            keys,
            policy: Some(Policy::default()),
            sender,
            first_factor: None,
            clock: default_clock(),
            entropy: default_entropy(),
            guard: None,
            listener: None,
            remote_codes: None,
            legacy_hashes: None,
            #[cfg(feature = "std")]
            offload: None,
        }
    }

    /// Sets the clock.
    ///
    /// Default, with the feature `std`: the clock of the operating system.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Sets the source of randomness.
    ///
    /// Default, with the feature `std`: the random number generator of the operating system.
    #[doc(alias = "rng")]
    pub fn entropy(mut self, entropy: impl Entropy + 'static) -> Self {
        self.entropy = Some(Arc::new(entropy));
        self
    }

    /// Sets the first factor that your application checks before every sign-in. Default: none.
    ///
    /// If the first factor differs between sign-ins, name it for each sign-in with
    /// [`Verifier::after`](crate::Verifier::after). If no first factor is named, the methods that
    /// sign in return [`Error::NoFirstFactor`](crate::Error::NoFirstFactor).
    #[doc(alias = "password")]
    pub fn first_factor(mut self, first: FirstFactor) -> Self {
        self.first_factor = Some(first);
        self
    }

    /// Sets the verification of imported hashes.
    ///
    /// Default: none, so every imported hash is refused.
    pub fn legacy_hashes(mut self, hashes: impl LegacyHashes + 'static) -> Self {
        self.legacy_hashes = Some(Arc::new(hashes));
        self
    }

    /// Sets the listener, which receives every event. Default: none.
    #[doc(alias = "audit log")]
    pub fn listener(mut self, listener: impl Listener + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Sets the executor of slow checks.
    ///
    /// Default: the calling thread. A verifier and its clones run at most two slow hashes at once.
    #[cfg(feature = "std")]
    #[doc(alias = "spawn_blocking")]
    pub fn offload(mut self, offload: impl Offload + 'static) -> Self {
        self.offload = Some(Arc::new(offload));
        self
    }

    /// Sets the policy. Default: [`Policy::default`].
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Requires that each call names its policy with [`Verifier::under`].
    ///
    /// A call without a policy fails with [`Error::NoPolicy`], so your application cannot forget
    /// the policy of a role.
    pub fn policies_by_call(mut self) -> Self {
        self.policy = None;
        self
    }

    /// Sets the newest record format that this verifier may write.
    ///
    /// Formats are numbered from 1 to the newest format of this release.
    ///
    /// Default: the newest format of the previous release. Both releases can therefore run at once,
    /// and the newer one can be rolled back. Format 1 is the only format so far. If no permitted
    /// format can represent a change, the call is refused with [`Reason::NotAllowed`], and nothing
    /// is written.
    ///
    /// [`Reason::NotAllowed`]: crate::Reason::NotAllowed
    pub fn records_up_to(mut self, format: u8) -> Self {
        self.keys.write_up_to(format);
        self
    }

    /// Sets the provider that generates, sends and checks the codes for phone numbers.
    ///
    /// Default: none, so this crate generates and checks the codes.
    #[doc(alias = "twilio verify")]
    pub fn remote_codes(mut self, provider: impl RemoteCodes + 'static) -> Self {
        self.remote_codes = Some(Arc::new(provider));
        self
    }

    /// Sets the guard that is consulted before each code is sent. Default: none.
    ///
    /// `unknown` decides whether the code is sent if the guard returns no decision.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Keys, MemoryStorage, Verifier, testkit::MessageLog};
    /// use second_factor::host::{SendContext, SendDecision, SendGuard, WhenUnknown};
    ///
    /// struct Carrier;
    ///
    /// impl SendGuard for Carrier {
    ///     async fn advise(&self, _asked: &SendContext<'_>) -> SendDecision {
    ///         SendDecision::Unknown
    ///     }
    /// }
    ///
    /// # let (my_delivery, root) = (MessageLog::new(), core::array::from_fn(|i| i as u8));
    /// let verifier = Verifier::builder("Example", MemoryStorage::new(), my_delivery, Keys::new(root))
    ///     .send_guard(Carrier, WhenUnknown::Send)
    ///     .build()?;
    /// # let _ = verifier;
    /// # Ok::<(), second_factor::verifier::BuildError>(())
    /// ```
    #[doc(alias = "sim swap")]
    pub fn send_guard(mut self, guard: impl SendGuard + 'static, unknown: WhenUnknown) -> Self {
        self.guard = Some((Arc::new(guard), unknown));
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    ///
    /// Returns a [`BuildError`] that names the missing or unsafe setting. Correct your
    /// configuration.
    pub fn build(self) -> Result<Verifier, BuildError> {
        if self.keys.is_weak() {
            return Err(BuildError::WeakRoot);
        }
        if !self.keys.writes_a_known_format() {
            return Err(BuildError::RecordFormat);
        }
        let sender = self.sender?;
        let shared = Shared {
            #[cfg(feature = "std")]
            slow_queue: Arc::default(),
            clock: self.clock.ok_or(BuildError::NoClock)?,
            storage: self.storage,
            delivery: self.delivery,
            keys: self.keys,
            entropy: self.entropy.ok_or(BuildError::NoEntropySource)?,
            guard: self.guard,
            listener: self.listener,
            remote_codes: self.remote_codes,
            legacy_hashes: self.legacy_hashes,
            #[cfg(feature = "std")]
            offload: self.offload,
            last_random: AtomicU64::new(0),
            spray_detector: SprayDetector::new(),
            has_checked_root: AtomicBool::new(false),
        };
        let first_factor = self.first_factor.map(|first| Arc::new(first.normalized()));
        Ok(Verifier {
            shared: Arc::new(shared),
            client: None,
            first_factor,
            policy: self.policy.map(Arc::new),
            sender: Arc::new(sender),
        })
    }
}

impl fmt::Debug for VerifierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierBuilder")
            .field("sender", &self.sender)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// The error returned when a verifier cannot be built.
///
/// # Example
///
/// ```
/// use second_factor::{Keys, MemoryStorage, Verifier, verifier::BuildError};
/// # use second_factor::testkit::MessageLog;
///
/// let placeholder = Keys::new([0; 32]);
/// let error = Verifier::new("Example", MemoryStorage::new(), MessageLog::new(), placeholder);
/// assert_eq!(error.unwrap_err(), BuildError::WeakRoot);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No clock was set. Without the feature `std`, there is no default.
    #[error("no clock was set")]
    NoClock,
    /// No source of randomness was set. Without the feature `std`, there is no default.
    #[error("no source of randomness was set")]
    NoEntropySource,
    /// This release cannot write the record format that was set.
    #[error("this release does not write that record format")]
    RecordFormat,
    /// The issuer is missing or invalid, or the origin is not a host name.
    #[error(transparent)]
    Sender(#[from] InvalidSender),
    /// The root key consists of one repeated byte, so it is not random.
    #[error("the root key is one byte repeated; generate 32 random bytes")]
    WeakRoot,
}

#[cfg(feature = "std")]
fn default_clock() -> Option<Arc<dyn Clock>> {
    Some(Arc::new(crate::host::SystemClock::new()))
}

#[cfg(not(feature = "std"))]
fn default_clock() -> Option<Arc<dyn Clock>> {
    None
}

#[cfg(feature = "std")]
fn default_entropy() -> Option<Arc<dyn Entropy>> {
    Some(Arc::new(crate::host::SystemEntropy::new()))
}

#[cfg(not(feature = "std"))]
fn default_entropy() -> Option<Arc<dyn Entropy>> {
    None
}
