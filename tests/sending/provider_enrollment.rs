//! Enrollment and registration with provider-managed codes.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use super::provider_codes::{World, known_device, world, world_with};
use crate::support::answer::Prove as _;
use crate::support::{not, reason};
use second_factor::{
    Address, Challenge, Client, CodeRequest, FactorKind, Policy, Proof, Reason, SubjectId,
    block_on, host::Event, purpose::Operation,
};

/// Bob adds a number. Returns the subject, the enrollment and the code received.
async fn enroll(world: &World) -> (SubjectId, Challenge, String) {
    let (bob, number) = (SubjectId::new("bob").unwrap(), Address::phone("+14155560101").unwrap());
    let enrolling = world.verifier.enroll_address(&bob, &number).await.unwrap();
    (bob, enrolling, world.service.code())
}

#[test]
fn provider_code_enrolls_and_registers_a_number() {
    block_on(async {
        let world = world();
        let (bob, enrolling, code) = enroll(&world).await;
        let incorrect = world.verifier.confirm(&bob, &enrolling, &not(&code)).await;
        assert_eq!(reason(incorrect), Reason::Incorrect);
        let _ = world.verifier.confirm(&bob, &enrolling, &code).await.unwrap();
        assert!(world.log.take().contains(&Event::FactorAdded(FactorKind::Phone)));

        let carol = SubjectId::new("carol").unwrap();
        let third = Address::phone("+14155570101").unwrap();
        let sent = world.verifier.send_code(&carol, CodeRequest::register(&third)).await.unwrap();
        let code = world.service.code();
        for (typed, is_correct) in [(not(&code), false), (code, true)] {
            let proof = Proof::sent_code(&sent, &typed);
            let answer = world.verifier.prove_for(&carol, Operation::Register, proof).await;
            assert_eq!(answer.is_ok(), is_correct);
        }
        assert!(world.log.take().contains(&Event::Registered));
    });
}

#[test]
fn failure_068_fifth_incorrect_provider_code_ends_enrollment() {
    block_on(async {
        let world = world();
        let (bob, enrolling, code) = enroll(&world).await;
        for _ in 0..5 {
            let incorrect = world.verifier.confirm(&bob, &enrolling, &not(&code)).await;
            assert_eq!(reason(incorrect), Reason::Incorrect);
        }
        world.clock.advance(30);
        let late = world.verifier.confirm(&bob, &enrolling, &code).await;
        assert_eq!(reason(late), Reason::NotFound);
        assert!(!world.log.take().iter().any(|event| matches!(event, Event::FactorDisabled(_))));
    });
}

#[test]
fn incorrect_provider_registrations_lock_but_never_disable() {
    block_on(async {
        let world = world_with(Policy::builder().disable_at(5).build().unwrap());
        let (carol, third) =
            (SubjectId::new("carol").unwrap(), Address::phone("+14155570101").unwrap());
        let mut incorrect = 0;
        while incorrect < 12 {
            world.clock.advance(24 * 3600);
            let sent =
                world.verifier.send_code(&carol, CodeRequest::register(&third)).await.unwrap();
            let typed = not(&world.service.code());
            let proof = Proof::sent_code(&sent, &typed);
            while world
                .verifier
                .prove_for(&carol, Operation::Register, proof.clone())
                .await
                .is_err_and(|error| {
                    error.denial().is_some_and(|denial| denial.reason() == Reason::Incorrect)
                })
            {
                incorrect += 1;
            }
        }
        assert!(!world.log.take().iter().any(|event| matches!(event, Event::FactorDisabled(_))));
    });
}

#[test]
fn later_enrollment_cancels_the_earlier_provider_code() {
    block_on(async {
        let world = world();
        let bob = SubjectId::new("bob").unwrap();
        let [one, two] = ["+14155560101", "+14155560102"].map(|text| Address::phone(text).unwrap());
        let first = world.verifier.enroll_address(&bob, &one).await.unwrap();
        let code = world.service.code();
        for other in [&one, &two] {
            world.clock.advance(60);
            let _ = world.verifier.enroll_address(&bob, other).await.unwrap();
            assert_eq!(world.service.state().codes.len(), 1, "the previous code is cancelled");
            assert!(world.verifier.confirm(&bob, &first, &code).await.is_err());
        }
    });
}

/// A service has one code for a number, and a client has one registration.
#[test]
fn registration_ends_codes_of_its_lane_by_number_or_client() {
    let [one, two] = ["+14155560101", "+14155560102"].map(|text| Address::phone(text).unwrap());
    let [plain, stranger] = ["the owner", "a stranger"]
        .map(|name| Client::new(format!("the browser of {name}")).unwrap());
    block_on(async {
        for (by, to, ends) in [
            (Some(&stranger), &one, true),
            (Some(&plain), &two, true),
            (Some(&stranger), &two, false),
            (None, &one, false),
        ] {
            let world = world();
            let known = known_device(&world).await;
            for (client, number) in [(&plain, &one), (by.unwrap_or(&known), to)] {
                world.clock.advance(60);
                let verifier = world.verifier.for_client(client.clone());
                let request = CodeRequest::register(number);
                let _ = verifier.send_code(&world.alice, request).await.unwrap();
            }
            assert_eq!(world.service.state().codes.len(), if ends { 1 } else { 2 });
        }
    });
}

#[test]
fn enrollment_and_sign_in_have_separate_provider_codes() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        let code = world.service.code();
        let verified = world.try_code(&sent, &code).await.unwrap();
        let other = Address::phone("+14155560101").unwrap();
        world.clock.advance(60);
        let adding = world.verifier.enroll_address(&verified, &other).await.unwrap();
        let code = world.service.code();
        world.clock.advance(60);
        let _ = world.send().await;
        assert_eq!(world.service.state().codes.len(), 2);
        assert!(world.verifier.confirm(&world.alice, &adding, &code).await.is_ok());
    });
}

#[test]
fn incorrect_provider_codes_disable_the_number() {
    block_on(async {
        let world = world_with(Policy::builder().disable_at(3).build().unwrap());
        let sent = world.send().await;
        let incorrect = not(&world.service.code());
        for _ in 0..3 {
            assert_eq!(reason(world.try_code(&sent, &incorrect).await), Reason::Incorrect);
        }
        assert!(world.log.take().contains(&Event::FactorDisabled(FactorKind::Phone)));
    });
}
