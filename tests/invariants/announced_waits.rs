//! Refusals that start a wait.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use second_factor::{
    Error, Handle, Proof, Reason, Secret, block_on,
    enrollment::HotpToken,
    otp::{Hotp, Step},
    proof::RequestAnswer,
    purpose::Operation,
};

use crate::support::{
    World, devices, not, registration,
    slow::{Alice, INCORRECT_PIN, PIN},
};

/// Fails five times. Only the fifth refusal says when the next attempt is possible.
async fn fifth_starts_a_wait<T>(
    name: &str,
    clock: &World,
    attempt: impl AsyncFn() -> Result<T, Error>,
) {
    for nth in 1..=5 {
        let error = attempt().await.err().unwrap();
        assert_eq!(error.denial().unwrap().reason(), Reason::Incorrect, "{name}");
        let until = clock.clock.time().plus(30);
        assert_eq!(error.retry_at(), (nth == 5).then_some(until), "{name}: failure {nth}");
        assert_eq!(error.http_status(), if nth == 5 { 429 } else { 401 }, "{name}");
        assert!(!error.is_safe_to_show(), "{name}");
    }
}

#[test]
fn finding_u06_fifth_incorrect_code_announces_its_wait() {
    block_on(async {
        let world = World::new();
        let (app, proof) = world.with_app().await;
        let _ = world.with_phone(&proof).await;
        let attempt = async || world.try_app(&app.incorrect(&world.clock)).await;
        fifth_starts_a_wait("TOTP", &world, attempt).await;
        let (sent, code) = world.send_to(&world.number).await;
        let attempt = async || world.try_code(&sent, &not(&code)).await;
        fifth_starts_a_wait("phone", &world, attempt).await;
        let (sent, code) = registration::send(&world).await.unwrap();
        let attempt = async || registration::answer(&world, &sent, &not(&code)).await;
        fifth_starts_a_wait("registration", &world, attempt).await;
    });
}

#[test]
fn finding_u06_fifth_code_of_a_token_announces_its_wait() {
    block_on(async {
        let (world, secret) = (World::new(), Secret::new(&[7; 20]).unwrap());
        let begun = world.verifier.enroll_hotp(&world.alice, &HotpToken::new(&secret)).await;
        let code = |at| Hotp::new(&secret).code(Step::new(at)).expose().to_owned();
        let _ = world.verifier.confirm(&world.alice, begun.unwrap(), &code(0)).await.unwrap();
        let attempt =
            async || world.verifier.verify(&world.alice, Proof::hotp(not(&code(1)))).await;
        fifth_starts_a_wait("HOTP", &world, attempt).await;
        let pair = || Proof::hotp_resync(code(500), code(502));
        let attempt = async || world.verifier.verify(&world.alice, pair()).await;
        fifth_starts_a_wait("resynchronization", &world, attempt).await;
    });
}

#[test]
fn finding_u06_fifth_slow_attempt_announces_its_wait() {
    block_on(async {
        let alice = Alice::with_imported_codes().await;
        let attempt = async || alice.try_backup(alice.near()).await;
        fifth_starts_a_wait("backup code", &alice.world, attempt).await;
        let alice = Alice::with_pin().await;
        let due: Handle = alice.due().await;
        let attempt = async || alice.try_pin(&due, INCORRECT_PIN).await;
        fifth_starts_a_wait("PIN", &alice.world, attempt).await;
        alice.world.clock.advance(30);
        assert!(alice.try_pin(&due, PIN).await.is_ok());
    });
}

#[test]
fn finding_u06_fifth_number_of_a_request_announces_its_wait() {
    block_on(async {
        let (world, _, phone) = devices::with_old_phone().await;
        let attempt = async || {
            let request = devices::request(&world).await;
            let typed = devices::other_number(&request);
            devices::answer(&world, &phone, RequestAnswer::Approve(&typed)).await
        };
        fifth_starts_a_wait("sign-in request", &world, attempt).await;
        let refused = devices::try_request(&world, Operation::SignIn).await.err().unwrap();
        assert_eq!(refused.retry_at(), Some(world.clock.time().plus(30)));
    });
}
