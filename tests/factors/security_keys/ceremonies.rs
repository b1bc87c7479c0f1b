//! Ceremonies: sealed texts, binding and expiry.

use second_factor::{
    Client, DeviceToken, FactorKind, FirstFactor, Grant, Keys, MemoryStorage, NewDevice, Next,
    Policy, Proof, Reason, SubjectId, Verifier, block_on,
    host::Event,
    proof::{Ceremony, SecurityKeyOutcome},
    purpose::{Agreement, Operation},
    testkit::{ManualClock, MessageLog},
};

use super::{SIGN_IN, add, add_for, answer, begin, confirm, first, keys, passed, phone, try_key};
use crate::support::{NOON, UNDO, World, YEAR, answer::Prove as _, reason};

#[test]
fn passed_key_verifies_and_its_credential_is_replaced() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let ceremony = begin(&world, SIGN_IN).await;
        let [key] = ceremony.keys() else { panic!("one key is enrolled") };
        assert_eq!((key.name(), key.credential()), ("blue", &b"blue, used 0 times"[..]));
        assert_eq!(key.enrolled_at().as_secs(), NOON);
        let verified = answer(&world, &ceremony, passed(*key.id())).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::SecurityKey]);
        assert_eq!(verified.subject(), &world.alice);
        assert_eq!(keys(&world).await, [(*key.id(), b"used once more".to_vec())]);
        let events = world.log.take();
        assert!(events.contains(&Event::Verified(FactorKind::SecurityKey, SIGN_IN)));
    });
}

#[test]
fn ceremony_is_opened_again_from_its_text() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let begun = begin(&world, SIGN_IN).await;
        let stored = begun.expose().to_owned();
        let again = world.verifier.ceremony(&world.alice, &stored).await.unwrap();
        assert_eq!((again.expose(), again.challenge()), (begun.expose(), begun.challenge()));
        assert_eq!((again.state(), again.expires_at()), (&b"kept"[..], begun.expires_at()));
        assert_eq!(first(&again), first(&begun));
        let proof = Proof::security_key(&stored, passed(first(&again)));
        assert!(world.verifier.verify(&world.alice, proof).await.is_ok(), "opening ends nothing");
        let spent = world.verifier.ceremony(&world.alice, &stored).await;
        assert_eq!(reason(spent), Reason::Replayed);
    });
}

#[test]
fn every_ceremony_has_its_own_text_and_challenge() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let (one, other) = (begin(&world, SIGN_IN).await, begin(&world, SIGN_IN).await);
        assert_ne!(one.challenge(), other.challenge());
        assert_ne!(one.expose(), other.expose());
        assert_ne!(one.challenge(), &[0; 32]);
    });
}

#[test]
fn ceremony_with_the_longest_state_opens() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let client = Client::new(b"the cookie of one").unwrap();
        let ours = world.verifier.for_client(client);
        let agreed = Agreement::new([("amount", "1")]).unwrap().purpose();
        let request = second_factor::proof::CeremonyRequest::new(&[7; 4096]).purpose(agreed);
        let ceremony = ours.begin_security_key(&world.alice, request).await.unwrap();
        assert!(ceremony.expose().len() < 6 * 1024, "{}", ceremony.expose().len());
        let again = ours.ceremony(&world.alice, ceremony.expose()).await.unwrap();
        assert_eq!(again.state(), [7; 4096]);
        let proof = Proof::security_key(&ceremony, passed(first(&ceremony)));
        assert!(ours.prove_for(&world.alice, agreed, proof).await.is_ok());
    });
}

#[test]
fn changed_ceremony_text_does_not_open() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let ceremony = begin(&world, SIGN_IN).await;
        let text = ceremony.expose();
        for at in 0..text.len() {
            let mut changed = text.to_owned();
            let other = if changed.as_bytes()[at] == b'A' { "B" } else { "A" };
            changed.replace_range(at..=at, other);
            assert_ne!(changed, text);
            for tampered in [changed.as_str(), &text[..at]] {
                let opened = world.verifier.ceremony(&world.alice, tampered).await;
                assert_eq!(reason(opened), Reason::NotFound, "character {at}");
            }
        }
        for tampered in ["", "A", &format!("{text}A"), &text.repeat(200)] {
            let proof = Proof::security_key(tampered, passed(first(&ceremony)));
            let refused = world.verifier.verify(&world.alice, proof).await;
            assert_eq!(reason(refused), Reason::NotFound);
        }
        assert!(answer(&world, &ceremony, passed(first(&ceremony))).await.is_ok());
    });
}

#[test]
fn ceremony_of_another_root_key_does_not_open() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let root = core::array::from_fn(|at| at as u8);
        let (store, phone) = (MemoryStorage::new(), MessageLog::new());
        let other = Verifier::builder("Other", store, phone, Keys::new(root))
            .first_factor(FirstFactor::Password)
            .clock(ManualClock::at(NOON))
            .build()
            .unwrap();
        let foreign = other.begin_passkey(b"").unwrap();
        let key = keys(&world).await[0].0;
        assert_eq!(reason(answer(&world, &foreign, passed(key)).await), Reason::NotFound);
        assert_eq!(reason(world.verifier.open_passkey(foreign.expose())), Reason::NotFound);
    });
}

#[test]
fn sealed_text_of_another_kind_is_not_a_ceremony() {
    block_on(async {
        let world = World::new();
        let verified = add(&world, "blue").await;
        let (verifier, alice) = (&world.verifier, &world.alice);
        let ceremony = begin(&world, SIGN_IN).await;
        let grant = verifier.grant(&verified).unwrap();
        let proof = Proof::security_key(&ceremony, passed(first(&ceremony)));
        let trusted =
            verifier.verify(alice, proof.trusting(NewDevice::new("laptop"))).await.unwrap();
        let ceremony = begin(&world, SIGN_IN).await;
        for text in [grant.expose(), trusted.device_token().unwrap().expose()] {
            let proof = Proof::security_key(text, passed(first(&ceremony)));
            assert_eq!(reason(verifier.verify(alice, proof).await), Reason::NotFound);
            assert_eq!(reason(verifier.ceremony(alice, text).await), Reason::NotFound);
            assert_eq!(reason(verifier.open_passkey(text)), Reason::NotFound);
        }
        let forged = Grant::from_text(alice, ceremony.expose());
        assert_eq!(reason(verifier.turn_off(&forged).await), Reason::Unauthorized);
        let forged = DeviceToken::from_text(ceremony.expose());
        let client = Client::new(b"the cookie of one").unwrap().device(&forged);
        let next = verifier.for_client(client).next(alice).await;
        assert!(!matches!(next, Ok(Next::Done(_))), "{next:?}");
    });
}

#[test]
fn ceremony_is_bound_to_its_subject() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let bob = SubjectId::new("bob").unwrap();
        let (verifier, of_bob) = (&world.verifier, add_for(&world, &bob).await);
        let ceremony = begin(&world, SIGN_IN).await;
        let opened = verifier.ceremony(&bob, ceremony.expose()).await;
        assert_eq!(reason(opened), Reason::NotFound);
        for key in [of_bob, first(&ceremony)] {
            let proof = Proof::security_key(&ceremony, passed(key));
            assert_eq!(reason(verifier.verify(&bob, proof).await), Reason::NotFound);
        }
        let begun_by_bob = verifier.begin_security_key(&bob, b"").await.unwrap();
        let proof = Proof::security_key(&begun_by_bob, passed(first(&ceremony)));
        let refused = verifier.verify(&bob, proof).await;
        assert_eq!(reason(refused), Reason::NotFound, "it is a key of another subject");
        assert!(answer(&world, &ceremony, passed(first(&ceremony))).await.is_ok());
    });
}

#[test]
fn ceremony_is_bound_to_its_purpose() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let pay = |amount| Operation::from(Agreement::new([("amount", amount)]).unwrap().purpose());
        let purposes = [SIGN_IN, Operation::Manage, Operation::StepUp, pay("1"), pay("1000")];
        for made_for in purposes {
            let ceremony = begin(&world, made_for).await;
            let proof = || Proof::security_key(&ceremony, passed(first(&ceremony)));
            for purpose in purposes.into_iter().filter(|purpose| *purpose != made_for) {
                let refused = world.verifier.prove_for(&world.alice, purpose, proof()).await;
                assert_eq!(reason(refused), Reason::OtherPurpose);
            }
            let enrolled = confirm(&world, &ceremony, "red").await;
            assert_eq!(reason(enrolled), Reason::OtherPurpose, "it is not an enrollment either");
            let verified = world.verifier.prove_for(&world.alice, made_for, proof()).await;
            assert!(verified.is_ok());
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
        let begun = ours.begin_security_key(&world.alice, b"").await.unwrap();
        let proof = || Proof::security_key(&begun, passed(first(&begun)));
        for verifier in [&other, &world.verifier] {
            let seen = verifier.ceremony(&world.alice, begun.expose()).await;
            assert_eq!(reason(seen), Reason::OtherClient);
            assert_eq!(reason(verifier.verify(&world.alice, proof()).await), Reason::OtherClient);
        }
        assert!(ours.ceremony(&world.alice, begun.expose()).await.is_ok());
        assert!(ours.verify(&world.alice, proof()).await.is_ok());
        let begun = begin(&world, SIGN_IN).await;
        let proof = Proof::security_key(&begun, passed(first(&begun)));
        assert_eq!(reason(ours.verify(&world.alice, proof).await), Reason::OtherClient);
    });
}

#[test]
fn ceremony_expires_after_ninety_seconds() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let opened = async |ceremony: &Ceremony| {
            world.verifier.ceremony(&world.alice, ceremony.expose()).await.map(drop)
        };
        let ceremony = begin(&world, SIGN_IN).await;
        assert_eq!(ceremony.expires_at().as_secs(), NOON + 90);
        world.clock.advance(89);
        assert!(opened(&ceremony).await.is_ok());
        world.clock.advance(1);
        let _ = world.log.take();
        assert_eq!(reason(opened(&ceremony).await), Reason::Expired);
        for outcome in [passed(first(&ceremony)), SecurityKeyOutcome::failed()] {
            assert_eq!(reason(answer(&world, &ceremony, outcome).await), Reason::Expired);
        }
        world.verifier.operations().reseal(&world.alice).await.unwrap();
        assert_eq!(world.log.take(), [], "nothing is reported as abandoned");
    });
}

#[test]
fn ceremony_of_a_fast_clock_is_valid_within_the_tolerance() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        for (ahead, expected) in
            [(120, Ok(())), (121, Err(Reason::Expired)), (YEAR, Err(Reason::Expired))]
        {
            world.clock.set(NOON + ahead);
            let ceremony = begin(&world, SIGN_IN).await;
            world.clock.set(NOON);
            let answered = answer(&world, &ceremony, passed(first(&ceremony))).await;
            let reason = answered.map(drop).map_err(|error| error.denial().unwrap().reason());
            assert_eq!(reason, expected, "{ahead} s ahead");
        }
    });
}

#[test]
fn ceremonies_do_not_end_each_other() {
    block_on(async {
        let world = World::new();
        let verified = add(&world, "blue").await;
        let enrollment = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let (old, new) = (begin(&world, SIGN_IN).await, begin(&world, Operation::StepUp).await);
        assert!(answer(&world, &old, passed(first(&old))).await.is_ok());
        let proof = Proof::security_key(&new, passed(first(&new)));
        assert!(world.verifier.prove_for(&world.alice, Operation::StepUp, proof).await.is_ok());
        assert!(confirm(&world, &enrollment, "red").await.is_ok());
    });
}

#[test]
fn advancing_the_epoch_voids_a_ceremony() {
    block_on(async {
        let world = World::new();
        let verified = add(&world, "blue").await;
        let _ = world.with_phone(&verified).await;
        let ceremony = begin(&world, SIGN_IN).await;
        world.verifier.revoke(&verified, &phone(&world).await).await.unwrap();
        let refused = answer(&world, &ceremony, passed(first(&ceremony))).await;
        assert_eq!(reason(refused), Reason::NotFound);
        assert!(try_key(&world).await.is_ok());
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
        let due = world.verifier.prove_for(&world.alice, Operation::Recover, proof).await;
        let due = *due.unwrap_err().pending_factor().unwrap();
        let ceremony = begin(&world, Operation::Recover).await;
        let proof = Proof::security_key(&ceremony, passed(first(&ceremony))).after(due);
        let verified = world.verifier.prove_for(&world.alice, Operation::Recover, proof).await;
        let verified = verified.unwrap();
        assert!(world.verifier.enroll_totp(&verified, "alice").await.is_ok());
    });
}

#[test]
fn pin_is_due_after_a_security_key() {
    block_on(async {
        let world = World::with(Policy::builder().danger_cheap_hashes().build().unwrap());
        let _ = add(&world, "blue").await;
        world.clock.advance(UNDO);
        let verified = try_key(&world).await.unwrap();
        world.verifier.set_pin(&verified, "493817").await.unwrap();
        let due = *try_key(&world).await.unwrap_err().pending_pin().unwrap();
        assert_eq!(keys(&world).await[0].1, b"used once more", "the answer was accepted");
        let verified = world.verifier.verify(&world.alice, Proof::pin(due, "493817")).await;
        assert_eq!(verified.unwrap().factors(), [FactorKind::SecurityKey, FactorKind::Pin]);
    });
}
