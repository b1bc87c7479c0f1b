//! Stored trusted devices.

use alloc::string::String;

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::ConstantTimeEq as _;

use super::{
    clock_fault::{HasTimes, StoredTime},
    fields::{Id, push_address},
    lifetime::Lifetime,
};
use crate::{address::Address, policy::Policy, time::UnixTime};

/// A trusted device. Only keyed hashes of its tokens are stored.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Device {
    #[n(0)]
    pub(crate) id: Id,
    /// The id of the series of its tokens.
    #[n(1)]
    pub(crate) series: ByteArray<16>,
    /// The current token, which is the newest of the used tokens.
    #[n(2)]
    pub(crate) current: StoredToken,
    #[n(3)]
    pub(crate) label: String,
    #[n(4)]
    pub(crate) created_at: u64,
    #[n(5)]
    pub(crate) last_used_at: u64,
    #[n(6)]
    pub(crate) lifetime: Lifetime,
    /// The address for pushes to this device.
    #[cbor(n(7), with = "push_address")]
    pub(crate) push: Option<Address>,
    /// The number of tokens that were used before the current one.
    #[n(8)]
    pub(crate) rotation: u32,
    /// The successor of the current token, once it was returned.
    #[n(9)]
    pub(crate) successor: Option<StoredToken>,
}

/// The keyed hash of a device token.
#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct StoredToken {
    #[n(0)]
    hash: ByteArray<16>,
    /// The time at which a successor was returned, or the current token was first used.
    #[n(1)]
    since: u64,
}

impl StoredToken {
    pub(crate) fn new(hash: [u8; 16], since: UnixTime) -> Self {
        Self { hash: hash.into(), since: since.as_secs() }
    }

    pub(crate) fn is(&self, hash: &[u8; 16]) -> bool {
        self.hash.ct_eq(&hash[..]).into()
    }

    /// Returns the seconds since the token became current or was returned.
    pub(crate) const fn age(&self, now: UnixTime) -> u64 {
        now.since(UnixTime::from_secs(self.since))
    }
}

impl Device {
    pub(crate) const fn created_at(&self) -> UnixTime {
        UnixTime::from_secs(self.created_at)
    }

    pub(crate) const fn last_used_at(&self) -> UnixTime {
        UnixTime::from_secs(self.last_used_at)
    }

    /// Returns whether its trust is over, by its own lifetime or a shorter lifetime of the policy.
    pub(crate) const fn is_expired(&self, policy: &Policy, now: UnixTime) -> bool {
        self.lifetime.at_most(policy.device_secs()).is_over(now)
    }
}

impl HasTimes for Device {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self {
            current,
            last_used_at,
            lifetime,
            successor,
            // It is only compared with the start of requests. A device from the future is too new
            // to answer.
            created_at: _,
            id: _,
            series: _,
            label: _,
            push: _,
            rotation: _,
        } = self;
        visit(StoredTime::Instant(last_used_at));
        lifetime.visit_times(visit);
        visit(StoredTime::Instant(&mut current.since));
        if let Some(successor) = successor {
            visit(StoredTime::Instant(&mut successor.since));
        }
    }
}
