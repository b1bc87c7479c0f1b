//! Registering a second time, or over a PIN: what it ends, and what it does not.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

use crate::support::{
    App, World, fresh, mail, prove, reason,
    registering::{answer, as_far_as_the_pin, cheap, register, try_pin},
};
use second_factor::{
    Client, Factor, FactorKind, Proof, Purpose, block_on, host::Event, verdict::Reason,
};

const PIN: &str = "493817";
const DAY: u64 = 24 * 60 * 60;

/// A registered number with a PIN, and nothing else.
async fn with_pin() -> World {
    let world = cheap();
    let verified = register(&world).await.unwrap();
    world.verifier.set_pin(&verified, PIN).await.unwrap();
    world
}

#[test]
fn a_first_registration_starts_no_quarantine_and_may_set_a_pin() {
    block_on(async {
        let world = cheap();
        let verified = register(&world).await.unwrap();
        assert!(world.verifier.set_pin(&verified, PIN).await.is_ok());
    });
}

#[test]
fn failure_112_whoever_registers_again_sets_no_first_pin_for_a_day() {
    block_on(async {
        let world = cheap();
        let _ = register(&world).await.unwrap();
        world.clock.advance(DAY);
        let thief = register(&world).await.unwrap();
        let until = world.clock.time().plus(DAY);
        let error = world.verifier.set_pin(&thief, PIN).await.unwrap_err();
        assert_eq!(error.denial().unwrap().reason(), Reason::Quarantined);
        assert_eq!(error.retry_at(), Some(until));
        // The owner comes back.
        let owner = register(&world).await.unwrap();
        assert_eq!(reason(world.verifier.set_pin(&thief, PIN).await), Reason::Unauthorized);
        assert_eq!(reason(world.verifier.set_pin(&owner, PIN).await), Reason::Quarantined);
    });
}

#[test]
fn failure_112_whoever_registers_again_adds_nothing_for_a_day_that_its_owner_could_not_remove() {
    block_on(async {
        let world = cheap();
        let _ = register(&world).await.unwrap();
        world.clock.advance(DAY);
        let thief = register(&world).await.unwrap();
        let app = world.verifier.enroll_totp(&thief, "alice").await;
        assert_eq!(reason(app), Reason::Quarantined);
        assert_eq!(reason(prove(&world, &thief, &mail()).await), Reason::Quarantined);
        assert_eq!(reason(prove(&world, &thief, &world.number).await), Reason::Quarantined);
        // Nor on the word of the host, which takes the thief for signed in.
        let app = world.verifier.enroll_totp(&world.alice, "alice").await;
        assert_eq!(reason(app), Reason::Quarantined);
        world.clock.advance(DAY);
        assert!(world.verifier.enroll_totp(&world.alice, "alice").await.is_ok());
    });
}

#[test]
fn an_administrator_who_resets_ends_the_day_in_which_nothing_is_added() {
    block_on(async {
        let world = cheap();
        let _ = register(&world).await.unwrap();
        world.clock.advance(DAY);
        let _thief = register(&world).await.unwrap();
        let reset = second_factor::Reset::new("Carol", "number taken over").unwrap();
        world.verifier.reset(&world.alice, &reset).await.unwrap();
        assert!(world.verifier.enroll_totp(&world.alice, "alice").await.is_ok());
    });
}

#[test]
fn failure_112_a_registration_from_the_future_begins_its_day_again_once() {
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
fn the_client_that_registered_last_is_no_new_device() {
    block_on(async {
        let world = cheap();
        let client = || Client::new("the phone that Alice has").unwrap();
        let here = World { verifier: world.verifier.for_client(client()), ..cheap() };
        let here = World { clock: world.clock.clone(), phone: world.phone.clone(), ..here };
        let _ = register(&world).await.unwrap();
        world.clock.advance(DAY);
        let new = register(&here).await.unwrap();
        assert_eq!(reason(here.verifier.set_pin(&new, PIN).await), Reason::Quarantined);
        // The same phone, an hour and a day later: the day is over, and none begins anew.
        world.clock.advance(3600);
        let again = register(&here).await.unwrap();
        assert_eq!(reason(here.verifier.set_pin(&again, PIN).await), Reason::Quarantined);
        world.clock.advance(DAY);
        let again = register(&here).await.unwrap();
        assert!(here.verifier.set_pin(&again, PIN).await.is_ok());
    });
}

#[test]
fn failure_112_a_reset_does_not_make_a_thief_known() {
    block_on(async {
        let world = cheap();
        let client = Client::new("the phone that a thief has").unwrap();
        let there = World { verifier: world.verifier.for_client(client), ..cheap() };
        let there = World { clock: world.clock.clone(), phone: world.phone.clone(), ..there };
        let _ = register(&world).await.unwrap();
        world.clock.advance(DAY);
        let _ = register(&there).await.unwrap();
        let reset = second_factor::Reset::new("Carol", "number taken over").unwrap();
        world.verifier.reset(&world.alice, &reset).await.unwrap();
        let again = register(&there).await.unwrap();
        assert_eq!(reason(there.verifier.set_pin(&again, PIN).await), Reason::Quarantined);
    });
}

#[test]
fn a_reset_has_served_once_a_pin_stands() {
    block_on(async {
        let world = cheap();
        let reset = second_factor::Reset::new("Carol", "lost everything").unwrap();
        world.verifier.reset(&world.alice, &reset).await.unwrap();
        let verified = register(&world).await.unwrap();
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        world.clock.advance(2 * DAY);
        let due = as_far_as_the_pin(&world).await;
        let with_pin = try_pin(&world, &due, PIN).await.unwrap();
        world.verifier.revoke(&with_pin, Factor::Pin).await.unwrap();
        let next = world.verifier.next(&world.alice, Purpose::SignIn).await;
        assert!(next.is_ok(), "the account is not shut by what was over long ago");
    });
}

#[test]
fn registering_again_ends_the_rights_and_the_codes_of_before() {
    block_on(async {
        let world = World::new();
        let old = register(&world).await.unwrap();
        let grant = world.verifier.grant(&old).unwrap();
        let enrollment = world.verifier.enroll_totp(&old, "alice").await.unwrap();
        let app = App::scan(enrollment.expose_secret().expose());
        world.clock.advance(60);
        let new = register(&world).await.unwrap();
        let code = app.code(&world.clock);
        let ended = world.verifier.confirm(&world.alice, &enrollment, &code).await;
        assert_eq!(reason(ended), Reason::NotFound);
        let by_right = world.verifier.enroll_totp(&old, "alice").await;
        assert_eq!(reason(by_right), Reason::Unauthorized);
        let authority = world.verifier.authority(&world.alice, &grant).unwrap();
        let by_grant = world.verifier.enroll_totp(authority, "alice").await;
        assert_eq!(reason(by_grant), Reason::Unauthorized);
        let too_soon = world.verifier.enroll_totp(&new, "alice").await;
        assert_eq!(reason(too_soon), Reason::Quarantined, "the new right waits for a day");
        let told = world.log.take().iter().filter(|e| **e == Event::Registered).count();
        assert_eq!(told, 2, "the first time and again");
    });
}

#[test]
fn registering_over_what_was_enrolled_otherwise_is_registering_again() {
    block_on(async {
        let world = cheap();
        let (app, _) = world.with_app().await;
        let before = fresh(&world, &app, Purpose::Manage).await;
        let _ = register(&world).await.unwrap();
        let ended = world.verifier.turn_off(&before).await;
        assert_eq!(reason(ended), Reason::Unauthorized, "the generation moved");
        // Also when nothing of it stands any more.
        let now = fresh(&world, &app, Purpose::Manage).await;
        world.verifier.turn_off(&now).await.unwrap();
        world.clock.advance(2 * DAY);
        let verified = register(&world).await.unwrap();
        let first_pin = world.verifier.set_pin(&verified, PIN).await;
        assert_eq!(reason(first_pin), Reason::Quarantined);
    });
}

#[test]
fn what_was_turned_off_was_there_before() {
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
fn registering_again_removes_no_factor_and_gives_no_right_over_one() {
    block_on(async {
        let world = cheap();
        let (app, _) = world.with_app().await;
        let thief = register(&world).await.unwrap();
        let no_right = [
            reason(world.verifier.revoke(&thief, Factor::Totp).await),
            reason(world.verifier.turn_off(&thief).await),
            reason(world.verifier.enroll_totp(&thief, "thief").await),
            reason(world.verifier.new_backup_codes(&thief).await),
            reason(world.verifier.set_pin(&thief, PIN).await),
        ];
        assert_eq!(no_right, [Reason::Unauthorized; 5]);
        let _ = fresh(&world, &app, Purpose::SignIn).await;
    });
}

#[test]
fn the_pin_that_stands_is_asked_for() {
    block_on(async {
        let world = with_pin().await;
        let _ = world.log.take();
        let due = as_far_as_the_pin(&world).await;
        assert!(!world.log.take().contains(&Event::Registered), "not before the PIN");
        assert_eq!(reason(try_pin(&world, &due, "999999").await), Reason::Incorrect);
        let as_sign_in = world.verifier.verify(&world.alice, Proof::pin(&due, PIN)).await;
        assert_eq!(reason(as_sign_in), Reason::OtherPurpose);
        let verified = try_pin(&world, &due, PIN).await.unwrap();
        assert_eq!(verified.purpose(), Purpose::Register);
        assert_eq!(verified.factors(), [FactorKind::Phone, FactorKind::Pin]);
        assert!(world.log.take().contains(&Event::Registered));
        // The PIN was proven, and nothing else stands: this is the whole of the account.
        assert!(world.verifier.set_pin(&verified, "739164").await.is_ok());
    });
}

#[test]
fn a_thief_without_the_pin_ends_nothing_of_the_owner() {
    block_on(async {
        let world = cheap();
        let verified = register(&world).await.unwrap();
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        let due = as_far_as_the_pin(&world).await;
        let owner = try_pin(&world, &due, PIN).await.unwrap();
        let _ = as_far_as_the_pin(&world).await;
        assert!(world.verifier.set_pin(&owner, "739164").await.is_ok(), "the right still holds");
    });
}

#[test]
fn after_the_week_registering_goes_through_without_the_pin() {
    block_on(async {
        let world = with_pin().await;
        let due = as_far_as_the_pin(&world).await;
        let ends = world.verifier.begin_pin_reset(&world.alice, &due).await.unwrap();
        for _ in 0..6 {
            world.clock.advance(DAY);
            world.verifier.advance(&world.alice).await.unwrap();
        }
        let _ = as_far_as_the_pin(&world).await;
        world.clock.set(ends.as_secs() + DAY);
        let verified = register(&world).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::Phone]);
        let events = world.log.take();
        assert!(events.contains(&Event::PinReset) && events.contains(&Event::Registered));
        let first_pin = world.verifier.set_pin(&verified, PIN).await;
        assert_eq!(reason(first_pin), Reason::Quarantined, "it was a registration again");
        world.clock.advance(DAY);
        let verified = register(&world).await;
        assert!(verified.is_ok(), "no PIN is due");
    });
}

#[test]
fn a_code_to_the_recovery_address_completes_a_registration_without_the_pin() {
    block_on(async {
        let world = cheap();
        let verified = register(&world).await.unwrap();
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        world.clock.advance(60);
        let due = as_far_as_the_pin(&world).await;
        let _ = world.log.take();
        let reset = Purpose::ResetPin;
        let sent = world.verifier.challenge(&world.alice, &mail(), reset).await.unwrap();
        let code = world.read_code();
        let verified = world.verifier.reset_pin(&world.alice, &due, &sent, &code).await.unwrap();
        assert_eq!(verified.purpose(), Purpose::Register);
        assert_eq!(verified.factors(), [FactorKind::Phone, FactorKind::Email]);
        assert!(world.log.take().contains(&Event::Registered));
        let first_pin = world.verifier.set_pin(&verified, PIN).await;
        assert_eq!(reason(first_pin), Reason::Quarantined, "the right is of this generation");
    });
}

#[test]
fn the_mailbox_that_was_registered_does_not_remove_the_pin_as_well() {
    block_on(async {
        let world = cheap();
        let verified = register(&world).await.unwrap();
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        world.clock.advance(60);
        let register = Purpose::Register;
        let sent = world.verifier.challenge(&world.alice, &mail(), register).await.unwrap();
        let code = world.read_code();
        let due = *answer(&world, &sent, &code).await.unwrap_err().pin_due().unwrap();
        let reset = Purpose::ResetPin;
        let sent = world.verifier.challenge(&world.alice, &mail(), reset).await.unwrap();
        let code = world.read_code();
        let by_one_mailbox = || world.verifier.reset_pin(&world.alice, &due, &sent, &code);
        assert_eq!(reason(by_one_mailbox().await), Reason::NotAllowed);
        assert_eq!(reason(by_one_mailbox().await), Reason::NotFound, "the code is spent");
        assert!(try_pin(&world, &due, PIN).await.is_ok(), "the PIN stands");
    });
}
