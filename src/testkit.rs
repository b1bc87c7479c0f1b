//! Test support for your application.
//!
//! This module contains a manual clock, seeded randomness, and recorders for messages and events.
//! [`check_storage`] is a conformance suite for [`Storage`](crate::Storage). [`probe`] attacks the
//! sign-in endpoint of your application.
//!
//! Do not use this module in production. Tests set the time instead of sleeping, and random values
//! are the same in every run. Only [`check_storage`] waits in real time, because databases have
//! their own clocks.

mod preview;

use alloc::{sync::Arc, vec::Vec};
use core::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::{Rng as _, SeedableRng as _, rngs::ChaCha20Rng};

pub use self::preview::Preview;
use crate::{
    channel::Channel,
    delivery::{Delivery, Receipt, Undelivered},
    host::{Clock, Entropy, Event, Listener, NoEntropy, NoTime, NotTaken, Occurrence},
    message::Message,
    time::UnixTime,
};

pub mod history;
pub mod probe;
pub mod storage;

#[doc(inline)]
pub use self::storage::check_storage;

/// A [`Clock`] that your test sets. Clones share the time.
///
/// # Example
///
/// ```
/// use second_factor::testkit::ManualClock;
///
/// let clock = ManualClock::at(1_800_000_000);
/// clock.advance(30);
/// assert_eq!(clock.time().as_secs(), 1_800_000_030);
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// Creates a clock at `secs` seconds since 1970.
    #[must_use]
    pub fn at(secs: u64) -> Self {
        Self(Arc::new(AtomicU64::new(secs)))
    }

    /// Advances the time by `secs` seconds.
    pub fn advance(&self, secs: u64) {
        self.0.fetch_add(secs, Ordering::SeqCst);
    }

    /// Sets the time to `secs` seconds since 1970.
    pub fn set(&self, secs: u64) {
        self.0.store(secs, Ordering::SeqCst);
    }

    /// Returns the current time.
    #[must_use]
    pub fn time(&self) -> UnixTime {
        UnixTime::from_secs(self.0.load(Ordering::SeqCst))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Result<UnixTime, NoTime> {
        Ok(self.time())
    }
}

/// An [`Entropy`] that returns the same bytes in every run. Clones share the state.
///
/// # Example
///
/// ```
/// use second_factor::{host::Entropy, testkit::SeededEntropy};
///
/// let draw = |entropy: &SeededEntropy| {
///     let mut bytes = [0; 8];
///     entropy.fill(&mut bytes).map(|()| bytes)
/// };
/// let one = SeededEntropy::new(7);
/// assert_eq!(draw(&one)?, draw(&SeededEntropy::new(7))?);
/// assert_ne!(draw(&one)?, draw(&SeededEntropy::new(7))?);
/// # Ok::<(), second_factor::host::NoEntropy>(())
/// ```
#[derive(Clone)]
pub struct SeededEntropy(Arc<Mutex<ChaCha20Rng>>);

impl SeededEntropy {
    /// Creates a source whose bytes are derived from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed))))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        lock(&self.0).fill_bytes(bytes);
        Ok(())
    }
}

impl fmt::Debug for SeededEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeededEntropy").finish_non_exhaustive()
    }
}

/// A [`Delivery`] that records messages. Clones share the recording.
///
/// # Example
///
/// ```
/// use second_factor::{
///     Channel, block_on,
///     delivery::{Delivery as _, Message},
///     message::Sender,
///     purpose::Operation,
///     testkit::{MessageLog, Preview},
/// };
///
/// let log = MessageLog::new();
/// for channel in [Channel::Email, Channel::Sms, Channel::Voice] {
///     let message = Preview::new(Sender::new("Example")?, channel).message(Operation::SignIn);
///     let _ = block_on(log.deliver(message));
/// }
/// let newest = log.take().as_ref().map(Message::channel);
/// assert_eq!(newest, Some(Channel::Voice));
/// let others: Vec<Channel> = log.take_all().iter().map(Message::channel).collect();
/// assert_eq!(others, [Channel::Email, Channel::Sms]);
/// assert!(log.take().is_none());
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MessageLog {
    inner: Arc<Mutex<Recording>>,
}

#[derive(Debug, Default)]
struct Recording {
    messages: Vec<Message>,
    fails_with: Option<Undelivered>,
    fails_by: Vec<(Channel, Undelivered)>,
}

impl MessageLog {
    /// Creates an empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of recorded messages.
    ///
    /// The number excludes messages that [`take`](Self::take) and [`take_all`](Self::take_all)
    /// removed.
    #[must_use]
    pub fn len(&self) -> usize {
        lock(&self.inner).messages.len()
    }

    /// Returns whether the log contains no message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes and returns the newest message.
    ///
    /// Returns `None` if the log is empty. The code in the newest message is the one that is still
    /// valid.
    #[must_use]
    pub fn take(&self) -> Option<Message> {
        lock(&self.inner).messages.pop()
    }

    /// Removes and returns all messages, in the order in which they were sent.
    #[must_use]
    pub fn take_all(&self) -> Vec<Message> {
        core::mem::take(&mut lock(&self.inner).messages)
    }

    /// Makes later deliveries fail with `undelivered`, or succeed if it is `None`.
    ///
    /// With [`Undelivered::Unknown`], the log still records the message, because it may have been
    /// sent.
    pub fn fail_with(&self, undelivered: Option<Undelivered>) {
        lock(&self.inner).fails_with = undelivered;
    }

    /// Makes later deliveries by `channel` fail, or succeed again.
    ///
    /// Like [`fail_with`](Self::fail_with), but for one channel.
    pub fn fail_by(&self, channel: Channel, undelivered: Option<Undelivered>) {
        let fails_by = &mut lock(&self.inner).fails_by;
        fails_by.retain(|(known, _)| *known != channel);
        fails_by.extend(undelivered.map(|why| (channel, why)));
    }
}

impl Delivery for MessageLog {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        let mut log = lock(&self.inner);
        let receipt = Receipt::new(message.reference());
        let by_channel = log.fails_by.iter().find(|(known, _)| *known == message.channel());
        match by_channel.map(|(_, why)| *why).or(log.fails_with) {
            None => {
                log.messages.push(message);
                Ok(receipt)
            }
            Some(Undelivered::Unknown) => {
                log.messages.push(message);
                Err(Undelivered::Unknown)
            }
            Some(undelivered) => Err(undelivered),
        }
    }
}

/// A [`Listener`] that records events. Clones share the recording.
///
/// # Example
///
/// ```
/// use second_factor::testkit::EventLog;
///
/// assert!(EventLog::new().take().is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    events: Arc<Mutex<Events>>,
}

type Events = Vec<Occurrence>;

impl EventLog {
    /// Creates an empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Removes and returns the events that were recorded since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<Event> {
        self.take_occurrences().iter().map(|one| one.event().clone()).collect()
    }

    /// Removes and returns the events, with their ids, times and subjects.
    #[must_use]
    pub fn take_occurrences(&self) -> Vec<Occurrence> {
        core::mem::take(&mut lock(&self.events))
    }
}

impl Listener for EventLog {
    fn on_event(&self, occurrence: &Occurrence) -> Result<(), NotTaken> {
        lock(&self.events).push(occurrence.clone());
        Ok(())
    }
}

/// Locks a mutex whose data is consistent even after another thread panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
