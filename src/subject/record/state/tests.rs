//! Tests of clock faults in a state.

use alloc::boxed::Box;

use super::*;
use crate::{
    factor::{FactorKind, FactorSet},
    keys::Generation,
    otp::TotpParameters,
    purpose::Operation,
    subject::record::{
        addresses::RestsOn,
        factor_times::FactorTimes,
        lane::Lane,
        lease::{Lease, LeaseTarget},
        lifetime::Cooldown,
        limiter::{FailureEffect, LaneLimiters, Limiter},
        open_codes::{EnrollmentBasis, NewFactor},
        pin::{PinFactor, PinReset, Reminder, ResetStage},
        send_history::KnownSends,
        sign_in_requests::DeviceRequest,
        slow_count::SlowCount,
        slow_hash::SlowHash,
        totp::TotpFactor,
    },
};

const NOW: UnixTime = UnixTime::from_secs(1_000_000);
const LATER: UnixTime = UnixTime::from_secs(2_000_000);

fn locked_later() -> Limiter {
    Limiter { lock: Cooldown::new(LATER, 30), ..Limiter::new() }
}

fn secret() -> Box<crate::secret::Secret> {
    Box::new(crate::secret::Secret::new(b"12345678901234567890").unwrap())
}

fn app(limiters: LaneLimiters) -> TotpFactor {
    TotpFactor {
        secret: secret(),
        parameters: TotpParameters::new(),
        last: None,
        limiters,
        times: FactorTimes::new(NOW),
        ahead: None,
        id: None,
        label: None,
        further: Vec::new(),
    }
}

fn pin(reset: PinReset) -> PinFactor {
    PinFactor {
        hash: SlowHash::dummy(crate::policy::Policy::default().hash_cost()),
        limiters: LaneLimiters::new(),
        times: FactorTimes::new(NOW),
        reminder: Reminder { level: 0, wait: Cooldown::new(NOW, 60) },
        reset: Some(reset),
        rehearsals: Limiter::new(),
        generation: Generation::FIRST,
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
const PARTS: [fn(&mut State); 19] = [
    |state| {
        let known = state.known_sends.get_or_insert(KnownSends::new());
        known.backoff = Backoff::new().next(LATER, |_| 30);
    },
    |state| state.known_sends.get_or_insert(KnownSends::new()).sends.record([1; 16], LATER),
    |state| {
        let request = DeviceRequest { device: [1; 16].into(), at: LATER.as_secs() };
        state.sign_in_requests.by_devices = Some([request].into());
    },
    |state| {
        state.leases.push(Lease {
            id: [1; 16].into(),
            running: Cooldown::new(LATER, 30),
            target: LeaseTarget::Pin,
            lane: Lane::Passed,
            purpose: Operation::SignIn,
            resumes: None,
            first_factor: None,
            effect: FailureEffect::Counted,
        });
    },
    |state| {
        let limiters = LaneLimiters { passed: Limiter::new(), anonymous: Some(locked_later()) };
        state.factors.totp = Some(app(limiters));
    },
    |state| {
        state.enrolling.begin([1; 16].into(), &[]);
        let slow = Some(SlowCount::first(LATER));
        *state.enrolling.limiter_mut(&[1; 16].into()).unwrap() = Limiter { slow, ..Limiter::new() };
    },
    |state| state.compromise = Some(Cooldown::new(LATER, 600)),
    |state| {
        let limiters = LaneLimiters { passed: locked_later(), anonymous: None };
        state.factors.totp = Some(app(limiters));
    },
    |state| {
        state.enrolling.begin([1; 16].into(), &[]);
        *state.enrolling.limiter_mut(&[1; 16].into()).unwrap() = locked_later();
    },
    |state| state.backoff = Backoff::new().next(LATER, |_| 30),
    |state| state.sends.record([1; 16], LATER),
    |state| {
        let parameters = TotpParameters::new();
        let factor = NewFactor::Totp { secret: secret(), parameters, label: None };
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
