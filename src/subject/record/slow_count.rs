//! The slow count of failures.

use minicbor::{CborLen, Decode, Encode};

use super::lifetime::is_in_future;
use crate::time::{DAY, UnixTime};

/// A count of failures that no success clears, and that halves in 30 days.
///
/// It bounds the guesses of a year. A row of failures does not, because an owner who signs in daily
/// clears it daily.
///
/// A clock fault neither shortens nor resets it (law 10). One write halves it at most once, and a
/// decay to a time in the future is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct SlowCount {
    #[n(0)]
    pub(crate) sixty_fourths: u16,
    /// The time to which it is decayed, in whole days after its first failure.
    #[n(1)]
    pub(crate) decayed_to: u64,
}

impl SlowCount {
    /// Returns the count after the first failure.
    pub(crate) const fn first(now: UnixTime) -> Self {
        Self { sixty_fourths: ONE, decayed_to: now.as_secs() }
    }

    /// Returns the count after one more failure.
    pub(crate) fn with_failure(self, now: UnixTime) -> Self {
        let Self { sixty_fourths, decayed_to } = self.at(now);
        Self { sixty_fourths: sixty_fourths.saturating_add(ONE), decayed_to }
    }

    /// Returns the count without one failure that turned out to be none.
    pub(crate) const fn without_failure(self) -> Self {
        Self { sixty_fourths: self.sixty_fourths.saturating_sub(ONE), ..self }
    }

    /// Returns the count, limited to this many failures.
    pub(crate) fn at_most(self, failures: u16) -> Self {
        Self { sixty_fourths: self.sixty_fourths.min(sixty_fourths(failures)), ..self }
    }

    /// Returns whether it has this many failures or more.
    pub(crate) fn reaches(self, failures: u16, now: UnixTime) -> bool {
        self.at(now).sixty_fourths >= sixty_fourths(failures)
    }

    /// Returns the time at which it has fewer than this many failures.
    pub(crate) fn is_below_at(self, failures: u16, now: UnixTime) -> UnixTime {
        let Self { sixty_fourths: mut count, decayed_to } = self.at(now);
        let mut at = UnixTime::from_secs(decayed_to);
        while count >= sixty_fourths(failures) {
            count = decayed(count);
            at = at.plus(DAY.into());
        }
        at
    }

    /// Returns the count at this time: each whole day decays it, up to 30 days.
    fn at(self, now: UnixTime) -> Self {
        let days = now.since(UnixTime::from_secs(self.decayed_to)) / u64::from(DAY);
        let Self { sixty_fourths, decayed_to } = self;
        Self {
            sixty_fourths: (0..days.min(HALF_LIFE)).fold(sixty_fourths, |count, _| decayed(count)),
            decayed_to: match days {
                0..=HALF_LIFE => decayed_to + days * u64::from(DAY),
                _ => now.as_secs(),
            },
        }
    }

    pub(crate) const fn is_in_future(&self, now: UnixTime) -> bool {
        is_in_future(UnixTime::from_secs(self.decayed_to), now)
    }

    /// Undoes a decay to a time in the future, which a fast clock caused.
    pub(crate) fn repair(&mut self, now: UnixTime) {
        let ahead = UnixTime::from_secs(self.decayed_to).since(now);
        let days = ahead.div_ceil(u64::from(DAY));
        let before = (0..days.min(HALF_LIFE)).fold(self.sixty_fourths, |count, _| grown(count));
        self.sixty_fourths = before;
        self.decayed_to = match days {
            0..=HALF_LIFE => self.decayed_to.saturating_sub(days * u64::from(DAY)),
            _ => now.as_secs(),
        };
    }
}

const fn sixty_fourths(failures: u16) -> u16 {
    failures.saturating_mul(ONE)
}

/// Returns the count a day later. Thirty days halve it: 40 becomes 19.8.
fn decayed(count: u16) -> u16 {
    u16::try_from((u32::from(count) * DAILY) >> 16).unwrap_or(count)
}

/// Returns an upper bound of the count a day earlier.
fn grown(count: u16) -> u16 {
    u16::try_from((u32::from(count) << 16) / DAILY + 1).unwrap_or(u16::MAX)
}

const ONE: u16 = 64;
/// 2^(-1/30), in 1/65536.
const DAILY: u32 = 64_039;
/// In days.
const HALF_LIFE: u64 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

    fn count(failures: u16) -> SlowCount {
        (1..failures).fold(SlowCount::first(NOW), |count, _| count.with_failure(NOW))
    }

    fn days(days: u64) -> UnixTime {
        NOW.plus(days * u64::from(DAY))
    }

    #[test]
    fn slow_count_halves_in_thirty_days() {
        let later = count(40).at(days(30));
        assert!((64 * 19..=64 * 20).contains(&later.sixty_fourths), "{later:?}");
        assert_eq!(
            count(40).at(UnixTime::from_secs(days(1).as_secs() - 1)),
            count(40),
            "by whole days"
        );
        assert!(count(40).reaches(40, NOW) && !count(40).reaches(41, NOW));
        assert!(!count(40).reaches(40, days(1)));
    }

    #[test]
    fn one_write_halves_a_slow_count_once() {
        let year = count(40).with_failure(days(365));
        assert!((64 * 20..=64 * 21).contains(&year.sixty_fourths), "{year:?}");
    }

    #[test]
    fn slow_count_says_when_it_is_below_a_limit() {
        for (failures, limit) in [(40, 40), (41, 40), (50, 40), (39, 40), (120, 100)] {
            let (count, until) = (count(failures), count(failures).is_below_at(limit, NOW));
            assert!(!count.reaches(limit, until));
            let is_first =
                until == NOW || count.reaches(limit, UnixTime::from_secs(until.as_secs() - 1));
            assert!(is_first, "{failures} {limit}");
        }
    }

    /// S19: one server of two whose clock is ahead by `ahead` seconds.
    #[test]
    fn finding_s19_clock_fault_never_lowers_a_slow_count() {
        for ahead in [121, 3_600, 86_400, 86_401, 93_600, 2_592_000, 31_536_000] {
            let (mut slow, mut now) = (count(40), NOW);
            for _ in 0..400 {
                let before = slow.at(now).sixty_fourths;
                slow = slow.at(now.plus(ahead));
                if slow.is_in_future(now) {
                    slow.repair(now);
                }
                assert!(slow.decayed_to <= now.as_secs());
                assert!(slow.at(now).sixty_fourths >= before, "{ahead}");
                now = now.plus(60);
            }
        }
    }

    #[test]
    fn repair_of_a_decay_returns_to_its_day() {
        for ahead in 1..=30 {
            let mut slow = count(40).at(days(ahead));
            slow.repair(NOW.plus(5));
            assert_eq!(slow.decayed_to, NOW.as_secs(), "{ahead}");
            assert!(slow.sixty_fourths >= count(40).sixty_fourths, "{ahead}");
        }
    }

    #[test]
    fn slow_count_does_not_overflow() {
        let most = SlowCount { sixty_fourths: u16::MAX, ..count(1) };
        assert_eq!(most.with_failure(NOW).sixty_fourths, u16::MAX);
        assert_eq!(grown(u16::MAX), u16::MAX);
        assert_eq!(count(1).without_failure().without_failure().sixty_fourths, 0);
        let mut last = SlowCount { decayed_to: u64::MAX, ..count(1) };
        assert!(last.is_in_future(NOW));
        last.repair(NOW);
        assert!(!last.is_in_future(NOW));
    }
}
