//! The systems that people know, each walked through as those who use it live it: what the owner
//! and whoever attacks see, what the host hears, what is told to whom.

#![allow(
    clippy::future_not_send,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    reason = "a story on one thread may stop where it stands"
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
    Address, Challenge, Client, DeviceToken, Error, NewDevice, Proof, Purpose, Verified, Verifier,
    host::Event, verdict::Recognized,
};

use crate::support::{App, World};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const PIN: &str = "493817";

/// Somebody at a browser or a phone of their own: the owner, or whoever says to be.
struct Somebody<'w> {
    world: &'w World,
    verifier: Verifier,
}

impl<'w> Somebody<'w> {
    fn at(world: &'w World, place: &str) -> Self {
        let client = Client::new(format!("the cookie that was given to {place}")).unwrap();
        Self { world, verifier: world.verifier.for_client(client) }
    }

    /// Asks for a code to the number.
    async fn ask(&self, purpose: Purpose) -> Result<Challenge, Error> {
        self.ask_at(&self.world.number, purpose).await
    }

    async fn ask_at(&self, address: &Address, purpose: Purpose) -> Result<Challenge, Error> {
        self.verifier.challenge(&self.world.alice, address, purpose).await
    }

    /// As [`ask`](Self::ask), as soon as that may be.
    async fn wait_and_ask(&self, address: &Address, purpose: Purpose) -> Challenge {
        loop {
            match self.ask_at(address, purpose).await {
                Ok(sent) => return sent,
                Err(error) => {
                    self.world.clock.set(error.retry_at().expect("it is a wait").as_secs());
                }
            }
        }
    }

    async fn give(&self, purpose: Purpose, proof: Proof<'_>) -> Result<Verified, Error> {
        self.verifier.verify_for(&self.world.alice, purpose, proof).await
    }

    /// Asks for a code to the number, reads it, and gives it.
    async fn by_text(&self, purpose: Purpose) -> Result<Verified, Error> {
        let sent = self.wait_and_ask(&self.world.number, purpose).await;
        self.give(purpose, Proof::sent_code(&sent, &self.world.read_code())).await
    }

    async fn by_app(&self, app: &App, purpose: Purpose) -> Verified {
        self.world.clock.advance(30);
        self.give(purpose, Proof::totp(&app.code(&self.world.clock))).await.unwrap()
    }

    /// Has this place trusted.
    async fn stay(&self, verified: &Verified, label: &str) -> Result<DeviceToken, Error> {
        self.verifier.trust_device(verified, &NewDevice::new(label)).await
    }

    async fn come_back(&self, token: &DeviceToken) -> Result<Recognized, Error> {
        self.verifier.recognize(&self.world.alice, token).await
    }
}

/// Whether the host heard of `event` since it was last asked. What it heard is put aside.
fn heard(world: &World, event: &Event) -> bool {
    world.log.take().contains(event)
}

/// What was told at `address` since this was last asked, the first first. The rest is put aside.
fn told(world: &World, address: &Address) -> Vec<Event> {
    let there = |(event, to): (Event, Address)| (to == *address).then_some(event);
    let mut told: Vec<Event> = world.notices().into_iter().filter_map(there).collect();
    told.reverse();
    told
}

/// The mailbox of somebody who has no business here.
fn mail_of_a_thief() -> Address {
    Address::email("mallory@example.net").unwrap()
}
