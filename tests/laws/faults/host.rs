//! A clock and a source of randomness that go wrong at one call.

use alloc::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use second_factor::{
    UnixTime,
    host::{Clock, Entropy, NoEntropy, NoTime},
    testkit::{ManualClock, SeededEntropy},
};

/// How they go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// The source of randomness gives what it gave last.
    Again,
    /// The clock is a day ahead, from this call on.
    Ahead,
    /// And at this call alone.
    AheadOnce,
    /// The clock is an hour behind, from this call on.
    Back,
    /// And at this call alone.
    BackOnce,
    /// The source of randomness fails.
    NoEntropy,
    /// The clock fails.
    NoTime,
    /// The source of randomness says that it filled what it did not touch.
    Zeros,
}

impl Slip {
    pub const OF_CLOCK: [Self; 5] =
        [Self::Ahead, Self::AheadOnce, Self::Back, Self::BackOnce, Self::NoTime];
    pub const OF_ENTROPY: [Self; 3] = [Self::Again, Self::NoEntropy, Self::Zeros];
}

/// A clock and a source of randomness. Clones are the same.
#[derive(Clone)]
pub struct Unsteady(Arc<Mutex<State>>);

struct State {
    clock: ManualClock,
    entropy: SeededEntropy,
    given: [u8; 32],
    next: Option<(usize, Slip)>,
    reads: usize,
    draws: usize,
    /// What the clock shows, for as long as it is wrong.
    slip: i64,
}

impl Unsteady {
    pub fn new(clock: &ManualClock, seed: u64) -> Self {
        let (clock, entropy) = (clock.clone(), SeededEntropy::new(seed));
        let given = [0; 32];
        let state = State { clock, entropy, given, next: None, reads: 0, draws: 0, slip: 0 };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Lets the read or the draw after the next `good` ones go wrong.
    pub fn arm(&self, good: usize, slip: Slip) {
        self.state().next = Some((good, slip));
    }

    /// From now on all goes well.
    pub fn mend(&self) {
        let mut state = self.state();
        (state.next, state.slip) = (None, 0);
    }

    /// How many reads and draws there were since this was last asked.
    pub fn take_calls(&self) -> (usize, usize) {
        let mut state = self.state();
        (core::mem::take(&mut state.reads), core::mem::take(&mut state.draws))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What goes wrong with this call.
    fn slips(&mut self, kinds: &[Slip]) -> Option<Slip> {
        match &mut self.next {
            Some((_, slip)) if !kinds.contains(slip) => None,
            Some((0, _)) => self.next.take().map(|(_, slip)| slip),
            Some((good, _)) => {
                *good -= 1;
                None
            }
            None => None,
        }
    }
}

impl Clock for Unsteady {
    fn now(&self) -> Result<UnixTime, NoTime> {
        let mut state = self.state();
        state.reads += 1;
        let by = match state.slips(&Slip::OF_CLOCK) {
            Some(Slip::Ahead) => {
                state.slip = DAY;
                DAY
            }
            Some(Slip::AheadOnce) => DAY,
            Some(Slip::Back) => {
                state.slip = -HOUR;
                -HOUR
            }
            Some(Slip::BackOnce) => -HOUR,
            Some(_) => return Err(NoTime),
            None => state.slip,
        };
        Ok(UnixTime::from_secs(state.clock.time().as_secs().saturating_add_signed(by)))
    }
}

impl Entropy for Unsteady {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        let mut state = self.state();
        state.draws += 1;
        match state.slips(&Slip::OF_ENTROPY) {
            Some(Slip::Zeros) => Ok(()),
            Some(Slip::Again) => {
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
