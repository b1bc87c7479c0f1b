//! Fallback to other channels when gateways fail.
//!
//! The fallback is immediate, by webhook or by timer. One code is valid at a time, and no attempt
//! is lost.

#![allow(clippy::unwrap_used, reason = "a failing test should panic")]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use second_factor::{
    Address, Challenge, Channel, CodeRequest, Delivery, Error, FactorKind, FirstFactor, Keys,
    MemoryStorage, Message, Policy, Proof, Reason, Secret, SubjectId, UnixTime, Verified, Verifier,
    block_on,
    delivery::{
        Receipt,
        Undelivered::{self, Unavailable, Unreachable},
    },
    gateway::{DeliveryReport, Endpoint, twilio, vonage, whatsapp},
    message::{Sender, voice::Call},
    otp::Totp,
    sans_io::Moment,
    status::{FactorStatus, WhatsApp},
    testkit::{ManualClock, SeededEntropy},
};
use second_factor_gateways::{Gateways, Play, Service, Taken, keys, send, webhooks};
use serde_json::json;

const NOON: u64 = 1_800_000_000;
const ROUTE: [(Channel, Duration); 3] = [
    (Channel::Sms, Duration::from_secs(60)),
    (Channel::WhatsApp, Duration::from_secs(40)),
    (Channel::Voice, Duration::from_secs(60)),
];

/// The delivery of an application: SMS by Twilio, WhatsApp by Meta, calls by Vonage.
#[derive(Clone)]
struct Carrier {
    gateways: Gateways,
    clock: ManualClock,
    calls: Arc<Mutex<HashMap<String, Call>>>,
}

impl Delivery for Carrier {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        let (now, at) = (self.clock.time(), &self.gateways);
        let patience = Duration::from_millis(600);
        match message.channel() {
            Channel::Sms => {
                let request = keys::twilio_messages(at).request(&message, now)?;
                twilio::receipt(&send(request, patience)?)
            }
            Channel::WhatsApp => {
                let request = keys::cloud_api(at).request(&message, now)?;
                whatsapp::receipt(&send(request, patience)?)
            }
            Channel::Voice => {
                let (call, request) =
                    keys::vonage_calls(at).dial(message, Moment::new(now, [5; 32]))?;
                self.calls.lock().unwrap().insert(call.id().to_owned(), call);
                vonage::receipt(&send(request, patience)?)
            }
            _ => Err(Undelivered::Misconfigured),
        }
    }
}

/// Alice, whose number receives SMS and WhatsApp messages.
struct World {
    gateways: Gateways,
    clock: ManualClock,
    carrier: Carrier,
    verifier: Verifier,
    alice: SubjectId,
    number: Address,
}

impl World {
    async fn new() -> Self {
        let (gateways, clock) = (Gateways::open(), ManualClock::at(NOON));
        let carrier =
            Carrier { gateways: gateways.clone(), clock: clock.clone(), calls: Arc::default() };
        let sender = Sender::new("Example").unwrap().with_origin("example.com").unwrap();
        let keys = Keys::new(*b"a root of thirty-two bytes, kept");
        let verifier = Verifier::builder(sender, MemoryStorage::new(), carrier.clone(), keys)
            .first_factor(FirstFactor::Password)
            .policy(Policy::builder().route(&ROUTE).build().unwrap())
            .clock(clock.clone())
            .entropy(SeededEntropy::new(1))
            .build()
            .unwrap();
        let alice = SubjectId::new("alice").unwrap();
        let number = Address::phone("+14155550100").unwrap();
        let world = Self { gateways, clock, carrier, verifier, alice, number };
        world.enroll().await;
        world
    }

    async fn enroll(&self) {
        let app = self.verifier.enroll_totp(&self.alice, "alice").await.unwrap();
        let totp = Totp::new(&Secret::from_base32(app.expose_secret().expose()).unwrap());
        let code = totp.code(self.clock.time()).unwrap();
        let verified = self.verifier.confirm(&self.alice, &app, code.expose()).await.unwrap();
        let sent = self.verifier.enroll_address(&verified, &self.number).await.unwrap();
        let code = code_in(&self.gateways.taken()[0]);
        let _ = self.verifier.confirm(&self.alice, &sent, &code).await.unwrap();
        let status = self.verifier.status(&self.alice).await.unwrap();
        let is_phone = |factor: &&FactorStatus| factor.kind() == FactorKind::Phone;
        let phone = status.factors().iter().find(is_phone).unwrap().id();
        self.verifier.set_whatsapp(&verified, phone, WhatsApp::Allowed).await.unwrap();
        self.clock.advance(60);
        // Discard the notices of the enrollments.
        let _ = self.gateways.taken();
    }

    async fn challenge(&self) -> Result<Challenge, Error> {
        self.verifier.send_code(&self.alice, CodeRequest::to_address(&self.number)).await
    }

    async fn submit(&self, to: &Challenge, typed: &str) -> Result<Verified, Error> {
        self.verifier.verify(&self.alice, Proof::sent_code(to, typed)).await
    }

    async fn report(&self, report: &DeliveryReport) -> Option<Challenge> {
        self.verifier
            .operations()
            .delivery_report(report.reference(), report.outcome())
            .await
            .unwrap()
    }

    fn now(&self) -> UnixTime {
        self.clock.time()
    }

    /// Returns Twilio's report on a text message, with this status and error code.
    fn by_twilio(&self, message: &Taken, status: &str, code: &str) -> DeliveryReport {
        let path = format!("/hooks/twilio?reference={}", message.reference);
        let request = webhooks::twilio(&path, &[("MessageStatus", status), ("ErrorCode", code)]);
        let origin = Endpoint::new(keys::ORIGIN).unwrap();
        let hooks = twilio::Webhooks::new(&keys::credential(keys::TWILIO_TOKEN), origin);
        hooks.status(&request).unwrap().unwrap()
    }

    /// Returns Meta's report on a message that failed with this error code.
    fn by_meta(&self, message: &Taken, code: u64) -> DeliveryReport {
        let request = webhooks::meta(&json!({
            "status": "failed",
            "timestamp": self.now().as_secs().to_string(),
            "biz_opaque_callback_data": message.reference,
            "errors": [{ "code": code }],
        }));
        let secret = keys::credential(keys::META_SECRET);
        let hooks = whatsapp::Webhooks::new(&secret, &keys::credential("verify-token"));
        hooks.statuses(&request, self.now()).unwrap().remove(0)
    }

    /// Answers the call, presses the requested keys, and returns the code that it says.
    fn listen(&self, taken: &Taken) -> String {
        let page = taken.words.strip_prefix(keys::ORIGIN).unwrap();
        let id = page.strip_prefix("/voice/").unwrap();
        let mut call = self.carrier.calls.lock().unwrap().remove(id).unwrap();
        let hooks = vonage::Webhooks::new(&keys::credential(keys::VONAGE_SECRET));
        let now = self.now();
        let answered = webhooks::vonage(page, &json!({ "uuid": "u" }), now.as_secs());
        let greeting = hooks.answered(&answered, &call, now).unwrap().ncco("https://example.com/");
        let (_, keys) = greeting.expose().split_once("press ").unwrap();
        let (keys, _) = keys.split_once('.').unwrap();
        let event = json!({ "dtmf": { "digits": keys.replace(", ", "") } });
        let pressed = webhooks::vonage(page, &event, now.as_secs());
        let script = hooks.pressed(&pressed, &mut call, now).unwrap().ncco("https://example.com/");
        let said: serde_json::Value = serde_json::from_str(script.expose()).unwrap();
        let said = said.as_array().unwrap().iter().filter_map(|step| step["text"].as_str());
        let digits: String = said.filter(|text| text.len() == 1).collect();
        let (once, again) = digits.split_at(digits.len() / 2);
        assert_eq!(once, again);
        once.to_owned()
    }
}

/// Returns the code at the start of a text.
fn code_in(taken: &Taken) -> String {
    taken.words.chars().take_while(char::is_ascii_digit).collect()
}

fn services(taken: &[Taken]) -> Vec<Service> {
    taken.iter().map(|taken| taken.service).collect()
}

fn reason(answer: Result<Verified, Error>) -> Reason {
    answer.unwrap_err().denial().unwrap().reason()
}

#[test]
fn delivered_code_is_accepted_once() {
    block_on(async {
        let world = World::new().await;
        let sent = world.challenge().await.unwrap();
        let taken = world.gateways.taken();
        assert_eq!(services(&taken), [Service::TwilioMessages]);
        let arrived = world.by_twilio(&taken[0], "delivered", "");
        assert_eq!(arrived.outcome(), Ok(()));
        assert!(world.report(&arrived).await.is_none());
        assert!(world.submit(&sent, &code_in(&taken[0])).await.is_ok());
        assert!(world.submit(&sent, &code_in(&taken[0])).await.is_err());
    });
}

#[test]
fn number_without_sms_falls_back_to_whatsapp_at_once() {
    block_on(async {
        let world = World::new().await;
        world.gateways.plan(Play::Fails(400, r#"{"code":21614,"message":"x","status":400}"#));
        let sent = world.challenge().await.unwrap();
        let taken = world.gateways.taken();
        assert_eq!(services(&taken), [Service::CloudApi]);
        assert!(world.submit(&sent, &code_in(&taken[0])).await.is_ok());
    });
}

#[test]
fn unanswered_send_is_not_repeated_and_its_code_works() {
    for play in [Play::Hangs, Play::Garbles] {
        block_on(async {
            let world = World::new().await;
            world.gateways.plan(play);
            let sent = world.challenge().await.unwrap();
            let taken = world.gateways.taken();
            assert_eq!(services(&taken), [Service::TwilioMessages], "{play:?}");
            assert!(world.submit(&sent, &code_in(&taken[0])).await.is_ok(), "{play:?}");
        });
    }
}

#[test]
fn slow_gateway_is_awaited() {
    block_on(async {
        let world = World::new().await;
        world.gateways.plan(Play::Slow(Duration::from_millis(100)));
        let sent = world.challenge().await.unwrap();
        assert_eq!(sent.channel(), Some(Channel::Sms));
        assert_eq!(services(&world.gateways.taken()), [Service::TwilioMessages]);
    });
}

#[test]
fn lost_messages_fall_back_and_the_last_code_is_valid() {
    block_on(async {
        let world = World::new().await;
        let sent = world.challenge().await.unwrap();
        let text = world.gateways.taken().remove(0);

        let lost = world.by_twilio(&text, "undelivered", "30005");
        assert!(world.report(&lost).await.is_some());
        let chats = world.gateways.taken();
        assert_eq!(services(&chats), [Service::CloudApi]);
        // Duplicate webhooks.
        assert!(world.report(&lost).await.is_none());
        assert!(world.report(&lost).await.is_none());
        assert!(world.gateways.taken().is_empty());
        assert_eq!(reason(world.submit(&sent, &code_in(&text)).await), Reason::Superseded);

        let lost = world.by_meta(&chats[0], 131_026);
        assert!(world.report(&lost).await.is_some());
        let calls = world.gateways.taken();
        assert_eq!(services(&calls), [Service::VonageCalls]);
        assert_eq!(reason(world.submit(&sent, &code_in(&chats[0])).await), Reason::Superseded);

        let heard = world.listen(&calls[0]);
        assert!(world.submit(&sent, &heard).await.is_ok());
    });
}

#[test]
fn temporary_failure_falls_back_only_by_timer() {
    block_on(async {
        let world = World::new().await;
        let sent = world.challenge().await.unwrap();
        let text = world.gateways.taken().remove(0);
        // Suspected SMS pumping.
        let blocked = world.by_twilio(&text, "undelivered", "30450");
        assert_eq!(blocked.outcome(), Err(Unavailable));
        assert!(world.report(&blocked).await.is_none());
        world.verifier.operations().advance(&world.alice).await.unwrap();
        assert!(world.gateways.taken().is_empty());
        world.clock.advance(60);
        world.verifier.operations().advance(&world.alice).await.unwrap();
        let chats = world.gateways.taken();
        assert_eq!(services(&chats), [Service::CloudApi]);
        assert!(world.submit(&sent, &code_in(&chats[0])).await.is_ok());
    });
}

#[test]
fn failing_gateways_cost_the_user_no_attempt() {
    block_on(async {
        let world = World::new().await;
        let unreachable = r#"{"code":21614,"error":{"code":131026},"title":"1170"}"#;
        for _ in 0..3 {
            world.gateways.plan(Play::Fails(400, unreachable));
        }
        let Err(Error::Undelivered { why, .. }) = world.challenge().await else {
            panic!("there is no channel to fall back to")
        };
        assert_eq!(why, Unreachable);
        assert!(world.gateways.taken().is_empty());
        // The gateways work again, and the user is not locked out. The three sends that failed count
        // in the budget of an hour.
        world.clock.advance(3_600);
        let sent = world.challenge().await.unwrap();
        let taken = world.gateways.taken();
        assert!(world.submit(&sent, &code_in(&taken[0])).await.is_ok());
    });
}
