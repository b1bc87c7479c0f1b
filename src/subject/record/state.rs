//! The state in a subject's record.

mod counters;
mod leases;
mod open_codes;
mod retention;

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode, bytes::ByteVec};

use super::{
    blocked_clients::BlockedClients,
    ceremonies::AcceptedCeremonies,
    clock_fault::{HasTimes, StoredTime},
    codec::Stored,
    device::Device,
    enrolling::AddressCounts,
    factors::Factors,
    fields::Id,
    lease::Lease,
    lifetime::{Cooldown, Lifetime},
    open_codes::{OpenChallenge, OpenEnrollment},
    outbox::Outbox,
    partial_proof::PartialProof,
    past::Past,
    quarantine::{Quarantined, Quarantines},
    registration::RegistrationState,
    send_history::{Backoff, KnownSends, SendHistory},
    sign_in_requests::SignInRequests,
    support_code::StoredSupportCode,
};
#[cfg(feature = "rehearsal")]
use crate::keys::FORMAT;
use crate::{
    id::{Handle, HandleKind},
    moment::Moment,
    time::UnixTime,
};

/// Everything that the record of a subject stores.
///
/// Every part that may grow is a map with numbered fields. `manual::record_format` has the rules for
/// a new field. `tests/golden/fields.txt` lists all fields, each with the format that added it.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct State {
    /// A number that changes when earlier proofs must no longer count. It is 0 until a factor is
    /// confirmed. Each change then sets a random number, so that two branches of a restored record
    /// never share one.
    #[n(0)]
    pub(crate) epoch: u64,
    #[n(1)]
    pub(crate) factors: Factors,
    /// At most three enrollments of each kind, by different clients.
    #[n(2)]
    pub(crate) enrollments: Vec<OpenEnrollment>,
    /// At most one challenge for each purpose and lane.
    #[n(3)]
    pub(crate) challenges: Vec<OpenChallenge>,
    #[n(4)]
    pub(crate) backoff: Backoff,
    #[n(5)]
    pub(crate) sends: SendHistory,
    #[n(6)]
    pub(crate) enrolling: AddressCounts,
    #[n(7)]
    pub(crate) outbox: Outbox,
    #[n(8)]
    pub(crate) partial_proofs: Vec<PartialProof>,
    /// The slow checks that are running, at most one in each lane.
    #[n(9)]
    pub(crate) leases: Vec<Lease>,
    #[n(10)]
    pub(crate) quarantines: Quarantines,
    #[n(11)]
    pub(crate) registration: RegistrationState,
    #[n(12)]
    pub(crate) blocked_clients: BlockedClients,
    #[n(13)]
    pub(crate) ceremonies: AcceptedCeremonies,
    /// The lifetime of an administrator's reset, until a first factor is confirmed. After it has
    /// expired, no factor can be enrolled.
    #[n(14)]
    pub(crate) reset: Option<Lifetime>,
    #[n(15)]
    pub(crate) devices: Vec<Device>,
    #[n(16)]
    pub(crate) sign_in_requests: SignInRequests,
    /// The id of the subject, for delivery reports.
    #[n(17)]
    pub(crate) name: ByteVec,
    #[n(18)]
    pub(crate) support_code: Option<StoredSupportCode>,
    #[n(19)]
    pub(crate) past: Past,
    /// The wait before the user is notified again that the first factor is compromised.
    #[n(20)]
    pub(crate) compromise: Option<Cooldown>,
    /// The notices that were sent by text message.
    #[n(21)]
    pub(crate) notices: SendHistory,
    /// The codes sent at known devices. `sends` has those to other clients after a first factor.
    #[n(22)]
    pub(crate) known_sends: Option<KnownSends>,
    /// The notices that were sent by email.
    #[n(23)]
    pub(crate) mailed_notices: Option<SendHistory>,
}

impl Stored for State {
    #[cfg(feature = "rehearsal")]
    fn format(&self) -> u8 {
        if self.factors.rehearsal.is_some() { FORMAT } else { 1 }
    }
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            epoch: 0,
            factors: Factors::default(),
            enrollments: Vec::new(),
            challenges: Vec::new(),
            backoff: Backoff::new(),
            sends: SendHistory::new(),
            enrolling: AddressCounts::default(),
            outbox: Outbox::new(),
            partial_proofs: Vec::new(),
            leases: Vec::new(),
            quarantines: Quarantines::default(),
            registration: RegistrationState::new(),
            blocked_clients: BlockedClients::new(),
            ceremonies: AcceptedCeremonies::new(),
            reset: None,
            devices: Vec::new(),
            sign_in_requests: SignInRequests::new(),
            name: Vec::new().into(),
            support_code: None,
            past: Past::default(),
            compromise: None,
            notices: SendHistory::new(),
            known_sends: None,
            mailed_notices: None,
        }
    }

    /// Begins the first or the next epoch, because a factor was confirmed.
    pub(crate) fn begin_epoch(&mut self, moment: &mut Moment) {
        self.epoch = u64::from_be_bytes(moment.bytes()).max(1);
    }

    /// Ends the sessions, all earlier proofs and everything that was begun with them.
    ///
    /// Before the first factor, there are no sessions and no proofs.
    pub(crate) fn change_epoch(&mut self, moment: &mut Moment) {
        if self.epoch != 0 {
            self.begin_epoch(moment);
        }
        // An enrollment that an attacker began with a stolen proof must not be completed.
        self.end_begun();
    }

    /// Ends all earlier proofs, pending steps and trust. The factors stay, and devices stay known.
    pub(crate) fn advance_epoch(&mut self, moment: &mut Moment) {
        self.change_epoch(moment);
        self.end_trust();
    }

    /// Ends all earlier pending steps and trust. Sessions and permissions stay.
    pub(crate) fn end_trust(&mut self) {
        self.end_begun();
        // The next registration counts as a new device, even from the client that registered last.
        self.registration.client = Default::default();
        self.registration.device = None;
        self.devices.iter_mut().for_each(|device| device.trust = None);
        self.support_code = None;
    }

    /// Like [`advance_epoch`](Self::advance_epoch), but no device stays known.
    pub(crate) fn end_devices(&mut self, moment: &mut Moment) {
        self.advance_epoch(moment);
        self.devices.clear();
    }

    /// Ends everything that was begun before and waits for an answer.
    pub(crate) fn end_begun(&mut self) {
        self.challenges.clear();
        self.enrollments.clear();
        self.partial_proofs.clear();
        self.registration.open.clear();
        self.leases.clear();
        self.sign_in_requests.open = None;
    }

    /// Begins the quarantine after a new device, during which no first PIN is accepted.
    pub(crate) fn begin_quarantine(&mut self, now: UnixTime) {
        self.quarantines.begin(Quarantined::NewDevice, now);
    }

    /// Begins the quarantine if a device is trusted. Call it before the change that causes it.
    ///
    /// Without a trusted device, no device counts as new.
    pub(crate) fn begin_quarantine_with_trusted_device(&mut self, now: UnixTime) {
        if self.has_usable_device(now) {
            self.begin_quarantine(now);
        }
    }

    /// Returns whether a device is trusted and has not expired.
    pub(crate) fn has_usable_device(&self, now: UnixTime) -> bool {
        let mut trusts = self.devices.iter().filter_map(|device| device.trust.as_ref());
        trusts.any(|trust| !trust.lifetime.is_over(now))
    }

    /// Removes a forgotten PIN.
    ///
    /// FAILURES 112: an attacker who removed it must not set the next PIN first. The quarantine
    /// begins before the devices end.
    pub(crate) fn remove_forgotten_pin(&mut self, moment: &mut Moment) {
        self.begin_quarantine_with_trusted_device(moment.now());
        self.factors.pin = None;
        self.advance_epoch(moment);
    }

    /// Returns the partial proof for `handle`, if it is waiting for `kind`.
    pub(crate) fn partial_proof(&self, kind: HandleKind, handle: &Handle) -> Option<&PartialProof> {
        let is_it =
            |partial: &&PartialProof| partial.waits_for() == kind && handle.is(kind, &partial.id);
        self.partial_proofs.iter().find(is_it)
    }

    pub(crate) fn take_partial_proof(&mut self, id: &Id) -> Option<PartialProof> {
        let place = self.partial_proofs.iter().position(|partial| partial.id == *id)?;
        Some(self.partial_proofs.remove(place))
    }

    pub(crate) fn enrollment(&self, id: &Id) -> Option<&OpenEnrollment> {
        self.enrollments.iter().find(|open| open.id == *id)
    }

    /// Repairs times in the future (law 10): lifetimes end, and cooldowns restart.
    pub(crate) fn repair(&mut self, now: UnixTime) {
        self.challenges.retain(|open| !open.sent.is_in_future(now));
        self.enrollments.retain(|open| !open.is_in_future(now));
        self.partial_proofs.retain(|partial| !partial.lifetime.is_in_future(now));
        self.ceremonies.repair_end(now);
        self.registration.drop_in_future(now);
        self.sign_in_requests.drop_in_future(now);
        if let Some(reset) = self.factors.pin.as_mut().and_then(|pin| pin.reset.as_mut()) {
            reset.restart_in_future(now);
        }
        for device in &mut self.devices {
            device.last_used_at = device.last_used_at.min(now.as_secs());
        }
        // An administrator's reset ends but is not dropped. Without it, the subject could enroll a
        // first factor at any time.
        self.repair_times(now);
    }
}

impl HasTimes for State {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        let Self {
            factors,
            enrollments,
            challenges,
            backoff,
            sends,
            enrolling,
            partial_proofs,
            leases,
            quarantines,
            registration,
            blocked_clients,
            ceremonies,
            reset,
            devices,
            sign_in_requests,
            support_code,
            compromise,
            epoch: _,
            outbox,
            notices,
            known_sends,
            mailed_notices,
            past: _,
            name: _,
        } = self;
        factors.visit_times(visit);
        enrollments.visit_times(visit);
        challenges.visit_times(visit);
        backoff.visit_times(visit);
        sends.visit_times(visit);
        enrolling.visit_times(visit);
        partial_proofs.visit_times(visit);
        leases.visit_times(visit);
        quarantines.visit_times(visit);
        registration.visit_times(visit);
        blocked_clients.visit_times(visit);
        ceremonies.visit_times(visit);
        reset.visit_times(visit);
        devices.visit_times(visit);
        sign_in_requests.visit_times(visit);
        support_code.visit_times(visit);
        compromise.visit_times(visit);
        outbox.visit_times(visit);
        notices.visit_times(visit);
        known_sends.visit_times(visit);
        mailed_notices.visit_times(visit);
    }
}

#[cfg(test)]
mod tests;
