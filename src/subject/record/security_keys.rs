//! Stored security keys.

use alloc::{string::String, vec::Vec};

use minicbor::{CborLen, Decode, Decoder, Encode, Encoder, bytes::ByteSlice, decode, encode};

use super::{
    factor_summary::FactorSummary, factor_times::FactorTimes, fields::Id, limiter::Limiter,
};
use crate::{FactorKind, id::ItemId, wiped::Wiped};

/// The security keys of a subject.
///
/// They share one count, since a refused answer names no key.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct SecurityKeys {
    #[n(0)]
    pub(crate) keys: Vec<StoredKey>,
    #[n(1)]
    pub(crate) limiter: Limiter,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct StoredKey {
    #[n(0)]
    pub(crate) id: Id,
    #[n(1)]
    pub(crate) name: String,
    /// The credential, in the encoding of the crate that checks signatures.
    #[n(2)]
    pub(crate) credential: Blob,
    #[n(3)]
    pub(crate) times: FactorTimes,
}

impl SecurityKeys {
    pub(crate) const fn none() -> Self {
        Self { keys: Vec::new(), limiter: Limiter::new() }
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = FactorSummary<'_>> {
        self.keys.iter().enumerate().map(|(place, key)| FactorSummary {
            id: ItemId::new(*key.id),
            is_further: place > 0,
            ..FactorSummary::of(FactorKind::SecurityKey, key.times, &self.limiter)
        })
    }

    /// The other keys, and whether there was a key of this id.
    pub(crate) fn without(mut self, id: &ItemId) -> (Option<Self>, bool) {
        let before = self.keys.len();
        self.keys.retain(|key| *key.id != *id.as_bytes());
        let was_there = self.keys.len() < before;
        ((!self.keys.is_empty()).then_some(self), was_there)
    }
}

/// Bytes of another crate. They are wiped, since they may be secret.
#[derive(Clone)]
pub(crate) struct Blob(Wiped<Vec<u8>>);

impl Blob {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(Wiped::new(bytes.into()))
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
