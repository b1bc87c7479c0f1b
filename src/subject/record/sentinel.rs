//! The stored sentinel, which detects incorrect keys.

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::ConstantTimeEq as _;

use super::codec::Stored;

/// The body of the sentinel.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Sentinel {
    /// A keyed hash of the key that names the records.
    #[n(0)]
    fingerprint: ByteArray<16>,
}

impl Stored for Sentinel {}

impl Sentinel {
    pub(crate) fn new(fingerprint: [u8; 16]) -> Self {
        Self { fingerprint: fingerprint.into() }
    }

    pub(crate) fn is_of(&self, fingerprint: &[u8; 16]) -> bool {
        self.fingerprint.ct_eq(&fingerprint[..]).into()
    }
}
