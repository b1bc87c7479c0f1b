//! Clock and randomness that fail at one call.

use alloc::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use second_factor::{
    UnixTime,
    host::{Clock, Entropy, NoEntropy, NoTime},
    testkit::{ManualClock, SeededEntropy},
};

/// How they fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostFault {
    /// The randomness repeats its last output.
    Again,
    /// The clock is a day ahead, from this call on.
    Ahead,
    /// The clock is a day ahead at this call only.
    AheadOnce,
    /// The clock is an hour behind, from this call on.
    Back,
    /// The clock is an hour behind at this call only.
    BackOnce,
    /// The randomness returns an error.
    NoEntropy,
    /// The clock returns an error.
    NoTime,
    /// The randomness reports success without filling the buffer.
    Zeros,
}

impl HostFault {
    pub const OF_CLOCK: [Self; 5] =
        [Self::Ahead, Self::AheadOnce, Self::Back, Self::BackOnce, Self::NoTime];
    pub const OF_ENTROPY: [Self; 3] = [Self::Again, Self::NoEntropy, Self::Zeros];
}

/// A clock and a source of randomness. Clones share the same state.
#[derive(Clone)]
pub struct FaultyHost(Arc<Mutex<State>>);

struct State {
    clock: ManualClock,
    entropy: SeededEntropy,
    given: [u8; 32],
    next: Option<(usize, HostFault)>,
    reads: usize,
    draws: usize,
    /// The current error of the clock.
    offset: i64,
}

impl FaultyHost {
    pub fn new(clock: &ManualClock, seed: u64) -> Self {
        let (clock, entropy) = (clock.clone(), SeededEntropy::new(seed));
        let given = [0; 32];
        let state = State { clock, entropy, given, next: None, reads: 0, draws: 0, offset: 0 };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Lets the next `good` reads or draws succeed and the one after them fail.
    pub fn arm(&self, good: usize, fault: HostFault) {
        self.state().next = Some((good, fault));
    }

    /// Lets all further calls succeed.
    pub fn remove_faults(&self) {
        let mut state = self.state();
        (state.next, state.offset) = (None, 0);
    }

    /// The number of reads and draws since this was last called.
    pub fn take_calls(&self) -> (usize, usize) {
        let mut state = self.state();
        (core::mem::take(&mut state.reads), core::mem::take(&mut state.draws))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The fault of this call.
    fn fault(&mut self, kinds: &[HostFault]) -> Option<HostFault> {
        match &mut self.next {
            Some((_, fault)) if !kinds.contains(fault) => None,
            Some((0, _)) => self.next.take().map(|(_, fault)| fault),
            Some((good, _)) => {
                *good -= 1;
                None
            }
            None => None,
        }
    }
}

impl Clock for FaultyHost {
    fn now(&self) -> Result<UnixTime, NoTime> {
        let mut state = self.state();
        state.reads += 1;
        let by = match state.fault(&HostFault::OF_CLOCK) {
            Some(HostFault::Ahead) => {
                state.offset = DAY;
                DAY
            }
            Some(HostFault::AheadOnce) => DAY,
            Some(HostFault::Back) => {
                state.offset = -HOUR;
                -HOUR
            }
            Some(HostFault::BackOnce) => -HOUR,
            Some(_) => return Err(NoTime),
            None => state.offset,
        };
        Ok(UnixTime::from_secs(state.clock.time().as_secs().saturating_add_signed(by)))
    }
}

impl Entropy for FaultyHost {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        let mut state = self.state();
        state.draws += 1;
        match state.fault(&HostFault::OF_ENTROPY) {
            Some(HostFault::Zeros) => Ok(()),
            Some(HostFault::Again) => {
                bytes.iter_mut().zip(state.given).for_each(|(to, from)| *to = from);
                Ok(())
            }
            Some(_) => Err(NoEntropy),
            None => {
                let given = state.entropy.fill(bytes);
                state.given.iter_mut().zip(&*bytes).for_each(|(to, from)| *to = *from);
                given
            }
        }
    }
}

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;
