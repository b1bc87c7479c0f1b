//! Tests of clock faults in a state.

use alloc::{boxed::Box, format};

use super::*;
use crate::{
    address::Address,
    factor::{FactorKind, FactorSet},
    keys::Generation,
    otp::{Found, Step, Totp, TotpParameters, Window},
    purpose::Operation,
    subject::{
        factor::sent_code,
        record::{
            addresses::RestsOn,
            factor_times::FactorTimes,
            lane::Lane,
            lease::{Lease, LeaseTarget},
            lifetime::Cooldown,
            limiter::{FailureEffect, LaneLimiters, Limiter},
            open_codes::{EnrollmentBasis, NewFactor},
            pin::{PinFactor, PinReset, Reminder, ResetStage},
            registration::OpenRegistration,
            send_history::KnownSends,
            sign_in_requests::{DeviceRequest, OpenRequest, StoredAnswer},
            slow_count::SlowCount,
            slow_hash::SlowHash,
            stored_code::StoredCode,
            totp::TotpFactor,
        },
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
        next_reset: Some(Cooldown::new(NOW, 600)),
    }
}

fn pin_reset() -> PinReset {
    PinReset {
        requested_at: NOW.as_secs(),
        wait: Cooldown::new(NOW, 600),
        stage: ResetStage::LastDay,
        last_day: Cooldown::none(),
        requested_with: None,
    }
}

fn address() -> Address {
    Address::phone("+14155550100").unwrap()
}

fn sent(challenge_from: UnixTime, code_from: UnixTime) -> StoredCode {
    StoredCode {
        challenge_lifetime: Lifetime::new(challenge_from, 600),
        code_lifetime: Lifetime::new(code_from, 300),
        ..sent_code::empty(Operation::SignIn)
    }
}

fn challenge(sent: StoredCode) -> OpenChallenge {
    OpenChallenge { address: [1; 16].into(), sent, first_factor: None, lane: Lane::Passed }
}

fn enrollment(from: UnixTime, factor: NewFactor) -> OpenEnrollment {
    OpenEnrollment {
        id: [1; 16].into(),
        lifetime: Lifetime::new(from, 600),
        failures: 0,
        factor,
        basis: EnrollmentBasis {
            rests_on: RestsOn::HostAssertion,
            with_pin: false,
            first_factor: None,
            proof: None,
            client: Default::default(),
        },
    }
}

fn new_address(sent: StoredCode) -> NewFactor {
    NewFactor::Address { address: address(), sent, count: [1; 16].into() }
}

/// Each begins something at a time.
const BEGUN: [fn(&mut State, UnixTime); 8] = [
    |state, at| state.challenges.push(challenge(sent(at, at))),
    // Of a code that was sent again.
    |state, at| state.challenges.push(challenge(sent(NOW, at))),
    |state, at| {
        let parameters = TotpParameters::new();
        let factor = NewFactor::Totp { secret: secret(), parameters, label: None };
        state.enrollments.push(enrollment(at, factor));
    },
    |state, at| state.enrollments.push(enrollment(at, new_address(sent(at, at)))),
    |state, at| state.enrollments.push(enrollment(NOW, new_address(sent(NOW, at)))),
    |state, at| {
        let (address, sent) = (address(), sent(at, at));
        state.registration.open.push(OpenRegistration { address, sent, lane: Lane::Passed });
    },
    |state, at| {
        state.sign_in_requests.open = Some(OpenRequest {
            id: [1; 16].into(),
            shown: [2; 16].into(),
            number: 7,
            purpose: Operation::SignIn,
            client: Default::default(),
            device: "Firefox".into(),
            location: "Lisbon".into(),
            lifetime: Lifetime::new(at, 300),
            answer: StoredAnswer::Waiting,
            first_factor: None,
            asked_by: None,
        });
    },
    |state, at| {
        state.partial_proofs.push(PartialProof {
            id: [1; 16].into(),
            purpose: Operation::SignIn,
            factors: FactorSet::of(&[FactorKind::Totp]),
            client: Default::default(),
            lifetime: Lifetime::new(at, 600),
            allowed: FactorSet::default(),
            first_factor: None,
            methods: Default::default(),
            address: None,
            lane: None,
        });
    },
];

/// Each puts a different time of the future into what a repair does not drop.
const PARTS: [fn(&mut State); 18] = [
    |state| {
        let last = Some(Step::new(LATER.as_secs() / 30));
        state.factors.totp = Some(TotpFactor { last, ..app(LaneLimiters::new()) });
    },
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
    |state| state.quarantines.begin(Quarantined::Number, LATER),
    |state| state.reset = Some(Lifetime::new(LATER, 600)),
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
    let check = |put: &dyn Fn(&mut State), name: &str| {
        let mut state = State::new();
        put(&mut state);
        assert!(state.has_clock_fault(NOW), "{name}");
        state.repair(NOW);
        assert!(!state.has_clock_fault(NOW), "{name}");
    };
    assert!(!State::new().has_clock_fault(NOW));
    for (at, put) in PARTS.iter().enumerate() {
        check(put, &format!("part {at}"));
    }
    for (at, begin) in BEGUN.iter().enumerate() {
        check(&|state| begin(state, LATER), &format!("begun {at}"));
    }
}

#[test]
fn repair_drops_what_began_in_the_future_and_nothing_else() {
    for (at, begin) in BEGUN.iter().enumerate() {
        let repaired = |times: &[UnixTime]| {
            let mut state = State::new();
            times.iter().for_each(|from| begin(&mut state, *from));
            state.repair(NOW);
            minicbor::to_vec(&state).unwrap()
        };
        assert_eq!(repaired(&[LATER]), repaired(&[]), "{at}");
        assert_ne!(repaired(&[NOW]), repaired(&[]), "{at}");
        assert_eq!(repaired(&[LATER, NOW]), repaired(&[NOW]), "{at}");
    }
}

#[test]
fn administrator_reset_from_the_future_stays_and_is_over() {
    let mut state = State::new();
    state.reset = Some(Lifetime::new(LATER, 600));
    state.repair(NOW);
    assert!(state.reset.is_some_and(|reset| reset.is_over(NOW)));
}

/// Law 3: a server whose clock is no fault may have accepted these codes.
#[test]
fn repaired_step_refuses_every_code_of_the_widest_window() {
    let mut state = State::new();
    let last = Some(Step::new(LATER.as_secs() / 30));
    state.factors.totp = Some(TotpFactor { last, ..app(LaneLimiters::new()) });
    state.repair(NOW);
    let last = state.factors.totp.unwrap().last;
    let (totp, window) = (Totp::new(&secret()), Window::new(2, 2).unwrap());
    let find =
        |step: u64, now| totp.find(totp.code_at(Step::new(step)).expose(), now, window, last);
    let mut highest = 0;
    for now in (0..=120).map(|ahead| NOW.plus(ahead)) {
        let step = totp.step(now).unwrap().get();
        highest = step + 2;
        for step in step - 2..=highest {
            assert_eq!(find(step, now), Found::Used, "{step}");
        }
    }
    let next = highest + 1;
    assert_eq!(find(next, NOW.plus(150)), Found::Fresh(Step::new(next)), "and no later one");
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
    BEGUN.iter().for_each(|begin| begin(&mut state, LATER));
    let written = minicbor::to_vec(&state).unwrap();
    state.repair(LATER);
    assert_eq!(minicbor::to_vec(&state).unwrap(), written);
}
