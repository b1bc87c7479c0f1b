//! Backup codes that support issues.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    App, ROOT, World, fresh, item_of, mail, opened, prove, reason,
    slow::{Alice, DAY, Fate, INCORRECT_CODE, PIN, builder, cheap, count, poll},
};
use core::{pin::pin, time::Duration};
use second_factor::{
    Error, FactorKind, Grant, ItemId, MemoryStorage, NewDevice, Policy, Proof, Purpose, Reason,
    Secret, SubjectId, Verified, Verifier, block_on,
    enrollment::{Enroller, HotpToken},
    host::Event,
    policy::{Absent, SupportCodeUse},
    purpose::{Agreement, Operation},
    sans_io::{NewSupportCode, Operator, Settled},
    secret::SecretText,
    status::WhatsApp,
    storage::{Storage as _, Swap, Version},
};

const HOUR: Duration = Duration::from_secs(3600);

/// An app, without backup codes and PIN.
async fn with_app() -> (World, App, Verified) {
    with(builder().build().unwrap()).await
}

async fn with(policy: Policy) -> (World, App, Verified) {
    let world = World::with(policy);
    let (app, proof) = world.with_app().await;
    let _ = world.log.take();
    (world, app, proof)
}

async fn try_issue(world: &World, lifetime: Duration) -> Result<SecretText, Error> {
    world.verifier.support("carol", "case 4711").issue_code(&world.alice, lifetime).await
}

async fn issue(world: &World) -> String {
    try_issue(world, HOUR).await.unwrap().expose().to_owned()
}

/// What the recovery page does.
async fn redeem(world: &World, code: &str) -> Result<Grant, Error> {
    redeem_for(world, Purpose::Manage, code).await
}

async fn sign_in(world: &World, code: &str) -> Result<Verified, Error> {
    let proof = Proof::backup_code(code).trusting(NewDevice::new("Firefox"));
    world.verifier.verify(&world.alice, proof).await
}

async fn redeem_for(world: &World, purpose: Purpose, code: &str) -> Result<Grant, Error> {
    world.verifier.verify_for(&world.alice, purpose, Proof::backup_code(code)).await
}

async fn version(world: &World) -> Option<Version> {
    let id = world.verifier.operations().record_id(&world.alice);
    world.store.load(&id).await.unwrap().map(|record| record.version())
}

/// The user enrolls a new phone.
async fn enroll_app(world: &World, proof: impl Into<Enroller>) -> Result<App, Error> {
    let enrollment = world.verifier.enroll_totp(proof, "alice").await?;
    let app = App::scan(enrollment.expose_secret().expose());
    let code = app.code(&world.clock);
    world.verifier.confirm(&world.alice, &enrollment, &code).await.map(|_| app)
}

/// The example of the manual: the user has nothing left.
#[test]
fn user_with_nothing_left_enrolls_a_new_phone() {
    async fn unlock(
        app: &Verifier,
        agent: &str,
        ticket: &str,
        user: &SubjectId,
    ) -> Result<usize, Error> {
        let unlocked = app.support(agent, ticket).unlock(user).await?;
        Ok(unlocked.len())
    }

    async fn pass(
        app: &Verifier,
        agent: &str,
        ticket: &str,
        user: &SubjectId,
    ) -> Result<SecretText, Error> {
        app.support(agent, ticket).issue_code(user, Duration::from_secs(3600)).await
    }

    block_on(async {
        let (world, old, _) = with_app().await;
        world.fail_app(&old, 5).await;
        assert_eq!(unlock(&world.verifier, "carol", "4711", &world.alice).await.unwrap(), 1);
        let code = pass(&world.verifier, "carol", "4711", &world.alice).await.unwrap();
        assert_eq!(code.expose().len(), 19, "printed like a backup code");
        let proof = redeem(&world, code.expose()).await.unwrap();
        let new = enroll_app(&world, &proof).await.unwrap();
        world.clock.advance(30);
        assert!(world.try_app(&new.code(&world.clock)).await.is_ok());
        // An attacker who deceived support must not remove the app of the owner.
        assert!(world.try_app(&old.code(&world.clock)).await.is_ok());
        let by = fresh(&world, &new).await;
        let lost = item_of(&world, FactorKind::Totp).await;
        world.verifier.revoke(&by, &lost).await.unwrap();
        world.clock.advance(30);
        assert!(world.try_app(&old.code(&world.clock)).await.is_err(), "it is removed");
        let _ = fresh(&world, &new).await;
    });
}

#[test]
fn support_code_enrolls_every_kind() {
    block_on(async {
        let (world, ..) = with_app().await;
        let proof = redeem(&world, &issue(&world).await).await.unwrap();
        let secret = Secret::new(&[7; 20]).unwrap();
        let verifier = &world.verifier;
        assert!(verifier.enroll_totp(&proof, "alice").await.is_ok());
        assert!(verifier.enroll_hotp(&proof, &HotpToken::new(&secret)).await.is_ok());
        assert!(verifier.enroll_security_key(&proof, b"state").await.is_ok());
        let _ = world.with_phone(&proof).await;
    });
}

/// The reasons for which `grant` makes no other change.
async fn changes(world: &World, grant: &Grant) -> Vec<Reason> {
    let (verifier, status) = (&world.verifier, world.verifier.status(&world.alice).await.unwrap());
    let mut items: Vec<ItemId> = status.factors().iter().map(|one| *one.id()).collect();
    items.extend(status.pin().map(|pin| *pin.id()));
    let whatsapp = verifier.set_whatsapp(grant, &items[0], WhatsApp::Allowed).await;
    let mut reasons = vec![
        reason(verifier.turn_off(grant).await),
        reason(verifier.new_backup_codes(grant).await),
        reason(verifier.set_pin(grant, PIN).await),
        reason(verifier.sign_out_everywhere(grant).await),
        reason(whatsapp),
        reason(verifier.check_grant(grant, Purpose::StepUp, HOUR).await),
        reason(verifier.check_grant(grant, Purpose::Manage, HOUR).await),
    ];
    for item in items {
        reasons.push(reason(verifier.revoke(grant, &item).await));
    }
    reasons
}

#[test]
fn failure_124_support_code_permits_no_other_change() {
    block_on(async {
        let (world, _, first) = with_app().await;
        let _ = world.with_phone(&first).await;
        let grant = redeem(&world, &issue(&world).await).await.unwrap();
        let (before, _) = (version(&world).await, world.log.take());
        assert_eq!(changes(&world, &grant).await, [Reason::Unauthorized; 9]);
        // The stored form of the permission is as narrow.
        let stored = Grant::from_text(&world.alice, grant.expose());
        assert_eq!(changes(&world, &stored).await, [Reason::Unauthorized; 9]);
        assert_eq!(version(&world).await, before);
        assert_eq!(world.log.take(), []);
        assert!(world.verifier.enroll_totp(&stored, "alice").await.is_ok());
    });
}

#[test]
fn support_code_proves_for_management_alone() {
    block_on(async {
        let (world, ..) = with_app().await;
        let code = issue(&world).await;
        let (before, _) = (version(&world).await, world.log.take());
        let agreed = Agreement::new([("amount", "25.00 EUR")]).unwrap().purpose();
        for _ in 0..20 {
            for purpose in [Purpose::StepUp, Purpose::Recover, agreed] {
                assert_eq!(reason(redeem_for(&world, purpose, &code).await), Reason::NotAllowed);
            }
            assert_eq!(reason(sign_in(&world, &code).await), Reason::NotAllowed);
        }
        assert_eq!(version(&world).await, before, "not counted, and not used up");
        assert_eq!(world.log.take(), []);
        assert!(redeem(&world, &code).await.is_ok());
    });
}

#[test]
fn support_code_signs_in_only_where_the_policy_says_so() {
    block_on(async {
        let policy = builder().support_codes(SupportCodeUse::SignIn).build().unwrap();
        let (world, ..) = with(policy).await;
        let code = issue(&world).await;
        for purpose in [Purpose::StepUp, Purpose::Recover] {
            assert_eq!(reason(redeem_for(&world, purpose, &code).await), Reason::NotAllowed);
        }
        let verified = sign_in(&world, &code).await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::BackupCode]);
        assert!(verified.device_token().is_none(), "it trusts no device");
        assert_eq!(reason(redeem(&world, &code).await), Reason::Replayed);
        let proof = redeem(&world, &issue(&world).await).await.unwrap();
        world.verifier.turn_off(&proof).await.unwrap();
    });
}

#[test]
fn failure_124_support_code_works_once() {
    block_on(async {
        let (world, ..) = with_app().await;
        let code = issue(&world).await;
        assert!(redeem(&world, &code.to_lowercase().replace('-', " ")).await.is_ok());
        let (before, events) = (version(&world).await, world.log.take());
        assert!(events.contains(&Event::SupportCodeUsed), "{events:?}");
        assert!(events.contains(&Event::Verified(FactorKind::BackupCode, Operation::Manage)));
        for _ in 0..20 {
            assert_eq!(reason(redeem(&world, &code).await), Reason::Replayed);
        }
        let replay = Event::ReplayRefused(FactorKind::BackupCode);
        assert_eq!(count(&world.log.take(), &replay), 20);
        assert_eq!(version(&world).await, before);
    });
}

#[test]
fn support_code_works_until_its_last_second() {
    for (waited, is_in) in [(0, true), (3599, true), (3600, false), (DAY, false)] {
        block_on(async {
            let (world, ..) = with_app().await;
            let code = issue(&world).await;
            world.clock.advance(waited);
            let answer = redeem(&world, &code).await;
            assert_eq!(answer.is_ok(), is_in, "{waited}");
            if !is_in {
                assert_eq!(reason(answer), Reason::Expired);
                // The next write drops it.
                world.verifier.operations().reseal(&world.alice).await.unwrap();
                assert_eq!(reason(redeem(&world, &code).await), Reason::NotEnrolled);
            }
        });
    }
}

#[test]
fn code_that_expires_during_its_check_is_refused() {
    block_on(async {
        let alice = Alice::over(MemoryStorage::new(), cheap()).await;
        let code = issue(&alice.world).await;
        alice.world.clock.advance(3599);
        alice.offload.set(Fate::Held);
        let mut held = pin!(redeem(&alice.world, &code));
        assert!(poll(held.as_mut(), 20).is_none());
        alice.world.clock.advance(1);
        alice.offload.set(Fate::Done);
        assert_eq!(reason(held.await), Reason::Expired);
    });
}

#[test]
fn support_code_is_valid_for_a_minute_to_a_day() {
    block_on(async {
        let (world, ..) = with_app().await;
        let before = version(&world).await;
        let (minute, day) = (Duration::from_secs(60), Duration::from_secs(DAY));
        let nanosecond = Duration::from_nanos(1);
        for refused in [Duration::ZERO, minute - nanosecond, day + nanosecond, Duration::MAX] {
            let error = try_issue(&world, refused).await.map(drop).unwrap_err();
            assert!(matches!(error, Error::Invalid(_)), "{error:?}");
        }
        assert_eq!(version(&world).await, before);
        assert_eq!(world.log.take(), []);
        for (lifetime, secs) in [(minute, 60), (day, DAY)] {
            let code = try_issue(&world, lifetime).await.unwrap();
            world.clock.advance(secs - 1);
            assert!(redeem(&world, code.expose()).await.is_ok());
            let code = try_issue(&world, lifetime).await.unwrap();
            world.clock.advance(secs);
            assert_eq!(reason(redeem(&world, code.expose()).await), Reason::Expired);
        }
    });
}

#[test]
fn new_support_code_replaces_the_earlier_one() {
    block_on(async {
        let (world, ..) = with_app().await;
        let (first, second) = (issue(&world).await, issue(&world).await);
        assert_ne!(first, second);
        assert_eq!(reason(redeem(&world, &first).await), Reason::NotEnrolled);
        assert!(redeem(&world, &second).await.is_ok());
        assert!(redeem(&world, &issue(&world).await).await.is_ok(), "after a used one too");
    });
}

#[test]
fn replaced_code_is_refused_after_its_check() {
    block_on(async {
        let alice = Alice::over(MemoryStorage::new(), cheap()).await;
        let first = issue(&alice.world).await;
        alice.offload.set(Fate::Held);
        let mut held = pin!(redeem(&alice.world, &first));
        assert!(poll(held.as_mut(), 20).is_none());
        alice.offload.set(Fate::Done);
        let second = issue(&alice.world).await;
        assert_eq!(reason(held.await), Reason::Expired);
        assert!(redeem(&alice.world, &second).await.is_ok());
    });
}

#[test]
fn support_code_leaves_the_backup_codes_alone() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let code = issue(&alice.world).await;
        let left = alice.world.verifier.status(&alice.world.alice).await.unwrap();
        assert_eq!(left.backup_codes_left(), Some(10));
        assert!(redeem(&alice.world, &code).await.is_ok());
        assert_eq!(reason(redeem(&alice.world, &code).await), Reason::Replayed);
        for code in &alice.codes {
            assert!(alice.try_backup(code).await.is_ok());
        }
        assert!(redeem(&alice.world, &issue(&alice.world).await).await.is_ok());
    });
}

/// FAILURES 30: an attacker who has the password must not deny the code to the owner.
#[test]
fn guesses_at_backup_codes_do_not_lock_the_support_code() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let code = issue(&alice.world).await;
        for _ in 0..60 {
            assert_eq!(reason(alice.try_backup(alice.near()).await), Reason::Incorrect);
        }
        assert!(redeem(&alice.world, &code).await.is_ok());
    });
    block_on(async {
        let (world, ..) = with_app().await;
        let code = issue(&world).await;
        for _ in 0..60 {
            assert_eq!(reason(redeem(&world, INCORRECT_CODE).await), Reason::NotEnrolled);
        }
        assert!(redeem(&world, &code).await.is_ok());
    });
}

#[test]
fn lost_checks_of_a_support_code_are_not_counted() {
    block_on(async {
        let alice = Alice::over(MemoryStorage::new(), cheap()).await;
        let code = issue(&alice.world).await;
        alice.offload.set(Fate::Lost);
        for _ in 0..5 {
            let answer = redeem(&alice.world, &code).await;
            assert!(matches!(answer.unwrap_err(), Error::CheckLost));
            alice.world.clock.advance(11);
        }
        alice.offload.set(Fate::Done);
        assert!(redeem(&alice.world, &code).await.is_ok());
        let _ = alice.world.log.take();
    });
}

#[test]
fn failure_124_issue_is_reported_and_every_address_is_notified() {
    block_on(async {
        let (world, _, proof) = with_app().await;
        let _ = world.with_phone(&proof).await;
        let _ = prove(&world, &proof, &mail()).await.unwrap();
        let _ = (world.log.take(), world.notices());
        let code = issue(&world).await;
        let (actor, reason) = ("carol".into(), "case 4711".into());
        assert_eq!(world.log.take(), [Event::SupportCodeIssued { actor, reason }]);
        let event = Event::SupportCodeIssued { actor: String::new(), reason: String::new() };
        let notices = world.notices();
        assert_eq!(notices, [(event.clone(), mail()), (event, world.number.clone())]);
        let proof = redeem(&world, &code).await.unwrap();
        assert!(world.notices().is_empty(), "the user is notified of the factor");
        let _ = enroll_app(&world, &proof).await.unwrap();
        assert_eq!(world.notices().len(), 2);
    });
}

#[test]
fn support_code_survives_a_reseal_and_ends_with_a_reset() {
    block_on(async {
        let (world, app, _) = with_app().await;
        let code = issue(&world).await;
        world.verifier.operations().reseal(&world.alice).await.unwrap();
        assert!(redeem(&world, &code).await.is_ok());

        let code = issue(&world).await;
        world.verifier.support("carol", "lost phone").reset(&world.alice).await.unwrap();
        assert_eq!(reason(redeem(&world, &code).await), Reason::NotEnrolled);

        // A code for a subject without a factor, which the first factor ends.
        let code = issue(&world).await;
        let (app_2, proof) = world.with_app().await;
        assert_eq!(reason(redeem(&world, &code).await), Reason::NotEnrolled);

        // The owner who was notified ends it.
        let code = issue(&world).await;
        world.verifier.sign_out_everywhere(&proof).await.unwrap();
        assert_eq!(reason(redeem(&world, &code).await), Reason::NotEnrolled);

        let code = issue(&world).await;
        let proof = fresh(&world, &app_2).await;
        world.verifier.turn_off(&proof).await.unwrap();
        assert_eq!(reason(redeem(&world, &code).await), Reason::NotEnrolled);

        let code = issue(&world).await;
        world.verifier.operations().after_restore(&world.alice).await.unwrap();
        assert_eq!(reason(redeem(&world, &code).await), Reason::NotEnrolled);
        drop(app);
    });
}

#[test]
fn support_code_does_not_replace_the_pin() {
    block_on(async {
        let (world, app, _) = with_app().await;
        // The quarantine of a first factor.
        world.clock.advance(3 * DAY);
        world.verifier.set_pin(&fresh(&world, &app).await, PIN).await.unwrap();
        let world = &world;
        let code = issue(world).await;
        let due = *redeem(world, &code).await.unwrap_err().pending_pin().expect("the PIN is due");
        assert_eq!(reason(redeem(world, &code).await), Reason::Replayed);
        let pin = Proof::pin(due, PIN);
        let grant = world.verifier.verify_for(&world.alice, Purpose::Manage, pin).await.unwrap();
        // What was proven by the code stays narrow behind the PIN.
        assert_eq!(changes(world, &grant).await, [Reason::Unauthorized; 9]);
        assert!(enroll_app(world, &grant).await.is_ok());
    });
}

/// FAILURES 112: who persuaded support must not lock the owner out with a PIN.
#[test]
fn failure_124_first_pin_waits_for_a_day_after_a_support_code() {
    block_on(async {
        let (world, ..) = with_app().await;
        // The quarantine of a first factor.
        world.clock.advance(3 * DAY);
        let proof = redeem(&world, &issue(&world).await).await.unwrap();
        let app = enroll_app(&world, &proof).await.unwrap();
        for (waited, is_set) in [(30, false), (DAY - 61, false), (31, true)] {
            world.clock.advance(waited - 30);
            let proof = fresh(&world, &app).await;
            let answer = world.verifier.set_pin(&proof, PIN).await;
            assert_eq!(answer.is_ok(), is_set, "{waited}");
            if !is_set {
                assert_eq!(reason(answer), Reason::Quarantined);
            }
        }
    });
}

#[test]
fn code_that_could_not_enroll_is_not_issued() {
    block_on(async {
        let totp = [FactorKind::Totp];
        let (world, ..) = with(builder().only(Operation::Manage, &totp).build().unwrap()).await;
        let before = version(&world).await;
        assert_eq!(reason(try_issue(&world, HOUR).await), Reason::NotAllowed);
        assert_eq!(version(&world).await, before);

        let (world, ..) = with_app().await;
        world.verifier.support("carol", "lost phone").reset(&world.alice).await.unwrap();
        world.clock.advance(3599);
        assert!(try_issue(&world, HOUR).await.is_ok());
        world.clock.advance(1);
        let before = version(&world).await;
        assert_eq!(reason(try_issue(&world, HOUR).await), Reason::Expired);
        assert_eq!(version(&world).await, before);

        let world = World::with(builder().absent(Absent::Refuse).build().unwrap());
        assert_eq!(reason(try_issue(&world, HOUR).await), Reason::Absent);
        assert_eq!(version(&world).await, None);
        assert_eq!(world.log.take(), []);
    });
}

#[test]
fn support_code_for_a_subject_without_factors_enrolls_the_first() {
    block_on(async {
        let world = World::with(builder().build().unwrap());
        let proof = redeem(&world, &issue(&world).await).await.unwrap();
        let app = enroll_app(&world, &proof).await.unwrap();
        world.clock.advance(30);
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
    });
}

#[test]
fn support_code_of_one_subject_is_nothing_for_another() {
    block_on(async {
        let (world, ..) = with_app().await;
        let bob = SubjectId::new("bob").unwrap();
        let code = issue(&world).await;
        let proof = Proof::backup_code(&code);
        let answer = world.verifier.verify_for(&bob, Purpose::Manage, proof).await;
        assert_eq!(reason(answer), Reason::NotEnrolled);

        let (keys, policy) = (second_factor::Keys::new(ROOT), cheap());
        let open = |id| opened(&keys, &policy, id, None, world.clock.time());
        let carol = Operator::new("carol", "case 4711").unwrap();
        let hashed = || {
            let new = NewSupportCode::new(HOUR).unwrap();
            carol.draw_code(open(&bob), new).unwrap().hash().unwrap()
        };
        let refused = carol.install_code(open(&world.alice), &hashed()).unwrap_err();
        assert_eq!(refused.reason(), Reason::Unauthorized);
        let installed = carol.install_code(open(&bob), &hashed()).unwrap();
        assert!(matches!(installed.settle(Swap::Commit), Settled::Done { outcome: Ok(_), .. }));
    });
}

#[test]
fn clock_fault_ends_a_support_code() {
    block_on(async {
        let (world, ..) = with_app().await;
        world.clock.advance(DAY);
        let code = issue(&world).await;
        world.clock.set(world.clock.time().as_secs() - DAY);
        assert!(redeem(&world, &code).await.is_err());
        world.clock.advance(DAY);
        assert!(redeem(&world, &code).await.is_err(), "it stays ended");
    });
}
