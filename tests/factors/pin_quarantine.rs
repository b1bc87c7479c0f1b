//! Quarantine of a first PIN after a new device.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::answer::Prove as _;
use crate::support::{
    App, World,
    devices::{DAY, NotRecognized, on, recognize, supersede, trust, visit},
    fresh, fresh_for, mail, prove, reason,
};
use second_factor::{
    CodeRequest, Error, NewDevice, Policy, Proof, Purpose, Reason, block_on, host::Event,
    purpose::Operation,
};

const PIN: &str = "493817";

fn cheap() -> Policy {
    Policy::builder().danger_cheap_hashes().build().unwrap()
}

/// A subject with an app and no PIN yet.
async fn without_pin() -> (World, App) {
    let world = World::with(cheap());
    let (app, _) = world.with_settled_app().await;
    (world, app)
}

/// Sets a first PIN, on the device with this token if there is one.
async fn set_first(world: &World, app: &App, device: Option<&str>) -> Result<(), Error> {
    world.clock.advance(30);
    let verifier = device.map_or_else(|| world.verifier.clone(), |token| on(world, token));
    let proof = Proof::totp(app.code(&world.clock));
    let grant = verifier.verify_for(&world.alice, Purpose::Manage, proof).await.unwrap();
    verifier.set_pin(&grant, PIN).await.map(drop)
}

#[test]
fn first_device_does_not_quarantine_the_pin() {
    block_on(async {
        let (world, app) = without_pin().await;
        let _ = trust(&world, &app, "first").await;
        assert!(set_first(&world, &app, None).await.is_ok());
    });
}

#[test]
fn failure_112_second_device_quarantines_the_first_pin() {
    block_on(async {
        let (world, app) = without_pin().await;
        let _ = trust(&world, &app, "first").await;
        let _ = trust(&world, &app, "second").await;
        let came = world.clock.time().as_secs();
        let refused = set_first(&world, &app, None).await.unwrap_err();
        assert_eq!(refused.retry_at().unwrap().as_secs(), came + DAY);
        assert_eq!(reason::<()>(Err(refused)), Reason::Quarantined);
        world.clock.set(came + DAY - 31);
        assert_eq!(reason(set_first(&world, &app, None).await), Reason::Quarantined);
        assert!(set_first(&world, &app, None).await.is_ok(), "a day has passed");
    });
}

#[test]
fn failure_112_older_device_overrides_and_the_new_one_does_not() {
    block_on(async {
        let (world, app) = without_pin().await;
        let first = trust(&world, &app, "first").await;
        world.clock.advance(DAY);
        let second = trust(&world, &app, "second").await;
        let refused = set_first(&world, &app, Some(&second)).await;
        assert_eq!(reason(refused), Reason::Quarantined);
        assert!(set_first(&world, &app, Some(&first)).await.is_ok());
    });
}

#[test]
fn failure_112_first_of_two_new_devices_cannot_override() {
    block_on(async {
        let (world, app) = without_pin().await;
        let first = trust(&world, &app, "owner's").await;
        world.clock.advance(DAY);
        let second = trust(&world, &app, "thief's").await;
        world.clock.advance(DAY - 5 * 60);
        let _ = trust(&world, &app, "thief's other").await;
        let came = world.clock.time().as_secs();
        let refused = set_first(&world, &app, Some(&second)).await.unwrap_err();
        assert_eq!(refused.retry_at().unwrap().as_secs(), came + DAY, "a day from the last device");
        assert_eq!(reason::<()>(Err(refused)), Reason::Quarantined);
        assert!(set_first(&world, &app, Some(&first)).await.is_ok());
    });
}

#[test]
fn failure_112_new_device_counts_as_older_after_a_day() {
    block_on(async {
        let (world, app) = without_pin().await;
        let _ = trust(&world, &app, "first").await;
        let mut second = trust(&world, &app, "second").await;
        world.clock.advance(DAY);
        let _ = trust(&world, &app, "third").await;
        assert_eq!(reason(set_first(&world, &app, None).await), Reason::Quarantined);
        let _ = visit(&world, &mut second).await;
        assert!(set_first(&world, &app, Some(&second)).await.is_ok());
    });
}

#[test]
fn failure_112_signed_out_device_cannot_override() {
    block_on(async {
        let (world, app) = without_pin().await;
        let first = trust(&world, &app, "first").await;
        world.clock.advance(DAY);
        let _ = trust(&world, &app, "second").await;
        on(&world, &first).sign_out_device(&world.alice).await.unwrap();
        let refused = set_first(&world, &app, Some(&first)).await;
        assert_eq!(reason(refused), Reason::Quarantined);
    });
}

#[test]
fn failure_112_signing_out_everywhere_keeps_the_quarantine() {
    block_on(async {
        let (world, app) = without_pin().await;
        let _ = trust(&world, &app, "first").await;
        let _ = trust(&world, &app, "second").await;
        let permission = fresh_for(&world, &app, Operation::Manage).await;
        world.verifier.sign_out_everywhere(&permission).await.unwrap();
        assert_eq!(reason(set_first(&world, &app, None).await), Reason::Quarantined);
    });
}

#[test]
fn failure_112_sign_in_with_a_trusted_device_quarantines() {
    block_on(async {
        let (world, app) = without_pin().await;
        let old = trust(&world, &app, "owner's").await;
        world.clock.advance(DAY);
        let _new = fresh(&world, &app).await;
        let came = world.clock.time();
        let refused = set_first(&world, &app, None).await.unwrap_err();
        assert_eq!(refused.retry_at(), Some(came.plus(DAY)));
        assert_eq!(reason::<()>(Err(refused)), Reason::Quarantined);
        let owners = set_first(&world, &app, Some(&old)).await;
        assert!(owners.is_ok(), "the owner's device overrides");
    });
}

#[test]
fn sign_in_without_trusted_devices_does_not_quarantine() {
    block_on(async {
        let (world, app) = without_pin().await;
        let _ = fresh(&world, &app).await;
        assert!(set_first(&world, &app, None).await.is_ok());

        let (world, app) = without_pin().await;
        let _ = trust(&world, &app, "long ago").await;
        world.clock.advance(30 * DAY);
        let _ = fresh(&world, &app).await;
        assert!(set_first(&world, &app, None).await.is_ok(), "its trust has expired");
    });
}

#[test]
fn finding_s16_expired_device_hides_no_quarantine() {
    type Go = fn(&World, &App, &str);
    let gone: [Go; 3] = [
        |world, _, token| {
            block_on(on(world, token).sign_out_device(&world.alice)).unwrap();
        },
        |world, app, _| {
            let permission = block_on(fresh_for(world, app, Operation::Manage));
            let status = block_on(world.verifier.status(&world.alice)).unwrap();
            block_on(world.verifier.revoke(&permission, status.devices()[0].id())).unwrap();
        },
        |world, _, _| {
            let _ = block_on(world.verifier.password_changed(&world.alice)).unwrap();
        },
    ];
    for go in gone {
        let (world, app) = block_on(without_pin());
        let _ = block_on(trust(&world, &app, "expired"));
        world.clock.advance(20 * DAY);
        let usable = block_on(trust(&world, &app, "usable"));
        world.clock.advance(15 * DAY);
        go(&world, &app, &usable);
        assert_eq!(reason(block_on(set_first(&world, &app, None))), Reason::Quarantined);
    }
}

#[test]
fn expired_devices_alone_begin_no_quarantine() {
    block_on(async {
        let (world, app) = without_pin().await;
        let _ = trust(&world, &app, "expired").await;
        world.clock.advance(35 * DAY);
        world.verifier.password_changed(&world.alice).await.unwrap();
        assert!(set_first(&world, &app, None).await.is_ok(), "no usable device was lost");
    });
}

#[test]
fn manage_and_step_up_do_not_quarantine() {
    block_on(async {
        let (world, app) = without_pin().await;
        let _ = trust(&world, &app, "first").await;
        world.clock.advance(DAY);
        let _ = fresh_for(&world, &app, Operation::Manage).await;
        let _ = fresh_for(&world, &app, Operation::StepUp).await;
        assert!(set_first(&world, &app, None).await.is_ok());
    });
}

#[test]
fn failure_112_recovery_with_a_trusted_device_quarantines() {
    block_on(async {
        let (world, app) = without_pin().await;
        let permission = fresh_for(&world, &app, Operation::Manage).await;
        let _ = prove(&world, &permission, &mail()).await.unwrap();
        let old = trust(&world, &app, "owner's").await;
        world.clock.advance(2 * DAY);
        let (challenge, code) = {
            let sent = world
                .verifier
                .send_code(
                    &world.alice,
                    CodeRequest::to_address(&mail()).purpose(Operation::Recover),
                )
                .await;
            (sent.unwrap(), world.read_code())
        };
        let half = world
            .verifier
            .prove_for(&world.alice, Operation::Recover, Proof::sent_code(&challenge, &code))
            .await
            .unwrap_err();
        let half = *half.pending_factor().unwrap();
        world.clock.advance(30);
        let typed = app.code(&world.clock);
        let second = Proof::totp(&typed).after(half);
        let recovered = world.verifier.prove_for(&world.alice, Operation::Recover, second).await;
        assert!(recovered.is_ok());
        assert_eq!(reason(set_first(&world, &app, None).await), Reason::Quarantined);
        assert!(set_first(&world, &app, Some(&old)).await.is_ok());
    });
}

#[test]
fn failure_112_new_password_with_devices_quarantines() {
    block_on(async {
        let (world, app) = without_pin().await;
        world.verifier.password_changed(&world.alice).await.unwrap();
        assert_eq!(world.verifier.status(&world.alice).await.unwrap().quarantined_until(), None);
        let _ = trust(&world, &app, "owner's").await;
        world.clock.advance(DAY);
        world.verifier.password_changed(&world.alice).await.unwrap();
        let changed = world.clock.time();
        let refused = set_first(&world, &app, None).await.unwrap_err();
        assert_eq!(refused.retry_at(), Some(changed.plus(DAY)));
        assert_eq!(reason::<()>(Err(refused)), Reason::Quarantined);
    });
}

#[test]
fn pin_quarantine_affects_no_other_factor() {
    block_on(async {
        let (world, app) = without_pin().await;
        let _ = trust(&world, &app, "first").await;
        let permission = fresh(&world, &app).await;
        world.verifier.turn_off(&permission).await.unwrap();
        assert!(world.verifier.enroll_totp(&world.alice, "alice").await.is_ok(), "turned on again");
    });
}

#[test]
fn failure_112_sign_in_after_the_last_device_quarantines() {
    type Go = fn(&World, &App, &str);
    let gone: [Go; 4] = [
        |world, app, _| {
            let permission = block_on(fresh_for(world, app, Operation::Manage));
            block_on(world.verifier.sign_out_everywhere(&permission)).unwrap();
        },
        |world, _, token| {
            block_on(on(world, token).sign_out_device(&world.alice)).unwrap();
        },
        |world, app, _| {
            let permission = block_on(fresh_for(world, app, Operation::Manage));
            let status = block_on(world.verifier.status(&world.alice)).unwrap();
            block_on(world.verifier.revoke(&permission, status.devices()[0].id())).unwrap();
        },
        |world, _, token| {
            // A copy of an old cookie is presented.
            block_on(supersede(world, token));
            let copy = block_on(recognize(world, token));
            assert_eq!(copy.unwrap_err(), NotRecognized::Invalid);
            assert!(world.log.take().contains(&Event::DeviceStolen));
        },
    ];
    for go in gone {
        let (world, app) = block_on(without_pin());
        let token = block_on(trust(&world, &app, "owner's"));
        world.clock.advance(DAY);
        go(&world, &app, &token);
        let _thief = block_on(fresh(&world, &app));
        assert_eq!(reason(block_on(set_first(&world, &app, None))), Reason::Quarantined);
    }
}

#[test]
fn failure_112_quarantine_in_the_future_restarts_once() {
    block_on(async {
        let (world, app) = without_pin().await;
        let _ = trust(&world, &app, "first").await;
        let _ = world.with_phone(&fresh(&world, &app).await).await;
        let now = world.clock.time().as_secs();
        world.clock.set(now + 360);
        let (sent, code) = world.send_to(&world.number).await;
        let proof = Proof::sent_code(&sent, &code).trusting(NewDevice::new("second"));
        let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
        assert!(verified.device_token().is_some());
        world.clock.set(now);
        let status = world.verifier.status(&world.alice).await.unwrap();
        let trusted = status.devices().iter().filter(|known| known.trusted_until().is_some());
        assert_eq!(trusted.count(), 1, "the second device came from the future");
        let refused = set_first(&world, &app, None).await.unwrap_err();
        assert_eq!(refused.retry_at().unwrap().as_secs(), now + DAY);
        world.clock.set(now + DAY);
        assert!(set_first(&world, &app, None).await.is_ok());
    });
}

#[test]
fn set_pin_is_changed_on_a_new_device_at_once() {
    block_on(async {
        let (world, app) = without_pin().await;
        let _ = trust(&world, &app, "first").await;
        set_first(&world, &app, None).await.unwrap();
        world.clock.advance(30);
        let due = *world.try_app(&app.code(&world.clock)).await.unwrap_err().pending_pin().unwrap();
        let proof = Proof::pin(due, PIN).trusting(NewDevice::new("second"));
        let with_pin = world.verifier.verify(&world.alice, proof).await.unwrap();
        assert!(with_pin.device_token().is_some());
        world.verifier.set_pin(&with_pin, "836192").await.unwrap();
    });
}
