//! Provider-managed codes and SIM swap lookups.

#![allow(clippy::unwrap_used, reason = "a failing test should panic")]

use std::time::Duration;

use http::{Request, Response};
use second_factor::{
    Address, Channel,
    delivery::{
        RemoteAnswer, RemoteId,
        Undelivered::{self, Misconfigured, Unavailable, Unknown},
    },
    gateway::{
        Body,
        camara::{SimSwap, SimSwaps, sim_swap},
        twilio, vonage,
    },
    message::{Language, Translation},
};
use second_factor_gateways::{ELSEWHERE, Gateways, Play, SWAPPED, Service, keys, send};

use crate::strict::changed;

const PATIENCE: Duration = Duration::from_secs(4);
const CHANNELS: [Channel; 3] = [Channel::Sms, Channel::Voice, Channel::WhatsApp];

type Answer = Response<Vec<u8>>;

/// A verification service, as an application uses it.
enum Provider {
    Twilio(twilio::Verify),
    Vonage(vonage::Verify),
}

impl Provider {
    fn service(&self) -> Service {
        match self {
            Self::Twilio(_) => Service::TwilioVerify,
            Self::Vonage(_) => Service::VonageVerify,
        }
    }

    /// Returns how many incorrect attempts it allows.
    fn attempts(&self) -> usize {
        match self {
            Self::Twilio(_) => 5,
            Self::Vonage(_) => 2,
        }
    }

    fn starting(&self, to: &Address, channel: Channel, language: &Language) -> Request<Body> {
        let request = match self {
            Self::Twilio(verify) => verify.start(to, channel, language),
            Self::Vonage(verify) => verify.start(to, channel, language),
        };
        request.unwrap()
    }

    fn started(&self, answer: &Answer) -> Result<RemoteId, Undelivered> {
        match self {
            Self::Twilio(_) => twilio::started(answer),
            Self::Vonage(_) => vonage::started(answer),
        }
    }

    /// Starts a verification. Without a response there is no id, so it is unavailable.
    fn start(&self) -> Result<RemoteId, Undelivered> {
        let request = self.starting(&number(), Channel::Sms, &Language::ENGLISH);
        self.started(&send(request, PATIENCE).map_err(|_| Unavailable)?)
    }

    fn checking(&self, id: &RemoteId, typed: &str) -> Request<Body> {
        let request = match self {
            Self::Twilio(verify) => verify.check(id, typed),
            Self::Vonage(verify) => verify.check(id, typed),
        };
        request.unwrap()
    }

    fn checked(&self, answer: &Answer, id: &RemoteId) -> RemoteAnswer {
        match self {
            Self::Twilio(_) => twilio::checked(answer, id),
            Self::Vonage(_) => vonage::checked(answer, id),
        }
    }

    fn check(&self, id: &RemoteId, typed: &str) -> RemoteAnswer {
        let answer = send(self.checking(id, typed), PATIENCE);
        answer.map_or(RemoteAnswer::Unreachable, |answer| self.checked(&answer, id))
    }

    fn cancel(&self, id: &RemoteId) -> bool {
        match self {
            Self::Twilio(verify) => {
                send(verify.cancel(id), PATIENCE).is_ok_and(|answer| twilio::cancelled(&answer))
            }
            Self::Vonage(verify) => {
                send(verify.cancel(id), PATIENCE).is_ok_and(|answer| vonage::cancelled(&answer))
            }
        }
    }
}

fn services(at: &Gateways) -> [Provider; 2] {
    [Provider::Twilio(keys::twilio_verify(at)), Provider::Vonage(keys::vonage_verify(at))]
}

fn number() -> Address {
    Address::phone("+14155550100").unwrap()
}

/// Returns the code that was sent last.
fn sent(gateways: &Gateways) -> String {
    gateways.taken().pop().unwrap().words
}

#[test]
fn code_of_each_channel_and_language_is_correct_once() {
    let gateways = Gateways::open();
    for provider in services(&gateways) {
        for channel in CHANNELS {
            for words in Translation::built_in() {
                let request = provider.starting(&number(), channel, words.language());
                let id = provider.started(&send(request, PATIENCE).unwrap()).unwrap();
                let taken = gateways.taken().pop().unwrap();
                assert_eq!(
                    (taken.service, taken.reference.as_str()),
                    (provider.service(), id.as_str())
                );
                assert_eq!(taken.to.trim_start_matches('+'), "14155550100");
                assert_eq!(provider.check(&id, &taken.words), RemoteAnswer::Correct);
                assert_eq!(provider.check(&id, &taken.words), RemoteAnswer::NotFound);
            }
        }
    }
}

#[test]
fn guesses_are_incorrect_until_the_code_is_not_found() {
    let gateways = Gateways::open();
    for provider in services(&gateways) {
        let id = provider.start().unwrap();
        let code = sent(&gateways);
        for _ in 0..provider.attempts() {
            assert_eq!(
                provider.check(&id, "999999"),
                RemoteAnswer::Incorrect,
                "{:?}",
                provider.service()
            );
        }
        assert_eq!(
            provider.check(&id, "999999"),
            RemoteAnswer::NotFound,
            "{:?}",
            provider.service()
        );
        assert_eq!(provider.check(&id, &code), RemoteAnswer::NotFound, "{:?}", provider.service());
    }
}

#[test]
fn expired_and_cancelled_codes_are_not_found() {
    let gateways = Gateways::open();
    for provider in services(&gateways) {
        let id = provider.start().unwrap();
        let code = sent(&gateways);
        gateways.end_codes();
        assert_eq!(provider.check(&id, &code), RemoteAnswer::NotFound);
        assert!(provider.cancel(&id), "the verification has ended already");
        let id = provider.start().unwrap();
        let code = sent(&gateways);
        assert!(provider.cancel(&id));
        assert_eq!(provider.check(&id, &code), RemoteAnswer::NotFound);
    }
}

#[test]
fn second_start_needs_a_cancellation_for_a_new_code() {
    let gateways = Gateways::open();
    let [twilio, vonage] = services(&gateways);
    let (first, first_code) = (twilio.start().unwrap(), sent(&gateways));
    let (second, second_code) = (twilio.start().unwrap(), sent(&gateways));
    assert_eq!((&first, &first_code), (&second, &second_code));
    assert!(twilio.cancel(&first));
    let (third, third_code) = (twilio.start().unwrap(), sent(&gateways));
    assert_ne!((&first, &first_code), (&third, &third_code));
    for _ in 1..5 {
        assert_eq!(twilio.start().unwrap(), third);
    }
    assert_eq!(twilio.start(), Err(Unavailable), "it was sent five times");

    let first = vonage.start().unwrap();
    assert_eq!(vonage.start(), Err(Unavailable));
    assert!(vonage.cancel(&first));
    assert_ne!(vonage.start().unwrap(), first);
}

#[test]
fn code_of_one_verification_is_incorrect_for_another() {
    let gateways = Gateways::open();
    for provider in services(&gateways) {
        let id = provider.start().unwrap();
        let code = sent(&gateways);
        let other = Address::phone("+14155550122").unwrap();
        let request = provider.starting(&other, Channel::Sms, &Language::ENGLISH);
        let other = provider.started(&send(request, PATIENCE).unwrap()).unwrap();
        assert_eq!(provider.check(&other, &code), RemoteAnswer::Incorrect);
        // A client that mixes up responses: the one for the first is read for the other.
        let answer = send(provider.checking(&id, &code), PATIENCE).unwrap();
        assert_eq!(provider.checked(&answer, &other), RemoteAnswer::Unreachable);
        assert_eq!(provider.checked(&answer, &id), RemoteAnswer::Correct);
    }
}

#[test]
fn each_failure_maps_to_its_answer_and_none_is_correct() {
    let gateways = Gateways::open();
    for provider in services(&gateways) {
        for (play, start, check) in [
            (Play::Garbles, Unavailable, RemoteAnswer::Unreachable),
            (Play::Fails(500, "{}"), Unavailable, RemoteAnswer::Unreachable),
            (Play::Fails(503, "<html>"), Unavailable, RemoteAnswer::Unreachable),
            (Play::Fails(429, "{}"), Unavailable, RemoteAnswer::Unreachable),
            (Play::Fails(404, "<html>"), Misconfigured, RemoteAnswer::Unreachable),
            (Play::Fails(401, "{}"), Misconfigured, RemoteAnswer::Misconfigured),
        ] {
            gateways.end_codes();
            gateways.plan(play);
            assert_eq!(provider.start(), Err(start), "{:?} {play:?}", provider.service());
            gateways.end_codes();
            let id = provider.start().unwrap();
            let code = sent(&gateways);
            gateways.plan(play);
            assert_eq!(provider.check(&id, &code), check, "{:?} {play:?}", provider.service());
            // A lost response has spent the code; a refusal has not.
            let after = provider.check(&id, &code);
            let is_spent = matches!(play, Play::Garbles);
            assert_eq!(
                after,
                if is_spent { RemoteAnswer::NotFound } else { RemoteAnswer::Correct }
            );
        }
        let id = provider.start().unwrap();
        let code = sent(&gateways);
        gateways.plan(Play::Hangs);
        let timeout = send(provider.checking(&id, &code), Duration::from_millis(200));
        assert_eq!(timeout.unwrap_err(), Unknown);
        assert_eq!(provider.check(&id, &code), RemoteAnswer::NotFound, "the request arrived");
        let id = provider.start().unwrap();
        gateways.plan(Play::Fails(500, ""));
        assert!(!provider.cancel(&id));
    }
    for provider in services(&Gateways::closed()) {
        assert_eq!(provider.start(), Err(Unavailable));
        let id = RemoteId::new("VE1").unwrap();
        assert_eq!(provider.check(&id, "123456"), RemoteAnswer::Unreachable);
        assert!(!provider.cancel(&id));
    }
}

#[test]
fn undocumented_verification_requests_are_refused() {
    let gateways = Gateways::open();
    for provider in services(&gateways) {
        let is_form = provider.service() == Service::TwilioVerify;
        let id = provider.start().unwrap();
        gateways.end_codes();
        let start = || provider.starting(&number(), Channel::Sms, &Language::ENGLISH);
        let status = if is_form { 400 } else { 422 };
        let requests: [&dyn Fn() -> Request<Body>; 2] =
            [&start, &|| provider.checking(&id, "123456")];
        for made in requests {
            let of = |parts: &mut http::request::Parts, name: &'static str, value: &'static str| {
                parts.headers.insert(name, value.parse().unwrap());
            };
            let unauthorized = changed(made(), |parts, _| of(parts, "authorization", "Basic QTpC"));
            assert_eq!(unauthorized, 401);
            assert_eq!(changed(made(), |parts, _| of(parts, "content-type", "text/plain")), 415);
            let more = changed(made(), |_, body| {
                *body = if is_form {
                    format!("{body}&CustomCode=123456")
                } else {
                    body.replacen('{', "{\"extra\":1,", 1)
                };
            });
            assert_eq!(more, status);
        }
        let other_path = changed(start(), |parts, _| {
            parts.uri = format!("{}s", parts.uri).parse().unwrap();
        });
        assert_eq!(other_path, 404);
        let invalid_number = changed(start(), |_, body| *body = body.replace("14155550100", "0"));
        assert_eq!(invalid_number, status);
        let unsupported_language = changed(start(), |_, body| {
            *body = body.replace("Locale=en", "Locale=cy").replace("en-us", "cy-gb");
        });
        assert_eq!(unsupported_language, if is_form { 404 } else { 422 });
    }
    assert_eq!(gateways.taken().len(), 2, "the two valid starts");
    let one = RemoteId::new("00000001-00bf").unwrap();
    let cancel = || keys::vonage_verify(&gateways).cancel(&one);
    let shown = |parts: &mut http::request::Parts| parts.headers.remove("authorization");
    assert_eq!(changed(cancel(), |parts, _| drop(shown(parts))), 401);
}

fn ask(swaps: &SimSwaps, number: &str) -> SimSwap {
    let request = swaps.request(&Address::phone(number).unwrap()).unwrap();
    send(request, PATIENCE).map_or(SimSwap::Unknown, |answer| sim_swap(&answer))
}

#[test]
fn operator_answers_for_its_own_numbers() {
    let gateways = Gateways::open();
    let swaps = keys::sim_swaps(&gateways);
    assert_eq!(ask(&swaps, SWAPPED), SimSwap::Swapped);
    assert_eq!(ask(&swaps, "+14155550100"), SimSwap::NotSwapped);
    assert_eq!(ask(&swaps, ELSEWHERE), SimSwap::Unknown);
    let shortest = swaps.clone().within_hours(1).unwrap();
    assert_eq!(ask(&shortest, SWAPPED), SimSwap::Swapped);
    let too_far_back = swaps.clone().within_hours(2400).unwrap();
    assert_eq!(ask(&too_far_back, SWAPPED), SimSwap::Misconfigured);
}

#[test]
fn missing_operator_answer_is_unknown() {
    let gateways = Gateways::open();
    let swaps = keys::sim_swaps(&gateways);
    for (play, expected) in [
        (Play::Garbles, SimSwap::Unknown),
        (Play::Fails(500, r#"{"swapped":false}"#), SimSwap::Unknown),
        (Play::Fails(429, "{}"), SimSwap::Unknown),
        (Play::Fails(401, "{}"), SimSwap::Misconfigured),
        (Play::Fails(403, "{}"), SimSwap::Misconfigured),
        (Play::Slow(Duration::from_millis(50)), SimSwap::NotSwapped),
    ] {
        gateways.plan(play);
        assert_eq!(ask(&swaps, "+14155550100"), expected, "{play:?}");
    }
    assert_eq!(ask(&keys::sim_swaps(&Gateways::closed()), SWAPPED), SimSwap::Unknown);
}

#[test]
fn undocumented_operator_requests_are_refused() {
    let gateways = Gateways::open();
    let swaps = keys::sim_swaps(&gateways);
    let made = || swaps.request(&number()).unwrap();
    let with = |name: &'static str, value: &'static str| {
        changed(made(), |parts, _| drop(parts.headers.insert(name, value.parse().unwrap())))
    };
    assert_eq!(with("authorization", "Bearer of-somebody"), 401);
    assert_eq!(with("content-type", "text/plain"), 415);
    assert_eq!(with("x-correlator", "two words"), 400);
    assert_eq!(with("x-correlator", "b4333c46-49c0:1"), 200);
    let body = |from: &'static str, to: &'static str| {
        changed(made(), |_, body| *body = body.replace(from, to))
    };
    assert_eq!(body("240", "0"), 400);
    assert_eq!(body("240", "2401"), 400);
    assert_eq!(body("240", "\"240\""), 400);
    assert_eq!(body("+", ""), 400);
    assert_eq!(body("maxAge", "maxage"), 400);
    assert_eq!(gateways.taken().len(), 1);
}
