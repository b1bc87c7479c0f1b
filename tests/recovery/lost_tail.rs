//! Stores that lost their last commits.
//!
//! A lost commit makes some proofs valid again.
//!
//! The table is in `src/manual/storage.md`. Each test is one row of it.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use alloc::sync::Arc;
use core::{convert::Infallible, time::Duration};
use std::{collections::HashMap, sync::Mutex};

use crate::support::{
    World,
    devices::{DAY, approve, on, recognize, redeem, request, rotate, trust, visit},
    fresh, item_of, reason,
};
use second_factor::{
    Error, FactorKind, MemoryStorage, Next, Policy, Proof, Purpose, Reason, Secret, SignIn,
    Storage, block_on,
    enrollment::{HotpToken, NewSecurityKey},
    host::Event,
    otp::{Hotp, Step},
    proof::{CeremonyRequest, SecurityKeyOutcome},
    purpose::Operation,
    storage::{Record, RecordId, Swap, Version},
};

const PAGE: &str = include_str!("../../src/manual/storage.md");
const YEAR: u64 = 365 * DAY;

/// Names the row of the table that a test holds.
fn row(what: &str, how_long: &str) {
    let line = format!("| {what} | {how_long} |");
    assert!(PAGE.contains(&line), "the manual has no row `{line}`");
}

fn world() -> World {
    World::with(Policy::builder().danger_cheap_hashes().build().unwrap())
}

async fn stored(world: &World) -> Record {
    let id = world.verifier.operations().record_id(&world.alice);
    world.store.load(&id).await.unwrap().unwrap()
}

/// Loses all commits since `record` was written.
async fn lose(world: &World, record: &Record) {
    let id = world.verifier.operations().record_id(&world.alice);
    let current = stored(world).await.version();
    let swap = world.store.compare_and_swap(&id, Some(current), record).await;
    assert_eq!(swap, Ok(Swap::Commit));
}

/// As [`lose`], and the operator knows that it happened.
async fn lose_knowingly(world: &World, record: &Record) {
    lose(world, record).await;
    world.verifier.operations().after_restore(&world.alice).await.unwrap();
}

async fn tries(world: &World, proof: &Proof) -> Result<(), Error> {
    world.verifier.verify(&world.alice, proof.clone()).await.map(drop)
}

/// Whether a used proof works again after its use was lost: now, after `works_for`, and not after
/// `over_after`. `is_voided` says whether `after_restore` prevents it.
async fn check_proof(
    world: &World,
    proof: &Proof,
    (works_for, over_after): (u64, Option<u64>),
    is_voided: bool,
) {
    let before = stored(world).await;
    tries(world, proof).await.unwrap();
    assert!(tries(world, proof).await.is_err(), "it was used");
    lose_knowingly(world, &before).await;
    assert_eq!(tries(world, proof).await.is_err(), is_voided, "after the restore");
    lose(world, &before).await;
    world.clock.advance(works_for);
    tries(world, proof).await.unwrap();
    if let Some(over_after) = over_after {
        lose(world, &before).await;
        world.clock.advance(over_after - works_for);
        assert!(tries(world, proof).await.is_err(), "it is over");
    }
}

#[test]
fn table_has_a_test_for_each_row() {
    let table = PAGE.split("| valid again | for how long |").nth(1).unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|')).count();
    let tests = include_str!("lost_tail.rs").matches("\n    row(").count();
    assert_eq!(rows, tests);
}

#[test]
fn lost_tail_revives_a_totp_code() {
    row("a used TOTP code", "90 seconds from its use, at most");
    block_on(async {
        let world = world();
        let (app, _) = world.with_app().await;
        let start = world.clock.time().as_secs() / 30 * 30;
        world.clock.set(start);
        // The code of the next step is accepted early.
        let code = Proof::totp(app.code_at(app.step(&world.clock) + 1));
        check_proof(&world, &code, (89, Some(90)), false).await;
    });
}

#[test]
fn lost_tail_revives_a_sent_code() {
    row("a used code that was sent", "5 minutes from its sending");
    block_on(async {
        let world = world();
        let (_, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        world.clock.advance(60);
        let (sent, code) = world.send_to(&world.number).await;
        let code = Proof::sent_code(&sent, code);
        check_proof(&world, &code, (299, Some(300)), true).await;
    });
}

#[test]
fn lost_tail_revives_an_hotp_code() {
    row("a used code of an HOTP token", "until a later code of the token is used");
    block_on(async {
        let world = world();
        let (_, verified) = world.with_app().await;
        let secret = Secret::new(b"12345678901234567890").unwrap();
        let token = HotpToken::new(&secret);
        let begun = world.verifier.enroll_hotp(&verified, &token).await.unwrap();
        let code = |counter| {
            let code = Hotp::new(&secret).code(Step::new(counter));
            Proof::hotp(code.expose())
        };
        let first = Hotp::new(&secret).code(Step::new(0));
        let _ = world.verifier.confirm(&world.alice, &begun, first.expose()).await.unwrap();
        let before = stored(&world).await;
        check_proof(&world, &code(1), (YEAR, None), true).await;
        lose(&world, &before).await;
        tries(&world, &code(2)).await.unwrap();
        assert!(tries(&world, &code(1)).await.is_err());
    });
}

#[test]
fn lost_tail_revives_a_backup_code() {
    row("a used backup code", "until new codes are generated");
    block_on(async {
        let world = world();
        let (_, verified) = world.with_app().await;
        let codes = world.verifier.new_backup_codes(&verified).await.unwrap().expose();
        let code = Proof::backup_code(codes.first().unwrap().expose());
        check_proof(&world, &code, (YEAR, None), true).await;
    });
}

#[test]
fn lost_tail_revives_a_support_code() {
    row("a used support code", "its lifetime, at most a day");
    block_on(async {
        let world = world();
        let _ = world.with_app().await;
        let support = world.verifier.support("carol", "case 4711");
        let code = support.issue_code(&world.alice, Duration::from_secs(DAY)).await.unwrap();
        let redeem = async || {
            let proof = Proof::backup_code(code.expose());
            world.verifier.verify_for(&world.alice, Purpose::Manage, proof).await.map(drop)
        };
        let before = stored(&world).await;
        redeem().await.unwrap();
        lose_knowingly(&world, &before).await;
        assert!(redeem().await.is_err());
        lose(&world, &before).await;
        world.clock.advance(DAY - 1);
        redeem().await.unwrap();
        lose(&world, &before).await;
        world.clock.advance(1);
        assert!(redeem().await.is_err());
    });
}

#[test]
fn lost_tail_revives_a_response_of_a_security_key() {
    row("an accepted response of a security key", "90 seconds from the start of its ceremony");
    block_on(async {
        let world = world();
        let begun = world.verifier.enroll_security_key(&world.alice, b"").await.unwrap();
        let key = NewSecurityKey::new("blue", b"1").unwrap();
        let _ = world.verifier.confirm_security_key(&world.alice, &begun, key).await.unwrap();
        let request = CeremonyRequest::new(b"state").purpose(Operation::SignIn);
        let ceremony = world.verifier.begin_security_key(&world.alice, request).await.unwrap();
        let key = ceremony.keys().first().unwrap().id();
        let outcome = SecurityKeyOutcome::passed(key, b"2");
        let response = Proof::security_key(&ceremony, outcome);
        check_proof(&world, &response, (89, Some(90)), true).await;
    });
}

#[test]
fn lost_tail_revives_an_approved_request() {
    row("an approved sign-in request", "60 seconds from its start");
    block_on(async {
        let world = world();
        let (app, _) = world.with_app().await;
        let mut token = trust(&world, &app, "Firefox").await;
        world.clock.advance(60);
        let _ = visit(&world, &mut token).await;
        let asked = request(&world).await;
        approve(&world, &token, &asked).await.unwrap();
        let before = stored(&world).await;
        let _ = redeem(&world, &asked).await.unwrap();
        lose_knowingly(&world, &before).await;
        assert!(redeem(&world, &asked).await.is_err());
        lose(&world, &before).await;
        world.clock.advance(59);
        let _ = redeem(&world, &asked).await.unwrap();
        lose(&world, &before).await;
        world.clock.advance(1);
        assert!(redeem(&world, &asked).await.is_err());
    });
}

#[test]
fn lost_tail_revives_an_earlier_pin() {
    row("an earlier PIN, in place of the current one", "until the PIN is changed");
    block_on(async {
        let world = world();
        let (app, verified) = world.with_settled_app().await;
        let _ = world.verifier.set_pin(&verified, "739154").await.unwrap();
        let by_pin = async |typed: &str| {
            world.clock.advance(30);
            let error = world.try_app(&app.code(&world.clock)).await.unwrap_err();
            let due = *error.pending_pin().unwrap();
            world.verifier.verify(&world.alice, Proof::pin(due, typed)).await
        };
        let before = stored(&world).await;
        let fresh = by_pin("739154").await.unwrap();
        let _ = world.verifier.set_pin(&fresh, "582036").await.unwrap();
        assert!(by_pin("739154").await.is_err());
        lose(&world, &before).await;
        let _ = by_pin("739154").await.unwrap();
        assert!(by_pin("582036").await.is_err());
    });
}

#[test]
fn lost_tail_revives_a_removed_factor() {
    row("a factor that was removed", "until it is removed again");
    block_on(async {
        let world = world();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let before = stored(&world).await;
        let item = item_of(&world, FactorKind::Phone).await;
        let fresh = fresh(&world, &app).await;
        let _ = world.verifier.revoke(&fresh, &item).await.unwrap();
        lose(&world, &before).await;
        world.clock.advance(60);
        let (sent, code) = world.send_to(&world.number).await;
        let _ = world.try_code(&sent, &code).await.unwrap();
    });
}

#[test]
fn lost_tail_loses_a_first_factor() {
    row(
        "a sign-in without a second factor, if the first factor was enrolled after the backup",
        "until a factor is enrolled again",
    );
    block_on(async {
        let world = world();
        let _ = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
        let before = stored(&world).await;
        let _ = world.with_app().await;
        lose(&world, &before).await;
        let next = world.verifier.next(&world.alice).await.unwrap();
        assert!(matches!(next, Next::Done(SignIn::Unprotected(_))));
    });
}

#[test]
fn lost_tail_revives_a_device() {
    row("a trusted device that was signed out", "30 days from when it became trusted");
    block_on(async {
        let world = world();
        let (app, _) = world.with_app().await;
        let token = trust(&world, &app, "Firefox").await;
        let before = stored(&world).await;
        on(&world, &token).sign_out_device(&world.alice).await.unwrap();
        assert!(recognize(&world, &token).await.is_err());
        lose_knowingly(&world, &before).await;
        assert!(recognize(&world, &token).await.is_err());
        lose(&world, &before).await;
        let _ = recognize(&world, &token).await.unwrap();
        lose(&world, &before).await;
        world.clock.advance(30 * DAY);
        assert!(recognize(&world, &token).await.is_err());
    });
}

#[test]
fn lost_tail_makes_no_theft_of_a_rotation() {
    row(
        "the earlier token of a trusted device, if the token was rotated",
        "30 days from when the device became trusted",
    );
    block_on(async {
        let world = world();
        let (app, _) = world.with_app().await;
        let old = trust(&world, &app, "Firefox").await;
        let before = stored(&world).await;
        let mut token = old.clone();
        rotate(&world, &mut token).await;
        let _ = world.log.take();
        // The owner's token has a later number than the record, so it is no theft. A copy of the
        // earlier token may exist, so a factor is required.
        lose(&world, &before).await;
        assert!(recognize(&world, &token).await.is_err());
        let events = world.log.take();
        assert!(events.contains(&Event::DeviceRemoved), "{events:?}");
        assert!(!events.contains(&Event::DeviceStolen), "{events:?}");
        assert!(recognize(&world, &old).await.is_err(), "the series ended");
        lose(&world, &before).await;
        assert!(recognize(&world, &old).await.is_ok(), "unless the earlier token comes first");
    });
}

#[test]
fn lost_tail_forgets_failures() {
    row(
        "attempts that had been counted, and factors that had been locked",
        "until the attempts are counted again",
    );
    block_on(async {
        let world = world();
        let (app, _) = world.with_app().await;
        let before = stored(&world).await;
        world.fail_app(&app, 5).await;
        assert_eq!(world.miss_app(&app).await, Reason::Locked);
        lose(&world, &before).await;
        for _ in 0..5 {
            assert_eq!(world.miss_app(&app).await, Reason::Incorrect);
        }
        assert_eq!(world.miss_app(&app).await, Reason::Locked);
    });
}

/// A store that notes the version of each commit in a second place.
#[derive(Clone, Default)]
struct Noted {
    table: MemoryStorage,
    log: Arc<Mutex<HashMap<RecordId, Version>>>,
}

impl Storage for Noted {
    type Error = Infallible;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Infallible> {
        let newest = self.log.lock().unwrap().get(id).copied();
        Ok(self.table.load(id).await?.map(|record| record.with_newest(newest)))
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Infallible> {
        let swap = self.table.compare_and_swap(id, expected, record).await?;
        if swap == Swap::Commit {
            self.log.lock().unwrap().insert(*id, record.version());
        }
        Ok(swap)
    }
}

#[test]
fn finding_s36_older_record_is_refused_if_the_newest_is_known() {
    block_on(async {
        let policy = Policy::builder().danger_cheap_hashes().build().unwrap();
        let world = World::over(Noted::default(), policy);
        let (app, verified) = world.with_app().await;
        let codes = world.verifier.new_backup_codes(&verified).await.unwrap().expose();
        let used = Proof::backup_code(codes.first().unwrap().expose());
        let mut token = trust(&world, &app, "Firefox").await;
        let id = world.verifier.operations().record_id(&world.alice);
        let before = world.store.table.load(&id).await.unwrap().unwrap();
        let _ = world.verifier.verify(&world.alice, used.clone()).await.unwrap();
        rotate(&world, &mut token).await;
        let lost = world.store.load(&id).await.unwrap().unwrap().version();

        let swap = world.store.table.compare_and_swap(&id, Some(lost), &before).await;
        assert_eq!(swap, Ok(Swap::Commit));
        let _ = world.log.take();
        let by_device = on(&world, &token).next(&world.alice).await;
        let by_code = world.verifier.verify(&world.alice, used.clone()).await;
        assert!(matches!(by_device, Err(Error::RolledBack)));
        assert!(matches!(by_code, Err(Error::RolledBack)));
        assert_eq!(world.store.table.load(&id).await.unwrap().as_ref(), Some(&before));

        world.verifier.operations().after_restore(&world.alice).await.unwrap();
        let accepted = world.store.load(&id).await.unwrap().unwrap();
        assert!(accepted.version().get() > lost.get() && !accepted.is_rolled_back());
        assert!(world.verifier.verify(&world.alice, used).await.is_err());
        assert!(recognize(&world, &token).await.is_err());
        assert!(!world.log.take().contains(&Event::DeviceStolen));
        world.clock.advance(90);
        let _ = world.try_app(&app.code(&world.clock)).await.unwrap();
    });
}

#[test]
fn lost_tail_revives_a_session() {
    row(
        "a session that had ended",
        "until the epoch changes again; sessions that began under a lost epoch are refused",
    );
    block_on(async {
        let world = world();
        let (app, verified) = world.with_app().await;
        let (ended, before) = (verified.epoch(), stored(&world).await);
        let newer = world.verifier.password_changed(&world.alice).await.unwrap();
        assert_ne!(ended, newer);
        lose(&world, &before).await;
        assert_eq!(world.verifier.epoch(&world.alice).await.unwrap(), ended);
        // Both histories go on, and share no epoch.
        let other = world.verifier.password_changed(&world.alice).await.unwrap();
        assert!(other != ended && other != newer);
        lose_knowingly(&world, &before).await;
        assert_ne!(world.verifier.epoch(&world.alice).await.unwrap(), ended);
        let _ = world.try_app(&app.code(&world.clock)).await.unwrap();
    });
}

#[test]
fn lost_tail_revives_a_permission() {
    row("a permission that was revoked", "5 minutes from its proof");
    block_on(async {
        let world = world();
        let (app, _) = world.with_app().await;
        let fresh = fresh(&world, &app).await;
        let grant = world.verifier.grant(&fresh).unwrap();
        let before = stored(&world).await;
        let _ = world.verifier.password_changed(&world.alice).await.unwrap();
        let enroll = async || world.verifier.enroll_totp(&grant, "alice").await;
        assert_eq!(reason(enroll().await), Reason::Unauthorized);
        lose_knowingly(&world, &before).await;
        assert_eq!(reason(enroll().await), Reason::Unauthorized);
        lose(&world, &before).await;
        world.clock.advance(299);
        let _ = enroll().await.unwrap();
        lose(&world, &before).await;
        world.clock.advance(1);
        assert_eq!(reason(enroll().await), Reason::Unauthorized);
    });
}
