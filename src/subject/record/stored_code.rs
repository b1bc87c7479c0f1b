//! A sent code as the record stores it.

use alloc::{string::String, vec::Vec};
use core::mem;

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use super::{
    client_binding::ClientBinding,
    clock_fault::{HasTimes, StoredTime},
    fields::{Id, agreement},
    lifetime::Lifetime,
};
use crate::{
    amr::Methods,
    channel::Channel,
    factor::FactorKind,
    policy::RESEND_WAITS,
    purpose::{Agreement, Operation},
    remote::RemoteId,
    time::UnixTime,
};

/// A pending sent code. Only its keyed hash is stored.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct StoredCode {
    #[n(0)]
    pub(crate) id: Id,
    #[n(1)]
    pub(crate) purpose: u8,
    #[n(2)]
    pub(crate) code: ByteArray<32>,
    /// Codes that were sent earlier for this id. They are refused and not counted, because a code
    /// from a late message is not a guess.
    #[n(3)]
    pub(crate) earlier: Vec<ByteArray<32>>,
    /// The lifetime of the challenge. Another code does not extend it (STD N-08).
    #[n(4)]
    pub(crate) challenge_lifetime: Lifetime,
    #[n(5)]
    pub(crate) code_lifetime: Lifetime,
    #[n(6)]
    pub(crate) digits: u8,
    #[n(7)]
    pub(crate) client: ClientBinding,
    /// The agreement of a transaction, which the message of another code shows again.
    #[cbor(n(8), with = "agreement")]
    pub(crate) agreement: Option<Agreement>,
    /// The bit of the newest code's channel.
    #[n(9)]
    pub(crate) channel: u8,
    /// The bits of all channels that were tried.
    #[n(10)]
    pub(crate) tried: u8,
    /// Whether a carrier has reported the delivery of the newest code.
    #[n(11)]
    pub(crate) was_delivered: bool,
    /// The provider's id of a provider-managed code. It is empty until the provider returns it, and
    /// [`RELEASED`] once another code has replaced it. `code` is then random and matches no input.
    #[n(12)]
    pub(crate) provider_id: Option<String>,
}

impl StoredCode {
    pub(crate) fn purpose(&self) -> Operation {
        // An unknown tag belongs to a later format, which this release does not open. If one
        // appeared here, a code for `Enroll` would sign no user in.
        let agreed = self.agreement.as_ref().map(|agreement| agreement.purpose().into());
        agreed.or_else(|| Operation::from_parts(self.purpose, None)).unwrap_or(Operation::Enroll)
    }

    /// Returns the channel of the newest code.
    pub(crate) fn channel(&self) -> Option<Channel> {
        Channel::from_bit(self.channel)
    }

    /// Returns the methods by which the newest code proves its address.
    pub(crate) fn methods(&self) -> Methods {
        self.channel().map_or(Methods::of(FactorKind::Phone), Methods::of_channel)
    }

    pub(crate) const fn was_tried(&self, channel: Channel) -> bool {
        self.tried & channel.bit() != 0
    }

    /// Returns the time at which the newest code was sent.
    pub(crate) const fn sent_at(&self) -> UnixTime {
        self.code_lifetime.start()
    }

    pub(crate) const fn is_expired(&self, now: UnixTime) -> bool {
        self.challenge_lifetime.is_over(now) || self.code_lifetime.is_over(now)
    }

    /// Returns whether the challenge is over, so that none of its codes is valid.
    pub(crate) const fn is_finished(&self, now: UnixTime) -> bool {
        self.challenge_lifetime.is_over(now)
    }

    /// Returns whether another code may be sent for this id, with enough time left to arrive.
    pub(crate) fn can_be_sent_again(&self, now: UnixTime) -> bool {
        !self.challenge_lifetime.is_over(now.plus(SHORTEST_LIFETIME))
            && self.earlier.len() < RESEND_WAITS.len()
    }

    /// Returns the number of codes that were sent for this id.
    pub(crate) fn count(&self) -> u8 {
        u8::try_from(self.earlier.len() + 1).unwrap_or(u8::MAX)
    }

    pub(crate) fn expires_at(&self) -> UnixTime {
        core::cmp::min(self.code_lifetime.expires_at(), self.challenge_lifetime.expires_at())
    }

    /// Returns the provider's id of the code, or `None` if this crate generated the code.
    pub(crate) fn provider_id(&self) -> Option<&str> {
        self.provider_id.as_deref()
    }

    pub(crate) fn set_provider_id(&mut self, id: &RemoteId) {
        self.provider_id = Some(id.as_str().into());
    }

    /// Marks a provider-managed code as replaced, and returns its id, if any.
    pub(crate) fn release_provider_id(&mut self) -> Option<String> {
        let id = mem::replace(self.provider_id.as_mut()?, RELEASED.into());
        (!id.is_empty()).then_some(id)
    }

    pub(crate) const fn is_in_future(&self, now: UnixTime) -> bool {
        self.challenge_lifetime.is_in_future(now) || self.code_lifetime.is_in_future(now)
    }
}

impl HasTimes for StoredCode {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self {
            challenge_lifetime,
            code_lifetime,
            id: _,
            purpose: _,
            code: _,
            earlier: _,
            digits: _,
            client: _,
            agreement: _,
            channel: _,
            tried: _,
            was_delivered: _,
            provider_id: _,
        } = self;
        challenge_lifetime.visit_times(visit);
        code_lifetime.visit_times(visit);
    }
}

/// The seconds that a message needs to arrive and to be read.
const SHORTEST_LIFETIME: u64 = 60;
/// Not a valid provider id, so neither a code nor a response of the provider matches it.
const RELEASED: &str = ".";
