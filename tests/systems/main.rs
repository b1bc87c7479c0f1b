//! Well-known systems, from the view of users and attackers.
//!
//! Each test walks through one story: what the owner and the attacker see, what the application is
//! reported, and which notices are sent.

#![allow(
    clippy::future_not_send,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    reason = "a single-threaded test may panic"
)]

mod business_platform;
mod instagram;
mod linked_devices;
#[path = "../support/mod.rs"]
mod support;
mod threats;
mod unrequested_codes;
mod whatsapp_registration;
mod whatsapp_two_step;

use second_factor::{
    Address, Client, Error, Proof, Purpose, Verified, Verifier,
    host::Event,
    subject::{Challenge, DeviceToken, NewDevice},
    verdict::Recognized,
};

use crate::support::{App, World};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const PIN: &str = "493817";

/// A user at their own browser or phone: the owner or an attacker.
struct Somebody<'w> {
    world: &'w World,
    verifier: Verifier,
}

impl<'w> Somebody<'w> {
    fn at(world: &'w World, place: &str) -> Self {
        let client = Client::new(format!("the cookie that was given to {place}")).unwrap();
        Self { world, verifier: world.verifier.for_client(client) }
    }

    /// Requests a code to the number.
    async fn ask(&self, purpose: Purpose) -> Result<Challenge, Error> {
        self.ask_at(&self.world.number, purpose).await
    }

    async fn ask_at(&self, address: &Address, purpose: Purpose) -> Result<Challenge, Error> {
        self.verifier.challenge(&self.world.alice, address, purpose).await
    }

    /// As [`ask`](Self::ask), as soon as that is allowed.
    async fn wait_and_ask(&self, address: &Address, purpose: Purpose) -> Challenge {
        loop {
            match self.ask_at(address, purpose).await {
                Ok(sent) => return sent,
                Err(error) => {
                    self.world
                        .clock
                        .set(error.retry_at().expect("the error has a retry time").as_secs());
                }
            }
        }
    }

    async fn give(&self, purpose: Purpose, proof: Proof<'_>) -> Result<Verified, Error> {
        self.verifier.verify_for(&self.world.alice, purpose, proof).await
    }

    /// Requests a code to the number, reads it, and submits it.
    async fn by_text(&self, purpose: Purpose) -> Result<Verified, Error> {
        let sent = self.wait_and_ask(&self.world.number, purpose).await;
        self.give(purpose, Proof::sent_code(&sent, &self.world.read_code())).await
    }

    async fn by_app(&self, app: &App, purpose: Purpose) -> Verified {
        self.world.clock.advance(30);
        self.give(purpose, Proof::totp(&app.code(&self.world.clock))).await.unwrap()
    }

    /// Trusts this device.
    async fn stay(&self, verified: &Verified, label: &str) -> Result<DeviceToken, Error> {
        self.verifier.trust_device(verified, &NewDevice::new(label)).await
    }

    async fn come_back(&self, token: &DeviceToken) -> Result<Recognized, Error> {
        self.verifier.recognize(&self.world.alice, token).await
    }
}

/// Whether `event` was reported since this was last called. Discards the other events.
fn heard(world: &World, event: &Event) -> bool {
    world.log.take().contains(event)
}

/// The notices sent to `address` since this was last called, the oldest first. Discards the others.
fn told(world: &World, address: &Address) -> Vec<Event> {
    let there = |(event, to): (Event, Address)| (to == *address).then_some(event);
    let mut told: Vec<Event> = world.notices().into_iter().filter_map(there).collect();
    told.reverse();
    told
}

/// The mailbox of an attacker.
fn mail_of_a_thief() -> Address {
    Address::email("mallory@example.net").unwrap()
}
