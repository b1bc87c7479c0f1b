//! Binding of stored values to a client.

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::{Choice, ConstantTimeEq as _};

use crate::{
    client::Client,
    id::RecordId,
    keys::{Keys, MAX_GENERATIONS},
};

/// The client for which a value was created, as a keyed hash, or the absence of a client.
#[derive(Clone, Copy, Default, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct ClientBinding(#[n(0)] Option<ByteArray<32>>);

impl ClientBinding {
    /// Returns whether `client` may use what was created for `self`.
    ///
    /// The absence of a client counts as a distinct client: a value that was created without a
    /// client must be used without one.
    pub(crate) fn matches(&self, client: &PresentedClient) -> bool {
        match self.0 {
            None => !client.is_known(),
            Some(_) => self.is_same_known_client(client),
        }
    }

    /// Returns whether both name a client, and the same one.
    pub(crate) fn is_same_known_client(&self, client: &PresentedClient) -> bool {
        client.0.iter().fold(Choice::from(0), |any, one| any | self.is(one)).into()
    }

    /// Returns whether both name a client, and the same one, in the same generation.
    pub(crate) fn is(&self, other: &Self) -> Choice {
        match (&self.0, &other.0) {
            (Some(bound), Some(other)) => bound.ct_eq(&**other),
            _ => Choice::from(0),
        }
    }

    /// Returns the client of a hash, which is zero in the absence of a client.
    pub(crate) fn from_hash(hash: [u8; 32]) -> Self {
        Self((hash != [0; 32]).then_some(hash.into()))
    }

    pub(crate) const fn is_known(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn hash(&self) -> Option<&[u8; 32]> {
        self.0.as_deref()
    }
}

/// The client of a request, as each known generation of keys identifies it.
///
/// A stored binding does not name its generation, so it is compared under each known generation.
/// While a generation replaces another, a client therefore stays blocked, and can still use what
/// was created for it.
#[derive(Clone, Copy, Default)]
pub(crate) struct PresentedClient([ClientBinding; MAX_GENERATIONS]);

impl PresentedClient {
    /// Returns `client` as it is identified in the record with this id.
    pub(crate) fn of(keys: &Keys, client: Option<&Client>, record: &RecordId) -> Self {
        client.map(|client| Self::hashed(keys.client_hashes(client, record))).unwrap_or_default()
    }

    /// Returns `client` as sealed ceremonies identify it, which may have no subject.
    pub(crate) fn of_ceremony(keys: &Keys, client: Option<&Client>) -> Self {
        client.map(|client| Self::hashed(keys.ceremony_client_hashes(client))).unwrap_or_default()
    }

    fn hashed(hashes: impl Iterator<Item = [u8; 32]>) -> Self {
        let mut presented = Self::default();
        for (place, hash) in presented.0.iter_mut().zip(hashes) {
            *place = ClientBinding(Some(hash.into()));
        }
        presented
    }

    /// Returns the binding to store, of the generation that seals.
    pub(crate) const fn binding(&self) -> ClientBinding {
        let [newest, ..] = self.0;
        newest
    }

    pub(crate) const fn is_known(&self) -> bool {
        self.binding().is_known()
    }
}
