//! Proofs that may trust a device.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    App, World,
    answer::Prove as _,
    devices::{DAY, approve, on, request, trust, trust_by, visit, with_device, with_old_phone},
};
use second_factor::{
    CodeRequest, Error, Handle, NewDevice, Policy, Proof, Verified, block_on, proof::SignInRequest,
    purpose::Operation,
};

const PIN: &str = "493817";

fn another() -> NewDevice {
    NewDevice::new("another")
}

async fn devices(world: &World) -> usize {
    world.verifier.status(&world.alice).await.unwrap().devices().len()
}

/// Redeems `request` on a device that is to be trusted.
async fn redeem_trusting(world: &World, request: &SignInRequest) -> Result<Verified, Error> {
    let proof = Proof::sign_in_request(request).trusting(another());
    world.verifier.verify(&world.alice, proof).await
}

#[test]
fn failure_079_only_a_sign_in_trusts_a_device() {
    block_on(async {
        let world = World::new();
        let (app, enrolled) = world.with_app().await;
        assert!(enrolled.device_token().is_none(), "a confirmation names no device");
        let mut trusted = 0;
        for purpose in [Operation::SignIn, Operation::Manage, Operation::StepUp] {
            world.clock.advance(30);
            let proof = Proof::totp(app.code(&world.clock)).trusting(another());
            let _ = world.verifier.prove_for(&world.alice, purpose, proof).await.unwrap();
            trusted += usize::from(purpose == Operation::SignIn);
            assert_eq!(devices(&world).await, trusted, "{purpose:?}");
        }
    });
}

#[test]
fn failure_079_registration_over_a_factor_trusts_no_device() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        world.clock.advance(DAY);
        let (alice, number) = (&world.alice, &world.number);
        let sent = world.verifier.send_code(alice, CodeRequest::register(number)).await.unwrap();
        let proof = Proof::sent_code(&sent, world.read_code()).trusting(another());
        let registered = world.verifier.register(alice, proof).await.unwrap();
        assert!(registered.device_token().is_none());
        assert_eq!(devices(&world).await, 0);
    });
}

#[test]
fn failure_079_approved_sign_in_cannot_trust_a_device() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let request = request(&world).await;
        approve(&world, &phone, &request).await.unwrap();
        let verified = redeem_trusting(&world, &request).await.unwrap();
        assert!(verified.device_token().is_none());
        assert_eq!(devices(&world).await, 1, "the phone");
    });
}

/// A subject with an app and a PIN.
async fn with_pin() -> (World, App) {
    let world = World::with(Policy::builder().danger_cheap_hashes().build().unwrap());
    let (app, verified) = world.with_settled_app().await;
    world.verifier.set_pin(&verified, PIN).await.unwrap();
    (world, app)
}

/// The pending PIN step after a proof by the app for this device.
async fn due(world: &World, app: &App) -> Handle {
    let pending = trust_by(world, app, another()).await.unwrap_err();
    *pending.pending_pin().expect("the PIN is due")
}

async fn with_the_pin(world: &World, due: &Handle) -> Verified {
    let proof = Proof::pin(due, PIN).trusting(NewDevice::new("phone"));
    world.verifier.verify(&world.alice, proof).await.unwrap()
}

#[test]
fn failure_079_pin_after_an_approval_cannot_trust_a_device() {
    block_on(async {
        let (world, app) = with_pin().await;
        let verified = with_the_pin(&world, &due(&world, &app).await).await;
        let mut token = verified.device_token().unwrap().expose().to_owned();
        world.clock.advance(60);
        let _ = visit(&world, &mut token).await;
        let request = request(&world).await;
        approve(&world, &token, &request).await.unwrap();
        let pending = redeem_trusting(&world, &request).await.unwrap_err();
        let verified = with_the_pin(&world, pending.pending_pin().unwrap()).await;
        assert!(verified.device_token().is_none());
        assert_eq!(devices(&world).await, 1, "the phone");
    });
}

/// The quarantine replaces the confirmation by a device, so it begins when none is left.
#[test]
fn quarantine_begins_with_the_end_of_the_last_trusted_device() {
    block_on(async {
        let (world, app, first) = with_device().await;
        let second = trust(&world, &app, "second").await;
        world.clock.advance(2 * DAY);
        for (token, is_last) in [(&first, false), (&second, true)] {
            on(&world, token).sign_out_device(&world.alice).await.unwrap();
            let status = world.verifier.status(&world.alice).await.unwrap();
            let until = is_last.then(|| world.clock.time().plus(DAY));
            assert_eq!(status.quarantined_until(), until);
        }
    });
}

#[test]
fn device_is_trusted_by_the_step_that_completes_the_proof() {
    block_on(async {
        let (world, app) = with_pin().await;
        let due = due(&world, &app).await;
        assert_eq!(devices(&world).await, 0, "the PIN is pending");
        let verified = world.verifier.verify(&world.alice, Proof::pin(due, PIN)).await.unwrap();
        assert!(verified.device_token().is_none(), "that step named no device");
        assert_eq!(devices(&world).await, 0);
    });
}
