//! Security keys, verified by another crate.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod ceremonies;
mod enrollment;
mod limits;

use crate::support::{World, reason};
use second_factor::{
    Ceremony, Error, Proof, Reason, SecurityKeyOutcome, Storage, Verified, id::ItemId,
    purpose::Operation,
};

const SIGN_IN: Operation = Operation::SignIn;

/// Adds a first key on the application's assertion.
async fn add<S: Storage + Clone>(world: &World<S>, name: &str) -> Verified {
    let begun = world.verifier.enroll_security_key(&world.alice, b"").await.unwrap();
    confirm(world, &begun, name).await.unwrap()
}

async fn confirm<S: Storage + Clone>(
    world: &World<S>,
    begun: &Ceremony,
    name: &str,
) -> Result<Verified, Error> {
    let credential = format!("{name}, used 0 times");
    let (alice, credential) = (&world.alice, credential.as_bytes());
    world.verifier.confirm_security_key(alice, begun, name, credential).await
}

async fn begin<S: Storage + Clone>(world: &World<S>, purpose: Operation) -> Ceremony {
    world.verifier.begin_security_key(&world.alice, purpose, b"kept").await.unwrap()
}

fn first(ceremony: &Ceremony) -> ItemId {
    *ceremony.keys().first().expect("a key is enrolled").id()
}

fn passed(key: ItemId) -> SecurityKeyOutcome<'static> {
    SecurityKeyOutcome::passed(key, b"used once more").unwrap()
}

async fn answer<S: Storage + Clone>(
    world: &World<S>,
    ceremony: &Ceremony,
    verdict: SecurityKeyOutcome<'_>,
) -> Result<Verified, Error> {
    world.verifier.verify(&world.alice, Proof::security_key(ceremony, verdict)).await
}

async fn try_key<S: Storage + Clone>(world: &World<S>) -> Result<Verified, Error> {
    let ceremony = world.verifier.begin_security_key(&world.alice, SIGN_IN, b"").await?;
    answer(world, &ceremony, passed(first(&ceremony))).await
}

async fn miss<S: Storage + Clone>(world: &World<S>) -> Reason {
    let ceremony = begin(world, SIGN_IN).await;
    reason(answer(world, &ceremony, SecurityKeyOutcome::failed()).await)
}

/// Fails until `count` failures were counted, waiting as required.
async fn fail(world: &World, count: usize) {
    let mut failed = 0;
    while failed < count {
        match world.verifier.begin_security_key(&world.alice, SIGN_IN, b"").await {
            Ok(ceremony) => {
                let refused = reason(answer(world, &ceremony, SecurityKeyOutcome::failed()).await);
                assert_eq!(refused, Reason::Incorrect);
                failed += 1;
            }
            Err(error) => {
                world.clock.set(error.retry_at().expect("the error has a retry time").as_secs())
            }
        }
    }
}
