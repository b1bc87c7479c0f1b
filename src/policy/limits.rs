//! How often, in numbers: tries, sends, and what a hash costs. Decides nothing.

use minicbor::{CborLen, Decode, Encode};

use crate::time::{HALF_AN_HOUR, HOUR};

/// What wrong tries lead to, for each factor on its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FailureLimits {
    /// The failure in a row from which there is a wait.
    pub(crate) waits_from: u32,
    /// The first wait in seconds; each failure more doubles it.
    pub(crate) first_wait: u32,
    /// The longest wait in seconds.
    pub(crate) longest_wait: u32,
    /// The failure in a row that disables the factor.
    pub(crate) disable_at: u32,
    /// The failures over all factors that disable every one that took part.
    pub(crate) disable_all_at: u32,
}

impl FailureLimits {
    // STD N-41 (disabled at 100 or fewer), N-42 (waits of 30 s up to 1 h).
    pub(super) const DEFAULT: Self = Self {
        waits_from: 5,
        first_wait: 30,
        longest_wait: HOUR,
        disable_at: 50,
        disable_all_at: 100,
    };
    // STD M-03.
    pub(super) const PCI: Self = Self { waits_from: 10, first_wait: HALF_AN_HOUR, ..Self::DEFAULT };
    // STD M-01: waits from the fifth on, as any.
    pub(super) const PSD2: Self =
        Self { first_wait: HALF_AN_HOUR, disable_at: 10, ..Self::DEFAULT };
}

/// What a slow hash costs (Argon2id, one lane), as records name it: a number for each cost there is.
///
/// One that is to cost more is a new number, never another meaning of an old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub(crate) enum HashCost {
    /// For tests of a host: microseconds.
    #[n(0)]
    Cheap,
    /// OWASP Password Storage: 19 MiB and two passes, tens of milliseconds.
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

/// How many messages may be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SendLimits {
    pub(crate) an_hour: u8,
    pub(crate) a_day: u8,
}

impl SendLimits {
    /// What strangers may spend of the budget of an address: the other half is its owner's.
    pub(crate) const fn half(self) -> Self {
        Self { an_hour: self.an_hour.div_ceil(2), a_day: self.a_day.div_ceil(2) }
    }
}

/// How many codes may go to numbers that begin alike and not be entered; each that is makes room for
/// one more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PrefixLimits {
    pub(crate) an_hour: u16,
    pub(crate) a_day: u16,
}

impl PrefixLimits {
    /// As [`SendLimits::half`].
    pub(crate) const fn half(self) -> Self {
        Self { an_hour: self.an_hour.div_ceil(2), a_day: self.a_day.div_ceil(2) }
    }
}
