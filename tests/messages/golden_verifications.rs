//! Requests to verification services and carriers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use core::time::Duration;
use std::fs;

use http::{Request, header};
use proptest::prelude::*;
use second_factor::{
    Address, Channel, Policy,
    delivery::RemoteId,
    gateway::{Body, Endpoint, InvalidSetting, camara::SimSwaps, twilio, vonage},
    message::{Language, LayoutError, Translation},
};

use crate::golden_requests::{credential, file, twilio_account, vonage_account, written};

const CHANNELS: [Channel; 5] =
    [Channel::Email, Channel::Push, Channel::Sms, Channel::Voice, Channel::WhatsApp];
const TWILIO_ID: &str = "VE0123456789abcdef0123456789abcdef";
const VONAGE_ID: &str = "c11236f4-00bf-4b89-84ba-88b25df97315";
const CODE: &str = "007401";

fn number() -> Address {
    Address::phone("+14155550100").unwrap()
}

fn id(text: &str) -> RemoteId {
    RemoteId::new(text).unwrap()
}

fn language(tag: &str) -> Language {
    Language::new(tag).unwrap()
}

fn twilio_verify() -> twilio::Verify {
    twilio::Verify::new(&twilio_account(), "VA0123").unwrap()
}

fn vonage_verify() -> vonage::Verify {
    let verify = vonage::Verify::new(vonage_account(), "Example", &Policy::default()).unwrap();
    verify.with_whatsapp("14155550111").unwrap()
}

fn sim_swaps() -> SimSwaps {
    let operator = Endpoint::new("https://api.example.com/sim-swap/v2").unwrap();
    SimSwaps::new(operator, &credential("token-of-the-application")).unwrap()
}

/// Requests with their names.
type Named = Vec<(String, Request<Body>)>;
type Start<'a> = &'a dyn Fn(Channel, &str) -> Result<Request<Body>, LayoutError>;

/// Starts by each channel and in each built-in language, then a check, then a cancellation.
fn all(start: Start<'_>, check: Request<Body>, cancel: Request<Body>) -> Named {
    let mut all = Named::new();
    for channel in [Channel::Sms, Channel::Voice, Channel::WhatsApp] {
        all.push((format!("start by {channel:?}"), start(channel, "en").unwrap()));
    }
    for translation in Translation::built_in() {
        let tag = translation.language().tag().to_owned();
        all.push((format!("start in {tag}"), start(Channel::Sms, &tag).unwrap()));
    }
    for (name, tag) in [("a dialect", "de-CH-1996"), ("Welsh, which neither supports", "cy")] {
        all.push((format!("start in {name}"), start(Channel::Sms, tag).unwrap()));
    }
    all.push(("check".into(), check));
    all.push(("cancel".into(), cancel));
    all
}

fn files() -> [(&'static str, Named); 3] {
    let (twilio, vonage) = (twilio_verify(), vonage_verify());
    let at_twilio = all(
        &|channel, tag| twilio.start(&number(), channel, &language(tag)),
        twilio.check(&id(TWILIO_ID), CODE).unwrap(),
        twilio.cancel(&id(TWILIO_ID)),
    );
    let at_vonage = all(
        &|channel, tag| vonage.start(&number(), channel, &language(tag)),
        vonage.check(&id(VONAGE_ID), CODE).unwrap(),
        vonage.cancel(&id(VONAGE_ID)),
    );
    let swaps = sim_swaps();
    let at_operator = vec![
        ("check".to_owned(), swaps.request(&number()).unwrap()),
        ("check of three days".into(), swaps.within_hours(72).unwrap().request(&number()).unwrap()),
    ];
    [("twilio_verify", at_twilio), ("vonage_verify", at_vonage), ("camara", at_operator)]
}

fn golden(requests: &[(String, Request<Body>)]) -> String {
    requests.iter().map(|(name, request)| format!("# {name}\n{}\n", written(request))).collect()
}

#[test]
fn every_verification_request_matches_its_golden_file() {
    for (name, requests) in files() {
        assert_eq!(golden(&requests), fs::read_to_string(file(name)).unwrap(), "{name}");
    }
}

/// Updates the golden files: `cargo test --test messages golden -- --ignored`.
#[test]
#[ignore = "writes the golden files"]
fn write() {
    for (name, requests) in files() {
        fs::write(file(name), golden(&requests)).unwrap();
    }
}

#[test]
fn verification_debug_hides_code_number_and_credential() {
    for (name, requests) in files() {
        for (what, request) in requests {
            let shown = format!("{request:?}");
            for secret in [CODE, "4155550100", "secret", "signed", "token-of", "U0s0NTY3"] {
                assert!(!shown.contains(secret), "{name}, {what}: {shown}");
            }
            assert!(request.headers().get(header::AUTHORIZATION).unwrap().is_sensitive());
        }
    }
    let shown = format!("{:?} {:?} {:?}", twilio_verify(), vonage_verify(), sim_swaps());
    for secret in ["secret", "U0s0NTY3", "signed", "token-of"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn verification_starts_only_for_phone_channels() {
    let mail = Address::email("a@example.com").unwrap();
    let device = Address::push("mark").unwrap();
    let (twilio, vonage) = (twilio_verify(), vonage_verify());
    for channel in CHANNELS {
        let is_supported = matches!(channel, Channel::Sms | Channel::Voice | Channel::WhatsApp);
        let english = Language::ENGLISH;
        assert_eq!(twilio.start(&number(), channel, &english).is_ok(), is_supported, "{channel:?}");
        assert_eq!(vonage.start(&number(), channel, &english).is_ok(), is_supported, "{channel:?}");
        for astray in [&mail, &device] {
            let (one, other) =
                (twilio.start(astray, channel, &english), vonage.start(astray, channel, &english));
            assert_eq!(one.unwrap_err(), LayoutError::OtherChannel, "{channel:?}");
            assert_eq!(other.unwrap_err(), LayoutError::OtherChannel, "{channel:?}");
        }
    }
    for astray in [&mail, &device] {
        assert_eq!(sim_swaps().request(astray).unwrap_err(), LayoutError::OtherChannel);
    }
}

#[test]
fn vonage_verify_needs_a_number_for_whatsapp() {
    let verify = vonage::Verify::new(vonage_account(), "Example", &Policy::default()).unwrap();
    let start = |channel| verify.start(&number(), channel, &Language::ENGLISH);
    assert_eq!(start(Channel::WhatsApp).unwrap_err(), LayoutError::OtherChannel);
    assert!(start(Channel::Sms).is_ok());
}

#[test]
fn vonage_verify_uses_digits_and_lifetime_of_the_policy() {
    for (digits, life) in [(6, 60), (8, 300), (10, 600)] {
        let policy = Policy::builder()
            .code_digits(digits)
            .code_lifetime(Duration::from_secs(life))
            .build()
            .unwrap();
        let verify = vonage::Verify::new(vonage_account(), "Example", &policy).unwrap();
        let request = verify.start(&number(), Channel::Sms, &Language::ENGLISH).unwrap();
        let expected = format!("\"channel_timeout\":{life},\"code_length\":{digits},");
        assert!(request.body().expose().contains(&expected), "{}", request.body().expose());
    }
}

#[test]
fn verification_requests_the_nearest_locale() {
    let in_form = |tag| {
        let request = twilio_verify().start(&number(), Channel::Sms, &language(tag)).unwrap();
        request.body().expose().split_once("&Locale=").map(|(_, name)| name.to_owned())
    };
    let in_json = |tag| {
        let request = vonage_verify().start(&number(), Channel::Sms, &language(tag)).unwrap();
        let body: serde_json::Value = serde_json::from_str(request.body().expose()).unwrap();
        body.get("locale").map(|name| name.as_str().unwrap().to_owned())
    };
    for (tag, at_twilio, at_vonage) in [
        ("en", Some("en"), Some("en-us")),
        ("en-GB", Some("en-GB"), Some("en-gb")),
        ("en-ZA", Some("en"), Some("en-us")),
        ("pt", Some("pt"), Some("pt-br")),
        ("pt-BR", Some("pt-BR"), Some("pt-br")),
        ("pt-PT", Some("pt"), Some("pt-pt")),
        ("zh-Hans-CN", Some("zh"), Some("zh-cn")),
        ("es-419", Some("es"), Some("es-es")),
        ("ar-u-nu-latn", Some("ar"), Some("ar-xa")),
        ("uk", Some("uk"), None),
        ("cy", None, None),
        ("enm", None, None),
    ] {
        assert_eq!(in_form(tag).as_deref(), at_twilio, "{tag}");
        assert_eq!(in_json(tag).as_deref(), at_vonage, "{tag}");
    }
}

#[test]
fn invalid_verification_setting_is_refused() {
    for name in ["", "VA/..", "VA?a=b", "..", "V A", &"a".repeat(65)] {
        assert_eq!(
            twilio::Verify::new(&twilio_account(), name).unwrap_err(),
            InvalidSetting::Name,
            "{name:?}"
        );
        assert!(RemoteId::new(name).is_err(), "{name:?}");
    }
    let branded = |brand| vonage::Verify::new(vonage_account(), brand, &Policy::default());
    let longest = "é".repeat(18);
    for brand in ["A", "Bob & Sons", "Ünïcode", &longest] {
        assert!(branded(brand).is_ok(), "{brand}");
    }
    let too_long = "é".repeat(19);
    for brand in ["", " ", "a/b", "a\\b", "a:b", "a$b", "{a", "a}", "a\nb", &too_long] {
        assert_eq!(branded(brand).unwrap_err(), InvalidSetting::Brand, "{brand:?}");
    }
    assert!(vonage_verify().with_whatsapp("a&b").is_err());
    for (hours, is_valid) in [(0, false), (1, true), (2400, true), (2401, false), (u16::MAX, false)]
    {
        assert_eq!(sim_swaps().within_hours(hours).is_ok(), is_valid, "{hours}");
    }
    assert_eq!(sim_swaps().within_hours(0).unwrap_err(), InvalidSetting::Hours);
}

#[test]
fn malformed_code_is_refused_without_a_request() {
    for typed in
        ["", "123", "12345678901", "123 456", "12345a", " 123456", "１２３４５６", "1234\n"]
    {
        assert!(twilio_verify().check(&id(TWILIO_ID), typed).is_err(), "{typed:?}");
        assert!(vonage_verify().check(&id(VONAGE_ID), typed).is_err(), "{typed:?}");
    }
    for typed in ["0000", "1234567890"] {
        assert!(twilio_verify().check(&id(TWILIO_ID), typed).is_ok(), "{typed:?}");
        assert!(vonage_verify().check(&id(VONAGE_ID), typed).is_ok(), "{typed:?}");
    }
    let huge = "1".repeat(10 << 20);
    assert!(twilio_verify().check(&id(TWILIO_ID), &huge).is_err());
}

proptest! {
    #[test]
    fn verification_id_cannot_change_the_url(text in "\\PC{0,70}|[A-Za-z0-9./_?#%-]{1,64}") {
        let Ok(id) = RemoteId::new(&text) else { return Ok(()) };
        let at_twilio = twilio_verify().cancel(&id);
        let expected = format!("https://verify.twilio.com/v2/Services/VA0123/Verifications/{text}");
        prop_assert_eq!(at_twilio.uri().to_string(), expected);
        let at_vonage = vonage_verify().cancel(&id);
        prop_assert_eq!(at_vonage.uri().to_string(), format!("https://api.nexmo.com/v2/verify/{text}"));
        prop_assert!(!text.split('/').any(|part| part == ".." || part == "."));
        for request in [at_twilio, at_vonage] {
            prop_assert_eq!(request.uri().query(), None);
        }
    }

    #[test]
    fn typed_code_is_one_body_field(typed in "[0-9]{3,11}|\\PC{0,12}") {
        let (twilio, vonage) =
            (twilio_verify().check(&id("VE"), &typed), vonage_verify().check(&id("a"), &typed));
        let is_code = (4..=10).contains(&typed.len()) && typed.bytes().all(|b| b.is_ascii_digit());
        prop_assert_eq!((twilio.is_ok(), vonage.is_ok()), (is_code, is_code));
        if let (Ok(twilio), Ok(vonage)) = (twilio, vonage) {
            prop_assert_eq!(twilio.body().expose(), format!("VerificationSid=VE&Code={typed}"));
            prop_assert_eq!(vonage.body().expose(), format!("{{\"code\":\"{typed}\"}}"));
            prop_assert_eq!(twilio.uri().path(), "/v2/Services/VA0123/VerificationCheck");
            prop_assert_eq!(vonage.uri().path(), "/v2/verify/a");
        }
    }
}
