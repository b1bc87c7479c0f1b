//! Responses of verification services and carriers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use http::Response;
use proptest::prelude::*;
use second_factor::{
    delivery::{
        RemoteAnswer, RemoteId,
        Undelivered::{self, Misconfigured, Unavailable, Unreachable},
    },
    gateway::{
        camara::{SimSwap, sim_swap},
        twilio, vonage,
    },
};

type Answer = Response<Vec<u8>>;
type Started = fn(&Answer) -> Result<RemoteId, Undelivered>;
type Asked = fn(&Answer, &RemoteId) -> RemoteAnswer;

const STARTED: [(&str, Started); 2] = [("twilio", twilio::started), ("vonage", vonage::started)];
const CHECKED: [(&str, Asked); 2] = [("twilio", twilio::checked), ("vonage", vonage::checked)];

fn answer(status: u16, body: &str) -> Answer {
    Response::builder().status(status).body(body.into()).unwrap()
}

fn id(text: &str) -> RemoteId {
    RemoteId::new(text).unwrap()
}

fn by_twilio(status: u16, body: &str) -> RemoteAnswer {
    twilio::checked(&answer(status, body), &id("VE1"))
}

fn by_vonage(status: u16, body: &str) -> RemoteAnswer {
    vonage::checked(&answer(status, body), &id("c112-36f4"))
}

#[test]
fn twilio_parameter_error_is_misconfigured() {
    for code in [60_200, 60_223] {
        let body = format!(r#"{{"code":{code},"message":"Invalid parameter `Channel`"}}"#);
        assert_eq!(twilio::started(&answer(500, &body)), Err(Misconfigured), "{code}");
    }
}

#[test]
fn started_verification_has_the_id_of_the_service() {
    let body = r#"{"sid":"VE1","to":"+14155550100","status":"pending","valid":false}"#;
    assert_eq!(twilio::started(&answer(201, body)), Ok(id("VE1")));
    let body = r#"{"request_id":"c112-36f4","check_url":"https://example.com"}"#;
    assert_eq!(vonage::started(&answer(202, body)), Ok(id("c112-36f4")));
}

#[test]
fn start_without_a_valid_id_is_unavailable() {
    for (name, started) in STARTED {
        let long = format!(r#"{{"sid":"{0}","request_id":"{0}"}}"#, "a".repeat(65));
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"sid":7,"request_id":7}"#,
            r#"{"sid":"","request_id":""}"#,
            r#"{"sid":"VE1/../x","request_id":"a/../x"}"#,
            r#"{"sid":"VE 1","request_id":"a b"}"#,
            r#"{"sid":"..","request_id":".."}"#,
            &long,
        ] {
            assert_eq!(started(&answer(201, body)), Err(Unavailable), "{name} {body:.40}");
        }
    }
}

#[test]
fn failed_start_is_never_unknown() {
    for (name, started) in STARTED {
        for status in [408, 429, 500, 502, 503, 504] {
            for body in ["", "{}", "<html>"] {
                assert_eq!(started(&answer(status, body)), Err(Unavailable), "{name} {status}");
            }
        }
        for status in [301, 400, 401, 402, 403, 404, 415, 422] {
            for body in ["", "{}", r#"{"code":1,"title":"?"}"#] {
                assert_eq!(started(&answer(status, body)), Err(Misconfigured), "{name} {status}");
            }
        }
    }
}

#[test]
fn twilio_verify_error_code_is_mapped() {
    for (code, expected) in [
        (60_205, Unreachable),
        (60_605, Unreachable),
        (21_211, Unreachable),
        (60_203, Unavailable),
        (60_212, Unavailable),
        (60_410, Unavailable),
        (20_429, Unavailable),
        (60_200, Misconfigured),
        (60_223, Misconfigured),
        (20_003, Misconfigured),
        (20_404, Misconfigured),
    ] {
        let body = format!(r#"{{"code":{code},"message":"Refused","status":400}}"#);
        assert_eq!(twilio::started(&answer(400, &body)), Err(expected), "{code}");
    }
}

#[test]
fn invalid_number_is_unreachable_not_misconfigured() {
    for (message, expected) in [
        ("Invalid parameter: To", Unreachable),
        ("Invalid parameter `To`: +14155550100", Unreachable),
        ("Invalid parameter: Channel", Misconfigured),
        ("Invalid parameter: Token", Misconfigured),
        ("Failed to send", Misconfigured),
    ] {
        let body = format!(r#"{{"code":60200,"message":"{message}","status":400}}"#);
        assert_eq!(twilio::started(&answer(400, &body)), Err(expected), "{message}");
    }
    let refused = |reasons: &[&str]| {
        let all: Vec<String> = reasons
            .iter()
            .map(|reason| format!(r#"{{"name":"workflow[0]","reason":"{reason}"}}"#))
            .collect();
        let body =
            format!(r#"{{"title":"Invalid params","invalid_parameters":[{}]}}"#, all.join(","));
        vonage::started(&answer(422, &body))
    };
    assert_eq!(refused(&["`to` Phone number is invalid"]), Err(Unreachable));
    assert_eq!(refused(&["`from` Phone number is invalid"]), Err(Misconfigured));
    assert_eq!(
        refused(&["`to` Phone number is invalid", "`brand` is invalid"]),
        Err(Misconfigured)
    );
    assert_eq!(refused(&[]), Err(Misconfigured));
}

#[test]
fn pending_verification_makes_a_start_unavailable() {
    let body = r#"{"type":"https://www.developer.vonage.com/api-errors/verify#conflict",
        "title":"Conflict","detail":"Concurrent verifications to the same number are not allowed."}"#;
    assert_eq!(vonage::started(&answer(409, body)), Err(Unavailable));
}

#[test]
fn failure_091_service_block_for_pumping_has_no_fallback() {
    let blocked = answer(403, r#"{"code":60410,"message":"blocked","status":403}"#);
    assert_eq!(twilio::started(&blocked), Err(Unavailable));
}

#[test]
fn twilio_check_result_is_mapped() {
    for (status, body, expected) in [
        (200, r#"{"sid":"VE1","status":"approved","valid":true}"#, RemoteAnswer::Correct),
        (200, r#"{"sid":"VE1","status":"approved"}"#, RemoteAnswer::Correct),
        (200, r#"{"sid":"VE1","status":"pending","valid":false}"#, RemoteAnswer::Incorrect),
        (200, r#"{"sid":"VE1","status":"pending"}"#, RemoteAnswer::Incorrect),
        (200, r#"{"sid":"VE1","status":"canceled","valid":false}"#, RemoteAnswer::NotFound),
        (
            200,
            r#"{"sid":"VE1","status":"max_attempts_reached","valid":false}"#,
            RemoteAnswer::NotFound,
        ),
        (200, r#"{"sid":"VE1","status":"expired"}"#, RemoteAnswer::NotFound),
        (404, r#"{"code":20404,"message":"not found","status":404}"#, RemoteAnswer::NotFound),
        (429, r#"{"code":60202,"message":"Max check attempts reached"}"#, RemoteAnswer::NotFound),
        (429, r#"{"code":20429}"#, RemoteAnswer::Unreachable),
        (503, r#"{"code":20503}"#, RemoteAnswer::Unreachable),
        (404, "<html>", RemoteAnswer::Unreachable),
        (408, "", RemoteAnswer::Unreachable),
        (401, r#"{"code":20003}"#, RemoteAnswer::Misconfigured),
        (403, "", RemoteAnswer::Misconfigured),
        (400, r#"{"code":60200,"message":"Invalid parameter: Code"}"#, RemoteAnswer::Misconfigured),
    ] {
        assert_eq!(by_twilio(status, body), expected, "{status} {body}");
    }
}

#[test]
fn vonage_check_result_is_mapped() {
    let title = r#"{"title":"Invalid Code","detail":""}"#;
    for (status, body, expected) in [
        (200, r#"{"request_id":"c112-36f4","status":"completed"}"#, RemoteAnswer::Correct),
        (400, title, RemoteAnswer::Incorrect),
        (400, "", RemoteAnswer::Incorrect),
        (422, title, RemoteAnswer::Incorrect),
        (404, r#"{"title":"Not Found"}"#, RemoteAnswer::NotFound),
        (409, r#"{"title":"Conflict"}"#, RemoteAnswer::NotFound),
        (410, title, RemoteAnswer::NotFound),
        (404, "<html>", RemoteAnswer::Unreachable),
        (410, "", RemoteAnswer::Unreachable),
        (429, title, RemoteAnswer::Unreachable),
        (500, "", RemoteAnswer::Unreachable),
        (401, r#"{"title":"Unauthorized"}"#, RemoteAnswer::Misconfigured),
        (402, r#"{"title":"Low balance"}"#, RemoteAnswer::Misconfigured),
        (403, "", RemoteAnswer::Misconfigured),
    ] {
        assert_eq!(by_vonage(status, body), expected, "{status} {body}");
    }
}

#[test]
fn only_a_complete_matching_answer_is_correct() {
    for body in [
        "",
        "<html>",
        "{}",
        "true",
        r#""approved""#,
        r#"[{"sid":"VE1","status":"approved","valid":true}]"#,
        r#"{"sid":"VE2","status":"approved","valid":true}"#,
        r#"{"sid":"VE1 ","status":"approved","valid":true}"#,
        r#"{"status":"approved","valid":true}"#,
        r#"{"sid":"VE1","status":"approved","valid":false}"#,
        r#"{"sid":"VE1","status":"pending","valid":true}"#,
        r#"{"sid":"VE1","status":"Approved","valid":true}"#,
        r#"{"sid":"VE1","valid":true}"#,
        r#"{"sid":"VE1","status":["approved"],"valid":true}"#,
        r#"{"sid":"VE1","status":"approved","valid":true"#,
    ] {
        assert_eq!(by_twilio(200, body), RemoteAnswer::Unreachable, "{body}");
    }
    for body in [
        "",
        "{}",
        r#"{"request_id":"c112-36f5","status":"completed"}"#,
        r#"{"status":"completed"}"#,
        r#"{"request_id":"c112-36f4","status":"expired"}"#,
        r#"{"request_id":"c112-36f4"}"#,
        r#"{"request_id":"c112-36f4","status":true}"#,
    ] {
        assert_eq!(by_vonage(200, body), RemoteAnswer::Unreachable, "{body}");
    }
    // A correct body with any other status.
    for status in (100..600).filter(|status| *status != 200) {
        let body = r#"{"sid":"VE1","request_id":"c112-36f4","status":"approved","valid":true}"#;
        assert_ne!(by_twilio(status, body), RemoteAnswer::Correct, "{status}");
        let body = body.replace("approved", "completed");
        assert_ne!(by_vonage(status, &body), RemoteAnswer::Correct, "{status}");
    }
    let long = format!(r#"{{"sid":"VE1","status":"approved","x":"{}"}}"#, "x".repeat(256 << 10));
    assert_eq!(by_twilio(200, &long), RemoteAnswer::Unreachable);
}

#[test]
fn canceled_or_unknown_verification_is_over() {
    for (status, body, is_over) in [
        (200, r#"{"sid":"VE1","status":"canceled"}"#, true),
        (200, r#"{"sid":"VE1","status":"approved"}"#, true),
        (404, r#"{"code":20404}"#, true),
        (200, r#"{"sid":"VE1","status":"pending"}"#, false),
        (200, "", false),
        (404, "<html>", false),
        (429, "{}", false),
        (500, r#"{"status":"canceled"}"#, false),
    ] {
        assert_eq!(twilio::cancelled(&answer(status, body)), is_over, "{status} {body}");
    }
    for (status, body, is_over) in [
        (204, "", true),
        (404, r#"{"title":"Not Found"}"#, true),
        (404, "<html>", false),
        (200, "", false),
        (401, "{}", false),
        (500, "", false),
    ] {
        assert_eq!(vonage::cancelled(&answer(status, body)), is_over, "{status} {body}");
    }
}

#[test]
fn sim_swap_answer_is_yes_no_or_unknown() {
    let error = |code: &str| format!(r#"{{"status":0,"code":"{code}","message":""}}"#);
    for (status, body, expected) in [
        (200, r#"{"swapped":true}"#.to_owned(), SimSwap::Swapped),
        (200, r#"{"swapped":false}"#.into(), SimSwap::NotSwapped),
        (200, r#"{"swapped":"false"}"#.into(), SimSwap::Unknown),
        (200, r#"{"swapped":null}"#.into(), SimSwap::Unknown),
        (200, r#"{"simSwapped":false}"#.into(), SimSwap::Unknown),
        (200, "{}".into(), SimSwap::Unknown),
        (200, String::new(), SimSwap::Unknown),
        (204, r#"{"swapped":false}"#.into(), SimSwap::Unknown),
        (404, error("IDENTIFIER_NOT_FOUND"), SimSwap::Unknown),
        (422, error("SERVICE_NOT_APPLICABLE"), SimSwap::Unknown),
        (429, error("TOO_MANY_REQUESTS"), SimSwap::Unknown),
        (429, error("QUOTA_EXCEEDED"), SimSwap::Unknown),
        (408, String::new(), SimSwap::Unknown),
        (500, r#"{"swapped":false}"#.into(), SimSwap::Unknown),
        (503, error("UNAVAILABLE"), SimSwap::Unknown),
        (400, error("OUT_OF_RANGE"), SimSwap::Misconfigured),
        (400, error("INVALID_ARGUMENT"), SimSwap::Misconfigured),
        (401, error("UNAUTHENTICATED"), SimSwap::Misconfigured),
        (403, error("PERMISSION_DENIED"), SimSwap::Misconfigured),
        (404, error("NOT_FOUND"), SimSwap::Misconfigured),
        (404, String::new(), SimSwap::Misconfigured),
        (422, error("UNNECESSARY_IDENTIFIER"), SimSwap::Misconfigured),
        (422, error("MISSING_IDENTIFIER"), SimSwap::Misconfigured),
    ] {
        assert_eq!(sim_swap(&answer(status, &body)), expected, "{status} {body}");
    }
}

/// JSON that is close to an answer of a service.
fn nearly() -> impl Strategy<Value = String> {
    let value = |values: &'static [&'static str]| proptest::sample::select(values);
    let field = (
        value(&["sid", "request_id", "status", "valid", "code", "swapped", "title"]),
        value(&[
            "\"VE1\"",
            "\"VE2\"",
            "\"approved\"",
            "\"pending\"",
            "\"completed\"",
            "true",
            "false",
            "null",
            "20404",
            "60202",
            "\"\"",
            "[]",
        ]),
    );
    proptest::collection::vec(field, 0..6).prop_map(|fields| {
        let fields: Vec<String> =
            fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", fields.join(","))
    })
}

proptest! {
    #[test]
    fn arbitrary_response_is_never_correct(
        status in 100_u16..600,
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let answer = Response::builder().status(status).body(body).unwrap();
        for (_, started) in STARTED {
            prop_assert!(started(&answer).is_err());
        }
        for (_, checked) in CHECKED {
            prop_assert_ne!(checked(&answer, &id("VE1")), RemoteAnswer::Correct);
        }
        let _ = (twilio::cancelled(&answer), vonage::cancelled(&answer));
        let swap = sim_swap(&answer);
        prop_assert!(matches!(swap, SimSwap::Unknown | SimSwap::Misconfigured));
    }

    #[test]
    fn near_miss_response_is_never_correct(
        status in prop_oneof![Just(200_u16), Just(201), Just(404), 100_u16..600],
        body in nearly(),
    ) {
        let answer = answer(status, &body);
        let read: serde_json::Value = serde_json::from_str(&body).unwrap();
        let says = |field: &str, value: &str| read.get(field).and_then(|v| v.as_str()) == Some(value);
        let is_denied = read.get("valid") == Some(&serde_json::Value::Bool(false));
        let is_correct = status == 200 && says("sid", "VE1") && says("status", "approved") && !is_denied;
        prop_assert_eq!(twilio::checked(&answer, &id("VE1")) == RemoteAnswer::Correct, is_correct);
        let is_correct = status == 200 && says("request_id", "VE1") && says("status", "completed");
        prop_assert_eq!(vonage::checked(&answer, &id("VE1")) == RemoteAnswer::Correct, is_correct);
        let swapped = read.get("swapped").and_then(serde_json::Value::as_bool);
        let expected = swapped.filter(|_| status == 200);
        let reported = match sim_swap(&answer) {
            SimSwap::Swapped => Some(true),
            SimSwap::NotSwapped => Some(false),
            _ => None,
        };
        prop_assert_eq!(reported, expected);
    }
}
