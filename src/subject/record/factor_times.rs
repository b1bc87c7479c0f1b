//! Times of a factor that are shown to its owner.

use minicbor::{CborLen, Decode, Encode};

use crate::time::UnixTime;

/// The times of a factor's confirmation and last use (STD N-49).
///
/// The user sees these times. No decision depends on them.
#[derive(Clone, Copy, Debug, Encode, Decode, CborLen)]
pub(crate) struct FactorTimes {
    #[n(0)]
    pub(crate) enrolled_at: u64,
    #[n(1)]
    pub(crate) last_used_at: u64,
}

impl FactorTimes {
    pub(crate) const fn new(now: UnixTime) -> Self {
        Self { enrolled_at: now.as_secs(), last_used_at: now.as_secs() }
    }

    pub(crate) const fn enrolled_at(self) -> UnixTime {
        UnixTime::from_secs(self.enrolled_at)
    }

    pub(crate) const fn last_used_at(self) -> UnixTime {
        UnixTime::from_secs(self.last_used_at)
    }

    pub(crate) const fn touch(&mut self, now: UnixTime) {
        self.last_used_at = now.as_secs();
    }
}
