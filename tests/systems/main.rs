//! Well-known systems, from the view of users and attackers.
//!
//! Each test walks through one story: what the owner and the attacker see, which events are reported
//! to the application, and which notices are sent.

#![allow(
    clippy::future_not_send,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    reason = "a single-threaded test may panic"
)]

mod business_platform;
mod first_factor;
mod instagram;
mod linked_devices;
#[path = "../support/mod.rs"]
mod support;
mod threats;
mod unrequested_codes;
mod whatsapp_registration;
mod whatsapp_two_step;

use second_factor::{
    Address, Challenge, Client, CodeRequest, DeviceToken, Error, FirstFactor, NewDevice, Next,
    Proof, SignIn, Verifier,
    enrollment::Enroller,
    host::Event,
    purpose::Operation,
    sign_in::{Confirmed, Recognized},
};

use crate::support::{
    App, World,
    answer::{Answer, Prove as _},
    devices::NotRecognized,
};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const PIN: &str = "493817";

/// A user at their own browser or phone: the owner or an attacker.
struct Visitor<'w> {
    world: &'w World,
    client: Client,
    verifier: Verifier,
}

impl<'w> Visitor<'w> {
    /// A visitor who has passed the first factor of the system.
    fn after(first: FirstFactor, world: &'w World, place: &str) -> Self {
        let client = Client::new(format!("the cookie of {place}")).unwrap();
        let verifier = world.verifier.after(first).for_client(client.clone());
        Self { world, verifier, client }
    }

    /// Requests a code to the number.
    async fn request_code(&self, purpose: Operation) -> Result<Challenge, Error> {
        self.request_code_at(&self.world.number, purpose).await
    }

    async fn request_code_at(
        &self,
        address: &Address,
        purpose: Operation,
    ) -> Result<Challenge, Error> {
        self.verifier
            .send_code(&self.world.alice, CodeRequest::to_address(address).purpose(purpose))
            .await
    }

    /// As [`request_code`](Self::request_code), as soon as that is allowed.
    async fn wait_and_request(&self, address: &Address, purpose: Operation) -> Challenge {
        loop {
            match self.request_code_at(address, purpose).await {
                Ok(sent) => return sent,
                Err(error) => {
                    self.world
                        .clock
                        .set(error.retry_at().expect("the error has a retry time").as_secs());
                }
            }
        }
    }

    async fn verify(&self, purpose: impl Into<Operation>, proof: Proof) -> Result<Answer, Error> {
        self.verifier.prove_for(&self.world.alice, purpose, proof).await
    }

    /// Requests a code to the number, reads it, and submits it.
    async fn verify_by_text(&self, purpose: Operation) -> Result<Answer, Error> {
        let sent = self.wait_and_request(&self.world.number, purpose).await;
        self.verify(purpose, Proof::sent_code(&sent, self.world.read_code())).await
    }

    async fn verify_by_app(&self, app: &App, purpose: Operation) -> Answer {
        self.world.clock.advance(30);
        self.verify(purpose, Proof::totp(app.code(&self.world.clock))).await.unwrap()
    }

    /// Proves `address` as a factor, with a grant of this client.
    async fn enroll(
        &self,
        enroller: impl Into<Enroller>,
        address: &Address,
    ) -> Result<Confirmed, Error> {
        let sent = self.verifier.enroll_address(enroller, address).await?;
        self.verifier.confirm(&self.world.alice, &sent, &self.world.read_code()).await
    }

    /// As [`verify`](Self::verify), and asks to trust this device. Returns the answer and the token.
    async fn link(
        &self,
        purpose: Operation,
        proof: Proof,
        label: &str,
    ) -> (Answer, Option<DeviceToken>) {
        let answer = self.verify(purpose, proof.trusting(NewDevice::new(label))).await.unwrap();
        let token = match &answer {
            Answer::Granted(_) => None,
            Answer::Registered(registered) => registered.device_token().cloned(),
            Answer::Verified(verified) => verified.device_token().cloned(),
        };
        // A success makes a device known; only a trusted one is linked.
        let token = match token {
            Some(token) if self.is_trusted(&token).await => Some(token),
            _ => None,
        };
        (answer, token)
    }

    async fn is_trusted(&self, token: &DeviceToken) -> bool {
        let status = self.on(token).status(&self.world.alice).await.unwrap();
        let mut devices = status.devices().iter();
        devices.any(|device| device.is_current() && device.trusted_until().is_some())
    }

    /// Signs in or registers by a code to the number, and trusts this device.
    async fn link_by_text(&self, purpose: Operation, label: &str) -> (Answer, DeviceToken) {
        let sent = self.wait_and_request(&self.world.number, purpose).await;
        let proof = Proof::sent_code(&sent, self.world.read_code());
        let (answer, token) = self.link(purpose, proof, label).await;
        (answer, token.unwrap())
    }

    /// Signs in by the app, and trusts this device.
    async fn link_by_app(&self, app: &App, label: &str) -> DeviceToken {
        self.world.clock.advance(30);
        let proof = Proof::totp(app.code(&self.world.clock));
        self.link(Operation::SignIn, proof, label).await.1.unwrap()
    }

    /// The verifier for this browser with its device token.
    fn on(&self, token: &DeviceToken) -> Verifier {
        self.world.verifier.for_client(self.client.clone().device(token))
    }

    /// Signs in on this trusted device, which stores the successor of its token, if any.
    async fn revisit(&self, token: &mut DeviceToken) {
        let recognized = self.recognize(token).await.unwrap();
        if let Some(successor) = recognized.successor() {
            *token = successor.clone();
        }
    }

    async fn recognize(&self, token: &DeviceToken) -> Result<Recognized, NotRecognized> {
        match self.on(token).next(&self.world.alice).await {
            Ok(Next::Done(SignIn::Recognized(recognized))) => Ok(recognized),
            Ok(Next::Prove(offers)) if offers.has_invalid_device_token() => {
                Err(NotRecognized::Invalid)
            }
            Ok(_) => Err(NotRecognized::Ignored),
            Err(_) => Err(NotRecognized::Failed),
        }
    }
}

/// The labels of the trusted devices.
async fn labels(world: &World) -> Vec<String> {
    let status = world.verifier.status(&world.alice).await.unwrap();
    let trusted = status.devices().iter().filter(|device| device.trusted_until().is_some());
    trusted.map(|device| device.label().to_owned()).collect()
}

/// Whether `event` was reported since this was last called. Discards the other events.
fn was_reported(world: &World, event: &Event) -> bool {
    world.log.take().contains(event)
}

/// The notices sent to `address` since this was last called, the oldest first. Discards the others.
fn notices_at(world: &World, address: &Address) -> Vec<Event> {
    let there = |(event, to): (Event, Address)| (to == *address).then_some(event);
    let mut notices: Vec<Event> = world.notices().into_iter().filter_map(there).collect();
    notices.reverse();
    notices
}

/// The mailbox of an attacker.
fn thief_mail() -> Address {
    Address::email("mallory@example.net").unwrap()
}
