//! Grants: sealed permissions that are used by a later request.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::time::Duration;

use crate::support::{World, fresh, mail, prove, reason};
use second_factor::{Client, Grant, Purpose, Reason, block_on};

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
