//! Registration: its codes, counters and quarantine.

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode};

use super::{
    client_binding::ClientBinding,
    clock_fault::{HasTimes, StoredTime},
    fields::{Id, address},
    lane::Lane,
    limiter::Limiter,
    send_history::{Backoff, SendHistory},
    stored_code::StoredCode,
};
use crate::{address::Address, time::UnixTime};

/// The state of registration.
///
/// Any caller may request and guess registration codes. They therefore share no counter, backoff,
/// send budget or code with the purposes that follow a correct password (FAILURES 30).
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct RegistrationState {
    /// Counts incorrect codes, which lock but never disable, because nothing can be enrolled again.
    #[n(0)]
    pub(crate) limiter: Limiter,
    #[n(1)]
    pub(crate) backoff: Backoff,
    #[n(2)]
    pub(crate) sends: SendHistory,
    /// At most one code for each client and lane, and three in a lane. A stranger therefore cannot
    /// end the code of the owner (FAILURES 30).
    #[n(3)]
    pub(crate) open: Vec<OpenRegistration>,
    /// Whether a registration or an enrollment was completed before. If so, a registration by
    /// another client advances the epoch.
    #[n(4)]
    pub(crate) is_known: bool,
    /// The client of the last registration. A repetition by the same client is not a new device.
    #[n(5)]
    pub(crate) client: ClientBinding,
    /// The known device of that client, which its registration added.
    #[n(6)]
    pub(crate) device: Option<Id>,
}

/// A registration code. Its address need not be proven.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct OpenRegistration {
    #[cbor(n(0), with = "address")]
    pub(crate) address: Address,
    #[n(1)]
    pub(crate) sent: StoredCode,
    #[n(2)]
    pub(crate) lane: Lane,
}

impl RegistrationState {
    pub(crate) fn new() -> Self {
        Self {
            limiter: Limiter::new(),
            backoff: Backoff::new(),
            sends: SendHistory::new(),
            open: Vec::new(),
            is_known: false,
            client: ClientBinding::default(),
            device: None,
        }
    }

    /// Drops codes that are no longer valid.
    ///
    /// Nothing was proven before them, so no sign-in was abandoned.
    pub(crate) fn drop_finished(&mut self, now: UnixTime) {
        self.open.retain(|open| !open.sent.is_finished(now));
    }

    /// Drops codes whose lifetime started in the future.
    pub(crate) fn drop_in_future(&mut self, now: UnixTime) {
        self.open.retain(|open| !open.sent.is_in_future(now));
    }
}

impl HasTimes for RegistrationState {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { limiter, backoff, sends, open, is_known: _, client: _, device: _ } = self;
        limiter.visit_times(visit);
        backoff.visit_times(visit);
        sends.visit_times(visit);
        open.visit_times(visit);
    }
}

impl HasTimes for OpenRegistration {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self { address: _, sent, lane: _ } = self;
        sent.visit_times(visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::record::lifetime::Cooldown;

    const NOW: UnixTime = UnixTime::from_secs(1_000_000);
    const LATER: UnixTime = UnixTime::from_secs(2_000_000);

    const PARTS: [fn(&mut RegistrationState); 3] = [
        |of| of.limiter.lock = Cooldown::new(LATER, 30),
        |of| of.backoff = Backoff::new().next(LATER, |_| 30),
        |of| of.sends.record([1; 16], LATER),
    ];

    #[test]
    fn registration_time_in_the_future_is_found_and_repaired() {
        assert!(!RegistrationState::new().has_clock_fault(NOW));
        for (at, put) in PARTS.iter().enumerate() {
            let mut of = RegistrationState::new();
            put(&mut of);
            assert!(of.has_clock_fault(NOW), "{at}");
            of.repair_times(NOW);
            assert!(!of.has_clock_fault(NOW), "{at}");
        }
    }
}
