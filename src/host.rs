//! Traits for the clock, randomness and events.

mod guard;

use alloc::sync::Arc;

pub(crate) use self::guard::AnySendGuard;
pub use self::guard::{SendContext, SendDecision, SendGuard, WhenUnknown};
use crate::time::UnixTime;
pub use crate::{
    entropy::NoEntropy,
    event::{Certainty, Event, Occurrence},
    time::NoTime,
};

/// The source of the current time, by default [`SystemClock`].
///
/// # Contract
///
/// 1. **The time must come from the synchronized clock of the server, never from a request** (OWASP
///    ASVS 5.0.0 6.5.8). *Cost: an attacker who sets the time can reuse expired codes and end
///    locks.*
/// 2. **An unknown time must be an error ([`NoTime`]).** Every verification then fails. *Cost of a
///    guessed time: expired codes are accepted, or valid ones are refused.*
///
/// # Example
///
/// ```
/// use second_factor::{UnixTime, host::{Clock, NoTime}};
///
/// struct Fixed(u64);
///
/// impl Clock for Fixed {
///     fn now(&self) -> Result<UnixTime, NoTime> {
///         Ok(UnixTime::from_secs(self.0))
///     }
/// }
/// # assert_eq!(Fixed(7).now().unwrap().as_secs(), 7);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a clock",
    label = "implement `second_factor::host::Clock` for this type",
    note = "`second_factor::host::SystemClock` is the default"
)]
pub trait Clock: Send + Sync {
    /// Returns the current time.
    ///
    /// # Errors
    ///
    /// Returns [`NoTime`] if the time is unknown. Every verification then fails.
    fn now(&self) -> Result<UnixTime, NoTime>;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Result<UnixTime, NoTime> {
        C::now(self)
    }
}

/// A source of bytes that an attacker cannot guess, by default [`SystemEntropy`].
///
/// Use the default unless the platform has no operating system.
///
/// # Contract
///
/// 1. **The bytes must come from a cryptographically secure source.**
///    *Cost: an attacker can guess codes, tokens and secrets.*
/// 2. **Every byte must be filled, or the result must be an error**
///    ([FAILURES 85](crate::manual::threats)). *Cost: bytes that were not filled are predictable.*
///
/// # Example
///
/// ```
/// use second_factor::host::{Entropy, NoEntropy};
///
/// struct Broken;
///
/// impl Entropy for Broken {
///     fn fill(&self, _: &mut [u8]) -> Result<(), NoEntropy> {
///         Err(NoEntropy)
///     }
/// }
/// # assert!(Broken.fill(&mut [0; 4]).is_err());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of randomness",
    label = "implement `second_factor::host::Entropy` for this type",
    note = "`second_factor::host::SystemEntropy` is the default"
)]
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random bytes.
    ///
    /// # Errors
    ///
    /// Returns [`NoEntropy`] if any byte could not be filled. The verifier then generates, writes
    /// and sends nothing.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
}

impl<E: Entropy + ?Sized> Entropy for Arc<E> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        E::fill(self, bytes)
    }
}

/// Receives events, for the audit log and the alerts of your application.
///
/// The verifier calls the listener in the task of the operation, after the write that caused the
/// event is committed. An event with a [notice to the user](Event::is_for_the_user) is stored with
/// the change, and reported until the listener accepts it. After a crash, the next decision about
/// the subject reports the event, or the next call of
/// [`deliver_pending`](crate::Verifier::deliver_pending) does.
///
/// # Contract
///
/// 1. **`on_event` must return quickly.** Queue any slow work. *Cost: every call of the verifier
///    waits for the listener.*
/// 2. **`on_event` must not panic.** *Cost: the caller loses the result of a write that was
///    committed.*
/// 3. **`Ok` must mean that the event cannot be lost.** Return [`NotTaken`] if your queue is full.
///    *Cost: an event that ends sessions is lost.*
/// 4. **An event may arrive twice**, with the same [id](Occurrence::id), and events of different
///    processes may arrive in any order. *Cost: an alert is raised twice.*
///
/// # Example
///
/// A user with only an authenticator app has no address to notify. Send an email to the address on
/// file:
///
/// ```
/// use std::sync::mpsc::{SyncSender, sync_channel};
/// use second_factor::host::{Listener, NotTaken, Occurrence};
/// # use second_factor::{
/// #     FirstFactor, Keys, MemoryStorage, NoDelivery, SubjectId, Verifier, block_on,
/// #     enrollment::NewSecurityKey,
/// # };
///
/// struct Queue(SyncSender<(String, &'static str)>);
///
/// impl Listener for Queue {
///     fn on_event(&self, occurrence: &Occurrence) -> Result<(), NotTaken> {
///         if !occurrence.lacks_notice() {
///             return Ok(());
///         }
///         let mail = (occurrence.subject().to_string(), occurrence.event().name());
///         self.0.try_send(mail).map_err(|_| NotTaken)
///     }
/// }
///
/// # block_on(async {
/// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
/// # let (store, keys) = (MemoryStorage::new(), Keys::new(root));
/// let (queue, mails) = sync_channel(100);
/// let verifier = Verifier::builder("Example", store, NoDelivery, keys)
///     .first_factor(FirstFactor::Password)
///     .listener(Queue(queue))
///     .build()?;
/// # let alice = SubjectId::new("user-42")?;
/// # let new = verifier.enroll_security_key(&alice, b"").await?;
/// # let key = NewSecurityKey::new("blue", b"public key")?;
/// verifier.confirm_security_key(&alice, &new, key).await?;
/// assert_eq!(mails.try_recv()?, ("user-42".to_owned(), "factor_added"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not receive events",
    label = "implement `second_factor::host::Listener` for this type",
    note = "`second_factor::tracing::TracingListener` (feature `tracing`) logs every event"
)]
#[doc(alias = "audit log")]
#[doc(alias = "observer")]
#[doc(alias = "webhook")]
pub trait Listener: Send + Sync {
    /// Receives an event.
    ///
    /// # Errors
    ///
    /// Returns [`NotTaken`] if the event must be reported again. An event that the record does not
    /// store cannot be reported again, and is lost.
    fn on_event(&self, occurrence: &Occurrence) -> Result<(), NotTaken>;
}

impl<L: Listener + ?Sized> Listener for Arc<L> {
    fn on_event(&self, occurrence: &Occurrence) -> Result<(), NotTaken> {
        L::on_event(self, occurrence)
    }
}

/// The error returned when a [`Listener`] did not accept an event.
///
/// For example, the queue of the listener is full.
///
/// # Example
///
/// See [`Listener`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event was not taken")]
#[expect(clippy::exhaustive_structs, reason = "applications construct it, and it says one thing")]
pub struct NotTaken;

/// Checks hashes that were imported from another application.
///
/// # Contract
///
/// 1. **`matches` must return `true` only if `hash` is the hash of `typed`.**
///    *Cost: an incorrect code or PIN is accepted.*
///
/// # Example
///
/// ```
/// use second_factor::host::LegacyHashes;
///
/// struct Old;
///
/// impl LegacyHashes for Old {
///     fn matches(&self, hash: &str, typed: &str) -> bool {
///         old_application::verify(typed, hash)         // bcrypt, say
///     }
/// }
/// # mod old_application { pub fn verify(a: &str, b: &str) -> bool { a == b } }
/// # assert!(Old.matches("a", "a"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not check imported hashes",
    label = "implement `second_factor::host::LegacyHashes` for this type",
    note = "without imported hashes, omit the call of `VerifierBuilder::legacy_hashes`"
)]
#[doc(alias = "bcrypt")]
#[doc(alias = "migration")]
pub trait LegacyHashes: Send + Sync {
    /// Returns whether the imported `hash` is the hash of `typed`.
    ///
    /// The method may be slow, because it runs as a slow check: see [`Offload`]. `typed` is the
    /// input of the user without surrounding white space.
    fn matches(&self, hash: &str, typed: &str) -> bool;
}

/// Runs slow checks, such as the hashing of PINs and backup codes.
///
/// The checks run outside the async executor.
///
/// A verifier and its clones run at most two slow checks at once. These checks reuse the memory of
/// the hashes, 38 MiB under the default policy. Other callers wait in two queues, which are served
/// alternately: one for callers with a known device, and one for all others. In each queue, a
/// subject has at most one check in progress. If too many callers wait, the call fails with
/// [`Busy`](crate::Error::Busy) before anything is counted. Each check takes tens of milliseconds.
/// By default, a check runs on the calling task.
///
/// # Contract
///
/// 1. **`run` must complete the job before it returns.** *Cost: the check is lost
///    ([`CheckLost`](crate::Error::CheckLost)), and its attempt stays counted.*
/// 2. **A job must start while its caller waits, and must end within ten seconds.** *Cost: if all
///    threads of a pool wait in [`block_on`], the job never runs. A later result is
///    [`Expired`](crate::Reason::Expired), and its attempt stays counted.*
///
/// # Cancel safety
///
/// When the future of `run` is dropped, a job that has started should run to completion. A lost job
/// costs one attempt.
///
/// # Example
///
/// ```
/// use second_factor::host::Offload;
///
/// struct Threads;                      // with tokio: `let _ = tokio::task::spawn_blocking(work).await;`
///
/// impl Offload for Threads {
///     async fn run(&self, work: Box<dyn FnOnce() + Send>) {
///         let _ = std::thread::spawn(work).join();
///     }
/// }
/// # let _ = Threads;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not run slow checks",
    label = "implement `second_factor::host::Offload` for this type",
    note = "without a call of `offload`, slow checks run in place"
)]
#[cfg(feature = "std")]
#[doc(alias = "spawn_blocking")]
#[doc(alias = "thread pool")]
pub trait Offload: Send + Sync {
    /// Runs `work` to completion.
    fn run(&self, work: Job) -> impl Future<Output = ()> + Send;
}

/// A slow check as a closure without a return value.
#[cfg(feature = "std")]
pub type Job = alloc::boxed::Box<dyn FnOnce() + Send>;

/// A type-erased [`Offload`], as a [`Verifier`](crate::Verifier) stores it.
#[cfg(feature = "std")]
pub(crate) trait AnyOffload: Send + Sync {
    fn run(
        &self,
        work: Job,
    ) -> core::pin::Pin<alloc::boxed::Box<dyn Future<Output = ()> + Send + '_>>;
}

#[cfg(feature = "std")]
impl<O: Offload> AnyOffload for O {
    fn run(
        &self,
        work: Job,
    ) -> core::pin::Pin<alloc::boxed::Box<dyn Future<Output = ()> + Send + '_>> {
        alloc::boxed::Box::pin(Offload::run(self, work))
    }
}

/// The default [`Clock`]: the clock of the operating system.
///
/// On `wasm32-unknown-unknown`, which has no clock, it returns [`NoTime`].
///
/// # Example
///
/// ```
/// use second_factor::host::{Clock, SystemClock};
///
/// assert!(SystemClock::new().now().unwrap().as_secs() > 1_700_000_000);
/// ```
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemClock;

#[cfg(feature = "std")]
impl SystemClock {
    /// Creates the clock.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

#[cfg(feature = "std")]
impl Clock for SystemClock {
    fn now(&self) -> Result<UnixTime, NoTime> {
        UnixTime::now()
    }
}

/// The default [`Entropy`]: the random number generator of the operating system.
///
/// # Example
///
/// ```
/// use second_factor::host::{Entropy, SystemEntropy};
///
/// let mut bytes = [0; 32];
/// SystemEntropy::new().fill(&mut bytes)?;
/// assert_ne!(bytes, [0; 32]);
/// # Ok::<(), second_factor::host::NoEntropy>(())
/// ```
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemEntropy;

#[cfg(feature = "std")]
impl SystemEntropy {
    /// Creates the source.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

#[cfg(feature = "std")]
impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        crate::entropy::fill_from_os(bytes)
    }
}

/// Runs a future to completion on this thread.
///
/// It is for programs without an async runtime.
///
/// # Example
///
/// ```
/// assert_eq!(second_factor::block_on(async { 6 * 7 }), 42);
/// ```
#[cfg(feature = "std")]
pub fn block_on<F: Future>(future: F) -> F::Output {
    use alloc::task::Wake;
    use core::{
        pin::pin,
        task::{Context, Poll, Waker},
    };
    use std::thread::{self, Thread};

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::park();
    }
}
