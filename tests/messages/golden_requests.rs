//! Requests to gateways, compared with golden files.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, path::PathBuf};

use http::Request;
use second_factor::{
    Address, Channel, Message, Policy, UnixTime,
    gateway::{
        Body, Credential, Endpoint, push, twilio, vonage,
        whatsapp::{Button, CloudApi, Template},
    },
    message::{Language, LayoutError, Sender},
    purpose::{Agreement, Operation},
    sans_io::Moment,
    testkit::{ManualClock, Preview},
};

use crate::translations::{PURPOSES, notices};

/// Ten seconds after the messages were created.
const NOON: u64 = 1_800_000_010;
const HOOKS: &str = "https://example.com/hooks";

pub(crate) fn credential(text: &str) -> Credential {
    Credential::new(text.into()).unwrap()
}

fn endpoint(text: &str) -> Endpoint {
    Endpoint::new(text).unwrap()
}

pub(crate) fn twilio_account() -> twilio::Account {
    twilio::Account::with_api_key("AC0123", "SK4567", &credential("secret-of-the-key"))
        .unwrap()
        .report_to(endpoint(HOOKS))
}

pub(crate) fn vonage_account() -> vonage::Account {
    vonage::Account::with_token(&credential("a.signed.token")).unwrap().report_to(endpoint(HOOKS))
}

fn cloud_api() -> CloudApi {
    let template = Template::new("sign_in_code", Button::CopyCode, &Policy::default())
        .unwrap()
        .in_languages([Language::ENGLISH, Language::new("pt-BR").unwrap()])
        .unwrap();
    CloudApi::new("v23.0", "1065", &credential("token-of-a-system-user"), template).unwrap()
}

fn now() -> UnixTime {
    ManualClock::at(NOON).time()
}

/// Fixed randomness, so that every call has the same key.
fn moment() -> Moment {
    Moment::new(now(), [7; 32])
}

/// One gateway: its name, the channel of its messages, and how it builds a request.
struct Gateway {
    name: &'static str,
    channel: Channel,
    request: Box<dyn Fn(Message) -> Result<Request<Body>, LayoutError>>,
}

fn gateways() -> Vec<Gateway> {
    let gateway = |name, channel, request| Gateway { name, channel, request };
    let from_number = twilio::Messages::from_number(twilio_account(), "+14155550111").unwrap();
    let bare = twilio::Account::new("AC0123", &credential("auth-token")).unwrap();
    let from_service = twilio::Messages::from_service(bare, "MG89").unwrap().retain();
    let pages = || endpoint("https://example.com/voice");
    let twilio_calls = twilio::Calls::new(twilio_account(), "+14155550111", pages()).unwrap();
    let english = Language::ENGLISH;
    let chats =
        twilio::WhatsAppMessages::new(twilio_account(), "+14155550111", english, "HX1").unwrap();
    let vonage_texts = vonage::Messages::new(vonage_account(), "Example").unwrap();
    let vonage_calls = vonage::Calls::new(vonage_account(), "14155550111", pages()).unwrap();
    let (cloud, firebase) =
        (cloud_api(), push::Firebase::new("example-project", &credential("ya29.token")).unwrap());
    vec![
        gateway("twilio_messages", Channel::Sms, Box::new(move |m| from_number.request(&m, now()))),
        gateway("twilio_service", Channel::Sms, Box::new(move |m| from_service.request(&m, now()))),
        gateway(
            "twilio_calls",
            Channel::Voice,
            Box::new(move |m| twilio_calls.dial(m, moment()).map(|(_, request)| request)),
        ),
        gateway("twilio_whatsapp", Channel::WhatsApp, Box::new(move |m| chats.request(&m, now()))),
        gateway(
            "vonage_messages",
            Channel::Sms,
            Box::new(move |m| vonage_texts.request(&m, now())),
        ),
        gateway(
            "vonage_calls",
            Channel::Voice,
            Box::new(move |m| vonage_calls.dial(m, moment()).map(|(_, request)| request)),
        ),
        gateway(
            "whatsapp_cloud_api",
            Channel::WhatsApp,
            Box::new(move |m| cloud.request(&m, now())),
        ),
        gateway("firebase", Channel::Push, Box::new(move |m| firebase.request(&m, now()))),
    ]
}

fn sender() -> Sender {
    Sender::new("Example").unwrap().with_origin("example.com").unwrap()
}

/// The messages for each gateway, with a name. The golden file notes a message that is refused.
fn messages(channel: Channel) -> Vec<(String, Message)> {
    let preview = Preview::new(sender(), channel);
    let mut all: Vec<(String, Message)> = PURPOSES
        .into_iter()
        .map(|purpose| (format!("code {purpose:?}"), preview.message(purpose)))
        .collect();
    let agreement = Agreement::new([("Pay", "25 EUR"), ("To", "Bob & Sons")]).unwrap();
    all.push(("code for a transaction".into(), preview.transaction(&agreement)));
    let foreign = Preview::new(sender().in_language(Language::new("pt-BR").unwrap()), channel);
    all.push(("code in Portuguese".into(), foreign.message(Operation::SignIn)));
    all.push(("notice".into(), preview.notice(&notices()[0])));
    all.push(("sign-in request".into(), preview.request()));
    all
}

/// A request as it is sent, with the headers sorted by name.
pub(crate) fn written(request: &Request<Body>) -> String {
    let mut headers: Vec<String> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let (method, uri, body) = (request.method(), request.uri(), request.body().expose());
    assert_eq!(request.body().as_ref(), body.as_bytes());
    format!("{method} {uri}\n{}\n{body}\n", headers.concat())
}

fn golden(gateway: &Gateway) -> String {
    let mut text = String::new();
    for (name, message) in messages(gateway.channel) {
        let request = match (gateway.request)(message) {
            Ok(request) => written(&request),
            Err(error) => format!("{error}\n"),
        };
        text.push_str(&format!("# {name}\n{request}\n"));
    }
    text
}

pub(crate) fn file(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/gateways");
    folder.join(format!("{name}.txt"))
}

fn creations() -> String {
    cloud_api().creations("1022").unwrap().map(|request| written(&request) + "\n").collect()
}

#[test]
fn every_request_matches_its_golden_file() {
    for gateway in gateways() {
        let expected = fs::read_to_string(file(gateway.name)).unwrap();
        assert_eq!(golden(&gateway), expected, "{}", gateway.name);
    }
    assert_eq!(creations(), fs::read_to_string(file("whatsapp_templates")).unwrap());
}

/// Updates the golden files: `cargo test --test messages golden -- --ignored`.
#[test]
#[ignore = "writes the golden files"]
fn write() {
    fs::create_dir_all(file("a").parent().unwrap()).unwrap();
    for gateway in gateways() {
        fs::write(file(gateway.name), golden(&gateway)).unwrap();
    }
    fs::write(file("whatsapp_templates"), creations()).unwrap();
}

#[test]
fn gateway_accepts_only_messages_for_its_channel() {
    let all = [Channel::Email, Channel::Push, Channel::Sms, Channel::Voice, Channel::WhatsApp];
    for gateway in gateways() {
        for channel in all {
            let preview = Preview::new(sender(), channel);
            for message in [preview.message(Operation::SignIn), preview.request()] {
                let is_code = message.code().is_some();
                let fits = channel == gateway.channel && (is_code == (channel != Channel::Push));
                match (gateway.request)(message) {
                    Ok(_) => assert!(fits, "{} accepted {channel:?}", gateway.name),
                    Err(why) => {
                        assert!(!fits, "{} refused {channel:?}: {why}", gateway.name);
                        assert_eq!(why, LayoutError::OtherChannel);
                    }
                }
            }
        }
        let mail = Address::email("a@example.com").unwrap();
        if matches!(gateway.channel, Channel::WhatsApp) {
            let astray = Preview::new(sender(), gateway.channel).to(mail);
            assert!((gateway.request)(astray.message(Operation::SignIn)).is_err());
        }
    }
}

#[test]
fn expired_code_is_refused_by_every_gateway() {
    for gateway in gateways() {
        let preview = Preview::new(sender(), gateway.channel);
        let ten_seconds = preview.clone().with_lifetime(10).message(Operation::SignIn);
        let eleven_seconds = preview.with_lifetime(11).message(Operation::SignIn);
        if gateway.channel != Channel::Push {
            assert_eq!(
                (gateway.request)(ten_seconds).unwrap_err(),
                LayoutError::Late,
                "{}",
                gateway.name
            );
            assert!((gateway.request)(eleven_seconds).is_ok(), "{}", gateway.name);
        }
    }
    let firebase = push::Firebase::new("p", &credential("t")).unwrap();
    let request = Preview::new(sender(), Channel::Push).request();
    let over = request.expires().unwrap();
    assert_eq!(firebase.request(&request, over).unwrap_err(), LayoutError::Late);
}

#[test]
fn message_ttl_is_the_rest_of_the_code_lifetime() {
    let twilio = twilio::Messages::from_number(twilio_account(), "+14155550111").unwrap();
    let vonage = vonage::Messages::new(vonage_account(), "Example").unwrap();
    // The lifetime, the age of the message, and the rest of its lifetime.
    for (life, ago, left, at_vonage) in [
        (300, 0, 300, 300),
        (300, 10, 290, 290),
        (300, 299, 1, 20),
        (600, 0, 600, 600),
        (40_000, 0, 36_000, 40_000),
        (700_000, 0, 36_000, 604_800),
    ] {
        let preview = Preview::new(sender(), Channel::Sms).with_lifetime(life);
        let (message, now) =
            (preview.message(Operation::SignIn), UnixTime::from_secs(1_800_000_000 + ago));
        let form = twilio.request(&message, now).unwrap();
        assert!(form.body().expose().contains(&format!("&ValidityPeriod={left}&")), "{life} {ago}");
        let body = vonage.request(&message, now).unwrap();
        assert!(body.body().expose().contains(&format!("\"ttl\":{at_vonage},")), "{life} {ago}");
    }
    // A clock that went back must not extend the lifetime.
    let message = Preview::new(sender(), Channel::Sms).message(Operation::SignIn);
    let form = twilio.request(&message, UnixTime::from_secs(1_700_000_000)).unwrap();
    assert!(form.body().expose().contains("&ValidityPeriod=300&"));
}

#[test]
fn request_debug_and_uri_hide_code_and_credential() {
    for gateway in gateways() {
        for (_, message) in messages(gateway.channel) {
            let Ok(request) = (gateway.request)(message) else { continue };
            let shown = format!("{request:?}");
            for secret in
                ["747723", "4155550100", "secret", "token-of", "U0s0NTY3", "ya29", "signed"]
            {
                assert!(!shown.contains(secret), "{}: {shown}", gateway.name);
            }
            assert!(!request.uri().to_string().contains("747723"));
            let authorization = &request.headers()[http::header::AUTHORIZATION];
            assert!(authorization.is_sensitive());
        }
    }
}

#[test]
fn call_request_does_not_contain_the_code() {
    for gateway in gateways().iter().filter(|gateway| gateway.channel == Channel::Voice) {
        let message = Preview::new(sender(), Channel::Voice).message(Operation::SignIn);
        let request = (gateway.request)(message).unwrap();
        assert!(!request.body().expose().contains("747723"), "{}", gateway.name);
    }
}

#[test]
fn setting_that_would_alter_a_request_is_refused() {
    let token = credential("token");
    for name in ["", "a/b", "a?b", "AC 1", "..", ".", "a\r\nb", "é", &"a".repeat(65)] {
        assert!(twilio::Account::new(name, &token).is_err(), "{name:?}");
        assert!(vonage::Account::new(name, &token).is_err(), "{name:?}");
        assert!(push::Firebase::new(name, &token).is_err(), "{name:?}");
        assert!(cloud_api().creations(name).is_err(), "{name:?}");
    }
    for text in ["", "two words", "a\nb", "é", &"a".repeat(8193)] {
        assert!(Credential::new(text.into()).is_err(), "{text:?}");
    }
    for text in [
        "",
        "example.com",
        "http://example.com",
        "http://localhost.example.com",
        "ftp://example.com",
        "https://",
        "https://user@example.com",
        "https://example.com/?a=b",
        "https://example.com/#a",
        "https://example.com/a b",
    ] {
        assert!(Endpoint::new(text).is_err(), "{text:?}");
    }
    for text in ["https://example.com:8443/a-b/%7E", "http://127.0.0.1:8080", "http://[::1]:1"] {
        assert_eq!(endpoint(text).as_str(), text);
    }
    for sender in ["", "Example\r\nX: y", "a&b=c", &"1".repeat(21)] {
        assert!(twilio::Messages::from_number(twilio_account(), sender).is_err(), "{sender:?}");
        assert!(vonage::Messages::new(vonage_account(), sender).is_err(), "{sender:?}");
    }
}

/// Carriers show at most 11 characters of a name, and Vonage takes numbers without a plus.
#[test]
fn finding_i13_sender_that_a_carrier_refuses_is_refused() {
    let twilio = |sender| twilio::Messages::from_number(twilio_account(), sender).is_ok();
    let vonage = |sender| vonage::Messages::new(vonage_account(), sender).is_ok();
    for (sender, by_twilio, by_vonage) in [
        ("+14155550111", true, false),
        ("14155550111", true, true),
        ("72345", true, true),
        ("Example", true, true),
        ("My Shop 24", true, true),
        ("Example Ltd", true, true),
        ("Example Ltd.", false, false),
        ("Example Limi", false, false),
        ("A Long Name of 20 Ch", false, false),
        ("12", false, false),
        ("1234567890123456", false, false),
        ("+1234567890123456", false, false),
        ("123 456", false, false),
        ("+", false, false),
        ("++1415555", false, false),
        ("", false, false),
    ] {
        assert_eq!((twilio(sender), vonage(sender)), (by_twilio, by_vonage), "{sender:?}");
    }
}
