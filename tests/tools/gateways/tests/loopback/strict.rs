//! Requests of the crate against the rules of each gateway.

#![allow(clippy::unwrap_used, reason = "a failing test should panic")]

use std::time::Duration;

use http::{Request, Response};
use second_factor::{
    Channel, Message, UnixTime,
    delivery::{
        Receipt,
        Undelivered::{self, Misconfigured, Unavailable, Unknown},
    },
    gateway::{Body, push, twilio, vonage, whatsapp},
    message::{Language, LayoutError, Sender, Translation},
    purpose::Operation,
    sans_io::Moment,
    testkit::Preview,
};
use second_factor_gateways::{Gateways, Play, Service, keys, send};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
const PATIENCE: Duration = Duration::from_secs(4);
const PURPOSES: [Operation; 7] = [
    Operation::Enroll,
    Operation::Manage,
    Operation::Recover,
    Operation::Register,
    Operation::ResetPin,
    Operation::SignIn,
    Operation::StepUp,
];

type Made = Result<Request<Body>, LayoutError>;
type Reader = fn(&Response<Vec<u8>>) -> Result<Receipt, Undelivered>;

struct Gateway {
    service: Service,
    channel: Channel,
    make: Box<dyn Fn(Message) -> Made>,
    read: Reader,
}

fn all_gateways(at: &Gateways) -> Vec<Gateway> {
    let moment = || Moment::new(NOW, [7; 32]);
    let (texts, chats, calls) =
        (keys::twilio_messages(at), keys::twilio_whatsapp(at), keys::twilio_calls(at));
    let (other_texts, other_calls) = (keys::vonage_messages(at), keys::vonage_calls(at));
    let (cloud, firebase) = (keys::cloud_api(at), keys::firebase(at));
    let gateway = |service, channel, read: Reader, make: Box<dyn Fn(Message) -> Made>| Gateway {
        service,
        channel,
        make,
        read,
    };
    vec![
        gateway(
            Service::TwilioMessages,
            Channel::Sms,
            twilio::receipt,
            Box::new(move |m| texts.request(&m, NOW)),
        ),
        gateway(
            Service::TwilioMessages,
            Channel::WhatsApp,
            twilio::receipt,
            Box::new(move |m| chats.request(&m, NOW)),
        ),
        gateway(
            Service::TwilioCalls,
            Channel::Voice,
            twilio::receipt,
            Box::new(move |m| calls.dial(m, moment()).map(|(_, request)| request)),
        ),
        gateway(
            Service::VonageMessages,
            Channel::Sms,
            vonage::receipt,
            Box::new(move |m| other_texts.request(&m, NOW)),
        ),
        gateway(
            Service::VonageCalls,
            Channel::Voice,
            vonage::receipt,
            Box::new(move |m| other_calls.dial(m, moment()).map(|(_, request)| request)),
        ),
        gateway(
            Service::CloudApi,
            Channel::WhatsApp,
            whatsapp::receipt,
            Box::new(move |m| cloud.request(&m, NOW)),
        ),
        gateway(
            Service::Firebase,
            Channel::Push,
            push::receipt,
            Box::new(move |m| firebase.request(&m, NOW)),
        ),
    ]
}

fn preview(channel: Channel, language: Language) -> Preview {
    let sender = Sender::new("Example").unwrap().with_origin("example.com").unwrap();
    Preview::new(sender.in_language(language), channel)
}

/// Returns a message for this gateway.
fn message(gateway: &Gateway) -> Message {
    let preview = preview(gateway.channel, Language::ENGLISH);
    if gateway.channel == Channel::Push {
        preview.request()
    } else {
        preview.message(Operation::SignIn)
    }
}

fn ask(gateway: &Gateway, request: Request<Body>) -> Result<Receipt, Undelivered> {
    (gateway.read)(&send(request, PATIENCE)?)
}

#[test]
fn every_message_is_accepted_in_every_language() {
    let gateways = Gateways::open();
    for gateway in all_gateways(&gateways) {
        for words in Translation::built_in() {
            let preview = preview(gateway.channel, *words.language());
            let messages: Vec<Message> = match gateway.channel {
                Channel::Push => vec![preview.request()],
                _ => PURPOSES.map(|purpose| preview.message(purpose)).into(),
            };
            for message in messages {
                let to = message.address().expose().trim_start_matches('+').to_owned();
                let receipt = ask(&gateway, (gateway.make)(message).unwrap()).unwrap();
                assert!(!receipt.id().is_empty());
                let taken = gateways.taken();
                assert_eq!(taken.len(), 1);
                assert_eq!(taken[0].service, gateway.service);
                assert_eq!(taken[0].to.trim_start_matches('+'), to);
                let is_call = gateway.channel == Channel::Voice;
                let has_code = taken[0].words.contains("747723");
                assert_eq!(has_code, !is_call && gateway.channel != Channel::Push);
                let expected =
                    if gateway.channel == Channel::Push { "" } else { "REFERENCE0PREVIEW" };
                assert_eq!(taken[0].reference, expected);
            }
        }
    }
    assert!(gateways.refused().is_empty());
}

/// Sends a changed request. Returns the status of the response.
pub fn changed(
    request: Request<Body>,
    change: impl FnOnce(&mut http::request::Parts, &mut String),
) -> u16 {
    let (mut parts, body) = request.into_parts();
    let mut body = body.expose().to_owned();
    change(&mut parts, &mut body);
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let answer = agent.run(Request::from_parts(parts, body.into_bytes())).unwrap();
    answer.status().as_u16()
}

#[test]
fn undocumented_requests_are_refused() {
    let gateways = Gateways::open();
    for gateway in all_gateways(&gateways) {
        let made = || (gateway.make)(message(&gateway)).unwrap();
        let refused = |why: &str, expected: u16, status: u16| {
            assert_eq!(status, expected, "{:?} {why}", gateway.service);
        };
        let is_form = matches!(gateway.service, Service::TwilioCalls | Service::TwilioMessages);
        let status = changed(made(), |parts, _| {
            parts.uri = format!("{}/x", parts.uri).parse().unwrap();
        });
        refused("path", 404, status);
        let status = changed(made(), |parts, _| {
            parts.headers.insert("authorization", "Basic QTpC".parse().unwrap());
        });
        refused("credentials", 401, status);
        let status = changed(made(), |parts, _| drop(parts.headers.remove("authorization")));
        refused("no credentials", 401, status);
        let status = changed(made(), |parts, _| {
            parts.headers.insert("content-type", "text/plain".parse().unwrap());
        });
        refused("content type", 415, status);
        let status = changed(made(), |_, body| {
            *body = if is_form {
                format!("{body}&Extra=1")
            } else {
                body.replacen('{', "{\"extra\":1,", 1)
            };
        });
        refused("unknown field", if is_form { 400 } else { 422 }, status);
        let status = changed(made(), |_, body| {
            *body = if is_form { body.replacen("To=", "StatusCallback=", 1) } else { "{}".into() };
        });
        refused("missing field", if is_form { 400 } else { 422 }, status);
        let status = changed(made(), |_, body| body.push_str(&"x".repeat(20_000)));
        refused("length", 413, status);
    }
    assert!(gateways.taken().is_empty());
}

#[test]
fn each_failure_maps_to_its_undelivered_value() {
    let gateways = Gateways::open();
    for gateway in all_gateways(&gateways) {
        let made = || (gateway.make)(message(&gateway)).unwrap();
        for (play, expected) in [
            (Play::Garbles, Unknown),
            (Play::Fails(500, "{}"), Unknown),
            (Play::Fails(503, "<html>"), Unknown),
            (Play::Fails(401, "{}"), Misconfigured),
            (Play::Fails(429, "{}"), Unavailable),
        ] {
            gateways.plan(play);
            assert_eq!(ask(&gateway, made()).unwrap_err(), expected, "{play:?}");
        }
        gateways.plan(Play::Slow(Duration::from_millis(50)));
        assert!(ask(&gateway, made()).is_ok());
    }
    let gateway = &all_gateways(&gateways)[0];
    gateways.plan(Play::Hangs);
    let request = (gateway.make)(message(gateway)).unwrap();
    assert_eq!(send(request, Duration::from_millis(200)).unwrap_err(), Unknown);
    let closed = Gateways::closed();
    let gateway = &all_gateways(&closed)[0];
    let request = (gateway.make)(message(gateway)).unwrap();
    assert_eq!(send(request, PATIENCE).unwrap_err(), Unavailable);
}
