//! The sends of the last day, of a subject or to an address. Sends nothing.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode};

use super::{fields::Id, span::is_in_future};
use crate::{
    UnixTime,
    policy::SendLimits,
    time::{DAY, HOUR},
};

/// The sends of the last day, the oldest first.
#[derive(Default, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(super) struct SendHistory(#[n(0)] Vec<Entry>);

#[derive(Encode, Decode, CborLen)]
struct Entry {
    #[n(0)]
    id: Id,
    #[n(1)]
    at: u64,
}

impl SendHistory {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Whether a send with this id is among them.
    pub(super) fn contains(&self, id: &[u8; 16]) -> bool {
        self.0.iter().any(|entry| *entry.id == *id)
    }

    /// Writes down a send, and forgets those of the day before.
    pub(super) fn note(&mut self, id: [u8; 16], now: UnixTime) {
        self.0.retain(|entry| is_recent(entry.at, DAY, now));
        self.0.push(Entry { id: id.into(), at: now.as_secs() });
    }

    /// When there is room for one more, if there is none now.
    pub(super) fn full_until(&self, limits: &SendLimits, now: UnixTime) -> Option<UnixTime> {
        let over = |count: u8, secs: u32| {
            // The oldest of the last `count` must leave the span.
            let place = usize::from(count).saturating_sub(1);
            let first = self.0.iter().rev().nth(place)?.at;
            is_recent(first, secs, now).then(|| UnixTime::from_secs(first).plus(u64::from(secs)))
        };
        over(limits.an_hour, HOUR).max(over(limits.a_day, DAY))
    }

    pub(super) fn is_in_future(&self, now: UnixTime) -> bool {
        self.0.iter().any(|entry| is_in_future(UnixTime::from_secs(entry.at), now))
    }

    /// Counts a send whose time is a clock fault as one of now, so that it ends in a day.
    pub(super) fn repair(&mut self, now: UnixTime) {
        for entry in &mut self.0 {
            if is_in_future(UnixTime::from_secs(entry.at), now) {
                entry.at = now.as_secs();
            }
        }
    }
}

fn is_recent(at: u64, secs: u32, now: UnixTime) -> bool {
    now.since(UnixTime::from_secs(at)) < u64::from(secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SendLimits = SendLimits { an_hour: 2, a_day: 3 };

    fn sends(times: &[u64]) -> SendHistory {
        SendHistory(times.iter().map(|at| Entry { id: [0; 16].into(), at: *at }).collect())
    }

    fn until(times: &[u64], now: u64) -> Option<u64> {
        sends(times).full_until(&LIMITS, UnixTime::from_secs(now)).map(UnixTime::as_secs)
    }

    #[test]
    fn a_limit_of_two_is_two() {
        assert_eq!(until(&[], 10_000), None);
        assert_eq!(until(&[10_000], 10_000), None);
        assert_eq!(until(&[10_000, 10_001], 10_002), Some(13_600));
        assert_eq!(until(&[10_000, 10_001], 13_600), None);
    }

    #[test]
    fn the_later_of_hour_and_day_counts() {
        assert_eq!(until(&[0, 50_000, 60_000], 60_001), Some(86_400));
        assert_eq!(until(&[0, 86_000, 86_001], 86_399), Some(89_600));
    }

    #[test]
    fn a_send_in_the_future_counts_as_recent_until_it_is_mended() {
        assert_eq!(until(&[10_050, 10_060], 10_000), Some(13_650));
        let mut ahead = sends(&[1 << 40, 1 << 40]);
        let now = UnixTime::from_secs(10_000);
        assert!(ahead.is_in_future(now));
        ahead.repair(now);
        assert!(!ahead.is_in_future(now));
        assert_eq!(ahead.full_until(&LIMITS, now.plus(u64::from(HOUR))), None);
    }
}
