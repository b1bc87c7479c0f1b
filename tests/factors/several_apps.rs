//! Several authenticator apps of one subject, with names.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use alloc::{collections::BTreeSet, sync::Arc};
use std::sync::Mutex;

use proptest::{prelude::*, sample::Index};
use second_factor::{
    Error, FactorKind, FirstFactor, ItemId, Keys, MemoryStorage, NewDevice, Next, Offer, Policy,
    Proof, Purpose, Reason, Secret, SubjectId, block_on,
    enrollment::{Authority, Enroller, Import, InvalidImport, NewSecurityKey, NewTotp},
    host::{Event, Listener, NotTaken, Occurrence},
    otp::{Algorithm, Digits, Step, Totp, TotpParameters, Window},
    policy::UnsafePolicy,
    purpose::Operation,
    testkit::{ManualClock, MessageLog},
};

use crate::support::{App, NOON, ROOT, World, devices::trust, fresh, reason, registration::cheap};

/// An app of the model.
struct Enrolled {
    app: App,
    label: Option<String>,
    id: ItemId,
}

/// Enrolls an app, with a permission of the user.
async fn add(world: &World, by: impl Into<Enroller>, label: Option<&str>) -> Result<App, Error> {
    let new = label.map_or(NewTotp::new("alice"), |label| NewTotp::new("alice").named(label));
    let enrollment = world.verifier.enroll_totp(by, new).await?;
    let app = App::scan(enrollment.expose_secret().expose());
    world.verifier.confirm(&world.alice, &enrollment, &app.code(&world.clock)).await?;
    Ok(app)
}

/// The ids and labels of the apps in the status, the first one first.
async fn listed(world: &World) -> Vec<(ItemId, Option<String>)> {
    let status = world.verifier.status(&world.alice).await.unwrap();
    let apps = status.factors().iter().filter(|factor| factor.kind() == FactorKind::Totp);
    apps.map(|app| (*app.id(), app.label().map(str::to_owned))).collect()
}

/// A code that is incorrect for all of them.
fn incorrect(world: &World, apps: &[&App]) -> String {
    let now = apps[0].step(&world.clock);
    let near = now - 2..=now + 2;
    let correct: BTreeSet<String> =
        apps.iter().flat_map(|app| near.clone().map(|step| app.code_at(step))).collect();
    (0..).map(|n| format!("{n:06}")).find(|code| !correct.contains(code)).unwrap()
}

/// Three apps: `first`, and two with names.
async fn three() -> (World, [App; 3]) {
    let world = World::new();
    let (first, verified) = world.with_app().await;
    let second = add(&world, &verified, Some("Work phone")).await.unwrap();
    let third = add(&world, &verified, Some("Tablet")).await.unwrap();
    world.clock.advance(30);
    (world, [first, second, third])
}

#[derive(Clone, Debug)]
enum Change {
    Add(Option<String>),
    Guess,
    Rename(Index, String),
    Revoke(Index),
    Use(Index, u64),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let name = "[A-Za-z]{1,12}";
    let one = prop_oneof![
        4 => proptest::option::of(name).prop_map(Change::Add),
        1 => Just(Change::Guess),
        1 => (any::<Index>(), name).prop_map(|(of, name)| Change::Rename(of, name)),
        3 => any::<Index>().prop_map(Change::Revoke),
        4 => (any::<Index>(), 0..3_u64).prop_map(|(of, back)| Change::Use(of, back)),
    ];
    // A count that does not decay closes the factor at 40 failures.
    proptest::collection::vec(one, 1..10)
}

/// Runs random changes. After each, the enrolled apps are exactly those of the model.
async fn follow(changes: Vec<Change>) -> usize {
    let world = World::new();
    let (app, _) = world.with_app().await;
    let id = listed(&world).await[0].0;
    let (mut apps, mut gone, mut accepted) =
        (vec![Enrolled { app, label: None, id }], Vec::new(), 0);
    for change in changes {
        world.clock.advance(120);
        let by = fresh(&world, &apps[0].app).await;
        world.clock.advance(90);
        match change {
            Change::Add(label) => match add(&world, &by, label.as_deref()).await {
                Ok(app) => {
                    assert!(apps.len() < 3, "a fourth app");
                    let known: Vec<ItemId> = apps.iter().map(|one| one.id).collect();
                    let ids = listed(&world).await.into_iter().map(|(id, _)| id);
                    let id = ids.into_iter().find(|id| !known.contains(id)).unwrap();
                    apps.push(Enrolled { app, label, id });
                }
                Err(refused) => {
                    assert_eq!(refused.denial().unwrap().reason(), Reason::TooMany);
                    assert_eq!(apps.len(), 3);
                }
            },
            Change::Guess => {
                let all: Vec<&App> = apps.iter().map(|one| &one.app).collect();
                let refused = world.try_app(&incorrect(&world, &all)).await;
                assert_eq!(reason(refused), Reason::Incorrect);
            }
            Change::Rename(of, name) => {
                let place = of.index(apps.len());
                world.verifier.rename(&by, &apps[place].id, &name).await.unwrap();
                apps[place].label = Some(name);
            }
            Change::Revoke(of) => {
                let place = of.index(apps.len());
                match world.verifier.revoke(&by, &apps[place].id).await {
                    Ok(_) => gone.push(apps.remove(place)),
                    Err(refused) => {
                        assert_eq!(refused.denial().unwrap().reason(), Reason::LastFactor);
                        assert_eq!(apps.len(), 1);
                    }
                }
            }
            Change::Use(of, ahead) => {
                let app = &apps[of.index(apps.len())].app;
                let code = app.code_at(app.step(&world.clock) + ahead - 1);
                let verified = world.try_app(&code).await.unwrap();
                assert_eq!(verified.factors(), [FactorKind::Totp]);
                accepted += 1;
                for seconds in [0, 30, 30, 30] {
                    world.clock.advance(seconds);
                    let twice = reason(world.try_app(&code).await);
                    assert!(matches!(twice, Reason::Incorrect | Reason::Replayed), "{twice:?}");
                }
                let _ = fresh(&world, app).await;
            }
        }
        let expected: Vec<_> = apps.iter().map(|one| (one.id, one.label.clone())).collect();
        assert_eq!(listed(&world).await, expected);
        world.clock.advance(90);
        for removed in gone.iter().rev().take(2) {
            let code = removed.app.code(&world.clock);
            assert_eq!(reason(world.try_app(&code).await), Reason::Incorrect, "it is removed");
            let _ = fresh(&world, &apps[0].app).await;
        }
    }
    accepted
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn apps_are_added_used_and_removed_in_any_order(changes in changes()) {
        block_on(follow(changes));
    }
}

/// Two secrets and a step `s`: the code of the first at `s` is that of the second at `s + 1`.
fn coincidence() -> ([Secret; 2], u64) {
    let secrets = [b"12345678901234567890", b"abcdefghijabcdefghij"];
    let secrets = secrets.map(|bytes| Secret::new(bytes).unwrap());
    let apps = secrets.each_ref().map(Totp::new);
    let from = NOON / 30 + 10;
    let code = |of: usize, step| apps[of].code_at(Step::new(step)).expose().to_owned();
    let step = (from..).find(|step| code(0, *step) == code(1, *step + 1)).unwrap();
    (secrets, step)
}

async fn import(world: &World, secrets: &[Secret]) {
    let mut import = Import::new();
    for secret in secrets {
        import = import.totp(secret, TotpParameters::new(), None).unwrap();
    }
    world.verifier.operations().import(&world.alice, import).await.unwrap();
}

/// Law 3: the step of the other app is still in the window when that of the first one is not.
#[test]
fn code_of_two_apps_by_chance_is_accepted_once() {
    let (secrets, step) = coincidence();
    let code = Totp::new(&secrets[0]).code_at(Step::new(step)).expose().to_owned();
    block_on(async {
        for order in [[0, 1], [1, 0]] {
            let world = World::new();
            world.clock.set(step * 30);
            import(&world, &order.map(|place| secrets[place].clone())).await;
            assert!(world.try_app(&code).await.is_ok());
            for _ in 0..3 {
                assert_eq!(reason(world.try_app(&code).await), Reason::Replayed);
                world.clock.advance(30);
            }
        }
        // The other way: the second app accepts it when the first has none, and then has another.
        let world = World::new();
        world.clock.set((step + 1) * 30);
        import(&world, &secrets).await;
        assert!(world.try_app(&code).await.is_ok());
        world.clock.advance(30);
        assert_eq!(reason(world.try_app(&code).await), Reason::Replayed);
    });
}

/// The first app accepts the code a step early, when the step of the second is not in the window.
#[test]
fn code_used_at_one_app_and_fresh_at_another_is_refused() {
    let (secrets, step) = coincidence();
    let code = Totp::new(&secrets[0]).code_at(Step::new(step)).expose().to_owned();
    block_on(async {
        for order in [[0, 1], [1, 0]] {
            let world = World::new();
            world.clock.set((step - 1) * 30);
            import(&world, &order.map(|place| secrets[place].clone())).await;
            assert!(world.try_app(&code).await.is_ok());
            // The steps of both apps are in these two windows.
            for _ in 0..2 {
                world.clock.advance(30);
                assert_eq!(reason(world.try_app(&code).await), Reason::Replayed, "{order:?}");
            }
        }
        // A later code of the first app uses up its steps so far.
        let world = World::new();
        world.clock.set(step * 30);
        import(&world, &secrets).await;
        let later = Totp::new(&secrets[0]).code_at(Step::new(step + 1)).expose().to_owned();
        assert!(world.try_app(&later).await.is_ok());
        assert_eq!(reason(world.try_app(&code).await), Reason::Replayed);
    });
}

/// HMAC pads a key with zeros (RFC 2104 §2), so these secrets differ and their codes do not.
#[test]
fn secrets_with_equal_codes_accept_each_code_once() {
    let secrets = [&b"12345678901234567890"[..], b"12345678901234567890\0"];
    let secrets = secrets.map(|bytes| Secret::new(bytes).unwrap());
    block_on(async {
        let world = World::new();
        import(&world, &secrets).await;
        let totp = Totp::new(&secrets[0]);
        let code = totp.code(world.clock.time()).unwrap().expose().to_owned();
        assert!(world.try_app(&code).await.is_ok());
        for _ in 0..3 {
            let again = reason(world.try_app(&code).await);
            assert!(matches!(again, Reason::Incorrect | Reason::Replayed), "{again:?}");
            world.clock.advance(30);
        }
        // After one is removed, the other still refuses what both accepted.
        world.clock.advance(30);
        let code = totp.code(world.clock.time()).unwrap().expose().to_owned();
        let grant = world.verifier.verify_for(&world.alice, Purpose::Manage, Proof::totp(&code));
        let grant = grant.await.unwrap();
        let first = listed(&world).await[0].0;
        world.verifier.revoke(&grant, &first).await.unwrap();
        assert_eq!(reason(world.try_app(&code).await), Reason::Replayed);
    });
}

#[test]
fn failures_at_all_apps_have_one_count() {
    block_on(async {
        let (world, [first, second, third]) = three().await;
        let all = [&first, &second, &third];
        for _ in 0..4 {
            assert_eq!(reason(world.try_app(&incorrect(&world, &all)).await), Reason::Incorrect);
        }
        let fifth = world.try_app(&incorrect(&world, &all)).await.unwrap_err();
        assert!(fifth.retry_at().is_some(), "the fifth begins a lock");
        for app in all {
            assert_eq!(reason(world.try_app(&app.code(&world.clock)).await), Reason::Locked);
        }
        world.clock.set(fifth.retry_at().unwrap().as_secs());
        assert!(world.try_app(&third.code(&world.clock)).await.is_ok());
        assert!(world.log.take().contains(&Event::SuccessAfterFailures(FactorKind::Totp, 5)));
        for _ in 0..4 {
            assert_eq!(reason(world.try_app(&incorrect(&world, &all)).await), Reason::Incorrect);
        }
        // The count stays with the others when its app is removed.
        world.clock.advance(30);
        let ids: Vec<ItemId> = listed(&world).await.into_iter().map(|(id, _)| id).collect();
        let by = fresh(&world, &second).await;
        let _ = world.log.take();
        world.verifier.revoke(&by, &ids[0]).await.unwrap();
        world.clock.advance(30);
        for _ in 0..4 {
            let code = incorrect(&world, &[&second, &third]);
            assert_eq!(reason(world.try_app(&code).await), Reason::Incorrect);
        }
        let by = fresh(&world, &third).await;
        let failures = Event::SuccessAfterFailures(FactorKind::Totp, 4);
        assert!(world.log.take().contains(&failures));
        world.verifier.revoke(&by, &ids[1]).await.unwrap();
        assert_eq!(listed(&world).await, [(ids[2], Some("Tablet".to_owned()))]);
        // The id of an app that is gone does not remove the only one.
        world.clock.advance(30);
        let by = fresh(&world, &third).await;
        assert_eq!(reason(world.verifier.revoke(&by, &ids[0]).await), Reason::NotFound);
        assert_eq!(listed(&world).await.len(), 1);
    });
}

#[test]
fn removal_of_an_app_keeps_the_count_of_failures() {
    block_on(async {
        for place in 0..3 {
            let (world, apps) = three().await;
            let ids: Vec<ItemId> = listed(&world).await.into_iter().map(|(id, _)| id).collect();
            // Before the failures, because a success resets the count.
            let by = fresh(&world, &apps[(place + 1) % 3]).await;
            let all: Vec<&App> = apps.iter().collect();
            for _ in 0..4 {
                let refused = world.try_app(&incorrect(&world, &all)).await.unwrap_err();
                assert_eq!(refused.retry_at(), None);
            }
            world.verifier.revoke(&by, &ids[place]).await.unwrap();
            let fifth = world.try_app(&incorrect(&world, &all)).await.unwrap_err();
            assert!(fifth.retry_at().is_some(), "the fifth begins a lock: {place}");
        }
    });
}

#[test]
fn further_app_enables_the_factor_and_keeps_its_slow_count() {
    block_on(async {
        let world = cheap();
        let (app, verified) = world.with_app().await;
        let codes = world.verifier.new_backup_codes(&verified).await.unwrap();
        let backup = codes.expose()[0].expose().to_owned();
        while reason(world.try_app(&app.incorrect(&world.clock)).await) != Reason::Disabled {
            world.wait_out(Operation::SignIn, FactorKind::Totp).await;
        }
        let by = world.verifier.verify(&world.alice, Proof::backup_code(&backup)).await.unwrap();
        let new = add(&world, &by, Some("New phone")).await.unwrap();
        world.clock.advance(30);
        assert!(world.try_app(&new.code(&world.clock)).await.is_ok());
        world.clock.advance(30);
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
        // Thirty failures are counted slowly, and stay. Another ten close the factor for hours.
        let mut guesses = 0;
        loop {
            guesses += 1;
            let guess = incorrect(&world, &[&app, &new]);
            let refused = world.try_app(&guess).await.unwrap_err();
            assert_eq!(refused.denial().unwrap().reason(), Reason::Incorrect);
            let wait = refused.retry_at().map_or(0, |until| until.since(world.clock.time()));
            if wait > 3600 {
                break;
            }
            world.clock.advance(wait);
        }
        assert!((9..=13).contains(&guesses), "{guesses} guesses");
    });
}

#[test]
fn policy_with_one_app_replaces_the_enrolled_one() {
    block_on(async {
        let (before, [first, second, third]) = three().await;
        let policy = Policy::builder().totp_apps(1).build().unwrap();
        let world = World::over(before.store.clone(), policy);
        world.clock.set(before.clock.time().as_secs());
        assert!(world.try_app(&third.code(&world.clock)).await.is_ok(), "all stay valid");
        let by = fresh(&world, &second).await;
        let epoch = world.verifier.epoch(&world.alice).await.unwrap();
        let new = add(&world, &by, None).await.unwrap();
        assert!(world.log.take().contains(&Event::FactorReplaced(FactorKind::Totp)));
        assert_ne!(world.verifier.epoch(&world.alice).await.unwrap(), epoch);
        world.clock.advance(90);
        for old in [&first, &second, &third] {
            assert_eq!(reason(world.try_app(&old.code(&world.clock)).await), Reason::Incorrect);
        }
        assert!(world.try_app(&new.code(&world.clock)).await.is_ok());
        assert_eq!(listed(&world).await.len(), 1);
    });
}

#[test]
fn addition_keeps_sessions_and_removal_ends_them() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let epoch = verified.epoch();
        let _ = add(&world, &verified, None).await.unwrap();
        assert!(world.log.take().contains(&Event::FactorAdded(FactorKind::Totp)));
        assert_eq!(world.verifier.epoch(&world.alice).await.unwrap(), epoch);
        let by = fresh(&world, &app).await;
        let second = listed(&world).await[1].0;
        world.verifier.rename(&by, &second, "Tablet").await.unwrap();
        assert_eq!(world.verifier.epoch(&world.alice).await.unwrap(), epoch);
        let moved = world.verifier.revoke(&by, &second).await.unwrap();
        assert_ne!(moved, epoch);
        assert!(world.log.take().contains(&Event::FactorRemoved(FactorKind::Totp)));
        let again = world.verifier.revoke(&by, &second).await;
        assert_eq!(reason(again), Reason::Unauthorized, "permissions end too");
    });
}

#[test]
fn fourth_pending_enrollment_is_refused_when_it_is_confirmed() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let clients = [1_u8, 2, 3].map(|client| {
            world.verifier.for_client(second_factor::Client::new([client; 16]).unwrap())
        });
        let mut begun = Vec::new();
        for client in &clients {
            begun.push(client.enroll_totp(&verified, "alice").await.unwrap());
        }
        for (place, (client, enrollment)) in clients.iter().zip(&begun).enumerate() {
            let app = App::scan(enrollment.expose_secret().expose());
            let code = app.code(&world.clock);
            let answer = client.confirm(&world.alice, enrollment, &code).await;
            match place {
                0 | 1 => assert!(answer.is_ok()),
                _ => assert_eq!(reason(answer), Reason::TooMany),
            }
        }
        assert_eq!(listed(&world).await.len(), 3);
    });
}

#[test]
fn offer_of_apps_is_one_and_shows_the_last_used() {
    block_on(async {
        let (world, [_, second, third]) = three().await;
        for (app, label) in [(&second, "Work phone"), (&third, "Tablet")] {
            world.clock.advance(60);
            let _ = fresh(&world, app).await;
            let Next::Prove(offers) = world.verifier.next(&world.alice).await.unwrap() else {
                panic!("apps are enrolled")
            };
            let offers: Vec<&Offer> = offers.iter().collect();
            let [offer] = offers[..] else { panic!("{offers:?}") };
            assert_eq!((offer.kind(), offer.label()), (FactorKind::Totp, Some(label)));
            assert_eq!(offer.last_used_at(), Some(world.clock.time()));
            let enrolled_at = offer.enrolled_at().unwrap();
            assert!(Some(enrolled_at) < offer.last_used_at());
        }
        let status = world.verifier.status(&world.alice).await.unwrap();
        let used: Vec<u64> =
            status.factors().iter().map(|app| app.last_used_at().as_secs()).collect();
        assert_eq!(used[2], world.clock.time().as_secs());
        assert!(used[0] < used[1] && used[1] < used[2], "each app has its own: {used:?}");
    });
}

#[test]
fn rename_names_apps_keys_and_devices_only() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let key = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
        let blue = NewSecurityKey::new("blue", b"1").unwrap();
        let _ = world.verifier.confirm_security_key(&world.alice, &key, blue).await.unwrap();
        let _ = trust(&world, &app, "Firefox").await;
        let by = fresh(&world, &app).await;
        let status = world.verifier.status(&world.alice).await.unwrap();
        let of = |kind| *status.factors().iter().find(|factor| factor.kind() == kind).unwrap().id();
        let device = *status.devices()[0].id();
        let long = "x".repeat(200);
        for item in [of(FactorKind::Totp), of(FactorKind::SecurityKey), device] {
            for (name, shown) in [
                ("Work phone", "Work phone"),
                ("a\u{202e}b\u{200b}c\nd", "abcd"),
                (long.as_str(), &long[..64]),
            ] {
                world.verifier.rename(&by, &item, name).await.unwrap();
                let status = world.verifier.status(&world.alice).await.unwrap();
                let factors = status.factors().iter().map(|one| (*one.id(), one.label()));
                let devices = status.devices().iter().map(|one| (*one.id(), Some(one.label())));
                let found = factors.chain(devices).find(|(id, _)| *id == item).unwrap();
                assert_eq!(found.1, Some(shown));
            }
            for empty in ["", " ", "\u{200b}\n"] {
                let refused = world.verifier.rename(&by, &item, empty).await;
                assert_eq!(reason(refused), Reason::Malformed);
            }
        }
        for item in [of(FactorKind::Phone), ItemId::of("another")] {
            let refused = world.verifier.rename(&by, &item, "name").await;
            assert_eq!(reason(refused), Reason::NotFound);
        }
        world.clock.advance(301);
        let late = world.verifier.rename(&by, &device, "name").await;
        assert_eq!(reason(late), Reason::Unauthorized);
        let number = status.factors().iter().find(|factor| factor.kind() == FactorKind::Phone);
        assert_eq!(number.unwrap().label(), None);
    });
}

#[test]
fn import_adds_apps_with_names_and_their_used_steps() {
    let secret = |byte: u8| Secret::new(&[byte; 20]).unwrap();
    block_on(async {
        let world = World::new();
        let step = |at: u64| Some(Step::new(at / 30));
        let eight =
            TotpParameters::new().with_digits(Digits::Eight).with_algorithm(Algorithm::Sha256);
        let import = Import::new()
            .totp(&secret(1), TotpParameters::new(), step(NOON))
            .unwrap()
            .named("Work phone")
            .totp(&secret(2), eight, None)
            .unwrap()
            .totp(&secret(3), TotpParameters::new(), None)
            .unwrap()
            .named("Tablet");
        world.verifier.operations().import(&world.alice, import).await.unwrap();
        let labels: Vec<_> = listed(&world).await.into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, [Some("Work phone".into()), None, Some("Tablet".to_owned())]);
        let ids: Vec<_> = listed(&world).await.into_iter().map(|(id, _)| id).collect();
        assert!(ids[0] != ids[1] && ids[1] != ids[2], "they were enrolled in one second");
        let code = |byte, parameters| {
            let totp = Totp::with(&secret(byte), parameters);
            totp.code(world.clock.time()).unwrap().expose().to_owned()
        };
        let used = world.try_app(&code(1, TotpParameters::new())).await;
        assert_eq!(reason(used), Reason::Replayed);
        assert!(world.try_app(&code(2, eight)).await.is_ok());
        assert!(world.try_app(&code(3, TotpParameters::new())).await.is_ok());
        // A length that no app has is no guess.
        assert_eq!(reason(world.try_app("1234567").await), Reason::Malformed);
    });
}

#[test]
fn import_refuses_equal_secrets_and_too_many_apps() {
    let secret = |byte: u8| Secret::new(&[byte; 20]).unwrap();
    let parameters = TotpParameters::new();
    let twice = Import::new().totp(&secret(1), parameters, None).unwrap();
    let other = parameters.with_digits(Digits::Eight);
    assert_eq!(twice.totp(&secret(1), other, None).unwrap_err(), InvalidImport::Totp);
    let many = |count: u8| {
        (0..count)
            .try_fold(Import::new(), |import, byte| import.totp(&secret(byte), parameters, None))
    };
    assert_eq!(many(6).unwrap_err(), InvalidImport::Totp);
    block_on(async {
        let world = World::new();
        let operations = world.verifier.operations();
        let refused = operations.import(&world.alice, many(4).unwrap()).await;
        assert_eq!(reason(refused), Reason::TooMany);
        let next = world.verifier.next(&world.alice).await.unwrap();
        assert!(matches!(next, Next::Done(_)), "nothing was imported");
        operations.import(&world.alice, many(3).unwrap()).await.unwrap();
        assert_eq!(listed(&world).await.len(), 3);
    });
}

/// The labels of occurrences, with their events.
#[derive(Clone, Default)]
struct Labels(Arc<Mutex<Vec<Labelled>>>);

/// An event, and the label of its occurrence.
type Labelled = (Event, Option<String>);

impl Labels {
    fn take(&self) -> Vec<Labelled> {
        core::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Listener for Labels {
    fn on_event(&self, occurrence: &Occurrence) -> Result<(), NotTaken> {
        let label = occurrence.label().map(str::to_owned);
        self.0.lock().unwrap().push((occurrence.event().clone(), label));
        Ok(())
    }
}

#[test]
fn events_of_an_app_have_its_name_and_no_others_have() {
    let (clock, labels) = (ManualClock::at(NOON), Labels::default());
    let verifier = second_factor::Verifier::builder(
        "Example",
        MemoryStorage::new(),
        MessageLog::new(),
        Keys::new(ROOT),
    )
    .first_factor(FirstFactor::Password)
    .clock(clock.clone())
    .listener(labels.clone())
    .build()
    .unwrap();
    let alice = SubjectId::new("alice").unwrap();
    let expect = |events: &[(Event, Option<&str>)]| {
        let taken = labels.take();
        let (app, named): (Vec<_>, Vec<_>) = (
            events.iter().map(|(event, _)| event.clone()).collect(),
            events.iter().map(|(_, label)| label.map(str::to_owned)).collect(),
        );
        for (event, label) in app.iter().zip(named) {
            assert!(taken.contains(&(event.clone(), label.clone())), "{label:?}: {taken:?}");
        }
        for (event, label) in &taken {
            assert!(app.contains(event) || label.is_none(), "{event:?} has {label:?}");
        }
    };
    let (added, removed) =
        (Event::FactorAdded(FactorKind::Totp), Event::FactorRemoved(FactorKind::Totp));
    let verified = |operation| Event::Verified(FactorKind::Totp, operation);
    block_on(async {
        let begun = verifier.enroll_totp(&alice, NewTotp::new("alice").named("Phone")).await;
        let begun = begun.unwrap();
        let phone = App::scan(begun.expose_secret().expose());
        let confirmed = verifier.confirm(&alice, &begun, &phone.code(&clock)).await.unwrap();
        let by = confirmed.verified().unwrap();
        expect(&[(added.clone(), Some("Phone")), (verified(Operation::Enroll), Some("Phone"))]);
        let begun = verifier.enroll_totp(&by, NewTotp::new("alice").named("Tablet")).await.unwrap();
        let tablet = App::scan(begun.expose_secret().expose());
        let _ = verifier.confirm(&alice, &begun, &tablet.code(&clock)).await.unwrap();
        expect(&[(added, Some("Tablet")), (verified(Operation::Enroll), Some("Tablet"))]);
        clock.advance(30);
        let proof = Proof::totp(tablet.code(&clock)).trusting(NewDevice::new("Firefox"));
        let by = verifier.verify(&alice, proof).await.unwrap();
        expect(&[(verified(Operation::SignIn), Some("Tablet")), (Event::DeviceAdded, None)]);
        let status = verifier.status(&alice).await.unwrap();
        let first = *status.factors()[0].id();
        let authority: Authority = (&by).into();
        verifier.revoke(authority, &first).await.unwrap();
        expect(&[(removed, Some("Phone"))]);
        let refused = verifier.verify(&alice, Proof::totp(tablet.incorrect(&clock))).await;
        assert!(refused.is_err());
        expect(&[(Event::IncorrectProof(FactorKind::Totp), None)]);
    });
}

#[test]
fn policy_counts_apps_in_the_odds_of_a_guess() {
    let build = |apps, window| Policy::builder().totp_apps(apps).window(window).build();
    let wide = Window::new(2, 2).unwrap();
    assert_eq!(Policy::default().totp_apps(), 3);
    for apps in [0, 6] {
        assert_eq!(build(apps, Window::ONE).unwrap_err(), UnsafePolicy::TotpApps);
    }
    // 100 guesses in a row at three apps with windows of three: 900 of a million.
    assert!(build(3, Window::ONE).is_ok() && build(5, Window::NONE).is_ok());
    assert_eq!(build(4, Window::ONE).unwrap_err(), UnsafePolicy::GuessingOdds);
    assert_eq!(build(3, wide).unwrap_err(), UnsafePolicy::GuessingOdds);
    assert!(build(2, wide).is_ok());
    let fewer = Policy::builder().totp_apps(4).disable_at(10).build();
    assert!(fewer.is_ok(), "fewer failures in a row permit more codes");
    let both = build(2, wide).unwrap().and(&build(3, Window::ONE).unwrap()).unwrap();
    assert_eq!(both.totp_apps(), 2);
}
