//! What a person and an attacker see of a token that counts.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

use crate::support::{World, fresh, not, reason};
use second_factor::{
    Enroller, Error, Factor, FactorKind, Handle, HotpToken, Keys, Next, Policy, Proof, Purpose,
    Secret, Verified, block_on,
    host::Event,
    otp::{Algorithm, Digits, Hotp, LookAhead, Step, Totp, TotpParameters, Window},
    policy::UnsafePolicy,
    verdict::Reason,
};

const SECRET: &[u8] = b"12345678901234567890";

fn secret() -> Secret {
    Secret::new(SECRET).unwrap()
}

/// The device: what it shows at that press of its button.
fn shows(counter: u64) -> String {
    Hotp::new(&secret()).code(Step::new(counter)).expose().to_owned()
}

async fn enroll(world: &World, enroller: impl Into<Enroller>, token: &HotpToken) -> Handle {
    world.verifier.enroll_hotp(enroller, token).await.unwrap()
}

/// A world with a token whose code 0 is spent.
async fn with_token() -> World {
    let world = World::new();
    let enrollment = enroll(&world, &world.alice, &HotpToken::new(&secret())).await;
    let _ = world.verifier.confirm(&world.alice, &enrollment, &shows(0)).await.unwrap();
    world
}

async fn try_token(world: &World, typed: &str) -> Result<Verified, Error> {
    world.verifier.verify(&world.alice, Proof::hotp(typed)).await
}

async fn try_pair(world: &World, first: u64, second: u64) -> Result<Verified, Error> {
    let (first, second) = (shows(first), shows(second));
    world.verifier.verify(&world.alice, Proof::hotp_resync(&first, &second)).await
}

#[test]
fn a_token_signs_in_with_each_of_its_codes_once() {
    block_on(async {
        let world = with_token().await;
        for counter in 1..4 {
            let verified = try_token(&world, &shows(counter)).await.unwrap();
            assert_eq!(verified.factors(), [FactorKind::Hotp]);
            for _ in 0..10 {
                assert_eq!(reason(try_token(&world, &shows(counter)).await), Reason::Replayed);
            }
        }
        // A double click locks nobody out, and what was used before the last is no code any more.
        assert!(world.log.take().contains(&Event::ReplayRefused(FactorKind::Hotp)));
        assert_eq!(reason(try_token(&world, &shows(1)).await), Reason::Incorrect);
        assert!(try_token(&world, &shows(4)).await.is_ok());
    });
}

#[test]
fn a_token_protects_when_it_is_confirmed_and_not_before() {
    block_on(async {
        let world = World::new();
        let enrollment = enroll(&world, &world.alice, &HotpToken::new(&secret())).await;
        let next = world.verifier.next(&world.alice, Purpose::SignIn).await.unwrap();
        assert!(matches!(next, Next::Unprotected(_)));
        assert_eq!(reason(try_token(&world, &shows(0)).await), Reason::NotEnrolled);
        let _ = world.verifier.confirm(&world.alice, &enrollment, &shows(3)).await.unwrap();
        let next = world.verifier.next(&world.alice, Purpose::SignIn).await.unwrap();
        let Next::Prove(offers) = next else { panic!("a token stands") };
        assert_eq!(offers[0].kind(), FactorKind::Hotp);
        assert_eq!(reason(try_token(&world, &shows(3)).await), Reason::Replayed, "it is spent");
        assert!(try_token(&world, &shows(4)).await.is_ok());
    });
}

#[test]
fn failure_032_a_token_that_ran_ten_ahead_is_found_and_none_further() {
    block_on(async {
        let world = with_token().await;
        assert_eq!(reason(try_token(&world, &shows(12)).await), Reason::Incorrect);
        assert!(try_token(&world, &shows(11)).await.is_ok());
        for skipped in 1..=11 {
            assert_eq!(reason(try_token(&world, &shows(skipped)).await), reason_of(skipped));
        }
        fn reason_of(nth: u64) -> Reason {
            // The fifth wrong one locks.
            if nth <= 5 { Reason::Incorrect } else { Reason::Locked }
        }
    });
}

#[test]
fn two_codes_in_a_row_find_a_token_that_ran_far() {
    block_on(async {
        let world = with_token().await;
        assert_eq!(reason(try_token(&world, &shows(80)).await), Reason::Incorrect);
        assert_eq!(reason(try_pair(&world, 80, 82).await), Reason::Incorrect);
        assert_eq!(reason(try_pair(&world, 81, 80).await), Reason::Incorrect);
        assert!(try_pair(&world, 80, 81).await.is_ok());
        assert_eq!(reason(try_pair(&world, 80, 81).await), Reason::Replayed, "once");
        assert!(try_token(&world, &shows(82)).await.is_ok());
    });
}

#[test]
fn failure_033_pairs_are_counted_apart_and_lock_apart() {
    block_on(async {
        let world = with_token().await;
        for _ in 0..5 {
            assert_eq!(reason(try_pair(&world, 500, 501).await), Reason::Incorrect);
        }
        let locked = try_pair(&world, 80, 81).await;
        assert_eq!(reason(locked), Reason::Locked);
        assert!(try_token(&world, &shows(1)).await.is_ok(), "single codes go on");
        assert!(try_pair(&world, 80, 81).await.is_ok(), "and a success clears its factor");
    });
}

#[test]
fn failure_022_guessing_at_pairs_disables_the_token() {
    block_on(async {
        let world = with_token().await;
        for _ in 0..50 {
            let (first, second) = (shows(500), shows(501));
            let proof = Proof::hotp_resync(&first, &second);
            let error = world.verifier.verify(&world.alice, proof).await.unwrap_err();
            if let Some(until) = error.retry_at() {
                world.clock.set(until.as_secs());
                let again = world.verifier.verify(&world.alice, proof).await;
                assert_eq!(reason(again), Reason::Incorrect);
            }
            world.clock.advance(3600);
        }
        assert_eq!(reason(try_pair(&world, 80, 81).await), Reason::Disabled);
        assert_eq!(reason(try_token(&world, &shows(1)).await), Reason::Disabled);
        let next = world.verifier.next(&world.alice, Purpose::SignIn).await.unwrap();
        assert!(matches!(next, Next::Prove(offers) if offers.is_empty()), "nor is it offered");
    });
}

#[test]
fn failure_056_a_counter_that_is_used_up_begins_never_again() {
    block_on(async {
        let world = World::new();
        let token = HotpToken::new(&secret()).with_counter(Step::new(u64::MAX - 1));
        let enrollment = enroll(&world, &world.alice, &token).await;
        let first = shows(u64::MAX - 1);
        let _ = world.verifier.confirm(&world.alice, &enrollment, &first).await.unwrap();
        assert!(try_token(&world, "094451").await.is_ok(), "the last code there is");
        for typed in ["094451", "755224", "287082"] {
            assert_eq!(reason(try_token(&world, typed).await), Reason::Disabled);
        }
        let next = world.verifier.next(&world.alice, Purpose::SignIn).await.unwrap();
        assert!(matches!(next, Next::Prove(_)), "it protects all the same");
    });
}

#[test]
fn a_replaced_token_is_gone_and_a_removed_one_too() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let enrollment = enroll(&world, &verified, &HotpToken::new(&secret())).await;
        let verified = world.verifier.confirm(&world.alice, &enrollment, &shows(0)).await.unwrap();

        let eight = HotpToken::new(&secret()).with_digits(Digits::Eight);
        let enrollment = enroll(&world, &verified, &eight).await;
        assert!(try_token(&world, &shows(1)).await.is_ok(), "until the new one is confirmed");
        let long = Hotp::with(&secret(), Default::default(), Digits::Eight);
        let code = |counter| long.code(Step::new(counter)).expose().to_owned();
        let wrong_length = world.verifier.confirm(&world.alice, &enrollment, &shows(0)).await;
        assert_eq!(reason(wrong_length), Reason::Malformed);
        let _ = world.verifier.confirm(&world.alice, &enrollment, &code(0)).await.unwrap();
        assert_eq!(reason(try_token(&world, &shows(2)).await), Reason::Malformed);
        assert!(try_token(&world, &code(1)).await.is_ok());

        let verified = fresh(&world, &app, Purpose::Manage).await;
        world.verifier.revoke(&verified, Factor::Hotp).await.unwrap();
        assert_eq!(reason(try_token(&world, &code(2)).await), Reason::NotEnrolled);
    });
}

#[test]
fn wrong_codes_and_wrong_pairs_before_a_right_code_are_told_together() {
    block_on(async {
        let world = with_token().await;
        for _ in 0..3 {
            assert_eq!(reason(try_token(&world, &not(&shows(1))).await), Reason::Incorrect);
        }
        let wrong = not(&shows(1));
        for _ in 0..2 {
            let pair = Proof::hotp_resync(&wrong, &wrong);
            assert_eq!(reason(world.verifier.verify(&world.alice, pair).await), Reason::Incorrect);
        }
        for pair in [(shows(1), "x".to_owned()), ("x".to_owned(), shows(1))] {
            let pair = Proof::hotp_resync(&pair.0, &pair.1);
            assert_eq!(reason(world.verifier.verify(&world.alice, pair).await), Reason::Malformed);
        }
        let _ = world.log.take();
        assert!(try_token(&world, &shows(1)).await.is_ok());
        let told = Event::SuccessAfterFailures(FactorKind::Hotp, 5);
        assert!(world.log.take().contains(&told));
    });
}

#[test]
fn a_policy_says_what_was_asked_of_it() {
    let (window, ahead) = (Window::new(2, 0).unwrap(), LookAhead::new(5).unwrap());
    let app = TotpParameters::new().with_algorithm(Algorithm::Sha256);
    let policy = Policy::builder().window(window).look_ahead(ahead).totp(app).build().unwrap();
    assert_eq!((policy.window(), policy.look_ahead(), policy.totp()), (window, ahead, app));
}

#[test]
fn an_app_of_each_algorithm_signs_in_by_what_the_record_kept() {
    for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
        let app = TotpParameters::new().with_algorithm(algorithm);
        let world = World::with(Policy::builder().totp(app).build().unwrap());
        block_on(async {
            let enrollment = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
            let (secret, _) = Secret::import_base32(enrollment.expose_secret().expose()).unwrap();
            let totp = Totp::with(&secret, app);
            let code = totp.code(world.clock.time()).unwrap();
            let confirmed = world.verifier.confirm(&world.alice, &enrollment, code.expose());
            assert!(confirmed.await.is_ok());
            world.clock.advance(30);
            let code = totp.code(world.clock.time()).unwrap();
            assert!(world.try_app(code.expose()).await.is_ok(), "{algorithm:?}");
        });
    }
}

#[test]
fn a_policy_whose_look_ahead_makes_guessing_pay_is_refused() {
    let far = LookAhead::new(20).unwrap();
    let refused = Policy::builder().look_ahead(far).build();
    assert_eq!(refused.unwrap_err(), UnsafePolicy::GuessingOdds);
    assert!(Policy::builder().look_ahead(far).disable_at(20).build().is_ok());
    assert!(Policy::builder().look_ahead(far).danger_any_guessing_odds().build().is_ok());
}

#[test]
fn failure_090_the_secret_of_a_token_is_sealed() {
    block_on(async {
        let world = with_token().await;
        let id = Keys::new(crate::support::ROOT).subject_record(&world.alice);
        let record = second_factor::Storage::load(&world.store, &id).await.unwrap().unwrap();
        assert!(!record.bytes().windows(SECRET.len()).any(|part| part == SECRET));
    });
}

#[test]
fn the_last_factor_that_works_is_not_removed() {
    block_on(async {
        let world = World::with(Policy::builder().disable_at(1).build().unwrap());
        let (app, verified) = world.with_app().await;
        let enrollment = enroll(&world, &verified, &HotpToken::new(&secret())).await;
        let _ = world.verifier.confirm(&world.alice, &enrollment, &shows(0)).await.unwrap();
        assert_eq!(reason(try_token(&world, &shows(50)).await), Reason::Incorrect);
        let verified = fresh(&world, &app, Purpose::Manage).await;
        let revoked = world.verifier.revoke(&verified, Factor::Totp).await;
        assert_eq!(reason(revoked), Reason::LastFactor, "the token is disabled");
        assert!(world.verifier.revoke(&verified, Factor::Hotp).await.is_ok());
    });
}

#[test]
fn a_first_factor_that_could_not_sign_in_or_manage_is_not_begun() {
    block_on(async {
        let phone = [FactorKind::Phone];
        let only = Policy::builder().factors(Purpose::SignIn, &phone);
        let world = World::with(only.factors(Purpose::Manage, &phone).build().unwrap());
        let app = world.verifier.enroll_totp(&world.alice, "alice").await;
        assert_eq!(reason(app), Reason::NotAllowed);
        let token = world.verifier.enroll_hotp(&world.alice, &HotpToken::new(&secret())).await;
        assert_eq!(reason(token), Reason::NotAllowed);
        assert!(world.verifier.enroll_address(&world.alice, &world.number).await.is_ok());

        let managed = Policy::builder().factors(Purpose::Manage, &[FactorKind::Totp]);
        let world = World::with(managed.build().unwrap());
        let token = world.verifier.enroll_hotp(&world.alice, &HotpToken::new(&secret())).await;
        assert_eq!(reason(token), Reason::NotAllowed, "nothing could be added to it");
        let (_, verified) = world.with_app().await;
        assert!(world.verifier.enroll_hotp(&verified, &HotpToken::new(&secret())).await.is_ok());
    });
}
