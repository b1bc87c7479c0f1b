//! HOTP tokens: enrollment, look-ahead and resynchronization.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{World, fresh_for, item_of, not, reason};
use second_factor::{
    Error, FactorKind, Handle, Keys, Next, Offer, Policy, Proof, Reason, Secret, SignIn, Verified,
    block_on,
    enrollment::{Enroller, HotpToken},
    host::Event,
    otp::{Algorithm, Digits, Hotp, LookAhead, Step, Totp, TotpParameters, Window},
    policy::UnsafePolicy,
    purpose::Operation,
};

const SECRET: &[u8] = b"12345678901234567890";

fn secret() -> Secret {
    Secret::new(SECRET).unwrap()
}

/// The code that the token token_code at that counter.
fn token_code(counter: u64) -> String {
    Hotp::new(&secret()).code(Step::new(counter)).expose().to_owned()
}

async fn enroll(world: &World, enroller: impl Into<Enroller>, token: &HotpToken) -> Handle {
    world.verifier.enroll_hotp(enroller, token).await.unwrap()
}

/// A world with a token whose code 0 is used up.
async fn with_token() -> World {
    let world = World::new();
    let enrollment = enroll(&world, &world.alice, &HotpToken::new(&secret())).await;
    let _ = world.verifier.confirm(&world.alice, &enrollment, &token_code(0)).await.unwrap();
    world
}

async fn try_token(world: &World, typed: &str) -> Result<Verified, Error> {
    world.verifier.verify(&world.alice, Proof::hotp(typed)).await
}

async fn try_pair(world: &World, first: u64, second: u64) -> Result<Verified, Error> {
    let (first, second) = (token_code(first), token_code(second));
    world.verifier.verify(&world.alice, Proof::hotp_resync(&first, &second)).await
}

#[test]
fn hotp_code_signs_in_once() {
    block_on(async {
        let world = with_token().await;
        for counter in 1..4 {
            let verified = try_token(&world, &token_code(counter)).await.unwrap();
            assert_eq!(verified.factors(), [FactorKind::Hotp]);
            for _ in 0..10 {
                assert_eq!(reason(try_token(&world, &token_code(counter)).await), Reason::Replayed);
            }
        }
        // A double click does not lock out, and codes before the last are no longer valid.
        assert!(world.log.take().contains(&Event::ReplayRefused(FactorKind::Hotp)));
        assert_eq!(reason(try_token(&world, &token_code(1)).await), Reason::Incorrect);
        assert!(try_token(&world, &token_code(4)).await.is_ok());
    });
}

#[test]
fn hotp_token_protects_only_when_confirmed() {
    block_on(async {
        let world = World::new();
        let enrollment = enroll(&world, &world.alice, &HotpToken::new(&secret())).await;
        let next = world.verifier.next(&world.alice).await.unwrap();
        assert!(matches!(next, Next::Done(SignIn::Unprotected(_))));
        assert_eq!(reason(try_token(&world, &token_code(0)).await), Reason::NotEnrolled);
        let _ = world.verifier.confirm(&world.alice, &enrollment, &token_code(3)).await.unwrap();
        let next = world.verifier.next(&world.alice).await.unwrap();
        let Next::Prove(offers) = next else { panic!("a token is enrolled") };
        assert!(offers.iter().map(Offer::kind).eq([FactorKind::Hotp]));
        assert_eq!(
            reason(try_token(&world, &token_code(3)).await),
            Reason::Replayed,
            "it is used up"
        );
        assert!(try_token(&world, &token_code(4)).await.is_ok());
    });
}

#[test]
fn failure_032_look_ahead_of_three_finds_the_counter() {
    block_on(async {
        let world = with_token().await;
        assert_eq!(reason(try_token(&world, &token_code(5)).await), Reason::Incorrect);
        assert!(try_token(&world, &token_code(4)).await.is_ok());
        for nth in 1..=7 {
            let skipped = try_token(&world, &token_code(nth % 4)).await;
            assert_eq!(reason(skipped), reason_of(nth));
        }
        fn reason_of(nth: u64) -> Reason {
            // The fifth incorrect code locks.
            if nth <= 5 { Reason::Incorrect } else { Reason::Locked }
        }
    });
}

#[test]
fn resync_with_two_codes_finds_a_distant_counter() {
    block_on(async {
        let world = with_token().await;
        assert_eq!(reason(try_token(&world, &token_code(80)).await), Reason::Incorrect);
        assert_eq!(reason(try_pair(&world, 80, 82).await), Reason::Incorrect);
        assert_eq!(reason(try_pair(&world, 81, 80).await), Reason::Incorrect);
        assert!(try_pair(&world, 80, 81).await.is_ok());
        assert_eq!(reason(try_pair(&world, 80, 81).await), Reason::Replayed, "once");
        assert!(try_token(&world, &token_code(82)).await.is_ok());
    });
}

#[test]
fn failure_033_resync_is_counted_and_locked_separately() {
    block_on(async {
        let world = with_token().await;
        for _ in 0..5 {
            assert_eq!(reason(try_pair(&world, 500, 501).await), Reason::Incorrect);
        }
        let locked = try_pair(&world, 80, 81).await;
        assert_eq!(reason(locked), Reason::Locked);
        assert!(try_token(&world, &token_code(1)).await.is_ok(), "single codes are unaffected");
        assert!(try_pair(&world, 80, 81).await.is_ok(), "a success resets its factor");
    });
}

#[test]
fn failure_022_failed_resyncs_disable_the_token() {
    block_on(async {
        let world = with_token().await;
        for _ in 0..30 {
            let (first, second) = (token_code(500), token_code(501));
            let proof = Proof::hotp_resync(&first, &second);
            let answer = world.verifier.verify(&world.alice, proof).await;
            assert_eq!(reason(answer), Reason::Incorrect);
            world.clock.advance(3600);
        }
        assert_eq!(reason(try_pair(&world, 80, 81).await), Reason::Disabled);
        assert_eq!(reason(try_token(&world, &token_code(1)).await), Reason::Disabled);
        let next = world.verifier.next(&world.alice).await;
        assert_eq!(reason(next), Reason::Disabled, "it is not offered");
    });
}

#[test]
fn failure_056_exhausted_counter_never_restarts() {
    block_on(async {
        let world = World::new();
        let token = HotpToken::new(&secret()).with_counter(Step::new(u64::MAX - 1));
        let enrollment = enroll(&world, &world.alice, &token).await;
        let first = token_code(u64::MAX - 1);
        let _ = world.verifier.confirm(&world.alice, &enrollment, &first).await.unwrap();
        assert!(try_token(&world, "094451").await.is_ok(), "the last counter is accepted");
        for typed in ["094451", "755224", "287082"] {
            assert_eq!(reason(try_token(&world, typed).await), Reason::Disabled);
        }
        let next = world.verifier.next(&world.alice).await.unwrap();
        assert!(matches!(next, Next::Prove(_)), "it protects all the same");
    });
}

#[test]
fn replaced_or_revoked_hotp_token_is_refused() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let enrollment = enroll(&world, &verified, &HotpToken::new(&secret())).await;
        let verified =
            world.verifier.confirm(&world.alice, &enrollment, &token_code(0)).await.unwrap();

        let eight = HotpToken::new(&secret()).with_digits(Digits::Eight);
        let enrollment = enroll(&world, &verified, &eight).await;
        assert!(
            try_token(&world, &token_code(1)).await.is_ok(),
            "until the new token is confirmed"
        );
        let long = Hotp::with(&secret(), Default::default(), Digits::Eight);
        let code = |counter| long.code(Step::new(counter)).expose().to_owned();
        let malformed = world.verifier.confirm(&world.alice, &enrollment, &token_code(0)).await;
        assert_eq!(reason(malformed), Reason::Malformed);
        let _ = world.verifier.confirm(&world.alice, &enrollment, &code(0)).await.unwrap();
        assert_eq!(reason(try_token(&world, &token_code(2)).await), Reason::Malformed);
        assert!(try_token(&world, &code(1)).await.is_ok());

        let verified = fresh_for(&world, &app, Operation::Manage).await;
        let token = item_of(&world, FactorKind::Hotp).await;
        world.verifier.revoke(&verified, &token).await.unwrap();
        assert_eq!(reason(try_token(&world, &code(2)).await), Reason::NotEnrolled);
    });
}

#[test]
fn success_reports_failed_codes_and_resyncs_together() {
    block_on(async {
        let world = with_token().await;
        for _ in 0..3 {
            assert_eq!(reason(try_token(&world, &not(&token_code(1))).await), Reason::Incorrect);
        }
        let incorrect = not(&token_code(1));
        for _ in 0..2 {
            let pair = Proof::hotp_resync(&incorrect, &incorrect);
            assert_eq!(reason(world.verifier.verify(&world.alice, pair).await), Reason::Incorrect);
        }
        for (other, code) in ["x", "1234567"].map(|other| (other, token_code(1))) {
            let pair = Proof::hotp_resync(&code, other);
            assert_eq!(reason(world.verifier.verify(&world.alice, pair).await), Reason::Malformed);
            let pair = Proof::hotp_resync(other, &code);
            assert_eq!(reason(world.verifier.verify(&world.alice, pair).await), Reason::Malformed);
        }
        let _ = world.log.take();
        assert!(try_token(&world, &token_code(1)).await.is_ok());
        let reported = Event::SuccessAfterFailures(FactorKind::Hotp, 5);
        assert!(world.log.take().contains(&reported));
    });
}

#[test]
fn policy_returns_the_configured_values() {
    let (window, ahead) = (Window::new(2, 0).unwrap(), LookAhead::new(5).unwrap());
    let app = TotpParameters::new().with_algorithm(Algorithm::Sha256);
    let policy = Policy::builder().window(window).look_ahead(ahead).totp(app).build().unwrap();
    assert_eq!((policy.window(), policy.look_ahead(), policy.totp()), (window, ahead, app));
}

#[test]
fn totp_app_of_each_algorithm_signs_in() {
    for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
        let app = TotpParameters::new().with_algorithm(algorithm);
        let world = World::with(Policy::builder().totp(app).build().unwrap());
        block_on(async {
            let enrollment = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
            let secret = Secret::import_base32(enrollment.expose_secret().expose()).unwrap();
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
fn look_ahead_beyond_the_guessing_bound_is_refused() {
    let far = LookAhead::new(20).unwrap();
    let refused = Policy::builder().look_ahead(far).build();
    assert_eq!(refused.unwrap_err(), UnsafePolicy::GuessingOdds);
    for codes in 1.. {
        let Ok(look_ahead) = LookAhead::new(codes - 1) else { break };
        // STD N-41: 100 guesses of one million codes.
        let is_safe = 100 * u64::from(codes) <= 1000;
        let built = Policy::builder().look_ahead(look_ahead).build();
        assert_eq!(built.is_ok(), is_safe, "{codes}");
    }
    assert!(Policy::builder().look_ahead(far).danger_any_guessing_odds().build().is_ok());
}

#[test]
fn failure_090_hotp_secret_is_sealed() {
    block_on(async {
        let world = with_token().await;
        let id = Keys::new(crate::support::ROOT).subject_record(&world.alice);
        let record = second_factor::Storage::load(&world.store, &id).await.unwrap().unwrap();
        assert!(!record.bytes().windows(SECRET.len()).any(|part| part == SECRET));
    });
}

#[test]
fn last_usable_factor_cannot_be_removed() {
    block_on(async {
        let world = World::with(Policy::builder().disable_at(1).build().unwrap());
        let (app, verified) = world.with_app().await;
        let enrollment = enroll(&world, &verified, &HotpToken::new(&secret())).await;
        let _ = world.verifier.confirm(&world.alice, &enrollment, &token_code(0)).await.unwrap();
        assert_eq!(reason(try_token(&world, &token_code(50)).await), Reason::Incorrect);
        let verified = fresh_for(&world, &app, Operation::Manage).await;
        let item = async |kind| item_of(&world, kind).await;
        let revoked = world.verifier.revoke(&verified, &item(FactorKind::Totp).await).await;
        assert_eq!(reason(revoked), Reason::LastFactor, "the token is disabled");
        assert!(world.verifier.revoke(&verified, &item(FactorKind::Hotp).await).await.is_ok());
    });
}

#[test]
fn first_factor_that_could_not_sign_in_is_refused() {
    block_on(async {
        let phone = [FactorKind::Phone];
        let only = Policy::builder().only(Operation::SignIn, &phone);
        let world = World::with(only.only(Operation::Manage, &phone).build().unwrap());
        let app = world.verifier.enroll_totp(&world.alice, "alice").await;
        assert_eq!(reason(app), Reason::NotAllowed);
        let token = world.verifier.enroll_hotp(&world.alice, &HotpToken::new(&secret())).await;
        assert_eq!(reason(token), Reason::NotAllowed);
        assert!(world.verifier.enroll_address(&world.alice, &world.number).await.is_ok());

        let managed = Policy::builder().only(Operation::Manage, &[FactorKind::Totp]);
        let world = World::with(managed.build().unwrap());
        let token = world.verifier.enroll_hotp(&world.alice, &HotpToken::new(&secret())).await;
        assert_eq!(reason(token), Reason::NotAllowed, "no factor could be added");
        let (_, verified) = world.with_app().await;
        assert!(world.verifier.enroll_hotp(&verified, &HotpToken::new(&secret())).await.is_ok());
    });
}
