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

#[cfg(test)]
mod tests {
    use super::*;

    const MILLION: u64 = 1_000_000;

    #[test]
    fn failure_086_every_code_is_as_likely_as_any_other() {
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let (mut first_digits, mut last_digits) = ([0_u32; 10], [0_u32; 10]);
        for _ in 0..MILLION {
            let code = moment.below(MILLION);
            first_digits[(code / 100_000) as usize] += 1;
            last_digits[(code % 10) as usize] += 1;
        }
        // 100,000 each, with a standard deviation of 300.
        for count in first_digits.into_iter().chain(last_digits) {
            assert!(count.abs_diff(100_000) < 2_000, "{count}");
        }
    }

    #[test]
    fn the_first_and_the_last_number_are_drawn_and_none_beyond() {
        let mut moment = Moment::new(UnixTime::from_secs(0), [2; 32]);
        let drawn: alloc::vec::Vec<u64> = (0..1000).map(|_| moment.below(3)).collect();
        assert!((0..3).all(|number| drawn.contains(&number)));
        assert!(drawn.iter().all(|number| *number < 3));
        // So large a bound leaves half of all draws over: they are drawn again.
        let bound = u64::MAX / 2 + 2;
        assert!((0..1000).all(|_| moment.below(bound) < bound));
    }

    #[test]
    fn two_seeds_draw_two_things() {
        let draw = |seed| Moment::new(UnixTime::from_secs(0), [seed; 32]).bytes::<16>();
        assert_ne!(draw(1), draw(2));
        assert_eq!(draw(1), draw(1));
    }
}
