//! Grants: sealed permissions that are used by a later request.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::time::Duration;

use crate::support::{
    App, World, fresh, mail, prove, reason,
    watched::{Call, Watched},
};
use second_factor::{
    Client, Grant, MemoryStorage, Policy, Proof, Purpose, Reason, block_on,
    enrollment::NewSecurityKey, purpose::Agreement,
};

const AGE: Duration = Duration::from_secs(300);

#[test]
fn failure_062_grant_before_the_first_factor_is_unauthorized() {
    block_on(async {
        let world = World::new();
        let planted = prove(&world, &world.alice, &mail()).await.unwrap();
        let grant = world.verifier.grant(&planted).unwrap();
        let _ = world.with_app_now().await;
        assert_eq!(reason(world.verifier.turn_off(&grant).await), Reason::Unauthorized);
    });
}

#[test]
fn finding_s13_enrolling_does_not_upgrade_a_grant() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let grant = world.verifier.grant(&verified).unwrap();
        let by_grant = world.with_phone(&grant).await;
        // It permits changes as the grant does, also as a grant of its own.
        let again = world.verifier.grant(&by_grant).unwrap();
        assert!(world.verifier.check_grant(&again, Purpose::Manage, AGE).await.is_ok());
        let by_again = prove(&world, &again, &mail()).await.unwrap();
        assert!(world.verifier.enroll_totp(&by_grant, "alice").await.is_ok());
        for confirmed in [by_grant, by_again] {
            assert!(confirmed.verified().is_none(), "a grant opens no session");
        }
    });
}

#[test]
fn finding_s13_key_enrolled_by_a_grant_opens_no_session() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let (verifier, alice) = (&world.verifier, &world.alice);
        let grant = verifier.grant(&verified).unwrap();
        let begun = verifier.enroll_security_key(&grant, b"").await.unwrap();
        let key = NewSecurityKey::new("blue", b"key").unwrap();
        let confirmed = verifier.confirm_security_key(alice, &begun, key).await.unwrap();
        assert!(confirmed.verified().is_none());
        let begun = verifier.enroll_security_key(&verified, b"").await.unwrap();
        world.clock.advance(60);
        let key = NewSecurityKey::new("green", b"key").unwrap();
        let confirmed = verifier.confirm_security_key(alice, &begun, key).await.unwrap();
        let again = confirmed.verified().expect("a sign-in came first");
        assert_eq!(again.verified_at(), verified.verified_at());
    });
}

#[test]
fn finding_s13_proof_does_not_renew_itself_by_enrolling() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_settled_app().await;
        let first = fresh(&world, &app).await;
        let at = first.verified_at();
        let mut newest = first;
        for round in 1.. {
            let Ok(begun) = world.verifier.enroll_totp(&newest, "alice").await else {
                assert_eq!(round, 3, "the first proof is too old");
                break;
            };
            world.clock.advance(140);
            let code = App::scan(begun.expose_secret().expose()).code(&world.clock);
            let confirmed = world.verifier.confirm(&world.alice, &begun, &code).await.unwrap();
            newest = confirmed.verified().unwrap();
            assert_eq!(newest.verified_at(), at);
            world.clock.advance(15);
        }
    });
}

#[test]
fn grant_is_bound_to_its_client() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let here = world.verifier.for_client(Client::new(b"this browser, and no other").unwrap());
        let there =
            world.verifier.for_client(Client::new(b"another browser, not this one").unwrap());
        let bound = here.grant(&verified).unwrap();
        let free = world.verifier.grant(&verified).unwrap();
        for (verifier, grant, opens) in [
            (&here, &bound, true),
            (&there, &bound, false),
            (&world.verifier, &bound, false),
            (&world.verifier, &free, true),
            (&here, &free, false),
        ] {
            let checked = verifier.check_grant(grant, Purpose::Manage, AGE).await;
            let used = verifier.enroll_totp(grant, "alice").await.map(drop);
            for answer in [checked, used] {
                let refused = answer.err().map(|error| reason::<()>(Err(error)));
                assert_eq!(refused, (!opens).then_some(Reason::Unauthorized));
            }
        }
    });
}

#[test]
fn changed_or_foreign_text_is_not_a_grant() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let text = world.verifier.grant(&verified).unwrap().expose().to_owned();
        let opens = |text: &str| {
            let grant = Grant::from_text(&world.alice, text);
            match block_on(world.verifier.check_grant(&grant, Purpose::Manage, AGE)) {
                Ok(()) => true,
                refused => {
                    assert_eq!(reason(refused), Reason::Unauthorized);
                    let used = block_on(world.verifier.turn_off(&grant));
                    assert_eq!(reason(used), Reason::Unauthorized);
                    false
                }
            }
        };
        assert!(opens(&text));
        for at in 0..text.len() - 1 {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            assert!(!opens(&String::from_utf8(changed).unwrap()), "{at}");
        }
        assert!(!opens("") && !opens(&text[1..]) && !opens(&format!("{text}{text}")));
        // A reference is sealed with the same key.
        let _ = world.verifier.enroll_address(&verified, &world.number).await.unwrap();
        assert!(!opens(world.phone.take().unwrap().reference()));
    });
}

#[test]
fn grant_keeps_the_age_of_its_proof() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let proof = fresh(&world, &app).await;
        world.clock.advance(200);
        let grant = world.verifier.grant(&proof).unwrap();
        world.clock.advance(100);
        assert_eq!(reason(world.verifier.turn_off(&grant).await), Reason::Unauthorized);
    });
}

#[test]
fn grant_is_accepted_up_to_the_age_of_the_call() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let grant = world.verifier.grant(&fresh(&world, &app).await).unwrap();
        let check = async |secs| {
            let age = Duration::from_millis(secs * 1000 + 999);
            let checked = world.verifier.check_grant(&grant, Purpose::StepUp, age).await;
            checked.map_err(|error| (error.needs_grant(), reason::<()>(Err(error))))
        };
        let too_old = Err((true, Reason::Unauthorized));
        world.clock.advance(59);
        assert_eq!((check(60).await, check(59).await), (Ok(()), too_old), "rounded down");
        world.clock.advance(1);
        assert_eq!((check(61).await, check(60).await), (Ok(()), too_old));
        assert_eq!(check(0).await, too_old);
        // The age of a call may be longer than that of changes.
        world.clock.advance(3600);
        assert_eq!(check(4000).await, Ok(()));
        assert_eq!(reason(world.verifier.turn_off(&grant).await), Reason::Unauthorized);
        world.clock.advance(u64::from(u32::MAX));
        assert_eq!(check(u64::from(u32::MAX) * 2).await, too_old, "longer ages are the longest");
    });
}

#[test]
fn check_of_a_grant_takes_one_load() {
    block_on(async {
        let store = Watched::over(MemoryStorage::new());
        let world = World::over(store.clone(), Policy::default());
        let (_, verified) = world.with_app().await;
        let grant = world.verifier.grant(&verified).unwrap();
        for purpose in [Purpose::Manage, Purpose::StepUp, Purpose::Recover] {
            let _ = store.take();
            let checked = world.verifier.check_grant(&grant, purpose, AGE).await;
            assert_eq!(checked.is_ok(), purpose != Purpose::Recover);
            assert_eq!(store.take(), [Call::Load], "{purpose:?}");
        }
    });
}

#[test]
fn grant_is_checked_for_its_purpose() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let (verifier, alice) = (&world.verifier, &world.alice);
        let by_sign_in = verifier.grant(&fresh(&world, &app).await).unwrap();
        let prove = async |purpose| {
            world.clock.advance(30);
            let proof = Proof::totp(app.code(&world.clock));
            verifier.verify_for(alice, purpose, proof).await.unwrap()
        };
        let manages = prove(Purpose::Manage).await;
        let steps_up = prove(Purpose::StepUp).await;
        let transaction = Agreement::new([("amount", "25.00 EUR")]).unwrap().purpose();
        let purposes = [Purpose::Manage, Purpose::StepUp, Purpose::Recover, transaction];
        for (grant, accepted) in [
            (&by_sign_in, [true, true, false, false]),
            (&manages, [true, true, false, false]),
            (&steps_up, [false, true, false, false]),
        ] {
            for (purpose, accepted) in purposes.into_iter().zip(accepted) {
                let checked = verifier.check_grant(grant, purpose, AGE).await;
                let refused = checked.err().map(|error| reason::<()>(Err(error)));
                let expected = (!accepted).then_some(Reason::Unauthorized);
                assert_eq!(refused, expected, "{grant:?} for {purpose:?}");
            }
        }
    });
}

#[test]
fn grant_of_an_earlier_epoch_is_refused() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let grant = world.verifier.grant(&fresh(&world, &app).await).unwrap();
        let check = || world.verifier.check_grant(&grant, Purpose::StepUp, AGE);
        assert!(check().await.is_ok());
        let epoch = world.verifier.epoch(&world.alice).await.unwrap();
        world.verifier.sign_out_everywhere(&grant).await.unwrap();
        assert_ne!(world.verifier.epoch(&world.alice).await.unwrap(), epoch);
        assert_eq!(reason(check().await), Reason::Unauthorized);
    });
}
