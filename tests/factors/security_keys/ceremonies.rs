//! Ceremonies: binding, expiry and single use.

use alloc::rc::Rc;

use second_factor::{
    Authority, Client, Error, Factor, FactorKind, Handle, Policy, Proof, Purpose,
    SecurityKeyOutcome, SubjectId, Verified, block_on, host::Event, purpose::Agreement,
    verdict::Reason,
};

use super::{SIGN_IN, add, answer, begin, confirm, first, passed, try_key};
use crate::{
    support::{NOON, World, YEAR, reason},
    walk::{Stepping, Task, every_order},
};

#[test]
fn passed_key_verifies_and_its_credential_is_replaced() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let ceremony = begin(&world, SIGN_IN).await;
        let [key] = ceremony.keys() else { panic!("one key is enrolled") };
        assert_eq!((key.name(), key.credential()), ("blue", &b"blue, used 0 times"[..]));
        let verified = answer(&world, &ceremony, passed(*key.id())).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::SecurityKey]);
        assert_eq!((verified.subject(), verified.purpose()), (&world.alice, SIGN_IN));
        let keys = world.verifier.security_keys(&world.alice).await.unwrap();
        assert_eq!(keys[0].credential(), b"used once more");
        assert_eq!(keys[0].enrolled_at().as_secs(), NOON);
        let events = world.log.take();
        assert!(events.contains(&Event::Verified(FactorKind::SecurityKey, SIGN_IN)));
    });
}

#[test]
fn ceremony_is_reloaded_by_the_second_request() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let begun = begin(&world, SIGN_IN).await;
        let handle = begun.handle().to_string().parse::<Handle>().unwrap();
        let again = world.verifier.ceremony(&world.alice, &handle).await.unwrap();
        assert_eq!(again.handle(), begun.handle());
        assert_eq!(again.challenge(), begun.challenge());
        assert_eq!((again.state(), again.expires_at()), (&b"kept"[..], begun.expires_at()));
        assert_eq!(first(&again), first(&begun));
        assert!(
            answer(&world, &again, passed(first(&again))).await.is_ok(),
            "loading it does not end it"
        );
        let spent = world.verifier.ceremony(&world.alice, &handle).await;
        assert_eq!(reason(spent), Reason::NotFound);
    });
}

#[test]
fn every_ceremony_has_its_own_handle_and_challenge() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let (one, other) = (begin(&world, SIGN_IN).await, begin(&world, SIGN_IN).await);
        assert_ne!(one.challenge(), other.challenge());
        assert_ne!(one.handle(), other.handle());
        assert_ne!(one.challenge(), &[0; 32]);
    });
}

#[test]
fn ceremony_is_answered_once() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let ceremony = begin(&world, SIGN_IN).await;
        let right = passed(first(&ceremony));
        let _ = answer(&world, &ceremony, right).await.unwrap();
        assert_eq!(reason(answer(&world, &ceremony, right).await), Reason::NotFound);
        let ceremony = begin(&world, SIGN_IN).await;
        let refused = answer(&world, &ceremony, SecurityKeyOutcome::failed()).await;
        assert_eq!(reason(refused), Reason::Incorrect);
        assert_eq!(reason(answer(&world, &ceremony, right).await), Reason::NotFound);
        let refused = answer(&world, &ceremony, SecurityKeyOutcome::failed()).await;
        assert_eq!(reason(refused), Reason::NotFound, "it is counted once too");
    });
}

#[test]
fn concurrent_answers_have_one_winner_in_every_order() {
    let before = World::new();
    let (handle, key) = block_on(async {
        let _ = add(&before, "blue").await;
        let ceremony = begin(&before, SIGN_IN).await;
        (*ceremony.handle(), first(&ceremony))
    });
    let begin = || -> Vec<Task<Result<Verified, Error>>> {
        let world = Rc::new(World::seeded(Stepping(before.copy()), Policy::default(), 2));
        let answer = |credential: &'static [u8]| -> Task<_> {
            let world = Rc::clone(&world);
            Box::pin(async move {
                let verdict = SecurityKeyOutcome::passed(key, credential)?;
                let verifier = &world.verifier;
                let proof = Proof::security_key(&handle, verdict);
                let verified = verifier.verify(&world.alice, proof).await?;
                let keys = verifier.security_keys(&world.alice).await?;
                assert_eq!(keys[0].credential(), credential, "the winner's credential is stored");
                Ok(verified)
            })
        };
        vec![answer(b"one"), answer(b"other")]
    };
    let orders = every_order(begin, |outcomes| {
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        let lost = outcomes.into_iter().find(Result::is_err).unwrap();
        assert_eq!(reason(lost), Reason::NotFound);
    });
    assert!(orders > 5, "{orders}");
}

#[test]
fn ceremony_is_bound_to_its_subject() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let ceremony = begin(&world, SIGN_IN).await;
        let bob = SubjectId::new("bob").unwrap();
        let new = world.verifier.enroll_security_key(&bob, b"").await.unwrap();
        let _ = world.verifier.confirm_security_key(&bob, &new, "red", b"1").await.unwrap();
        assert_eq!(reason(world.verifier.ceremony(&bob, &ceremony).await), Reason::NotFound);
        let proof = Proof::security_key(&ceremony, passed(first(&ceremony)));
        assert_eq!(reason(world.verifier.verify(&bob, proof).await), Reason::NotFound);
        let of_bob = world.verifier.begin_security_key(&bob, SIGN_IN, b"").await.unwrap();
        let proof = Proof::security_key(&of_bob, passed(first(&ceremony)));
        let refused = world.verifier.verify(&bob, proof).await;
        assert_eq!(
            reason(refused),
            Reason::NotFound,
            "a key of another subject is not found either"
        );
        assert!(answer(&world, &ceremony, passed(first(&ceremony))).await.is_ok());
    });
}

#[test]
fn ceremony_is_bound_to_its_purpose() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let pay = |amount| Agreement::new([("amount", amount)]).unwrap().purpose();
        let purposes = [SIGN_IN, Purpose::Manage, Purpose::StepUp, pay("1"), pay("1000")];
        for made_for in purposes {
            let ceremony = begin(&world, made_for).await;
            let proof = || Proof::security_key(&ceremony, passed(first(&ceremony)));
            for purpose in purposes.into_iter().filter(|purpose| *purpose != made_for) {
                let refused = world.verifier.verify_for(&world.alice, purpose, proof()).await;
                assert_eq!(reason(refused), Reason::OtherPurpose);
            }
            let enrolled = confirm(&world, &ceremony, "red").await;
            assert_eq!(reason(enrolled), Reason::OtherPurpose, "it is not an enrollment either");
            let verified = world.verifier.verify_for(&world.alice, made_for, proof()).await;
            assert_eq!(verified.unwrap().purpose(), made_for);
        }
    });
}

#[test]
fn ceremony_is_bound_to_its_client() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let [ours, other] = [b"the cookie of one", b"the other browser"]
            .map(|cookie| world.verifier.for_client(Client::new(cookie).unwrap()));
        let begun = ours.begin_security_key(&world.alice, SIGN_IN, b"").await.unwrap();
        let proof = Proof::security_key(&begun, passed(first(&begun)));
        for verifier in [&other, &world.verifier] {
            let seen = verifier.ceremony(&world.alice, &begun).await;
            assert_eq!(reason(seen), Reason::OtherClient);
            assert_eq!(reason(verifier.verify(&world.alice, proof).await), Reason::OtherClient);
        }
        assert!(ours.ceremony(&world.alice, &begun).await.is_ok());
        assert!(ours.verify(&world.alice, proof).await.is_ok());
        let begun = begin(&world, SIGN_IN).await;
        let proof = Proof::security_key(&begun, passed(first(&begun)));
        assert_eq!(reason(ours.verify(&world.alice, proof).await), Reason::OtherClient);
    });
}

#[test]
fn ceremony_expires_after_five_minutes() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let ceremony = begin(&world, SIGN_IN).await;
        assert_eq!(ceremony.expires_at().as_secs(), NOON + 300);
        world.clock.advance(299);
        assert!(world.verifier.ceremony(&world.alice, &ceremony).await.is_ok());
        world.clock.advance(1);
        let _ = world.log.take();
        assert_eq!(reason(world.verifier.ceremony(&world.alice, &ceremony).await), Reason::Expired);
        for verdict in [passed(first(&ceremony)), SecurityKeyOutcome::failed()] {
            assert_eq!(reason(answer(&world, &ceremony, verdict).await), Reason::Expired);
        }
        assert_eq!(world.log.take(), [], "nothing is counted");
        world.verifier.reseal(&world.alice).await.unwrap();
        assert_eq!(
            world.log.take(),
            [Event::SignInAbandoned(SIGN_IN)],
            "reported with the next write"
        );
        world.verifier.reseal(&world.alice).await.unwrap();
        assert_eq!(world.log.take(), [], "once");
    });
}

#[test]
fn ceremony_in_the_future_is_removed() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        world.clock.set(NOON + YEAR);
        let ceremony = begin(&world, SIGN_IN).await;
        world.clock.set(NOON);
        let _ = world.log.take();
        let right = passed(first(&ceremony));
        assert_eq!(reason(answer(&world, &ceremony, right).await), Reason::NotFound);
        assert_eq!(world.log.take(), [Event::ClockFault], "it is not reported as abandoned");
        world.clock.set(NOON + YEAR);
        assert_eq!(reason(answer(&world, &ceremony, right).await), Reason::NotFound);
    });
}

#[test]
fn new_ceremony_replaces_the_previous() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let old = begin(&world, SIGN_IN).await;
        let new = begin(&world, Purpose::StepUp).await;
        assert_eq!(reason(answer(&world, &old, passed(first(&old))).await), Reason::NotFound);
        let proof = Proof::security_key(&new, passed(first(&new)));
        assert!(world.verifier.verify_for(&world.alice, Purpose::StepUp, proof).await.is_ok());
    });
}

#[test]
fn advancing_the_epoch_voids_a_ceremony() {
    block_on(async {
        let world = World::new();
        let verified = add(&world, "blue").await;
        let _ = world.with_phone(&verified).await;
        let ceremony = begin(&world, SIGN_IN).await;
        world.verifier.revoke(&verified, Factor::Address(&world.number)).await.unwrap();
        let right = passed(first(&ceremony));
        assert_eq!(reason(answer(&world, &ceremony, right).await), Reason::NotFound);
        assert!(try_key(&world).await.is_ok());
    });
}

#[test]
fn handle_of_another_kind_is_not_a_ceremony() {
    block_on(async {
        let world = World::new();
        let verified = add(&world, "blue").await;
        let key = first(&begin(&world, SIGN_IN).await);
        let sent = world.verifier.enroll_address(&verified, &world.number).await.unwrap();
        let proof = Proof::security_key(&sent, passed(key));
        assert_eq!(reason(world.verifier.verify(&world.alice, proof).await), Reason::NotFound);
        let ceremony = begin(&world, SIGN_IN).await;
        assert_eq!(reason(world.try_code(&ceremony, "123456").await), Reason::NotFound);
        let confirmed = world.verifier.confirm(&world.alice, &ceremony, "123456").await;
        assert_eq!(reason(confirmed), Reason::NotFound);
    });
}

#[test]
fn security_key_is_one_of_two_recovery_proofs() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let _ = confirm(&world, &begun, "blue").await.unwrap();
        let code = app.code(&world.clock);
        let proof = Proof::totp(&code);
        let due = world.verifier.verify_for(&world.alice, Purpose::Recover, proof).await;
        let due = *due.unwrap_err().another_factor_due().unwrap();
        let ceremony = begin(&world, Purpose::Recover).await;
        let proof = Proof::security_key(&ceremony, passed(first(&ceremony))).after(&due);
        let verified = world.verifier.verify_for(&world.alice, Purpose::Recover, proof).await;
        let verified = verified.unwrap();
        assert_eq!(verified.factors(), [FactorKind::SecurityKey, FactorKind::Totp]);
        assert!(world.verifier.turn_off(Authority::from(&verified)).await.is_ok());
    });
}

#[test]
fn pin_is_due_after_a_security_key() {
    block_on(async {
        let world = World::with(Policy::builder().danger_cheap_hashes().build().unwrap());
        let verified = add(&world, "blue").await;
        world.verifier.set_pin(&verified, "493817").await.unwrap();
        let due = *try_key(&world).await.unwrap_err().pin_due().unwrap();
        let keys = world.verifier.security_keys(&world.alice).await.unwrap();
        assert_eq!(keys[0].credential(), b"used once more", "the answer was accepted");
        let verified = world.verifier.verify(&world.alice, Proof::pin(&due, "493817")).await;
        assert_eq!(verified.unwrap().factors(), [FactorKind::SecurityKey, FactorKind::Pin]);
    });
}
