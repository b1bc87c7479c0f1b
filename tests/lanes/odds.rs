//! Guesses in a year, counted on the crate itself.

use second_factor::{
    CodeRequest, Policy, Proof, Reason, Secret, block_on,
    enrollment::HotpToken,
    otp::{Hotp, Step},
};

use super::{DAY, HOUR, become_known, browser, device, guess, sign_in};
use crate::support::{App, World, YEAR, not};

/// The guesses of an attacker with the password, who never pauses.
///
/// The owner signs in every day at a known device.
async fn guesses_with_a_daily_owner(world: &World, app: &App) -> u32 {
    let token = become_known(world, app, "the owner").await;
    let (owner, attacker) = (device(world, &token), browser(world, "an attacker"));
    let (start, mut guesses) = (world.clock.time(), 0);
    for day in 1..=365 {
        let end = start.plus(day * DAY).as_secs();
        loop {
            let refused = guess(world, &attacker, app).await;
            let reason = refused.denial().unwrap().reason();
            guesses += u32::from(reason == Reason::Incorrect);
            let now = world.clock.time().as_secs();
            let next = refused.retry_at().map_or(now + 1, |until| until.as_secs());
            if reason == Reason::Disabled || next >= end {
                break;
            }
            world.clock.set(next);
        }
        world.clock.set(end);
        assert!(sign_in(world, &owner, app).await.is_ok(), "the owner, on day {day}");
    }
    guesses
}

#[test]
fn finding_a05_app_is_guessed_at_few_hundred_times_a_year() {
    block_on(async {
        // Three codes of a million are valid: window 1.
        for (policy, most) in
            [(Policy::default(), 400), (Policy::pci(), 400), (Policy::psd2(), 400)]
        {
            let world = World::with(policy);
            let (app, _) = world.with_app().await;
            let guesses = guesses_with_a_daily_owner(&world, &app).await;
            assert!((300..=most).contains(&guesses), "{guesses} guesses");
            assert!(f64::from(guesses) * 3e-6 < 0.002, "{guesses} guesses");
        }
    });
}

/// One count is for all apps, so that three apps triple the odds and not the guesses.
#[test]
fn finding_a05_three_apps_are_guessed_at_as_often_as_one() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        for _ in 0..2 {
            let begun = world.verifier.enroll_totp(&verified, "alice").await.unwrap();
            let code = App::scan(begun.expose_secret().expose()).code(&world.clock);
            let _ = world.verifier.confirm(&world.alice, &begun, &code).await.unwrap();
        }
        let guesses = guesses_with_a_daily_owner(&world, &app).await;
        assert!((300..=388).contains(&guesses), "{guesses} guesses");
        assert!(f64::from(guesses) * 9e-6 < 0.0035, "{guesses} guesses");
    });
}

#[test]
fn finding_a05_app_of_an_absent_owner_is_off_after_thirty() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let attacker = browser(&world, "an attacker");
        let (end, mut guesses) = (world.clock.time().plus(YEAR), 0);
        while world.clock.time() < end {
            let refused = guess(&world, &attacker, &app).await;
            guesses += u32::from(refused.denial().unwrap().reason() == Reason::Incorrect);
            let next = world.clock.time().plus(HOUR).as_secs();
            world.clock.set(refused.retry_at().map_or(next, |until| until.as_secs()));
        }
        assert_eq!(guesses, 30);
    });
}

#[test]
fn finding_a05_hotp_with_look_ahead_three_is_below_the_bar() {
    block_on(async {
        let world = World::new();
        let secret = Secret::new(b"12345678901234567890").unwrap();
        let codes = Hotp::new(&secret);
        let code = |counter: u64| codes.code(Step::new(counter)).expose().to_owned();
        let begun = world.verifier.enroll_hotp(&world.alice, &HotpToken::new(&secret)).await;
        let enrollment = begun.unwrap();
        let _ = world.verifier.confirm(&world.alice, &enrollment, &code(0)).await.unwrap();
        let owner = browser(&world, "the owner");
        let verified = owner.verify(&world.alice, Proof::hotp(code(1))).await.unwrap();
        let token = verified.device_token().unwrap().expose().to_owned();
        let (owner, attacker) = (device(&world, &token), browser(&world, "an attacker"));
        let (start, mut guesses) = (world.clock.time(), 0);
        for day in 1..=365 {
            let end = start.plus(day * DAY).as_secs();
            let near: Vec<String> = (0..=day + 110).map(code).collect();
            let incorrect = (0..).map(|number| format!("{number:06}"));
            let incorrect = incorrect.into_iter().find(|guess| !near.contains(guess)).unwrap();
            loop {
                let refused =
                    attacker.verify(&world.alice, Proof::hotp(&incorrect)).await.unwrap_err();
                let reason = refused.denial().unwrap().reason();
                guesses += u32::from(reason == Reason::Incorrect);
                let now = world.clock.time().as_secs();
                let next = refused.retry_at().map_or(now + 1, |until| until.as_secs());
                if reason == Reason::Disabled || next >= end {
                    break;
                }
                world.clock.set(next);
            }
            world.clock.set(end);
            let proof = Proof::hotp(code(day + 1));
            assert!(owner.verify(&world.alice, proof).await.is_ok(), "day {day}");
        }
        assert!(f64::from(guesses) * 4e-6 < 0.002, "{guesses} guesses");
    });
}

#[test]
fn finding_a05_registration_is_guessed_at_below_one_in_thousand() {
    block_on(async {
        let world = World::new();
        let stranger = browser(&world, "a stranger");
        let (end, mut guesses) = (world.clock.time().plus(YEAR), 0_u32);
        while world.clock.time() < end {
            let request = CodeRequest::register(&world.number);
            let sent = match stranger.send_code(&world.alice, request).await {
                Ok(sent) => sent,
                Err(refused) => {
                    world.clock.set(refused.retry_at().unwrap().as_secs());
                    continue;
                }
            };
            let code = world.read_code();
            loop {
                let proof = Proof::sent_code(&sent, not(&code));
                let refused = stranger.register(&world.alice, proof).await.unwrap_err();
                if refused.denial().unwrap().reason() != Reason::Incorrect {
                    break;
                }
                guesses += 1;
            }
        }
        assert!(f64::from(guesses) * 1e-6 < 0.001, "{guesses} guesses");
    });
}
