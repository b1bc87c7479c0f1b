//! Sends of the last day, and the backoff between them.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode};

use super::{
    clock_fault::{HasTimes, StoredTime},
    fields::Id,
    lifetime::Cooldown,
};
use crate::{
    policy::{CHALLENGE_LIFE, SendLimits},
    time::{DAY, HOUR, UnixTime},
};

/// Sends of the last day, of a subject or to an address, oldest first.
#[derive(Default, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct SendHistory(#[n(0)] pub(crate) Vec<Send>);

#[derive(Encode, Decode, CborLen)]
pub(crate) struct Send {
    #[n(0)]
    pub(crate) id: Id,
    #[n(1)]
    pub(crate) at: u64,
}

impl SendHistory {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn contains(&self, id: &[u8; 16]) -> bool {
        self.0.iter().any(|send| *send.id == *id)
    }

    pub(crate) fn record(&mut self, id: [u8; 16], now: UnixTime) {
        self.0.retain(|send| is_recent(send.at, DAY, now));
        self.0.push(Send { id: id.into(), at: now.as_secs() });
    }

    /// Drops sends that no longer count.
    pub(crate) fn drop_old(&mut self, now: UnixTime) {
        self.0.retain(|send| is_recent(send.at, DAY, now));
    }

    /// Returns the time at which the next send is within the limits, or `None` if it is now.
    pub(crate) fn full_until(&self, limits: &SendLimits, now: UnixTime) -> Option<UnixTime> {
        let over = |count: u8, secs: u32| {
            // The oldest of the last `count` must leave the period.
            let place = usize::from(count).saturating_sub(1);
            let first = self.0.iter().rev().nth(place)?.at;
            is_recent(first, secs, now).then(|| UnixTime::from_secs(first).plus(u64::from(secs)))
        };
        over(limits.an_hour, HOUR).max(over(limits.a_day, DAY))
    }
}

impl HasTimes for SendHistory {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        for Send { id: _, at } in &mut self.0 {
            visit(StoredTime::Instant(at));
        }
    }
}

/// The sends of known devices.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct KnownSends {
    #[n(0)]
    pub(crate) backoff: Backoff,
    #[n(1)]
    pub(crate) sends: SendHistory,
}

impl KnownSends {
    pub(crate) const fn new() -> Self {
        Self { backoff: Backoff::new(), sends: SendHistory::new() }
    }
}

impl HasTimes for KnownSends {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { backoff, sends } = self;
        backoff.visit_times(visit);
        sends.visit_times(visit);
    }
}

/// The backoff between codes, for all challenges of a lane.
#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Backoff {
    /// The number of codes since the last success or the last long pause.
    #[n(0)]
    pub(crate) count: u8,
    /// The wait before the next code.
    #[n(1)]
    pub(crate) wait: Cooldown,
}

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self { count: 0, wait: Cooldown::none() }
    }

    /// Returns the backoff after one more code.
    ///
    /// `waits` returns the seconds to wait after the given number of codes.
    pub(crate) fn next(&self, now: UnixTime, waits: impl FnOnce(u8) -> u32) -> Self {
        let is_long_ago = self.wait.start().plus(u64::from(CHALLENGE_LIFE)) <= now;
        let before = if is_long_ago { 0 } else { self.count };
        Self { count: before.saturating_add(1), wait: Cooldown::new(now, waits(before)) }
    }

    /// Returns the time at which the next code is permitted, or `None` if it is permitted now.
    pub(crate) fn waits_until(&self, now: UnixTime) -> Option<UnixTime> {
        self.wait.ends_after(now)
    }

    pub(crate) const fn ends_at(&self) -> UnixTime {
        self.wait.ends_at()
    }
}

impl HasTimes for Backoff {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { count: _, wait } = self;
        wait.visit_times(visit);
    }
}

/// Returns whether `at` is less than `secs` ago. A time in the future counts as recent.
fn is_recent(at: u64, secs: u32, now: UnixTime) -> bool {
    now.since(UnixTime::from_secs(at)) < u64::from(secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SendLimits = SendLimits { an_hour: 2, a_day: 3 };

    fn sends(times: &[u64]) -> SendHistory {
        SendHistory(times.iter().map(|at| Send { id: [0; 16].into(), at: *at }).collect())
    }

    fn until(times: &[u64], now: u64) -> Option<u64> {
        sends(times).full_until(&LIMITS, UnixTime::from_secs(now)).map(UnixTime::as_secs)
    }

    #[test]
    fn limit_of_two_allows_two() {
        assert_eq!(until(&[], 10_000), None);
        assert_eq!(until(&[10_000], 10_000), None);
        assert_eq!(until(&[10_000, 10_001], 10_002), Some(13_600));
        assert_eq!(until(&[10_000, 10_001], 13_600), None);
    }

    #[test]
    fn later_of_hour_and_day_decides() {
        assert_eq!(until(&[0, 50_000, 60_000], 60_001), Some(86_400));
        assert_eq!(until(&[0, 86_000, 86_001], 86_399), Some(89_600));
    }

    #[test]
    fn future_send_counts_as_recent_until_repaired() {
        assert_eq!(until(&[10_050, 10_060], 10_000), Some(13_650));
        let mut ahead = sends(&[1 << 40, 1 << 40]);
        let now = UnixTime::from_secs(10_000);
        assert!(ahead.has_clock_fault(now));
        ahead.repair_times(now);
        assert!(!ahead.has_clock_fault(now));
        assert_eq!(ahead.full_until(&LIMITS, now.plus(u64::from(HOUR))), None);
    }
}
