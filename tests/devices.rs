//! Trusted devices: a token that changes at use, recognised, never verified.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

mod support;

use second_factor::{
    Purpose, block_on,
    host::Event,
    subject::{DeviceToken, NewDevice},
    verdict::{Reason, Recognized},
};
use support::{World, fresh, reason};

/// A subject with an app and a trusted device, and the token that it keeps.
async fn with_device() -> (World, support::App, String) {
    let world = World::new();
    let (app, _) = world.with_app().await;
    let verified = fresh(&world, &app, Purpose::SignIn).await;
    let token = world.verifier.trust_device(&verified, &NewDevice::new("Firefox")).await.unwrap();
    let token = token.expose().to_owned();
    (world, app, token)
}

async fn recognize(world: &World, token: &str) -> Result<Recognized, second_factor::Error> {
    world.verifier.recognize(&world.alice, &DeviceToken::from_text(token)).await
}

#[test]
fn a_trusted_device_is_recognised_and_its_token_changes() {
    block_on(async {
        let (world, _, mut token) = with_device().await;
        for _ in 0..5 {
            let device = recognize(&world, &token).await.unwrap();
            assert_eq!(device.label(), "Firefox");
            token = device.token().expose().to_owned();
        }
    });
}

#[test]
fn failure_082_a_token_that_was_replaced_ends_the_device() {
    block_on(async {
        let (world, _, first) = with_device().await;
        let second = recognize(&world, &first).await.unwrap().token().expose().to_owned();
        let again = recognize(&world, &first).await.unwrap().token().expose().to_owned();
        let third = recognize(&world, &second).await.unwrap().token().expose().to_owned();
        assert!(recognize(&world, &again).await.is_ok(), "two requests at once are given the same");
        assert_eq!(reason(recognize(&world, &first).await), Reason::Stolen);
        assert!(world.log.take().contains(&Event::DeviceStolen));
        assert_eq!(reason(recognize(&world, &third).await), Reason::NoSuch);
    });
}
