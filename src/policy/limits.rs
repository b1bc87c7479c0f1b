//! Numeric limits: failed attempts, sends and hash costs.

use minicbor::{CborLen, Decode, Encode};

use crate::time::{HALF_AN_HOUR, HOUR};

/// The limits on failed attempts, for each factor separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FailureLimits {
    /// The consecutive failure that first locks the factor.
    pub(crate) waits_from: u32,
    /// The first lock in seconds. Each further failure doubles it.
    pub(crate) first_wait: u32,
    /// The longest lock in seconds.
    pub(crate) longest_wait: u32,
    /// The consecutive failure that disables the factor.
    pub(crate) disable_at: u32,
}

impl FailureLimits {
    // STD N-41 (disabled at 100 failures or fewer), N-42 (locks of 30 s up to 1 h).
    pub(super) const DEFAULT: Self =
        Self { waits_from: 5, first_wait: 30, longest_wait: HOUR, disable_at: 50 };
    // STD M-03.
    pub(super) const PCI: Self = Self { waits_from: 10, first_wait: HALF_AN_HOUR, ..Self::DEFAULT };
    // STD M-01: the factor is locked from the fifth failure on, as by default.
    pub(super) const PSD2: Self =
        Self { first_wait: HALF_AN_HOUR, disable_at: 10, ..Self::DEFAULT };

    /// Returns the stricter of both: earlier and longer locks, and fewer failures.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            waits_from: self.waits_from.min(other.waits_from),
            first_wait: self.first_wait.max(other.first_wait),
            longest_wait: self.longest_wait.max(other.longest_wait),
            disable_at: self.disable_at.min(other.disable_at),
        }
    }
}

/// The cost of a slow hash (Argon2id, one lane), as stored in records.
///
/// Each cost has its own number, which never changes its meaning. A higher cost gets a new number,
/// and is listed after the lower ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub(crate) enum HashCost {
    /// For the tests of an application: microseconds.
    #[n(0)]
    Cheap,
    /// OWASP Password Storage: 19 MiB and two passes, which take tens of milliseconds.
    #[n(1)]
    Usual,
}

impl HashCost {
    pub(crate) const fn memory_kib(self) -> u32 {
        match self {
            Self::Cheap => 8,
            Self::Usual => 19 << 10,
        }
    }

    pub(crate) const fn passes(self) -> u32 {
        match self {
            Self::Cheap => 1,
            Self::Usual => 2,
        }
    }
}

/// The maximum numbers of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SendLimits {
    pub(crate) an_hour: u8,
    pub(crate) a_day: u8,
}

impl SendLimits {
    /// Returns the half of an address's budget that unauthenticated requests may use. The other
    /// half is reserved for the owner.
    pub(crate) const fn half(self) -> Self {
        Self { an_hour: self.an_hour.div_ceil(2), a_day: self.a_day.div_ceil(2) }
    }

    /// Returns the lower limits of both.
    pub(super) fn and(self, other: Self) -> Self {
        Self { an_hour: self.an_hour.min(other.an_hour), a_day: self.a_day.min(other.a_day) }
    }
}

/// The maximum numbers of unconverted codes to a phone prefix. Each converted code permits one more
/// code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PrefixLimits {
    pub(crate) an_hour: u16,
    pub(crate) a_day: u16,
}

impl PrefixLimits {
    /// Returns half of the budget, like [`SendLimits::half`].
    pub(crate) const fn half(self) -> Self {
        Self { an_hour: self.an_hour.div_ceil(2), a_day: self.a_day.div_ceil(2) }
    }

    /// Returns the lower limits of both.
    pub(super) fn and(self, other: Self) -> Self {
        Self { an_hour: self.an_hour.min(other.an_hour), a_day: self.a_day.min(other.a_day) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_hash_cost_is_one_that_owasp_recommends() {
        let recommended = [(46 << 10, 1), (19 << 10, 2), (12 << 10, 3), (9 << 10, 4), (7 << 10, 5)];
        let usual = HashCost::Usual;
        assert!(recommended.contains(&(usual.memory_kib(), usual.passes())));
    }
}
