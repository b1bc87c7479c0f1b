//! Helpers for registration, by the owner and by an attacker.

use second_factor::{Challenge, CodeRequest, Error, Handle, Policy, Proof, sign_in::Registered};

use super::World;

/// A world with cheap hashes.
pub fn cheap() -> World {
    World::with(Policy::builder().danger_cheap_hashes().build().unwrap())
}

/// Requests a registration code. Returns the challenge and the code received.
pub async fn send(world: &World) -> Result<(Challenge, String), Error> {
    let sent = world.verifier.send_code(&world.alice, CodeRequest::register(&world.number)).await?;
    Ok((sent, world.read_code()))
}

pub async fn answer(world: &World, sent: &Challenge, typed: &str) -> Result<Registered, Error> {
    let proof = Proof::sent_code(sent, typed);
    world.verifier.register(&world.alice, proof).await
}

/// Registers as soon as that is allowed. If a PIN is set, the PIN step is still pending.
pub async fn register(world: &World) -> Result<Registered, Error> {
    loop {
        match send(world).await {
            Ok((sent, code)) => return answer(world, &sent, &code).await,
            Err(error) => {
                world.clock.set(error.retry_at().expect("the error has a retry time").as_secs())
            }
        }
    }
}

pub async fn register_until_pin(world: &World) -> Handle {
    *register(world).await.unwrap_err().pending_pin().expect("the PIN is due")
}

pub async fn try_pin(world: &World, due: &Handle, typed: &str) -> Result<Registered, Error> {
    let proof = Proof::pin(due, typed);
    world.verifier.register(&world.alice, proof).await
}
