//! The two-step PIN: asked after every other proof, removed at once by mail or after a week.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

mod support;

use second_factor::{
    Error, FactorKind, Handle, Policy, Proof, Purpose, Verified, block_on, host::Event,
    verdict::Reason,
};
use support::{App, World, fresh, mail, prove, reason};

const PIN: &str = "493817";
const DAY: u64 = 24 * 60 * 60;

/// A subject with an app and a PIN.
async fn with_pin() -> (World, App) {
    let policy = Policy::builder().danger_cheap_hashes().build().unwrap();
    let world = World::with(policy);
    let (app, verified) = world.with_app().await;
    world.verifier.set_pin(&verified, PIN).await.unwrap();
    (world, app)
}

/// Signs in with the app as far as the PIN.
async fn as_far_as_the_pin(world: &World, app: &App) -> Handle {
    world.clock.advance(30);
    let error = world.try_app(&app.code(&world.clock)).await.unwrap_err();
    *error.pin_due().expect("the PIN is due")
}

async fn try_pin(world: &World, due: &Handle, typed: &str) -> Result<Verified, Error> {
    world.verifier.verify(&world.alice, Proof::pin(due, typed)).await
}

#[test]
fn the_pin_is_asked_after_every_other_proof() {
    block_on(async {
        let (world, app) = with_pin().await;
        let due = as_far_as_the_pin(&world, &app).await;
        let verified = try_pin(&world, &due, PIN).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::App, FactorKind::Pin]);
        assert_eq!(reason(try_pin(&world, &due, PIN).await), Reason::NoSuch, "it is spent");
    });
}

#[test]
fn ten_wrong_pins_disable_it() {
    block_on(async {
        let (world, app) = with_pin().await;
        for _ in 0..10 {
            let due = as_far_as_the_pin(&world, &app).await;
            while let Err(error) = try_pin(&world, &due, "999999").await {
                match error.retry_at() {
                    Some(until) => world.clock.set(until.as_secs()),
                    None => break,
                }
            }
        }
        let due = as_far_as_the_pin(&world, &app).await;
        assert_eq!(reason(try_pin(&world, &due, PIN).await), Reason::Disabled);
        assert!(world.log.take().contains(&Event::FactorDisabled(FactorKind::Pin)));
    });
}

#[test]
fn failure_110_without_mail_the_pin_goes_after_a_week_and_three_notices() {
    block_on(async {
        let (world, app) = with_pin().await;
        let due = as_far_as_the_pin(&world, &app).await;
        let ends = world.verifier.begin_pin_reset(&world.alice, &due).await.unwrap();
        let begun = world.clock.time();
        assert_eq!(ends, begun.plus(7 * DAY));
        world.clock.advance(DAY);
        let due = as_far_as_the_pin(&world, &app).await;
        let again = world.verifier.begin_pin_reset(&world.alice, &due).await.unwrap();
        assert_eq!(again, ends, "asking again changes nothing");
        for _ in 0..5 {
            world.clock.advance(DAY);
            world.verifier.advance(&world.alice).await.unwrap();
        }
        let _ = as_far_as_the_pin(&world, &app).await;
        world.clock.set(ends.as_secs() + DAY);
        let verified = world.try_app(&app.code(&world.clock)).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::App]);
        let events = world.log.take();
        let told = |event: &Event| events.contains(event);
        assert!(told(&Event::PinResetBegun(ends)) && told(&Event::PinReset));
        let nears = events.iter().filter(|event| matches!(event, Event::PinResetNears(_)));
        assert_eq!(nears.count(), 2);
    });
}

#[test]
fn the_owner_who_knows_the_pin_calls_its_removal_off() {
    block_on(async {
        let (world, app) = with_pin().await;
        let due = as_far_as_the_pin(&world, &app).await;
        world.verifier.begin_pin_reset(&world.alice, &due).await.unwrap();
        let due = as_far_as_the_pin(&world, &app).await;
        let _ = try_pin(&world, &due, PIN).await.unwrap();
        assert!(world.log.take().contains(&Event::PinResetCancelled));
        world.clock.advance(30 * DAY);
        world.verifier.advance(&world.alice).await.unwrap();
        let _ = as_far_as_the_pin(&world, &app).await;
    });
}

#[test]
fn failure_109_a_proven_mailbox_removes_the_pin_at_once_and_all_are_told() {
    block_on(async {
        let policy = Policy::builder().danger_cheap_hashes().build().unwrap();
        let world = World::with(policy);
        let (app, verified) = world.with_app().await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        let due = as_far_as_the_pin(&world, &app).await;
        let sent =
            world.verifier.challenge(&world.alice, &mail(), Purpose::ResetPin).await.unwrap();
        let code = world.read_code();
        let verified = world.verifier.reset_pin(&world.alice, &due, &sent, &code).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::App, FactorKind::Email]);
        assert_eq!(verified.purpose(), Purpose::SignIn);
        assert!(world.notices().contains(&(Event::PinReset, mail())));
        let _ = fresh(&world, &app, Purpose::SignIn).await;
    });
}
