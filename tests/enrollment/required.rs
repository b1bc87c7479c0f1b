//! Systems that got required enrollment wrong.
//!
//! Each test is named after the system that did.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::time::Duration;

use second_factor::{
    Client, FactorKind, MemoryStorage, Next, Policy, Proof, Purpose, Reason, SignIn, SubjectId,
    UnixTime, block_on,
    policy::{Absent, PolicyBuilder, Requirement},
    storage::Storage as _,
};

use crate::support::{App, NOON, World, fresh, mail, prove, reason};

pub(super) const DAY: u64 = 24 * 60 * 60;
pub(super) const BY: u64 = NOON + 14 * DAY;

pub(super) fn required(by: u64) -> PolicyBuilder {
    let by = Requirement::RequiredBy(UnixTime::from_secs(by));
    Policy::builder().danger_cheap_hashes().enrollment(by)
}

pub(super) fn required_by(by: u64) -> Policy {
    required(by).build().unwrap()
}

/// The sign-in without a second factor, if there is one. The policy requires a factor.
pub(super) async fn postponed(world: &World, policy: &Policy) -> Option<SignIn> {
    match world.verifier.under(policy).next(&world.alice).await.unwrap() {
        Next::Enroll(required) => required.postpone(),
        other => panic!("a factor is required: {other:?}"),
    }
}

/// tale 1616: the deadline was stored at the first sign-in, so that seven days could not become
/// none.
#[test]
fn tale_1616_tightened_deadline_applies_at_once() {
    block_on(async {
        let world = World::new();
        for (by, may_wait) in [(NOON + 7 * DAY, true), (NOON, false), (NOON + DAY, true)] {
            let sign_in = postponed(&world, &required_by(by)).await;
            assert_eq!(sign_in.is_some(), may_wait);
            assert!(sign_in.is_none_or(|one| one.good_until() == Some(UnixTime::from_secs(by))));
        }
        let id = world.verifier.operations().record_id(&world.alice);
        assert!(world.store.load(&id).await.unwrap().is_none(), "nothing was stored");
    });
}

/// breeze 5686: the mandate off and on again, another role, and an administrator's reset each
/// opened the window again.
#[test]
fn breeze_5686_no_change_reopens_the_window() {
    block_on(async {
        let world = World::new();
        let (off, on, of_members) = (Policy::default(), required_by(BY), required_by(BY + DAY));
        world.clock.set(BY);
        assert!(postponed(&world, &on).await.is_none());
        let next = world.verifier.under(&off).next(&world.alice).await.unwrap();
        assert!(matches!(next, Next::Done(_)), "the mandate is off");
        assert!(postponed(&world, &on).await.is_none());
        assert!(postponed(&world, &of_members).await.is_some(), "members have a day more");
        assert!(postponed(&world, &on).await.is_none());
        world.verifier.support("carol", "4711").reset(&world.alice).await.unwrap();
        assert!(postponed(&world, &on).await.is_none());
        // The administrator identified the user, who therefore may enroll late.
        let under = world.verifier.under(&on);
        let Next::Enroll(required) = under.next(&world.alice).await.unwrap() else {
            panic!("a factor is required")
        };
        assert!(!required.needs_confirmed_address());
        assert!(under.enroll_totp(&world.alice, "alice").await.is_ok());
    });
}

/// ChurchCRM 8983: browsers were redirected at the deadline, and calls of the API were not.
///
/// Here the sign-in says when the session ends, for browsers and for other clients. From then on,
/// no client signs in without a factor, and none adds one.
#[test]
fn church_crm_8983_session_ends_at_the_deadline() {
    block_on(async {
        let world = World::new();
        let under = world.verifier.under(&required_by(BY));
        let [browser, api] = ["a session of a browser", "a session of the API"]
            .map(|binding| under.for_client(Client::new(binding).unwrap()));
        for (now, is_open) in [(NOON, true), (BY - 1, true), (BY, false), (BY + DAY, false)] {
            world.clock.set(now);
            for client in [&under, &browser, &api] {
                let Next::Enroll(required) = client.next(&world.alice).await.unwrap() else {
                    panic!("a factor is required")
                };
                let ends = required.postpone().map(|sign_in| sign_in.good_until());
                assert_eq!(ends, is_open.then_some(Some(UnixTime::from_secs(BY))), "{now}");
                let begun = client.enroll_totp(&world.alice, "alice").await;
                let refused = begun.err().and_then(|error| error.reason());
                assert_eq!(refused, (!is_open).then_some(Reason::Late), "{now}");
            }
        }
    });
}

/// maho 1324: the days were counted from the first sign-in, so that the first sign-in after months
/// got a new window.
#[test]
fn maho_1324_dormant_user_gets_no_new_window() {
    block_on(async {
        let world = World::new();
        world.clock.set(BY + 90 * DAY);
        assert!(postponed(&world, &required_by(BY)).await.is_none());
        // A window for new users is counted from the sign-up, which the application knows.
        let (mandate, created_at) = (UnixTime::from_secs(BY), UnixTime::from_secs(NOON));
        let by = mandate.max(created_at.plus(14 * DAY));
        assert!(postponed(&world, &required_by(by.as_secs())).await.is_none());
    });
}

/// Servers whose clocks differ moved the deadline for each other.
#[test]
fn skewed_clocks_move_no_deadline() {
    block_on(async {
        let store = MemoryStorage::new();
        let servers = [(BY - 90, true), (BY + 90, false), (BY - 1, true), (BY, false)];
        for (now, may_wait) in servers.into_iter().cycle().take(12) {
            let server = World::over(store.clone(), required_by(BY));
            server.clock.set(now);
            let sign_in = postponed(&server, &required_by(BY)).await;
            assert_eq!(sign_in.is_some(), may_wait, "{now}");
            let ends = sign_in.and_then(|sign_in| sign_in.good_until());
            assert_eq!(ends, may_wait.then_some(UnixTime::from_secs(BY)));
        }
    });
}

/// ChurchCRM: a user who turned the factor off had a new window, by design.
#[test]
fn church_crm_turning_off_opens_no_window() {
    block_on(async {
        let world = World::with(required_by(BY));
        let (app, _) = world.with_app().await;
        let turn_off = async || {
            let verified = fresh(&world, &app).await;
            world.verifier.turn_off(&verified).await.unwrap();
        };
        turn_off().await;
        let ends = postponed(&world, &required_by(BY)).await.unwrap().good_until();
        assert_eq!(ends, Some(UnixTime::from_secs(BY)));
        let (app, _) = world.with_app().await;
        world.clock.set(BY);
        let verified = fresh(&world, &app).await;
        world.verifier.turn_off(&verified).await.unwrap();
        assert!(postponed(&world, &required_by(BY)).await.is_none());
        let again = world.verifier.enroll_totp(&world.alice, "alice").await;
        assert_eq!(reason(again), Reason::Late, "nor by the password alone");
    });
}

/// authelia 135 and supabase 33601: a thief of the password enrolled an app of their own within the
/// window, and the owner was locked out.
#[test]
fn authelia_135_owner_undoes_what_a_thief_enrolled() {
    block_on(async {
        let world = World::with(required_by(BY));
        let (thief, of_thief) = world.with_app().await;
        let _ = prove(&world, &of_thief, &mail()).await.unwrap();
        let pin = world.verifier.set_pin(&of_thief, "493817").await;
        assert_eq!(reason(pin), Reason::Quarantined);
        // The link in the mail to the address on file.
        let support = world.verifier.support("owner", "it was not me");
        support.undo_first_factor(&world.alice).await.unwrap();
        assert_ne!(world.verifier.epoch(&world.alice).await.unwrap(), of_thief.epoch());
        let typed = thief.code(&world.clock);
        assert_eq!(reason(world.try_app(&typed).await), Reason::NotEnrolled);
        assert!(postponed(&world, &required_by(BY)).await.is_some());
        let (owner, _) = world.with_app().await;
        assert_eq!(fresh(&world, &owner).await.factors(), [FactorKind::Totp]);
        // The dormant account of a third user: the password enrolls nothing late.
        world.clock.set(BY);
        let bob = SubjectId::new("bob").unwrap();
        let late = world.verifier.enroll_totp(&bob, "bob").await;
        assert_eq!(reason(late), Reason::Late);
    });
}

/// breeze 5306: a seeded administrator was locked out at the first start.
#[test]
fn breeze_5306_seeded_administrator_can_enroll() {
    block_on(async {
        let policy = required(NOON - DAY).absent(Absent::Refuse).build().unwrap();
        let world = World::with(policy.clone());
        let (verifier, admin) = (&world.verifier, &world.alice);
        assert_eq!(reason(verifier.next(admin).await), Reason::Absent, "no record was created");
        verifier.operations().create(admin).await.unwrap();
        let Next::Enroll(required) = verifier.next(admin).await.unwrap() else {
            panic!("a factor is required")
        };
        assert!(required.needs_confirmed_address() && required.postpone().is_none());
        // The installer prints a code, since no address is on file.
        let hour = Duration::from_secs(3600);
        let support = verifier.support("installer", "first start");
        let code = support.issue_code(admin, hour).await.unwrap();
        let proof = Proof::backup_code(code.expose());
        let grant = verifier.verify_for(admin, Purpose::Manage, proof).await.unwrap();
        let enrollment = verifier.enroll_totp(&grant, "admin").await.unwrap();
        let app = App::scan(enrollment.expose_secret().expose());
        let typed = app.code(&world.clock);
        let confirmed = verifier.confirm(admin, &enrollment, &typed).await.unwrap();
        assert!(confirmed.verified().is_none(), "a grant opens no session");
        world.clock.advance(30);
        let verified = world.try_app(&app.code(&world.clock)).await.unwrap();
        assert_eq!(SignIn::from(verified).good_until(), None);
    });
}
