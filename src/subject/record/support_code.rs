//! The stored support code.

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use super::{
    clock_fault::{HasTimes, StoredTime},
    fields::unless_default,
    lifetime::Lifetime,
    slow_hash::SlowHash,
};
use crate::keys::Generation;

/// A backup code that support issued.
///
/// It is stored separately from the set of the user. Its failures are not counted, because it
/// cannot be guessed.
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
    /// It stays until its lifetime is over, so that a second use is reported as a replay.
    #[n(3)]
    pub(crate) is_used: bool,
    /// The generation of the selector and the hash.
    #[cbor(n(4), with = "unless_default", has_nil)]
    pub(crate) generation: Generation,
}

impl HasTimes for StoredSupportCode {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { selector: _, hash: _, lifetime, is_used: _, generation: _ } = self;
        lifetime.visit_times(visit);
    }
}
