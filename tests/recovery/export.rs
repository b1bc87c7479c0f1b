//! Export of secrets for another application.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    App, World, fresh, mail, prove, reason,
    slow::cheap,
    watched::{Call, Watched},
};
use second_factor::{
    Address, Error, FirstFactor, Keys, MemoryStorage, Proof, Reason, Secret, Storage, SubjectId,
    Verifier, block_on,
    enrollment::{HotpToken, Import},
    host::Event,
    otp::{Digits, Hotp, Period, Step, Totp, TotpParameters},
    testkit::{EventLog, SeededEntropy},
    verifier::{ExportedSecrets, ExportedTotp, Support},
};

fn carol<S: Storage + Clone + 'static>(world: &World<S>) -> Support {
    world.verifier.support("carol", "case 4711")
}

fn exported() -> Event {
    Event::SecretsExported { actor: "carol".into(), reason: "case 4711".into() }
}

fn secret() -> Secret {
    Secret::new(b"12345678901234567890").unwrap()
}

/// Another application, with keys and a store of its own.
fn other_application(world: &World) -> Verifier {
    let keys = Keys::new(*b"another root of thirty-two bytes");
    Verifier::builder("Other", MemoryStorage::new(), world.phone.clone(), keys)
        .first_factor(FirstFactor::Password)
        .policy(cheap())
        .clock(world.clock.clone())
        .entropy(SeededEntropy::new(9))
        .listener(EventLog::new())
        .build()
        .unwrap()
}

/// What the other application does with an export.
async fn move_to(other: &Verifier, alice: &SubjectId, exported: &ExportedSecrets) {
    let mut import = Import::new();
    for app in exported.totp() {
        import = import.totp(app.secret(), app.parameters(), app.last_step()).unwrap();
    }
    if let Some(token) = exported.hotp() {
        assert_eq!(token.next_counter(), Some(Step::new(42)));
        import = import.hotp(token.clone());
    }
    other.operations().import(alice, import).await.unwrap();
}

#[test]
fn exported_app_and_token_continue_in_another_application() {
    block_on(async {
        let parameters =
            TotpParameters::new().with_digits(Digits::Eight).with_period(Period::new(60).unwrap());
        let world = World::with(cheap());
        let token = HotpToken::new(&secret()).with_counter(Step::new(41));
        let import = Import::new().totp(&secret(), parameters, None).unwrap().hotp(token);
        world.verifier.operations().import(&world.alice, import).await.unwrap();
        let app = Totp::with(&secret(), parameters);
        let used = app.code(world.clock.time()).unwrap();
        let typed = |code: &str| Proof::totp(code);
        let _ = world.verifier.verify(&world.alice, typed(used.expose())).await.unwrap();
        let first = Hotp::new(&secret()).code(Step::new(41));
        let _ = world.verifier.verify(&world.alice, Proof::hotp(first.expose())).await.unwrap();

        let exported = carol(&world).danger_export(&world.alice).await.unwrap();
        let other = other_application(&world);
        move_to(&other, &world.alice, &exported).await;
        let again = other.verify(&world.alice, typed(used.expose())).await;
        assert_eq!(reason(again), Reason::Replayed, "what was used here is used there");
        let again = other.verify(&world.alice, Proof::hotp(first.expose())).await;
        assert_eq!(reason(again), Reason::Replayed);
        let second = Hotp::new(&secret()).code(Step::new(42));
        let _ = other.verify(&world.alice, Proof::hotp(second.expose())).await.unwrap();
        world.clock.advance(60);
        let next = app.code(world.clock.time()).unwrap();
        let _ = other.verify(&world.alice, typed(next.expose())).await.unwrap();
    });
}

#[test]
fn export_is_reported_and_notified_before_it_returns() {
    block_on(async {
        let world = World::over(Watched::default(), cheap());
        let (app, _) = world.with_app().await;
        let proof = fresh(&world, &app).await;
        let _ = world.with_phone(&proof).await;
        let _ = prove(&world, &proof, &mail()).await.unwrap();
        world.clock.advance(3600);
        let (_, _, _) = (world.store.take(), world.log.take(), world.notices());
        let exported_secrets = carol(&world).danger_export(&world.alice).await.unwrap();
        assert_eq!(exported_secrets.totp().len(), 1);
        assert_eq!(world.store.take()[..2], [Call::Load, Call::Commit]);
        assert_eq!(world.log.take(), [exported()]);
        let notified: Vec<Address> =
            world.notices().into_iter().map(|(_, address)| address).collect();
        assert!(notified.contains(&mail()) && notified.contains(&world.number), "{notified:?}");
    });
}

#[test]
fn failed_export_returns_and_reports_nothing() {
    block_on(async {
        let world = World::over(Watched::default(), cheap());
        let (app, _) = world.with_app().await;
        let _ = (world.log.take(), world.notices());
        world.store.fail_after(1, crate::support::watched::Fault::Before);
        let failed = carol(&world).danger_export(&world.alice).await;
        assert!(matches!(failed, Err(Error::Storage(_))), "{failed:?}");
        assert!(world.notices().is_empty());
        let invalid = world.verifier.support("", "case").danger_export(&world.alice).await;
        assert!(matches!(invalid, Err(Error::Invalid(_))));
        assert!(!world.log.take().contains(&exported()));
        let _ = world.try_app(&app.code(&world.clock)).await.unwrap();
    });
}

#[test]
fn export_without_a_secret_is_refused_and_writes_nothing() {
    block_on(async {
        let world = World::over(Watched::default(), cheap());
        let import = Import::new().address(world.number.clone()).unwrap();
        world.verifier.operations().import(&world.alice, import).await.unwrap();
        let (_, _, _) = (world.store.take(), world.log.take(), world.notices());
        let refused = carol(&world).danger_export(&world.alice).await;
        assert_eq!(reason(refused), Reason::NotEnrolled);
        assert_eq!(world.store.take(), [Call::Load]);
        assert!(world.log.take().is_empty() && world.notices().is_empty());
    });
}

#[test]
fn exported_app_has_its_name_or_none() {
    block_on(async {
        let world = World::with(cheap());
        let parameters = TotpParameters::new();
        let import = Import::new().totp(&secret(), parameters, None).unwrap().named("Phone");
        let other = Secret::new(&[7; 20]).unwrap();
        let import = import.totp(&other, parameters, None).unwrap();
        world.verifier.operations().import(&world.alice, import).await.unwrap();
        let exported = carol(&world).danger_export(&world.alice).await.unwrap();
        let names: Vec<_> = exported.totp().iter().map(ExportedTotp::label).collect();
        assert_eq!(names, [Some("Phone"), None]);
    });
}

/// Its counter may be that of an older backup.
#[test]
fn failure_119_restored_token_is_not_exported() {
    block_on(async {
        let world = World::with(cheap());
        let (app, _) = world.with_app().await;
        let proof = fresh(&world, &app).await;
        let token = HotpToken::new(&secret());
        let begun = world.verifier.enroll_hotp(&proof, &token).await.unwrap();
        let code = Hotp::new(&secret()).code(Step::new(0));
        world.verifier.confirm(&world.alice, &begun, code.expose()).await.unwrap();
        let before = carol(&world).danger_export(&world.alice).await.unwrap();
        assert_eq!(before.hotp().unwrap().next_counter(), Some(Step::new(1)));
        world.verifier.operations().after_restore(&world.alice).await.unwrap();
        let after = carol(&world).danger_export(&world.alice).await.unwrap();
        assert!(after.hotp().is_none() && after.totp().len() == 1);
    });
}

/// Law 13: repeated exports spend no more than the budget of notices.
#[test]
fn repeated_exports_text_no_more_than_the_budget() {
    block_on(async {
        let world = World::with(cheap());
        let (app, _) = world.with_app().await;
        let proof = fresh(&world, &app).await;
        let _ = world.with_phone(&proof).await;
        world.clock.advance(24 * 3600);
        let _ = world.notices();
        for _ in 0..200 {
            let _ = carol(&world).danger_export(&world.alice).await.unwrap();
            world.clock.advance(10);
        }
        let texted = world.notices().len();
        assert!((1..=5).contains(&texted), "{texted} messages in half an hour");
    });
}

#[test]
fn export_debug_output_is_redacted() {
    block_on(async {
        let world = World::with(cheap());
        let (_, _) = world.with_app().await;
        let exported = carol(&world).danger_export(&world.alice).await.unwrap();
        assert_eq!(format!("{exported:?}"), "ExportedSecrets(redacted)");
        assert_eq!(format!("{:?}", exported.totp()), "[ExportedTotp(redacted)]");
        let app = App::scan(exported.totp()[0].secret().expose_base32().expose());
        let _ = world.try_app(&app.code(&world.clock)).await.unwrap();
    });
}
