//! Stored devices: known ones, of which some are trusted.

use alloc::string::String;

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::ConstantTimeEq as _;

use super::{
    clock_fault::{HasTimes, StoredTime},
    fields::{Id, push_address, unless_default},
    lifetime::Lifetime,
    limiter::Limiter,
};
use crate::{
    address::Address,
    keys::Generation,
    policy::{KNOWN_DEVICE_LIFE, Policy},
    time::UnixTime,
};

/// A device at which the user succeeded before.
///
/// It opens nothing. Its failures are counted separately from those of other clients. A caller who
/// has only a first factor therefore cannot deny service to its owner there (law 12).
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Device {
    #[n(0)]
    pub(crate) id: Id,
    /// The id of the series of its tokens.
    #[n(1)]
    pub(crate) series: ByteArray<16>,
    /// Empty until it is trusted.
    #[n(2)]
    pub(crate) label: String,
    #[n(3)]
    pub(crate) created_at: u64,
    /// The time of its last success.
    #[n(4)]
    pub(crate) last_used_at: u64,
    /// The number of tokens before the current one.
    #[n(5)]
    pub(crate) rotation: u32,
    #[n(6)]
    pub(crate) limiter: Limiter,
    #[n(7)]
    pub(crate) trust: Option<Trust>,
}

/// The trust in a device, which replaces a second factor there. Only keyed hashes of its tokens are
/// stored.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Trust {
    /// The number of the token with which the trust began. Earlier tokens do not indicate theft.
    #[n(0)]
    pub(crate) first_rotation: u32,
    /// The current token: the newest token that was used.
    #[n(1)]
    pub(crate) current: StoredToken,
    /// The successor of the current token, after it was returned.
    #[n(2)]
    pub(crate) successor: Option<StoredToken>,
    #[n(3)]
    pub(crate) lifetime: Lifetime,
    /// The push address of this device.
    #[cbor(n(4), with = "push_address", has_nil)]
    pub(crate) push: Option<Address>,
}

/// The keyed hash of a device token.
#[derive(Clone, Copy, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct StoredToken {
    #[n(0)]
    pub(crate) hash: ByteArray<16>,
    /// The time at which a successor was returned, or the current token was first used.
    #[n(1)]
    pub(crate) since: u64,
    /// The generation in which it was derived, hashed and sealed.
    #[cbor(n(2), with = "unless_default", has_nil)]
    pub(crate) generation: Generation,
}

impl StoredToken {
    pub(crate) fn new(hash: [u8; 16], since: UnixTime, generation: Generation) -> Self {
        Self { hash: hash.into(), since: since.as_secs(), generation }
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

    /// Returns the time at which it is forgotten without another success.
    pub(crate) const fn expires_at(&self) -> UnixTime {
        self.last_used_at().plus(KNOWN_DEVICE_LIFE as u64)
    }

    /// Returns whether it had no success for a year.
    pub(crate) fn is_expired(&self, now: UnixTime) -> bool {
        self.expires_at() <= now
    }

    /// Returns the trust in it, or `None` if the trust is over.
    ///
    /// The shorter of two lifetimes applies: that of the trust, and that of the policy.
    pub(crate) fn trust(&self, policy: &Policy, now: UnixTime) -> Option<&Trust> {
        let is_over = |trust: &&Trust| trust.lifetime.at_most(policy.device_secs()).is_over(now);
        self.trust.as_ref().filter(|trust| !is_over(trust))
    }

    /// Returns the rank by which an eleventh device displaces one: the lowest is displaced first.
    ///
    /// A device that never returned may be that of a user who clears cookies. It must not displace
    /// a device that does return.
    pub(crate) fn rank(&self, now: UnixTime) -> Rank {
        if self.trust.as_ref().is_some_and(|trust| !trust.lifetime.is_over(now)) {
            Rank::Trusted
        } else if self.last_used_at > self.created_at {
            Rank::CameBack
        } else {
            Rank::SeenOnce
        }
    }
}

/// The value of a device to its owner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    SeenOnce,
    CameBack,
    Trusted,
}

impl Trust {
    pub(crate) const fn began_at(&self) -> UnixTime {
        self.lifetime.start()
    }
}

impl HasTimes for Device {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self {
            last_used_at,
            limiter,
            trust,
            // It is only compared with the last use.
            created_at: _,
            id: _,
            series: _,
            label: _,
            rotation: _,
        } = self;
        visit(StoredTime::Instant(last_used_at));
        limiter.visit_times(visit);
        trust.visit_times(visit);
    }
}

impl HasTimes for Trust {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { first_rotation: _, current, successor, lifetime, push: _ } = self;
        lifetime.visit_times(visit);
        visit(StoredTime::Instant(&mut current.since));
        if let Some(successor) = successor {
            visit(StoredTime::Instant(&mut successor.since));
        }
    }
}
