//! Stored sign-in requests.

use alloc::{string::String, vec::Vec};

use minicbor::{CborLen, Decode, Encode};

use super::{
    client_binding::ClientBinding,
    clock_fault::{HasTimes, StoredTime},
    fields::{Id, first_factor, purpose},
    lifetime::Lifetime,
    limiter::Limiter,
};
use crate::{first_factor::FirstFactor, purpose::Operation, time::UnixTime};

/// The pending sign-in request of a subject, and the counts of earlier ones.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct SignInRequests {
    /// Counts incorrect numbers, which lock but never disable, because nothing can be enrolled
    /// again.
    #[n(0)]
    pub(crate) limiter: Limiter,
    #[n(1)]
    pub(crate) open: Option<OpenRequest>,
    /// The start times of the last hour's requests that were not approved.
    #[n(2)]
    pub(crate) unsuccessful: Vec<u64>,
    /// Whether too many requests had no success. Requests after a first factor are disabled until a
    /// code is used (FAILURES 102).
    #[n(3)]
    pub(crate) is_off: bool,
    /// The unsuccessful requests of known devices, which `unsuccessful` does not count.
    #[n(4)]
    pub(crate) by_devices: Option<Vec<DeviceRequest>>,
}

/// A request of a known device that was not approved.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct DeviceRequest {
    #[n(0)]
    pub(crate) device: Id,
    #[n(1)]
    pub(crate) at: u64,
}

/// A request that is waiting for an answer, or whose answer is waiting to be used.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct OpenRequest {
    /// The id on the requesting device.
    #[n(0)]
    pub(crate) id: Id,
    /// The id on answering devices. It differs from `id`, because a push service sees it.
    #[n(1)]
    pub(crate) shown: Id,
    #[n(2)]
    pub(crate) number: u8,
    #[cbor(n(3), with = "purpose")]
    pub(crate) purpose: Operation,
    #[n(4)]
    pub(crate) client: ClientBinding,
    #[n(5)]
    pub(crate) device: String,
    #[n(6)]
    pub(crate) location: String,
    #[n(7)]
    pub(crate) lifetime: Lifetime,
    #[n(8)]
    pub(crate) answer: StoredAnswer,
    /// The first factor, for a purpose that depends on one.
    #[cbor(n(9), with = "first_factor", has_nil)]
    pub(crate) first_factor: Option<FirstFactor>,
    /// The known device on which the request began, which must not answer it (FAILURES 104).
    #[n(10)]
    pub(crate) asked_by: Option<Id>,
}

#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) enum StoredAnswer {
    #[n(0)]
    Approved,
    #[n(1)]
    Cancelled,
    #[n(2)]
    ReportedUnrequested,
    #[n(3)]
    Waiting,
}

impl SignInRequests {
    pub(crate) const fn new() -> Self {
        Self {
            limiter: Limiter::new(),
            open: None,
            unsuccessful: Vec::new(),
            is_off: false,
            by_devices: None,
        }
    }

    /// Drops a request whose lifetime starts in the future.
    pub(crate) fn drop_in_future(&mut self, now: UnixTime) {
        self.open.take_if(|open| open.lifetime.is_in_future(now));
    }
}

impl HasTimes for SignInRequests {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { limiter, open, unsuccessful, is_off: _, by_devices } = self;
        limiter.visit_times(visit);
        open.visit_times(visit);
        unsuccessful.iter_mut().for_each(|at| visit(StoredTime::Instant(at)));
        by_devices.visit_times(visit);
    }
}

impl HasTimes for DeviceRequest {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { device: _, at } = self;
        visit(StoredTime::Instant(at));
    }
}

impl HasTimes for OpenRequest {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self {
            lifetime,
            id: _,
            shown: _,
            number: _,
            purpose: _,
            client: _,
            device: _,
            location: _,
            answer: _,
            first_factor: _,
            asked_by: _,
        } = self;
        lifetime.visit_times(visit);
    }
}
