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
/// use second_factor::{UnixTime, sans_io::Moment};
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
        loop {
            if let Some(number) = in_whole_run(self.random.next_u64(), bound) {
                return number;
            }
        }
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Moment").field("now", &self.now).finish_non_exhaustive()
    }
}

/// The number below `bound` that `drawn` stands for; `None` in the last, incomplete run of them.
fn in_whole_run(drawn: u64, bound: u64) -> Option<u64> {
    (drawn < u64::MAX - u64::MAX % bound).then(|| drawn % bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLION: u64 = 1_000_000;

    /// How far counts are from being alike, by Pearson's chi-square.
    fn chi_square(counts: &[u32]) -> f64 {
        let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
        counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum()
    }

    #[test]
    fn failure_086_every_digit_is_as_likely_as_any_other_in_every_place() {
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let mut places = [[0_u32; 10]; 6];
        // Pairs of neighbours too: digits that follow from each other are alike one by one.
        let mut pairs = [[0_u32; 100]; 5];
        for _ in 0..MILLION {
            let mut rest = moment.below(MILLION) as usize;
            for place in 0..6 {
                places[place][rest % 10] += 1;
                if place < 5 {
                    pairs[place][rest % 100] += 1;
                }
                rest /= 10;
            }
        }
        // Of even draws one in a million is beyond 45.1 with nine degrees of freedom, and beyond 178
        // with 99.
        for place in places {
            assert!(chi_square(&place) < 45.1, "{place:?}");
        }
        for pair in pairs {
            assert!(chi_square(&pair) < 178.0, "{pair:?}");
        }
    }

    #[test]
    fn failure_086_codes_of_fresh_seeds_are_as_even() {
        // As the verifier draws them: one code of each moment.
        let mut thousands = [0_u32; 1000];
        for seed in 0..200_000_u32 {
            let mut seed_bytes = [7; 32];
            seed_bytes[..4].copy_from_slice(&seed.to_be_bytes());
            let code = Moment::new(UnixTime::from_secs(0), seed_bytes).below(MILLION);
            thousands[(code / 1000) as usize] += 1;
        }
        // One in a million is beyond 1224 with 999.
        assert!(chi_square(&thousands) < 1224.0);
    }

    #[test]
    fn the_measure_sees_a_remainder_that_favours_some() {
        // Bytes modulo ten: 0 to 5 come 26 times of 256, the others 25 times.
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let mut digits = [0_u32; 10];
        for _ in 0..MILLION {
            let [byte] = moment.bytes::<1>();
            digits[usize::from(byte % 10)] += 1;
        }
        assert!(chi_square(&digits) > 45.1);
    }

    #[test]
    fn every_code_can_be_drawn() {
        let (mut moment, mut seen) =
            (Moment::new(UnixTime::from_secs(0), [3; 32]), alloc::vec![false; 10_000]);
        // Each is missed by all of 300,000 draws of four digits once in 10^13.
        for _ in 0..300_000 {
            seen[moment.below(10_000) as usize] = true;
        }
        assert!(seen.into_iter().all(|is_seen| is_seen));
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
    fn failure_086_what_is_left_over_stands_for_no_number() {
        for bound in [3, 10, 1 << 32, MILLION, 3 << 62, u64::MAX / 2 + 2] {
            let whole_runs = u64::MAX - u64::MAX % bound;
            assert_eq!(in_whole_run(whole_runs - 1, bound), Some(bound - 1));
            assert_eq!(in_whole_run(whole_runs, bound), None);
            assert_eq!(in_whole_run(u64::MAX, bound), None);
        }
    }

    #[test]
    fn two_seeds_draw_two_things() {
        let draw = |seed| Moment::new(UnixTime::from_secs(0), [seed; 32]).bytes::<16>();
        assert_ne!(draw(1), draw(2));
        assert_eq!(draw(1), draw(1));
    }
}
