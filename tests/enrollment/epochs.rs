//! The epoch of a subject: which changes end the sessions.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::time::Duration;

use crate::support::{
    App, World,
    devices::{recognize, supersede, trust},
    fresh, item_of, mail, prove,
    slow::{PIN, cheap},
    watched::{Call, Watched},
};
use second_factor::{FactorKind, Policy, Proof, Verified, block_on, sign_in::SessionEpoch};

/// A change, by a user with an app, a phone and backup codes. Returns the epoch that it names.
type Change = fn(&World, &App, &Verified) -> Option<u64>;

const ENDS_SESSIONS: [(&str, Change); 6] = [
    ("remove", |world, _, verified| {
        let phone = block_on(item_of(world, FactorKind::Phone));
        Some(block_on(world.verifier.revoke(verified, &phone)).unwrap())
    }),
    ("turn off", |world, _, verified| Some(block_on(world.verifier.turn_off(verified)).unwrap())),
    ("sign out everywhere", |world, _, verified| {
        Some(block_on(world.verifier.sign_out_everywhere(verified)).unwrap())
    }),
    ("password", |world, _, _| {
        Some(block_on(world.verifier.password_changed(&world.alice)).unwrap())
    }),
    ("reset", |world, _, _| {
        block_on(world.verifier.support("Carol", "lost").reset(&world.alice)).unwrap();
        None
    }),
    ("replace", |world, _, verified| {
        let one = world.verifier.under(&Policy::builder().totp_apps(1).build().unwrap());
        let begun = block_on(one.enroll_totp(verified, "alice")).unwrap();
        let app = App::scan(begun.expose_secret().expose());
        let code = app.code(&world.clock);
        let confirmed = block_on(one.confirm(&world.alice, &begun, &code)).unwrap();
        Some(confirmed.epoch())
    }),
];

const ENDS_NONE: [(&str, Change); 6] = [
    ("another app", |world, _, verified| {
        let begun = block_on(world.verifier.enroll_totp(verified, "alice")).unwrap();
        let code = App::scan(begun.expose_secret().expose()).code(&world.clock);
        let confirmed = block_on(world.verifier.confirm(&world.alice, &begun, &code)).unwrap();
        Some(confirmed.epoch())
    }),
    ("another factor", |world, _, verified| {
        let confirmed = block_on(prove(world, verified, &mail())).unwrap();
        Some(confirmed.epoch())
    }),
    ("new backup codes", |world, _, verified| {
        let _ = block_on(world.verifier.new_backup_codes(verified)).unwrap();
        None
    }),
    ("a trusted device", |world, app, _| {
        let _ = block_on(trust(world, app, "hers"));
        None
    }),
    ("a sign-in", |world, app, _| Some(block_on(fresh(world, app)).epoch())),
    ("an incorrect code", |world, app, _| {
        let _ = block_on(world.try_app(&app.incorrect(&world.clock))).unwrap_err();
        None
    }),
];

async fn with_everything() -> (World, App, Verified) {
    let world = World::with(cheap());
    let (app, verified) = world.with_app().await;
    let _ = world.with_phone(&verified).await;
    let _ = world.verifier.new_backup_codes(&verified).await.unwrap();
    let verified = fresh(&world, &app).await;
    (world, app, verified)
}

#[test]
fn epoch_changes_exactly_when_sessions_must_end() {
    for (changes, ends) in [(&ENDS_SESSIONS[..], true), (&ENDS_NONE[..], false)] {
        for (name, change) in changes {
            let (world, app, verified) = block_on(with_everything());
            let before = verified.epoch();
            let named = change(&world, &app, &verified);
            let after = block_on(world.verifier.epoch(&world.alice)).unwrap();
            assert_eq!(block_on(world.verifier.status(&world.alice)).unwrap().epoch(), after);
            assert_eq!(after != before, ends, "{name}");
            // The user who made the change stays signed in.
            assert!(named.is_none_or(|named| named == after), "{name}");
            // Two branches of a record never share an epoch: it is no counter.
            assert!(!ends || after.abs_diff(before) > 1 << 20, "{name}");
        }
    }
}

#[test]
fn pin_change_and_stolen_device_end_the_sessions() {
    block_on(async {
        let world = World::with(cheap());
        let (app, verified) = world.with_settled_app().await;
        let first = world.verifier.set_pin(&verified, PIN).await.unwrap();
        assert_eq!(first, verified.epoch(), "a further factor");
        let due = world.try_app(&app.code(&world.clock)).await.unwrap_err();
        let due = *due.pending_pin().unwrap();
        let proven = world.verifier.verify(&world.alice, Proof::pin(due, PIN)).await.unwrap();
        let second = world.verifier.set_pin(&proven, "285906").await.unwrap();
        assert_ne!(second, first);
        assert_eq!(world.verifier.epoch(&world.alice).await.unwrap(), second);

        let (world, app, _) = with_everything().await;
        let token = trust(&world, &app, "hers").await;
        let before = world.verifier.epoch(&world.alice).await.unwrap();
        supersede(&world, &token).await;
        assert_eq!(world.verifier.epoch(&world.alice).await.unwrap(), before, "a rotation");
        let _ = recognize(&world, &token).await.unwrap_err();
        assert_ne!(world.verifier.epoch(&world.alice).await.unwrap(), before);
    });
}

/// A record without factors must not end the sessions of an unprotected user.
#[test]
fn epoch_is_zero_until_a_factor_was_confirmed() {
    block_on(async {
        let world = World::with(cheap());
        let epoch = async || world.verifier.epoch(&world.alice).await.unwrap();
        world.verifier.operations().create(&world.alice).await.unwrap();
        assert_eq!(epoch().await, 0);
        let enrollment = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
        assert_eq!(world.verifier.password_changed(&world.alice).await.unwrap(), 0);
        assert_eq!(epoch().await, 0);
        let code = App::scan(enrollment.expose_secret().expose()).code(&world.clock);
        let ended = world.verifier.confirm(&world.alice, &enrollment, &code).await;
        assert!(ended.is_err(), "though the epoch stays, what was begun has ended");
        let (_, verified) = world.with_app().await;
        let first = epoch().await;
        assert!(first > 1 << 20, "{first}");
        assert_eq!(verified.epoch(), first);
        let off = world.verifier.turn_off(&verified).await.unwrap();
        assert!(off != 0 && off != first, "it was protected");
    });
}

#[test]
fn epoch_of_a_recreated_record_is_another() {
    let epochs = [1, 2].map(|seed| {
        let world = World::seeded(Watched::default(), cheap(), seed);
        block_on(world.with_app()).1.epoch()
    });
    assert_ne!(epochs[0], epochs[1]);
}

#[test]
fn session_is_compared_once_per_maximal_age() {
    block_on(async {
        let world = World::over(Watched::default(), cheap());
        let (_, verified) = world.with_app().await;
        let mut session = SessionEpoch::from(verified.epoch());
        let minute = Duration::from_secs(60);
        let check = async |session: &mut SessionEpoch, max_age| {
            let _ = world.store.take();
            let is_current =
                world.verifier.is_current(&world.alice, session, max_age).await.unwrap();
            (is_current, world.store.take())
        };
        assert_eq!(check(&mut session, minute).await, (true, vec![Call::Load]));
        world.clock.advance(59);
        assert_eq!(check(&mut session, minute).await, (true, vec![]));
        assert_eq!(check(&mut session, Duration::ZERO).await, (true, vec![Call::Load]));
        world.clock.advance(60);
        assert_eq!(check(&mut session, minute).await, (true, vec![Call::Load]));

        let mut thief = session;
        let epoch = world.verifier.sign_out_everywhere(&verified).await.unwrap();
        assert_eq!(check(&mut thief, minute).await, (true, vec![]), "for a minute");
        world.clock.advance(60);
        assert_eq!(check(&mut thief, minute).await, (false, vec![Call::Load]));
        assert_eq!(check(&mut thief, minute).await, (false, vec![Call::Load]), "from then on");
        let mut hers = SessionEpoch::from(epoch);
        assert_eq!(check(&mut hers, minute).await, (true, vec![Call::Load]));

        // Law 10: a session that was checked in the future was not.
        let future = SessionEpoch { checked_at: world.clock.time().plus(1), ..thief };
        assert_eq!(check(&mut { future }, minute).await, (false, vec![Call::Load]));
    });
}
