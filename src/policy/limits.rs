//! Numeric limits: failed attempts, sends and hash costs.

use minicbor::{CborLen, Decode, Encode};

use super::fixed::{DEVICE_FAILURES, MAX_DISABLE_AT};
use crate::time::{DAY, HALF_AN_HOUR, HOUR};

/// The limits on failed attempts, for each factor or device separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FailureLimits {
    /// The consecutive failure that first locks the factor.
    pub(crate) waits_from: u32,
    /// The first lock in seconds. Each further failure doubles it.
    pub(crate) first_wait: u32,
    /// The longest lock in seconds.
    pub(crate) longest_wait: u32,
    /// The number of failures in a row that disables the factor or forgets the device, or
    /// [`NEVER`].
    pub(crate) disable_at: u32,
    pub(crate) slow: SlowLimit,
}

/// The effect of a slow count that reaches a number of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlowLimit {
    /// Attempts are refused until the count is lower.
    Closes(u16),
    /// The factor is disabled, or the device is forgotten.
    Disables(u16),
    None,
}

/// How failures at known devices are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceLimits {
    /// Each device has a count of its own.
    Each,
    /// All devices share one count (STD M-01).
    Shared,
}

impl FailureLimits {
    // STD N-41 (disabled at 100 or fewer), N-42 (locks of 30 s up to 1 h).
    pub(super) const DEFAULT: Self = Self {
        waits_from: 5,
        first_wait: 30,
        longest_wait: HOUR,
        disable_at: MAX_DISABLE_AT,
        slow: SlowLimit::Closes(40),
    };
    // STD M-03.
    pub(super) const PCI: Self = Self { waits_from: 10, first_wait: HALF_AN_HOUR, ..Self::DEFAULT };
    // STD M-01: five failures in all, of which two are at known devices.
    pub(super) const PSD2: Self = Self {
        waits_from: 3,
        first_wait: HALF_AN_HOUR,
        longest_wait: DAY,
        disable_at: NEVER,
        ..Self::DEFAULT
    };
    const PSD2_DEVICES: Self = Self { waits_from: 2, ..Self::PSD2 };
    const DEVICE: Self = Self {
        waits_from: NEVER,
        disable_at: DEVICE_FAILURES,
        slow: SlowLimit::Disables(20),
        ..Self::DEFAULT
    };

    /// Returns these limits, with at most this many failures in a row.
    pub(crate) fn disabled_at_most_at(self, failures: u32) -> Self {
        Self { disable_at: self.disable_at.min(failures), ..self }
    }

    /// Returns only the locks, for a count without a factor that could be enrolled again.
    pub(crate) const fn waits_only(self) -> Self {
        Self { disable_at: NEVER, slow: SlowLimit::None, ..self }
    }

    /// Returns limits that disable after this many failures in a row, without locks.
    pub(crate) const fn row_only(self, failures: u32) -> Self {
        Self { waits_from: NEVER, disable_at: failures, slow: SlowLimit::None, ..self }
    }

    /// Returns the stricter of both: earlier and longer locks, and fewer failures.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            waits_from: self.waits_from.min(other.waits_from),
            first_wait: self.first_wait.max(other.first_wait),
            longest_wait: self.longest_wait.max(other.longest_wait),
            disable_at: self.disable_at.min(other.disable_at),
            slow: self.slow,
        }
    }
}

impl SlowLimit {
    pub(crate) const fn closes_at(self) -> Option<u16> {
        match self {
            Self::Closes(failures) => Some(failures),
            Self::Disables(_) | Self::None => None,
        }
    }

    pub(crate) const fn disables_at(self) -> Option<u16> {
        match self {
            Self::Disables(failures) => Some(failures),
            Self::Closes(_) | Self::None => None,
        }
    }
}

impl DeviceLimits {
    pub(crate) const fn failures(self) -> FailureLimits {
        match self {
            Self::Each => FailureLimits::DEVICE,
            Self::Shared => FailureLimits::PSD2_DEVICES,
        }
    }

    /// Returns the stricter of both.
    pub(super) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Each, Self::Each) => Self::Each,
            _ => Self::Shared,
        }
    }
}

/// A number of failures that is never reached.
pub(crate) const NEVER: u32 = u32::MAX;

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
    /// Returns the half for callers that present no known device.
    pub(crate) const fn half(self) -> Self {
        Self { an_hour: self.an_hour.div_ceil(2), a_day: self.a_day.div_ceil(2) }
    }

    /// Returns the half for known devices: at least one message.
    pub(crate) fn known_half(self) -> Self {
        Self { an_hour: (self.an_hour / 2).max(1), a_day: (self.a_day / 2).max(1) }
    }

    /// Returns the lower limits of both.
    pub(super) fn and(self, other: Self) -> Self {
        Self { an_hour: self.an_hour.min(other.an_hour), a_day: self.a_day.min(other.a_day) }
    }
}

/// The limits on notices by text message: to one subject, and to one number over all subjects.
pub(crate) const TEXTED_NOTICES: SendLimits = SendLimits { an_hour: 5, a_day: 10 };
/// The limits on notices by email: to one subject, and to one mailbox over all subjects.
pub(crate) const MAILED_NOTICES: SendLimits = SendLimits { an_hour: 20, a_day: 60 };

/// The maximum numbers of unconverted codes to a phone prefix. Each converted code permits one
/// more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PrefixLimits {
    pub(crate) an_hour: u16,
    pub(crate) a_day: u16,
}

impl PrefixLimits {
    /// Returns the half that unproven numbers may use. The other half is reserved for proven ones.
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
