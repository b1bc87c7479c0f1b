//! Availability of keys to an owner under attack.

use second_factor::{
    FactorKind, Next, Policy, Proof, Reason, block_on,
    host::Event,
    proof::{CeremonyRequest, SecurityKeyOutcome},
    purpose::Operation,
    status::FactorState,
};

use super::{SIGN_IN, add, answer, begin, confirm, first, keys, passed, try_key};
use crate::support::{
    World,
    answer::Prove as _,
    reason,
    watched::{Call, Watched},
};

const UNCOUNTED: [Call; 2] = [Call::Load, Call::Conflict];
const COUNTED: [Call; 2] = [Call::Load, Call::Commit];

#[test]
fn failure_030_failed_answers_never_lock_a_key() {
    block_on(async {
        let world = World::over(Watched::default(), Policy::default());
        let _ = add(&world, "blue").await;
        let (waiting, attacked) = (begin(&world, SIGN_IN).await, begin(&world, SIGN_IN).await);
        let _ = (world.store.take(), world.log.take());
        for _ in 0..10_000 {
            let refused = answer(&world, &attacked, SecurityKeyOutcome::failed()).await;
            assert_eq!(reason(refused), Reason::SecurityKeyFailed);
        }
        assert_eq!(world.store.commits(), 0);
        let events = world.log.take();
        let failed = Event::IncorrectProof(FactorKind::SecurityKey);
        assert!(events.iter().all(|event| *event == failed), "it reports no lock and no spraying");
        assert_eq!(events.len(), 10_000);
        let status = world.verifier.status(&world.alice).await.unwrap();
        assert_eq!(status.factors()[0].state(), FactorState::Open);
        let verified = answer(&world, &waiting, passed(first(&waiting))).await;
        assert!(verified.is_ok());
        let expected = [Event::Verified(FactorKind::SecurityKey, SIGN_IN)];
        assert_eq!(world.log.take(), expected, "no failures came before it");
    });
}

#[test]
fn failure_030_begun_ceremonies_do_not_end_each_other() {
    block_on(async {
        let world = World::over(Watched::default(), Policy::default());
        let _ = add(&world, "blue").await;
        let waiting = begin(&world, SIGN_IN).await;
        for _ in 0..1000 {
            let _ = begin(&world, SIGN_IN).await;
        }
        assert!(answer(&world, &waiting, passed(first(&waiting))).await.is_ok());
    });
}

#[test]
fn beginning_a_ceremony_takes_one_read_and_no_write() {
    block_on(async {
        let world = World::over(Watched::default(), Policy::default());
        let (verifier, alice) = (&world.verifier, &world.alice);
        let _ = verifier.next(alice).await.unwrap();
        let _ = world.store.take();
        let _ = verifier.enroll_security_key(alice, b"").await.unwrap();
        assert_eq!(world.store.take(), [Call::Load]);
        let decoy = begin(&world, SIGN_IN).await;
        assert_eq!(world.store.take(), [Call::Load]);
        assert!(decoy.keys().is_empty());
        let verified = add(&world, "blue").await;
        let _ = world.store.take();
        let _ = begin(&world, Operation::StepUp).await;
        assert_eq!(world.store.take(), [Call::Load]);
        let _ = verifier.enroll_security_key(&verified, b"").await.unwrap();
        assert_eq!(world.store.take(), [Call::Load]);
        let ceremony = verifier.begin_passkey(b"").unwrap();
        let _ = verifier.open_passkey(ceremony.expose()).unwrap();
        assert_eq!(world.store.take(), []);
        let _ = verifier.ceremony(alice, ceremony.expose()).await.unwrap();
        assert_eq!(world.store.take(), [Call::Load]);
    });
}

#[test]
fn key_answer_and_refusal_take_one_read_and_one_write() {
    block_on(async {
        let world = World::over(Watched::default(), Policy::default());
        let bare = World::over(Watched::default(), Policy::default());
        let begun = world.verifier.enroll_security_key(&world.alice, b"").await.unwrap();
        let _ = world.store.take();
        let verified = confirm(&world, &begun, "blue").await.unwrap();
        // It stores an event, and acknowledges that it was delivered.
        assert_eq!(world.store.take(), [Call::Load, Call::Commit, Call::Commit]);
        let _ = bare.verifier.next(&bare.alice).await.unwrap();
        let (ceremony, decoy) = (begin(&world, SIGN_IN).await, begin(&bare, SIGN_IN).await);
        let enrollment = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let _ = (world.store.take(), bare.store.take());
        let correct = passed(first(&ceremony));
        let refused = answer(&bare, &decoy, correct.clone()).await;
        assert_eq!((reason(refused), bare.store.take()), (Reason::NotEnrolled, UNCOUNTED.into()));
        let failed = answer(&world, &ceremony, SecurityKeyOutcome::failed()).await;
        assert_eq!(reason(failed), Reason::SecurityKeyFailed);
        assert_eq!(world.store.take(), UNCOUNTED);
        let _ = answer(&world, &ceremony, correct.clone()).await.unwrap();
        assert_eq!(world.store.take(), COUNTED);
        for refused in [&ceremony, &enrollment] {
            assert!(answer(&world, refused, correct.clone()).await.is_err());
            assert_eq!(world.store.take(), UNCOUNTED);
        }
        assert!(confirm(&world, &ceremony, "red").await.is_err());
        assert_eq!(world.store.take(), UNCOUNTED);
    });
}

#[test]
fn failed_keys_do_not_disable_other_factors() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let _ = confirm(&world, &begun, "blue").await.unwrap();
        let ceremony = begin(&world, SIGN_IN).await;
        for _ in 0..100 {
            let _ = answer(&world, &ceremony, SecurityKeyOutcome::failed()).await.unwrap_err();
        }
        world.fail_app(&app, 29).await;
        let disabled = |event: &Event| matches!(event, Event::FactorDisabled(_));
        assert!(!world.log.take().iter().any(disabled));
        world.wait_out(SIGN_IN, FactorKind::Totp).await;
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
    });
}

#[test]
fn locked_app_leaves_the_key_usable() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let _ = confirm(&world, &begun, "blue").await.unwrap();
        world.fail_app(&app, 30).await;
        assert_eq!(reason(world.try_app(&app.code(&world.clock)).await), Reason::Disabled);
        assert!(try_key(&world).await.is_ok());
    });
}

#[test]
fn all_keys_share_one_offer() {
    block_on(async {
        let world = World::new();
        let verified = add(&world, "blue").await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let _ = confirm(&world, &begun, "red").await.unwrap();
        let Next::Prove(offers) = world.verifier.next(&world.alice).await.unwrap() else {
            panic!("keys protect")
        };
        let kinds: Vec<_> = offers.iter().map(|offer| offer.kind()).collect();
        assert_eq!(kinds, [FactorKind::SecurityKey]);
    });
}

#[test]
fn policy_without_keys_refuses_ceremonies() {
    block_on(async {
        let policy = Policy::builder().only(Operation::StepUp, &[FactorKind::Totp]).build();
        let world = World::with(policy.unwrap());
        let _ = add(&world, "blue").await;
        let ceremony = begin(&world, SIGN_IN).await;
        let proof = || Proof::security_key(&ceremony, passed(first(&ceremony)));
        let (verifier, alice) = (&world.verifier, &world.alice);
        for purpose in
            [Operation::StepUp, Operation::Enroll, Operation::Register, Operation::ResetPin]
        {
            let request = CeremonyRequest::new(b"").purpose(purpose);
            let begun = verifier.begin_security_key(alice, request).await;
            assert_eq!(reason(begun), Reason::NotAllowed, "{purpose:?}");
        }
        for purpose in [Operation::StepUp, Operation::Register] {
            let refused = verifier.prove_for(alice, purpose, proof()).await;
            assert_eq!(reason(refused), Reason::NotAllowed, "{purpose:?}");
        }
        assert!(verifier.verify(alice, proof()).await.is_ok(), "nothing was used up");
    });
}

#[test]
fn subject_without_keys_gets_an_unanswerable_ceremony() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let decoy = begin(&world, SIGN_IN).await;
        assert!(decoy.keys().is_empty());
        assert_eq!(decoy.state(), b"kept");
        assert_ne!(decoy.challenge(), &[0; 32]);
        let invented = "0".repeat(26).parse::<second_factor::ItemId>().unwrap();
        assert_eq!(reason(answer(&world, &decoy, passed(invented)).await), Reason::NotEnrolled);
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let _ = confirm(&world, &begun, "blue").await.unwrap();
        assert_eq!(reason(answer(&world, &decoy, passed(invented)).await), Reason::NotFound);
        assert_eq!(keys(&world).await.len(), 1);
    });
}
