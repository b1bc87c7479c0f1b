//! Stored trusted devices.

use alloc::string::String;

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use super::{
    clock_fault::{HasTimes, StoredTime},
    fields::{Id, push_address},
    lifetime::Lifetime,
};
use crate::{address::Address, time::UnixTime};

/// A trusted device. Only keyed hashes of its tokens are stored.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Device {
    #[n(0)]
    pub(crate) id: Id,
    /// The id of the series of its tokens.
    #[n(1)]
    pub(crate) series: ByteArray<16>,
    /// The hash of the token used last.
    #[n(2)]
    pub(crate) current: ByteArray<16>,
    /// The hash of its successor. Both are accepted until the successor is used.
    #[n(3)]
    pub(crate) next: ByteArray<16>,
    #[n(4)]
    pub(crate) label: String,
    #[n(5)]
    pub(crate) created_at: u64,
    #[n(6)]
    pub(crate) last_used_at: u64,
    #[n(7)]
    pub(crate) lifetime: Lifetime,
    /// Where pushes for this device go.
    #[cbor(n(8), with = "push_address")]
    pub(crate) push: Option<Address>,
}

impl Device {
    pub(crate) const fn created_at(&self) -> UnixTime {
        UnixTime::from_secs(self.created_at)
    }

    pub(crate) const fn last_used_at(&self) -> UnixTime {
        UnixTime::from_secs(self.last_used_at)
    }

    pub(crate) const fn is_expired(&self, now: UnixTime) -> bool {
        self.lifetime.is_over(now)
    }
}

impl HasTimes for Device {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self {
            last_used_at,
            lifetime,
            // Only compared with the start of requests. A device from the future is too new to
            // answer.
            created_at: _,
            id: _,
            series: _,
            current: _,
            next: _,
            label: _,
            push: _,
        } = self;
        visit(StoredTime::Instant(last_used_at));
        lifetime.visit_times(visit);
    }
}
