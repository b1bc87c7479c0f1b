//! Lanes and known devices.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

extern crate alloc;

mod availability;
mod isolation;
mod known_devices;
mod odds;
mod pins;
mod recovery;
mod sends;
mod sent_codes;
#[path = "../support/mod.rs"]
mod support;

use second_factor::{
    Client, DeviceToken, Error, FirstFactor, Grant, Proof, Purpose, Verified, Verifier,
};

use support::{App, World};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

/// A browser without a token.
fn browser(world: &World, name: &str) -> Verifier {
    world.verifier.for_client(Client::new(format!("the browser of {name}")).unwrap())
}

/// The browser that presents this token.
fn device(world: &World, token: &str) -> Verifier {
    let client = Client::new("the browser of the owner").unwrap();
    world.verifier.for_client(client.device(&DeviceToken::from_text(token)))
}

/// Signs in at a new browser, which is known from then on. Returns its token.
async fn become_known(world: &World, app: &App, name: &str) -> String {
    world.clock.advance(30);
    let verified = sign_in(world, &browser(world, name), app).await.unwrap();
    verified.device_token().expect("a success makes the client known").expose().to_owned()
}

/// Signs in with the current code.
async fn sign_in(world: &World, at: &Verifier, app: &App) -> Result<Verified, Error> {
    at.verify(&world.alice, Proof::totp(app.code(&world.clock))).await
}

/// Guesses at the app. It is always incorrect.
async fn guess(world: &World, at: &Verifier, app: &App) -> Error {
    let incorrect = app.incorrect(&world.clock);
    at.verify(&world.alice, Proof::totp(incorrect)).await.unwrap_err()
}

/// Guesses at the app for recovery, without a first factor.
async fn guess_at_recovery(world: &World, at: &Verifier, app: &App) -> Result<Grant, Error> {
    let (stranger, incorrect) = (at.after(FirstFactor::None), app.incorrect(&world.clock));
    stranger.verify_for(&world.alice, Purpose::Recover, Proof::totp(incorrect)).await
}
