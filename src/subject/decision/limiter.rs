//! Locks that grow with failures.

use crate::{
    denial::{Denial, Reason},
    policy::FailureLimits,
    subject::record::{
        lifetime::Cooldown,
        limiter::{Limiter, LockState},
    },
    time::UnixTime,
};

/// The effect of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureEffect {
    Counted,
    Disabled,
    Locked,
}

impl LockState {
    /// Returns an error while attempts are locked.
    ///
    /// A disabled factor is refused later, at the cost of an attempt (law 8).
    pub(crate) const fn check_unlocked(self) -> Result<(), Denial> {
        match self {
            Self::Locked(until) => Err(Denial::until(Reason::Locked, until)),
            Self::Disabled | Self::Open => Ok(()),
        }
    }
}

impl Limiter {
    /// Returns the limits that apply now. After an unlock, fewer attempts are permitted.
    pub(crate) fn limits(&self, limits: FailureLimits) -> FailureLimits {
        match self.before_unlock {
            Some(before) => FailureLimits { disable_at: attempts_after(before), ..limits },
            None => limits,
        }
    }

    /// Ends a lock or the disabled state, and returns whether there was one.
    ///
    /// Ten more attempts are permitted before the factor is disabled again. It can be unlocked once
    /// until its next success, so repeated unlocks permit no further guesses.
    pub(crate) fn unlock(&mut self, now: UnixTime) -> bool {
        let is_shut = self.state(now) != LockState::Open;
        let has_attempts = attempts_after(self.failures) > 0;
        let lifts = is_shut && has_attempts && self.before_unlock.is_none();
        if lifts {
            *self = Self { before_unlock: Some(self.failures), ..Self::new() };
        }
        lifts
    }

    /// Disables a factor permanently, so that support cannot unlock it.
    pub(crate) const fn retire(&mut self) {
        self.is_disabled = true;
        self.before_unlock = Some(self.failures);
    }

    /// Counts a failure, and locks or disables the factor if the limits require it.
    pub(crate) fn fail(&mut self, limits: &FailureLimits, now: UnixTime) -> FailureEffect {
        self.failures = self.failures.saturating_add(1);
        let limits = self.limits(*limits);
        if self.failures >= limits.disable_at {
            self.is_disabled = true;
            return FailureEffect::Disabled;
        }
        let Some(doublings) = self.failures.checked_sub(limits.waits_from) else {
            return FailureEffect::Counted;
        };
        // STD N-42: 30 s, doubling to 1 h.
        let secs = u64::from(limits.first_wait) << doublings.min(31);
        let secs = secs.min(u64::from(limits.longest_wait));
        self.lock = Cooldown::new(now, u32::try_from(secs).unwrap_or(limits.longest_wait));
        FailureEffect::Locked
    }
}

/// Returns the attempts that an unlock permits after this number of consecutive failures.
///
/// STD N-41: no factor accepts more than 100 consecutive failures, even after an unlock.
const fn attempts_after(failures: u32) -> u32 {
    let left = MOST_IN_A_ROW.saturating_sub(failures);
    if left < UNLOCKED_ATTEMPTS { left } else { UNLOCKED_ATTEMPTS }
}

const UNLOCKED_ATTEMPTS: u32 = 10;
const MOST_IN_A_ROW: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: FailureLimits =
        FailureLimits { waits_from: 5, first_wait: 30, longest_wait: 3600, disable_at: 50 };

    #[test]
    fn lock_starts_at_the_fifth_failure_and_doubles_to_an_hour() {
        let (mut limiter, mut now) = (Limiter::new(), UnixTime::from_secs(1_000_000));
        let mut locks = alloc::vec::Vec::new();
        while limiter.failures < 14 {
            limiter.fail(&LIMITS, now);
            match limiter.state(now) {
                LockState::Open => locks.push(0),
                LockState::Locked(until) => {
                    locks.push(until.since(now));
                    now = until;
                }
                LockState::Disabled => unreachable!(),
            }
        }
        assert_eq!(locks, [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    }

    #[test]
    fn fiftieth_failure_disables_and_success_does_not_enable() {
        let (mut limiter, mut now) = (Limiter::new(), UnixTime::from_secs(1_000_000));
        for _ in 1..50 {
            assert_ne!(limiter.fail(&LIMITS, now), FailureEffect::Disabled);
            now = now.plus(3600);
        }
        assert_eq!(limiter.fail(&LIMITS, now), FailureEffect::Disabled);
        limiter.clear();
        assert_eq!(limiter.state(now.plus(1 << 40)), LockState::Disabled);
    }

    /// Fails, waiting for the end of each lock, until the factor is disabled. Returns the number of
    /// failures.
    fn fail_until_disabled(limiter: &mut Limiter, limits: &FailureLimits) -> u32 {
        let mut now = UnixTime::from_secs(1_000_000);
        (1..)
            .find(|_| {
                now = now.plus(3600);
                limiter.fail(limits, now) == FailureEffect::Disabled
            })
            .unwrap()
    }

    /// NIST SP 800-63B-4 §3.2.2: no more than 100 consecutive failures.
    #[test]
    fn unlock_gives_ten_attempts_and_never_over_100_in_a_row() {
        for disable_at in 1..=100 {
            let limits = FailureLimits { disable_at, ..LIMITS };
            let mut limiter = Limiter::new();
            assert_eq!(fail_until_disabled(&mut limiter, &limits), disable_at);
            let (now, more) = (UnixTime::from_secs(2_000_000), 10.min(100 - disable_at));
            assert_eq!(limiter.unlock(now), more > 0);
            if more > 0 {
                assert_eq!(limiter.state(now), LockState::Open);
                assert_eq!(fail_until_disabled(&mut limiter, &limits), more);
            }
            assert_eq!(limiter.row(), disable_at + more);
            assert!(!limiter.unlock(now), "once until the next success");
            assert_eq!(limiter.state(now), LockState::Disabled);
        }
    }

    #[test]
    fn unlock_lifts_a_lock_and_leaves_an_open_factor_alone() {
        let (mut limiter, now) = (Limiter::new(), UnixTime::from_secs(1_000_000));
        for failures in 1..5 {
            limiter.fail(&LIMITS, now);
            assert!(!limiter.unlock(now), "nothing is locked");
            assert_eq!(limiter.failures, failures);
        }
        limiter.fail(&LIMITS, now);
        assert!(limiter.unlock(now));
        assert_eq!(limiter.state(now), LockState::Open);
        assert_eq!((limiter.failures, limiter.row()), (0, 5));
    }

    #[test]
    fn success_after_an_unlock_allows_the_next_unlock() {
        let (mut limiter, now) = (Limiter::new(), UnixTime::from_secs(1_000_000));
        fail_until_disabled(&mut limiter, &LIMITS);
        assert!(limiter.unlock(now));
        limiter.clear();
        assert_eq!(fail_until_disabled(&mut limiter, &LIMITS), 50, "the usual limit again");
        assert!(limiter.unlock(now));
    }

    #[test]
    fn retired_factor_is_never_unlocked() {
        let (mut limiter, now) = (Limiter::new(), UnixTime::from_secs(1_000_000));
        limiter.fail(&LIMITS, now);
        limiter.retire();
        assert!(!limiter.unlock(now));
        limiter.clear();
        assert!(!limiter.unlock(now), "a success of another factor changes nothing");
        assert_eq!(limiter.state(now), LockState::Disabled);
    }

    #[test]
    fn count_of_failures_does_not_overflow() {
        let never = FailureLimits { disable_at: u32::MAX, ..LIMITS };
        let mut limiter = Limiter { failures: u32::MAX - 2, ..Limiter::new() };
        assert_eq!(limiter.fail(&never, UnixTime::from_secs(5)), FailureEffect::Locked);
        assert_eq!(limiter.fail(&never, UnixTime::from_secs(5)), FailureEffect::Disabled);
        assert_eq!(limiter.fail(&never, UnixTime::from_secs(5)), FailureEffect::Disabled);
    }
}
