//! Stored security keys.

use alloc::{string::String, vec::Vec};

use minicbor::{CborLen, Decode, Encode};

use super::{
    factor_times::FactorTimes,
    fields::{Id, wiped},
};
use crate::wiped::Wiped;

/// A security key.
///
/// Its failures are not counted, because a signature cannot be guessed.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct StoredKey {
    #[n(0)]
    pub(crate) id: Id,
    #[n(1)]
    pub(crate) name: String,
    /// The credential, in the encoding of the crate that verifies signatures.
    #[n(2)]
    pub(crate) credential: Blob,
    #[n(3)]
    pub(crate) times: FactorTimes,
}

/// Bytes of another crate. They are wiped on drop, because they may be secret.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct Blob(#[cbor(n(0), with = "wiped")] Wiped<Vec<u8>>);

impl Blob {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(Wiped::new(bytes.into()))
    }

    /// Copies at most `most` bytes and one more, by which the caller detects input that is too
    /// long.
    pub(crate) fn bounded(bytes: &[u8], most: usize) -> Self {
        Self::new(bytes.get(..=most).unwrap_or(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}
