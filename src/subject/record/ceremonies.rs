//! Accepted security-key ceremonies.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode};

use super::{
    clock_fault::{HasTimes, StoredTime},
    fields::Id,
    lifetime::latest_valid,
};
use crate::{
    policy::{CEREMONY_MEMORY, MAX_CEREMONIES},
    time::UnixTime,
};

/// The most recently accepted ceremonies, so that none is accepted twice (law 3).
///
/// A ceremony is issued as a sealed string, which the application can present any number of times.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct AcceptedCeremonies {
    #[n(0)]
    pub(crate) latest: Vec<AcceptedCeremony>,
    /// The time up to which issued ceremonies are over, even if they were never accepted.
    ///
    /// The time advances when an id is dropped. Law 3 therefore depends neither on the number of
    /// ids nor on the clock by which they are dropped.
    #[n(1)]
    pub(crate) over_until: Option<u64>,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct AcceptedCeremony {
    #[n(0)]
    pub(crate) id: Id,
    #[n(1)]
    pub(crate) issued_at: u64,
}

impl AcceptedCeremonies {
    pub(crate) const fn new() -> Self {
        Self { latest: Vec::new(), over_until: None }
    }

    /// Adds a ceremony that is accepted now.
    pub(crate) fn add(&mut self, id: Id, issued_at: UnixTime) {
        self.latest.push(AcceptedCeremony { id, issued_at: issued_at.as_secs() });
        if self.latest.len() > MAX_CEREMONIES {
            let oldest = self.latest.iter().map(|accepted| accepted.issued_at).min();
            self.end_until(oldest.map_or(issued_at, UnixTime::from_secs));
        }
    }

    /// Returns whether the ceremony with this id was accepted.
    pub(crate) fn contains(&self, id: &Id) -> bool {
        self.latest.iter().any(|accepted| accepted.id == *id)
    }

    /// Returns whether a ceremony that was issued at this time is over, even if it has not expired.
    pub(crate) fn is_over(&self, issued_at: UnixTime) -> bool {
        self.over_until.is_some_and(|until| issued_at.as_secs() <= until)
    }

    /// Drops the ids of ceremonies that expired long ago.
    pub(crate) fn drop_expired(&mut self, now: UnixTime) {
        let times = self.latest.iter().map(|accepted| UnixTime::from_secs(accepted.issued_at));
        let expired = times.filter(|issued_at| now.since(*issued_at) >= CEREMONY_MEMORY).max();
        if let Some(until) = expired {
            self.end_until(until);
        }
    }

    /// Repairs an `over_until` in the future, which would refuse every ceremony until then.
    ///
    /// It becomes the latest time at which a currently valid ceremony can have been issued.
    pub(crate) fn repair_end(&mut self, now: UnixTime) {
        self.over_until = self.over_until.map(|until| until.min(latest_valid(now).as_secs()));
    }

    /// Ends every ceremony that was issued up to `until`.
    pub(crate) fn end_until(&mut self, until: UnixTime) {
        let until = until.as_secs();
        self.over_until = self.over_until.max(Some(until));
        self.latest.retain(|accepted| accepted.issued_at > until);
    }
}

impl HasTimes for AcceptedCeremonies {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        // The id of a ceremony from the future is retained, because the ceremony must not be
        // accepted then.
        let Self { latest: _, over_until } = self;
        if let Some(until) = over_until {
            visit(StoredTime::Instant(until));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

    fn id(of: u8) -> Id {
        [of; 16].into()
    }

    /// Returns whether a ceremony can be accepted.
    fn is_open(accepted: &AcceptedCeremonies, of: u8, issued_at: UnixTime) -> bool {
        !accepted.contains(&id(of)) && !accepted.is_over(issued_at)
    }

    #[test]
    fn accepted_ceremonies_stay_accepted_after_ids_are_dropped() {
        let mut accepted = AcceptedCeremonies::new();
        // The ceremonies are issued in any order, so the oldest is not the first.
        let issued = |of: u8| NOW.plus(u64::from(of.wrapping_mul(37) % 50));
        for of in 0..50 {
            accepted.add(id(of), issued(of));
            assert!(accepted.latest.len() <= MAX_CEREMONIES);
            assert!((0..=of).all(|of| !is_open(&accepted, of, issued(of))), "{of}");
        }
        for later in [0, 299, 300, 1 << 40] {
            accepted.drop_expired(NOW.plus(later));
            assert!((0..50).all(|of| !is_open(&accepted, of, issued(of))), "{later}");
        }
        assert!(accepted.latest.is_empty());
        assert!(is_open(&accepted, 99, NOW.plus(50)), "newer ones are not affected");
    }

    #[test]
    fn ceremonies_within_the_bound_end_no_other() {
        let mut accepted = AcceptedCeremonies::new();
        for of in 0..u8::try_from(MAX_CEREMONIES).unwrap() {
            accepted.add(id(of), NOW);
        }
        assert!(is_open(&accepted, 99, NOW));
        accepted.add(id(98), NOW);
        assert!(!is_open(&accepted, 99, NOW));
    }

    #[test]
    fn ids_are_stored_for_five_minutes() {
        let mut accepted = AcceptedCeremonies::new();
        accepted.add(id(1), NOW);
        accepted.add(id(2), NOW.plus(10));
        accepted.drop_expired(NOW.plus(299));
        assert_eq!(accepted.latest.len(), 2);
        assert!(is_open(&accepted, 3, NOW), "nothing was dropped");
        accepted.drop_expired(NOW.plus(300));
        assert_eq!(accepted.latest.len(), 1);
        assert!(!is_open(&accepted, 3, NOW) && is_open(&accepted, 3, NOW.plus(1)));
    }

    #[test]
    fn end_in_the_future_is_repaired() {
        let mut accepted = AcceptedCeremonies::new();
        accepted.add(id(1), NOW.plus(1000));
        accepted.end_until(NOW.plus(900));
        assert!(accepted.has_clock_fault(NOW));
        accepted.repair_end(NOW);
        assert!(!accepted.has_clock_fault(NOW));
        assert!(!is_open(&accepted, 2, NOW.plus(120)) && is_open(&accepted, 2, NOW.plus(121)));
        accepted.drop_expired(NOW.plus(1000));
        assert!(!is_open(&accepted, 1, NOW.plus(1000)), "it is not accepted when its time comes");
    }
}
