//! Permission to add and remove factors, and what ends it.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::time::Duration;

use crate::support::answer::Answer;
use crate::support::{
    App, NOON, ROOT, World, fresh, fresh_for, item_of, mail, not, opened, prove, reason,
    slow::Alice,
};
use second_factor::{
    Address, Client, CodeRequest, FactorKind, Grant, ItemId, Keys, MemoryStorage, Next, Policy,
    Purpose, Reason, SubjectId, UnixTime, block_on,
    enrollment::{Authority, Enroller},
    message::Sender,
    policy::Absent,
    purpose::Operation,
    sans_io::TotpAccount,
    storage::Storage as _,
};

async fn is_protected(world: &World) -> bool {
    matches!(world.verifier.next(&world.alice).await.unwrap(), Next::Prove(_))
}

#[test]
fn failure_070_assertion_cannot_add_a_second_factor() {
    block_on(async {
        let world = World::new();
        let _ = world.with_app().await;
        assert_eq!(
            reason(world.verifier.enroll_totp(&world.alice, "alice").await),
            Reason::Unauthorized
        );
        assert_eq!(reason(prove(&world, &world.alice, &mail()).await), Reason::Unauthorized);
        assert!(world.got_no_code());
    });
}

#[test]
fn failure_070_disabled_factor_still_protects() {
    block_on(async {
        let world = World::with(Policy::builder().disable_at(1).build().unwrap());
        let (app, _) = world.with_app().await;
        world.fail_app(&app, 1).await;
        let answer = world.verifier.enroll_totp(&world.alice, "alice").await;
        assert_eq!(reason(answer), Reason::Unauthorized);
    });
}

#[test]
fn failure_070_first_factor_cancels_asserted_enrollments() {
    block_on(async {
        let world = World::new();
        let planted = world.verifier.enroll_address(&world.alice, &world.number).await.unwrap();
        let code = world.read_code();
        let _ = world.with_app().await;
        let answer = world.verifier.confirm(&world.alice, &planted, &code).await;
        assert_eq!(reason(answer), Reason::NotFound);
    });
}

#[test]
fn failure_062_proof_before_the_first_factor_is_unauthorized() {
    block_on(async {
        let world = World::new();
        let planted = prove(&world, &world.alice, &mail()).await.unwrap();
        let (_, owner) = world.with_app_now().await;
        assert_eq!(reason(world.verifier.turn_off(&planted).await), Reason::Unauthorized);
        let answer = world.verifier.enroll_totp(&planted, "mallory").await;
        assert_eq!(reason(answer), Reason::Unauthorized);
        assert!(world.verifier.enroll_totp(&owner, "alice").await.is_ok());
    });
}

#[test]
fn failure_071_proof_authorizes_for_five_minutes() {
    block_on(async {
        for (age, is_fresh) in [(299, true), (300, false)] {
            let world = World::new();
            let (app, _) = world.with_app().await;
            let proof = fresh(&world, &app).await;
            world.clock.advance(age);
            assert_eq!(world.verifier.turn_off(&proof).await.is_ok(), is_fresh, "{age}");
            assert_eq!(is_protected(&world).await, !is_fresh);
        }
    });
}

#[test]
fn proof_from_the_future_gives_no_authority() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let proof = fresh(&world, &app).await;
        world.clock.set(world.clock.time().as_secs() - 121);
        assert_eq!(reason(world.verifier.turn_off(&proof).await), Reason::Unauthorized);
    });
}

#[test]
fn only_sign_in_manage_and_enroll_give_authority() {
    block_on(async {
        let world = World::new();
        let (app, enrolled) = world.with_app().await;
        assert!(world.verifier.enroll_totp(&enrolled, "alice").await.is_ok());
        for (purpose, gives) in
            [(Operation::SignIn, true), (Operation::Manage, true), (Operation::StepUp, false)]
        {
            let proof = fresh_for(&world, &app, purpose).await;
            let answer = world.verifier.enroll_totp(&proof, "alice").await;
            assert_eq!(answer.is_ok(), gives, "{purpose:?}");
            let grant = match proof {
                Answer::Granted(grant) => Grant::from_text(&world.alice, grant.expose()),
                other => world.verifier.grant(&other.verified()).unwrap(),
            };
            let answer = world.verifier.enroll_totp(&grant, "alice").await;
            assert_eq!(answer.is_ok(), gives, "{purpose:?} by a grant");
        }
    });
}

#[test]
fn failure_073_authority_is_bound_to_its_subject() {
    block_on(async {
        // Two subjects that drew the same random numbers, and so have the same epoch.
        let (world, mut other) = (World::new(), World::new());
        other.alice = SubjectId::new("bob").unwrap();
        let ((_, alices), (_, bobs)) = (world.with_app().await, other.with_app().await);
        for (verified, is_own) in [(&alices, false), (&bobs, true)] {
            let text = world.verifier.grant(verified).unwrap().expose().to_owned();
            let grant = Grant::from_text(&other.alice, &text);
            let age = Duration::from_secs(300);
            let checked = other.verifier.check_grant(&grant, Purpose::Manage, age).await;
            let used = other.verifier.enroll_totp(&grant, "mallory").await.map(drop);
            for answer in [checked, used] {
                let refused = answer.err().map(|error| reason::<()>(Err(error)));
                assert_eq!(refused, (!is_own).then_some(Reason::Unauthorized));
            }
        }
    });
}

#[test]
fn failure_073_core_checks_the_subject_of_an_authority() {
    block_on(async {
        // Two subjects that drew the same random numbers, and so have the same epoch.
        let (world, mut other) = (World::new(), World::new());
        other.alice = SubjectId::new("bob").unwrap();
        let ((_, alices), (_, bobs)) = (world.with_app().await, other.with_app().await);
        let (keys, policy) = (Keys::new(ROOT), Policy::default());
        let record = other.store.load(&keys.subject_record(&other.alice)).await.unwrap();
        let (now, item) = (UnixTime::from_secs(NOON), item_of(&other, FactorKind::Totp).await);
        let open = || opened(&keys, &policy, &other.alice, record.as_ref(), now);
        let (sender, bob) = (Sender::new("Example").unwrap(), TotpAccount::new("bob").unwrap());
        for (verified, is_own) in [(&alices, false), (&bobs, true)] {
            let (authority, enroller) = (Authority::from(verified), Enroller::from(verified));
            assert_eq!(open().turn_off(&authority).is_ok(), is_own);
            let enrolled = open().enroll_totp(&enroller, &sender, &bob);
            assert_eq!(enrolled.is_ok(), is_own);
            let refused = open().revoke(&authority, &item).unwrap_err();
            let reason = if is_own { Reason::LastFactor } else { Reason::Unauthorized };
            assert_eq!(refused.reason(), reason);
        }
    });
}

#[test]
fn adding_a_factor_keeps_the_authority_of_its_proof() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        assert!(world.verifier.turn_off(&verified).await.is_ok());
    });
}

#[test]
fn removing_a_factor_ends_earlier_proofs_and_enrollments() {
    block_on(async {
        let world = World::new();
        let (app, first) = world.with_app().await;
        let _ = world.with_phone(&first).await;
        let begun = world.verifier.enroll_address(&first, &mail()).await.unwrap();
        let code = world.read_code();
        let proof = fresh(&world, &app).await;
        let grant = world.verifier.grant(&proof).unwrap();
        let unknown = <ItemId as core::str::FromStr>::from_str(&"0".repeat(26)).unwrap();
        let unknown = world.verifier.revoke(&proof, &unknown).await;
        assert_eq!(reason(unknown), Reason::NotFound);
        let number = item_of(&world, FactorKind::Phone).await;
        world.verifier.revoke(&proof, &number).await.unwrap();
        assert_eq!(reason(world.verifier.turn_off(&proof).await), Reason::Unauthorized);
        assert_eq!(reason(world.verifier.turn_off(&grant).await), Reason::Unauthorized);
        let answer = world.verifier.confirm(&world.alice, &begun, &code).await;
        assert_eq!(reason(answer), Reason::NotFound);
        assert!(
            world
                .verifier
                .turn_off(&fresh_for(&world, &app, Operation::Manage).await)
                .await
                .is_ok()
        );
    });
}

#[test]
fn removing_a_factor_voids_sent_codes() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let (sent, code) = world.send_to(&world.number).await;
        let app = item_of(&world, FactorKind::Totp).await;
        world.verifier.revoke(&verified, &app).await.unwrap();
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::NotFound);
    });
}

#[test]
fn last_factor_is_turned_off_not_removed() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let app = item_of(&world, FactorKind::Totp).await;
        let answer = world.verifier.revoke(&verified, &app).await;
        assert_eq!(reason(answer), Reason::LastFactor, "an email address is for recovery");
        assert!(is_protected(&world).await);
        world.verifier.turn_off(&verified).await.unwrap();
        assert!(!is_protected(&world).await);
        assert!(!world.store.is_empty(), "the record stays");
    });
}

#[test]
fn proof_before_turning_off_is_unauthorized_afterwards() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let grant = world.verifier.grant(&verified).unwrap();
        world.verifier.turn_off(&verified).await.unwrap();
        let _ = world.with_app_now().await;
        assert_eq!(reason(world.verifier.turn_off(&grant).await), Reason::Unauthorized);
        assert_eq!(reason(world.verifier.turn_off(&verified).await), Reason::Unauthorized);
    });
}

#[test]
fn failure_116_proof_over_a_deleted_record_is_unauthorized() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let emptied = World::over(MemoryStorage::new(), Policy::default());
        let answer = emptied.verifier.turn_off(&verified).await;
        assert_eq!(reason(answer), Reason::Unauthorized, "without a record there is no permission");
        let answer = emptied.verifier.enroll_totp(&verified, "alice").await;
        assert_eq!(reason(answer), Reason::Unauthorized);
        let _ = emptied.with_app_now().await;
        assert_eq!(reason(emptied.verifier.turn_off(&verified).await), Reason::Unauthorized);
    });
}

#[test]
fn strict_policy_refuses_subjects_without_a_record() {
    block_on(async {
        let world = World::with(Policy::builder().absent(Absent::Refuse).build().unwrap());
        let next = world.verifier.next(&world.alice).await;
        assert_eq!(reason(next), Reason::Absent);
        assert_eq!(reason(world.try_app("123456").await), Reason::Absent);
        let answer = world.verifier.enroll_totp(&world.alice, "alice").await;
        assert_eq!(reason(answer), Reason::Absent);
        world.verifier.operations().create(&world.alice).await.unwrap();
        assert!(!is_protected(&world).await);
        let (app, _) = world.with_app().await;
        world.verifier.operations().create(&world.alice).await.unwrap();
        assert!(is_protected(&world).await, "creating the record again changes nothing");
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
    });
}

#[test]
fn subject_has_at_most_three_phones() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        for last in 0..4 {
            let number = Address::phone(&format!("+1415555010{last}")).unwrap();
            let answer = prove(&world, &verified, &number).await;
            match last {
                3 => assert_eq!(reason(answer), Reason::TooMany),
                _ => assert_eq!(answer.unwrap().verified().unwrap().factors(), [FactorKind::Phone]),
            }
        }
    });
}

#[test]
fn failure_041_enrollment_is_bound_to_its_client() {
    block_on(async {
        let world = World::new();
        let here = world.verifier.for_client(Client::new(b"this browser, and no other").unwrap());
        let there =
            world.verifier.for_client(Client::new(b"another browser, not this one").unwrap());
        let sent = here.enroll_address(&world.alice, &world.number).await.unwrap();
        let code = world.read_code();
        for other in [&there, &world.verifier] {
            let answer = other.confirm(&world.alice, &sent, &code).await;
            assert_eq!(reason(answer), Reason::OtherClient);
        }
        assert!(here.confirm(&world.alice, &sent, &code).await.is_ok());
    });
}

#[test]
fn incorrect_first_codes_lock_sending_for_enrollment() {
    block_on(async {
        let world = World::new();
        let sent = world.verifier.enroll_address(&world.alice, &world.number).await.unwrap();
        let code = world.read_code();
        for _ in 0..5 {
            let answer = world.verifier.confirm(&world.alice, &sent, &not(&code)).await;
            assert_eq!(reason(answer), Reason::Incorrect);
        }
        let answer = world.verifier.enroll_address(&world.alice, &world.number).await;
        assert_eq!(reason(answer), Reason::Locked);
    });
}

#[test]
fn only_factors_allowed_to_manage_give_authority() {
    block_on(async {
        let managed_by_app =
            Policy::builder().only(Operation::Manage, &[FactorKind::Totp]).build().unwrap();
        let world = World::with(managed_by_app);
        let (app, verified) = world.with_app().await;
        let by_phone = world.with_phone(&verified).await;
        let item = item_of(&world, FactorKind::Totp).await;
        let revoked = world.verifier.revoke(&by_phone, &item).await;
        assert_eq!(reason(revoked), Reason::Unauthorized, "nor does its enrollment");
        let sent =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        let by_phone = world.try_code(&sent.unwrap(), &world.read_code()).await.unwrap();
        let grant = world.verifier.grant(&by_phone).unwrap();
        assert_eq!(reason(world.verifier.turn_off(&grant).await), Reason::Unauthorized);
        assert_eq!(reason(world.verifier.turn_off(&by_phone).await), Reason::Unauthorized);
        assert_eq!(
            reason(world.verifier.enroll_totp(&by_phone, "mallory").await),
            Reason::Unauthorized
        );
        let by_app = world.try_app(&app.code(&world.clock)).await.unwrap();
        assert!(world.verifier.turn_off(&by_app).await.is_ok());
    });
}

#[test]
fn confirming_a_recovery_address_keeps_a_pending_app() {
    block_on(async {
        let world = World::new();
        let enrollment = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
        let _ = prove(&world, &world.alice, &mail()).await.unwrap();
        let app = App::scan(enrollment.expose_secret().expose());
        let code = app.code(&world.clock);
        assert!(world.verifier.confirm(&world.alice, &enrollment, &code).await.is_ok());
    });
}

#[test]
fn enrollment_begun_with_the_pin_proves_the_pin_too() {
    block_on(async {
        let alice = Alice::with_pin().await;
        let confirmed = alice.world.with_phone(&alice.proof).await;
        let verified = confirmed.verified().unwrap();
        let factors = verified.factors();
        assert!([FactorKind::Phone, FactorKind::Pin].iter().all(|kind| factors.contains(kind)));
        // So it permits the next change.
        assert!(alice.world.verifier.new_backup_codes(&verified).await.is_ok());
    });
}
