//! Limits on incorrect answers and repeated ceremonies.

use second_factor::{
    FactorKind, Handle, Next, Policy, Proof, Purpose, SecurityKeyOutcome, block_on,
    host::Event,
    otp::{LookAhead, Window},
    verdict::Reason,
};

use super::{SIGN_IN, add, answer, begin, confirm, fail, first, miss, passed, try_key};
use crate::support::{
    NOON, World, YEAR, fresh, reason,
    watched::{Call, Watched},
};

#[test]
fn incorrect_answers_lock_only_the_keys() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        for name in ["blue", "red"] {
            let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
            let _ = confirm(&world, &begun, name).await.unwrap();
        }
        let waiting = begin(&world, SIGN_IN).await;
        drop(waiting);
        for _ in 0..5 {
            assert_eq!(miss(&world).await, Reason::Incorrect);
        }
        assert!(world.log.take().contains(&Event::FactorLocked(FactorKind::SecurityKey)));
        assert_eq!(reason(try_key(&world).await), Reason::Locked);
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
        world.clock.advance(30);
        let _ = try_key(&world).await.unwrap();
        let reported = Event::SuccessAfterFailures(FactorKind::SecurityKey, 5);
        assert!(world.log.take().contains(&reported));
        assert_eq!(miss(&world).await, Reason::Incorrect, "the success reset the count");
        assert!(try_key(&world).await.is_ok());
    });
}

#[test]
fn locked_keys_refuse_a_correct_answer_unchecked() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        for _ in 0..5 {
            assert_eq!(miss(&world).await, Reason::Incorrect);
        }
        let verdict =
            passed(world.verifier.security_keys(&world.alice).await.unwrap()[0].id().to_owned());
        let begun = world.verifier.enroll_security_key(&world.alice, b"").await;
        assert_eq!(reason(begun), Reason::Unauthorized, "they protect all the same");
        let handle = begin_elsewhere().await.parse::<Handle>().unwrap();
        let proof = Proof::security_key(&handle, verdict);
        assert_eq!(reason(world.verifier.verify(&world.alice, proof).await), Reason::Locked);
    });
}

/// The text of the handle of some ceremony.
async fn begin_elsewhere() -> String {
    begin(&World::new(), SIGN_IN).await.handle().to_string()
}

#[test]
fn fifty_incorrect_answers_disable_keys_until_enrollment() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let _ = confirm(&world, &begun, "blue").await.unwrap();
        fail(&world, 50).await;
        assert!(world.log.take().contains(&Event::FactorDisabled(FactorKind::SecurityKey)));
        let ceremony = begin(&world, SIGN_IN).await;
        assert!(ceremony.keys().is_empty(), "no key can answer");
        let key = *world.verifier.security_keys(&world.alice).await.unwrap()[0].id();
        assert_eq!(reason(answer(&world, &ceremony, passed(key)).await), Reason::Disabled);
        let verified = fresh(&world, &app, Purpose::Manage).await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let _ = confirm(&world, &begun, "red").await.unwrap();
        assert!(try_key(&world).await.is_ok());
    });
}

#[test]
fn five_keys_share_one_failure_count() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        for name in ["1", "2", "3", "4", "5"] {
            let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
            let _ = confirm(&world, &begun, name).await.unwrap();
        }
        fail(&world, 30).await;
        let disabled = |event: &Event| matches!(event, Event::FactorDisabled(_));
        assert!(!world.log.take().iter().any(disabled));
        world.clock.advance(3600);
        assert_eq!(world.miss_app(&app).await, Reason::Incorrect);
        assert!(!world.log.take().iter().any(disabled), "30 and 1 are 31");
    });
}

#[test]
fn failures_over_app_and_keys_disable_both() {
    block_on(async {
        let policy = Policy::builder().window(Window::NONE).look_ahead(LookAhead::new(9).unwrap());
        let world = World::with(policy.disable_at(100).build().unwrap());
        let (app, verified) = world.with_app().await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let _ = confirm(&world, &begun, "blue").await.unwrap();
        fail(&world, 60).await;
        world.fail_app(&app, 39).await;
        let disabled = |event: &Event| matches!(event, Event::FactorDisabled(_));
        assert!(!world.log.take().iter().any(disabled));
        world.fail_app(&app, 1).await;
        let mut reported = world.log.take();
        reported.retain(disabled);
        let both = [FactorKind::Totp, FactorKind::SecurityKey].map(Event::FactorDisabled);
        assert_eq!(reported, both);
    });
}

#[test]
fn key_lock_in_the_future_restarts_once() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        world.clock.set(NOON + YEAR);
        for _ in 0..5 {
            assert_eq!(miss(&world).await, Reason::Incorrect);
        }
        world.clock.set(NOON);
        assert_eq!(reason(try_key(&world).await), Reason::Locked);
        world.clock.advance(30);
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
        let Next::Prove(offers) = world.verifier.next(&world.alice, SIGN_IN).await.unwrap() else {
            panic!("keys protect")
        };
        let kinds: Vec<_> = offers.iter().map(|offer| (offer.kind(), offer.id())).collect();
        assert_eq!(kinds, [(FactorKind::SecurityKey, None)]);
    });
}

#[test]
fn policy_without_keys_refuses_ceremonies() {
    block_on(async {
        let policy = Policy::builder().factors(Purpose::StepUp, &[FactorKind::Totp]).build();
        let world = World::with(policy.unwrap());
        let _ = add(&world, "blue").await;
        let ceremony = begin(&world, SIGN_IN).await;
        let proof = Proof::security_key(&ceremony, passed(first(&ceremony)));
        let (verifier, alice) = (&world.verifier, &world.alice);
        for purpose in [Purpose::StepUp, Purpose::Enroll, Purpose::Register, Purpose::ResetPin] {
            let begun = verifier.begin_security_key(alice, purpose, b"").await;
            assert_eq!(reason(begun), Reason::NotAllowed, "{purpose:?}");
            let refused = verifier.verify_for(alice, purpose, proof).await;
            assert_eq!(reason(refused), Reason::NotAllowed, "{purpose:?}");
        }
        assert!(verifier.verify(alice, proof).await.is_ok(), "nothing was used up");
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
        assert_eq!(reason(world.verifier.ceremony(&world.alice, &decoy).await), Reason::NotFound);
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let _ = confirm(&world, &begun, "blue").await.unwrap();
        let key = *world.verifier.security_keys(&world.alice).await.unwrap()[0].id();
        assert_eq!(reason(answer(&world, &decoy, passed(key)).await), Reason::NotFound);
    });
}

#[test]
fn key_answer_and_refusal_take_one_read_and_one_write() {
    const COUNTED: [Call; 2] = [Call::Load, Call::Commit];
    const UNCOUNTED: [Call; 2] = [Call::Load, Call::Conflict];
    block_on(async {
        let world = World::over(Watched::default(), Policy::default());
        let bare = World::over(Watched::default(), Policy::default());
        let _ = add(&world, "blue").await;
        let _ = bare.verifier.next(&bare.alice, SIGN_IN).await.unwrap();
        let _ = (world.store.take(), bare.store.take());
        let ceremony = begin(&world, SIGN_IN).await;
        assert_eq!(world.store.take(), COUNTED);
        let decoy = begin(&bare, SIGN_IN).await;
        assert_eq!(bare.store.take(), UNCOUNTED);
        let right = passed(first(&ceremony));
        let _ = world.verifier.ceremony(&world.alice, &ceremony).await.unwrap();
        assert_eq!(world.store.take(), [Call::Load]);
        assert_eq!(reason(answer(&bare, &decoy, right).await), Reason::NotEnrolled);
        assert_eq!(bare.store.take(), UNCOUNTED);
        let _ = answer(&world, &ceremony, right).await.unwrap();
        assert_eq!(world.store.take(), COUNTED);
        assert_eq!(reason(answer(&world, &ceremony, right).await), Reason::NotFound);
        assert_eq!(world.store.take(), UNCOUNTED);
        let ceremony = begin(&world, SIGN_IN).await;
        let _ = world.store.take();
        assert!(answer(&world, &ceremony, SecurityKeyOutcome::failed()).await.is_err());
        assert_eq!(world.store.take(), COUNTED);
    });
}

#[test]
fn repeated_ceremonies_are_delayed() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        for _ in 0..10 {
            let _ = begin(&world, SIGN_IN).await;
        }
        let error = world.verifier.begin_security_key(&world.alice, SIGN_IN, b"").await;
        let error = error.unwrap_err();
        assert_eq!(error.retry_at().unwrap().as_secs(), NOON + 30);
        assert_eq!(reason::<()>(Err(error)), Reason::TooSoon);
        world.clock.advance(30);
        let ceremony = begin(&world, SIGN_IN).await;
        let _ = answer(&world, &ceremony, passed(first(&ceremony))).await.unwrap();
        for _ in 0..9 {
            let _ = begin(&world, SIGN_IN).await;
        }
        world.clock.advance(600);
        for _ in 0..10 {
            let _ = begin(&world, SIGN_IN).await;
        }
    });
}

#[test]
fn ceremony_cooldown_in_the_future_restarts_once() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        world.clock.set(NOON + YEAR);
        for _ in 0..10 {
            let _ = begin(&world, SIGN_IN).await;
        }
        world.clock.set(NOON);
        assert_eq!(reason(try_key(&world).await), Reason::TooSoon);
        world.clock.advance(30);
        assert!(try_key(&world).await.is_ok());
    });
}
