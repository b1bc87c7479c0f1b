//! Availability to an owner under attack.

use second_factor::{
    Policy, Proof, Reason, Verifier, block_on,
    enrollment::NewSecurityKey,
    host::Event,
    policy::PolicyBuilder,
    proof::{CeremonyRequest, SecurityKeyOutcome},
    purpose::Operation,
};

use super::{HOUR, become_known, browser, device, guess, sign_in};
use crate::support::{App, World, fresh_for, reason};

const VISITS: u64 = 48;
/// Two attempts a minute, and one a second.
const PACES: [u64; 2] = [30, 1];

/// Guesses at the app for an hour, as fast as `pace` and the locks allow.
///
/// An attempt under a lock changes nothing, so the time of a lock is skipped.
async fn attack_for_an_hour(world: &World, at: &Verifier, app: &App, pace: u64) {
    let end = world.clock.time().plus(HOUR).as_secs();
    loop {
        let refused = guess(world, at, app).await;
        let next = world.clock.time().plus(pace).as_secs();
        let next = refused.retry_at().map_or(next, |until| until.as_secs().max(next));
        let is_off = refused.denial().is_some_and(|denial| denial.reason() == Reason::Disabled);
        if is_off || next >= end {
            break;
        }
        world.clock.set(next);
    }
    world.clock.set(end);
}

#[test]
fn finding_a02_known_device_signs_in_at_every_visit() {
    block_on(async {
        for pace in PACES {
            let world = World::new();
            let (app, _) = world.with_app().await;
            let token = become_known(&world, &app, "the owner").await;
            let (owner, attacker) = (device(&world, &token), browser(&world, "an attacker"));
            let mut visits = 0;
            for _ in 0..VISITS {
                attack_for_an_hour(&world, &attacker, &app, pace).await;
                visits += u64::from(sign_in(&world, &owner, &app).await.is_ok());
            }
            assert_eq!(visits, VISITS, "at the first attempt, at one attempt in {pace} s");
        }
    });
}

#[test]
fn finding_a02_app_at_a_new_device_works_after_password_change() {
    block_on(async {
        for pace in PACES {
            let world = World::new();
            let (app, _) = world.with_app().await;
            let attacker = browser(&world, "an attacker");
            for visit in 0..10 {
                attack_for_an_hour(&world, &attacker, &app, pace).await;
                let owner = browser(&world, &format!("the owner, for the {visit}th time"));
                assert!(sign_in(&world, &owner, &app).await.is_err(), "{visit}");
            }
            // The attacker has the earlier password, and no longer reaches the second factor.
            world.verifier.password_changed(&world.alice).await.unwrap();
            for visit in 10..VISITS {
                let owner = browser(&world, &format!("the owner, for the {visit}th time"));
                assert!(sign_in(&world, &owner, &app).await.is_ok(), "{visit}");
                world.clock.advance(HOUR);
            }
        }
    });
}

#[test]
fn finding_a02_backup_codes_at_new_devices_always_work() {
    block_on(async {
        for pace in PACES {
            let builder: PolicyBuilder = Policy::builder().danger_cheap_hashes().backup_codes(20);
            let world = World::with(builder.build().unwrap());
            let (app, _) = world.with_app().await;
            let attacker = browser(&world, "an attacker");
            let mut codes = Vec::new();
            for visit in 0..VISITS {
                if codes.is_empty() {
                    // From a known device, or before the attack.
                    world.verifier.password_changed(&world.alice).await.unwrap();
                    let fresh = fresh_for(&world, &app, Operation::Manage).await;
                    let generated = world.verifier.new_backup_codes(&fresh).await.unwrap().expose();
                    codes.extend(generated.iter().map(|code| code.expose().to_owned()));
                }
                attack_for_an_hour(&world, &attacker, &app, pace).await;
                for number in 0..20 {
                    let guess = format!("ABCD-EFGH-JKMN-{:04}", visit * 100 + number);
                    let refused = attacker.verify(&world.alice, Proof::backup_code(guess)).await;
                    assert_eq!(reason(refused), Reason::Incorrect);
                }
                let owner = browser(&world, &format!("the owner, for the {visit}th time"));
                let proof = Proof::backup_code(codes.pop().unwrap());
                assert!(owner.verify(&world.alice, proof).await.is_ok(), "{visit}");
            }
        }
    });
}

#[test]
fn finding_a02_security_key_at_new_devices_always_works() {
    block_on(async {
        for pace in PACES {
            let world = World::new();
            let (app, verified) = world.with_app().await;
            let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
            let key = NewSecurityKey::new("blue", b"its credential").unwrap();
            let _ = world.verifier.confirm_security_key(&world.alice, &begun, key).await.unwrap();
            let attacker = browser(&world, "an attacker");
            for visit in 0..VISITS {
                attack_for_an_hour(&world, &attacker, &app, pace).await;
                let owner = browser(&world, &format!("the owner, for the {visit}th time"));
                let request = CeremonyRequest::new(b"kept").purpose(Operation::SignIn);
                let begun = owner.begin_security_key(&world.alice, request).await.unwrap();
                let id = *begun.keys().first().unwrap().id();
                let outcome = SecurityKeyOutcome::passed(&id, b"used once more");
                let proof = Proof::security_key(&begun, outcome.user_verified(true));
                assert!(owner.verify(&world.alice, proof).await.is_ok(), "{visit}");
            }
        }
    });
}

/// The ways in that are left are stated: an event, and the password.
#[test]
fn attack_is_reported_at_twenty_failures_and_when_it_disables() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let attacker = browser(&world, "an attacker");
        let mut failures = 0;
        let mut reported_at = Vec::new();
        let _ = world.log.take();
        loop {
            let refused = guess(&world, &attacker, &app).await;
            if refused.denial().unwrap().reason() == Reason::Disabled {
                break;
            }
            failures += 1;
            let events = world.log.take();
            if events.contains(&Event::FirstFactorCompromised) {
                reported_at.push(failures);
            }
            if let Some(until) = refused.retry_at() {
                world.clock.set(until.as_secs());
            }
        }
        assert_eq!((failures, reported_at), (30, vec![20]));
    });
}
