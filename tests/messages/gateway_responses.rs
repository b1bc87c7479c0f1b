//! Responses of gateways to a message.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use http::Response;
use proptest::prelude::*;
use second_factor::{
    delivery::{
        Receipt,
        Undelivered::{self, Misconfigured, Unavailable, Unknown, Unreachable},
    },
    gateway::{push, twilio, vonage, whatsapp},
};

type Outcome = Result<Receipt, Undelivered>;
type Reader = fn(&Response<Vec<u8>>) -> Outcome;

const READERS: [(&str, Reader); 4] = [
    ("firebase", push::receipt),
    ("twilio", twilio::receipt),
    ("vonage", vonage::receipt),
    ("whatsapp", whatsapp::receipt),
];

fn answer(status: u16, body: &str) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body.into()).unwrap()
}

fn id(outcome: Outcome) -> String {
    outcome.unwrap().id().to_owned()
}

fn why(reader: Reader, status: u16, body: &str) -> Undelivered {
    reader(&answer(status, body)).unwrap_err()
}

#[test]
fn accepted_message_gets_the_id_of_the_gateway() {
    let body = r#"{"sid":"SM1f","status":"queued","error_code":null,"error_message":null}"#;
    assert_eq!(id(twilio::receipt(&answer(201, body))), "SM1f");
    assert_eq!(id(vonage::receipt(&answer(202, r#"{"message_uuid":"aaaa-bbbb"}"#))), "aaaa-bbbb");
    let body = r#"{"uuid":"63f6","status":"started","direction":"outbound"}"#;
    assert_eq!(id(vonage::receipt(&answer(201, body))), "63f6");
    let body = r#"{"messaging_product":"whatsapp","contacts":[{"input":"1","wa_id":"1"}],
        "messages":[{"id":"wamid.HBgN"}]}"#;
    assert_eq!(id(whatsapp::receipt(&answer(200, body))), "wamid.HBgN");
    let name = "projects/p/messages/0:1500415314455276%31bd1c9631bd1c96";
    let body = format!(r#"{{"name":"{name}"}}"#);
    assert_eq!(id(push::receipt(&answer(200, &body))), name);
}

#[test]
fn id_in_a_refusal_is_not_a_receipt() {
    for (name, reader) in READERS {
        for body in [
            r#"{"sid":"SM1f"}"#,
            r#"{"message_uuid":"aaaa-bbbb"}"#,
            r#"{"messages":[{"id":"wamid.HBgN"}]}"#,
            r#"{"name":"projects/p/messages/0"}"#,
        ] {
            assert!(reader(&answer(400, body)).is_err(), "{name} {body}");
            assert_eq!(why(reader, 500, body), Unknown, "{name} {body}");
        }
    }
}

#[test]
fn response_over_256_kib_is_not_read() {
    let empty = r#"{"sid":"SM1f"}"#;
    let full = format!("{empty}{}", " ".repeat(256 * 1024 - empty.len()));
    assert_eq!(id(twilio::receipt(&answer(201, &full))), "SM1f");
    assert_eq!(why(twilio::receipt, 201, &format!("{full} ")), Unknown);
}

#[test]
fn unclear_response_counts_as_sent() {
    let long = format!(r#"{{"sid":"{0}","uuid":"{0}","name":"{0}"}}"#, "a".repeat(300_000));
    for (name, reader) in READERS {
        for status in [500, 502, 503, 504, 408] {
            for body in ["", "<html>", "{}", "null", "[1]"] {
                assert_eq!(why(reader, status, body), Unknown, "{name} {status} {body}");
            }
        }
        // Accepted, but without a readable id.
        for body in ["", "<html>", "{}", r#"{"sid":7}"#, r#"{"sid":""}"#, r#"{"sid":"a b"}"#, &long]
        {
            assert_eq!(why(reader, 200, body), Unknown, "{name} {body:.20}");
        }
    }
}

#[test]
fn refusal_is_misconfigured_or_unavailable() {
    for (name, reader) in READERS {
        for status in [301, 400, 401, 402, 403, 404, 415, 422] {
            for body in ["", "{}", r#"{"code":1,"title":"?","error":{"code":-1}}"#] {
                assert_eq!(why(reader, status, body), Misconfigured, "{name} {status} {body}");
            }
        }
        assert_eq!(why(reader, 429, "{}"), Unavailable, "{name}");
    }
}

#[test]
fn twilio_error_code_is_mapped() {
    let all = [
        (
            Unreachable,
            &[13_224, 21_211, 21_215, 21_408, 21_610, 21_612, 21_614, 63_003, 63_024][..],
        ),
        (Unavailable, &[20_429, 30_001, 30_450, 30_453, 63_018]),
        (Misconfigured, &[10_001, 20_003, 21_606, 21_608, 63_016]),
    ];
    for (expected, codes) in all {
        for code in codes {
            // The HTTP status would mean something else.
            let body = format!(r#"{{"code":{code},"message":"","status":500}}"#);
            assert_eq!(why(twilio::receipt, 500, &body), expected, "{code}");
        }
    }
    // Accepted, and lost at once.
    let body = r#"{"sid":"SM1","status":"failed","error_code":30005}"#;
    assert_eq!(why(twilio::receipt, 201, body), Unreachable);
}

#[test]
fn failure_091_blocked_for_pumping_has_no_fallback() {
    for code in [30_450, 30_453] {
        let body = format!(r#"{{"code":{code}}}"#);
        assert_eq!(why(twilio::receipt, 400, &body), Unavailable);
    }
}

#[test]
fn vonage_error_code_is_mapped() {
    let all = [
        (Unreachable, &[1040, 1050, 1170, 1180, 1190, 1240, 1250, 1300, 1310, 1330][..]),
        (Unavailable, &[1000, 1030, 1100, 1230, 1241]),
        (Misconfigured, &[1010, 1020, 1060, 1070, 1080, 1120, 1130, 1140, 1160]),
        (Unknown, &[1320]),
    ];
    for (expected, codes) in all {
        for code in codes {
            let page = format!(
                r#"{{"type":"https://developer.vonage.com/api-errors/messages#{code}","title":"Refused"}}"#
            );
            assert_eq!(why(vonage::receipt, 422, &page), expected, "{code}");
            let title = format!(r#"{{"title":"{code}","detail":""}}"#);
            assert_eq!(why(vonage::receipt, 422, &title), expected, "{code}");
        }
    }
    let broke =
        r#"{"type":"https://developer.nexmo.com/api-errors#low-balance","title":"Low balance"}"#;
    assert_eq!(why(vonage::receipt, 402, broke), Misconfigured);
}

#[test]
fn meta_error_code_is_mapped() {
    let all = [
        (Unreachable, &[131_026, 131_048, 131_049, 130_472][..]),
        (Unavailable, &[4, 80_007, 130_429, 131_056]),
        (Misconfigured, &[0, 100, 190, 200, 299, 131_047, 131_051, 132_000, 132_001, 132_012]),
    ];
    for (expected, codes) in all {
        for code in codes {
            let body =
                format!(r#"{{"error":{{"message":"","type":"OAuthException","code":{code}}}}}"#);
            assert_eq!(why(whatsapp::receipt, 500, &body), expected, "{code}");
        }
    }
}

#[test]
fn firebase_error_code_is_mapped() {
    let error = |code: &str, more: &str| {
        format!(
            r#"{{"error":{{"code":1,"status":"X","details":[{more}{{"errorCode":"{code}"}}]}}}}"#
        )
    };
    let violation = |field: &str| format!(r#"{{"fieldViolations":[{{"field":"{field}"}}]}},"#);
    let read = |body: &str| why(push::receipt, 500, body);
    assert_eq!(read(&error("UNREGISTERED", "")), Unreachable);
    assert_eq!(read(&error("INVALID_ARGUMENT", &violation("message.token"))), Unreachable);
    assert_eq!(read(&error("INVALID_ARGUMENT", &violation("message.android.ttl"))), Misconfigured);
    assert_eq!(read(&error("INVALID_ARGUMENT", "")), Misconfigured);
    assert_eq!(read(&error("SENDER_ID_MISMATCH", "")), Misconfigured);
    assert_eq!(read(&error("THIRD_PARTY_AUTH_ERROR", "")), Misconfigured);
    assert_eq!(read(&error("QUOTA_EXCEEDED", "")), Unavailable);
    assert_eq!(read(&error("UNAVAILABLE", "")), Unavailable);
    assert_eq!(read(&error("INTERNAL", "")), Unknown);
}

proptest! {
    #[test]
    fn arbitrary_response_never_panics(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        for (_, reader) in READERS {
            let _ = reader(&Response::builder().status(status).body(body.clone()).unwrap());
        }
    }
}
