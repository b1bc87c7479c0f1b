//! Limits: failures, locks, disabling and budgets.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::answer::Prove as _;
use crate::support::{App, NOON, ROOT, World, YEAR, not, reason};
use second_factor::{
    Address, CodeRequest, Error, FactorKind, Keys, Next, Policy, Proof, Reason, Storage as _,
    block_on, host::Event, purpose::Operation,
};

fn number(last: u8) -> Address {
    Address::phone(&format!("+141555501{last:02}")).unwrap()
}

/// An app, and the maximum number of phones.
async fn with_everything() -> (World, App, [Address; 3]) {
    let world = World::new();
    let (app, verified) = world.with_app().await;
    let numbers = [number(1), number(2), number(3)];
    for number in &numbers {
        let sent = world.verifier.enroll_address(&verified, number).await.unwrap();
        let _ = world.verifier.confirm(&world.alice, &sent, &world.read_code()).await.unwrap();
    }
    (world, app, numbers)
}

#[test]
fn fifth_failure_locks() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        world.fail_app(&app, 4).await;
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
        world.clock.advance(30);
        world.fail_app(&app, 5).await;
        assert_eq!(reason(world.try_app(&app.code(&world.clock)).await), Reason::Locked);
    });
}

#[test]
fn failure_034_correct_code_is_not_checked_under_a_lock() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        world.fail_app(&app, 5).await;
        let locked = world.clock.time();
        let code = app.code(&world.clock);
        world.clock.set(locked.as_secs() + 29);
        let answer = world.try_app(&code).await.unwrap_err();
        assert_eq!(answer.retry_at(), Some(locked.plus(30)));
        world.clock.set(locked.as_secs() + 30);
        assert!(world.try_app(&code).await.is_ok(), "it was not used up");
    });
}

#[test]
fn attempts_under_a_lock_do_not_extend_it() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        world.fail_app(&app, 5).await;
        for _ in 0..29 {
            world.clock.advance(1);
            assert_eq!(world.miss_app(&app).await, Reason::Locked);
        }
        world.clock.advance(1);
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
    });
}

#[test]
fn success_resets_the_failure_count() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        for _ in 0..3 {
            world.fail_app(&app, 4).await;
            let _ = world.log.take();
            assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
            assert_eq!(world.log.take()[0], Event::SuccessAfterFailures(FactorKind::Totp, 4));
            world.clock.advance(30);
        }
    });
}

#[test]
fn failure_022_thirtieth_failure_disables() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        world.fail_app(&app, 29).await;
        world.wait_out(Operation::SignIn, FactorKind::Totp).await;
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
        world.clock.advance(30);
        world.fail_app(&app, 30).await;
        world.clock.advance(YEAR);
        assert_eq!(reason(world.try_app(&app.code(&world.clock)).await), Reason::Disabled);
        let next = world.verifier.next(&world.alice).await;
        assert_eq!(reason(next), Reason::Disabled, "it still protects");
    });
}

#[test]
fn failure_016_new_challenge_keeps_the_failure_count() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        for failure in 1..=5 {
            let (sent, code) = world.send_to(&world.number).await;
            assert_eq!(reason(world.try_code(&sent, &not(&code)).await), Reason::Incorrect);
            let next = world.verifier.next(&world.alice).await.unwrap();
            let Next::Prove(offers) = next else { panic!("a phone is enrolled") };
            let mut locks = offers.iter().map(|offer| offer.retry_at().is_some());
            assert!(locks.all(|locked| locked == (failure == 5)), "{failure}");
        }
    });
}

#[test]
fn failure_016_resend_keeps_the_failure_count() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let (sent, code) = world.send_to(&world.number).await;
        for _ in 0..4 {
            assert_eq!(reason(world.try_code(&sent, &not(&code)).await), Reason::Incorrect);
        }
        world.clock.set(sent.resend_at().unwrap().as_secs());
        let sent = world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.unwrap();
        let code = world.read_code();
        assert_eq!(reason(world.try_code(&sent, &not(&code)).await), Reason::Incorrect);
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::NotFound);
        let answer =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        assert_eq!(reason(answer), Reason::Locked);
    });
}

#[test]
fn failure_026_lock_voids_codes_of_every_purpose() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let manage = world
            .verifier
            .send_code(
                &world.alice,
                CodeRequest::to_address(&world.number).purpose(Operation::Manage),
            )
            .await;
        let (manage, manage_code) = (manage.unwrap(), world.read_code());
        let (sent, code) = world.send_to(&world.number).await;
        for _ in 0..5 {
            assert_eq!(reason(world.try_code(&sent, &not(&code)).await), Reason::Incorrect);
        }
        world.clock.advance(30);
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::NotFound);
        let proof = Proof::sent_code(&manage, &manage_code);
        let answer = world.verifier.prove_for(&world.alice, Operation::Manage, proof).await;
        assert_eq!(reason(answer), Reason::NotFound);
    });
}

#[test]
fn failure_028_success_resets_only_its_own_factor() {
    block_on(async {
        let (world, app, [number, ..]) = with_everything().await;
        world.fail_phone(&number, 4).await;
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
        world.fail_phone(&number, 1).await;
        let answer = world.verifier.send_code(&world.alice, CodeRequest::to_address(&number)).await;
        assert_eq!(reason(answer), Reason::Locked);
    });
}

#[test]
fn failure_030_lock_affects_only_its_factor() {
    block_on(async {
        let (world, app, [first, second, _]) = with_everything().await;
        world.fail_phone(&first, 5).await;
        world.fail_app(&app, 5).await;
        let (sent, code) = world.send_to(&second).await;
        assert!(world.try_code(&sent, &code).await.is_ok());
    });
}

#[test]
fn disabled_address_gets_no_code_and_looks_the_same() {
    block_on(async {
        let (world, _, [number, ..]) = with_everything().await;
        world.fail_phone(&number, 30).await;
        world.clock.advance(YEAR);
        assert!(
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&number)).await.is_ok()
        );
        assert!(world.got_no_code());
    });
}

#[test]
fn disabled_address_is_restored_by_enrolling_again() {
    block_on(async {
        let (world, app, [number, ..]) = with_everything().await;
        world.fail_phone(&number, 30).await;
        world.clock.advance(3600);
        let fresh = world.try_app(&app.code(&world.clock)).await.unwrap();
        let sent = world.verifier.enroll_address(&fresh, &number).await.unwrap();
        let _ = world.verifier.confirm(&world.alice, &sent, &world.read_code()).await.unwrap();
        let (sent, code) = world.send_to(&number).await;
        assert!(world.try_code(&sent, &code).await.is_ok());
    });
}

/// NIST SP 800-63B-4 §3.2.2 limits the failures of one authenticator, not those of all together.
#[test]
fn finding_a02_98_failures_disable_no_other_factor() {
    block_on(async {
        let (world, app, [first, second, third]) = with_everything().await;
        let fresh = world.try_app(&app.code(&world.clock)).await.unwrap();
        let codes = world.verifier.new_backup_codes(&fresh).await.unwrap().expose();
        world.fail_phone(&first, 29).await;
        world.fail_phone(&second, 29).await;
        let _ = world.log.take();
        world.fail_app(&app, 2).await;
        world.fail_phone(&third, 2).await;
        let incorrect =
            world.verifier.verify(&world.alice, Proof::backup_code("0".repeat(16))).await;
        assert_eq!(reason(incorrect), Reason::Incorrect);
        let is_disabled = |event: &Event| matches!(event, Event::FactorDisabled(_));
        assert!(!world.log.take().iter().any(is_disabled));
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
        let backup = Proof::backup_code(codes[0].expose());
        assert!(world.verifier.verify(&world.alice, backup).await.is_ok());
        world.clock.advance(3600);
        for number in [first, second, third] {
            let (sent, code) = world.send_to(&number).await;
            assert!(world.try_code(&sent, &code).await.is_ok());
        }
    });
}

#[test]
fn psd2_policy_locks_from_the_third_and_never_disables() {
    block_on(async {
        let world = World::with(Policy::psd2());
        let (app, _) = world.with_app().await;
        for (failures, minutes) in [(3, 30), (1, 60), (1, 120)] {
            world.fail_app(&app, failures).await;
            let locked = world.clock.time();
            let answer = world.try_app(&app.code(&world.clock)).await.unwrap_err();
            assert_eq!(answer.retry_at(), Some(locked.plus(minutes * 60)));
        }
        world.fail_app(&app, 30).await;
        let locked = world.clock.time();
        let answer = world.try_app(&app.code(&world.clock)).await.unwrap_err();
        assert_eq!(answer.retry_at(), Some(locked.plus(24 * 60 * 60)));
        world.clock.advance(2 * 24 * 60 * 60);
        assert!(world.try_app(&app.code(&world.clock)).await.is_ok());
    });
}

#[test]
fn failure_018_five_of_64_concurrent_guesses_are_checked() {
    let world = World::new();
    let (app, _) = block_on(world.with_app());
    let incorrect = app.incorrect(&world.clock);
    let reasons: Vec<Reason> = std::thread::scope(|scope| {
        let guess = || loop {
            match block_on(world.try_app(&incorrect)) {
                Err(Error::Busy) => {}
                answer => break reason(answer),
            }
        };
        let guesses: Vec<_> = (0..64).map(|_| scope.spawn(guess)).collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    let count = |what| reasons.iter().filter(|reason| **reason == what).count();
    assert_eq!((count(Reason::Incorrect), count(Reason::Locked)), (5, 59));
}

#[test]
fn failure_006_one_of_64_concurrent_uses_succeeds() {
    let world = World::new();
    let (app, _) = block_on(world.with_app());
    let code = app.code(&world.clock);
    let passed = std::thread::scope(|scope| {
        let uses: Vec<_> =
            (0..64).map(|_| scope.spawn(|| block_on(world.try_app(&code)).is_ok())).collect();
        uses.into_iter().map(|one| one.join().unwrap()).filter(|ok| *ok).count()
    });
    assert_eq!(passed, 1);
}

#[test]
fn failure_118_record_does_not_grow_over_time() {
    block_on(async {
        let (world, _, [number, ..]) = with_everything().await;
        let keys = Keys::new(ROOT);
        let ids = [keys.subject_record(&world.alice), keys.budget_record(&number)];
        let mut sizes = vec![];
        for day in 0..40 {
            world.clock.set(NOON + day * 24 * 60 * 60);
            for purpose in [Operation::SignIn, Operation::Manage, Operation::StepUp].repeat(4) {
                let sent = world
                    .verifier
                    .send_code(&world.alice, CodeRequest::to_address(&number).purpose(purpose))
                    .await;
                if let Err(error) = sent {
                    world.clock.set(error.retry_at().unwrap().as_secs());
                }
            }
            for id in &ids {
                sizes.push(world.store.load(id).await.unwrap().unwrap().bytes().len());
            }
        }
        let (first, rest) = sizes.split_at(sizes.len() / 4);
        assert!(rest.iter().max() <= first.iter().max(), "{sizes:?}");
    });
}
