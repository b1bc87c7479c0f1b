//! Accepted security-key ceremonies.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode};

use super::{
    clock_fault::{HasTimes, StoredTime},
    fields::Id,
};
use crate::{
    UnixTime,
    policy::{CEREMONY_MEMORY, MAX_CEREMONIES},
};

/// The ceremonies that were accepted last, so that none is accepted twice (law 3).
///
/// A ceremony is issued as a sealed text, which the application can present any number of times.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct AcceptedCeremonies {
    #[n(0)]
    latest: Vec<AcceptedCeremony>,
    /// Ceremonies that were issued until then are over, whether or not they were accepted.
    ///
    /// It advances when an id is dropped. Law 3 therefore depends neither on the number of ids nor
    /// on the clock that dropped them.
    #[n(1)]
    over_until: Option<u64>,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct AcceptedCeremony {
    #[n(0)]
    id: Id,
    #[n(1)]
    issued_at: u64,
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

    /// Whether the ceremony with this id was accepted.
    pub(crate) fn contains(&self, id: &Id) -> bool {
        self.latest.iter().any(|accepted| accepted.id == *id)
    }

    /// Whether a ceremony that was issued then is over, although it may not have expired.
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

    /// Ends every ceremony that was issued until then.
    pub(crate) fn end_until(&mut self, until: UnixTime) {
        let until = until.as_secs();
        self.over_until = self.over_until.max(Some(until));
        self.latest.retain(|accepted| accepted.issued_at > until);
    }
}

impl HasTimes for AcceptedCeremonies {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { latest, over_until } = self;
        for AcceptedCeremony { id: _, issued_at } in latest {
            visit(StoredTime::Instant(issued_at));
        }
        if let Some(until) = over_until {
            visit(StoredTime::Instant(until));
        }
    }
}
