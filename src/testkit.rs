//! For tests of a host: a clock that stands, randomness that repeats, a phone that keeps its messages,
//! and a kit that proves a store.
//!
//! Nothing here is for production. Time is set, never slept; what is drawn at random is the same in
//! every run. [`check_storage`] alone waits, since databases have clocks of their own. [`probe`] attacks
//! the sign-in endpoint of the host.

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
    Address, Message, SubjectId, UnixTime,
    delivery::{Delivery, Receipt, Undelivered},
    host::{Clock, Entropy, Event, Listener, NoEntropy, NoTime},
    message::Channel,
};

pub mod probe;
pub mod storage;

#[doc(inline)]
pub use self::storage::check_storage;

/// A clock that moves when it is told to. Clones are the same clock.
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
    /// A clock that stands at that many seconds after 1970.
    #[must_use]
    pub fn at(secs: u64) -> Self {
        Self(Arc::new(AtomicU64::new(secs)))
    }

    /// Moves it on.
    pub fn advance(&self, secs: u64) {
        self.0.fetch_add(secs, Ordering::SeqCst);
    }

    /// Puts it anywhere.
    pub fn set(&self, secs: u64) {
        self.0.store(secs, Ordering::SeqCst);
    }

    /// What it shows.
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

/// Randomness that is the same in every run. Clones go on from one another.
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
    /// The randomness that follows from `seed`.
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

/// A delivery that keeps what it is given, as a phone does. Clones are the same phone.
///
/// # Example
///
/// ```
/// use second_factor::testkit::MessageLog;
///
/// assert!(MessageLog::new().take().is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct MessageLog {
    inner: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    messages: Vec<Message>,
    fails_with: Option<Undelivered>,
    fails_by: Vec<(Channel, Undelivered)>,
}

impl MessageLog {
    /// A phone without messages.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many messages have not been taken.
    #[must_use]
    pub fn len(&self) -> usize {
        lock(&self.inner).messages.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The newest message that has not been taken.
    #[must_use]
    pub fn take(&self) -> Option<Message> {
        lock(&self.inner).messages.pop()
    }

    /// From now on, answers with this; `None`: takes messages again.
    ///
    /// With [`Undelivered::Unknown`] the message is kept all the same: that is what it means.
    pub fn fail_with(&self, undelivered: Option<Undelivered>) {
        lock(&self.inner).fails_with = undelivered;
    }

    /// As [`fail_with`](Self::fail_with), for one channel alone.
    pub fn fail_by(&self, channel: Channel, undelivered: Option<Undelivered>) {
        let fails_by = &mut lock(&self.inner).fails_by;
        fails_by.retain(|(known, _)| *known != channel);
        fails_by.extend(undelivered.map(|why| (channel, why)));
    }
}

impl Delivery for MessageLog {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        let mut kept = lock(&self.inner);
        let receipt = Receipt::new(message.reference());
        let by_channel = kept.fails_by.iter().find(|(known, _)| *known == message.channel());
        match by_channel.map(|(_, why)| *why).or(kept.fails_with) {
            None => {
                kept.messages.push(message);
                Ok(receipt)
            }
            Some(Undelivered::Unknown) => {
                kept.messages.push(message);
                Err(Undelivered::Unknown)
            }
            Some(undelivered) => Err(undelivered),
        }
    }
}

/// A listener that keeps what it hears. Clones share what they keep.
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
    kept: Arc<Mutex<Heard>>,
}

type Heard = Vec<(Event, Vec<Address>)>;

impl EventLog {
    /// A listener that has kept nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was kept since this was last asked.
    #[must_use]
    pub fn take(&self) -> Vec<Event> {
        self.take_with_addresses().into_iter().map(|(event, _)| event).collect()
    }

    /// The same, with the addresses at which the person is to be told.
    #[must_use]
    pub fn take_with_addresses(&self) -> Vec<(Event, Vec<Address>)> {
        core::mem::take(&mut lock(&self.kept))
    }
}

impl Listener for EventLog {
    fn on_event(&self, _: &SubjectId, event: &Event, addresses: &[Address]) {
        lock(&self.kept).push((event.clone(), addresses.into()));
    }
}

/// A test that panicked elsewhere left nothing half done here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
