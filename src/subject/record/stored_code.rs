//! A sent code as the record stores it.

use alloc::vec::Vec;
use core::mem;

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use super::{
    client_binding::ClientBinding,
    clock_fault::{HasTimes, StoredTime},
    fields::{Id, agreement, channel, channels, provider_id, purpose, unless_default},
    lifetime::{Lifetime, TOLERANCE},
};
use crate::{
    amr::Methods,
    channel::{Channel, ChannelSet},
    keys::Generation,
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
    #[cbor(n(1), with = "purpose")]
    pub(crate) purpose: Operation,
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
    #[cbor(n(8), with = "agreement", has_nil)]
    pub(crate) agreement: Option<Agreement>,
    /// The channel of the newest code.
    #[cbor(n(9), with = "channel")]
    pub(crate) channel: Channel,
    #[cbor(n(10), with = "channels")]
    pub(crate) tried: ChannelSet,
    /// Whether a carrier has reported the delivery of the newest code.
    #[n(11)]
    pub(crate) was_delivered: bool,
    /// The provider-managed code, or `None` if this crate generated the newest code.
    ///
    /// If there is one, `code` is random and matches no input.
    #[n(12)]
    pub(crate) provider: Option<ProviderCode>,
    /// The time at which a later write last saw the code.
    #[n(13)]
    pub(crate) seen_at: Option<u64>,
    /// The seconds by which the clock fell since the code was sent, over all falls.
    #[n(14)]
    pub(crate) fallen: Option<u32>,
    /// The generation of the hashes of its codes.
    #[cbor(n(15), with = "unless_default", has_nil)]
    pub(crate) generation: Generation,
}

/// A provider-managed code.
#[derive(Encode, Decode, CborLen)]
pub(crate) enum ProviderCode {
    /// Another code has replaced this code.
    #[n(0)]
    Released,
    /// The provider has returned this id.
    #[n(1)]
    Started(#[cbor(n(0), with = "provider_id")] RemoteId),
    /// The provider has not returned an id yet.
    #[n(2)]
    Starting,
}

impl StoredCode {
    pub(crate) const fn purpose(&self) -> Operation {
        self.purpose
    }

    /// Returns the methods by which the newest code proves its address.
    pub(crate) const fn methods(&self) -> Methods {
        Methods::of_channel(self.channel)
    }

    pub(crate) const fn was_tried(&self, channel: Channel) -> bool {
        self.tried.contains(channel)
    }

    /// Returns the time at which the newest code was sent.
    pub(crate) const fn sent_at(&self) -> UnixTime {
        self.code_lifetime.start()
    }

    pub(crate) const fn is_expired(&self, now: UnixTime) -> bool {
        let now = self.without_falls(now);
        self.challenge_lifetime.is_over(now) || self.code_lifetime.is_over(now)
    }

    /// Returns whether the challenge is over, so that none of its codes is valid.
    pub(crate) const fn is_finished(&self, now: UnixTime) -> bool {
        self.challenge_lifetime.is_over(self.without_falls(now))
    }

    /// Returns the time as if the clock had fallen by no more than the tolerance.
    ///
    /// Law 10: falls within the tolerance are no clock faults, and must not extend a lifetime again
    /// and again.
    const fn without_falls(&self, now: UnixTime) -> UnixTime {
        match self.fallen {
            Some(fallen) => now.plus((fallen as u64).saturating_sub(TOLERANCE)),
            None => now,
        }
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

    /// Returns the provider's id of the code, or `None` if it has none or was replaced.
    pub(crate) const fn provider_id(&self) -> Option<&RemoteId> {
        match &self.provider {
            Some(ProviderCode::Started(id)) => Some(id),
            Some(ProviderCode::Released | ProviderCode::Starting) | None => None,
        }
    }

    /// Marks a provider-managed code as replaced, and returns its id, if any.
    pub(crate) fn release_provider_id(&mut self) -> Option<RemoteId> {
        match mem::replace(self.provider.as_mut()?, ProviderCode::Released) {
            ProviderCode::Started(id) => Some(id),
            ProviderCode::Released | ProviderCode::Starting => None,
        }
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
            provider: _,
            seen_at,
            fallen,
            generation: _,
        } = self;
        let sent_at = code_lifetime.start();
        visit(StoredTime::Seen { sent_at, seen_at, fallen });
        challenge_lifetime.visit_times(visit);
        code_lifetime.visit_times(visit);
    }
}

/// The seconds that a message needs to arrive and to be read.
const SHORTEST_LIFETIME: u64 = 60;
