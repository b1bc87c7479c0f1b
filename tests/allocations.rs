//! Numbers of heap allocations.
//!
//! The `otp` layer makes none (`tests/no_alloc.rs`).

#![allow(clippy::unwrap_used, reason = "a test may panic")]

extern crate alloc;

#[path = "support/mod.rs"]
mod support;

use allocation_counter::measure;
use second_factor::{
    Proof, Secret, block_on,
    otp::{KeyUri, TotpParameters},
};
use support::World;

#[test]
fn provisioning_uri_is_written_with_one_allocation() {
    let secret = Secret::new(b"12345678901234567890").unwrap();
    let account = "alice@example.com";
    let uri = KeyUri::totp("Example & Söhne", account, &secret, TotpParameters::new()).unwrap();
    assert_eq!(measure(|| drop(uri.expose_uri())).count_total, 1);
}

#[test]
fn provisioning_uri_is_parsed_with_one_allocation_per_name() {
    // The issuer occurs twice in the text and is stored once.
    let text = "otpauth://totp/Example:alice%40example.com\
                ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example";
    // The secret has its own, since a value that is moved leaves a copy behind.
    assert_eq!(measure(|| drop(KeyUri::parse(text).unwrap())).count_total, 3);
}

#[test]
fn verification_allocates_no_more_than_before() {
    let world = World::new();
    let (app, _verified) = block_on(world.with_app());
    world.clock.advance(30);
    let code = app.code(&world.clock);
    let answer = measure(|| {
        let _ = block_on(world.verifier.verify(&world.alice, Proof::totp(&code))).unwrap();
    });
    // Two of them hold the state and the random streams, which would otherwise be copied at every move.
    assert_eq!(answer.count_total, 17);
    let answer = measure(|| {
        let _ = block_on(world.verifier.verify(&world.alice, Proof::totp(&code))).unwrap_err();
    });
    assert_eq!(answer.count_total, 15);
}
