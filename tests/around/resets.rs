//! An administrator's reset: everything goes, everybody hears of it, and the door closes by itself.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

use crate::support::{App, NOON, ROOT, World, YEAR, fresh, mail, opened, prove, reason};
use second_factor::{
    Enroller, Next, Policy, Purpose, Reset, block_on,
    host::Event,
    policy::{Absent, Notices, UnsafePolicy},
    sans_io::Settled,
    storage::Storage as _,
    verdict::Reason,
};

const HOUR: u64 = 60 * 60;

fn lost() -> Reset {
    Reset::new("carol", "lost phone").unwrap()
}

async fn reset(world: &World) {
    world.verifier.reset(&world.alice, &lost()).await.unwrap();
}

async fn is_open(world: &World) -> bool {
    matches!(world.verifier.next(&world.alice, Purpose::SignIn).await, Ok(Next::Unprotected(_)))
}

/// Why the subject is shut, for signing in and for enrolling.
async fn why_shut(world: &World) -> [Reason; 3] {
    let (verifier, alice) = (&world.verifier, &world.alice);
    [
        reason(verifier.next(alice, Purpose::SignIn).await),
        reason(verifier.enroll_totp(alice, "alice").await),
        reason(verifier.enroll_address(alice, &world.number).await),
    ]
}

#[test]
fn failure_122_a_reset_removes_everything_and_opens_for_an_hour() {
    block_on(async {
        let world = World::with(Policy::builder().danger_cheap_hashes().build().unwrap());
        let (app, verified) = world.with_app().await;
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
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3], "it shuts for good");
    });
}

#[test]
fn failure_122_who_did_it_and_why_is_told() {
    block_on(async {
        let world = World::new();
        let verified = world.with_phone(&world.alice).await;
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let _ = (world.notices(), world.log.take());
        reset(&world).await;
        let told = Event::Reset { actor: "carol".into(), reason: "lost phone".into() };
        assert_eq!(world.log.take(), [told]);
        let (events, mut addresses): (Vec<_>, Vec<_>) = world.notices().into_iter().unzip();
        assert!(events.iter().all(|event| matches!(event, Event::Reset { .. })));
        addresses.sort_by_key(|address| address.expose().len());
        assert_eq!(addresses, [world.number.clone(), mail()], "every address that stood, once");
        reset(&world).await;
        assert!(world.notices().is_empty(), "none stands");
    });
}

#[test]
fn a_host_that_tells_people_itself_has_no_notice_sent() {
    block_on(async {
        let policy = Policy::builder().notices(Notices::LeftToHost).build().unwrap();
        let world = World::with(policy);
        let _ = world.with_phone(&world.alice).await;
        reset(&world).await;
        assert!(world.notices().is_empty());
    });
}

#[test]
fn no_factor_of_any_purpose_is_asked_for_while_it_is_open_and_none_lets_in_after() {
    block_on(async {
        let world = World::new();
        let _ = world.with_app().await;
        reset(&world).await;
        let purposes = [
            Purpose::SignIn,
            Purpose::Manage,
            Purpose::StepUp,
            Purpose::Recover,
            Purpose::Register,
        ];
        for purpose in purposes {
            let next = world.verifier.next(&world.alice, purpose).await.unwrap();
            let is_free = matches!(next, Next::Unprotected(_));
            assert_eq!(is_free, purpose != Purpose::Register, "{purpose:?}");
        }
        world.clock.advance(HOUR);
        for purpose in purposes {
            let next = world.verifier.next(&world.alice, purpose).await;
            assert_eq!(reason(next), Reason::Expired, "{purpose:?}");
        }
    });
}

#[test]
fn a_first_factor_ends_the_window() {
    block_on(async {
        let world = World::new();
        let _ = world.with_app().await;
        reset(&world).await;
        let (app, _) = world.with_app().await;
        assert!(!is_open(&world).await);
        world.clock.advance(HOUR);
        let verified = fresh(&world, &app, Purpose::Manage).await;
        world.verifier.turn_off(&verified).await.unwrap();
        assert!(is_open(&world).await, "turned off by its owner it is open");
    });
}

#[test]
fn a_recovery_address_is_no_first_factor() {
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
fn what_was_begun_in_time_is_not_confirmed_too_late() {
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
        let confirmed = verifier.confirm_security_key(alice, &key, "blue", b"1").await;
        assert_eq!(reason(confirmed), Reason::Expired);
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3]);
    });
}

#[test]
fn what_is_shut_is_opened_by_another_reset_and_nothing_else() {
    block_on(async {
        let world = World::new();
        reset(&world).await;
        world.clock.advance(HOUR);
        world.verifier.create(&world.alice).await.unwrap();
        world.verifier.reseal(&world.alice).await.unwrap();
        world.verifier.advance(&world.alice).await.unwrap();
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3]);
        reset(&world).await;
        assert!(is_open(&world).await);
        let _ = world.with_app().await;
    });
}

#[test]
fn what_was_proven_sent_or_begun_before_is_void() {
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
        let authority = world.verifier.authority(&world.alice, &grant).unwrap();
        let enrolled = world.verifier.enroll_totp(authority.clone(), "alice").await;
        assert_eq!(reason(enrolled), Reason::Unauthorized);
        assert_eq!(reason(world.verifier.turn_off(authority.clone()).await), Reason::Unauthorized);
        assert_eq!(reason(world.verifier.set_pin(authority, "493817").await), Reason::Unauthorized);
    });
}

#[test]
fn a_reset_is_of_one_subject() {
    block_on(async {
        let world = World::new();
        let _ = world.with_app().await;
        let bob = second_factor::SubjectId::new("bob").unwrap();
        world.verifier.reset(&bob, &lost()).await.unwrap();
        assert!(!is_open(&world).await);
    });
}

#[test]
fn a_subject_without_a_record_gets_one() {
    block_on(async {
        let policy = Policy::builder().absent(Absent::Refuse).reset_life(600).build().unwrap();
        let world = World::with(policy);
        let next = world.verifier.next(&world.alice, Purpose::SignIn).await;
        assert_eq!(reason(next), Reason::Absent);
        reset(&world).await;
        assert!(is_open(&world).await);
        world.clock.advance(600);
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3], "the policy says how long");
    });
}

#[test]
fn a_window_that_begins_in_the_future_is_over() {
    block_on(async {
        let world = World::new();
        let _ = world.with_app().await;
        world.clock.set(NOON + YEAR);
        reset(&world).await;
        assert!(is_open(&world).await);
        world.clock.set(NOON);
        let _ = world.log.take();
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3]);
        assert_eq!(world.log.take(), [Event::ClockFault], "told once, and written down");
        world.clock.set(NOON + YEAR);
        assert_eq!(why_shut(&world).await, [Reason::Expired; 3], "it opens never again");
    });
}

#[test]
fn two_minutes_between_the_clocks_of_two_servers_shut_nothing() {
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
fn a_clock_that_was_wrong_shuts_nobody_whom_a_factor_protects() {
    block_on(async {
        let world = World::new();
        world.clock.set(NOON + YEAR);
        reset(&world).await;
        let (app, _) = world.with_app().await;
        world.clock.set(NOON);
        assert!(world.try_app(&app.code(&world.clock)).await.is_err(), "of a step long over");
        world.clock.set(NOON + YEAR + HOUR);
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
    });
}

#[test]
fn the_core_refuses_without_a_write_where_a_reset_was_forgotten() {
    block_on(async {
        let world = World::new();
        reset(&world).await;
        world.clock.advance(HOUR);
        let (keys, policy) = (second_factor::Keys::new(ROOT), Policy::default());
        let record = world.store.load(&keys.subject_record(&world.alice)).await.unwrap();
        let open = || opened(&keys, &policy, &world.alice, record.as_ref(), world.clock.time());
        assert_eq!(open().next(Purpose::SignIn).unwrap_err().reason(), Reason::Expired);
        let enroller = Enroller::from(&world.alice);
        let kept = second_factor::sans_io::CeremonyState::new(b"").unwrap();
        let refused = open().enroll_security_key(&enroller, &kept).unwrap_err();
        assert_eq!(refused.reason(), Reason::Expired);
        let decided = open().reset(&lost()).unwrap();
        let settled = decided.settle(second_factor::storage::Swap::Commit);
        let Settled::Done { outcome, events, .. } = settled else { panic!("it is written") };
        outcome.unwrap();
        assert_eq!(events.len(), 1);
    });
}

#[test]
fn an_actor_and_a_reason_are_named() {
    let long = "x".repeat(201);
    for (actor, why) in [
        ("", "why"),
        ("carol", ""),
        ("carol", " "),
        ("ca\nrol", "why"),
        ("carol", "w\0"),
        (&long, "w"),
    ] {
        assert!(Reset::new(actor, why).is_err(), "{actor:?}, {why:?}");
    }
    let longest = "x".repeat(200);
    assert_eq!(Reset::new(&longest, &longest).unwrap().reason(), longest);
}

#[test]
fn a_window_lasts_ten_minutes_to_a_day() {
    let life = |secs| Policy::builder().reset_life(secs).build().map(|policy| policy.reset_life());
    assert_eq!(Policy::default().reset_life(), 3600);
    assert_eq!(life(600), Ok(600));
    assert_eq!(life(86_400), Ok(86_400));
    for secs in [0, 599, 86_401, u32::MAX] {
        assert!(matches!(life(secs), Err(UnsafePolicy::ResetLife)), "{secs}");
    }
}
