//! The time and randomness of one decision, as an argument. Asks no clock and no operating system.

use core::fmt;

use rand::{Rng as _, SeedableRng as _, rngs::ChaCha20Rng};

use crate::UnixTime;

/// The time and randomness of one decision.
///
/// A decision that must be made again, because another writer came first, gets a new moment: no
/// random byte serves twice.
///
/// # Input
///
/// `seed`: 32 bytes from a source that nobody can guess, used once. They are stretched by ChaCha20
/// into the nonces, ids and codes of one decision, so that one call to the operating system is
/// enough and a decision cannot fail half-way for want of randomness.
///
/// # Security
///
/// A seed used twice uses a nonce twice, and two records sealed under one nonce can be read.
///
/// # Example
///
/// ```
/// use second_factor::{UnixTime, subject::Moment};
///
/// # let fresh_seed = [9; 32];
/// let moment = Moment::new(UnixTime::from_secs(1_800_000_000), fresh_seed);
/// assert_eq!(moment.now().as_secs(), 1_800_000_000);
/// ```
pub struct Moment {
    now: UnixTime,
    random: ChaCha20Rng,
}

impl Moment {
    /// This time, and the randomness that `seed` stretches to.
    #[must_use]
    pub fn new(now: UnixTime, seed: [u8; 32]) -> Self {
        Self { now, random: ChaCha20Rng::from_seed(seed) }
    }

    /// The time.
    #[must_use]
    pub const fn now(&self) -> UnixTime {
        self.now
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill_bytes(&mut bytes);
        bytes
    }

    /// A number below `bound`, each as likely as any other (FAILURES 86). `bound` is not 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // Numbers from the last, incomplete run of `bound` numbers are drawn again.
        let whole_runs = u64::MAX - u64::MAX % bound;
        loop {
            let drawn = self.random.next_u64();
            if drawn < whole_runs {
                return drawn % bound;
            }
        }
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Moment").field("now", &self.now).finish_non_exhaustive()
    }
}
