//! Sign-in requests: begun on a new device, answered on an old one by typing a number.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

mod support;

use second_factor::{
    FactorKind, Proof, Purpose, block_on,
    subject::{NewDevice, RequestAnswer, RequestedFrom, SignInRequest},
    verdict::{Reason, Recognized},
};
use support::{World, fresh, reason};

/// A subject with an app and a trusted phone that was recognised.
async fn with_phone() -> (World, support::App, Recognized) {
    let world = World::new();
    let (app, _) = world.with_app().await;
    let verified = fresh(&world, &app, Purpose::SignIn).await;
    let token = world.verifier.trust_device(&verified, &NewDevice::new("phone")).await.unwrap();
    world.clock.advance(60);
    let phone = world.verifier.recognize(&world.alice, &token).await.unwrap();
    (world, app, phone)
}

async fn request(world: &World) -> SignInRequest {
    let from = RequestedFrom::new("Firefox", "Lisbon");
    world.verifier.request_sign_in(&world.alice, Purpose::SignIn, &from).await.unwrap()
}

#[test]
fn a_request_signs_in_once_its_number_was_typed() {
    block_on(async {
        let (world, _, phone) = with_phone().await;
        let request = request(&world).await;
        let ask = || world.verifier.verify(&world.alice, Proof::request(&request));
        assert_eq!(reason(ask().await), Reason::Pending);
        let pending = world.verifier.pending_request(&phone).await.unwrap().unwrap();
        assert_eq!((pending.device(), pending.place()), ("Firefox", "Lisbon"));
        let answer = RequestAnswer::Approve(request.number().expose());
        world.verifier.answer_request(&phone, &pending, answer).await.unwrap();
        let verified = ask().await.unwrap();
        assert_eq!(verified.factors(), [FactorKind::Request]);
        assert_eq!(reason(ask().await), Reason::NoSuch);
    });
}
