//! The stored support code.

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use super::{
    clock_fault::{HasTimes, StoredTime},
    lifetime::Lifetime,
    limiter::Limiter,
    slow_hash::SlowHash,
};

/// A backup code that support issued.
///
/// It is stored separately from the user's set, and has its own counter, so that guesses at the set
/// do not lock it.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct StoredSupportCode {
    /// The first bytes of a keyed hash. Only input with this selector is compared with the code.
    #[n(0)]
    pub(crate) selector: ByteArray<4>,
    #[n(1)]
    pub(crate) hash: SlowHash,
    #[n(2)]
    pub(crate) lifetime: Lifetime,
    #[n(3)]
    pub(crate) limiter: Limiter,
    /// A used code stays stored until its lifetime is over, so that a second use is reported as a
    /// replay.
    #[n(4)]
    pub(crate) is_used: bool,
}

impl HasTimes for StoredSupportCode {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { selector: _, hash: _, lifetime, limiter, is_used: _ } = self;
        lifetime.visit_times(visit);
        limiter.visit_times(visit);
    }
}
