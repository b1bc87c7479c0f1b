//! Stored security-key ceremonies.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};

use super::{
    client_binding::ClientBinding,
    clock_fault::{HasTimes, StoredTime},
    fields::{Id, first_factor, purpose},
    lifetime::Lifetime,
    security_keys::Blob,
    send_history::Backoff,
};
use crate::{FirstFactor, Handle, UnixTime, id::HandleKind, operation::Operation};

/// Ceremonies that wait for an answer.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Ceremonies {
    /// At most one for verification and one for enrollment.
    #[n(0)]
    open: Vec<OpenCeremony>,
    /// The backoff between ceremonies for verification.
    #[n(1)]
    pub(crate) backoff: Backoff,
}

/// A ceremony that waits for an answer.
#[derive(Clone, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct OpenCeremony {
    #[n(0)]
    pub(crate) id: Id,
    #[n(1)]
    pub(crate) challenge: ByteArray<32>,
    /// [`Operation::Enroll`] for enrollment.
    #[cbor(n(2), with = "purpose")]
    pub(crate) purpose: Operation,
    #[n(3)]
    pub(crate) client: ClientBinding,
    #[n(4)]
    pub(crate) lifetime: Lifetime,
    #[n(5)]
    pub(crate) state: Blob,
    /// For enrollment: whether the PIN was proven when it began.
    #[n(6)]
    pub(crate) with_pin: bool,
    /// What came before it, for a purpose that depends on that. For enrollment: the first factor of
    /// the session.
    #[cbor(n(7), with = "first_factor")]
    pub(crate) first_factor: Option<FirstFactor>,
}

impl Ceremonies {
    pub(crate) const fn new() -> Self {
        Self { open: Vec::new(), backoff: Backoff::new() }
    }

    pub(crate) fn clear(&mut self) {
        self.open.clear();
    }

    /// The purposes of expired ceremonies that were never answered, without enrollment.
    pub(crate) fn abandoned(&self, now: UnixTime) -> impl Iterator<Item = Operation> {
        let over = self.open.iter().filter(move |open| open.lifetime.is_over(now));
        over.map(|open| open.purpose).filter(|purpose| *purpose != Operation::Enroll)
    }

    pub(crate) fn drop_expired(&mut self, now: UnixTime) {
        self.open.retain(|open| !open.lifetime.is_over(now));
    }

    /// Drops ceremonies whose lifetime starts in the future.
    pub(crate) fn drop_in_future(&mut self, now: UnixTime) {
        self.open.retain(|open| !open.lifetime.is_in_future(now));
    }

    /// Adds a ceremony.
    ///
    /// It replaces an unfinished one of its sort: verification or enrollment.
    pub(crate) fn put(&mut self, new: OpenCeremony) {
        let enrolls = |open: &OpenCeremony| open.purpose == Operation::Enroll;
        self.open.retain(|open| enrolls(open) != enrolls(&new));
        self.open.push(new);
    }

    pub(crate) fn find(&self, handle: &Handle) -> Option<&OpenCeremony> {
        self.open.iter().find(|open| handle.is(HandleKind::SecurityKey, &open.id))
    }

    pub(crate) fn end(&mut self, id: &Id) {
        self.open.retain(|open| open.id != *id);
    }
}

impl OpenCeremony {
    pub(crate) fn handle(&self) -> Handle {
        Handle::new(HandleKind::SecurityKey, *self.id)
    }
}

impl HasTimes for Ceremonies {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { open, backoff } = self;
        open.visit_times(visit);
        backoff.visit_times(visit);
    }
}

impl HasTimes for OpenCeremony {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self {
            id: _,
            challenge: _,
            purpose: _,
            client: _,
            lifetime,
            state: _,
            with_pin: _,
            first_factor: _,
        } = self;
        lifetime.visit_times(visit);
    }
}
