//! TOTP apps: enrollment, verification and replay.

use crate::support::answer::Prove as _;
use crate::{
    core_refusal,
    support::{App, NOON, World, reason},
};
use second_factor::{
    FactorKind, Next, Offer, Proof, Reason, SignIn, SubjectId, block_on, host::Event,
    purpose::Operation,
};

#[test]
fn subject_without_factors_is_unprotected() {
    let world = World::new();
    let next = block_on(world.verifier.next(&world.alice)).unwrap();
    assert!(
        matches!(next, Next::Done(SignIn::Unprotected(free)) if free.subject() == &world.alice)
    );
}

#[test]
fn enrollment_protects_only_when_confirmed() {
    block_on(async {
        let world = World::new();
        let enrollment = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
        let app = App::scan(enrollment.expose_secret().expose());
        let code = app.code(&world.clock);
        let next = world.verifier.next(&world.alice).await.unwrap();
        assert!(matches!(next, Next::Done(SignIn::Unprotected(_))));
        assert_eq!(reason(world.try_app(&code).await), Reason::NotEnrolled);

        let confirmed = world.verifier.confirm(&world.alice, &enrollment, &code).await.unwrap();
        assert_eq!(confirmed.verified().unwrap().factors(), [FactorKind::Totp]);
        let next = world.verifier.next(&world.alice).await.unwrap();
        let Next::Prove(offers) = next else { panic!("an app is enrolled") };
        assert!(offers.iter().map(Offer::kind).eq([FactorKind::Totp]));
    });
}

#[test]
fn first_code_cannot_also_sign_in() {
    block_on(async {
        let world = World::new();
        let enrollment = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
        let code = App::scan(enrollment.expose_secret().expose()).code(&world.clock);
        let _ = world.verifier.confirm(&world.alice, &enrollment, &code).await.unwrap();
        assert_eq!(reason(world.try_app(&code).await), Reason::Replayed);
    });
}

#[test]
fn failure_001_code_is_accepted_once() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let code = app.code(&world.clock);
        let verified = world.try_app(&code).await.unwrap();
        assert_eq!(verified.subject(), &world.alice);
        assert_eq!(verified.verified_at().as_secs(), NOON + 30);
        let _ = world.log.take();
        assert_eq!(reason(world.try_app(&code).await), Reason::Replayed);
        assert_eq!(world.log.take(), [Event::ReplayRefused(FactorKind::Totp)]);

        // Another process over the same store.
        let other = World::over(world.store.clone(), Default::default());
        other.clock.set(world.clock.time().as_secs());
        assert_eq!(reason(other.try_app(&code).await), Reason::Replayed);
    });
}

#[test]
fn failure_002_matching_step_is_used_up() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        world.clock.advance(30);
        let now = app.step(&world.clock);
        let (before, present) = (app.code_at(now - 1), app.code_at(now));
        assert!(world.try_app(&before).await.is_ok());
        assert_eq!(reason(world.try_app(&before).await), Reason::Replayed);
        assert!(world.try_app(&present).await.is_ok());
        assert_eq!(reason(world.try_app(&before).await), Reason::Replayed);
    });
}

#[test]
fn failure_004_respelled_used_code_is_refused() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let code = app.code(&world.clock);
        assert!(world.try_app(&code).await.is_ok());
        let wide: String =
            code.chars().map(|c| char::from_u32(c as u32 - 0x30 + 0xff10).unwrap()).collect();
        for spelling in [
            format!(" {code}"),
            format!("{code}\n"),
            format!("{} {}", &code[..3], &code[3..]),
            format!("{}\u{200b}{}", &code[..4], &code[4..]),
            format!("0{code}"),
            wide,
            String::new(),
        ] {
            assert!(world.try_app(&spelling).await.is_err(), "{spelling:?}");
        }
    });
}

#[test]
fn failure_015_backward_clock_revives_no_code() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let code = app.code(&world.clock);
        assert!(world.try_app(&code).await.is_ok());
        world.clock.set(world.clock.time().as_secs() - 30);
        assert_eq!(reason(world.try_app(&code).await), Reason::Replayed);
        let earlier = app.code(&world.clock);
        assert_eq!(reason(world.try_app(&earlier).await), Reason::Replayed);
    });
}

#[test]
fn failure_067_new_enrollment_keeps_the_old_until_confirmed() {
    block_on(async {
        let world = World::new();
        let (old, verified) = world.with_app().await;
        let abandoned = world.verifier.enroll_totp(&verified, "alice").await.unwrap();
        let second = world.verifier.enroll_totp(&verified, "alice").await.unwrap();
        let new = App::scan(second.expose_secret().expose());
        assert!(world.try_app(&old.code(&world.clock)).await.is_ok());
        assert_eq!(reason(world.try_app(&new.code(&world.clock)).await), Reason::Incorrect);
        let code = App::scan(abandoned.expose_secret().expose()).code(&world.clock);
        let confirmed = world.verifier.confirm(&world.alice, &abandoned, &code).await;
        assert_eq!(reason(confirmed), Reason::NotFound);

        let code = new.code(&world.clock);
        let _ = world.verifier.confirm(&world.alice, &second, &code).await.unwrap();
        world.clock.advance(30);
        assert!(world.try_app(&new.code(&world.clock)).await.is_ok());
        assert!(world.try_app(&old.code(&world.clock)).await.is_ok(), "it is no replacement");
        assert!(world.verifier.enroll_totp(&verified, "alice").await.is_ok());
    });
}

#[test]
fn failure_068_five_incorrect_first_codes_end_enrollment() {
    block_on(async {
        let world = World::new();
        let enrollment = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
        let app = App::scan(enrollment.expose_secret().expose());
        for _ in 0..5 {
            let incorrect = app.incorrect(&world.clock);
            let answer = world.verifier.confirm(&world.alice, &enrollment, &incorrect).await;
            assert_eq!(reason(answer), Reason::Incorrect);
        }
        let correct = app.code(&world.clock);
        let answer = world.verifier.confirm(&world.alice, &enrollment, &correct).await;
        assert_eq!(reason(answer), Reason::NotFound);
        // Another enrollment begins without a wait.
        let enrollment = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
        let correct = App::scan(enrollment.expose_secret().expose()).code(&world.clock);
        let confirmed = world.verifier.confirm(&world.alice, &enrollment, &correct).await;
        assert!(confirmed.is_ok());
    });
}

#[test]
fn failure_027_enrollment_expires_after_ten_minutes() {
    block_on(async {
        let world = World::new();
        let enrollment = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
        let app = App::scan(enrollment.expose_secret().expose());
        world.clock.advance(600);
        let code = app.code(&world.clock);
        let answer = world.verifier.confirm(&world.alice, &enrollment, &code).await;
        assert_eq!(reason(answer), Reason::Expired);
    });
}

#[test]
fn failure_014_enrollment_is_confirmed_once() {
    block_on(async {
        let world = World::new();
        let enrollment = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
        let code = App::scan(enrollment.expose_secret().expose()).code(&world.clock);
        let _ = world.verifier.confirm(&world.alice, &enrollment, &code).await.unwrap();
        let again = world.verifier.confirm(&world.alice, &enrollment, &code).await;
        assert_eq!(reason(again), Reason::NotFound);
    });
}

#[test]
fn failure_035_code_is_bound_to_its_subject() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let bob = SubjectId::new("bob").unwrap();
        let code = app.code(&world.clock);
        let answer = world.verifier.verify(&bob, Proof::totp(&code)).await;
        assert_eq!(reason(answer), Reason::NotEnrolled);
        assert!(world.try_app(&code).await.is_ok());
    });
}

#[test]
fn proof_carries_its_purpose() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        for purpose in [Operation::SignIn, Operation::StepUp, Operation::Manage] {
            let code = app.code(&world.clock);
            let proof = Proof::totp(&code);
            let _ = world.verifier.prove_for(&world.alice, purpose, proof).await.unwrap();
            assert!(world.log.take().contains(&Event::Verified(FactorKind::Totp, purpose)));
            world.clock.advance(30);
        }
        let code = app.code(&world.clock);
        assert_eq!(
            core_refusal(&world, Operation::Enroll, &Proof::totp(&code)),
            Reason::NotAllowed
        );
    });
}
