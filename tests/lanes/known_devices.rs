//! The list of known devices.

use second_factor::{
    FactorKind, NewDevice, Next, Policy, Proof, Reason, Verifier, block_on,
    enrollment::{Enroller, NewSecurityKey},
    host::Event,
    proof::SecurityKeyOutcome,
    purpose::Operation,
};

use super::{DAY, HOUR, become_known, browser, device, guess, sign_in};
use crate::support::{App, World, devices::on, fresh, reason, registration::cheap};

/// R3: OWASP counts failures for each device separately.
#[test]
fn finding_r03_copied_token_ends_only_its_own_device() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let desk = become_known(&world, &app, "the owner").await;
        let phone = become_known(&world, &app, "the owner's phone").await;
        let (thief, at_phone) = (device(&world, &desk), device(&world, &phone));
        let _ = world.log.take();
        for failure in 1..=5 {
            assert_eq!(guess(&world, &thief, &app).await.retry_at(), None, "no wait at a device");
            let is_forgotten = world.log.take().contains(&Event::DeviceForgotten);
            assert_eq!(is_forgotten, failure == 5);
        }
        assert_eq!(world.verifier.status(&world.alice).await.unwrap().devices().len(), 1);
        for _ in 0..48 {
            for _ in 0..9 {
                let _ = guess(&world, &thief, &app).await;
            }
            world.clock.advance(HOUR);
            assert!(sign_in(&world, &at_phone, &app).await.is_ok());
        }
    });
}

#[test]
fn success_at_a_known_device_slides_and_adds_no_other() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let token = become_known(&world, &app, "the owner").await;
        for _ in 0..5 {
            world.clock.advance(364 * DAY);
            let verified = sign_in(&world, &device(&world, &token), &app).await.unwrap();
            assert!(verified.device_token().is_none(), "the token stays");
        }
        let status = device(&world, &token).status(&world.alice).await.unwrap();
        let [known] = status.devices() else { panic!("there is one device") };
        assert!(known.is_current() && known.trusted_until().is_none());
        assert_eq!(known.expires_at(), world.clock.time().plus(365 * DAY));
        world.clock.advance(365 * DAY);
        assert!(world.verifier.status(&world.alice).await.unwrap().devices().is_empty());
    });
}

#[test]
fn known_device_replaces_no_factor_and_answers_no_request() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let token = become_known(&world, &app, "the owner").await;
        let Ok(Next::Prove(offers)) = device(&world, &token).next(&world.alice).await else {
            panic!("a factor is asked for")
        };
        assert!(!offers.has_invalid_device_token(), "the cookie is still of use");
        assert!(offers.iter().all(|offer| offer.kind() != FactorKind::SignInRequest));
    });
}

#[test]
fn password_change_makes_trusted_devices_known() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        world.clock.advance(30);
        let owner = browser(&world, "the owner");
        let proof = Proof::totp(app.code(&world.clock)).trusting(NewDevice::new("Firefox"));
        let token = owner.verify(&world.alice, proof).await.unwrap();
        let token = token.device_token().unwrap().expose().to_owned();
        assert!(matches!(on(&world, &token).next(&world.alice).await, Ok(Next::Done(_))));
        world.verifier.password_changed(&world.alice).await.unwrap();
        let at = device(&world, &token);
        assert!(matches!(at.next(&world.alice).await, Ok(Next::Prove(_))));
        world.clock.advance(30);
        for _ in 0..9 {
            let _ = guess(&world, &browser(&world, "an attacker"), &app).await;
        }
        assert!(sign_in(&world, &at, &app).await.is_ok(), "it is still known");
    });
}

#[test]
fn trust_raises_a_known_device_and_keeps_its_entry() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let first = become_known(&world, &app, "the owner").await;
        world.clock.advance(30);
        let proof = Proof::totp(app.code(&world.clock)).trusting(NewDevice::new("Firefox"));
        let verified = device(&world, &first).verify(&world.alice, proof).await.unwrap();
        let second = verified.device_token().unwrap().expose().to_owned();
        let status = world.verifier.status(&world.alice).await.unwrap();
        assert_eq!(status.devices().len(), 1);
        assert!(status.devices()[0].trusted_until().is_some());
        // A copy of the first token, or a lost answer: no alarm, and no recognition.
        let _ = world.log.take();
        assert!(matches!(device(&world, &first).next(&world.alice).await, Ok(Next::Prove(_))));
        assert!(world.log.take().is_empty());
        assert!(matches!(on(&world, &second).next(&world.alice).await, Ok(Next::Done(_))));
    });
}

#[test]
fn eleventh_device_displaces_one_that_never_came_back() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let phone = become_known(&world, &app, "the phone").await;
        world.clock.advance(30);
        let _ = sign_in(&world, &device(&world, &phone), &app).await.unwrap();
        for visit in 0..20 {
            let _ = become_known(&world, &app, &format!("a cleared browser {visit}")).await;
        }
        let status = device(&world, &phone).status(&world.alice).await.unwrap();
        assert_eq!(status.devices().len(), 10);
        assert!(status.devices().iter().any(|known| known.is_current()), "the phone stays");
    });
}

#[test]
fn known_devices_end_when_the_owner_ends_them() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let count = || async { world.verifier.status(&world.alice).await.unwrap().devices().len() };
        let token = become_known(&world, &app, "the owner").await;
        device(&world, &token).sign_out_device(&world.alice).await.unwrap();
        assert_eq!(count().await, 0);
        let _ = become_known(&world, &app, "the owner").await;
        let verified = fresh(&world, &app).await;
        world.verifier.sign_out_everywhere(&verified).await.unwrap();
        assert_eq!(count().await, 0);
        let refused = device(&world, &token).sign_out_device(&world.alice).await;
        assert_eq!(reason(refused), Reason::NotFound);
    });
}

#[test]
fn client_without_a_binding_becomes_no_known_device() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let verified = fresh(&world, &app).await;
        assert!(verified.device_token().is_none());
        assert!(world.verifier.status(&world.alice).await.unwrap().devices().is_empty());
    });
}

/// Regulation (EU) 2018/389 art. 4(3)(b): five failures in all, of which three are after the
/// password at an unknown client.
#[test]
fn psd2_devices_share_one_count_of_two() {
    block_on(async {
        let world = World::with(Policy::psd2());
        let (app, _) = world.with_app().await;
        let desk = become_known(&world, &app, "the owner").await;
        let phone = become_known(&world, &app, "the owner's phone").await;
        let (desk, phone) = (device(&world, &desk), device(&world, &phone));
        assert_eq!(guess(&world, &desk, &app).await.retry_at(), None);
        let until = world.clock.time().plus(30 * 60);
        assert_eq!(guess(&world, &phone, &app).await.retry_at(), Some(until));
        world.clock.advance(30);
        for at in [&desk, &phone] {
            let refused = sign_in(&world, at, &app).await.unwrap_err();
            assert_eq!(refused.retry_at(), Some(until), "both devices are locked");
        }
        let stranger = browser(&world, "an attacker");
        assert_eq!(guess(&world, &stranger, &app).await.retry_at(), None, "another lane");
        world.clock.set(until.as_secs());
        assert!(sign_in(&world, &phone, &app).await.is_ok());
        assert_eq!(guess(&world, &desk, &app).await.retry_at(), None, "the count began again");
        assert_eq!(world.verifier.status(&world.alice).await.unwrap().devices().len(), 2);
    });
}

/// A security key has no count, since its answers cannot be guessed.
#[test]
fn psd2_lock_of_a_device_does_not_lock_its_security_key() {
    block_on(async {
        let world = World::with(Policy::psd2());
        let (app, verified) = world.with_app().await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let key = NewSecurityKey::new("blue", b"its credential").unwrap();
        let _ = world.verifier.confirm_security_key(&world.alice, &begun, key).await.unwrap();
        let desk = become_known(&world, &app, "the owner").await;
        let desk = device(&world, &desk);
        for _ in 0..2 {
            let _ = guess(&world, &desk, &app).await;
        }
        let offers = desk.offers(&world.alice, Operation::SignIn).await.unwrap();
        let is_locked = offers.iter().map(|offer| (offer.kind(), offer.retry_at().is_some()));
        assert!(is_locked.eq([(FactorKind::SecurityKey, false), (FactorKind::Totp, true)]));
    });
}

/// Otherwise each new device of the owner would allow an attacker at another one a further guess.
#[test]
fn psd2_device_that_is_added_later_shares_the_count() {
    block_on(async {
        let world = World::with(Policy::psd2());
        let (app, _) = world.with_app().await;
        let desk = become_known(&world, &app, "the owner").await;
        let desk = device(&world, &desk);
        assert_eq!(guess(&world, &desk, &app).await.retry_at(), None);
        let phone = become_known(&world, &app, "the owner's phone").await;
        let until = world.clock.time().plus(30 * 60);
        let refused = guess(&world, &device(&world, &phone), &app).await;
        assert_eq!(refused.retry_at(), Some(until), "the second of all devices");
    });
}

/// Each success of the owner clears the row, so the slow count must limit a copied token.
#[test]
fn twentieth_failure_ends_a_device_despite_successes() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let token = become_known(&world, &app, "the owner").await;
        let at = device(&world, &token);
        let _ = world.log.take();
        for failure in 1..=20 {
            let _ = guess(&world, &at, &app).await;
            let is_forgotten = world.log.take().contains(&Event::DeviceForgotten);
            assert_eq!(is_forgotten, failure == 20, "failure {failure}");
            if failure % 4 == 0 {
                world.clock.advance(30);
                assert!(sign_in(&world, &at, &app).await.is_ok());
            }
        }
    });
}

#[test]
fn only_the_first_factor_makes_its_client_known() {
    block_on(async {
        let world = World::new();
        let (owner, other) = (browser(&world, "the owner"), browser(&world, "another browser"));
        let enroll = async |at: &Verifier, enroller: Enroller| {
            let begun = at.enroll_totp(enroller, "alice").await.unwrap();
            let app = App::scan(begun.expose_secret().expose());
            let confirmed = at.confirm(&world.alice, &begun, &app.code(&world.clock)).await;
            confirmed.unwrap().verified().unwrap()
        };
        let first = enroll(&owner, (&world.alice).into()).await;
        let token = first.device_token().expect("it is known").expose().to_owned();
        let further = enroll(&other, (&first).into()).await;
        assert!(further.device_token().is_none());
        let status = device(&world, &token).status(&world.alice).await.unwrap();
        let [known] = status.devices() else { panic!("there is one device") };
        assert!(known.is_current());
    });
}

#[test]
fn unguessable_success_at_a_device_clears_its_row() {
    block_on(async {
        let world = cheap();
        let (app, verified) = world.with_app().await;
        let codes = world.verifier.new_backup_codes(&verified).await.unwrap();
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let key = NewSecurityKey::new("blue", b"its credential").unwrap();
        let _ = world.verifier.confirm_security_key(&world.alice, &begun, key).await.unwrap();
        let token = become_known(&world, &app, "the owner").await;
        let owner = device(&world, &token);
        for code in codes.expose().iter().map(|code| code.expose()).take(2) {
            for _ in 0..4 {
                let _ = guess(&world, &owner, &app).await;
            }
            let _ = owner.verify(&world.alice, Proof::backup_code(code)).await.unwrap();
            for _ in 0..4 {
                let _ = guess(&world, &owner, &app).await;
            }
            let begun = owner.begin_security_key(&world.alice, b"").await.unwrap();
            let passed = SecurityKeyOutcome::passed(begun.keys()[0].id(), b"its credential");
            let proof = Proof::security_key(&begun, passed);
            let _ = owner.verify(&world.alice, proof).await.unwrap();
        }
        assert!(!world.log.take().contains(&Event::DeviceForgotten));
        assert_eq!(world.verifier.status(&world.alice).await.unwrap().devices().len(), 1);
    });
}
