//! Locks that grow with failures.

use crate::{
    UnixTime,
    denial::{Denial, Reason},
    policy::FailureLimits,
    subject::record::{
        lifetime::Cooldown,
        limiter::{Limiter, LockState},
    },
};

/// What a failure led to.
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
    /// Counts a failure, and locks or disables the factor if the limits require it.
    pub(crate) fn fail(&mut self, limits: &FailureLimits, now: UnixTime) -> FailureEffect {
        self.failures = self.failures.saturating_add(1);
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

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: FailureLimits = FailureLimits {
        waits_from: 5,
        first_wait: 30,
        longest_wait: 3600,
        disable_at: 50,
        disable_all_at: 100,
    };

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

    #[test]
    fn count_of_failures_does_not_overflow() {
        let never = FailureLimits { disable_at: u32::MAX, ..LIMITS };
        let mut limiter = Limiter { failures: u32::MAX - 2, ..Limiter::new() };
        assert_eq!(limiter.fail(&never, UnixTime::from_secs(5)), FailureEffect::Locked);
        assert_eq!(limiter.fail(&never, UnixTime::from_secs(5)), FailureEffect::Disabled);
        assert_eq!(limiter.fail(&never, UnixTime::from_secs(5)), FailureEffect::Disabled);
    }
}
