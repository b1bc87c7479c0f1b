//! Recognition, rotation, theft and cost of device tokens.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use alloc::rc::Rc;
use core::{cell::RefCell, time::Duration};

use crate::support::{
    App, ROOT, World, YEAR,
    devices::{
        DAY, HOUR, LATE,
        NotRecognized::{self, Ignored, Invalid},
        keep, on, recognize, recognize_by, rotate, supersede, trust, visit, with_device,
    },
    fresh, fresh_for, reason,
    watched::{Call, Watched},
};
use crate::walk::{Task, copy_world, copy_world_under, every_order};
use second_factor::{
    FactorKind, FirstFactor, Grant, Keys, MemoryStorage, NewDevice, Policy, Proof, Reason,
    Storage as _, SubjectId, Verifier, block_on, host::Event, policy::Notices,
    proof::RequestedFrom, purpose::Operation, sign_in::Recognized, storage::Swap,
    testkit::MessageLog,
};

const UNCOUNTED: [Call; 2] = [Call::Load, Call::Conflict];

#[test]
fn cookie_name_depends_on_subject_and_root_alone() {
    let (world, bob) = (World::new(), SubjectId::new("bob").unwrap());
    let name = world.verifier.cookie_name(&world.alice);
    assert!(name.starts_with("__Host-device-"), "{name}");
    assert_ne!(name, world.verifier.cookie_name(&bob));
    assert_eq!(name, on(&world, "token").cookie_name(&world.alice), "each client has the same");
    assert_eq!(name, World::new().verifier.cookie_name(&world.alice), "each process has the same");
    let keys = Keys::new(*b"another root of thirty-two bytes");
    let other = Verifier::new("Example", MemoryStorage::new(), MessageLog::new(), keys).unwrap();
    assert_ne!(name, other.cookie_name(&world.alice));
}

#[test]
fn device_token_rotates_every_twelve_hours() {
    block_on(async {
        let (world, _, mut token) = with_device().await;
        for _ in 0..5 {
            let before = token.clone();
            world.clock.advance(DAY / 2 - 1);
            assert!(visit(&world, &mut token).await.successor().is_none());
            world.clock.advance(1);
            let device = visit(&world, &mut token).await;
            assert_eq!(device.label(), "Firefox");
            assert_ne!(token, before);
            for secs in [0, 59] {
                world.clock.advance(secs);
                let again = recognize(&world, &before).await.unwrap();
                assert_eq!(again.successor().unwrap().expose(), token, "the same successor");
            }
            assert!(visit(&world, &mut token).await.successor().is_none(), "its first use");
        }
        assert!(!world.log.take().contains(&Event::DeviceStolen));
    });
}

#[test]
fn failure_082_superseded_token_revokes_the_device() {
    block_on(async {
        let (world, _, first) = with_device().await;
        let mut second = first.clone();
        rotate(&world, &mut second).await;
        world.clock.advance(LATE);
        let late = recognize(&world, &first).await.unwrap();
        assert!(late.successor().is_none(), "a late request is handed no token");
        world.clock.advance(1);
        assert_eq!(recognize(&world, &first).await.unwrap_err(), Invalid);
        assert!(world.log.take().contains(&Event::DeviceStolen));
        assert_eq!(recognize(&world, &second).await.unwrap_err(), Invalid);
        assert_eq!(recognize(&world, &first).await.unwrap_err(), Invalid);
        assert!(world.log.take().is_empty(), "the theft is reported once");
    });
}

#[test]
fn token_before_the_previous_one_is_stolen_at_once() {
    block_on(async {
        let (world, _, first) = with_device().await;
        let mut token = first.clone();
        rotate(&world, &mut token).await;
        rotate(&world, &mut token).await;
        assert_eq!(recognize(&world, &first).await.unwrap_err(), Invalid);
        assert!(world.log.take().contains(&Event::DeviceStolen));
    });
}

#[test]
fn failure_082_theft_revokes_only_the_stolen_device() {
    block_on(async {
        let (world, app, stolen) = with_device().await;
        let other = trust(&world, &app, "other").await;
        supersede(&world, &stolen).await;
        assert_eq!(recognize(&world, &stolen).await.unwrap_err(), Invalid);
        assert!(recognize(&world, &other).await.is_ok());
        let signed_out = on(&world, &stolen).sign_out_device(&world.alice).await;
        assert_eq!(reason(signed_out), Reason::NotFound);
    });
}

#[test]
fn lost_successor_asks_once_and_raises_no_alarm() {
    block_on(async {
        let (world, app, token) = with_device().await;
        world.clock.advance(DAY / 2);
        let lost = recognize(&world, &token).await.unwrap().successor().unwrap().clone();
        world.clock.advance(60);
        let _ = world.log.take();
        assert!(on(&world, &token).pending_request(&world.alice).await.unwrap().is_none());
        assert_eq!(recognize(&world, &token).await.unwrap_err(), Ignored);
        assert_eq!(world.log.take(), [Event::DeviceRemoved]);
        // The holder of the successor is out too. Both tokens name a known device, which opens
        // nothing.
        assert_eq!(recognize(&world, lost.expose()).await.unwrap_err(), Ignored);
        let token = trust(&world, &app, "Firefox").await;
        assert!(recognize(&world, &token).await.is_ok());
    });
}

#[test]
fn finding_s05_copy_is_found_at_the_next_visit() {
    block_on(async {
        for keeps_what_it_is_handed in [true, false] {
            let (world, _, mut owner) = with_device().await;
            let mut copy = owner.clone();
            // Between two visits of the owner, the copy is used all day.
            for _ in 0..2000 {
                world.clock.advance(DAY / 2000 + 1);
                let Ok(device) = recognize(&world, &copy).await else { break };
                if keeps_what_it_is_handed {
                    keep(&mut copy, &device);
                }
            }
            let _ = world.log.take();
            let owners = recognize(&world, &owner).await;
            if keeps_what_it_is_handed {
                assert_eq!(owners.unwrap_err(), Invalid);
                assert!(world.log.take().contains(&Event::DeviceStolen));
            } else if let Ok(device) = owners {
                keep(&mut owner, &device);
            }
            assert!(recognize(&world, &copy).await.is_err(), "{keeps_what_it_is_handed}");
        }
    });
}

#[test]
fn finding_s05_late_requests_of_the_owner_are_no_theft() {
    block_on(async {
        let (world, _, mut cookie) = with_device().await;
        let start = world.clock.time().as_secs();
        let (mut late, mut seed) = (Vec::new(), 1_u64);
        let _ = world.log.take();
        // A page polls every five seconds, and every hundredth request is late by 1 to 4 seconds
        // after the next one.
        for tick in 0..(2 * DAY / 5) {
            for delay in 0..5_u64 {
                world.clock.set(start + 5 * tick + delay);
                let now = world.clock.time().as_secs();
                let arrived: Vec<(u64, String)> =
                    late.extract_if(.., |(at, _)| *at <= now).collect();
                for (_, shown) in arrived {
                    keep(&mut cookie, &recognize(&world, &shown).await.expect("it is late"));
                }
                if delay > 0 {
                    continue;
                }
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                if (seed >> 33) % 100 == 0 {
                    late.push((now + 5 + 1 + (seed >> 40) % 4, cookie.clone()));
                } else {
                    let _ = visit(&world, &mut cookie).await;
                }
            }
        }
        assert!(world.log.take().is_empty());
    });
}

#[test]
fn two_clocks_two_minutes_apart_see_no_theft() {
    block_on(async {
        for skew in 61..=120 {
            for first_is_ahead in [true, false] {
                let (world, _, first) = with_device().await;
                let mut second = first.clone();
                world.clock.advance(DAY / 2);
                let _ = visit(&world, &mut second).await;
                let now = world.clock.time().as_secs();
                let (used, late) =
                    if first_is_ahead { (now + skew, now) } else { (now, now + skew) };
                world.clock.set(used);
                let _ = visit(&world, &mut second).await;
                world.clock.set(late + 1);
                assert!(recognize(&world, &first).await.is_ok(), "{skew} {first_is_ahead}");
                assert!(recognize(&world, &second).await.is_ok());
                assert!(!world.log.take().contains(&Event::DeviceStolen));
            }
        }
    });
}

#[test]
fn restored_store_reports_no_theft() {
    block_on(async {
        let id = Keys::new(ROOT).subject_record(&SubjectId::new("alice").unwrap());
        for (rotations, is_handed_out) in [(0, true), (1, false), (2, false), (2, true)] {
            let (world, _, first) = with_device().await;
            let before = world.store.load(&id).await.unwrap().unwrap();
            let mut token = first.clone();
            for _ in 0..rotations {
                rotate(&world, &mut token).await;
            }
            if is_handed_out {
                world.clock.advance(DAY / 2);
                let _ = visit(&world, &mut token).await;
            }
            let now = world.store.load(&id).await.unwrap().unwrap().version();
            let swap = world.store.compare_and_swap(&id, Some(now), &before).await;
            assert_eq!(swap.unwrap(), Swap::Commit);
            let _ = world.log.take();
            assert_eq!(recognize(&world, &token).await.unwrap_err(), Ignored);
            assert_eq!(world.log.take(), [Event::DeviceRemoved], "and no theft");
            assert_eq!(recognize(&world, &first).await.unwrap_err(), Ignored, "an older copy");
            assert!(world.log.take().is_empty());
        }
    });
}

#[test]
fn failure_078_forged_text_is_not_a_device_token() {
    block_on(async {
        let (world, app, token) = with_device().await;
        let verified = fresh(&world, &app).await;
        let grant = world.verifier.grant(&verified).unwrap();
        let other_root = Keys::new(core::array::from_fn(|i| i as u8));
        let elsewhere =
            Verifier::builder("Example", MemoryStorage::new(), MessageLog::new(), other_root)
                .first_factor(FirstFactor::Password)
                .clock(world.clock.clone())
                .build()
                .unwrap();
        enroll_app(&elsewhere, &world, &world.alice).await;
        let refused = recognize_by(&elsewhere, &world.alice, &token).await;
        assert_eq!(refused.unwrap_err(), Invalid);

        let mut texts = vec![String::new(), "x".repeat(10 << 20), "\0".into(), "é".into()];
        texts.push(grant.expose().to_owned());
        texts.push(format!("{token}{token}"));
        texts.extend((0..token.len()).map(|at| token[..at].to_owned()));
        texts.extend((0..token.len()).map(|at| {
            let other = if &token[at..=at] == "7" { "8" } else { "7" };
            format!("{}{other}{}", &token[..at], &token[at + 1..])
        }));
        for text in texts {
            let refused = recognize(&world, &text).await.unwrap_err();
            assert_eq!(refused, Invalid, "{} characters", text.len());
        }
        let as_grant = Grant::from_text(&world.alice, &token);
        let turned_off = world.verifier.turn_off(&as_grant).await;
        assert_eq!(reason(turned_off), Reason::Unauthorized, "a token is not a grant");
        assert!(recognize(&world, &token).await.is_ok(), "the token is still accepted");
    });
}

/// Enrolls an app of this subject.
async fn enroll_app(verifier: &Verifier, world: &World, subject: &SubjectId) {
    let enrollment = verifier.enroll_totp(subject, "someone").await.unwrap();
    let code = App::scan(enrollment.expose_secret().expose()).code(&world.clock);
    let _ = verifier.confirm(subject, &enrollment, &code).await.unwrap();
}

#[test]
fn failure_080_token_of_another_subject_is_distinguished() {
    block_on(async {
        let (world, _, token) = with_device().await;
        let bob = SubjectId::new("bob").unwrap();
        for is_protected in [false, true] {
            if is_protected {
                enroll_app(&world.verifier, &world, &bob).await;
            }
            let refused = recognize_by(&world.verifier, &bob, &token).await;
            assert_eq!(refused.unwrap_err(), Ignored, "the cookie must not be deleted");
        }
        assert!(recognize(&world, &token).await.is_ok(), "the token stays with its subject");
    });
}

/// A policy that accepts no device must not end one by what its token says.
#[test]
fn narrowed_policy_ends_no_device_and_rejects_no_token() {
    block_on(async {
        let narrow = Policy::default().only(&[FactorKind::Totp]);
        let ignores = async |world: &World, token: &str| {
            let _ = world.log.take();
            let narrow = world.verifier.under(&narrow);
            let answer = recognize_by(&narrow, &world.alice, token).await;
            assert_eq!(answer.unwrap_err(), Ignored);
            assert!(world.log.take().is_empty());
        };
        let (world, _, first) = with_device().await;
        let mut token = first.clone();
        rotate(&world, &mut token).await;
        rotate(&world, &mut token).await;
        ignores(&world, "no token").await;
        ignores(&world, &first).await;
        // The next one is returned, and does not arrive in time.
        world.clock.advance(DAY / 2);
        let lost = recognize(&world, &token).await.unwrap().successor().unwrap().clone();
        world.clock.advance(60);
        ignores(&world, &token).await;
        assert!(recognize(&world, lost.expose()).await.is_ok(), "it is still trusted");
        assert_eq!(recognize(&world, &first).await.unwrap_err(), Invalid);
        assert_eq!(world.log.take(), [Event::DeviceStolen]);
    });
}

#[test]
fn failure_081_device_expires_after_thirty_days_of_use() {
    block_on(async {
        let (world, _, mut token) = with_device().await;
        let trusted = world.clock.time().as_secs();
        for day in 0..30 {
            world.clock.set(trusted + day * DAY);
            let device = visit(&world, &mut token).await;
            assert_eq!(device.created_at().as_secs(), trusted);
        }
        world.clock.set(trusted + 30 * DAY - 1);
        let _ = visit(&world, &mut token).await;
        world.clock.advance(1);
        assert_eq!(recognize(&world, &token).await.unwrap_err(), Ignored);
        let status = world.verifier.status(&world.alice).await.unwrap();
        assert!(status.devices().iter().all(|device| device.trusted_until().is_none()));
    });
}

#[test]
fn device_lifetime_follows_the_policy() {
    block_on(async {
        let world = World::with(
            Policy::builder().device_lifetime(Duration::from_secs(DAY)).build().unwrap(),
        );
        let (app, _) = world.with_app().await;
        let token = trust(&world, &app, "Firefox").await;
        world.clock.advance(DAY - 1);
        assert!(recognize(&world, &token).await.is_ok());
        world.clock.advance(1);
        assert_eq!(recognize(&world, &token).await.unwrap_err(), Ignored);
    });
}

#[test]
fn finding_s20_shorter_lifetime_applies_to_trusted_devices() {
    block_on(async {
        let (world, _, token) = with_device().await;
        let trusted = world.clock.time();
        let a_day = Policy::builder().device_lifetime(Duration::from_secs(DAY)).build().unwrap();
        let strict = world.verifier.under(&a_day);
        let labels = async || {
            let status = strict.status(&world.alice).await.unwrap();
            status.devices().iter().filter_map(|device| device.trusted_until()).collect::<Vec<_>>()
        };
        assert_eq!(labels().await, [trusted.plus(DAY)]);
        world.clock.advance(DAY - 1);
        assert!(recognize_by(&strict, &world.alice, &token).await.is_ok());
        world.clock.advance(1);
        assert_eq!(recognize_by(&strict, &world.alice, &token).await.unwrap_err(), Ignored);
        assert!(labels().await.is_empty());
        let from = RequestedFrom::new("Firefox", "Lisbon");
        let asked = strict.request_sign_in(&world.alice, Operation::SignIn, &from).await;
        assert_eq!(reason(asked), Reason::NotEnrolled, "no device can answer");
        assert!(recognize(&world, &token).await.is_ok(), "other calls have the longer lifetime");
    });
}

#[test]
fn device_trusted_in_the_future_is_revoked() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let now = world.clock.time().as_secs();
        world.clock.set(now + YEAR);
        let token = trust(&world, &app, "Firefox").await;
        let trusted = world.clock.time().as_secs();
        world.clock.set(now);
        let _ = world.log.take();
        assert_eq!(recognize(&world, &token).await.unwrap_err(), Ignored);
        assert_eq!(world.log.take(), [Event::ClockFault]);
        world.clock.set(trusted);
        assert!(recognize(&world, &token).await.is_err(), "its lifetime is over");
    });
}

#[test]
fn two_minutes_of_clock_skew_keep_devices_trusted() {
    block_on(async {
        let (world, _, token) = with_device().await;
        world.clock.set(world.clock.time().as_secs() - 120);
        assert!(recognize(&world, &token).await.is_ok());
    });
}

#[test]
fn last_use_in_the_future_is_repaired() {
    block_on(async {
        let (world, app, token) = with_device().await;
        let now = world.clock.time().as_secs();
        world.clock.set(now + 10 * DAY);
        assert!(recognize(&world, &token).await.is_ok());
        world.clock.set(now + DAY);
        let _ = world.log.take();
        assert!(
            recognize(&world, &token).await.is_ok(),
            "it was trusted at a time that is valid now"
        );
        assert_eq!(world.log.take(), [Event::ClockFault]);
        world.clock.advance(DAY);
        let _ = trust(&world, &app, "later").await;
        let status = world.verifier.status(&world.alice).await.unwrap();
        let list = status.devices();
        assert_eq!(list[0].label(), "later");
        assert_eq!(list[1].last_used_at().as_secs(), now + DAY);
    });
}

/// A subject over a recording store, with a device.
async fn watched() -> (World<Watched>, App, String) {
    let world = World::over(Watched::default(), Policy::default());
    let (app, _) = world.with_app().await;
    let token = trust(&world, &app, "Firefox").await;
    let _ = world.store.take();
    (world, app, token)
}

#[test]
fn finding_s05_visit_that_rotates_nothing_is_one_load() {
    block_on(async {
        let (world, _, mut token) = watched().await;
        for _ in 0..4 {
            // Two writes in twelve hours: the successor is handed out, and used.
            for commits in [0, 0, 0, 1, 1] {
                let _ = visit(&world, &mut token).await;
                let calls = world.store.take();
                assert_eq!(calls, [Call::Load, Call::Commit][..=commits]);
                world.clock.advance(if commits == 0 { 4 * HOUR } else { 1 });
            }
        }
    });
}

#[test]
fn failure_121_uncounted_device_refusals_never_commit() {
    block_on(async {
        let (world, app, token) = watched().await;
        let bob = SubjectId::new("bob").unwrap();
        // The first missing record makes the verifier check once that the store has its root.
        let _ = world.verifier.next(&bob).await.unwrap();
        let calls_of = async |subject: &SubjectId, token: &str| {
            let _ = world.store.take();
            let refused = recognize_by(&world.verifier, subject, token).await.unwrap_err();
            (refused, world.store.take())
        };
        assert_eq!(calls_of(&bob, &token).await, (Ignored, UNCOUNTED.into()));
        assert_eq!(calls_of(&world.alice, "x").await, (Invalid, UNCOUNTED.into()));
        let gone = trust(&world, &app, "gone").await;
        let device = on(&world, &gone);
        device.sign_out_device(&world.alice).await.unwrap();
        assert_eq!(calls_of(&world.alice, &gone).await, (Invalid, UNCOUNTED.into()));
        assert_eq!(reason(device.sign_out_device(&world.alice).await), Reason::NotFound);
        assert_eq!(reason(device.cancel_pin_reset(&world.alice).await), Reason::NotFound);
        assert_eq!(world.store.take(), [UNCOUNTED, UNCOUNTED].concat());
        world.clock.advance(30 * DAY);
        assert_eq!(calls_of(&world.alice, &token).await, (Ignored, vec![Call::Load]), "known");
    });
}

#[test]
fn token_theft_is_written_once() {
    block_on(async {
        let (world, _, first) = watched().await;
        supersede(&world, &first).await;
        let _ = world.store.take();
        assert_eq!(recognize(&world, &first).await.unwrap_err(), Invalid);
        for _ in 0..10 {
            assert_eq!(recognize(&world, &first).await.unwrap_err(), Invalid);
        }
        assert_eq!(world.store.commits(), 2, "the theft, and that it was reported");
    });
}

/// Presents these tokens concurrently, in every order of the store calls. `check` receives the
/// store, the world and the outcomes.
fn show_at_once(
    before: &World,
    tokens: &[&str],
    check: impl Fn(
        &Watched,
        &World<crate::walk::Stepping<Watched>>,
        Vec<Result<Recognized, NotRecognized>>,
    ),
) -> usize {
    let present = RefCell::new(None);
    let begin = || {
        let world = copy_world(before, Watched::over);
        *present.borrow_mut() = Some(Rc::clone(&world));
        let show = |token: &&str| -> Task<_> {
            let (world, token) = (Rc::clone(&world), (*token).to_owned());
            Box::pin(async move { recognize(&world, &token).await })
        };
        tokens.iter().map(show).collect()
    };
    every_order(begin, |outcomes| {
        let world = present.take().unwrap();
        check(&world.store.0, &world, outcomes);
    })
}

/// A device whose token is about to rotate.
fn with_device_at_its_rotation() -> (World, String) {
    let (world, _, token) = block_on(with_device());
    world.clock.advance(DAY / 2);
    (world, token)
}

#[test]
fn failure_082_one_token_presented_concurrently_is_no_theft() {
    let (before, token) = with_device_at_its_rotation();
    for count in [2, 3] {
        let orders = show_at_once(&before, &vec![&*token; count], |store, world, outcomes| {
            assert_eq!(store.commits(), 1, "it is written once");
            let successor = |device: Result<Recognized, _>| device.unwrap().successor().cloned();
            let handed: Vec<_> = outcomes.into_iter().map(|one| successor(one).unwrap()).collect();
            assert!(handed.iter().all(|one| one.expose() == handed[0].expose()), "the same text");
            for _ in 0..3 {
                let _ = block_on(recognize(world, handed[0].expose())).unwrap();
            }
        });
        assert!(orders >= 6, "only {orders} orders were run");
    }
}

#[test]
fn failure_082_token_and_successor_shown_at_once_are_no_theft() {
    let (before, token) = with_device_at_its_rotation();
    let mut next = token.clone();
    let _ = block_on(visit(&before, &mut next));
    show_at_once(&before, &[&token, &next], |_, world, outcomes| {
        assert!(outcomes.into_iter().all(|outcome| outcome.is_ok()));
        assert!(!world.log.take().contains(&Event::DeviceStolen));
        assert!(block_on(recognize(world, &next)).is_ok());
    });
}

#[test]
fn superseded_device_token_is_reported_stolen() {
    let (before, token) = with_device_at_its_rotation();
    let mut next = token.clone();
    let _ = block_on(visit(&before, &mut next));
    let _ = block_on(visit(&before, &mut next));
    before.clock.advance(LATE + 1);
    show_at_once(&before, &[&token, &next], |_, world, outcomes| {
        let [old, _] = <[_; 2]>::try_from(outcomes).unwrap();
        assert_eq!(old.unwrap_err(), Invalid);
        assert!(world.log.take().contains(&Event::DeviceStolen));
        assert_eq!(block_on(recognize(world, &next)).unwrap_err(), Invalid);
    });
}

#[test]
fn device_revoked_during_recognition_stays_revoked() {
    let (before, app, token) = block_on(with_device());
    let id = *block_on(recognize(&before, &token)).unwrap().device();
    let permission = Rc::new(block_on(fresh_for(&before, &app, Operation::Manage)));
    let present = RefCell::new(None);
    let begin = || -> Vec<Task<()>> {
        let world = copy_world(&before, |store| store);
        *present.borrow_mut() = Some(Rc::clone(&world));
        let (other, token, permission) = (Rc::clone(&world), token.clone(), Rc::clone(&permission));
        let show = async move { drop(recognize(&other, &token).await) };
        let sign_out = async move {
            let _ = world.verifier.revoke(&*permission, &id).await.unwrap();
        };
        vec![Box::pin(show), Box::pin(sign_out)]
    };
    every_order(begin, |_| {
        let world = present.take().unwrap();
        assert_eq!(block_on(recognize(&world, &token)).unwrap_err(), Invalid);
    });
}

#[test]
fn two_devices_trusted_at_once_stay_within_ten() {
    let before = World::new();
    let (app, _) = block_on(before.with_app());
    for n in 0..9 {
        let _ = block_on(trust(&before, &app, &format!("{n}")));
    }
    let permission = block_on(fresh(&before, &app));
    let _ = block_on(before.with_phone(&permission));
    before.clock.advance(60);
    let (sent, typed) = block_on(before.send_to(&before.number));
    let proofs = [Proof::totp(app.code(&before.clock)), Proof::sent_code(&sent, typed)];
    let present = RefCell::new(None);
    let begin = || {
        // The calls for the budgets of notices would multiply the orders.
        let policy = Policy::builder().notices(Notices::LeftToApplication).build().unwrap();
        let world = copy_world_under(&before, |store| store, policy);
        *present.borrow_mut() = Some(Rc::clone(&world));
        let tasks = proofs.iter().map(|proof| -> Task<String> {
            let (world, proof) = (Rc::clone(&world), proof.clone().trusting(NewDevice::new("new")));
            Box::pin(async move {
                let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
                verified.device_token().unwrap().expose().to_owned()
            })
        });
        tasks.collect()
    };
    every_order(begin, |tokens| {
        let world = present.take().unwrap();
        let status = block_on(world.verifier.status(&world.alice)).unwrap();
        assert_eq!(status.devices().len(), 10);
        assert!(tokens.iter().all(|token| block_on(recognize(&world, token)).is_ok()));
        assert_ne!(tokens[0], tokens[1]);
    });
}
