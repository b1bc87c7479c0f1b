//! The state in a subject's record.

mod leases;
mod open_codes;

use alloc::vec::Vec;

use minicbor::{CborLen, Decode, Encode, bytes::ByteVec};

use super::{
    blocked_clients::BlockedClients,
    ceremonies::AcceptedCeremonies,
    clock_fault::{HasTimes, StoredTime},
    device::Device,
    enrolling::AddressCounts,
    factor_times::FactorTimes,
    factors::Factors,
    fields::Id,
    lease::Lease,
    lifetime::Lifetime,
    limiter::{Counter, Limiter},
    open_codes::{OpenChallenge, OpenEnrollment},
    outbox::Outbox,
    partial_proof::PartialProof,
    past::Past,
    quarantine::{Quarantined, Quarantines},
    registration::RegistrationState,
    send_history::{Backoff, SendHistory},
    sign_in_requests::SignInRequests,
    support_code::StoredSupportCode,
};
use crate::{
    factor::FactorKind,
    id::{Handle, HandleKind},
    moment::Moment,
    time::UnixTime,
};

/// Everything that the record of a subject stores.
///
/// Every part that may grow is a map with numbered fields. A new field advances the format number
/// of the record (`keys::seal::FORMAT`), so that a release that does not know it never drops it.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct State {
    /// Changes when earlier proofs must no longer count. It is 0 until a factor was confirmed, and
    /// then a random number each time, so that two branches of a restored record never share one.
    #[n(0)]
    pub(crate) epoch: u64,
    #[n(1)]
    pub(crate) factors: Factors,
    /// At most three of each kind, by different clients.
    #[n(2)]
    pub(crate) enrollments: Vec<OpenEnrollment>,
    /// At most one for each purpose.
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
    /// The slow check that is running.
    #[n(9)]
    pub(crate) lease: Option<Lease>,
    #[n(10)]
    pub(crate) quarantines: Quarantines,
    #[n(11)]
    pub(crate) registration: RegistrationState,
    #[n(12)]
    pub(crate) blocked_clients: BlockedClients,
    #[n(13)]
    pub(crate) ceremonies: AcceptedCeremonies,
    /// The lifetime of an administrator's reset, until a first factor is confirmed. Once it is
    /// over, no factor can be enrolled.
    #[n(14)]
    pub(crate) reset: Option<Lifetime>,
    #[n(15)]
    pub(crate) devices: Vec<Device>,
    #[n(16)]
    pub(crate) sign_in_requests: SignInRequests,
    /// The id of the subject, so that a delivery report can be traced to it.
    #[n(17)]
    pub(crate) name: ByteVec,
    #[n(18)]
    pub(crate) support_code: Option<StoredSupportCode>,
    #[n(19)]
    pub(crate) past: Past,
    /// Notices that were texted.
    #[n(20)]
    pub(crate) notices: SendHistory,
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
            lease: None,
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
            notices: SendHistory::new(),
        }
    }

    /// Begins the first epoch, or another: a factor was confirmed.
    pub(crate) fn begin_epoch(&mut self, moment: &mut Moment) {
        self.epoch = u64::from_be_bytes(moment.bytes()).max(1);
    }

    /// Ends the sessions and what was proven before. Without any factor so far, nothing was.
    pub(crate) fn change_epoch(&mut self, moment: &mut Moment) {
        if self.epoch != 0 {
            self.begin_epoch(moment);
        }
    }

    /// Ends what was proven, begun or trusted before. The factors stay.
    pub(crate) fn advance_epoch(&mut self, moment: &mut Moment) {
        self.change_epoch(moment);
        self.end_trust();
    }

    /// Ends what was begun or trusted before. Sessions and permissions stay.
    pub(crate) fn end_trust(&mut self) {
        self.end_begun();
        // The next registration counts as a new device, even from the client that registered last.
        self.registration.client = Default::default();
        self.devices.clear();
        self.support_code = None;
    }

    /// Ends what was begun before and waits for an answer.
    pub(crate) fn end_begun(&mut self) {
        self.challenges.clear();
        self.enrollments.clear();
        self.partial_proofs.clear();
        self.registration.end_code();
        self.lease = None;
        self.sign_in_requests.open = None;
    }

    /// Begins the quarantine of a new device, during which no first PIN is accepted.
    pub(crate) fn begin_quarantine(&mut self, now: UnixTime) {
        self.quarantines.begin(Quarantined::NewDevice, now);
    }

    /// Begins the quarantine if a device is trusted. Call it before the change that it is for.
    ///
    /// Without one, no device counts as new.
    pub(crate) fn begin_quarantine_beside_devices(&mut self, now: UnixTime) {
        if self.has_usable_device(now) {
            self.begin_quarantine(now);
        }
    }

    /// Whether a device is trusted and has not expired.
    pub(crate) fn has_usable_device(&self, now: UnixTime) -> bool {
        self.devices.iter().any(|device| !device.lifetime.is_over(now))
    }

    /// Removes the PIN that its owner forgot.
    ///
    /// FAILURES 112: an attacker who removed it must not set the next PIN first. The quarantine
    /// begins before the devices end.
    pub(crate) fn remove_forgotten_pin(&mut self, moment: &mut Moment) {
        self.begin_quarantine_beside_devices(moment.now());
        self.factors.pin = None;
        self.advance_epoch(moment);
    }

    /// The partial proof that `handle` names, if it waits for `kind`.
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

    fn address_count(&self, enrollment: &Id) -> Option<Id> {
        self.enrollment(enrollment)?.count()
    }

    /// The failure count that `counter` names.
    pub(crate) fn limiter(&self, counter: Counter) -> Option<&Limiter> {
        let factors = &self.factors;
        match counter {
            Counter::Address(id) => factors.by_id(&id).map(|proven| &proven.limiter),
            Counter::BackupCode => factors.backup.as_ref().map(|set| &set.limiter),
            Counter::Enrollment(id) => self.enrolling.limiter(&self.address_count(&id)?),
            Counter::Hotp => factors.hotp.as_ref().map(|hotp| &hotp.limiter),
            Counter::HotpResync => factors.hotp.as_ref().map(|hotp| &hotp.resync),
            Counter::Pin => factors.pin.as_ref().map(|pin| &pin.limiter),
            Counter::PinRehearsal => factors.pin.as_ref().map(|pin| &pin.rehearsals),
            Counter::Registration => Some(&self.registration.limiter),
            Counter::SignInRequest => Some(&self.sign_in_requests.limiter),
            Counter::SupportCode => self.support_code.as_ref().map(|code| &code.limiter),
            Counter::Totp => factors.totp.as_ref().map(|totp| &totp.limiter),
        }
    }

    /// As [`limiter`](Self::limiter).
    pub(crate) fn limiter_mut(&mut self, counter: Counter) -> Option<&mut Limiter> {
        if let Counter::Enrollment(id) = counter {
            let count = self.address_count(&id)?;
            return self.enrolling.limiter_mut(&count);
        }
        let factors = &mut self.factors;
        match counter {
            Counter::Address(id) => factors.by_id_mut(&id).map(|proven| &mut proven.limiter),
            Counter::BackupCode => factors.backup.as_mut().map(|set| &mut set.limiter),
            Counter::Enrollment(_) => None,
            Counter::Hotp => factors.hotp.as_mut().map(|hotp| &mut hotp.limiter),
            Counter::HotpResync => factors.hotp.as_mut().map(|hotp| &mut hotp.resync),
            Counter::Pin => factors.pin.as_mut().map(|pin| &mut pin.limiter),
            Counter::PinRehearsal => factors.pin.as_mut().map(|pin| &mut pin.rehearsals),
            Counter::Registration => Some(&mut self.registration.limiter),
            Counter::SignInRequest => Some(&mut self.sign_in_requests.limiter),
            Counter::SupportCode => self.support_code.as_mut().map(|code| &mut code.limiter),
            Counter::Totp => factors.totp.as_mut().map(|totp| &mut totp.limiter),
        }
    }

    /// Whether the factor behind `counter` is disabled.
    ///
    /// The two counts of an HOTP token disable both single codes and resynchronization. A disabled PIN
    /// cannot be rehearsed.
    pub(crate) fn is_disabled(&self, counter: Counter) -> bool {
        let is_disabled = |counter| self.limiter(counter).is_some_and(|of| of.is_disabled);
        match counter {
            Counter::Hotp | Counter::HotpResync => {
                is_disabled(Counter::Hotp) || is_disabled(Counter::HotpResync)
            }
            Counter::PinRehearsal => {
                is_disabled(Counter::Pin) || is_disabled(Counter::PinRehearsal)
            }
            other => is_disabled(other),
        }
    }

    /// Clears the failures of a factor that succeeded, and returns how many there were.
    pub(crate) fn clear_failures(&mut self, counter: Counter) -> u32 {
        let mut clear = |counter| {
            self.limiter_mut(counter).map_or(0, |limiter| {
                let failures = limiter.row();
                limiter.clear();
                failures
            })
        };
        match counter {
            Counter::Hotp | Counter::HotpResync => {
                clear(Counter::Hotp) + clear(Counter::HotpResync)
            }
            other => clear(other),
        }
    }

    /// The kind of the factor behind `counter`, as events name it.
    pub(crate) fn kind_of(&self, counter: Counter) -> Option<FactorKind> {
        Some(match counter {
            Counter::Address(id) => self.factors.by_id(&id)?.address.kind().into(),
            Counter::BackupCode | Counter::SupportCode => FactorKind::BackupCode,
            Counter::Enrollment(id) => self.enrollment(&id)?.factor.kind(),
            Counter::Hotp | Counter::HotpResync => FactorKind::Hotp,
            Counter::Pin | Counter::PinRehearsal => FactorKind::Pin,
            Counter::Registration => self.registration.open.as_ref()?.address.kind().into(),
            Counter::SignInRequest => FactorKind::SignInRequest,
            Counter::Totp => FactorKind::Totp,
        })
    }

    /// When the factor behind `counter` was enrolled and used.
    pub(crate) fn times_mut(&mut self, counter: Counter) -> Option<&mut FactorTimes> {
        let factors = &mut self.factors;
        match counter {
            Counter::Address(id) => factors.by_id_mut(&id).map(|proven| &mut proven.times),
            Counter::BackupCode => factors.backup.as_mut().map(|set| &mut set.times),
            Counter::Hotp | Counter::HotpResync => {
                factors.hotp.as_mut().map(|hotp| &mut hotp.times)
            }
            Counter::Pin | Counter::PinRehearsal => factors.pin.as_mut().map(|pin| &mut pin.times),
            Counter::Totp => factors.totp.as_mut().map(|totp| &mut totp.times),
            // They count no enrolled factor.
            Counter::Enrollment(_)
            | Counter::Registration
            | Counter::SignInRequest
            | Counter::SupportCode => None,
        }
    }

    /// Repairs times in the future (law 10): lifetimes end, and cooldowns restart.
    pub(crate) fn repair(&mut self, now: UnixTime) {
        self.challenges.retain(|open| !open.sent.is_in_future(now));
        self.enrollments.retain(|open| !open.is_in_future(now));
        self.partial_proofs.retain(|partial| !partial.lifetime.is_in_future(now));
        self.devices.retain(|device| !device.lifetime.is_in_future(now));
        self.ceremonies.repair_end(now);
        self.registration.drop_in_future(now);
        self.sign_in_requests.drop_in_future(now);
        if let Some(reset) = self.factors.pin.as_mut().and_then(|pin| pin.reset.as_mut()) {
            reset.restart_in_future(now);
        }
        for device in &mut self.devices {
            device.last_used_at = device.last_used_at.min(now.as_secs());
        }
        // An administrator's reset ends but is not dropped: without it, the subject could enroll a
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
            lease,
            quarantines,
            registration,
            blocked_clients,
            ceremonies,
            reset,
            devices,
            sign_in_requests,
            support_code,
            epoch: _,
            outbox,
            notices,
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
        lease.visit_times(visit);
        quarantines.visit_times(visit);
        registration.visit_times(visit);
        blocked_clients.visit_times(visit);
        ceremonies.visit_times(visit);
        reset.visit_times(visit);
        devices.visit_times(visit);
        sign_in_requests.visit_times(visit);
        support_code.visit_times(visit);
        outbox.visit_times(visit);
        notices.visit_times(visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        factor::FactorSet,
        otp::TotpParameters,
        purpose::Operation,
        subject::record::{
            addresses::RestsOn,
            lifetime::Cooldown,
            open_codes::{EnrollmentBasis, NewFactor},
            pin::{PinFactor, PinReset, Reminder, ResetStage},
            slow_hash::SlowHash,
            totp::TotpFactor,
        },
    };

    const NOW: UnixTime = UnixTime::from_secs(1_000_000);
    const LATER: UnixTime = UnixTime::from_secs(2_000_000);

    fn locked_later() -> Limiter {
        Limiter { lock: Cooldown::new(LATER, 30), ..Limiter::new() }
    }

    fn secret() -> crate::secret::Secret {
        crate::secret::Secret::new(b"12345678901234567890").unwrap()
    }

    fn pin(reset: PinReset) -> PinFactor {
        PinFactor {
            hash: SlowHash::dummy(crate::policy::Policy::default().hash_cost()),
            limiter: Limiter::new(),
            times: FactorTimes::new(NOW),
            reminder: Reminder { level: 0, wait: Cooldown::new(NOW, 60) },
            reset: Some(reset),
            rehearsals: Limiter::new(),
        }
    }

    fn pin_reset() -> PinReset {
        PinReset {
            requested_at: NOW.as_secs(),
            wait: Cooldown::new(NOW, 600),
            stage: ResetStage::LastDay,
            last_day: Cooldown::none(),
        }
    }

    /// Each puts a different time of the future into a state.
    const PARTS: [fn(&mut State); 12] = [
        |state| {
            let (parameters, times) = (TotpParameters::new(), FactorTimes::new(NOW));
            let limiter = locked_later();
            state.factors.totp =
                Some(TotpFactor { secret: secret(), parameters, last: None, limiter, times });
        },
        |state| {
            state.enrolling.begin([1; 16].into(), &[]);
            *state.enrolling.limiter_mut(&[1; 16].into()).unwrap() = locked_later();
        },
        |state| state.backoff = Backoff::new().next(LATER, |_| 30),
        |state| state.sends.record([1; 16], LATER),
        |state| {
            let factor = NewFactor::Totp { secret: secret(), parameters: TotpParameters::new() };
            let (id, lifetime) = ([1; 16].into(), Lifetime::new(LATER, 600));
            let open = OpenEnrollment {
                id,
                lifetime,
                failures: 0,
                factor,
                basis: EnrollmentBasis {
                    rests_on: RestsOn::Word,
                    with_pin: false,
                    first_factor: None,
                    proof: None,
                    client: Default::default(),
                },
            };
            state.enrollments.push(open);
        },
        |state| state.quarantines.begin(Quarantined::Number, LATER),
        |state| state.reset = Some(Lifetime::new(LATER, 600)),
        |state| {
            state.partial_proofs.push(PartialProof {
                id: [1; 16].into(),
                purpose: Operation::SignIn,
                factors: FactorSet::of(&[FactorKind::Totp]).bits(),
                client: Default::default(),
                lifetime: Lifetime::new(LATER, 600),
                allowed: 0,
                first_factor: None,
                methods: Default::default(),
                address: None,
            });
        },
        |state| {
            let requested_at = LATER.as_secs();
            state.factors.pin = Some(pin(PinReset { requested_at, ..pin_reset() }));
        },
        |state| {
            let wait = Cooldown::new(LATER, 600);
            state.factors.pin = Some(pin(PinReset { wait, ..pin_reset() }));
        },
        |state| {
            let last_day = Cooldown::new(LATER, 600);
            state.factors.pin = Some(pin(PinReset { last_day, ..pin_reset() }));
        },
        |state| {
            let mut pin = pin(pin_reset());
            pin.reminder.wait = Cooldown::new(LATER, 600);
            state.factors.pin = Some(pin);
        },
    ];

    #[test]
    fn time_in_the_future_is_found_and_repaired() {
        assert!(!State::new().has_clock_fault(NOW));
        for (at, put) in PARTS.iter().enumerate() {
            let mut state = State::new();
            put(&mut state);
            assert!(state.has_clock_fault(NOW), "{at}");
            state.repair(NOW);
            assert!(!state.has_clock_fault(NOW), "{at}");
        }
    }

    #[test]
    fn repair_ends_what_starts_in_the_future_and_nothing_else() {
        let partial = |from| PartialProof {
            id: [1; 16].into(),
            purpose: Operation::SignIn,
            factors: FactorSet::of(&[FactorKind::Totp]).bits(),
            client: Default::default(),
            lifetime: Lifetime::new(from, 600),
            allowed: 0,
            first_factor: None,
            methods: Default::default(),
            address: None,
        };
        let mut state = State::new();
        state.partial_proofs = alloc::vec![partial(NOW), partial(LATER)];
        state.reset = Some(Lifetime::new(LATER, 600));
        state.repair(NOW);
        assert_eq!(state.partial_proofs.len(), 1);
        assert!(state.reset.is_some_and(|reset| reset.is_over(NOW)), "it stays, and is over");
    }

    #[test]
    fn pin_reset_whose_wait_restarts_begins_its_stages_again() {
        let mut state = State::new();
        let wait = Cooldown::new(LATER, 600);
        state.factors.pin = Some(pin(PinReset { wait, ..pin_reset() }));
        state.repair(NOW);
        let stage = state.factors.pin.and_then(|pin| pin.reset).map(|reset| reset.stage);
        assert_eq!(stage, Some(ResetStage::Begun));
    }

    #[test]
    fn repair_without_a_fault_changes_nothing() {
        let mut state = State::new();
        PARTS.iter().for_each(|put| put(&mut state));
        let written = minicbor::to_vec(&state).unwrap();
        state.repair(LATER);
        assert_eq!(minicbor::to_vec(&state).unwrap(), written);
    }
}
