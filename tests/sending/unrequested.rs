//! Reports of unrequested codes, and their effects.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    World, fresh_for, mail, reason,
    registration::cheap,
    watched::{Call, Watched},
};
use second_factor::{
    Address, Client, CodeRequest, Policy, Proof, Reason, SubjectId, Verifier, block_on,
    host::Event,
    purpose::{Agreement, Operation},
};

const DAY: u64 = 24 * 60 * 60;

/// Budgets that no test here uses up.
fn roomy() -> Policy {
    Policy::builder().address_sends(16, 24).subject_sends(20, 40).build().unwrap()
}

fn client(world: &World, n: u8) -> Verifier {
    world.verifier.for_client(Client::new([n; 32]).unwrap())
}

/// A subject with a phone, and nothing sent recently.
async fn with_phone() -> World {
    let world = World::with(roomy());
    let _ = world.with_phone(&world.alice).await;
    world.clock.advance(DAY);
    let _ = world.log.take();
    world
}

fn reported(world: &World) -> Vec<Operation> {
    let events = world.log.take();
    let of = |event: &Event| match event {
        Event::CodeReportedUnrequested(purpose) => Some(*purpose),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

#[test]
fn reported_client_is_blocked_for_a_day() {
    block_on(async {
        let world = with_phone().await;
        let (stranger, owner) = (client(&world, 1), client(&world, 2));
        let sent =
            stranger.send_code(&world.alice, CodeRequest::to_address(&world.number)).await.unwrap();
        let code = world.read_code();
        owner.report_unrequested(&world.alice).await.unwrap();
        assert_eq!(reported(&world), [Operation::SignIn]);
        let until = world.clock.time().plus(DAY);
        let answer = stranger.verify(&world.alice, Proof::sent_code(&sent, &code)).await;
        assert_eq!(reason(answer), Reason::NotFound);
        for purpose in
            [Operation::SignIn, Operation::StepUp, Operation::Recover, Operation::Register]
        {
            let held = stranger
                .send_code(&world.alice, CodeRequest::to_address(&world.number).purpose(purpose))
                .await;
            let held = held.unwrap_err();
            assert_eq!(held.denial().unwrap().reason(), Reason::ReportedByOwner, "{purpose:?}");
            assert_eq!(held.retry_at(), Some(until));
        }
        assert_eq!(
            reason(stranger.send_code(&world.alice, CodeRequest::again(&sent)).await),
            Reason::ReportedByOwner
        );
        let other = Address::phone("+14155550199").unwrap();
        let adding = stranger.enroll_address(&world.alice, &other).await;
        assert_eq!(reason(adding), Reason::Unauthorized, "another rule refuses it");
        assert!(world.got_no_code());
        world.clock.set(until.as_secs() - 1);
        let still = stranger.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        assert_eq!(reason(still), Reason::ReportedByOwner);
        world.clock.set(until.as_secs());
        let again = stranger.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        assert!(again.is_ok());
    });
}

#[test]
fn report_keeps_the_owners_own_challenge() {
    block_on(async {
        let world = with_phone().await;
        let (stranger, owner) = (client(&world, 1), client(&world, 2));
        let mine =
            owner.send_code(&world.alice, CodeRequest::to_address(&world.number)).await.unwrap();
        let code = world.read_code();
        let _ =
            stranger.send_code(&world.alice, CodeRequest::register(&world.number)).await.unwrap();
        owner.report_unrequested(&world.alice).await.unwrap();
        assert_eq!(reported(&world), [Operation::Register]);
        assert!(owner.verify(&world.alice, Proof::sent_code(&mine, &code)).await.is_ok());
        let next = owner.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        assert!(next.is_ok());
    });
}

#[test]
fn report_without_a_client_cancels_and_blocks_no_client() {
    block_on(async {
        let world = with_phone().await;
        let (sent, code) = world.send_to(&world.number).await;
        let number = &world.number;
        world.verifier.report_unrequested(&world.alice).await.unwrap();
        assert_eq!(reported(&world), [Operation::SignIn]);
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::NotFound);
        world.clock.advance(30);
        for by in [&world.verifier, &client(&world, 1)] {
            assert!(by.send_code(&world.alice, CodeRequest::to_address(number)).await.is_ok());
            world.clock.advance(240);
        }
        // The same when a client reports it.
        let owner = client(&world, 2);
        let _ = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(number).purpose(Operation::StepUp))
            .await
            .unwrap();
        owner.report_unrequested(&world.alice).await.unwrap();
        world.clock.advance(240);
        let again = world.verifier.send_code(&world.alice, CodeRequest::to_address(number)).await;
        assert!(again.is_ok());
    });
}

#[test]
fn report_cancels_every_purpose_with_an_event() {
    block_on(async {
        let world = World::with(roomy());
        let _ = world.with_phone(&world.alice).await;
        world.clock.advance(DAY);
        let stranger = client(&world, 1);
        let agreement = Agreement::new([("amount", "25.00 EUR")]).unwrap();
        let (register, sign_in, manage) =
            (Operation::Register, Operation::SignIn, Operation::Manage);
        let mut purposes = vec![register, sign_in, Operation::StepUp, manage, Operation::Recover];
        for (purpose, wait) in purposes.iter().zip([0, 30, 60, 120, 240]) {
            let sent = stranger
                .send_code(&world.alice, CodeRequest::to_address(&world.number).purpose(*purpose))
                .await;
            assert!(sent.is_ok(), "{purpose:?}");
            world.clock.advance(wait);
        }
        let number = &world.number;
        let _ = stranger
            .send_code(&world.alice, CodeRequest::to_address(number).agreement(&agreement))
            .await
            .unwrap();
        purposes.push(agreement.purpose().into());
        world.verifier.report_unrequested(&world.alice).await.unwrap();
        let purposes_reported = reported(&world);
        assert_eq!(purposes_reported.len(), purposes.len(), "{purposes_reported:?}");
        for purpose in purposes {
            assert!(purposes_reported.contains(&purpose), "{purpose:?}");
        }
    });
}

#[test]
fn report_cancels_the_pending_pin_of_another_client() {
    block_on(async {
        let world = cheap();
        let (app, verified) = world.with_settled_app().await;
        world.verifier.set_pin(&verified, "493817").await.unwrap();
        let _ = world.log.take();
        let stranger = client(&world, 1);
        let code = app.code(&world.clock);
        let due = stranger.verify(&world.alice, Proof::totp(&code)).await.unwrap_err();
        let due = *due.pending_pin().unwrap();
        client(&world, 2).report_unrequested(&world.alice).await.unwrap();
        assert_eq!(reported(&world), [Operation::SignIn]);
        let answer = stranger.verify(&world.alice, Proof::pin(due, "493817")).await;
        assert_eq!(reason(answer), Reason::NotFound);
    });
}

#[test]
fn report_keeps_the_pending_pin_of_its_client() {
    block_on(async {
        let world = cheap();
        let (app, verified) = world.with_settled_app().await;
        world.verifier.set_pin(&verified, "493817").await.unwrap();
        let owner = client(&world, 2);
        let code = app.code(&world.clock);
        let due = owner.verify(&world.alice, Proof::totp(&code)).await.unwrap_err();
        let due = *due.pending_pin().unwrap();
        owner.report_unrequested(&world.alice).await.unwrap();
        assert!(owner.verify(&world.alice, Proof::pin(due, "493817")).await.is_ok());
    });
}

#[test]
fn report_keeps_management_authority() {
    block_on(async {
        let world = World::with(roomy());
        let (app, _) = world.with_app().await;
        let owner = fresh_for(&world, &app, Operation::Manage).await;
        let stranger = client(&world, 1);
        let register = Operation::Register;
        let _ = stranger
            .send_code(&world.alice, CodeRequest::to_address(&world.number).purpose(register))
            .await
            .unwrap();
        world.verifier.report_unrequested(&world.alice).await.unwrap();
        assert!(world.verifier.turn_off(&owner).await.is_ok());
    });
}

#[test]
fn report_without_challenges_writes_nothing() {
    block_on(async {
        let store = Watched::default();
        let world = World::over(store.clone(), second_factor::Policy::default());
        let _ = world.with_phone(&world.alice).await;
        let absent = SubjectId::new("unknown").unwrap();
        for subject in [&world.alice, &absent] {
            world.verifier.report_unrequested(subject).await.unwrap();
            store.take();
            world.verifier.report_unrequested(subject).await.unwrap();
            assert_eq!(store.take(), [Call::Load, Call::Conflict]);
        }
        let sent = world.send_to(&world.number).await;
        store.take();
        world.verifier.report_unrequested(&world.alice).await.unwrap();
        assert_eq!(store.take(), [Call::Load, Call::Commit]);
        assert_eq!(reason(world.try_code(&sent.0, &sent.1).await), Reason::NotFound);
    });
}

#[test]
fn report_of_one_subject_blocks_no_other() {
    block_on(async {
        let world = with_phone().await;
        let bob = SubjectId::new("bob").unwrap();
        let stranger = client(&world, 1);
        let _ =
            stranger.send_code(&world.alice, CodeRequest::to_address(&world.number)).await.unwrap();
        world.verifier.report_unrequested(&bob).await.unwrap();
        assert_eq!(reported(&world), []);
        world.verifier.report_unrequested(&world.alice).await.unwrap();
        assert!(stranger.send_code(&bob, CodeRequest::register(&mail())).await.is_ok());
    });
}

#[test]
fn ninth_blocked_client_evicts_the_oldest() {
    block_on(async {
        let world = with_phone().await;
        let number = &world.number;
        for n in 1..=9 {
            world.clock.advance(60 * 60);
            let stranger = client(&world, n);
            let _ =
                stranger.send_code(&world.alice, CodeRequest::to_address(number)).await.unwrap();
            world.verifier.report_unrequested(&world.alice).await.unwrap();
        }
        world.clock.advance(60 * 60);
        for n in 2..=9 {
            let held =
                client(&world, n).send_code(&world.alice, CodeRequest::to_address(number)).await;
            assert_eq!(reason(held), Reason::ReportedByOwner, "{n}");
        }
        let first =
            client(&world, 1).send_code(&world.alice, CodeRequest::to_address(number)).await;
        assert!(first.is_ok());
    });
}

#[test]
fn client_with_two_codes_is_blocked_once() {
    block_on(async {
        let world = with_phone().await;
        let number = &world.number;
        for n in 2..=8 {
            let _ =
                client(&world, n).send_code(&world.alice, CodeRequest::to_address(number)).await;
            world.verifier.report_unrequested(&world.alice).await.unwrap();
            world.clock.advance(60 * 60);
        }
        let stranger = client(&world, 1);
        for (address, purpose) in [(number, Operation::SignIn), (&mail(), Operation::Register)] {
            let _ = stranger
                .send_code(&world.alice, CodeRequest::to_address(address).purpose(purpose))
                .await
                .unwrap();
        }
        let _ = world.log.take();
        world.verifier.report_unrequested(&world.alice).await.unwrap();
        assert_eq!(reported(&world).len(), 2);
        let held = client(&world, 2).send_code(&world.alice, CodeRequest::to_address(number)).await;
        assert_eq!(reason(held), Reason::ReportedByOwner, "all eight are blocked");
    });
}

#[test]
fn clock_fault_blocks_a_client_for_at_most_a_day() {
    block_on(async {
        let world = with_phone().await;
        let now = world.clock.time();
        let stranger = client(&world, 1);
        let _ =
            stranger.send_code(&world.alice, CodeRequest::to_address(&world.number)).await.unwrap();
        world.clock.advance(crate::support::YEAR);
        world.verifier.report_unrequested(&world.alice).await.unwrap();
        world.clock.set(now.as_secs());
        let held = stranger.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        assert_eq!(held.unwrap_err().retry_at(), Some(now.plus(DAY)));
        assert!(world.log.take().contains(&Event::ClockFault));
        world.clock.advance(DAY);
        let free = stranger.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        assert!(free.is_ok());
    });
}
