//! Builder of a verifier.

use alloc::{string::String, sync::Arc, vec::Vec};
use core::{
    fmt,
    num::NonZeroU8,
    sync::atomic::{AtomicBool, AtomicU64},
};

use super::{Shared, Verifier, spray_detector::SprayDetector};
#[cfg(feature = "std")]
use crate::host::{AnyOffload, Offload};
use crate::{
    Delivery, Keys, Policy, Storage,
    delivery::{AnyDelivery, AnyRemoteCodes, RemoteCodes},
    host::{AnySendGuard, Clock, Entropy, LegacyHashes, Listener, SendGuard, WhenUnknown},
    message::{InvalidSender, Language, Sender, Translation},
    storage::AnyStorage,
};

/// # Creating a verifier
impl Verifier {
    /// Returns a builder for a verifier with your storage, delivery and keys.
    pub fn builder(
        storage: impl Storage + 'static,
        delivery: impl Delivery + 'static,
        keys: Keys,
    ) -> VerifierBuilder {
        VerifierBuilder::new(Arc::new(storage), Arc::new(delivery), keys)
    }

    /// Returns the policy of this verifier.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.shared.policy
    }
}

/// A builder for a [`Verifier`], from [`Verifier::builder`].
///
/// # Example
///
/// ```
/// use second_factor::{Keys, MemoryStorage, Policy, Verifier};
/// # use second_factor::testkit::MessageLog;
///
/// # let (my_delivery, root) = (MessageLog::new(), core::array::from_fn(|i| i as u8));
/// let verifier = Verifier::builder(MemoryStorage::new(), my_delivery, Keys::new(root))
///     .issuer("Example")
///     .origin("example.com")
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
    policy: Policy,
    issuer: String,
    origin: Option<String>,
    language: Language,
    translations: Vec<Translation>,
    max_sms_parts: NonZeroU8,
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
        storage: Arc<dyn AnyStorage>,
        delivery: Arc<dyn AnyDelivery>,
        keys: Keys,
    ) -> Self {
        Self {
            storage,
            delivery,
            keys,
            policy: Policy::default(),
            issuer: String::new(),
            origin: None,
            language: Language::ENGLISH,
            translations: Vec::new(),
            max_sms_parts: NonZeroU8::MIN,
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

    /// Allows text messages of up to `max` parts. Default: one.
    ///
    /// Each part costs as much as a message. A message that needs more parts is
    /// [refused](crate::message::LayoutError::TooLong). Set it if your name, your origin or your
    /// agreements do not fit one part in a language that you support.
    pub fn allow_sms_parts(mut self, max: NonZeroU8) -> Self {
        self.max_sms_parts = max;
        self
    }

    /// Sets the clock. Default, with the feature `std`: the operating system's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Sets the source of randomness. Default, with `std`: the operating system's.
    #[doc(alias = "rng")]
    pub fn entropy(mut self, entropy: impl Entropy + 'static) -> Self {
        self.entropy = Some(Arc::new(entropy));
        self
    }

    /// Sets the check of imported hashes. Default: none, and no imported hash matches.
    pub fn legacy_hashes(mut self, hashes: impl LegacyHashes + 'static) -> Self {
        self.legacy_hashes = Some(Arc::new(hashes));
        self
    }

    /// Sets the name of your application. Required.
    ///
    /// Messages and authenticator apps show it. Use the name that your users know.
    pub fn issuer(mut self, name: &str) -> Self {
        self.issuer = name.into();
        self
    }

    /// Sets the default language of messages. Default: English.
    ///
    /// [`Verifier::in_language`] sets the language of one user.
    pub fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Sets the listener, which receives every event. Default: none.
    #[doc(alias = "audit log")]
    pub fn listener(mut self, listener: impl Listener + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Sets where slow checks run. Default: in place, two at once in a process.
    #[cfg(feature = "std")]
    #[doc(alias = "spawn_blocking")]
    pub fn offload(mut self, offload: impl Offload + 'static) -> Self {
        self.offload = Some(Arc::new(offload));
        self
    }

    /// Sets the site on which codes are entered, such as `example.com`. Default: none.
    ///
    /// Text messages bind the code to this site.
    ///
    /// # Security
    ///
    /// It must come from your configuration, never from a request
    /// ([FAILURES 98](crate::manual::threats)).
    pub fn origin(mut self, origin: &str) -> Self {
        self.origin = Some(origin.into());
        self
    }

    /// Sets the policy: limits and lifetimes. Default: [`Policy::default`].
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the provider that generates, sends and checks the codes to phone numbers.
    ///
    /// Default: none, and this crate does so.
    #[doc(alias = "twilio verify")]
    pub fn remote_codes(mut self, provider: impl RemoteCodes + 'static) -> Self {
        self.remote_codes = Some(Arc::new(provider));
        self
    }

    /// Sets the guard that is asked before each code is sent. Default: none.
    ///
    /// `unknown` decides what happens if the guard does not know.
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
    /// let verifier = Verifier::builder(MemoryStorage::new(), my_delivery, Keys::new(root))
    ///     .issuer("Example")
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

    /// Replaces the built-in phrases of messages in one language.
    ///
    /// Call it once for each language that you translate.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Keys, MemoryStorage, Verifier, testkit::MessageLog};
    /// use second_factor::message::{Language, Phrase, Translation};
    ///
    /// # let (my_delivery, root) = (MessageLog::new(), core::array::from_fn(|i| i as u8));
    /// let british = Translation::new(Language::new("en-GB")?)
    ///     .with(Phrase::CodeExpires, "It expires in {minutes} minutes.")?;
    /// let verifier = Verifier::builder(MemoryStorage::new(), my_delivery, Keys::new(root))
    ///     .issuer("Example")
    ///     .translation(british)
    ///     .language(Language::new("en-GB")?)
    ///     .build()?;
    /// # let _ = verifier;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn translation(mut self, translation: Translation) -> Self {
        self.translations.push(translation);
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError`], which says what is missing or unsafe. Correct your configuration.
    pub fn build(self) -> Result<Verifier, BuildError> {
        if self.keys.is_weak() {
            return Err(BuildError::WeakRoot);
        }
        let mut sender = Sender::new(&self.issuer)?;
        if let Some(origin) = &self.origin {
            sender = sender.with_origin(origin)?;
        }
        sender = sender.in_language(self.language).allow_sms_parts(self.max_sms_parts);
        for translation in self.translations {
            sender = sender.with_translation(translation);
        }
        let shared = Shared {
            storage: self.storage,
            delivery: self.delivery,
            keys: self.keys,
            policy: self.policy,
            clock: self.clock.ok_or(BuildError::NoClock)?,
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
        Ok(Verifier { shared: Arc::new(shared), client: None, sender: Arc::new(sender) })
    }
}

impl fmt::Debug for VerifierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierBuilder")
            .field("issuer", &self.issuer)
            .field("origin", &self.origin)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// Why no verifier was built.
///
/// # Example
///
/// ```
/// use second_factor::{Keys, MemoryStorage, Verifier, verifier::BuildError};
/// # use second_factor::testkit::MessageLog;
///
/// let placeholder = Keys::new([0; 32]);
/// let builder = Verifier::builder(MemoryStorage::new(), MessageLog::new(), placeholder);
/// assert_eq!(builder.issuer("Example").build().unwrap_err(), BuildError::WeakRoot);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No clock was set. Without `std` there is no default.
    #[error("no clock was set")]
    NoClock,
    /// No source of randomness was set. Without `std` there is no default.
    #[error("no source of randomness was set")]
    NoEntropySource,
    /// The issuer is missing or invalid, or the origin is not a host name.
    #[error(transparent)]
    Sender(#[from] InvalidSender),
    /// The root key is one byte repeated, so it is not random.
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
