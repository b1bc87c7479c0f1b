//! Quarantines: what must wait after a change.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode};

use super::{
    clock_fault::{HasTimes, StoredTime},
    lifetime::Cooldown,
};
use crate::{
    UnixTime,
    policy::{QUARANTINE, UNDO},
};

/// What is in quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub(crate) enum Quarantined {
    /// A first factor that rests on the word of the application.
    ///
    /// Until it ends, the factor can be undone, and with it alone no PIN is set and no recovery
    /// address counts.
    #[n(0)]
    FirstFactor,
    /// A device that gained access. Until it ends, no first PIN is set.
    #[n(1)]
    NewDevice,
    /// A number that another client registered. Until it ends, the number alone permits no changes.
    #[n(2)]
    Number,
}

impl Quarantined {
    const fn secs(self) -> u32 {
        match self {
            Self::FirstFactor => UNDO,
            Self::NewDevice | Self::Number => QUARANTINE,
        }
    }
}

/// The quarantines of a subject, at most one of each kind.
#[derive(Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct Quarantines(#[n(0)] Vec<Quarantine>);

#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(map)]
struct Quarantine {
    #[n(0)]
    of: Quarantined,
    #[n(1)]
    wait: Cooldown,
}

impl Quarantines {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Begins a quarantine, in place of an earlier one of this kind.
    pub(crate) fn begin(&mut self, of: Quarantined, now: UnixTime) {
        self.end(of);
        self.0.push(Quarantine { of, wait: Cooldown::new(now, of.secs()) });
    }

    pub(crate) fn end(&mut self, of: Quarantined) {
        self.0.retain(|known| known.of != of);
    }

    /// When it ends; `None` if it is over, or never began.
    pub(crate) fn until(&self, of: Quarantined, now: UnixTime) -> Option<UnixTime> {
        self.0.iter().find(|known| known.of == of)?.wait.ends_after(now)
    }

    pub(crate) fn is_over(&self, of: Quarantined, now: UnixTime) -> bool {
        self.until(of, now).is_none()
    }
}

impl HasTimes for Quarantines {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        for Quarantine { of: _, wait } in &mut self.0 {
            wait.visit_times(visit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: UnixTime = UnixTime::from_secs(1_000_000);

    #[test]
    fn quarantine_is_of_one_kind_and_begins_again() {
        let mut quarantines = Quarantines::new();
        quarantines.begin(Quarantined::Number, START);
        quarantines.begin(Quarantined::FirstFactor, START);
        quarantines.begin(Quarantined::Number, START.plus(100));
        let until = |of| quarantines.until(of, START.plus(200));
        assert_eq!(until(Quarantined::Number), Some(START.plus(100 + u64::from(QUARANTINE))));
        assert_eq!(until(Quarantined::FirstFactor), Some(START.plus(u64::from(UNDO))));
        assert_eq!(until(Quarantined::NewDevice), None);
        assert!(quarantines.is_over(Quarantined::FirstFactor, START.plus(u64::from(UNDO))));
        quarantines.end(Quarantined::Number);
        assert!(quarantines.is_over(Quarantined::Number, START));
        assert_eq!(quarantines.0.len(), 1);
    }
}
