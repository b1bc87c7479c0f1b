//! Reset by an administrator.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::time::Duration;

use crate::support::{App, NOON, ROOT, World, YEAR, fresh_for, mail, opened, prove, reason};
use second_factor::{
    Next, Policy, Reason, block_on,
    enrollment::{Enroller, NewSecurityKey},
    host::Event,
    policy::{Absent, Notices, UnsafePolicy},
    purpose::Operation,
    sans_io::{Operator, Settled},
    storage::Storage as _,
};

const HOUR: u64 = 60 * 60;

fn lost() -> Operator {
    Operator::new("carol", "lost phone").unwrap()
}

async fn reset(world: &World) {
    world.verifier.support("carol", "lost phone").reset(&world.alice).await.unwrap();
}

async fn is_open(world: &World) -> bool {
    matches!(world.verifier.next(&world.alice).await, Ok(Next::Done(_)))
}

/// The reasons for which signing in and enrolling are refused.
async fn why_shut(world: &World) -> [Reason; 3] {
    let (verifier, alice) = (&world.verifier, &world.alice);
    [
        reason(verifier.next(alice).await),
        reason(verifier.enroll_totp(alice, "alice").await),
        reason(verifier.enroll_address(alice, &world.number).await),
    ]
}

#[test]
fn failure_122_reset_removes_all_and_opens_for_an_hour() {
    block_on(async {
        let world = World::with(Policy::builder().danger_cheap_hashes().build().unwrap());
        let (app, verified) = world.with_settled_app().await;
        let _ = world.with_phone(&verified).await;
        let _ = world.verifier.new_backup_codes(&verified).await.unwrap();
        world.verifier.set_pin(&verified, "493817").await.unwrap();
        reset(&world).await;
        assert!(is_open(&world).await);
        let error = world.try_app(&app.code(&world.clock)).await;
        assert_eq!(reason(error), Reason::NotEnrolled);
        world.clock.advance(HOUR - 1);
        assert!(is_open(&world).await);
        world.clock.advance(1);
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3]);
        world.clock.advance(10 * YEAR);
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3], "it stays closed");
    });
}

#[test]
fn failure_122_reset_reports_actor_and_reason() {
    block_on(async {
        let world = World::new();
        let verified = world.with_phone(&world.alice).await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let _ = (world.notices(), world.log.take());
        reset(&world).await;
        let reported = Event::Reset { actor: "carol".into(), reason: "lost phone".into() };
        assert_eq!(world.log.take(), [reported]);
        let (events, mut addresses): (Vec<_>, Vec<_>) = world.notices().into_iter().unzip();
        assert!(events.iter().all(|event| matches!(event, Event::Reset { .. })));
        addresses.sort_by_key(|address| address.expose().len());
        assert_eq!(addresses, [world.number.clone(), mail()], "every proven address, once");
        reset(&world).await;
        assert!(world.notices().is_empty(), "no address is left");
    });
}

#[test]
fn reset_sends_no_notice_where_the_application_notifies() {
    block_on(async {
        let policy = Policy::builder().notices(Notices::LeftToApplication).build().unwrap();
        let world = World::with(policy);
        let _ = world.with_phone(&world.alice).await;
        reset(&world).await;
        assert!(world.notices().is_empty());
    });
}

#[test]
fn open_reset_requires_no_factor_and_expires_for_all_purposes() {
    block_on(async {
        let world = World::new();
        let _ = world.with_app().await;
        reset(&world).await;
        let purposes = [
            Operation::SignIn,
            Operation::Manage,
            Operation::StepUp,
            Operation::Recover,
            Operation::Register,
        ];
        for age in [0, HOUR] {
            world.clock.advance(age);
            assert_eq!(is_open(&world).await, age == 0);
            for purpose in purposes {
                let offers = world.verifier.offers(&world.alice, purpose).await;
                assert_eq!(reason(offers), Reason::NotEnrolled, "{purpose:?}");
            }
        }
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3]);
    });
}

#[test]
fn first_factor_closes_the_reset_window() {
    block_on(async {
        let world = World::new();
        let _ = world.with_app().await;
        reset(&world).await;
        let (app, _) = world.with_app().await;
        assert!(!is_open(&world).await);
        world.clock.advance(HOUR);
        let verified = fresh_for(&world, &app, Operation::Manage).await;
        world.verifier.turn_off(&verified).await.unwrap();
        assert!(is_open(&world).await, "turned off by its owner, it is open");
    });
}

#[test]
fn recovery_address_does_not_close_the_reset_window() {
    block_on(async {
        let world = World::new();
        reset(&world).await;
        let _ = prove(&world, &world.alice, &mail()).await.unwrap();
        assert!(is_open(&world).await);
        world.clock.advance(HOUR);
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3]);
    });
}

#[test]
fn enrollment_confirmed_after_the_reset_window_is_refused() {
    block_on(async {
        let world = World::new();
        reset(&world).await;
        world.clock.advance(HOUR - 10);
        let begun = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
        let key = world.verifier.enroll_security_key(&world.alice, b"").await.unwrap();
        let sent = world.verifier.enroll_address(&world.alice, &world.number).await.unwrap();
        let typed = world.read_code();
        world.clock.advance(10);
        let app = App::scan(begun.expose_secret().expose());
        let (verifier, alice) = (&world.verifier, &world.alice);
        let code = app.code(&world.clock);
        assert_eq!(reason(verifier.confirm(alice, &begun, &code).await), Reason::Expired);
        assert_eq!(reason(verifier.confirm(alice, &sent, &typed).await), Reason::Expired);
        let new = NewSecurityKey::new("blue", b"1").unwrap();
        let confirmed = verifier.confirm_security_key(alice, &key, new).await;
        assert_eq!(reason(confirmed), Reason::Expired);
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3]);
    });
}

#[test]
fn expired_reset_is_reopened_only_by_another_reset() {
    block_on(async {
        let world = World::new();
        reset(&world).await;
        world.clock.advance(HOUR);
        world.verifier.operations().create(&world.alice).await.unwrap();
        world.verifier.operations().reseal(&world.alice).await.unwrap();
        world.verifier.operations().advance(&world.alice).await.unwrap();
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3]);
        reset(&world).await;
        assert!(is_open(&world).await);
        let _ = world.with_app().await;
    });
}

#[test]
fn reset_voids_earlier_proofs_codes_and_enrollments() {
    block_on(async {
        let world = World::with(Policy::builder().danger_cheap_hashes().build().unwrap());
        let (_, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let grant = world.verifier.grant(&verified).unwrap();
        let begun = world.verifier.enroll_totp(&verified, "alice").await.unwrap();
        let (sent, code) = world.send_to(&world.number).await;
        reset(&world).await;
        let app = App::scan(begun.expose_secret().expose());
        let confirmed = world.verifier.confirm(&world.alice, &begun, &app.code(&world.clock)).await;
        assert_eq!(reason(confirmed), Reason::NotFound);
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::NotFound);
        let enrolled = world.verifier.enroll_totp(&grant, "alice").await;
        assert_eq!(reason(enrolled), Reason::Unauthorized);
        assert_eq!(reason(world.verifier.turn_off(&grant).await), Reason::Unauthorized);
        assert_eq!(reason(world.verifier.set_pin(&grant, "493817").await), Reason::Unauthorized);
    });
}

#[test]
fn reset_affects_one_subject() {
    block_on(async {
        let world = World::new();
        let _ = world.with_app().await;
        let bob = second_factor::SubjectId::new("bob").unwrap();
        world.verifier.support("carol", "lost phone").reset(&bob).await.unwrap();
        assert!(!is_open(&world).await);
    });
}

#[test]
fn reset_creates_a_missing_record() {
    block_on(async {
        let policy = Policy::builder()
            .absent(Absent::Refuse)
            .reset_lifetime(Duration::from_secs(600))
            .build()
            .unwrap();
        let world = World::with(policy);
        let next = world.verifier.next(&world.alice).await;
        assert_eq!(reason(next), Reason::Absent);
        reset(&world).await;
        assert!(is_open(&world).await);
        world.clock.advance(600);
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3], "the policy sets the lifetime");
    });
}

#[test]
fn reset_window_in_the_future_is_over() {
    block_on(async {
        let world = World::new();
        let _ = world.with_app().await;
        world.clock.set(NOON + YEAR);
        reset(&world).await;
        assert!(is_open(&world).await);
        world.clock.set(NOON);
        let _ = world.log.take();
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3]);
        assert_eq!(world.log.take(), [Event::ClockFault], "reported once, and written");
        world.clock.set(NOON + YEAR);
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3], "it never opens again");
    });
}

#[test]
fn two_minutes_of_clock_skew_keep_the_window_open() {
    block_on(async {
        let world = World::new();
        reset(&world).await;
        world.clock.set(NOON - 120);
        assert!(is_open(&world).await);
        world.clock.set(NOON - 121);
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3]);
    });
}

#[test]
fn clock_fault_does_not_close_a_protected_subject() {
    block_on(async {
        let world = World::new();
        world.clock.set(NOON + YEAR);
        reset(&world).await;
        let (app, _) = world.with_app().await;
        world.clock.set(NOON);
        assert!(world.try_app(&app.code(&world.clock)).await.is_err(), "the step is long past");
        world.clock.set(NOON + YEAR + HOUR);
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
    });
}

#[test]
fn core_refuses_an_expired_reset_without_a_write() {
    block_on(async {
        let world = World::new();
        reset(&world).await;
        world.clock.advance(HOUR);
        let (keys, policy) = (second_factor::Keys::new(ROOT), Policy::default());
        let record = world.store.load(&keys.subject_record(&world.alice)).await.unwrap();
        let open = || opened(&keys, &policy, &world.alice, record.as_ref(), world.clock.time());
        assert_eq!(open().recognize().unwrap_err().reason(), Reason::Expired);
        let enroller = Enroller::from(&world.alice);
        let kept = second_factor::sans_io::CeremonyState::new(b"").unwrap();
        let refused = open().enroll_security_key(&enroller, &kept).unwrap_err();
        assert_eq!(refused.reason(), Reason::Expired);
        let decided = lost().reset(open()).unwrap();
        let settled = decided.settle(second_factor::storage::Swap::Commit);
        let Settled::Done { outcome, occurrences, .. } = settled else { panic!("it is written") };
        outcome.unwrap();
        assert_eq!(occurrences.len(), 1);
    });
}

#[test]
fn reset_window_lasts_ten_minutes_to_a_day() {
    let life = |secs| {
        Policy::builder()
            .reset_lifetime(Duration::from_secs(secs))
            .build()
            .map(|policy| policy.reset_lifetime().as_secs())
    };
    assert_eq!(Policy::default().reset_lifetime(), Duration::from_secs(3600));
    assert_eq!(life(600), Ok(600));
    assert_eq!(life(86_400), Ok(86_400));
    for secs in [0, 599, 86_401, u64::MAX] {
        assert!(matches!(life(secs), Err(UnsafePolicy::ResetLifetime)), "{secs}");
    }
}
