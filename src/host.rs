//! What else a host can give: a clock, randomness, a listener for events. Defaults stand for each.

mod guard;

use alloc::sync::Arc;

pub(crate) use self::guard::AnySendGuard;
pub use self::guard::{SendContext, SendDecision, SendGuard, WhenUnknown};
use crate::{Address, SubjectId, UnixTime};
pub use crate::{entropy::NoEntropy, event::Event};

/// Tells the time.
///
/// # Security
///
/// Take it from the server, synchronised; never from a request (OWASP ASVS 5.0.0 6.5.8).
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
pub trait Clock: Send + Sync {
    /// The time now.
    ///
    /// # Errors
    ///
    /// [`NoTime`] when it cannot be told. Then nothing is verified.
    fn now(&self) -> Result<UnixTime, NoTime>;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Result<UnixTime, NoTime> {
        C::now(self)
    }
}

/// The clock cannot tell the time.
///
/// # Example
///
/// ```
/// assert_eq!(second_factor::host::NoTime.to_string(), "the clock failed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the clock failed")]
#[expect(clippy::exhaustive_structs, reason = "implementors make it, and it says one thing")]
pub struct NoTime;

/// Gives bytes that nobody can guess.
///
/// # Security
///
/// Use the default unless the platform has no operating system to ask. Every byte must be filled,
/// or the answer must be an error ([FAILURES 85](crate::manual::threats)).
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
pub trait Entropy: Send + Sync {
    /// Fills `bytes`, wholly or not at all.
    ///
    /// # Errors
    ///
    /// [`NoEntropy`]. Then nothing is made, written or sent.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
}

impl<E: Entropy + ?Sized> Entropy for Arc<E> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        E::fill(self, bytes)
    }
}

/// Is told what happened, for the host's log and alarms.
///
/// Called after the write that the event reports was committed, on the task that made it: be quick,
/// and do not panic.
///
/// # Example
///
/// ```
/// use second_factor::{Address, SubjectId, host::{Event, Listener}};
///
/// struct Log;
///
/// impl Listener for Log {
///     fn on_event(&self, _subject: &SubjectId, event: &Event, addresses: &[Address]) {
///         println!("{event:?}, to be told at {} addresses", addresses.len());
///     }
/// }
/// # let _ = Log;
/// ```
pub trait Listener: Send + Sync {
    /// Something happened to `subject`, and the person is to be told of it at these addresses: every
    /// one that is proven, and those that have just gone. None, if the person need not be told, or was
    /// told already.
    ///
    /// The verifier sends those notices itself, unless the policy [leaves](crate::policy::Notices) them
    /// to you.
    fn on_event(&self, subject: &SubjectId, event: &Event, addresses: &[Address]);
}

impl<L: Listener + ?Sized> Listener for Arc<L> {
    fn on_event(&self, subject: &SubjectId, event: &Event, addresses: &[Address]) {
        L::on_event(self, subject, event, addresses);
    }
}

/// Checks hashes of another application, which were imported with it.
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
pub trait LegacyHashes: Send + Sync {
    /// Whether `hash`, as it was imported, is that of `typed`. It may take its time: it is called
    /// where slow work is done. `typed` has no spaces around it and is otherwise as the person
    /// typed it.
    fn matches(&self, hash: &str, typed: &str) -> bool;
}

/// Does slow work where it holds up nobody: the hashing of PINs and backup codes.
///
/// By default it is done in place, two at once in a process, tens of milliseconds each.
///
/// # Cancel safety
///
/// A job that was begun should be brought to its end though nobody waits for it any more; work that is
/// lost costs the try that it was for.
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
#[cfg(feature = "std")]
pub trait Offload: Send + Sync {
    /// Runs `work`, and ends when it has.
    fn run(&self, work: Job) -> impl Future<Output = ()> + Send;
}

/// A piece of slow work: it says nothing and cannot fail.
#[cfg(feature = "std")]
pub type Job = alloc::boxed::Box<dyn FnOnce() + Send>;

/// An offload whose type is forgotten: what a [`Verifier`](crate::Verifier) holds.
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

/// The clock of the operating system, the default.
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
    /// The clock.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

#[cfg(feature = "std")]
impl Clock for SystemClock {
    fn now(&self) -> Result<UnixTime, NoTime> {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().map_err(|_| NoTime)?;
        Ok(UnixTime::from_secs(since.as_secs()))
    }
}

/// The randomness of the operating system, the default.
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
    /// The source.
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

/// Runs a future to its end on this thread, for programs without an async runtime.
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
