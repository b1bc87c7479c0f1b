//! Repair of times in the future (law 10).
//!
//! Each stored type passes its times to a visitor, with a pattern that names every field. A new
//! field does not compile until it is visited or listed as skipped.

use super::lifetime::{Cooldown, Lifetime, is_in_future};
use crate::time::UnixTime;

/// One time of a record.
pub(crate) enum StoredTime<'a> {
    Cooldown(&'a mut Cooldown),
    /// The time of an event, in Unix seconds.
    Instant(&'a mut u64),
    Lifetime(&'a mut Lifetime),
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

    /// Ends future lifetimes, restarts future cooldowns, and sets future instants to now.
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
        }
    }

    const fn repair(self, now: UnixTime) {
        match self {
            Self::Cooldown(cooldown) => cooldown.repair(now),
            Self::Instant(at) => *at = now.as_secs(),
            Self::Lifetime(lifetime) => *lifetime = Lifetime::ended(),
        }
    }
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

impl HasTimes for Lifetime {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        visit(StoredTime::Lifetime(self));
    }
}
