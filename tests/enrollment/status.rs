//! Enrollment status for settings pages and sign-in pages.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    App, NOON, World, fresh, fresh_for, item_of, mail, prove, reason,
    watched::{Call, Watched},
};
use second_factor::{
    Address, CodeRequest, Error, FactorKind, ItemId, Policy, Proof, Reason, Secret, Status,
    SubjectId, UnixTime, block_on,
    enrollment::{HotpToken, Import},
    otp::{Hotp, Step},
    policy::Absent,
    purpose::Operation,
    status::{FactorState, FactorStatus},
};

const PIN: &str = "493817";
const DAY: u64 = 24 * 60 * 60;

fn cheap() -> Policy {
    Policy::builder().danger_cheap_hashes().build().unwrap()
}

async fn status(world: &World) -> Status {
    world.verifier.status(&world.alice).await.unwrap()
}

fn of(status: &Status, kind: FactorKind) -> &FactorStatus {
    status.factors().iter().find(|factor| factor.kind() == kind).expect("the factor is enrolled")
}

fn kinds(status: &Status) -> Vec<FactorKind> {
    status.factors().iter().map(FactorStatus::kind).collect()
}

/// As [`with_app`], where a PIN can be set.
async fn with_settled_app() -> (World, App) {
    let world = World::with(cheap());
    let (app, _) = world.with_settled_app().await;
    (world, app)
}

/// A world with an app, the minimum that protects a subject.
async fn with_app() -> (World, App) {
    let world = World::with(cheap());
    let (app, _) = world.with_app().await;
    (world, app)
}

#[test]
fn status_of_an_unknown_subject_is_empty() {
    block_on(async {
        let status = status(&World::new()).await;
        assert!(!status.is_protected());
        assert!(status.factors().is_empty() && status.pin().is_none());
        assert!(status.open_enrollments().is_empty());
        assert_eq!(status.backup_codes_left(), None);
        assert_eq!(status.next_send_at(), None);
        assert_eq!(status.quarantined_until(), None);
    });
}

#[test]
fn status_lists_the_strongest_factor_first_and_the_pin_apart() {
    block_on(async {
        let world = World::with(cheap());
        let token = HotpToken::new(&Secret::new(&[7; 20]).unwrap());
        let import = Import::new()
            .address(mail())
            .and_then(|import| import.address(world.number.clone()))
            .and_then(|import| import.backup_codes(["2b57-9f1c", "8d00-41aa"]));
        world
            .verifier
            .operations()
            .import(&world.alice, import.unwrap().hotp(token))
            .await
            .unwrap();
        let (sent, code) = world.send_to(&world.number).await;
        let verified = world.try_code(&sent, &code).await.unwrap();
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        let status = status(&world).await;
        let expected =
            [FactorKind::Hotp, FactorKind::Phone, FactorKind::BackupCode, FactorKind::Email];
        assert_eq!(kinds(&status), expected);
        let is_factor = status.factors().iter().map(FactorStatus::is_factor);
        assert!(is_factor.eq([true, true, true, false]), "the mailbox is for recovery");
        assert!(status.is_protected());
        assert!(status.pin().is_some());
    });
}

#[test]
fn recovery_mailbox_does_not_protect() {
    block_on(async {
        let world = World::new();
        let _ = prove(&world, &world.alice, &mail()).await.unwrap();
        let status = status(&world).await;
        assert_eq!(kinds(&status), [FactorKind::Email]);
        assert!(!status.is_protected());
    });
}

#[test]
fn new_pin_is_open_with_a_reminder_after_a_day() {
    block_on(async {
        let (world, app) = with_settled_app().await;
        let verified = fresh(&world, &app).await;
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        let status = status(&world).await;
        let pin = status.pin().unwrap();
        let now = world.clock.time();
        assert_eq!((pin.enrolled_at(), pin.last_used_at()), (now, now));
        assert_eq!(pin.state(), FactorState::Open);
        assert_eq!(pin.remind_at(), now.plus(DAY));
        assert_eq!(pin.reset_at(), None);
    });
}

#[test]
fn status_shows_enrollment_and_last_use_of_a_factor() {
    block_on(async {
        let (world, app) = with_app().await;
        let at_first = status(&world).await;
        let at_first = of(&at_first, FactorKind::Totp);
        let begun = UnixTime::from_secs(NOON);
        assert_eq!((at_first.enrolled_at(), at_first.last_used_at()), (begun, begun));
        world.clock.advance(DAY);
        let _ = fresh(&world, &app).await;
        let later = status(&world).await;
        let later = of(&later, FactorKind::Totp);
        assert_eq!((later.enrolled_at(), later.last_used_at()), (begun, world.clock.time()));
        let offers = world.verifier.offers(&world.alice, Operation::SignIn).await.unwrap();
        let used: Vec<_> = offers.iter().map(|offer| offer.last_used_at()).collect();
        assert_eq!(used, [Some(later.last_used_at())], "an offer shows it too");
        world.clock.advance(DAY);
        assert!(world.try_app(&app.incorrect(&world.clock)).await.is_err());
        let failed = status(&world).await;
        assert_eq!(
            of(&failed, FactorKind::Totp).last_used_at(),
            later.last_used_at(),
            "a failure does not count as a use"
        );
    });
}

#[test]
fn success_of_any_factor_is_its_last_use() {
    block_on(async {
        let world = World::with(cheap());
        let secret = Secret::new(&[7; 20]).unwrap();
        let import = Import::new()
            .address(world.number.clone())
            .and_then(|import| import.backup_codes(["2b57-9f1c"]))
            .unwrap()
            .hotp(HotpToken::new(&secret));
        world.verifier.operations().import(&world.alice, import).await.unwrap();
        let kinds = [FactorKind::Phone, FactorKind::Hotp, FactorKind::BackupCode];
        let mut used = kinds.map(|kind| (kind, UnixTime::from_secs(NOON)));
        for at in 0..kinds.len() {
            world.clock.advance(DAY);
            let proof = match kinds[at] {
                FactorKind::Phone => {
                    let (sent, code) = world.send_to(&world.number).await;
                    Proof::sent_code(&sent, code)
                }
                FactorKind::Hotp => Proof::hotp(Hotp::new(&secret).code(Step::new(0)).expose()),
                _ => Proof::backup_code("2b57-9f1c"),
            };
            let _ = world.verifier.verify(&world.alice, proof).await.unwrap();
            used[at].1 = world.clock.time();
            let status = status(&world).await;
            assert_eq!(kinds.map(|kind| (kind, of(&status, kind).last_used_at())), used);
        }
    });
}

#[test]
fn status_shows_addresses_masked_with_an_id() {
    block_on(async {
        let (world, app) = with_app().await;
        let other = Address::phone("+14155550122").unwrap();
        for number in [&world.number, &other] {
            let verified = fresh_for(&world, &app, Operation::Manage).await;
            let _ = prove(&world, &verified, number).await.unwrap();
            world.clock.advance(60);
        }
        let shown = status(&world).await;
        let phones = shown.factors().iter().filter(|factor| factor.kind() == FactorKind::Phone);
        for (shown_as, number) in phones.zip([&world.number, &other]) {
            assert_eq!(shown_as.masked(), Some(number.masked().as_str()));
            assert_ne!(shown_as.masked(), Some(number.expose()));
            // The id is rendered into a page and posted back.
            let posted =
                <ItemId as core::str::FromStr>::from_str(&shown_as.id().to_string()).unwrap();
            let _ = world.notices();
            let sent = world.verifier.send_code(&world.alice, &posted).await.unwrap();
            assert_eq!(sent.masked(), number.masked());
            assert_eq!(world.phone.take().unwrap().address(), number);
            world.clock.advance(60);
        }
        let app = world.verifier.send_code(&world.alice, of(&shown, FactorKind::Totp).id()).await;
        assert_eq!(reason(app), Reason::NotFound, "an app is no address");
        assert_eq!(of(&shown, FactorKind::Totp).masked(), None);
    });
}

#[test]
fn status_id_is_void_after_removal_and_for_other_subjects() {
    block_on(async {
        let (world, app) = with_app().await;
        let verified = fresh_for(&world, &app, Operation::Manage).await;
        let _ = prove(&world, &verified, &world.number).await.unwrap();
        let id = item_of(&world, FactorKind::Phone).await;
        let is_void = async |subject: &SubjectId| {
            let sent = world.verifier.send_code(subject, &id).await;
            assert_eq!(reason(sent), Reason::NotFound);
        };
        is_void(&SubjectId::new("bob").unwrap()).await;
        world.verifier.revoke(&verified, &id).await.unwrap();
        is_void(&world.alice).await;
        assert_eq!(kinds(&status(&world).await), [FactorKind::Totp]);
        // Proven again, the address has another id.
        let verified = fresh_for(&world, &app, Operation::Manage).await;
        world.clock.advance(60);
        let _ = prove(&world, &verified, &world.number).await.unwrap();
        is_void(&world.alice).await;
        let revoked = world.verifier.revoke(&verified, &id).await;
        assert_eq!(reason(revoked), Reason::NotFound);
    });
}

#[test]
fn status_shows_a_lock_for_its_factor_only() {
    block_on(async {
        let (world, app) = with_app().await;
        let verified = fresh_for(&world, &app, Operation::Manage).await;
        let _ = prove(&world, &verified, &world.number).await.unwrap();
        world.fail_app(&app, 4).await;
        assert_eq!(of(&status(&world).await, FactorKind::Totp).state(), FactorState::Open);
        world.fail_app(&app, 1).await;
        let locked = status(&world).await;
        let until = world.clock.time().plus(30);
        assert_eq!(of(&locked, FactorKind::Totp).state(), FactorState::Locked(until));
        assert_eq!(of(&locked, FactorKind::Phone).state(), FactorState::Open);
        world.clock.set(until.as_secs());
        assert_eq!(of(&status(&world).await, FactorKind::Totp).state(), FactorState::Open);
    });
}

#[test]
fn failure_045_disabled_factor_is_shown_and_protects() {
    block_on(async {
        let policy = Policy::builder().disable_at(5).build().unwrap();
        let world = World::with(policy);
        let (app, _) = world.with_app().await;
        world.fail_app(&app, 5).await;
        let status = status(&world).await;
        assert_eq!(of(&status, FactorKind::Totp).state(), FactorState::Disabled);
        assert!(status.is_protected());
    });
}

#[test]
fn backup_codes_left_counts_down() {
    block_on(async {
        let (world, app) = with_app().await;
        assert_eq!(status(&world).await.backup_codes_left(), None);
        let verified = fresh_for(&world, &app, Operation::Manage).await;
        let codes = world.verifier.new_backup_codes(&verified).await.unwrap().expose();
        assert_eq!(status(&world).await.backup_codes_left(), Some(10));
        for code in codes {
            let proof = Proof::backup_code(code.expose());
            let _ = world.verifier.verify(&world.alice, proof).await.unwrap();
        }
        let status = status(&world).await;
        assert_eq!(
            status.backup_codes_left(),
            Some(0),
            "used up is not the same as never generated"
        );
        assert!(kinds(&status).contains(&FactorKind::BackupCode));
    });
}

#[test]
fn status_shows_pin_lock_reminder_and_reset() {
    block_on(async {
        let (world, app) = with_settled_app().await;
        let verified = fresh_for(&world, &app, Operation::Manage).await;
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        world.clock.advance(2 * DAY);
        assert!(status(&world).await.pin().unwrap().remind_at() <= world.clock.time());
        world.verifier.rehearse_pin(&world.alice, PIN).await.unwrap();
        let pin = status(&world).await.pin().unwrap().clone();
        assert_eq!(pin.remind_at(), world.clock.time().plus(3 * DAY));
        assert_eq!(pin.last_used_at(), world.clock.time());
        let due = *world.try_app(&app.code(&world.clock)).await.unwrap_err().pending_pin().unwrap();
        for _ in 0..5 {
            let proof = Proof::pin(due, "804162");
            assert!(world.verifier.verify(&world.alice, proof).await.is_err());
        }
        let locked = FactorState::Locked(world.clock.time().plus(30));
        assert_eq!(status(&world).await.pin().unwrap().state(), locked);
        world.clock.advance(30);
        let due = *world.try_app(&app.code(&world.clock)).await.unwrap_err().pending_pin().unwrap();
        let ends = world.verifier.begin_pin_reset(&world.alice, &due).await.unwrap();
        assert_eq!(status(&world).await.pin().unwrap().reset_at(), Some(ends));
    });
}

#[test]
fn next_send_at_is_exact() {
    block_on(async {
        let policy = Policy::builder().subject_sends(6, 8).build().unwrap();
        let world = World::with(policy);
        let _ = world.with_phone(&world.alice).await;
        let mut waits = vec![];
        for _ in 0..4 {
            let send = async || {
                let number = &world.number;
                world
                    .verifier
                    .send_code(&world.alice, CodeRequest::to_address(number))
                    .await
                    .map(drop)
            };
            if let Some(at) = status(&world).await.next_send_at() {
                waits.push(at.since(world.clock.time()));
                world.clock.set(at.as_secs() - 1);
                assert!(send().await.is_err(), "one second early");
                world.clock.set(at.as_secs());
            }
            assert_eq!(status(&world).await.next_send_at(), None);
            send().await.unwrap();
        }
        // The cooldown, the hourly budget and the daily budget.
        assert_eq!(waits.len(), 3);
        assert!(waits[0] == 30 && waits[1] > 3000 && waits[2] > DAY - 7200, "{waits:?}");
    });
}

#[test]
fn status_shows_pending_enrollments_until_they_expire() {
    block_on(async {
        let world = World::new();
        let _ = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
        world.clock.advance(1);
        world.verifier.enroll_address(&world.alice, &world.number).await.unwrap();
        let begun = status(&world).await;
        assert_eq!(begun.open_enrollments(), [FactorKind::Totp, FactorKind::Phone]);
        assert!(begun.factors().is_empty() && !begun.is_protected(), "nothing counts yet");
        world.clock.advance(599);
        assert_eq!(status(&world).await.open_enrollments(), [FactorKind::Phone]);
        world.clock.advance(1);
        assert_eq!(status(&world).await.open_enrollments(), []);
    });
}

#[test]
fn status_takes_one_read() {
    block_on(async {
        let world = World::over(Watched::default(), cheap());
        let _ = world.with_app().await;
        let _ = world.store.take();
        let _ = world.verifier.status(&world.alice).await.unwrap();
        assert_eq!(world.store.take(), [Call::Load]);
    });
}

#[test]
fn status_of_a_missing_required_record_is_refused() {
    block_on(async {
        let world = World::with(Policy::builder().absent(Absent::Refuse).build().unwrap());
        let missing = world.verifier.status(&world.alice).await;
        assert_eq!(reason(missing), Reason::Absent);
    });
}

#[test]
fn status_returns_a_storage_failure() {
    block_on(async {
        let world = World::over(Watched::default(), cheap());
        let _ = world.with_app().await;
        world.store.fail_after(0, crate::support::watched::Fault::Before);
        let failed = world.verifier.status(&world.alice).await;
        assert!(matches!(failed, Err(Error::Storage(_))));
    });
}

#[test]
fn status_debug_output_shows_no_address() {
    block_on(async {
        let (world, app) = with_settled_app().await;
        for address in [&world.number, &mail()] {
            let verified = fresh_for(&world, &app, Operation::Manage).await;
            let _ = prove(&world, &verified, address).await.unwrap();
            world.clock.advance(60);
        }
        let verified = fresh_for(&world, &app, Operation::Manage).await;
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        let shown = status(&world).await;
        for text in [format!("{shown:?}"), format!("{shown:#?}")] {
            for mark in ["0100", "+1", "alice", "example", "•", PIN] {
                assert!(!text.contains(mark), "{mark} in {text}");
            }
            assert!(text.contains("Phone") && text.contains("Open"));
        }
    });
}
