//! Stored addresses that their owner has proven.

use minicbor::{CborLen, Decode, Encode};

use super::{
    factor_times::FactorTimes,
    fields::{Id, address},
    limiter::Limiter,
};
use crate::address::Address;

/// A phone number or email address that its owner has proven.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct ProvenAddress {
    #[n(0)]
    pub(crate) id: Id,
    #[cbor(n(1), with = "address")]
    pub(crate) address: Address,
    #[n(2)]
    pub(crate) limiter: Limiter,
    /// Whether it is a factor for signing in; otherwise it is for recovery only. The policy decides
    /// when the address is proven: a later change must neither leave an account unprotected nor
    /// turn a recovery address into a factor.
    #[n(3)]
    pub(crate) is_factor: bool,
    #[n(4)]
    pub(crate) times: FactorTimes,
    /// Whether its owner allows codes by WhatsApp.
    #[n(5)]
    pub(crate) takes_whatsapp: bool,
}
