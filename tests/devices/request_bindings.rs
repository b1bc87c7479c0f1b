//! Sign-in requests: client, purpose and displayed details.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::time::Duration;

use crate::support::{
    ROOT, World,
    answer::Prove as _,
    devices::{
        answer, approve, on, redeem, request, trust, try_request, with_old_phone,
        with_old_phone_under,
    },
    opened, reason,
};
use second_factor::{
    Client, Error, FactorKind, Keys, Offer, Policy, Proof, Purpose, Reason, block_on,
    policy::UnsafePolicy,
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
        let kinds = [FactorKind::SignInRequest, FactorKind::Totp];
        let policy = Policy::builder().only(Operation::StepUp, &kinds).build().unwrap();
        let (world, _, phone) = with_old_phone_under(policy.clone()).await;
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
        let keys = Keys::new(ROOT);
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

#[test]
fn finding_s06_request_neither_steps_up_nor_pays_nor_manages() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let agreement = Agreement::new([("amount", "25.00 EUR"), ("payee", "Eve")]).unwrap();
        let others = [
            Operation::Enroll,
            Operation::Manage,
            Operation::Recover,
            Operation::Register,
            Operation::ResetPin,
            Operation::StepUp,
            agreement.purpose().into(),
        ];
        for purpose in others {
            let refused = try_request(&world, purpose).await;
            assert_eq!(reason(refused), Reason::NotAllowed, "{purpose:?}");
            let offers = world.verifier.offers(&world.alice, purpose).await;
            let is_request = |offer: &Offer| offer.kind() == FactorKind::SignInRequest;
            assert!(!offers.is_ok_and(|offers| offers.iter().any(is_request)), "{purpose:?}");
        }
        let request = request(&world).await;
        approve(&world, &phone, &request).await.unwrap();
        for purpose in &others[1..] {
            if *purpose == Operation::ResetPin {
                continue; // No call verifies a proof for it alone.
            }
            let (purpose, proof) = (*purpose, Proof::sign_in_request(&request));
            let refused = world.verifier.prove_for(&world.alice, purpose, proof).await;
            assert_eq!(reason(refused), Reason::NotAllowed, "{purpose:?}");
        }
        assert!(redeem(&world, &request).await.is_ok(), "it signs in");
    });
}

#[test]
fn failure_105_policy_refuses_transactions_by_request() {
    let agreement = Agreement::new([("amount", "25.00 EUR")]).unwrap();
    let kinds = [FactorKind::Phone, FactorKind::SignInRequest];
    let policy = Policy::builder().only(agreement.purpose(), &kinds).build();
    assert_eq!(policy.unwrap_err(), UnsafePolicy::TransactionByRequest);
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
