//! Time and randomness of one decision.

use alloc::boxed::Box;
use core::fmt;

use hmac::{Hmac, Mac as _};
use rand::{Rng as _, SeedableRng as _, rngs::ChaCha20Rng};
use sha2::Sha256;

use crate::{mac::MacKey, time::UnixTime, wiped::Wiped};

/// The time and randomness of one decision, passed as an argument.
///
/// A decision that is repeated after a conflict needs a new moment, so that no random byte is used
/// twice.
///
/// # Input
///
/// `seed` must be 32 unpredictable bytes, used once. ChaCha20 expands the seed into the nonces, ids
/// and codes of one decision. One call to the operating system is therefore enough, and a decision
/// cannot fail halfway for lack of randomness.
///
/// # Security
///
/// A seed must never be reused. The output also depends on the record, the time, the operation, its
/// inputs, and a key derived from the root key. If a seed is repeated, for example by a cloned
/// virtual machine, the output is therefore repeated only for the same operation and inputs.
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
#[doc(alias = "clock")]
#[doc(alias = "rng")]
pub struct Moment {
    now: UnixTime,
    source: Source,
    /// `None` before the first draw.
    streams: Option<Box<Streams>>,
}

/// The source of the streams.
enum Source {
    /// A hash that has absorbed every value to which the randomness is bound.
    Bound(Hmac<Sha256>),
    Seed(Wiped<[u8; 32]>),
}

/// Two independent streams: one for public values, and one for secrets.
struct Streams {
    names: ChaCha20Rng,
    secrets: ChaCha20Rng,
}

impl Moment {
    /// Creates a moment with the time `now` and the randomness of `seed`.
    #[must_use]
    pub fn new(now: UnixTime, seed: [u8; 32]) -> Self {
        Self { now, source: Source::Seed(Wiped::new(seed)), streams: None }
    }

    /// Returns the time of the decision.
    #[must_use]
    pub const fn now(&self) -> UnixTime {
        self.now
    }

    /// Binds all later randomness to `inputs` of the operation `name`, under a secret `key`.
    ///
    /// The seed alone is not sufficient: two processes may resume with one seed (RFC 8937).
    pub(crate) fn bind(&mut self, key: &MacKey, name: &str, inputs: &[&[u8]]) {
        if let Some(mut streams) = self.streams.take() {
            self.source = Source::Seed(Wiped::new(random_bytes(&mut streams.secrets)));
        }
        let mut mac = match &self.source {
            Source::Bound(mac) => mac.clone(),
            Source::Seed(seed) => {
                let mut mac = key.begin();
                mac.update(b"moment");
                mac.update(&**seed);
                mac.update(&self.now.as_secs().to_be_bytes());
                mac
            }
        };
        // Each with its length, and their number: ("ab", "c") differs from ("a", "bc").
        mac.update(&[u8::try_from(inputs.len()).unwrap_or(u8::MAX)]);
        for input in core::iter::once(&name.as_bytes()).chain(inputs) {
            mac.update(&(input.len() as u64).to_be_bytes());
            mac.update(input);
        }
        self.source = Source::Bound(mac);
    }

    fn streams(&mut self) -> &mut Streams {
        let source = &self.source;
        self.streams.get_or_insert_with(|| {
            Box::new(match source {
                Source::Bound(mac) => {
                    Streams::of(&Wiped::new(mac.clone().finalize().into_bytes().into()))
                }
                Source::Seed(seed) => Streams::of(seed),
            })
        })
    }

    /// Returns random bytes for a public value, such as an id.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        random_bytes(&mut self.streams().names)
    }

    /// Returns random bytes for a secret.
    pub(crate) fn secret<const N: usize>(&mut self) -> Wiped<[u8; N]> {
        Wiped::new(random_bytes(&mut self.streams().secrets))
    }

    /// Returns a uniformly distributed secret number below `bound`, which must not be 0 (FAILURES
    /// 86).
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let secrets = &mut self.streams().secrets;
        loop {
            if let Some(number) = in_whole_run(secrets.next_u64(), bound) {
                return number;
            }
        }
    }
}

impl Streams {
    fn of(seed: &[u8; 32]) -> Self {
        let stream = |number| {
            let mut random = ChaCha20Rng::from_seed(*seed);
            random.set_stream(number);
            random
        };
        Self { names: stream(1), secrets: stream(2) }
    }
}

fn random_bytes<const N: usize>(random: &mut ChaCha20Rng) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill_bytes(&mut bytes);
    bytes
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Moment").field("now", &self.now).finish_non_exhaustive()
    }
}

/// Reduces `drawn` below `bound`.
///
/// Returns `None` if `drawn` is in the last, incomplete range of numbers.
fn in_whole_run(drawn: u64, bound: u64) -> Option<u64> {
    (drawn < u64::MAX - u64::MAX % bound).then(|| drawn % bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLION: u64 = 1_000_000;

    /// Returns Pearson's chi-square of counts that should be equal.
    fn chi_square(counts: &[u32]) -> f64 {
        let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
        counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum()
    }

    #[test]
    fn failure_086_digits_are_uniform_in_every_place() {
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let mut places = [[0_u32; 10]; 6];
        // Counts pairs of neighbors as well: dependent digits may each be uniform.
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
        // One of a million uniform samples exceeds 45.1 with nine degrees of freedom, and 178 with
        // 99.
        for place in places {
            assert!(chi_square(&place) < 45.1, "{place:?}");
        }
        for pair in pairs {
            assert!(chi_square(&pair) < 178.0, "{pair:?}");
        }
    }

    #[test]
    fn failure_086_codes_of_fresh_seeds_are_uniform() {
        // As the verifier does: one code for each moment.
        let mut thousands = [0_u32; 1000];
        for seed in 0..200_000_u32 {
            let mut seed_bytes = [7; 32];
            seed_bytes[..4].copy_from_slice(&seed.to_be_bytes());
            let code = Moment::new(UnixTime::from_secs(0), seed_bytes).below(MILLION);
            thousands[(code / 1000) as usize] += 1;
        }
        // One in a million exceeds 1224 with 999 degrees of freedom.
        assert!(chi_square(&thousands) < 1224.0);
    }

    #[test]
    fn chi_square_detects_modulo_bias() {
        // A byte modulo ten: 0 to 5 occur 26 times in 256, the others 25 times.
        let mut moment = Moment::new(UnixTime::from_secs(0), [1; 32]);
        let mut digits = [0_u32; 10];
        for _ in 0..MILLION {
            let [byte] = moment.bytes::<1>();
            digits[usize::from(byte % 10)] += 1;
        }
        assert!(chi_square(&digits) > 45.1);
    }

    #[test]
    fn below_returns_every_number() {
        let (mut moment, mut seen) =
            (Moment::new(UnixTime::from_secs(0), [3; 32]), alloc::vec![false; 10_000]);
        // 300,000 samples miss a given code of four digits once in 10^13.
        for _ in 0..300_000 {
            seen[moment.below(10_000) as usize] = true;
        }
        assert!(seen.into_iter().all(|is_seen| is_seen));
    }

    #[test]
    fn below_returns_the_bounds_and_nothing_beyond() {
        let mut moment = Moment::new(UnixTime::from_secs(0), [2; 32]);
        let drawn: alloc::vec::Vec<u64> = (0..1000).map(|_| moment.below(3)).collect();
        assert!((0..3).all(|number| drawn.contains(&number)));
        assert!(drawn.iter().all(|number| *number < 3));
        // This bound rejects half of all samples.
        let bound = u64::MAX / 2 + 2;
        assert!((0..1000).all(|_| moment.below(bound) < bound));
    }

    #[test]
    fn failure_086_incomplete_run_is_rejected() {
        for bound in [3, 10, 1 << 32, MILLION, 3 << 62, u64::MAX / 2 + 2] {
            let whole_runs = u64::MAX - u64::MAX % bound;
            assert_eq!(in_whole_run(whole_runs - 1, bound), Some(bound - 1));
            assert_eq!(in_whole_run(whole_runs, bound), None);
            assert_eq!(in_whole_run(u64::MAX, bound), None);
        }
    }

    #[test]
    fn different_seeds_give_different_bytes() {
        let draw = |seed| Moment::new(UnixTime::from_secs(0), [seed; 32]).bytes::<16>();
        assert_ne!(draw(1), draw(2));
        assert_eq!(draw(1), draw(1));
    }
}
