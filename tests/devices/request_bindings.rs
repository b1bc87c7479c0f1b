//! Sign-in requests: client, purpose and displayed details.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::time::Duration;

use crate::support::{
    ROOT, World,
    answer::{Answer, Prove as _},
    devices::{answer, approve, on, redeem, request, trust, try_request, with_old_phone},
    opened, reason,
};
use second_factor::{
    Client, Error, Keys, Policy, Proof, Purpose, Reason, block_on,
    message::Sender,
    proof::{RequestAnswer, RequestedFrom},
    purpose::{Agreement, Operation},
    storage::Storage as _,
};

#[test]
fn request_is_redeemed_only_by_its_client() {
    block_on(async {
        let (mut world, _, phone) = with_old_phone().await;
        let free = world.verifier.clone();
        let here = free.for_client(Client::new(b"this browser, and no other").unwrap());
        let there = free.for_client(Client::new(b"another browser, not this one").unwrap());
        for (asks, others) in [(&here, [&there, &free]), (&free, [&here, &there])] {
            world.verifier = asks.clone();
            let request = request(&world).await;
            world.verifier = free.clone();
            approve(&world, &phone, &request).await.unwrap();
            for other in others {
                let refused = other.verify(&world.alice, Proof::sign_in_request(&request)).await;
                assert_eq!(reason(refused), Reason::OtherClient);
            }
            assert!(asks.verify(&world.alice, Proof::sign_in_request(&request)).await.is_ok());
        }
    });
}

#[test]
fn failure_105_approval_is_bound_to_the_shown_purpose() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let request = try_request(&world, Operation::StepUp).await.unwrap();
        let pending = on(&world, &phone).pending_request(&world.alice).await.unwrap().unwrap();
        assert_eq!(pending.purpose(), Operation::StepUp);
        approve(&world, &phone, &request).await.unwrap();
        assert_eq!(reason(redeem(&world, &request).await), Reason::OtherPurpose);
        for purpose in [Operation::Manage, Operation::Recover, Operation::Register] {
            let proof = Proof::sign_in_request(&request);
            let refused = world.verifier.prove_for(&world.alice, purpose, proof).await;
            assert_eq!(reason(refused), Reason::NotAllowed, "{purpose:?}");
        }
        let proof = Proof::sign_in_request(&request);
        let (keys, policy) = (Keys::new(ROOT), Policy::default());
        let record = world.store.load(&keys.subject_record(&world.alice)).await.unwrap();
        let alice = opened(&keys, &policy, &world.alice, record.as_ref(), world.clock.time());
        let refused = alice.verify(Operation::ResetPin, &proof);
        assert_eq!(refused.unwrap_err().reason(), Reason::NotAllowed, "in the core");
        let granted = world.verifier.verify_for(&world.alice, Purpose::StepUp, proof).await;
        let minute = Duration::from_secs(60);
        let checked = world.verifier.check_grant(&granted.unwrap(), Purpose::StepUp, minute).await;
        assert!(checked.is_ok());
    });
}

fn pays(payee: &str) -> Agreement {
    Agreement::new([("amount", "25.00 EUR"), ("payee", payee)]).unwrap()
}

#[test]
fn failure_105_approval_is_bound_to_the_shown_agreement() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let (bob, eve) = (pays("Bob"), pays("Eve"));
        let from = RequestedFrom::new("Firefox", "Lisbon");
        let request = world.verifier.request_agreement(&world.alice, &bob, &from).await.unwrap();
        let pending = on(&world, &phone).pending_request(&world.alice).await.unwrap().unwrap();
        assert!(pending.agreement() == Some(&bob) && pending.purpose() == bob.purpose().into());
        approve(&world, &phone, &request).await.unwrap();
        let verify = async |purpose: Operation| {
            world.verifier.prove_for(&world.alice, purpose, Proof::sign_in_request(&request)).await
        };
        assert_eq!(reason(verify(eve.purpose().into()).await), Reason::OtherPurpose);
        assert_eq!(reason(verify(Operation::SignIn).await), Reason::OtherPurpose);
        assert!(matches!(verify(bob.purpose().into()).await, Ok(Answer::Granted(_))));
    });
}

#[test]
fn failure_105_request_must_match_what_is_shown() {
    block_on(async {
        let (world, _, _) = with_old_phone().await;
        let bob = pays("Bob");
        let unseen = try_request(&world, bob.purpose().into()).await;
        assert_eq!(reason(unseen), Reason::NotAllowed, "an agreement that is not shown");
        let (keys, policy) = (Keys::new(ROOT), Policy::default());
        let record = world.store.load(&keys.subject_record(&world.alice)).await.unwrap();
        let (from, sender) = (RequestedFrom::new("x", "y"), Sender::new("Example").unwrap());
        for (purpose, shown) in [(Operation::SignIn, &bob), (pays("Eve").purpose().into(), &bob)] {
            let now = world.clock.time();
            let alice = opened(&keys, &policy, &world.alice, record.as_ref(), now);
            let refused = alice.request_sign_in(purpose, Some(shown), &from, &sender);
            assert_eq!(refused.unwrap_err().reason(), Reason::NotAllowed, "{purpose:?}");
        }
    });
}

#[test]
fn request_is_never_allowed_for_management() {
    block_on(async {
        let (world, _, _) = with_old_phone().await;
        for purpose in [
            Operation::Enroll,
            Operation::Manage,
            Operation::Recover,
            Operation::Register,
            Operation::ResetPin,
        ] {
            let refused = try_request(&world, purpose).await;
            assert_eq!(reason(refused), Reason::NotAllowed, "{purpose:?}");
        }
        assert!(try_request(&world, Operation::SignIn).await.is_ok());
    });
}

#[test]
fn request_requires_a_trusted_device_and_a_record() {
    block_on(async {
        let world = World::new();
        assert_eq!(reason(try_request(&world, Operation::SignIn).await), Reason::NotEnrolled);
        let (app, _) = world.with_app().await;
        assert_eq!(reason(try_request(&world, Operation::SignIn).await), Reason::NotEnrolled);
        let _ = trust(&world, &app, "Firefox").await;
        assert!(try_request(&world, Operation::SignIn).await.is_ok());
        world.clock.advance(30 * crate::support::devices::DAY);
        assert_eq!(reason(try_request(&world, Operation::SignIn).await), Reason::NotEnrolled);
    });
}

#[test]
fn request_details_are_truncated_and_stripped() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let from = RequestedFrom::new(&"x".repeat(10 << 20), "Lis\u{202e}bon\r\n\0");
        let (alice, purpose) = (&world.alice, Operation::SignIn);
        let request = world.verifier.request_sign_in(alice, purpose, &from).await.unwrap();
        let pending = on(&world, &phone).pending_request(&world.alice).await.unwrap().unwrap();
        assert_eq!((pending.device(), pending.location()), (&*"x".repeat(64), "Lisbon"));
        let shown = format!("{request:?} {pending:?} {from:?} {:?}", RequestAnswer::Approve("47"));
        assert!(!shown.contains("xx") && !shown.contains("Lisbon") && !shown.contains("47"));
        assert!(!shown.contains(&format!("\"{}\"", request.number().expose())), "{shown}");
    });
}

#[test]
fn every_request_refusal_has_the_same_text() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let request = request(&world).await;
        let refused = |answer: Result<(), Error>| answer.unwrap_err().to_string();
        let typed = RequestAnswer::Approve("x");
        let mut texts = vec![refused(answer(&world, &phone, typed).await)];
        texts.push(refused(redeem(&world, &request).await.map(drop)));
        texts.push(refused(try_request(&world, Operation::Manage).await.map(drop)));
        texts.push(refused(on(&world, "x").sign_out_device(&world.alice).await));
        answer(&world, &phone, RequestAnswer::NotMe).await.unwrap();
        texts.push(refused(redeem(&world, &request).await.map(drop)));
        assert!(texts.iter().all(|text| text == "not verified"), "{texts:?}");
    });
}
