//! Security keys and passkeys, verified by another crate.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

mod acceptance;
mod availability;
mod ceremonies;
mod enrollment;
mod passkeys;

use crate::support::World;
use second_factor::{
    Error, FactorKind, ItemId, Proof, Storage, SubjectId, Verified,
    enrollment::NewSecurityKey,
    proof::{Ceremony, CeremonyRequest, SecurityKeyOutcome},
    purpose::Operation,
    sign_in::Confirmed,
};

const SIGN_IN: Operation = Operation::SignIn;

/// Adds a first key on the application's assertion.
async fn add<S: Storage + Clone>(world: &World<S>, name: &str) -> Verified {
    let begun = world.verifier.enroll_security_key(&world.alice, b"").await.unwrap();
    confirm(world, &begun, name).await.unwrap().verified().unwrap()
}

async fn confirm<S: Storage + Clone>(
    world: &World<S>,
    begun: &Ceremony,
    name: &str,
) -> Result<Confirmed, Error> {
    let key = NewSecurityKey::new(name, format!("{name}, used 0 times").as_bytes())?;
    world.verifier.confirm_security_key(&world.alice, begun, key).await
}

async fn begin<S: Storage + Clone>(world: &World<S>, purpose: Operation) -> Ceremony {
    let request = CeremonyRequest::new(b"kept").purpose(purpose);
    world.verifier.begin_security_key(&world.alice, request).await.unwrap()
}

fn first(ceremony: &Ceremony) -> ItemId {
    *ceremony.keys().first().expect("a key is enrolled").id()
}

/// The key has verified its user, as a passkey does that signs in on its own.
fn passed(key: ItemId) -> SecurityKeyOutcome {
    SecurityKeyOutcome::passed(&key, b"used once more").user_verified(true)
}

async fn answer<S: Storage + Clone>(
    world: &World<S>,
    ceremony: &Ceremony,
    outcome: SecurityKeyOutcome,
) -> Result<Verified, Error> {
    world.verifier.verify(&world.alice, Proof::security_key(ceremony, outcome)).await
}

/// Answers a new ceremony with the first key.
async fn try_key<S: Storage + Clone>(world: &World<S>) -> Result<Verified, Error> {
    let ceremony = world.verifier.begin_security_key(&world.alice, b"").await?;
    answer(world, &ceremony, passed(first(&ceremony))).await
}

/// The ids and the credentials of the enrolled keys.
async fn keys<S: Storage + Clone>(world: &World<S>) -> Vec<(ItemId, Vec<u8>)> {
    let status = world.verifier.status(&world.alice).await.unwrap();
    status.security_keys().iter().map(|key| (*key.id(), key.credential().to_vec())).collect()
}

/// Enrolls a key of another user.
async fn add_for<S: Storage + Clone>(world: &World<S>, subject: &SubjectId) -> ItemId {
    let begun = world.verifier.enroll_security_key(subject, b"").await.unwrap();
    let key = NewSecurityKey::new("red", b"1").unwrap();
    let _ = world.verifier.confirm_security_key(subject, &begun, key).await.unwrap();
    *world.verifier.status(subject).await.unwrap().security_keys()[0].id()
}

/// The id of the only phone.
async fn phone<S: Storage + Clone>(world: &World<S>) -> ItemId {
    let status = world.verifier.status(&world.alice).await.unwrap();
    let mut factors = status.factors().iter();
    *factors.find(|factor| factor.kind() == FactorKind::Phone).expect("it is proven").id()
}
