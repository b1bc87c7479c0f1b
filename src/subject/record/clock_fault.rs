//! Repair of times in the future (law 10).
//!
//! Each stored type passes its times to a visitor, with a pattern that names every field. A new
//! field does not compile until it is visited or listed as skipped.

use super::{
    lifetime::{Cooldown, Lifetime, is_in_future, latest_valid},
    slow_count::SlowCount,
};
use crate::{otp::Step, time::UnixTime};

/// One time of a record.
pub(crate) enum StoredTime<'a> {
    Cooldown(&'a mut Cooldown),
    /// The time of an event, in Unix seconds.
    Instant(&'a mut u64),
    Lifetime(&'a mut Lifetime),
    SlowCount(&'a mut SlowCount),
    /// The last accepted step of an app, and the step that a server with a fast clock accepted.
    Step {
        last: &'a mut Option<Step>,
        ahead: &'a mut Option<u64>,
        period: u64,
    },
    /// The time at which an open code was last seen, and by how much the clock fell since it was
    /// sent.
    Seen {
        sent_at: UnixTime,
        seen_at: &'a mut Option<u64>,
        fallen: &'a mut Option<u32>,
    },
}

/// State that contains times.
pub(crate) trait HasTimes {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>));

    /// Returns whether one of its times is a clock fault.
    fn has_clock_fault(&mut self, now: UnixTime) -> bool {
        let mut found = false;
        self.visit_times(&mut |time| found |= time.is_in_future(now));
        found
    }

    /// Records by how much the clock fell since the last write, for each open code.
    fn observe(&mut self, now: UnixTime) {
        self.visit_times(&mut |time| {
            let StoredTime::Seen { sent_at, seen_at, fallen } = time else { return };
            let seen = seen_at.map_or(sent_at, UnixTime::from_secs);
            if seen > now {
                let fall = u32::try_from(seen.since(now)).unwrap_or(u32::MAX);
                *fallen = Some(fallen.unwrap_or(0).saturating_add(fall));
            }
            if seen != now {
                *seen_at = Some(now.as_secs());
            }
        });
    }

    /// Ends lifetimes from the future, restarts cooldowns, sets instants to `now`, and undoes
    /// decay.
    fn repair_times(&mut self, now: UnixTime) {
        self.visit_times(&mut |time| {
            if time.is_in_future(now) {
                time.repair(now);
            }
        });
    }
}

impl StoredTime<'_> {
    const fn is_in_future(&self, now: UnixTime) -> bool {
        match self {
            Self::Cooldown(cooldown) => cooldown.is_in_future(now),
            Self::Instant(at) => is_in_future(UnixTime::from_secs(**at), now),
            Self::Lifetime(lifetime) => lifetime.is_in_future(now),
            Self::SlowCount(count) => count.is_in_future(now),
            Self::Seen { .. } => false,
            Self::Step { last, period, .. } => match last {
                Some(last) => last.get() > now.plus(STEP_TOLERANCE).as_secs() / *period,
                None => false,
            },
        }
    }

    fn repair(self, now: UnixTime) {
        match self {
            Self::Cooldown(cooldown) => cooldown.repair(now),
            Self::Instant(at) => *at = now.as_secs(),
            Self::Lifetime(lifetime) => *lifetime = Lifetime::ended(),
            Self::SlowCount(count) => count.repair(now),
            Self::Seen { .. } => {}
            Self::Step { last, ahead, period } => {
                if let Some(step) = last {
                    *ahead = Some(step.get());
                    // Every step that a server with a correct clock can have accepted stays used.
                    *last = Some(Step::new(highest_step(now, period)));
                }
            }
        }
    }
}

/// Returns the highest step that a server without a clock fault can accept, in the widest window.
const fn highest_step(now: UnixTime, period: u64) -> u64 {
    latest_valid(now).as_secs() / period + WIDEST_WINDOW
}

impl<T: HasTimes> HasTimes for Option<T> {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        if let Some(inner) = self {
            inner.visit_times(visit);
        }
    }
}

impl<T: HasTimes> HasTimes for alloc::vec::Vec<T> {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        self.iter_mut().for_each(|inner| inner.visit_times(visit));
    }
}

impl HasTimes for Cooldown {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        visit(StoredTime::Cooldown(self));
    }
}

impl HasTimes for SlowCount {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        visit(StoredTime::SlowCount(self));
    }
}

impl HasTimes for Lifetime {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        visit(StoredTime::Lifetime(self));
    }
}

/// The number of seconds by which an accepted step may be in the future without a clock fault.
///
/// After a repair, steps that were used before the clock fell are accepted again. Within a day,
/// codes are refused instead (FAILURES 12).
const STEP_TOLERANCE: u64 = 86_400;
/// The maximum number of steps after the present one that a policy accepts.
const WIDEST_WINDOW: u64 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(secs: u64) -> UnixTime {
        UnixTime::from_secs(secs)
    }

    struct Sent {
        sent_at: UnixTime,
        seen_at: Option<u64>,
        fallen: Option<u32>,
    }

    impl HasTimes for Sent {
        fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
            let Self { sent_at, seen_at, fallen } = self;
            visit(StoredTime::Seen { sent_at: *sent_at, seen_at, fallen });
        }
    }

    /// A clock that never fell is not stored, so that such a record does not grow.
    #[test]
    fn observed_falls_are_the_sum_or_absent() {
        for times in (0..81).map(|n| [n / 27 + 5, n / 9 % 3 + 5, n / 3 % 3 + 5, n % 3 + 5]) {
            let mut sent = Sent { sent_at: at(times[0]), seen_at: None, fallen: None };
            times[1..].iter().for_each(|time| sent.observe(at(*time)));
            let fallen: u64 = times.windows(2).map(|pair| pair[0].saturating_sub(pair[1])).sum();
            assert_eq!(sent.fallen.map(u64::from), (fallen > 0).then_some(fallen), "{times:?}");
            let moved = times.iter().any(|time| *time != times[0]);
            assert_eq!(sent.seen_at, moved.then_some(times[3]), "{times:?}");
        }
    }
}
