//! Building a verifier, and refusing what cannot be safe.

use alloc::{string::String, sync::Arc, vec::Vec};
use core::{
    fmt,
    num::NonZeroU8,
    sync::atomic::{AtomicBool, AtomicU64},
};

use super::{Shared, Verifier, spray::Spray};
#[cfg(feature = "std")]
use crate::host::{AnyOffload, Offload};
use crate::{
    Keys, Policy,
    delivery::{AnyDelivery, AnyRemoteCodes, RemoteCodes},
    host::{AnySendGuard, Clock, Entropy, LegacyHashes, Listener, SendGuard, WhenUnknown},
    message::{InvalidSender, Language, Sender, Translation},
    storage::AnyStorage,
};

/// Builds a [`Verifier`]; see [`Verifier::builder`].
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
#[must_use = "a builder does nothing until it is built"]
pub struct VerifierBuilder {
    storage: Arc<dyn AnyStorage>,
    delivery: Arc<dyn AnyDelivery>,
    keys: Keys,
    policy: Policy,
    issuer: String,
    origin: Option<String>,
    language: Language,
    words: Vec<Translation>,
    sms_parts: NonZeroU8,
    clock: Option<Arc<dyn Clock>>,
    entropy: Option<Arc<dyn Entropy>>,
    guard: Option<(Arc<dyn AnySendGuard>, WhenUnknown)>,
    listener: Option<Arc<dyn Listener>>,
    remote: Option<Arc<dyn AnyRemoteCodes>>,
    foreign: Option<Arc<dyn LegacyHashes>>,
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
            words: Vec::new(),
            sms_parts: NonZeroU8::MIN,
            clock: default_clock(),
            entropy: default_entropy(),
            guard: None,
            listener: None,
            remote: None,
            foreign: None,
            #[cfg(feature = "std")]
            offload: None,
        }
    }

    /// Lets a text message take up to so many parts, each of which costs as much as a message.
    /// Default: one, and what takes more is [refused](crate::message::LayoutError::TooLong).
    ///
    /// With a name, an origin or agreements that do not fit one part in a language that you speak,
    /// this is what to set.
    pub fn allow_sms_parts(mut self, most: NonZeroU8) -> Self {
        self.sms_parts = most;
        self
    }

    /// The clock. Default: the operating system's (with `std`).
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// The source of randomness. Default: the operating system's (with `std`).
    pub fn entropy(mut self, entropy: impl Entropy + 'static) -> Self {
        self.entropy = Some(Arc::new(entropy));
        self
    }

    /// Who checks hashes that were imported from another application. Default: nobody, and they are
    /// wrong.
    pub fn legacy_hashes(mut self, foreign: impl LegacyHashes + 'static) -> Self {
        self.foreign = Some(Arc::new(foreign));
        self
    }

    /// The name of the application, as people know it: in messages and in authenticator apps.
    pub fn issuer(mut self, name: &str) -> Self {
        self.issuer = name.into();
        self
    }

    /// The language of messages to people of whom no other is [said](Verifier::in_language).
    /// Default: English.
    pub fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Who hears of what happens. Default: nobody.
    pub fn listener(mut self, listener: impl Listener + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Where slow work is done. Default: in place, two at once in a process.
    #[cfg(feature = "std")]
    pub fn offload(mut self, offload: impl Offload + 'static) -> Self {
        self.offload = Some(Arc::new(offload));
        self
    }

    /// The site on which codes are typed, like `example.com`; text messages tie the code to it.
    ///
    /// From your configuration, never from a request ([FAILURES 98](crate::manual::threats)).
    /// Default: none.
    pub fn origin(mut self, host: &str) -> Self {
        self.origin = Some(host.into());
        self
    }

    /// Limits and lifetimes. Default: [`Policy::default`].
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Who makes, sends and checks the codes that go to phone numbers, in place of this crate. Default:
    /// nobody, and this crate does.
    pub fn remote_codes(mut self, remote: impl RemoteCodes + 'static) -> Self {
        self.remote = Some(Arc::new(remote));
        self
    }

    /// Who is asked before a code is sent, and what is done when they cannot tell. Default: nobody.
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
    pub fn send_guard(mut self, guard: impl SendGuard + 'static, unknown: WhenUnknown) -> Self {
        self.guard = Some((Arc::new(guard), unknown));
        self
    }

    /// What messages say in one language, in place of what is built in. Call it for each language
    /// that you have words for.
    ///
    /// # Example
    ///
    /// ```
    /// # use second_factor::{Keys, MemoryStorage, Verifier, testkit::MessageLog};
    /// use second_factor::message::{Language, Phrase, Translation};
    ///
    /// # let (my_delivery, root) = (MessageLog::new(), core::array::from_fn(|i| i as u8));
    /// let british = Translation::new(Language::new("en-GB")?)
    ///     .with(Phrase::CodeEnds, "It expires in {minutes} minutes.")?;
    /// let verifier = Verifier::builder(MemoryStorage::new(), my_delivery, Keys::new(root))
    ///     .issuer("Example")
    ///     .translation(british)
    ///     .language(Language::new("en-GB")?)
    ///     .build()?;
    /// # let _ = verifier;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn translation(mut self, words: Translation) -> Self {
        self.words.push(words);
        self
    }

    /// The verifier.
    ///
    /// # Errors
    ///
    /// [`BuildError`] says what is missing or cannot be safe.
    pub fn build(self) -> Result<Verifier, BuildError> {
        if self.keys.is_weak() {
            return Err(BuildError::WeakRoot);
        }
        let mut sender = Sender::new(&self.issuer)?;
        if let Some(origin) = &self.origin {
            sender = sender.with_origin(origin)?;
        }
        sender = sender.in_language(self.language).allow_sms_parts(self.sms_parts);
        for words in self.words {
            sender = sender.with_translation(words);
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
            remote: self.remote,
            foreign: self.foreign,
            #[cfg(feature = "std")]
            offload: self.offload,
            last_draw: AtomicU64::new(0),
            spray: Spray::new(),
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
/// let forgotten = Keys::new([0; 32]);
/// let builder = Verifier::builder(MemoryStorage::new(), MessageLog::new(), forgotten);
/// assert_eq!(builder.issuer("Example").build().unwrap_err(), BuildError::WeakRoot);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Without `std` a clock must be given.
    #[error("no clock was given")]
    NoClock,
    /// Without `std` a source of randomness must be given.
    #[error("no source of randomness was given")]
    NoEntropySource,
    /// The issuer is missing or unfit, or the origin is no host name.
    #[error(transparent)]
    Sender(#[from] InvalidSender),
    /// The key root is one byte repeated: it was not drawn at random.
    #[error("the key root is one byte repeated; draw 32 random bytes")]
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
