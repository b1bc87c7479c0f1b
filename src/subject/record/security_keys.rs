//! Stored security keys.

use alloc::{string::String, vec::Vec};

use minicbor::{CborLen, Decode, Decoder, Encode, Encoder, bytes::ByteSlice, decode, encode};

use super::{factor_times::FactorTimes, fields::Id};
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
#[derive(Clone)]
pub(crate) struct Blob(Wiped<Vec<u8>>);

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

impl<C> Encode<C> for Blob {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Blob {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Ok(Self::new(d.bytes()?))
    }
}

impl<C> CborLen<C> for Blob {
    fn cbor_len(&self, _: &mut C) -> usize {
        minicbor::len::<&ByteSlice>(self.bytes().into())
    }
}
