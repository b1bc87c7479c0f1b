//! Proofs that may trust a device.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    App, ROOT, World,
    devices::{DAY, approve, redeem, request, trust_by, visit, with_old_phone},
    fresh,
    host::Host,
    opened, reason,
    slow::{Alice, cheap},
};
use second_factor::{
    CodeRequest, Factor, Keys, MemoryStorage, NewDevice, Policy, Proof, Reason, Storage as _,
    SubjectId, Verified, block_on, purpose::Operation, sans_io::Checked,
};

const PIN: &str = "493817";

async fn try_trust(world: &World, verified: &Verified) -> Option<Reason> {
    let trusted = trust_by(world, verified, &NewDevice::new("another")).await;
    trusted.err().map(|error| error.denial().expect("a denial").reason())
}

#[test]
fn failure_079_proof_of_five_minutes_cannot_trust_a_device() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let verified = fresh(&world, &app).await;
        world.clock.advance(299);
        assert_eq!(try_trust(&world, &verified).await, None);
        world.clock.advance(1);
        assert_eq!(try_trust(&world, &verified).await, Some(Reason::Unauthorized));
    });
}

#[test]
fn failure_079_only_sign_in_or_enrollment_trusts_a_device() {
    block_on(async {
        let alice = Alice::over(MemoryStorage::new(), cheap()).await;
        let (world, id, host) = (&alice.world, &alice.world.alice, Host::of(&alice));
        assert_eq!(try_trust(world, &alice.proof).await, None, "it was just confirmed");
        let refused = Some(Reason::Unauthorized);
        for (purpose, refusal) in
            [(Operation::SignIn, None), (Operation::Manage, refused), (Operation::StepUp, refused)]
        {
            world.clock.advance(30);
            let (code, now) = (alice.app.code(&world.clock), world.clock.time());
            let checked =
                host.decide(id, now, |subject| subject.verify(purpose, &Proof::totp(&code)));
            let Ok(Checked::Proven(proven)) = checked else { panic!("{purpose:?}: {checked:?}") };
            let device = NewDevice::new("another");
            let trusted = host.decide(id, now, |subject| subject.trust_device(&proven, &device));
            assert_eq!(trusted.err().map(|denial| denial.reason()), refusal, "{purpose:?}");
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
        let code = world.read_code();
        let proof = Proof::sent_code(&sent, &code);
        let registered = world.verifier.register(alice, proof).await.unwrap();
        let trusted = world.verifier.trust_device(&registered, &NewDevice::new("another")).await;
        assert_eq!(reason(trusted), Reason::Unauthorized);
    });
}

#[test]
fn failure_079_approved_sign_in_cannot_trust_a_device() {
    block_on(async {
        let (world, _, phone) = with_old_phone().await;
        let request = request(&world).await;
        approve(&world, &phone, &request).await.unwrap();
        let verified = redeem(&world, &request).await.unwrap();
        assert_eq!(try_trust(&world, &verified).await, Some(Reason::Unauthorized));
    });
}

/// A subject with an app and a PIN.
async fn with_pin() -> (World, App, Verified) {
    let world = World::with(Policy::builder().danger_cheap_hashes().build().unwrap());
    let (app, verified) = world.with_app().await;
    world.verifier.set_pin(&verified, PIN).await.unwrap();
    (world, app, verified)
}

async fn with_the_pin(world: &World, first: Result<Verified, second_factor::Error>) -> Verified {
    let due = *first.unwrap_err().pending_pin().expect("the PIN is due");
    world.verifier.verify(&world.alice, Proof::pin(&due, PIN)).await.unwrap()
}

#[test]
fn failure_079_pin_after_an_approval_cannot_trust_a_device() {
    block_on(async {
        let (world, app, _) = with_pin().await;
        world.clock.advance(30);
        let by_app = world.try_app(&app.code(&world.clock)).await;
        let verified = with_the_pin(&world, by_app).await;
        let mut token = trust_by(&world, &verified, &NewDevice::new("phone")).await.unwrap();
        world.clock.advance(60);
        let phone = visit(&world, &mut token).await;
        let request = request(&world).await;
        approve(&world, &phone, &request).await.unwrap();
        let verified = with_the_pin(&world, redeem(&world, &request).await).await;
        assert_eq!(try_trust(&world, &verified).await, Some(Reason::Unauthorized));
    });
}

#[test]
fn proof_without_the_set_pin_cannot_trust_a_device() {
    block_on(async {
        let (world, _, without) = with_pin().await;
        assert_eq!(try_trust(&world, &without).await, Some(Reason::Unauthorized));
    });
}

#[test]
fn failure_079_proof_of_a_past_epoch_cannot_trust_a_device() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let verified = fresh(&world, &app).await;
        world.verifier.revoke(&verified, Factor::Address(&world.number)).await.unwrap();
        assert_eq!(try_trust(&world, &verified).await, Some(Reason::Unauthorized));
    });
}

#[test]
fn failure_079_proof_of_another_subject_cannot_trust_a_device() {
    block_on(async {
        let (world, mut other) = (World::new(), World::new());
        // The same seed generates the same epoch for Bob.
        other.alice = SubjectId::new("bob").unwrap();
        let (alices, bobs) = (world.with_app().await.1, other.with_app().await.1);
        let (keys, policy) = (Keys::new(ROOT), Policy::default());
        let record = world.store.load(&keys.subject_record(&world.alice)).await.unwrap();
        let trust = |verified| {
            let now = world.clock.time();
            let alice = opened(&keys, &policy, &world.alice, record.as_ref(), now);
            alice.trust_device(verified, &NewDevice::new("bob's")).err()
        };
        assert_eq!(trust(bobs.as_ref()).unwrap().reason(), Reason::Unauthorized);
        assert!(trust(alices.as_ref()).is_none(), "otherwise this test proves nothing");
    });
}

#[test]
fn proof_over_a_deleted_record_cannot_trust_a_device() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let verified = fresh(&world, &app).await;
        let emptied = World::over(MemoryStorage::new(), Policy::default());
        let trusted = emptied.verifier.trust_device(&verified, &NewDevice::new("x")).await;
        assert_eq!(reason(trusted), Reason::Unauthorized);
    });
}
