//! Failure counts: one per factor in the subject's record.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use core::time::Duration;

use crate::support::answer::Prove as _;
use crate::support::{App, World, not, reason, slow::count};
use second_factor::{
    Challenge, Client, Error, FactorKind, Handle, Policy, Proof, Purpose, Reason, SubjectId,
    block_on, enrollment::Import, host::Event, purpose::Operation,
};

const HOUR: Duration = Duration::from_secs(3600);

/// A world with a phone, to which a sign-in code was sent.
async fn asked() -> (World, Challenge, String) {
    let world = World::new();
    let _ = world.with_phone(&world.alice).await;
    let (sent, code) = world.send_to(&world.number).await;
    (world, sent, code)
}

/// The fifth incorrect answer was counted, so the correct one is not checked.
fn is_locked<T>(answer: Result<T, Error>) {
    assert_eq!(reason(answer), Reason::Locked);
}

#[test]
fn failure_017_client_text_carries_no_failure_count() {
    block_on(async {
        let (world, sent, code) = asked().await;
        let kept = sent.handle().to_string();
        for _ in 0..5 {
            // The original text each time, as an attacker would send it.
            let handle = kept.parse::<Handle>().unwrap();
            assert_eq!(reason(world.try_code(&handle, &not(&code)).await), Reason::Incorrect);
        }
        let answer = world.try_code(&sent, &code).await;
        assert_eq!(reason(answer), Reason::NotFound, "the lock ended the challenge");

        let (world, app) = {
            let world = World::new();
            let (app, verified) = world.with_app().await;
            let grant = world.verifier.grant(&verified).unwrap();
            world.fail_app(&app, 4).await;
            // A grant from before the failures does not reset the count.
            let checked = world.verifier.check_grant(&grant, Purpose::Manage, HOUR).await;
            assert!(checked.is_ok());
            (world, app)
        };
        assert_eq!(world.miss_app(&app).await, Reason::Incorrect);
        is_locked(world.try_app(&app.code(&world.clock)).await);
    });
}

#[test]
fn failure_019_new_client_gets_no_new_attempts() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let incorrect = app.incorrect(&world.clock);
        for n in 0..5_u8 {
            let client = Client::new([n; 16]).unwrap();
            let elsewhere = world.verifier.for_client(client);
            let answer = elsewhere.verify(&world.alice, Proof::totp(&incorrect)).await;
            assert_eq!(reason(answer), Reason::Incorrect);
        }
        is_locked(world.try_app(&app.code(&world.clock)).await);
    });
}

#[test]
fn failure_021_discarded_answer_stays_counted() {
    block_on(async {
        let first = World::new();
        let (app, _) = first.with_app().await;
        let incorrect = app.incorrect(&first.clock);
        for n in 2..7 {
            // A process that crashes after the sign-in and loses only its answer.
            let world = World::seeded(first.store.clone(), Policy::default(), n);
            world.clock.set(first.clock.time().as_secs());
            let answer = world.try_app(&incorrect).await;
            drop(world);
            assert_eq!(reason(answer), Reason::Incorrect);
        }
        is_locked(first.try_app(&app.code(&first.clock)).await);
    });
}

#[test]
fn failure_023_all_purposes_share_one_failure_count() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let incorrect = app.incorrect(&world.clock);
        let proof = || Proof::totp(&incorrect);
        let id = &world.alice;
        for purpose in [Operation::SignIn, Operation::Manage, Operation::StepUp, Operation::Recover]
        {
            let answer = world.verifier.prove_for(id, purpose, proof()).await;
            assert_eq!(reason(answer), Reason::Incorrect, "{purpose:?}");
        }
        let client = Client::new([7; 16]).unwrap();
        let answer = world.verifier.for_client(client).verify(id, proof()).await;
        assert_eq!(reason(answer), Reason::Incorrect);
        let code = app.code(&world.clock);
        for purpose in [Operation::SignIn, Operation::Manage, Operation::StepUp, Operation::Recover]
        {
            is_locked(world.verifier.prove_for(id, purpose, Proof::totp(&code)).await);
        }
    });
}

#[test]
fn failure_023_enrollment_confirmations_are_limited_too() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let begun = world.verifier.enroll_address(&verified, &world.number).await.unwrap();
        let code = world.read_code();
        // Neither waiting nor another client makes it unlimited.
        let mut looked_at = 0;
        for n in 0..200_u8 {
            let client = Client::new([n; 16]).unwrap();
            let doors = [world.verifier.clone(), world.verifier.for_client(client)];
            for door in doors {
                let answer = door.confirm(&world.alice, &begun, &not(&code)).await;
                looked_at += usize::from(reason(answer) == Reason::Incorrect);
            }
            world.clock.advance(1);
        }
        assert_eq!(looked_at, 5);
        assert!(world.verifier.confirm(&world.alice, &begun, &code).await.is_err());
    });
}

#[test]
fn failure_024_applications_on_one_store_share_the_count() {
    block_on(async {
        let web = World::new();
        let (app, _) = web.with_app().await;
        // Another site with the same users: another name, other randomness, another policy.
        let policy = Policy::builder()
            .only(Operation::SignIn, &[FactorKind::Totp])
            .only(Operation::Manage, &[FactorKind::Totp])
            .build()
            .unwrap();
        let wiki = World::seeded(web.store.clone(), policy, 9);
        wiki.clock.set(web.clock.time().as_secs());
        let incorrect = app.incorrect(&web.clock);
        for site in [&web, &wiki, &web, &wiki, &web] {
            assert_eq!(reason(site.try_app(&incorrect).await), Reason::Incorrect);
        }
        for site in [&web, &wiki] {
            is_locked(site.try_app(&app.code(&web.clock)).await);
        }
    });
}

#[test]
fn failure_029_spraying_is_reported_once_in_ten_minutes() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let incorrect = app.incorrect(&world.clock);
        let secret = second_factor::Secret::new(&[7; 20]).unwrap();
        let _ = world.log.take();
        for n in 0..10_000 {
            let subject = SubjectId::new(format!("subject {n}")).unwrap();
            let parameters = second_factor::otp::TotpParameters::new();
            let import = Import::new().totp(&secret, parameters, None).unwrap();
            world.verifier.operations().import(&subject, import).await.unwrap();
            let _ = world.verifier.verify(&subject, Proof::totp(&incorrect)).await;
        }
        let reported = world.log.take();
        assert!(count(&reported, &Event::IncorrectProof(FactorKind::Totp)) > 9_900);
        assert_eq!(count(&reported, &Event::Spraying), 1, "once at this moment");
        world.clock.advance(600);
        for n in 0..300 {
            let subject = SubjectId::new(format!("subject {n}")).unwrap();
            let _ = world.verifier.verify(&subject, Proof::totp(&incorrect)).await;
        }
        assert_eq!(
            count(&world.log.take(), &Event::Spraying),
            1,
            "and once in the next ten minutes"
        );
    });
}

#[test]
fn failure_029_each_incorrect_guess_is_reported() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let incorrect = app.incorrect(&world.clock);
        let mut subjects = vec![];
        for n in 0..300 {
            let subject = SubjectId::new(format!("subject {n}")).unwrap();
            let begun = world.verifier.enroll_totp(&subject, "x").await.unwrap();
            let code = App::scan(begun.expose_secret().expose()).code(&world.clock);
            let _ = world.verifier.confirm(&subject, &begun, &code).await.unwrap();
            subjects.push(subject);
        }
        let _ = world.log.take();
        // Three failures each lock no subject: only the application sees the attack.
        for subject in subjects.iter().chain(&subjects).chain(&subjects) {
            let _ = world.verifier.verify(subject, Proof::totp(&incorrect)).await;
        }
        let reported = count(&world.log.take(), &Event::IncorrectProof(FactorKind::Totp));
        assert_eq!(reported, 900);
    });
}
