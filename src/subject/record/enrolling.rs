//! Counters of incorrect first codes to addresses.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode};

use super::{
    clock_fault::{HasTimes, StoredTime},
    fields::Id,
    limiter::Limiter,
};

/// The counters of incorrect first codes, one for each address.
///
/// A counter outlives its enrollment. Otherwise, another code to the same address would permit
/// another five guesses. The counters lock but never disable, because nothing can be enrolled
/// again.
#[derive(Default, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct AddressCounts(#[n(0)] pub(crate) Vec<AddressCount>);

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct AddressCount {
    /// A keyed hash of the address: the id of its budget.
    #[n(0)]
    pub(crate) address: Id,
    #[n(1)]
    pub(crate) limiter: Limiter,
}

impl AddressCounts {
    /// Begins or continues the counter of `address`.
    ///
    /// If there are too many counters, the lowest one of an address without an `open` enrollment
    /// ends.
    pub(crate) fn begin(&mut self, address: Id, open: &[Id]) {
        if self.limiter(&address).is_some() {
            return;
        }
        if self.0.len() >= MAX {
            let ended =
                self.0.iter().enumerate().filter(|(_, count)| !open.contains(&count.address));
            let lowest = ended.min_by_key(|(_, count)| count.limiter.failures);
            self.0.remove(lowest.map_or(0, |(place, _)| place));
        }
        self.0.push(AddressCount { address, limiter: Limiter::new() });
    }

    /// Ends the counter of an address that was proven.
    pub(crate) fn end(&mut self, address: &Id) {
        self.0.retain(|count| count.address != *address);
    }

    pub(crate) fn limiter(&self, address: &Id) -> Option<&Limiter> {
        self.0.iter().find(|count| count.address == *address).map(|count| &count.limiter)
    }

    pub(crate) fn limiter_mut(&mut self, address: &Id) -> Option<&mut Limiter> {
        self.0.iter_mut().find(|count| count.address == *address).map(|count| &mut count.limiter)
    }
}

impl HasTimes for AddressCounts {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self(counts) = self;
        counts
            .iter_mut()
            .for_each(|AddressCount { address: _, limiter }| limiter.visit_times(visit));
    }
}

/// More than the number of addresses whose enrollment may be pending.
const MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> Id {
        [number; 16].into()
    }

    #[test]
    fn lowest_count_without_an_enrollment_ends_first() {
        let mut counts = AddressCounts::default();
        for number in 1..=8 {
            counts.begin(id(number), &[]);
            counts.limiter_mut(&id(number)).unwrap().failures = number.into();
        }
        counts.begin(id(8), &[]);
        assert_eq!(counts.limiter(&id(8)).unwrap().failures, 8, "it continues");
        counts.begin(id(9), &[id(1)]);
        assert!(counts.limiter(&id(1)).is_some() && counts.limiter(&id(2)).is_none());
        assert_eq!(counts.limiter(&id(9)).unwrap().failures, 0);
        counts.end(&id(9));
        assert!(counts.limiter(&id(9)).is_none() && counts.0.len() == 7);
    }
}
