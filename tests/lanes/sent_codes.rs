//! Sent codes in their lanes.

use second_factor::{CodeRequest, FactorKind, Policy, Proof, Reason, block_on, host::Event};

use super::{browser, device, sends::with_known_device};
use crate::support::{World, not, reason};

/// R6: the password holder asks 31 s after the owner.
#[test]
fn finding_r06_code_of_another_lane_voids_nothing() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let owner = browser(&world, "the owner");
        world.clock.advance(600);
        let sent = owner.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        let proof = Proof::sent_code(&sent.unwrap(), world.read_code());
        let verified = owner.verify(&world.alice, proof).await.unwrap();
        let token = verified.device_token().unwrap().expose().to_owned();
        let (owner, attacker) = (device(&world, &token), browser(&world, "an attacker"));
        for _ in 0..3 {
            world.clock.advance(3600);
            let to = || CodeRequest::to_address(&world.number);
            let sent = owner.send_code(&world.alice, to()).await.unwrap();
            let code = world.read_code();
            world.clock.advance(31);
            let theirs = attacker.send_code(&world.alice, to()).await.unwrap();
            for _ in 0..5 {
                let guess = Proof::sent_code(&theirs, "000000");
                let _ = attacker.verify(&world.alice, guess).await;
            }
            let proof = Proof::sent_code(&sent, code);
            assert!(owner.verify(&world.alice, proof).await.is_ok());
        }
    });
}

/// A03: a stranger's request ends no code of the client that registered last.
#[test]
fn finding_a03_code_of_the_last_registrant_survives_a_stranger() {
    block_on(async {
        let world = World::new();
        let (owner, stranger) = (browser(&world, "the owner"), browser(&world, "a stranger"));
        let to = || CodeRequest::register(&world.number);
        let sent = owner.send_code(&world.alice, to()).await.unwrap();
        let proof = Proof::sent_code(&sent, world.read_code());
        let registered = owner.register(&world.alice, proof).await.unwrap();
        assert!(registered.device_token().is_some());
        world.clock.advance(3600);
        let sent = owner.send_code(&world.alice, to()).await.unwrap();
        let code = world.read_code();
        let theirs = stranger.send_code(&world.alice, to()).await.unwrap();
        for _ in 0..5 {
            let guess = Proof::sent_code(&theirs, "000000");
            assert_eq!(reason(stranger.register(&world.alice, guess).await), Reason::Incorrect);
        }
        let proof = Proof::sent_code(&sent, code);
        assert!(owner.register(&world.alice, proof).await.is_ok());
    });
}

/// A device token that is presented later must not add further guesses at the same code.
#[test]
fn incorrect_code_is_counted_in_the_lane_of_its_request() {
    for is_at_device in [true, false] {
        block_on(async {
            let (world, token) = with_known_device(Policy::default()).await;
            let (known, unknown) = (device(&world, &token), browser(&world, "the owner"));
            let (from, by) = if is_at_device { (known, unknown) } else { (unknown, known) };
            let request = CodeRequest::to_address(&world.number);
            let sent = from.send_code(&world.alice, request).await.unwrap();
            let incorrect = not(&world.read_code());
            let _ = world.log.take();
            for _ in 0..5 {
                let guess = Proof::sent_code(&sent, &incorrect);
                assert_eq!(reason(by.verify(&world.alice, guess).await), Reason::Incorrect);
            }
            let events = world.log.take();
            assert_eq!(events.contains(&Event::DeviceForgotten), is_at_device);
            let locked = Event::FactorLocked(FactorKind::Phone);
            assert_eq!(events.contains(&locked), !is_at_device);
        });
    }
}
