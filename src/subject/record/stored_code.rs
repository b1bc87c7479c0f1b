//! A sent code as the record stores it.

use alloc::{string::String, vec::Vec};
use core::mem;

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use super::{
    client_binding::ClientBinding,
    clock_fault::{HasTimes, StoredTime},
    fields::{Id, agreement},
    lifetime::{Lifetime, TOLERANCE},
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

/// A sent code that waits for its answer. Only its keyed hash is stored.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct StoredCode {
    #[n(0)]
    pub(crate) id: Id,
    #[n(1)]
    pub(crate) purpose: u8,
    #[n(2)]
    pub(crate) code: ByteArray<32>,
    /// Codes sent earlier under this id. They are refused and not counted, since a late message is
    /// not a guess.
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
    /// The id of a provider-managed code at the provider: empty until the provider returns it, and
    /// [`RELEASED`] once another code has replaced it. `code` is then random and matches no input.
    #[n(12)]
    pub(crate) provider_id: Option<String>,
    /// When a later write saw the code.
    #[n(13)]
    pub(crate) seen_at: Option<u64>,
    /// The seconds by which the clock fell since the code was sent, over all falls.
    #[n(14)]
    pub(crate) fallen: Option<u32>,
}

impl StoredCode {
    pub(crate) fn purpose(&self) -> Operation {
        // An unknown tag belongs to a later format, which does not open. Should one appear here, a
        // code for `Enroll` signs no user in.
        let agreed = self.agreement.as_ref().map(|agreement| agreement.purpose().into());
        agreed.or_else(|| Operation::from_parts(self.purpose, None)).unwrap_or(Operation::Enroll)
    }

    /// The channel of the newest code.
    pub(crate) fn channel(&self) -> Option<Channel> {
        Channel::from_bit(self.channel)
    }

    /// How the newest code proves its address.
    pub(crate) fn methods(&self) -> Methods {
        self.channel().map_or(Methods::of(FactorKind::Phone), Methods::of_channel)
    }

    pub(crate) const fn was_tried(&self, channel: Channel) -> bool {
        self.tried & channel.bit() != 0
    }

    /// When the newest code was sent.
    pub(crate) const fn sent_at(&self) -> UnixTime {
        self.code_lifetime.start()
    }

    pub(crate) const fn is_expired(&self, now: UnixTime) -> bool {
        let now = self.without_falls(now);
        self.challenge_lifetime.is_over(now) || self.code_lifetime.is_over(now)
    }

    /// Whether the challenge is over, so that no code of it is valid.
    pub(crate) const fn is_finished(&self, now: UnixTime) -> bool {
        self.challenge_lifetime.is_over(self.without_falls(now))
    }

    /// The time as if the clock had fallen by no more than the tolerance.
    ///
    /// Law 10: falls within the tolerance are no clock faults, and must not extend a lifetime again
    /// and again.
    const fn without_falls(&self, now: UnixTime) -> UnixTime {
        match self.fallen {
            Some(fallen) => now.plus((fallen as u64).saturating_sub(TOLERANCE)),
            None => now,
        }
    }

    /// Whether another code may be sent under this id, with enough time left to arrive.
    pub(crate) fn can_be_sent_again(&self, now: UnixTime) -> bool {
        !self.challenge_lifetime.is_over(now.plus(SHORTEST_LIFETIME))
            && self.earlier.len() < RESEND_WAITS.len()
    }

    /// How many codes were sent under this id.
    pub(crate) fn count(&self) -> u8 {
        u8::try_from(self.earlier.len() + 1).unwrap_or(u8::MAX)
    }

    pub(crate) fn expires_at(&self) -> UnixTime {
        core::cmp::min(self.code_lifetime.expires_at(), self.challenge_lifetime.expires_at())
    }

    /// The provider's id of the code; `None` if the crate generated it.
    pub(crate) fn provider_id(&self) -> Option<&str> {
        self.provider_id.as_deref()
    }

    pub(crate) fn set_provider_id(&mut self, id: &RemoteId) {
        self.provider_id = Some(id.as_str().into());
    }

    /// Marks a provider-managed code as replaced, and returns its id if it has one.
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
            seen_at,
            fallen,
        } = self;
        let sent_at = code_lifetime.start();
        visit(StoredTime::Seen { sent_at, seen_at, fallen });
        challenge_lifetime.visit_times(visit);
        code_lifetime.visit_times(visit);
    }
}

/// The time that a message needs to arrive and to be read.
const SHORTEST_LIFETIME: u64 = 60;
/// Not a valid provider id, so that neither a code nor a provider's answer matches it.
const RELEASED: &str = ".";
