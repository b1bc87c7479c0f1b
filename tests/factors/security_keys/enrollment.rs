//! Adding and removing keys, and their stored data.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use second_factor::{
    Client, FactorKind, ItemId, Policy, Proof, Reason, SubjectId, block_on,
    enrollment::{InvalidSecurityKey, NewSecurityKey},
    host::Event,
    proof::{CeremonyRequest, SecurityKeyOutcome},
    purpose::Operation,
};

use super::{SIGN_IN, add, add_for, answer, begin, confirm, first, keys, passed, try_key};
use crate::support::{NOON, World, YEAR, answer::Prove as _, mail, prove, reason};

#[test]
fn first_key_protects_and_authorizes_management() {
    block_on(async {
        let world = World::new();
        let verified = add(&world, "blue").await;
        assert_eq!(verified.factors(), [FactorKind::SecurityKey]);
        assert!(world.log.take().contains(&Event::FactorAdded(FactorKind::SecurityKey)));
        let on_a_word = world.verifier.enroll_security_key(&world.alice, b"").await;
        assert_eq!(reason(on_a_word), Reason::Unauthorized);
        let _ = world.with_phone(&verified).await;
        assert!(try_key(&world).await.is_ok());
    });
}

#[test]
fn failure_109_first_pin_cancels_pending_key_enrollments() {
    block_on(async {
        let policy = Policy::builder().danger_cheap_hashes().build().unwrap();
        let world = World::with(policy);
        let (_, verified) = world.with_settled_app().await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        world.verifier.set_pin(&verified, "493817").await.unwrap();
        assert_eq!(reason(confirm(&world, &begun, "blue").await), Reason::NotFound);
        assert!(keys(&world).await.is_empty());
    });
}

#[test]
fn key_is_enrolled_only_when_confirmed() {
    block_on(async {
        let world = World::new();
        let begun = world.verifier.enroll_security_key(&world.alice, b"state").await.unwrap();
        assert!(keys(&world).await.is_empty());
        let again = world.verifier.ceremony(&world.alice, begun.expose()).await.unwrap();
        assert_eq!((again.state(), again.challenge()), (&b"state"[..], begun.challenge()));
        assert!(begin(&world, SIGN_IN).await.keys().is_empty());
        assert!(confirm(&world, &begun, "blue").await.is_ok());
    });
}

#[test]
fn key_enrollment_expires_after_ninety_seconds() {
    block_on(async {
        let world = World::new();
        let begun = world.verifier.enroll_security_key(&world.alice, b"").await.unwrap();
        world.clock.advance(90);
        assert_eq!(reason(confirm(&world, &begun, "blue").await), Reason::Expired);
        world.clock.set(NOON + YEAR);
        let begun = world.verifier.enroll_security_key(&world.alice, b"").await.unwrap();
        world.clock.set(NOON);
        assert_eq!(reason(confirm(&world, &begun, "blue").await), Reason::Expired);
    });
}

#[test]
fn key_enrollment_is_bound_to_subject_and_client() {
    block_on(async {
        let world = World::new();
        let client = Client::new(b"the cookie of one").unwrap();
        let ours = world.verifier.for_client(client);
        let begun = ours.enroll_security_key(&world.alice, b"").await.unwrap();
        let bob = SubjectId::new("bob").unwrap();
        let key = || NewSecurityKey::new("blue", b"1").unwrap();
        let stolen = ours.confirm_security_key(&bob, &begun, key()).await;
        assert_eq!(reason(stolen), Reason::NotFound);
        assert_eq!(reason(confirm(&world, &begun, "red").await), Reason::OtherClient);
        let confirmed = ours.confirm_security_key(&world.alice, &begun, key()).await;
        assert!(confirmed.is_ok());
    });
}

#[test]
fn key_enrollment_proves_nothing() {
    block_on(async {
        let world = World::new();
        let verified = add(&world, "blue").await;
        let key = first(&begin(&world, SIGN_IN).await);
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        assert_eq!(reason(answer(&world, &begun, passed(key)).await), Reason::OtherPurpose);
        let proof = Proof::security_key(&begun, passed(key));
        let managed = world.verifier.prove_for(&world.alice, Operation::Manage, proof).await;
        assert_eq!(reason(managed), Reason::OtherPurpose);
        assert!(confirm(&world, &begun, "red").await.is_ok(), "it is still pending");
    });
}

#[test]
fn sign_in_keeps_a_pending_key_enrollment() {
    block_on(async {
        let world = World::new();
        let verified = add(&world, "blue").await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let waiting = begin(&world, SIGN_IN).await;
        assert!(confirm(&world, &begun, "red").await.is_ok());
        assert!(answer(&world, &waiting, passed(first(&waiting))).await.is_ok());
    });
}

#[test]
fn first_factor_cancels_asserted_key_enrollments() {
    block_on(async {
        let world = World::new();
        let begun = world.verifier.enroll_security_key(&world.alice, b"").await.unwrap();
        let _ = world.with_app().await;
        assert_eq!(reason(confirm(&world, &begun, "thief").await), Reason::NotFound);
        let world = World::new();
        let app = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
        let verified = add(&world, "blue").await;
        let late = world.verifier.confirm(&world.alice, &app, "123456").await;
        assert_eq!(reason(late), Reason::NotFound);
        assert!(world.verifier.turn_off(&verified).await.is_ok(), "its own proof is valid");
    });
}

#[test]
fn subject_has_at_most_five_keys() {
    block_on(async {
        let world = World::new();
        let verified = add(&world, "1").await;
        for name in ["2", "3", "4"] {
            let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
            assert_eq!(begun.keys().len(), name.parse::<usize>().unwrap() - 1);
            let _ = confirm(&world, &begun, name).await.unwrap();
        }
        let fifth = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let _ = confirm(&world, &fifth, "5").await.unwrap();
        let sixth = world.verifier.enroll_security_key(&verified, b"").await;
        assert_eq!(reason(sixth), Reason::TooMany);
        let status = world.verifier.status(&world.alice).await.unwrap();
        let names: Vec<_> = status.security_keys().iter().map(|key| key.name()).collect();
        assert_eq!(names, ["1", "2", "3", "4", "5"]);
        for (key, _) in keys(&world).await {
            world.clock.advance(1);
            let ceremony = begin(&world, SIGN_IN).await;
            let _ = answer(&world, &ceremony, passed(key)).await.unwrap();
        }
    });
}

#[test]
fn only_the_answering_key_gets_a_new_credential() {
    block_on(async {
        let world = World::new();
        let verified = add(&world, "blue").await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let _ = confirm(&world, &begun, "red").await.unwrap();
        let ceremony = begin(&world, SIGN_IN).await;
        let red = *ceremony.keys()[1].id();
        let _ = answer(&world, &ceremony, passed(red)).await.unwrap();
        let keys = keys(&world).await;
        assert_eq!(keys[0].1, b"blue, used 0 times");
        assert_eq!(keys[1].1, b"used once more");
    });
}

#[test]
fn removed_key_proves_nothing() {
    block_on(async {
        let world = World::new();
        let verified = add(&world, "blue").await;
        let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let _ = confirm(&world, &begun, "red").await.unwrap();
        let ceremony = begin(&world, SIGN_IN).await;
        let blue = first(&ceremony);
        world.verifier.revoke(&verified, &blue).await.unwrap();
        assert!(world.log.take().contains(&Event::FactorRemoved(FactorKind::SecurityKey)));
        assert_eq!(reason(answer(&world, &ceremony, passed(blue)).await), Reason::NotFound);
        let ceremony = begin(&world, SIGN_IN).await;
        assert_eq!(ceremony.keys().len(), 1);
        assert_eq!(reason(answer(&world, &ceremony, passed(blue)).await), Reason::NotFound);
        assert!(answer(&world, &ceremony, passed(first(&ceremony))).await.is_ok());
        let again = world.verifier.revoke(&verified, &blue).await;
        assert_eq!(reason(again), Reason::Unauthorized, "the epoch was advanced");
    });
}

#[test]
fn last_key_is_kept_where_nothing_else_signs_in() {
    block_on(async {
        let world = World::new();
        let verified = add(&world, "blue").await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let key = keys(&world).await[0].0;
        let nobodys = "0".repeat(26).parse::<ItemId>().unwrap();
        let refused = world.verifier.revoke(&verified, &nobodys).await;
        assert_eq!(reason(refused), Reason::NotFound);
        let refused = world.verifier.revoke(&verified, &key).await;
        assert_eq!(reason(refused), Reason::LastFactor);
        let _ = world.with_phone(&verified).await;
        world.verifier.revoke(&verified, &key).await.unwrap();
        assert!(keys(&world).await.is_empty());
        let decoy = begin(&world, SIGN_IN).await;
        assert!(decoy.keys().is_empty());
        assert_eq!(reason(answer(&world, &decoy, passed(key)).await), Reason::NotEnrolled);
    });
}

#[test]
fn key_enrollment_begun_with_the_pin_includes_the_pin() {
    block_on(async {
        let world = World::with(Policy::builder().danger_cheap_hashes().build().unwrap());
        let (app, verified) = world.with_settled_app().await;
        world.verifier.set_pin(&verified, "493817").await.unwrap();
        world.clock.advance(30);
        let due = world.try_app(&app.code(&world.clock)).await.unwrap_err();
        let proof = Proof::pin(due.pending_pin().unwrap(), "493817");
        let with_pin = world.verifier.verify(&world.alice, proof).await.unwrap();
        let begun = world.verifier.enroll_security_key(&verified, b"").await;
        assert_eq!(reason(begun), Reason::Unauthorized, "the permission is from before the PIN");
        let begun = world.verifier.enroll_security_key(&with_pin, b"").await.unwrap();
        let verified = confirm(&world, &begun, "blue").await.unwrap().verified().unwrap();
        assert_eq!(verified.factors(), [FactorKind::SecurityKey, FactorKind::Pin]);
    });
}

#[test]
fn stale_or_foreign_authority_cannot_add_a_key() {
    block_on(async {
        let world = World::new();
        let verified = add(&world, "blue").await;
        let bob = SubjectId::new("bob").unwrap();
        let _ = add_for(&world, &bob).await;
        world.clock.advance(300);
        let late = world.verifier.enroll_security_key(&verified, b"").await;
        assert_eq!(reason(late), Reason::Unauthorized);
    });
}

#[test]
fn key_that_could_not_sign_in_is_not_added() {
    block_on(async {
        let only_app = [FactorKind::Totp];
        let policy = Policy::builder()
            .only(Operation::SignIn, &only_app)
            .only(Operation::Manage, &only_app)
            .build();
        let world = World::with(policy.unwrap());
        let begun = world.verifier.enroll_security_key(&world.alice, b"").await;
        assert_eq!(reason(begun), Reason::NotAllowed);
    });
}

#[test]
fn key_names_and_credentials_are_bounded() {
    use InvalidSecurityKey as Invalid;
    let (most, too_many) = (vec![7; 2048], vec![7; 2049]);
    let new = |name: &str, bytes: &[u8]| NewSecurityKey::new(name, bytes).map(drop);
    assert_eq!(new(&"n".repeat(64), &most), Ok(()));
    for name in ["", &"n".repeat(65), "a\nb", "a\0"] {
        assert_eq!(new(name, &most), Err(Invalid::Name), "{name:?}");
    }
    for bytes in [&[][..], &too_many] {
        assert_eq!(new("blue", bytes), Err(Invalid::Credential));
    }
    block_on(async {
        let (world, too_many) = (World::new(), vec![7; 4097]);
        let begun = world.verifier.begin_security_key(&world.alice, &too_many).await;
        assert_eq!(begun.unwrap_err().to_string(), Invalid::CeremonyState.to_string());
        let begun = world.verifier.begin_passkey(&too_many);
        assert_eq!(begun.unwrap_err().to_string(), Invalid::CeremonyState.to_string());
        let begun = world.verifier.enroll_security_key(&world.alice, &too_many).await;
        assert_eq!(begun.unwrap_err().to_string(), Invalid::CeremonyState.to_string());
    });
}

#[test]
fn passed_key_with_an_invalid_credential_is_malformed() {
    block_on(async {
        let world = World::new();
        let _ = add(&world, "blue").await;
        let ceremony = begin(&world, SIGN_IN).await;
        let key = first(&ceremony);
        for bytes in [&[][..], &[7; 2049]] {
            let outcome = SecurityKeyOutcome::passed(&key, bytes);
            assert_eq!(reason(answer(&world, &ceremony, outcome).await), Reason::Malformed);
        }
        assert_eq!(keys(&world).await[0].1, b"blue, used 0 times");
        let outcome = SecurityKeyOutcome::passed(&key, &[7; 2048]);
        assert!(answer(&world, &ceremony, outcome).await.is_ok(), "nothing was used up");
    });
}

#[test]
fn enrollments_begun_at_once_do_not_exceed_five_keys() {
    block_on(async {
        let world = World::new();
        let verified = add(&world, "1").await;
        let mut begun = vec![];
        for _ in 0..6 {
            begun.push(world.verifier.enroll_security_key(&verified, b"").await.unwrap());
        }
        for (ceremony, name) in begun.iter().zip(["2", "3", "4", "5"]) {
            let _ = confirm(&world, ceremony, name).await.unwrap();
        }
        for ceremony in &begun[4..] {
            assert_eq!(reason(confirm(&world, ceremony, "6").await), Reason::TooMany);
        }
        assert_eq!(keys(&world).await.len(), 5);
    });
}

#[test]
fn key_enrollment_ends_with_another_first_factor() {
    block_on(async {
        let world = World::new();
        let begun = world.verifier.enroll_security_key(&world.alice, b"").await.unwrap();
        // A record without factors ends nothing.
        world.verifier.operations().create(&world.alice).await.unwrap();
        let _ = world.with_app().await;
        assert_eq!(reason(confirm(&world, &begun, "blue").await), Reason::NotFound);
    });
}

/// There is no factor yet, so no epoch ends it.
#[test]
fn first_key_begun_under_the_earlier_password_is_refused() {
    block_on(async {
        let world = World::new();
        world.verifier.operations().create(&world.alice).await.unwrap();
        let begun = world.verifier.enroll_security_key(&world.alice, b"").await.unwrap();
        let _ = world.verifier.password_changed(&world.alice).await.unwrap();
        assert_eq!(reason(confirm(&world, &begun, "blue").await), Reason::Expired);
    });
}

#[test]
fn key_debug_output_shows_only_its_id() {
    block_on(async {
        let world = World::new();
        let begun = world.verifier.enroll_security_key(&world.alice, b"QQKEPT").await.unwrap();
        let new = || NewSecurityKey::new("QQNAME", b"QQBLOB").unwrap();
        let (alice, verifier) = (&world.alice, &world.verifier);
        let _ = verifier.confirm_security_key(alice, &begun, new()).await.unwrap();
        let request = CeremonyRequest::new(b"QQKEPT");
        let shown = format!("{request:?}");
        let ceremony = verifier.begin_security_key(alice, request).await.unwrap();
        let outcome = SecurityKeyOutcome::passed(&first(&ceremony), b"QQBLOB");
        let outcome = outcome.user_verified(true).device_bound(true);
        assert_eq!(
            format!("{outcome:?}"),
            "SecurityKeyOutcome(passed, user verified, device-bound)"
        );
        let status = verifier.status(alice).await.unwrap();
        let proof = Proof::security_key(&ceremony, outcome);
        let texts = [
            format!("{begun:?} {:?} {ceremony:?} {:?} {proof:?}", new(), ceremony.keys()),
            format!("{shown} {status:?}"),
            format!("{:?}", second_factor::sans_io::CeremonyState::new(b"QQKEPT").unwrap()),
        ];
        let blobs =
            [b"QQKEPT".as_slice(), b"QQBLOB", ceremony.challenge()].map(|b| format!("{b:?}"));
        for text in texts {
            assert!(!text.contains("QQ") && !text.contains(ceremony.expose()), "{text}");
            for blob in &blobs {
                assert!(!text.contains(blob.trim_matches(['[', ']'])), "{text}");
            }
        }
    });
}
