//! Unlocks by support.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    App, NOON, World, fresh, mail, prove, reason,
    slow::{Alice, DAY, Fate, INCORRECT_PIN, PIN, builder, count, poll},
};
use core::pin::pin;
use proptest::prelude::*;
use second_factor::{
    Error, FactorKind, Policy, Proof, Reason, Secret, SubjectId, block_on,
    enrollment::HotpToken,
    host::Event,
    otp::{Hotp, Step},
    policy::Absent,
    purpose::Operation,
    storage::{Storage as _, Version},
    verifier::Support,
};

fn carol(world: &World) -> Support {
    world.verifier.support("carol", "case 4711")
}

async fn unlock(world: &World) -> Vec<FactorKind> {
    carol(world).unlock(&world.alice).await.unwrap()
}

fn unlocked() -> Event {
    Event::Unlocked { actor: "carol".into(), reason: "case 4711".into() }
}

async fn version(world: &World) -> Option<Version> {
    let id = world.verifier.operations().record_id(&world.alice);
    world.store.load(&id).await.unwrap().map(|record| record.version())
}

/// Fails with the app, waiting out each lock, until it is disabled; returns how often.
async fn fail_until_disabled(world: &World, app: &App) -> usize {
    for failures in 0.. {
        world.wait_out(Operation::SignIn, FactorKind::Totp).await;
        match world.miss_app(app).await {
            Reason::Incorrect => {}
            Reason::Disabled => return failures,
            other => panic!("{other:?}"),
        }
    }
    unreachable!()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// However often support unlocks, an attacker has ten more attempts until the owner succeeds.
    #[test]
    fn unlock_gives_ten_more_attempts_until_a_success(
        failures in 5_usize..=30,
        again in proptest::collection::vec(0_usize..10, 0..4),
        disable_at in 30_u32..=30,
    ) {
        block_on(async {
            let policy = Policy::builder().disable_at(disable_at).build().unwrap();
            let world = World::with(policy);
            let (app, _) = world.with_app().await;
            world.fail_app(&app, failures).await;
            assert_eq!(unlock(&world).await, [FactorKind::Totp]);
            let mut failed = 0;
            for wanted in again {
                while failed < wanted {
                    world.fail_app(&app, 1).await;
                    failed += 1;
                }
                assert_eq!(unlock(&world).await, [], "once until the next success");
            }
            assert_eq!(failed + fail_until_disabled(&world, &app).await, 10);
            assert_eq!(unlock(&world).await, []);
            assert_eq!(world.miss_app(&app).await, Reason::Disabled);
        });
    }
}

/// NIST SP 800-63B-4 §3.2.2: no more than 100 failures in a row. 50 are left for ten known devices,
/// and ten for callers without a first factor.
#[test]
fn unlock_never_allows_over_40_failures_after_a_first_factor() {
    for disable_at in [1, 10, 29, 30] {
        block_on(async {
            let world = World::with(Policy::builder().disable_at(disable_at).build().unwrap());
            let (app, _) = world.with_app().await;
            assert_eq!(fail_until_disabled(&world, &app).await, disable_at as usize);
            assert_eq!(unlock(&world).await.len(), 1);
            let more = fail_until_disabled(&world, &app).await;
            assert_eq!(more, disable_at.min(10) as usize);
            assert_eq!(unlock(&world).await.len(), 0);
        });
    }
}

#[test]
fn owner_signs_in_with_the_tenth_attempt_and_not_after() {
    for (failures, is_in) in [(9, true), (10, false)] {
        block_on(async {
            let world = World::new();
            let (app, _) = world.with_app().await;
            world.fail_app(&app, 30).await;
            let _ = unlock(&world).await;
            world.fail_app(&app, failures).await;
            world.clock.advance(3600);
            let _ = world.log.take();
            let answer = world.try_app(&app.code(&world.clock)).await;
            assert_eq!(answer.is_ok(), is_in, "{failures}");
            let total = Event::SuccessAfterFailures(FactorKind::Totp, 39);
            assert_eq!(world.log.take().contains(&total), is_in, "all failures are reported");
        });
    }
}

#[test]
fn unlock_lifts_a_wait_at_once_and_again_after_a_success() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        for _ in 0..2 {
            world.fail_app(&app, 7).await;
            assert_eq!(world.miss_app(&app).await, Reason::Locked);
            assert_eq!(unlock(&world).await, [FactorKind::Totp]);
            for _ in 0..4 {
                assert_eq!(world.miss_app(&app).await, Reason::Incorrect, "no wait at first");
            }
            world.clock.advance(30);
            let _ = world.try_app(&app.code(&world.clock)).await.unwrap();
            world.clock.advance(30);
        }
    });
}

#[test]
fn unlock_reports_the_operator_and_notifies_every_address() {
    block_on(async {
        let world = World::new();
        let (app, proof) = world.with_app().await;
        let _ = world.with_phone(&proof).await;
        let _ = prove(&world, &proof, &mail()).await.unwrap();
        world.fail_app(&app, 5).await;
        let _ = (world.log.take(), world.notices());
        let _ = unlock(&world).await;
        assert_eq!(world.log.take(), [unlocked()]);
        let event = Event::Unlocked { actor: String::new(), reason: String::new() };
        let notices = world.notices();
        assert_eq!(notices, [(event.clone(), mail()), (event, world.number.clone())]);
    });
}

#[test]
fn unlock_with_nothing_locked_writes_and_reports_nothing() {
    block_on(async {
        let world = World::new();
        assert_eq!(unlock(&world).await, [], "there is no record");
        assert_eq!(version(&world).await, None);
        let (app, _) = world.with_app().await;
        world.fail_app(&app, 4).await;
        let (before, _) = (version(&world).await, world.log.take());
        assert_eq!(unlock(&world).await, []);
        assert_eq!(version(&world).await, before);
        assert_eq!(world.log.take(), []);
        assert!(world.notices().is_empty());
        world.fail_app(&app, 1).await;
        assert_eq!(world.miss_app(&app).await, Reason::Locked, "the count stays");
    });
}

#[test]
fn unlock_returns_each_locked_kind_the_strongest_first() {
    block_on(async {
        let alice = Alice::imported_over(Default::default(), builder().build().unwrap()).await;
        let world = &alice.world;
        let _ = world.with_phone(&alice.proof).await;
        // The quarantine of a first factor.
        world.clock.advance(3 * DAY);
        world.verifier.set_pin(&fresh(world, &alice.app).await, PIN).await.unwrap();
        world.fail_phone(&world.number, 3).await;
        alice.fail_pin(10).await;
        world.fail_app(&alice.app, 6).await;
        alice.fail_backup(5).await;
        assert_eq!(
            unlock(world).await,
            [FactorKind::Totp, FactorKind::BackupCode, FactorKind::Pin],
            "the phone was not locked"
        );
        world.fail_phone(&world.number, 2).await;
        assert_eq!(unlock(world).await, [FactorKind::Phone], "its count went on");
        let due = alice.due().await;
        assert_eq!(reason(alice.try_pin(&due, INCORRECT_PIN).await), Reason::Incorrect);
        let due = alice.due().await;
        assert!(alice.try_pin(&due, PIN).await.is_ok());
    });
}

#[test]
fn factors_disabled_together_have_ten_attempts_each() {
    block_on(async {
        let world = World::new();
        let (app, proof) = world.with_app().await;
        let _ = world.with_phone(&proof).await;
        world.fail_phone(&world.number, 30).await;
        assert_eq!(fail_until_disabled(&world, &app).await, 30);
        assert_eq!(unlock(&world).await, [FactorKind::Totp, FactorKind::Phone]);
        assert_eq!(fail_until_disabled(&world, &app).await, 10);
        world.fail_phone(&world.number, 9).await;
    });
}

/// FAILURES 119: codes that were used since the backup would be valid again.
#[test]
fn unlock_does_not_enable_a_token_after_a_restore() {
    block_on(async {
        let world = World::new();
        let (app, proof) = world.with_app().await;
        let secret = Secret::new(&[7; 20]).unwrap();
        let enrollment =
            world.verifier.enroll_hotp(&proof, &HotpToken::new(&secret)).await.unwrap();
        let token = Hotp::new(&secret);
        let code = |at| token.code(Step::new(at)).expose().to_owned();
        let _ = world.verifier.confirm(&world.alice, &enrollment, &code(0)).await.unwrap();
        let try_token =
            async |at| reason(world.verifier.verify(&world.alice, Proof::hotp(code(at))).await);
        // Its resynchronization is counted apart, and is locked when the backup is restored.
        for _ in 0..5 {
            let pair = Proof::hotp_resync(code(900), code(902));
            let answer = world.verifier.verify(&world.alice, pair).await;
            assert_eq!(reason(answer), Reason::Incorrect);
        }
        world.verifier.operations().after_restore(&world.alice).await.unwrap();
        let _ = world.log.take();
        assert_eq!(unlock(&world).await, []);
        assert_eq!(world.log.take(), []);
        assert_eq!(try_token(1).await, Reason::Disabled);
        // Nor together with another factor.
        world.fail_app(&app, 5).await;
        assert_eq!(unlock(&world).await, [FactorKind::Totp]);
        assert_eq!(try_token(1).await, Reason::Disabled);
    });
}

#[test]
fn unlock_ends_a_running_slow_check() {
    block_on(async {
        let alice = Alice::with_imported_codes().await;
        alice.fail_backup(9).await;
        alice.world.clock.advance(DAY);
        let _ = alice.world.log.take();
        alice.offload.set(Fate::Held);
        let mut held = pin!(alice.try_backup(alice.near()));
        assert!(poll(held.as_mut(), 20).is_none());
        assert_eq!(unlock(&alice.world).await, [FactorKind::BackupCode]);
        alice.offload.set(Fate::Done);
        assert_eq!(reason(held.await), Reason::Expired);
        let events = alice.world.log.take();
        assert_eq!(count(&events, &Event::IncorrectProof(FactorKind::BackupCode)), 1);
        assert_eq!(events.last(), Some(&unlocked()), "reported before the unlock: {events:?}");
        alice.fail_backup(9).await;
        alice.world.clock.advance(3600);
        assert!(alice.try_backup(&alice.codes[0]).await.is_ok(), "it was counted before");
    });
}

#[test]
fn tenth_slow_attempt_after_an_unlock_is_accepted() {
    block_on(async {
        let alice = Alice::with_imported_codes().await;
        alice.fail_backup(30).await;
        assert_eq!(unlock(&alice.world).await, [FactorKind::BackupCode]);
        alice.fail_backup(9).await;
        alice.world.clock.advance(3600);
        let _ = alice.world.log.take();
        assert!(alice.try_backup(&alice.codes[0]).await.is_ok());
        assert_eq!(alice.failures_before_success(FactorKind::BackupCode), 39);
        alice.fail_backup(20).await;
        assert_eq!(unlock(&alice.world).await, [FactorKind::BackupCode]);
        alice.fail_backup(9).await;
        let _ = alice.world.log.take();
        alice.fail_backup(1).await;
        let disabled = Event::FactorDisabled(FactorKind::BackupCode);
        assert_eq!(count(&alice.world.log.take(), &disabled), 1);
    });
}

#[test]
fn act_with_invalid_text_is_an_error_and_changes_nothing() {
    let (long, longest) = ("x".repeat(201), "x".repeat(200));
    block_on(async {
        let world = World::with(builder().build().unwrap());
        let (app, _) = world.with_app().await;
        world.fail_app(&app, 5).await;
        let (before, _) = (version(&world).await, world.log.take());
        for (actor, why, expected) in [
            ("", "why", "an actor has"),
            ("ca\nrol", "why", "an actor has"),
            (&long, "why", "an actor has"),
            ("carol", "", "a reason has"),
            ("carol", " ", "a reason has"),
            ("carol", "w\0", "a reason has"),
            ("carol", &long, "a reason has"),
        ] {
            let support = world.verifier.support(actor, why);
            let hour = core::time::Duration::from_secs(3600);
            let errors = [
                support.unlock(&world.alice).await.map(drop).unwrap_err(),
                support.reset(&world.alice).await.unwrap_err(),
                support.issue_code(&world.alice, hour).await.map(drop).unwrap_err(),
            ];
            for error in errors {
                assert!(matches!(error, Error::Invalid(_)), "{error:?}");
                assert!(error.to_string().starts_with(expected), "{error}");
            }
        }
        assert_eq!(version(&world).await, before);
        assert_eq!(world.log.take(), []);
        let support = world.verifier.support(&longest, &longest);
        assert_eq!(support.unlock(&world.alice).await.unwrap().len(), 1);
    });
}

#[test]
fn unlock_of_a_missing_record_is_refused_where_one_is_required() {
    block_on(async {
        let world = World::with(Policy::builder().absent(Absent::Refuse).build().unwrap());
        assert_eq!(reason(carol(&world).unlock(&world.alice).await), Reason::Absent);
        let bob = SubjectId::new("bob").unwrap();
        world.verifier.operations().create(&bob).await.unwrap();
        assert_eq!(carol(&world).unlock(&bob).await.unwrap(), []);
        assert_eq!(world.clock.time().as_secs(), NOON);
    });
}

#[test]
fn unlock_leaves_devices_and_permissions_alone() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let grant = fresh(&world, &app).await;
        for _ in 0..5 {
            assert_eq!(world.miss_app(&app).await, Reason::Incorrect);
        }
        let _ = unlock(&world).await;
        assert!(world.verifier.enroll_totp(&grant, "alice").await.is_ok());
    });
}
