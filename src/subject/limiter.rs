//! The count of wrong tries of one factor, and what it leads to. Knows no other factor.

use minicbor::{CborLen, Decode, Encode};

use super::span::Span;
use crate::{UnixTime, policy::FailureLimits};

/// The failures of one factor since its last success.
///
/// It lives in the record of the subject, so that no session, challenge or client has a count of its
/// own (law 5; STD N-12, H-08; FAILURES 16 to 21).
#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct Limiter {
    #[n(0)]
    failures: u32,
    #[n(1)]
    wait: Span,
    #[n(2)]
    is_disabled: bool,
}

/// Whether a factor may be tried now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    Disabled,
    Locked(UnixTime),
    Open,
}

/// What a failure led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureEffect {
    Counted,
    Disabled,
    Locked,
}

impl Limiter {
    pub(super) const fn new() -> Self {
        Self { failures: 0, wait: Span::none(), is_disabled: false }
    }

    pub(super) fn gate(&self, now: UnixTime) -> Gate {
        match (self.is_disabled, self.wait.waits_until(now)) {
            (true, _) => Gate::Disabled,
            (false, Some(until)) => Gate::Locked(until),
            (false, None) => Gate::Open,
        }
    }

    pub(super) fn fail(&mut self, limits: &FailureLimits, now: UnixTime) -> FailureEffect {
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
        self.wait = Span::new(now, u32::try_from(secs).unwrap_or(limits.longest_wait));
        FailureEffect::Locked
    }

    /// STD N-43: a success forgets the failures of the factor that succeeded.
    ///
    /// A disabled factor stays disabled: it cannot succeed until it is enrolled again (STD N-41).
    pub(super) fn clear(&mut self) {
        self.failures = 0;
        self.wait = Span::none();
    }

    pub(super) const fn disable(&mut self) {
        self.is_disabled = true;
    }

    pub(super) const fn failures(&self) -> u32 {
        self.failures
    }

    pub(super) const fn is_disabled(&self) -> bool {
        self.is_disabled
    }

    pub(super) const fn is_in_future(&self, now: UnixTime) -> bool {
        self.wait.is_in_future(now)
    }

    pub(super) const fn repair(&mut self, now: UnixTime) {
        self.wait.repair(now);
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
    fn the_wait_begins_at_the_fifth_failure_and_doubles_to_an_hour() {
        let (mut limiter, mut now) = (Limiter::new(), UnixTime::from_secs(1_000_000));
        let mut waits = alloc::vec::Vec::new();
        while limiter.failures() < 14 {
            limiter.fail(&LIMITS, now);
            match limiter.gate(now) {
                Gate::Open => waits.push(0),
                Gate::Locked(until) => {
                    waits.push(until.since(now));
                    now = until;
                }
                Gate::Disabled => unreachable!(),
            }
        }
        assert_eq!(waits, [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    }

    #[test]
    fn the_fiftieth_failure_disables_and_no_success_enables() {
        let (mut limiter, mut now) = (Limiter::new(), UnixTime::from_secs(1_000_000));
        for _ in 1..50 {
            assert_ne!(limiter.fail(&LIMITS, now), FailureEffect::Disabled);
            now = now.plus(3600);
        }
        assert_eq!(limiter.fail(&LIMITS, now), FailureEffect::Disabled);
        limiter.clear();
        assert_eq!(limiter.gate(now.plus(1 << 40)), Gate::Disabled);
    }

    #[test]
    fn no_count_of_failures_overflows() {
        let never = FailureLimits { disable_at: u32::MAX, ..LIMITS };
        let mut limiter = Limiter { failures: u32::MAX - 2, ..Limiter::new() };
        assert_eq!(limiter.fail(&never, UnixTime::from_secs(5)), FailureEffect::Locked);
        assert_eq!(limiter.fail(&never, UnixTime::from_secs(5)), FailureEffect::Disabled);
        assert_eq!(limiter.fail(&never, UnixTime::from_secs(5)), FailureEffect::Disabled);
    }
}
