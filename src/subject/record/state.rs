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
    time::UnixTime,
};

/// Everything that the record of a subject stores.
///
/// Every part that may be extended is a map with numbered fields. A new field advances the format
/// number of the record (`keys::seal::FORMAT`), so an older release cannot drop the field.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct State {
    /// Advances when earlier proofs must no longer count. It starts at a random number, so that a
    /// record that was deleted and created again does not renew old permissions.
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
    /// The running slow check.
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
        }
    }

    /// Revokes what was proven, begun or trusted before. The factors stay enrolled.
    pub(crate) fn advance_epoch(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        self.end_begun();
        // The next registration counts as a new device, even from the client that registered last.
        self.registration.client = Default::default();
        self.devices.clear();
        self.support_code = None;
    }

    /// Ends everything that was begun and is still pending.
    pub(crate) fn end_begun(&mut self) {
        self.challenges.clear();
        self.enrollments.clear();
        self.partial_proofs.clear();
        self.registration.end_code();
        self.lease = None;
        self.sign_in_requests.open = None;
    }

    /// Begins the quarantine after a new device, during which no first PIN is accepted.
    pub(crate) fn begin_quarantine(&mut self, now: UnixTime) {
        self.quarantines.begin(Quarantined::NewDevice, now);
    }

    /// Begins the quarantine if a device is trusted. Call it before the change that causes it.
    ///
    /// Without a trusted device, no device counts as new.
    pub(crate) fn begin_quarantine_beside_devices(&mut self, now: UnixTime) {
        if self.has_usable_device(now) {
            self.begin_quarantine(now);
        }
    }

    /// Returns whether a device is trusted and has not expired.
    pub(crate) fn has_usable_device(&self, now: UnixTime) -> bool {
        self.devices.iter().any(|device| !device.lifetime.is_over(now))
    }

    /// Removes a forgotten PIN.
    ///
    /// FAILURES 112: an attacker who removed the PIN must not set the next one first. The
    /// quarantine begins before the devices end.
    pub(crate) fn remove_forgotten_pin(&mut self, now: UnixTime) {
        self.begin_quarantine_beside_devices(now);
        self.factors.pin = None;
        self.advance_epoch();
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

    fn address_count(&self, enrollment: &Id) -> Option<Id> {
        self.enrollment(enrollment)?.count()
    }

    /// Returns the failure counter for `counter`.
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

    /// Returns the failure counter like [`limiter`](Self::limiter), mutably.
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

    /// Returns whether the factor of `counter` is disabled.
    ///
    /// Either counter of an HOTP token disables both single codes and resynchronization. A disabled
    /// PIN cannot be rehearsed.
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

    /// Clears the failures of a factor that succeeded, and returns their number.
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

    /// Returns the kind of the factor of `counter`, for events.
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

    /// Returns the enrollment and usage times of the factor of `counter`.
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
            // These counters belong to no enrolled factor.
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
            past: _,
            // A notice from the future is dropped by the next commit.
            outbox: _,
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

    /// Each function stores a different future time in a state.
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
                factors: FactorSet::of(&[FactorKind::Totp]),
                client: Default::default(),
                lifetime: Lifetime::new(LATER, 600),
                allowed: FactorSet::default(),
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
            factors: FactorSet::of(&[FactorKind::Totp]),
            client: Default::default(),
            lifetime: Lifetime::new(from, 600),
            allowed: FactorSet::default(),
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
