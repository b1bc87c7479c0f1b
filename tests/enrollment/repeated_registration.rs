//! Repeated registration, and registration where a PIN is set.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::answer::{Answer, Prove as _};
use crate::support::{
    App, World, fresh, fresh_for, item_of, mail, not, prove, reason,
    registration::{answer, cheap, register, register_until_pin, try_pin},
};
use second_factor::{
    Client, CodeRequest, FactorKind, Handle, Proof, Reason, block_on, host::Event,
    purpose::Operation, status::FactorState,
};

const PIN: &str = "493817";
const DAY: u64 = 24 * 60 * 60;

/// A registered number whose only other factor is a PIN.
async fn with_pin() -> World {
    let world = cheap();
    let verified = register(&world).await.unwrap();
    world.verifier.set_pin(&verified, PIN).await.unwrap();
    world
}

#[test]
fn first_registration_starts_no_quarantine() {
    block_on(async {
        let world = cheap();
        let verified = register(&world).await.unwrap();
        assert!(world.verifier.set_pin(&verified, PIN).await.is_ok());
    });
}

#[test]
fn failure_112_repeated_registration_quarantines_the_first_pin() {
    block_on(async {
        let world = cheap();
        let _ = register(&world).await.unwrap();
        world.clock.advance(DAY);
        let thief = register(&world).await.unwrap();
        let until = world.clock.time().plus(DAY);
        let error = world.verifier.set_pin(&thief, PIN).await.unwrap_err();
        assert_eq!(error.denial().unwrap().reason(), Reason::Quarantined);
        assert_eq!(error.retry_at(), Some(until));
        // The owner returns.
        let owner = register(&world).await.unwrap();
        assert_eq!(reason(world.verifier.set_pin(&thief, PIN).await), Reason::Unauthorized);
        assert_eq!(reason(world.verifier.set_pin(&owner, PIN).await), Reason::Quarantined);
    });
}

#[test]
fn failure_112_repeated_registration_quarantines_additions() {
    block_on(async {
        let world = cheap();
        let _ = register(&world).await.unwrap();
        world.clock.advance(DAY);
        let thief = register(&world).await.unwrap();
        let app = world.verifier.enroll_totp(&thief, "alice").await;
        assert_eq!(reason(app), Reason::Quarantined);
        assert_eq!(reason(prove(&world, &thief, &mail()).await), Reason::Quarantined);
        assert_eq!(reason(prove(&world, &thief, &world.number).await), Reason::Quarantined);
        // Nor on the application's assertion, which takes the thief for signed in.
        let app = world.verifier.enroll_totp(&world.alice, "alice").await;
        assert_eq!(reason(app), Reason::Quarantined);
        world.clock.advance(DAY);
        assert!(world.verifier.enroll_totp(&world.alice, "alice").await.is_ok());
    });
}

#[test]
fn reset_by_an_administrator_ends_the_quarantine() {
    block_on(async {
        let world = cheap();
        let _ = register(&world).await.unwrap();
        world.clock.advance(DAY);
        let _thief = register(&world).await.unwrap();
        world.verifier.support("Carol", "number hijacked").reset(&world.alice).await.unwrap();
        assert!(world.verifier.enroll_totp(&world.alice, "alice").await.is_ok());
    });
}

#[test]
fn failure_112_registration_in_the_future_restarts_its_day() {
    block_on(async {
        let world = cheap();
        let _ = register(&world).await.unwrap();
        let now = world.clock.time();
        world.clock.advance(DAY);
        let _thief = register(&world).await.unwrap();
        world.clock.set(now.as_secs());
        let enroll = async || world.verifier.enroll_totp(&world.alice, "alice").await;
        assert_eq!(enroll().await.unwrap_err().retry_at(), Some(now.plus(DAY)));
        world.clock.advance(DAY);
        assert!(enroll().await.is_ok());
    });
}

#[test]
fn client_that_registered_last_is_not_a_new_device() {
    block_on(async {
        let world = cheap();
        let client = || Client::new("the phone that Alice has").unwrap();
        let here = World { verifier: world.verifier.for_client(client()), ..cheap() };
        let here = World { clock: world.clock.clone(), phone: world.phone.clone(), ..here };
        let _ = register(&world).await.unwrap();
        world.clock.advance(DAY);
        let new = register(&here).await.unwrap();
        assert_eq!(reason(here.verifier.set_pin(&new, PIN).await), Reason::Quarantined);
        // The same phone, an hour and a day later: the day is over and does not start again.
        world.clock.advance(3600);
        let again = register(&here).await.unwrap();
        assert_eq!(reason(here.verifier.set_pin(&again, PIN).await), Reason::Quarantined);
        world.clock.advance(DAY);
        let again = register(&here).await.unwrap();
        assert!(here.verifier.set_pin(&again, PIN).await.is_ok());
    });
}

#[test]
fn failure_112_reset_forgets_the_registered_client() {
    block_on(async {
        let world = cheap();
        let client = Client::new("the phone that a thief has").unwrap();
        let there = World { verifier: world.verifier.for_client(client), ..cheap() };
        let there = World { clock: world.clock.clone(), phone: world.phone.clone(), ..there };
        let _ = register(&world).await.unwrap();
        world.clock.advance(DAY);
        let _ = register(&there).await.unwrap();
        world.verifier.support("Carol", "number hijacked").reset(&world.alice).await.unwrap();
        let again = register(&there).await.unwrap();
        assert_eq!(reason(there.verifier.set_pin(&again, PIN).await), Reason::Quarantined);
    });
}

#[test]
fn reset_ends_once_a_pin_is_set() {
    block_on(async {
        let world = cheap();
        world.verifier.support("Carol", "lost everything").reset(&world.alice).await.unwrap();
        let verified = register(&world).await.unwrap();
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        world.clock.advance(2 * DAY);
        let due = register_until_pin(&world).await;
        let with_pin = try_pin(&world, &due, PIN).await.unwrap();
        let pin = item_of(&world, FactorKind::Pin).await;
        world.verifier.revoke(&with_pin, &pin).await.unwrap();
        let next = world.verifier.next(&world.alice).await;
        assert!(next.is_ok(), "an expired reset does not block the account");
    });
}

#[test]
fn registration_ends_earlier_grants() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let grant = world.verifier.grant(&verified).unwrap();
        assert!(world.verifier.enroll_totp(&grant, "alice").await.is_ok());
        let _ = register(&world).await.unwrap();
        let by_grant = world.verifier.enroll_totp(&grant, "alice").await;
        assert_eq!(reason(by_grant), Reason::Unauthorized);
    });
}

#[test]
fn repeated_registration_ends_earlier_permissions_and_codes() {
    block_on(async {
        let world = World::new();
        let old = register(&world).await.unwrap();
        let enrollment = world.verifier.enroll_totp(&old, "alice").await.unwrap();
        let app = App::scan(enrollment.expose_secret().expose());
        world.clock.advance(60);
        let new = register(&world).await.unwrap();
        let code = app.code(&world.clock);
        let ended = world.verifier.confirm(&world.alice, &enrollment, &code).await;
        assert_eq!(reason(ended), Reason::NotFound);
        let by_right = world.verifier.enroll_totp(&old, "alice").await;
        assert_eq!(reason(by_right), Reason::Unauthorized);
        let too_soon = world.verifier.enroll_totp(&new, "alice").await;
        assert_eq!(
            reason(too_soon),
            Reason::Quarantined,
            "the new permission is deferred for a day"
        );
        let reported = world.log.take().iter().filter(|e| **e == Event::Registered).count();
        assert_eq!(reported, 2, "the first time and the second time");
    });
}

#[test]
fn registration_over_enrolled_factors_is_repeated() {
    block_on(async {
        let world = cheap();
        let (app, _) = world.with_app().await;
        let before = fresh_for(&world, &app, Operation::Manage).await;
        let _ = register(&world).await.unwrap();
        let ended = world.verifier.turn_off(&before).await;
        assert_eq!(reason(ended), Reason::Unauthorized, "the epoch was advanced");
        // Also when no factor is left.
        let now = fresh_for(&world, &app, Operation::Manage).await;
        world.verifier.turn_off(&now).await.unwrap();
        world.clock.advance(2 * DAY);
        let verified = register(&world).await.unwrap();
        let first_pin = world.verifier.set_pin(&verified, PIN).await;
        assert_eq!(reason(first_pin), Reason::Quarantined);
    });
}

#[test]
fn registration_after_turning_off_is_repeated() {
    block_on(async {
        let world = cheap();
        let (_, verified) = world.with_app().await;
        world.verifier.turn_off(&verified).await.unwrap();
        let verified = register(&world).await.unwrap();
        let first_pin = world.verifier.set_pin(&verified, PIN).await;
        assert_eq!(reason(first_pin), Reason::Quarantined);
    });
}

#[test]
fn repeated_registration_keeps_factors_without_permission() {
    block_on(async {
        let world = cheap();
        let (app, _) = world.with_app().await;
        let thief = register(&world).await.unwrap();
        let no_right = [
            reason(world.verifier.revoke(&thief, &item_of(&world, FactorKind::Totp).await).await),
            reason(world.verifier.turn_off(&thief).await),
            reason(world.verifier.enroll_totp(&thief, "thief").await),
            reason(world.verifier.new_backup_codes(&thief).await),
            reason(world.verifier.set_pin(&thief, PIN).await),
        ];
        assert_eq!(no_right, [Reason::Unauthorized; 5]);
        let _ = fresh(&world, &app).await;
    });
}

#[test]
fn registration_requires_the_set_pin() {
    block_on(async {
        let world = with_pin().await;
        let _ = world.log.take();
        let due = register_until_pin(&world).await;
        assert!(!world.log.take().contains(&Event::Registered), "not before the PIN");
        assert_eq!(reason(try_pin(&world, &due, "999999").await), Reason::Incorrect);
        let as_sign_in = world.verifier.verify(&world.alice, Proof::pin(due, PIN)).await;
        assert_eq!(reason(as_sign_in), Reason::OtherPurpose);
        let verified = try_pin(&world, &due, PIN).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::Phone, FactorKind::Pin]);
        assert!(world.log.take().contains(&Event::Registered));
        // The PIN was proven, and it is the only factor: this is the whole account.
        assert!(world.verifier.set_pin(&verified, "739164").await.is_ok());
    });
}

#[test]
fn registration_without_the_pin_ends_nothing_of_the_owner() {
    block_on(async {
        let world = cheap();
        let verified = register(&world).await.unwrap();
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        let due = register_until_pin(&world).await;
        let owner = try_pin(&world, &due, PIN).await.unwrap();
        let _ = register_until_pin(&world).await;
        assert!(
            world.verifier.set_pin(&owner, "739164").await.is_ok(),
            "the permission is still valid"
        );
    });
}

#[test]
fn registration_completes_without_the_pin_after_a_week() {
    block_on(async {
        let world = with_pin().await;
        let due = register_until_pin(&world).await;
        let ends = world.verifier.begin_pin_reset(&world.alice, &due).await.unwrap();
        for _ in 0..6 {
            world.clock.advance(DAY);
            world.verifier.operations().advance(&world.alice).await.unwrap();
        }
        let _ = register_until_pin(&world).await;
        world.clock.set(ends.as_secs() + DAY);
        let verified = register(&world).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::Phone]);
        let events = world.log.take();
        assert!(events.contains(&Event::PinReset) && events.contains(&Event::Registered));
        let first_pin = world.verifier.set_pin(&verified, PIN).await;
        assert_eq!(reason(first_pin), Reason::Quarantined, "it was a repeated registration");
        world.clock.advance(DAY);
        let verified = register(&world).await;
        assert!(verified.is_ok(), "no PIN is due");
    });
}

/// A number with a mailbox and a PIN, whose registration begins again: the PIN is due.
async fn with_mailbox_and_pin() -> (World, Handle) {
    let world = cheap();
    let verified = register(&world).await.unwrap();
    let _ = prove(&world, &verified, &mail()).await.unwrap();
    world.verifier.set_pin(&verified, PIN).await.unwrap();
    world.clock.advance(60);
    let due = register_until_pin(&world).await;
    (world, due)
}

#[test]
fn recovery_code_completes_a_registration_without_the_pin() {
    block_on(async {
        let (world, due) = with_mailbox_and_pin().await;
        let _ = world.log.take();
        let reset = Operation::ResetPin;
        let sent = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&mail()).purpose(reset))
            .await
            .unwrap();
        let code = world.read_code();
        let verified =
            world.verifier.verify_pin_reset(&world.alice, &due, &sent, &code).await.unwrap();
        assert!(matches!(verified, Answer::Registered(_)));
        assert_eq!(verified.factors(), [FactorKind::Phone, FactorKind::Email]);
        assert!(world.log.take().contains(&Event::Registered));
        let first_pin = world.verifier.set_pin(&verified, PIN).await;
        assert_eq!(reason(first_pin), Reason::Quarantined, "the permission is of this epoch");
    });
}

/// A registering caller has passed no first factor, and must not lock the owner's mailbox.
#[test]
fn registration_guesses_at_the_mailbox_do_not_lock_the_owner() {
    block_on(async {
        let (world, due) = with_mailbox_and_pin().await;
        let request = CodeRequest::to_address(&mail()).purpose(Operation::ResetPin);
        let sent = world.verifier.send_code(&world.alice, request).await.unwrap();
        let incorrect = not(&world.read_code());
        let _ = world.log.take();
        for _ in 0..5 {
            let guess = world.verifier.verify_pin_reset(&world.alice, &due, &sent, &incorrect);
            assert_eq!(reason(guess.await), Reason::Incorrect);
        }
        assert!(world.log.take().contains(&Event::FactorLocked(FactorKind::Email)));
        let status = world.verifier.status(&world.alice).await.unwrap();
        let mut mailbox = status.factors().iter().filter(|one| one.kind() == FactorKind::Email);
        assert_eq!(mailbox.next().unwrap().state(), FactorState::Open);
    });
}

#[test]
fn registered_mailbox_cannot_remove_the_pin_as_well() {
    block_on(async {
        let world = cheap();
        let verified = register(&world).await.unwrap();
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        world.clock.advance(60);
        let register = Operation::Register;
        let sent = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&mail()).purpose(register))
            .await
            .unwrap();
        let code = world.read_code();
        let due = *answer(&world, &sent, &code).await.unwrap_err().pending_pin().unwrap();
        let reset = Operation::ResetPin;
        let sent = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&mail()).purpose(reset))
            .await
            .unwrap();
        let code = world.read_code();
        let by_one_mailbox = || world.verifier.verify_pin_reset(&world.alice, &due, &sent, &code);
        assert_eq!(reason(by_one_mailbox().await), Reason::NotAllowed);
        assert_eq!(reason(by_one_mailbox().await), Reason::NotFound, "the code is used up");
        assert!(try_pin(&world, &due, PIN).await.is_ok(), "the PIN is still set");
    });
}
