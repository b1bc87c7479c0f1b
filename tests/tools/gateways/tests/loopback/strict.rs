//! What the crate makes is taken by the rules of each gateway; what differs by a field is not.

#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

use std::time::Duration;

use http::{Request, Response};
use second_factor::{
    Message, Purpose, UnixTime,
    delivery::{
        Receipt,
        Undelivered::{self, Misconfigured, Unavailable, Unknown},
    },
    gateway::{Body, push, twilio, vonage, whatsapp},
    message::{Channel, Language, LayoutError, Sender, Translation},
    subject::Moment,
    testkit::Preview,
};
use second_factor_gateways::{Gateways, Play, Service, keys, send};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
const PATIENCE: Duration = Duration::from_secs(4);
const PURPOSES: [Purpose; 7] = [
    Purpose::Enroll,
    Purpose::Manage,
    Purpose::Recover,
    Purpose::Register,
    Purpose::ResetPin,
    Purpose::SignIn,
    Purpose::StepUp,
];

type Made = Result<Request<Body>, LayoutError>;
type Reader = fn(&Response<Vec<u8>>) -> Result<Receipt, Undelivered>;

struct Alternative {
    service: Service,
    channel: Channel,
    make: Box<dyn Fn(Message) -> Made>,
    read: Reader,
}

fn ways(at: &Gateways) -> Vec<Alternative> {
    let moment = || Moment::new(NOW, [7; 32]);
    let (texts, chats, calls) =
        (keys::twilio_messages(at), keys::twilio_whatsapp(at), keys::twilio_calls(at));
    let (other_texts, other_calls) = (keys::vonage_messages(at), keys::vonage_calls(at));
    let (cloud, firebase) = (keys::cloud_api(at), keys::firebase(at));
    let way = |service, channel, read: Reader, make: Box<dyn Fn(Message) -> Made>| Alternative {
        service,
        channel,
        make,
        read,
    };
    vec![
        way(
            Service::TwilioMessages,
            Channel::Sms,
            twilio::receipt,
            Box::new(move |m| texts.request(&m, NOW)),
        ),
        way(
            Service::TwilioMessages,
            Channel::WhatsApp,
            twilio::receipt,
            Box::new(move |m| chats.request(&m, NOW)),
        ),
        way(
            Service::TwilioCalls,
            Channel::Voice,
            twilio::receipt,
            Box::new(move |m| calls.dial(m, moment()).map(|(_, request)| request)),
        ),
        way(
            Service::VonageMessages,
            Channel::Sms,
            vonage::receipt,
            Box::new(move |m| other_texts.request(&m, NOW)),
        ),
        way(
            Service::VonageCalls,
            Channel::Voice,
            vonage::receipt,
            Box::new(move |m| other_calls.dial(m, moment()).map(|(_, request)| request)),
        ),
        way(
            Service::CloudApi,
            Channel::WhatsApp,
            whatsapp::receipt,
            Box::new(move |m| cloud.request(&m, NOW)),
        ),
        way(
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

/// One message that the way takes.
fn message(way: &Alternative) -> Message {
    let preview = preview(way.channel, Language::ENGLISH);
    if way.channel == Channel::Push { preview.request() } else { preview.message(Purpose::SignIn) }
}

fn asked(way: &Alternative, request: Request<Body>) -> Result<Receipt, Undelivered> {
    (way.read)(&send(request, PATIENCE)?)
}

#[test]
fn every_message_is_taken_in_every_language() {
    let gateways = Gateways::open();
    for way in ways(&gateways) {
        for words in Translation::built_in() {
            let preview = preview(way.channel, *words.language());
            let messages: Vec<Message> = match way.channel {
                Channel::Push => vec![preview.request()],
                _ => PURPOSES.map(|purpose| preview.message(purpose)).into(),
            };
            for message in messages {
                let to = message.address().expose().trim_start_matches('+').to_owned();
                let receipt = asked(&way, (way.make)(message).unwrap()).unwrap();
                assert!(!receipt.id().is_empty());
                let taken = gateways.taken();
                assert_eq!(taken.len(), 1);
                assert_eq!(taken[0].service, way.service);
                assert_eq!(taken[0].to.trim_start_matches('+'), to);
                let is_call = way.channel == Channel::Voice;
                let has_code = taken[0].words.contains("747723");
                assert_eq!(has_code, !is_call && way.channel != Channel::Push);
                let expected = if way.channel == Channel::Push { "" } else { "REFERENCE0PREVIEW" };
                assert_eq!(taken[0].reference, expected);
            }
        }
    }
    assert!(gateways.refused().is_empty());
}

/// The request with its body, which a test may change.
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
fn what_the_documentation_refuses_is_refused() {
    let gateways = Gateways::open();
    for way in ways(&gateways) {
        let made = || (way.make)(message(&way)).unwrap();
        let refused = |why: &str, expected: u16, status: u16| {
            assert_eq!(status, expected, "{:?} {why}", way.service);
        };
        let is_form = matches!(way.service, Service::TwilioCalls | Service::TwilioMessages);
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
fn each_way_to_fail_is_told_apart() {
    let gateways = Gateways::open();
    for way in ways(&gateways) {
        let made = || (way.make)(message(&way)).unwrap();
        for (play, expected) in [
            (Play::Garbles, Unknown),
            (Play::Fails(500, "{}"), Unknown),
            (Play::Fails(503, "<html>"), Unknown),
            (Play::Fails(401, "{}"), Misconfigured),
            (Play::Fails(429, "{}"), Unavailable),
        ] {
            gateways.plan(play);
            assert_eq!(asked(&way, made()).unwrap_err(), expected, "{play:?}");
        }
        gateways.plan(Play::Slow(Duration::from_millis(50)));
        assert!(asked(&way, made()).is_ok());
    }
    let way = &ways(&gateways)[0];
    gateways.plan(Play::Hangs);
    let request = (way.make)(message(way)).unwrap();
    assert_eq!(send(request, Duration::from_millis(200)).unwrap_err(), Unknown);
    let gone = Gateways::closed();
    let way = &ways(&gone)[0];
    let request = (way.make)(message(way)).unwrap();
    assert_eq!(send(request, PATIENCE).unwrap_err(), Unavailable);
}
