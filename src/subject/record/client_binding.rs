//! Binding of stored values to a client.

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::ConstantTimeEq as _;

use crate::{client::Client, id::RecordId, keys::Keys};

/// The client for which a value was created, as a keyed hash, or the absence of a client.
#[derive(Clone, Copy, Default, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(crate) struct ClientBinding(#[n(0)] Option<ByteArray<32>>);

impl ClientBinding {
    /// Creates the binding of `client` in the record with this id.
    pub(crate) fn of(keys: &Keys, client: Option<&Client>, record: &RecordId) -> Self {
        Self(client.map(|client| keys.client_hash(client, record).into()))
    }

    /// Creates the binding of `client` in a sealed ceremony, which may have no subject.
    pub(crate) fn of_ceremony(keys: &Keys, client: Option<&Client>) -> Self {
        Self(client.map(|client| keys.ceremony_client_hash(client).into()))
    }

    /// Returns whether `client` may use what was created for `self`.
    ///
    /// The absence of a client counts as a distinct client: what was created without a client must
    /// be used without one.
    pub(crate) fn matches(&self, client: &Self) -> bool {
        match (&self.0, &client.0) {
            (None, None) => true,
            (Some(bound), Some(client)) => bool::from(bound.ct_eq(&**client)),
            (None, Some(_)) | (Some(_), None) => false,
        }
    }

    /// Returns whether both name a client, and the same one.
    pub(crate) fn is_same_known_client(&self, other: &Self) -> bool {
        self.0.is_some() && self.matches(other)
    }

    pub(crate) const fn is_known(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn hash(&self) -> Option<&[u8; 32]> {
        self.0.as_deref()
    }
}
