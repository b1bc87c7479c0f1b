//! Required enrollment in every state, and who may enroll late.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use proptest::prelude::*;
use second_factor::{
    Address, Error, FactorKind, FirstFactor, ItemId, Next, Policy, Proof, Purpose, Reason, Secret,
    SignIn, SubjectId, UnixTime, Verifier, block_on,
    enrollment::{HotpToken, NewSecurityKey},
    policy::{Absent, LateEnrollment, PolicyBuilder},
    purpose::Operation,
    status::FactorStatus,
};

use super::required::{BY, DAY, postponed, required, required_by};
use crate::support::{NOON, World, mail, prove, reason};

/// What `next` returned.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    Done,
    MayWait,
    MustEnroll,
    MustProve,
    Prove,
    Refused(Reason),
}

use Shown::{Done, MayWait, MustEnroll, MustProve, Prove, Refused};

async fn shown(verifier: &Verifier, alice: &SubjectId) -> Shown {
    let required = match verifier.next(alice).await {
        Ok(Next::Done(SignIn::Unprotected(free))) => {
            assert_eq!(free.good_until(), None);
            return Done;
        }
        Ok(Next::Done(other)) => panic!("{other:?} was not proven"),
        Ok(Next::Enroll(required)) => required,
        Ok(Next::Prove(offers)) => {
            assert!(offers.iter().next().is_some(), "a page without buttons");
            return Prove;
        }
        Err(error) => {
            assert!(error.is_safe_to_show());
            return Refused(error.denial().unwrap().reason());
        }
    };
    assert!(!required.kinds().is_empty(), "a page without buttons");
    let (deadline, needs_proof) = (required.deadline(), required.needs_proof());
    match required.postpone() {
        Some(sign_in) if !needs_proof => {
            assert_eq!(sign_in.good_until(), Some(deadline));
            MayWait
        }
        Some(_) => panic!("a proof is due, and was not asked for"),
        None if needs_proof => MustProve,
        None => MustEnroll,
    }
}

/// What is enrolled when the user signs in.
#[derive(Clone, Copy, Debug)]
enum State {
    App,
    AppAndBackupCodes,
    AppNoLongerAllowed,
    NoRecord,
    NothingEnrolled,
    RecoveryAddress,
    ResetOpen,
    ResetOver,
    TurnedOff,
}

impl State {
    /// Reaches the state at noon.
    async fn reach(self, world: &World) {
        let support = world.verifier.support("carol", "4711");
        if !matches!(self, Self::NoRecord) {
            world.verifier.operations().create(&world.alice).await.unwrap();
        }
        match self {
            Self::NoRecord | Self::NothingEnrolled => {}
            Self::App | Self::AppNoLongerAllowed => drop(world.with_app().await),
            Self::AppAndBackupCodes => {
                let (_, verified) = world.with_app().await;
                drop(world.verifier.new_backup_codes(&verified).await.unwrap());
            }
            Self::RecoveryAddress => drop(prove(world, &world.alice, &mail()).await.unwrap()),
            Self::ResetOpen | Self::ResetOver => support.reset(&world.alice).await.unwrap(),
            Self::TurnedOff => {
                let (_, verified) = world.with_app_now().await;
                world.verifier.turn_off(&verified).await.unwrap();
            }
        }
        let waits = if matches!(self, Self::ResetOver) { 3600 } else { 0 };
        world.clock.set(NOON + 30 + waits);
    }
}

/// What may come first, besides nothing.
fn first_factors() -> [FirstFactor; 5] {
    let key = ItemId::of("a passkey of the application");
    [
        FirstFactor::Email(Address::email("on.file@example.com").unwrap()),
        FirstFactor::Federated { amr: vec!["pwd".into()], address: None },
        FirstFactor::Passkey { key, user_verified: false, device_bound: false },
        FirstFactor::Password,
        FirstFactor::Phone(Address::phone("+14155550199").unwrap()),
    ]
}

#[test]
fn next_in_every_state_and_requirement() {
    const AFTER: u64 = NOON + DAY;
    let nothing = [Done, MayWait, MustEnroll];
    let refused = |reason| [Refused(reason), Refused(reason), Refused(reason)];
    // Optional, required later, required now.
    let table = [
        (State::NoRecord, Absent::Refuse, refused(Reason::Absent)),
        (State::NoRecord, Absent::Unprotected, nothing),
        (State::ResetOver, Absent::Refuse, refused(Reason::Expired)),
        (State::App, Absent::Refuse, [Prove, Prove, Prove]),
        (State::AppNoLongerAllowed, Absent::Refuse, [MustProve, MustProve, MustProve]),
        (State::NothingEnrolled, Absent::Refuse, [Done, MayWait, MustEnroll]),
        (State::RecoveryAddress, Absent::Unprotected, [Done, MayWait, MustEnroll]),
        (State::ResetOpen, Absent::Refuse, [Done, MayWait, MustEnroll]),
        (State::TurnedOff, Absent::Unprotected, [Done, MayWait, MustEnroll]),
    ];
    block_on(async {
        for (state, absent, expected) in table {
            let world = World::with(Policy::builder().absent(absent).build().unwrap());
            state.reach(&world).await;
            let requirements = [Policy::builder(), required(AFTER), required(NOON)];
            for (builder, expected) in requirements.into_iter().zip(expected) {
                let builder = builder.absent(absent);
                let policy = match state {
                    State::AppNoLongerAllowed => builder.forbid(FactorKind::Totp),
                    _ => builder,
                };
                let under = world.verifier.under(&policy.build().unwrap());
                for first in first_factors() {
                    let found = shown(&under.after(&first), &world.alice).await;
                    assert_eq!(found, expected, "{state:?} after {first:?}");
                }
            }
        }
    });
}

/// As in the manual page `tasks`.
async fn must_enroll(app: &Verifier, plan: &Policy, user: &SubjectId) -> Result<bool, Error> {
    let can_sign_in = |factor: &FactorStatus| {
        factor.is_factor() && plan.factors(Operation::SignIn).any(|kind| kind == factor.kind())
    };
    Ok(!app.status(user).await?.factors().iter().any(can_sign_in))
}

#[test]
fn users_whom_a_plan_affects_are_known_before_it_applies() {
    block_on(async {
        let build = |plan: PolicyBuilder| plan.build().unwrap();
        let plans = [
            build(required(NOON)),
            build(required(BY).forbid(FactorKind::Totp)),
            build(required(NOON).only(Operation::SignIn, &[FactorKind::SecurityKey])),
            build(required(NOON).allow(FactorKind::Email).forbid(FactorKind::Totp)),
        ];
        for (state, affected) in [
            (State::App, [false, true, true, true]),
            (State::AppAndBackupCodes, [false, false, true, false]),
            (State::NoRecord, [true; 4]),
            (State::NothingEnrolled, [true; 4]),
            (State::RecoveryAddress, [true; 4]),
            (State::ResetOpen, [true; 4]),
            (State::TurnedOff, [true; 4]),
        ] {
            let world = World::with(build(Policy::builder().danger_cheap_hashes()));
            state.reach(&world).await;
            for (plan, affected) in plans.iter().zip(affected) {
                let found = must_enroll(&world.verifier, plan, &world.alice).await.unwrap();
                let next = world.verifier.under(plan).next(&world.alice).await.unwrap();
                let is_asked = matches!(next, Next::Enroll(_));
                assert_eq!((found, is_asked), (affected, affected), "{state:?} under {plan:?}");
            }
        }
    });
}

#[test]
fn factors_no_longer_allowed_enroll_under_the_earlier_policy() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let keys = [FactorKind::SecurityKey];
        let policy = required(NOON).only(Operation::SignIn, &keys).build().unwrap();
        let (earlier, now) = (&world.verifier, world.verifier.under(&policy));
        assert_eq!(shown(&now, &world.alice).await, MustProve);
        let proof = Proof::totp(app.code(&world.clock));
        let refused = now.verify_for(&world.alice, Purpose::Manage, proof.clone()).await;
        assert_eq!(reason(refused), Reason::NotAllowed);
        let grant = earlier.verify_for(&world.alice, Purpose::Manage, proof).await.unwrap();
        assert_eq!(reason(now.enroll_security_key(&grant, b"").await), Reason::Unauthorized);
        let begun = earlier.enroll_security_key(&grant, b"").await.unwrap();
        let key = NewSecurityKey::new("blue", b"a public key").unwrap();
        let _ = now.confirm_security_key(&world.alice, &begun, key).await.unwrap();
        assert_eq!(shown(&now, &world.alice).await, Prove);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn session_without_factor_ends_at_the_earlier_deadline(
        by in NOON - 2 * DAY..NOON + 2 * DAY,
        also_by in NOON - 2 * DAY..NOON + 2 * DAY,
        now in NOON - 2 * DAY..NOON + 2 * DAY,
    ) {
        let both = required_by(by).and(&required_by(also_by)).unwrap();
        let world = World::new();
        world.clock.set(now);
        let sign_in = block_on(postponed(&world, &both));
        let earlier = by.min(also_by);
        prop_assert_eq!(sign_in.is_some(), now < earlier);
        let ends = sign_in.and_then(|sign_in| sign_in.good_until());
        prop_assert!(ends.is_none_or(|ends| ends == UnixTime::from_secs(earlier)));
    }
}

#[test]
fn late_enrollment_needs_more_than_a_password() {
    let firsts = first_factors().into_iter().chain([FirstFactor::None]);
    let token = HotpToken::new(&Secret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap());
    for first in firsts {
        for late in [LateEnrollment::AfterAddress, LateEnrollment::AfterAnyFirstFactor] {
            for (now, is_late) in [(BY - 1, false), (BY, true)] {
                let permits = !is_late
                    || match first {
                        FirstFactor::None => false,
                        FirstFactor::Password => late == LateEnrollment::AfterAnyFirstFactor,
                        _ => true,
                    };
                let world = World::with(required(BY).late_enrollment(late).build().unwrap());
                world.clock.set(now);
                let (verifier, alice) = (world.verifier.after(&first), &world.alice);
                let refused = block_on(async {
                    if let Ok(Next::Enroll(required)) = verifier.next(alice).await {
                        assert_eq!(required.needs_confirmed_address(), !permits);
                    }
                    [
                        verifier.enroll_totp(alice, "alice").await.err(),
                        verifier.enroll_hotp(alice, &token).await.err(),
                        verifier.enroll_address(alice, &world.number).await.err(),
                        verifier.enroll_security_key(alice, b"").await.err(),
                    ]
                });
                for refused in refused {
                    let reason = refused.map(|error| {
                        assert!(error.is_safe_to_show());
                        error.denial().unwrap().reason()
                    });
                    assert_eq!(reason, (!permits).then_some(Reason::Late), "{first:?} {late:?}");
                }
            }
        }
    }
}

#[test]
fn status_shows_whom_a_mandate_will_affect() {
    block_on(async {
        let world = World::new();
        let subjects: Vec<SubjectId> =
            (0..5).map(|n| SubjectId::new(format!("user-{n}")).unwrap()).collect();
        let states = [
            State::App,
            State::NothingEnrolled,
            State::RecoveryAddress,
            State::ResetOpen,
            State::TurnedOff,
        ];
        for (subject, state) in subjects.iter().zip(states) {
            let world = World {
                alice: subject.clone(),
                ..World::over(world.store.clone(), Policy::default())
            };
            state.reach(&world).await;
        }
        // Before the mandate.
        let mut hit = Vec::new();
        for subject in &subjects {
            if !world.verifier.status(subject).await.unwrap().is_protected() {
                hit.push(subject.clone());
            }
        }
        assert_eq!(hit.len(), 4);
        // From then on.
        let under = world.verifier.under(&required_by(NOON));
        for subject in &subjects {
            let next = under.next(subject).await.unwrap();
            assert_eq!(matches!(next, Next::Enroll(_)), hit.contains(subject), "{subject:?}");
        }
    });
}
