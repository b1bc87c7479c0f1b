//! Quarantines: refusals of sensitive changes for some time.

use minicbor::{CborLen, Decode, Encode};

use super::{
    clock_fault::{HasTimes, StoredTime},
    lifetime::Cooldown,
};
use crate::{
    policy::{QUARANTINE, UNDO},
    time::UnixTime,
};

/// The cause of a quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quarantined {
    /// A first factor that is based on the assertion of the application.
    ///
    /// During the quarantine, the factor can be undone. The factor alone then cannot set a PIN, and
    /// no recovery address counts.
    FirstFactor,
    /// A device that gained access. During the quarantine, no first PIN can be set.
    NewDevice,
    /// A number that another client registered. During the quarantine, the number alone permits no
    /// changes.
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
#[derive(Default, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Quarantines {
    #[n(0)]
    pub(crate) first_factor: Option<Cooldown>,
    #[n(1)]
    pub(crate) new_device: Option<Cooldown>,
    #[n(2)]
    pub(crate) number: Option<Cooldown>,
}

impl Quarantines {
    /// Begins a quarantine, which replaces an earlier one of this kind.
    pub(crate) const fn begin(&mut self, of: Quarantined, now: UnixTime) {
        *self.of_mut(of) = Some(Cooldown::new(now, of.secs()));
    }

    pub(crate) const fn end(&mut self, of: Quarantined) {
        *self.of_mut(of) = None;
    }

    /// Returns the time at which it ends, or `None` if it is over or never began.
    pub(crate) fn until(&self, of: Quarantined, now: UnixTime) -> Option<UnixTime> {
        let wait = match of {
            Quarantined::FirstFactor => self.first_factor,
            Quarantined::NewDevice => self.new_device,
            Quarantined::Number => self.number,
        };
        wait?.ends_after(now)
    }

    pub(crate) fn is_over(&self, of: Quarantined, now: UnixTime) -> bool {
        self.until(of, now).is_none()
    }

    const fn of_mut(&mut self, of: Quarantined) -> &mut Option<Cooldown> {
        match of {
            Quarantined::FirstFactor => &mut self.first_factor,
            Quarantined::NewDevice => &mut self.new_device,
            Quarantined::Number => &mut self.number,
        }
    }
}

impl HasTimes for Quarantines {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { first_factor, new_device, number } = self;
        for wait in [first_factor, new_device, number].into_iter().flatten() {
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
        let mut quarantines = Quarantines::default();
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
    }
}
