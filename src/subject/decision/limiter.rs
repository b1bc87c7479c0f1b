//! Locks that grow with failures.

use crate::{
    denial::{Denial, Reason},
    policy::{FailureLimits, NEVER, RENEWED_ATTEMPTS, RENEWED_SLOW},
    subject::record::{
        lifetime::Cooldown,
        limiter::{FailureEffect, Limiter, LockState},
        slow_count::SlowCount,
    },
    time::UnixTime,
};

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
    /// Allows ten more attempts, after a change of the first factor or at the request of support.
    ///
    /// Returns whether the factor was locked or disabled. Before a second renewal, the factor must
    /// succeed in this lane. Otherwise, an attacker who can change the password, or persuade
    /// support, would gain further guesses by each renewal.
    pub(crate) fn renew(&mut self, now: UnixTime) -> bool {
        let was_shut = self.state(now) != LockState::Open;
        let is_high = self.slow_reaches(RENEWED_SLOW, now);
        if self.before_renewal.is_some() || !(was_shut || is_high) {
            return false;
        }
        let slow = self.slow.map(|slow| slow.at_most(RENEWED_SLOW));
        *self = Self { before_renewal: Some(self.failures), slow, ..Self::new() };
        was_shut
    }

    /// Counts a failure, and locks or disables the factor or device if the limits require it.
    pub(crate) fn fail(&mut self, limits: &FailureLimits, now: UnixTime) -> FailureEffect {
        self.failures = self.failures.saturating_add(1);
        let slow = self.slow.map_or(SlowCount::first(now), |slow| slow.with_failure(now));
        self.slow = Some(slow);
        let limits = match self.before_renewal {
            Some(_) if limits.disable_at != NEVER => limits.disabled_at_most_at(RENEWED_ATTEMPTS),
            // The slow count, which a renewal reduces to 30, is closed again after ten more.
            _ => *limits,
        };
        let is_spent = limits.slow.disables_at().is_some_and(|most| slow.reaches(most, now));
        if self.failures >= limits.disable_at || is_spent {
            self.is_disabled = true;
            return FailureEffect::Disabled;
        }
        let mut effect = FailureEffect::Counted;
        let is_closed = |most: &u16| slow.reaches(*most, now);
        if let Some(most) = limits.slow.closes_at().filter(is_closed) {
            let secs = slow.is_below_at(most, now).since(now);
            self.closed = Some(Cooldown::new(now, u32::try_from(secs).unwrap_or(u32::MAX)));
            effect = FailureEffect::Locked;
        }
        let Some(doublings) = self.failures.checked_sub(limits.waits_from) else { return effect };
        // STD N-42: 30 s, doubling to 1 h.
        let secs = u64::from(limits.first_wait) << doublings.min(31);
        let secs = secs.min(u64::from(limits.longest_wait));
        self.lock = Cooldown::new(now, u32::try_from(secs).unwrap_or(limits.longest_wait));
        if doublings == 0 { FailureEffect::FirstLocked } else { FailureEffect::Locked }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    const START: UnixTime = UnixTime::from_secs(1_000_000);
    const DAY: u64 = 86_400;

    fn limits() -> FailureLimits {
        *Policy::default().failures()
    }

    #[test]
    fn lock_starts_at_the_fifth_failure_and_doubles_to_an_hour() {
        let (mut limiter, mut now) = (Limiter::new(), START);
        let mut locks = alloc::vec::Vec::new();
        while limiter.failures < 14 {
            let effect = limiter.fail(&limits(), now);
            assert_eq!(effect == FailureEffect::FirstLocked, limiter.failures == 5);
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

    /// Fails, waiting out each lock, until it is disabled; returns how often.
    fn fail_until_disabled(limiter: &mut Limiter, limits: &FailureLimits) -> u32 {
        let mut now = START;
        (1..)
            .find(|_| {
                if let LockState::Locked(until) = limiter.state(now) {
                    now = until;
                }
                limiter.fail(limits, now) == FailureEffect::Disabled
            })
            .unwrap()
    }

    /// Users who rehearse a PIN fail often over the years, and nothing of it may remain.
    #[test]
    fn row_only_limit_does_not_lock_and_forgets_earlier_rows() {
        let earliest = Policy::builder().waits(1, core::time::Duration::from_secs(30));
        let earliest = earliest.build().unwrap();
        for policy in [Policy::default(), Policy::pci(), Policy::psd2(), earliest] {
            let limits = policy.failures().row_only(3);
            let mut limiter = Limiter::new();
            for _ in 0..100 {
                for _ in 0..2 {
                    assert_eq!(limiter.fail(&limits, START), FailureEffect::Counted);
                    assert_eq!(limiter.state(START), LockState::Open);
                }
                limiter.clear();
            }
            assert_eq!(fail_until_disabled(&mut limiter, &limits), 3);
        }
    }

    #[test]
    fn thirtieth_failure_disables_and_success_does_not_enable() {
        let mut limiter = Limiter::new();
        assert_eq!(fail_until_disabled(&mut limiter, &limits()), 30);
        limiter.clear();
        assert_eq!(limiter.state(START.plus(1 << 40)), LockState::Disabled);
        limiter.lift();
        assert_eq!(limiter.state(START.plus(1 << 40)), LockState::Open, "the owner is there");
    }

    #[test]
    fn renewal_gives_ten_attempts_once_until_the_next_success() {
        for disable_at in 1..=30 {
            let limits = FailureLimits { disable_at, ..limits() };
            let mut limiter = Limiter::new();
            assert_eq!(fail_until_disabled(&mut limiter, &limits), disable_at);
            assert!(limiter.renew(START));
            assert_eq!(limiter.state(START), LockState::Open);
            let more = disable_at.min(10);
            assert_eq!(fail_until_disabled(&mut limiter, &limits), more);
            assert_eq!(limiter.row(), disable_at + more);
            assert!(!limiter.renew(START), "once until the next success");
            limiter.lift();
            assert_eq!(fail_until_disabled(&mut limiter, &limits), more, "in its own lane");
            limiter.lift();
            limiter.clear();
            assert_eq!(fail_until_disabled(&mut limiter, &limits), disable_at);
            assert!(limiter.renew(START), "a success in the lane allows the next one");
        }
    }

    #[test]
    fn renewal_lifts_a_lock_and_leaves_an_open_factor_alone() {
        let mut limiter = Limiter::new();
        for failures in 1..5 {
            limiter.fail(&limits(), START);
            assert!(!limiter.renew(START), "nothing is locked");
            assert_eq!(limiter.failures, failures);
        }
        limiter.fail(&limits(), START);
        assert!(limiter.renew(START));
        assert_eq!(limiter.state(START), LockState::Open);
        assert_eq!((limiter.failures, limiter.row()), (0, 5));
    }

    /// A05: a success clears the row, and the slow count binds.
    #[test]
    fn slow_count_closes_although_the_row_is_cleared() {
        let (mut limiter, mut now, mut guesses) = (Limiter::new(), START, 0);
        while now < START.plus(365 * DAY) {
            if now.since(START) % DAY < 60 {
                limiter.lift();
            }
            match limiter.state(now) {
                LockState::Open => {
                    limiter.fail(&limits(), now);
                    guesses += 1;
                }
                LockState::Locked(until) => {
                    assert!(until.since(now) <= 2 * DAY, "one attempt in two days at least");
                }
                LockState::Disabled => {}
            }
            now = now.plus(60);
        }
        assert!((330..=400).contains(&guesses), "{guesses} guesses in a year");
    }

    #[test]
    fn renewal_opens_what_the_slow_count_closed() {
        let (limits, mut limiter) =
            (FailureLimits { disable_at: NEVER, waits_from: NEVER, ..limits() }, Limiter::new());
        while limiter.state(START) == LockState::Open {
            limiter.fail(&limits, START);
        }
        assert_eq!(limiter.failures, 40);
        limiter.clear();
        assert_ne!(limiter.state(START), LockState::Open, "no success opens it");
        assert!(limiter.renew(START));
        assert!(limiter.slow_reaches(30, START) && !limiter.slow_reaches(31, START));
        for failure in 1..=10 {
            let effect = limiter.fail(&limits, START);
            assert_eq!(effect == FailureEffect::Locked, failure == 10, "{failure}");
        }
        assert!(!limiter.is_disabled, "the policy never disables it");
    }

    #[test]
    fn undone_failure_leaves_no_trace() {
        for before in 0..30 {
            let mut limiter = Limiter::new();
            for _ in 0..before {
                limiter.fail(&FailureLimits { waits_from: NEVER, ..limits() }, START);
            }
            let effect = limiter.fail(&limits(), START);
            limiter.take_back(effect);
            limiter.clear();
            assert_eq!(limiter.state(START), LockState::Open, "{before}");
            assert!(!limiter.slow_reaches(before + 1, START));
        }
    }

    #[test]
    fn finding_a07_uncounted_failure_leaves_no_trace() {
        for before in 0..30 {
            let mut limiter = Limiter::new();
            for _ in 0..before {
                limiter.fail(&limits(), START);
            }
            // The longest wait is over.
            let now = START.plus(3_601);
            let slow = before == 0 || limiter.slow_reaches(before, now);
            let effect = limiter.fail(&limits(), now);
            limiter.uncount(effect);
            assert_eq!((limiter.failures, limiter.state(now)), (before.into(), LockState::Open));
            assert!(slow == limiter.slow_reaches(before, now));
            assert!(!limiter.slow_reaches(before + 1, now));
        }
    }

    #[test]
    fn count_of_failures_does_not_overflow() {
        let never = FailureLimits { disable_at: NEVER, ..limits() };
        let mut limiter = Limiter { failures: u32::MAX - 2, ..Limiter::new() };
        assert_eq!(limiter.fail(&never, START), FailureEffect::Locked);
        assert_eq!(limiter.fail(&never, START), FailureEffect::Disabled);
        assert_eq!(limiter.fail(&never, START), FailureEffect::Disabled);
    }
}
