//! Webhooks of gateways: signature, time and content.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use http::Request;
use proptest::prelude::*;
use second_factor::{
    Channel, UnixTime,
    delivery::Undelivered::{self, Misconfigured, Unavailable, Unknown, Unreachable},
    gateway::{
        Credential, DeliveryReport, Endpoint,
        InvalidWebhook::{self, Malformed, Outdated, Signature},
        twilio, vonage, whatsapp,
    },
    message::{
        Sender,
        voice::{Call, Script},
    },
    purpose::Operation,
    sans_io::Moment,
    testkit::Preview,
};
use serde_json::{Value, json};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
const FORM: &str = "application/x-www-form-urlencoded";

fn credential(text: &str) -> Credential {
    Credential::new(text.into()).unwrap()
}

type Outcome = Result<(), Undelivered>;

fn said(report: &DeliveryReport) -> (&str, Outcome) {
    (report.reference(), report.outcome())
}

fn lost(why: Undelivered) -> Result<(), Undelivered> {
    Err(why)
}

/// An independent implementation: the URL, then each name with its value, in order.
fn twilio_signature(url: &str, pairs: &[(&str, &str)]) -> String {
    let mut sorted = pairs.to_vec();
    sorted.sort_unstable();
    let text = sorted.iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    Base64::encode_string(&hmac_sha1_compact::HMAC::mac(text.as_bytes(), b"12345"))
}

fn form(pairs: &[(&str, &str)]) -> String {
    let escape = |text: &str| -> String {
        let escaped = |byte: u8| match byte {
            b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
            b => format!("%{b:02x}"),
        };
        text.bytes().map(escaped).collect()
    };
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn twilio_hooks(origin: &str) -> twilio::Webhooks {
    twilio::Webhooks::new(&credential("12345"), Endpoint::new(origin).unwrap())
}

fn posted(path: &str, signature: &str, kind: &str, body: &str) -> Request<Vec<u8>> {
    Request::post(path)
        .header("x-twilio-signature", signature)
        .header("content-type", kind)
        .body(body.into())
        .unwrap()
}

/// A request as Twilio sends it, with this path and these fields.
fn by_twilio(path: &str, pairs: &[(&str, &str)]) -> Request<Vec<u8>> {
    let signature = twilio_signature(&format!("https://example.com{path}"), pairs);
    posted(path, &signature, FORM, &form(pairs))
}

fn twilio_says(pairs: &[(&str, &str)]) -> Result<Option<(String, Outcome)>, InvalidWebhook> {
    let request = by_twilio("/hooks?reference=REF-1_a", pairs);
    let report = twilio_hooks("https://example.com").status(&request)?;
    Ok(report.map(|report| (report.reference().to_owned(), report.outcome())))
}

const VECTOR: [(&str, &str); 5] = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+12349013030"),
    ("Digits", "1234"),
    ("From", "+12349013030"),
    ("To", "+18005551212"),
];

/// The example of Twilio, *Webhooks security*.
#[test]
fn twilio_signature_matches_the_documented_vector() {
    let hooks = twilio_hooks("https://mycompany.com");
    let signature = "0/KCTR6DLpKmkAf8muzZqo1nDgQ=";
    let path = "/myapp.php?foo=1&bar=2";
    let mut shuffled = VECTOR;
    shuffled.reverse();
    for pairs in [VECTOR, shuffled] {
        let request = posted(path, signature, FORM, &form(&pairs));
        // The signature is valid, but the body is not a status.
        assert_eq!(hooks.status(&request).unwrap_err(), Malformed);
    }
    let mut forged = VECTOR;
    forged[2].1 = "1235";
    let request = posted(path, signature, FORM, &form(&forged));
    assert_eq!(hooks.status(&request).unwrap_err(), Signature);
}

#[test]
fn twilio_message_status_is_mapped() {
    let at = |outcome| Ok(Some(("REF-1_a".to_owned(), outcome)));
    assert_eq!(twilio_says(&[("MessageStatus", "delivered")]), at(Ok(())));
    assert_eq!(twilio_says(&[("MessageStatus", "read")]), at(Ok(())));
    assert_eq!(twilio_says(&[("MessageStatus", "undelivered")]), at(lost(Unreachable)));
    assert_eq!(twilio_says(&[("MessageStatus", "failed")]), at(lost(Unavailable)));
    for (code, why) in [
        ("30005", Unreachable),
        ("30450", Unavailable),
        ("63024", Unreachable),
        ("63016", Misconfigured),
    ] {
        for status in ["failed", "undelivered"] {
            let fields = [("MessageStatus", status), ("ErrorCode", code)];
            assert_eq!(twilio_says(&fields), at(lost(why)), "{code}");
        }
    }
    for status in ["queued", "sending", "sent", "accepted", "something new"] {
        assert_eq!(twilio_says(&[("MessageStatus", status)]), Ok(None), "{status}");
    }
    for status in ["busy", "no-answer", "canceled", "failed"] {
        assert_eq!(twilio_says(&[("CallStatus", status)]), at(lost(Unreachable)), "{status}");
    }
    // A voicemail box answers too.
    assert_eq!(twilio_says(&[("CallStatus", "completed")]), Ok(None));
    assert_eq!(twilio_says(&[("Body", "hello")]), Err(Malformed));
    let stranger = by_twilio("/hooks", &[("MessageStatus", "delivered")]);
    assert!(twilio_hooks("https://example.com").status(&stranger).unwrap().is_none());
}

#[test]
fn twilio_webhook_without_valid_signature_is_refused() {
    let hooks = twilio_hooks("https://example.com");
    let path = "/hooks?reference=REF";
    let pairs = [("ErrorCode", "30005"), ("MessageStatus", "undelivered")];
    let valid = twilio_signature(&format!("https://example.com{path}"), &pairs);
    let refused = |request: &Request<Vec<u8>>| hooks.status(request).unwrap_err() == Signature;
    assert!(hooks.status(&posted(path, &valid, FORM, &form(&pairs))).is_ok());
    // Another URL, another field, one more, one less, none.
    assert!(refused(&posted("/hooks?reference=REG", &valid, FORM, &form(&pairs))));
    assert!(refused(&posted("/hooks", &valid, FORM, &form(&pairs))));
    let (one, other) = (&pairs[..1], [("ErrorCode", "30450"), pairs[1]]);
    assert!(refused(&posted(path, &valid, FORM, &form(one))));
    assert!(refused(&posted(path, &valid, FORM, &form(&other))));
    assert!(refused(&posted(path, &valid, FORM, &(form(&pairs) + "&a=b"))));
    assert!(refused(&posted(path, &valid, FORM, &form(&[]))));
    // Another content type, which the signature would not cover.
    assert!(refused(&posted(path, &valid, "application/json", &form(&pairs))));
    // No signature, two, half of one, one of another key.
    let mut unsigned = posted(path, &valid, FORM, &form(&pairs));
    unsigned.headers_mut().append("x-twilio-signature", valid.parse().unwrap());
    assert!(refused(&unsigned));
    unsigned.headers_mut().remove("x-twilio-signature");
    assert!(refused(&unsigned));
    assert!(refused(&posted(path, &valid[..14], FORM, &form(&pairs))));
    assert!(refused(&posted(path, "", FORM, &form(&pairs))));
    let stranger = Endpoint::new("https://example.com").unwrap();
    let stranger = twilio::Webhooks::new(&credential("12346"), stranger);
    assert_eq!(stranger.status(&posted(path, &valid, FORM, &form(&pairs))).unwrap_err(), Signature);
    // Another endpoint of the same application.
    let elsewhere = twilio_hooks("https://example.org");
    assert_eq!(
        elsewhere.status(&posted(path, &valid, FORM, &form(&pairs))).unwrap_err(),
        Signature
    );
}

/// Twilio signs the script of a call without the port, and callbacks with it.
#[test]
fn finding_i03_twilio_signs_with_and_without_the_port() {
    let pairs = [("MessageStatus", "delivered")];
    for (origin, others) in [
        ("https://example.com:8443", ["https://example.com:8443", "https://example.com"]),
        ("https://example.com", ["https://example.com:443", "https://example.com"]),
        ("https://example.com:8443/a", ["https://example.com:8443/a", "https://example.com/a"]),
        ("http://[::1]", ["http://[::1]:80", "http://[::1]"]),
        ("http://localhost:3000", ["http://localhost:3000", "http://localhost"]),
    ] {
        for signed in others {
            let signature = twilio_signature(&format!("{signed}/hooks?reference=R"), &pairs);
            let request = posted("/hooks?reference=R", &signature, FORM, &form(&pairs));
            assert!(twilio_hooks(origin).status(&request).unwrap().is_some(), "{origin} {signed}");
        }
        let other = twilio_signature("https://example.com:8444/hooks?reference=R", &pairs);
        let request = posted("/hooks?reference=R", &other, FORM, &form(&pairs));
        assert_eq!(twilio_hooks(origin).status(&request).unwrap_err(), Signature);
    }
}

/// Twilio, *Sign webhooks with shared keys*.
#[test]
fn finding_i14_twilio_rule_signs_by_hmac_sha256() {
    let pairs = [("ErrorCode", "30005"), ("MessageStatus", "undelivered")];
    let path = "/hooks?reference=REF";
    let text = format!("https://example.com{path}ErrorCode30005MessageStatusundelivered");
    let sha256 = Base64::encode_string(&hmac_sha256::HMAC::mac(text.as_bytes(), b"shared"));
    let sha1 = Base64::encode_string(&hmac_sha1_compact::HMAC::mac(text.as_bytes(), b"shared"));
    let by_token = twilio_signature(&format!("https://example.com{path}"), &pairs);
    let plain = twilio_hooks("https://example.com");
    let shared = plain.clone().with_shared_key(&credential("shared"));
    let read = |hooks: &twilio::Webhooks, signature: &str, settings: &[&str]| {
        let mut request = posted(path, signature, FORM, &form(&pairs));
        for settings in settings {
            let name = "x-twilio-webhooks-signature-settings";
            request.headers_mut().append(name, settings.parse().unwrap());
        }
        hooks.status(&request)
    };
    let rule = "key=webhooks_key_1,algorithm=HMAC_SHA256";
    assert!(read(&shared, &sha256, &[rule]).unwrap().is_some());
    assert!(read(&shared, &sha1, &["key=a, algorithm=HMAC_SHA1"]).unwrap().is_some());
    assert!(read(&shared, &by_token, &[]).unwrap().is_some(), "no rule matches this URL");
    for (hooks, signature, settings) in [
        (&plain, &sha256, &[rule][..]),
        (&plain, &by_token, &[rule][..]),
        (&shared, &sha256, &[][..]),
        (&shared, &sha1, &[][..]),
        (&shared, &by_token, &[rule][..]),
        (&shared, &sha1, &[rule][..]),
        (&shared, &sha256, &[rule, rule][..]),
        (&shared, &sha256, &["key=a"][..]),
        (&shared, &sha256, &["key=a,algorithm=HMAC_SHA512"][..]),
        (&shared, &sha256, &["key=a,algorithm=NONE"][..]),
        (&shared, &sha256, &[""][..]),
    ] {
        assert_eq!(read(hooks, signature, settings).unwrap_err(), Signature, "{settings:?}");
    }
}

#[test]
fn finding_i08_unregistered_sender_is_misconfigured() {
    for code in ["30024", "30032", "30034"] {
        for status in ["failed", "undelivered"] {
            let fields = [("MessageStatus", status), ("ErrorCode", code)];
            let expected = ("REF-1_a".to_owned(), lost(Misconfigured));
            assert_eq!(twilio_says(&fields), Ok(Some(expected)), "{code}");
        }
    }
}

#[test]
fn twilio_json_body_is_verified_by_its_hash() {
    let hooks = twilio_hooks("https://example.com");
    let body = r#"{"a":1}"#;
    let hash: String =
        hmac_sha256::Hash::hash(body.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    let path = format!("/hooks?bodySHA256={hash}");
    let signature = twilio_signature(&format!("https://example.com{path}"), &[]);
    let read = |body: &str, path: &str| {
        let request = posted(path, &signature, "application/json", body);
        hooks.status(&request).unwrap_err()
    };
    // The signature is valid, but the body is not a status.
    assert_eq!(read(body, &path), Malformed);
    assert_eq!(read(r#"{"a":2}"#, &path), Signature);
    let bare = twilio_signature("https://example.com/hooks", &[]);
    let request = posted("/hooks", &bare, "application/json", body);
    assert_eq!(hooks.status(&request).unwrap_err(), Signature);
}

fn call() -> Call {
    let message =
        Preview::new(Sender::new("Example").unwrap(), Channel::Voice).message(Operation::SignIn);
    Call::new(message, Moment::new(NOW, [3; 32])).unwrap()
}

/// The keys that the greeting asks for.
fn key(greeting: &Script) -> String {
    let xml = greeting.twiml("https://example.com/");
    let asked = xml.expose().split("press ").nth(1).unwrap();
    asked.split('.').next().unwrap().replace(", ", "")
}

/// Whether the script reads the code, digit by digit.
fn says_the_code(script: &Script) -> bool {
    let xml = script.twiml("https://example.com/");
    let digits: String = xml
        .expose()
        .split("</Say>")
        .filter_map(|piece| piece.rsplit_once('>'))
        .map(|(_, said)| said)
        .filter(|said| said.len() == 1)
        .collect();
    digits == "747723747723"
}

#[test]
fn failure_095_signed_correct_key_reads_the_code_once() {
    let (hooks, mut call) = (twilio_hooks("https://example.com"), call());
    let page = format!("/voice/{}", call.id());
    let greeting =
        hooks.answered(&by_twilio(&page, &[("CallStatus", "in-progress")]), &call).unwrap();
    let key = key(&greeting);
    let gate = format!("{page}/gate");
    let pressed = by_twilio(&gate, &[("Digits", &key)]);
    // A forged request and the page of another call do not use up the code.
    let mut forged = pressed.clone();
    *forged.body_mut() = b"Digits=11".to_vec();
    assert_eq!(hooks.pressed(&forged, &mut call, NOW).unwrap_err(), Signature);
    let astray = by_twilio("/voice/00000000000000000000000000000000/gate", &[("Digits", &key)]);
    assert_eq!(hooks.pressed(&astray, &mut call, NOW).unwrap_err(), Malformed);
    assert_eq!(hooks.answered(&astray, &call).unwrap_err(), Malformed);
    let silent = by_twilio(&gate, &[("CallStatus", "in-progress")]);
    assert_eq!(hooks.pressed(&silent, &mut call, NOW).unwrap_err(), Malformed);

    assert!(says_the_code(&hooks.pressed(&pressed, &mut call, NOW).unwrap()));
    assert!(!says_the_code(&hooks.pressed(&pressed, &mut call, NOW).unwrap()), "replayed");
}

/// A JWT as Vonage signs it, with an independent HMAC.
fn jwt(head: &Value, claims: &Value, key: &str) -> String {
    let part = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(head), part(claims));
    let mac = hmac_sha256::HMAC::mac(signed.as_bytes(), key.as_bytes());
    format!("{signed}.{}", Base64UrlUnpadded::encode_string(&mac))
}

fn hash(body: &str) -> String {
    hmac_sha256::Hash::hash(body.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}

fn claims(body: &str, at: u64) -> Value {
    json!({ "iat": at, "jti": "1", "iss": "Vonage", "api_key": "abcd", "payload_hash": hash(body) })
}

fn bearing(path: &str, token: &str, body: &str) -> Request<Vec<u8>> {
    let header = format!("Bearer {token}");
    Request::post(path).header("authorization", header).body(body.into()).unwrap()
}

fn by_vonage(path: &str, body: &Value) -> Request<Vec<u8>> {
    let body = body.to_string();
    let token = jwt(&head("HS256"), &claims(&body, NOW.as_secs()), "signature-secret");
    bearing(path, &token, &body)
}

fn head(algorithm: &str) -> Value {
    json!({ "typ": "JWT", "alg": algorithm })
}

fn vonage_hooks() -> vonage::Webhooks {
    vonage::Webhooks::new(&credential("signature-secret"))
}

#[test]
fn vonage_message_status_is_mapped() {
    let says = |path: &str, body: &Value| {
        let report = vonage_hooks().status(&by_vonage(path, body), NOW).unwrap();
        report.map(|report| (report.reference().to_owned(), report.outcome()))
    };
    let message = |status: &str, error: Value| json!({ "message_uuid": "u", "status": status, "client_ref": "REF-1", "error": error });
    let at = |outcome| Some(("REF-1".to_owned(), outcome));
    let none = Value::Null;
    assert_eq!(says("/", &message("delivered", none.clone())), at(Ok(())));
    assert_eq!(says("/", &message("read", none.clone())), at(Ok(())));
    assert_eq!(says("/", &message("submitted", none.clone())), None);
    assert_eq!(says("/", &message("undeliverable", none.clone())), at(lost(Unavailable)));
    assert_eq!(says("/", &message("rejected", none)), at(lost(Unavailable)));
    for (code, why) in
        [("1190", Unreachable), ("1000", Unavailable), ("1120", Misconfigured), ("1320", Unknown)]
    {
        let error = json!({ "type": "https://developer.vonage.com/x", "title": code });
        assert_eq!(says("/", &message("rejected", error)), at(lost(why)), "{code}");
        let error = json!({ "type": format!("https://developer.vonage.com/x#{code}") });
        assert_eq!(says("/", &message("rejected", error)), at(lost(why)), "{code}");
    }
    for status in ["busy", "cancelled", "failed", "rejected", "timeout", "unanswered"] {
        let event = json!({ "uuid": "u", "status": status });
        assert_eq!(says("/hooks?reference=REF-1", &event), at(lost(Unreachable)), "{status}");
    }
    for status in ["started", "ringing", "answered", "completed", "machine"] {
        assert_eq!(says("/hooks?reference=REF-1", &json!({ "status": status })), None, "{status}");
    }
    let stranger = json!({ "message_uuid": "u", "status": "delivered" });
    assert_eq!(says("/hooks", &stranger), None);
    let other = vonage_hooks().status(&by_vonage("/", &json!([1])), NOW);
    assert_eq!(other.unwrap_err(), Malformed);
}

#[test]
fn vonage_verification_status_is_mapped() {
    let says = |body: &Value| vonage_hooks().verification(&by_vonage("/hooks", body), NOW);
    let of = |kind: &str, status: &str| json!({ "request_id": "c11236f4-00bf", "type": kind, "channel": "sms", "status": status });
    for kind in ["event", "summary"] {
        for (status, expected) in
            [("completed", Ok(())), ("failed", lost(Unreachable)), ("blocked", lost(Unavailable))]
        {
            let report = says(&of(kind, status)).unwrap().unwrap();
            assert_eq!((report.id().as_str(), report.outcome()), ("c11236f4-00bf", expected));
        }
        for status in ["action_pending", "cancelled", "expired", "unused", "user_rejected", ""] {
            assert_eq!(says(&of(kind, status)).unwrap(), None, "{status}");
        }
    }
    for astray in ["", "a/b", "..", "a b"] {
        let body = json!({ "request_id": astray, "status": "failed" });
        assert_eq!(says(&body).unwrap(), None, "{astray:?}");
    }
    for other in [json!([1]), json!({ "status": "failed" }), json!({ "request_id": "a" })] {
        assert_eq!(says(&other).unwrap_err(), Malformed);
    }
    // A message status is not a verification status, and vice versa.
    assert!(says(&json!({ "message_uuid": "u", "status": "rejected" })).is_err());
    let of_a_code = by_vonage("/hooks", &of("summary", "failed"));
    assert_eq!(vonage_hooks().status(&of_a_code, NOW).unwrap(), None);
}

#[test]
fn vonage_verification_without_signature_is_refused() {
    let body = json!({ "request_id": "a", "status": "failed" }).to_string();
    let read = |token: &str, body: &str, now: UnixTime| {
        vonage_hooks().verification(&bearing("/", token, body), now)
    };
    let token = jwt(&head("HS256"), &claims(&body, NOW.as_secs()), "signature-secret");
    assert!(read(&token, &body, NOW).is_ok());
    let forged = jwt(&head("HS256"), &claims(&body, NOW.as_secs()), "another-secret");
    assert_eq!(read(&forged, &body, NOW).unwrap_err(), Signature);
    assert_eq!(read(&token, &body.replace("failed", "blocked"), NOW).unwrap_err(), Signature);
    let later = UnixTime::from_secs(NOW.as_secs() + 301);
    assert_eq!(read(&token, &body, later).unwrap_err(), Outdated);
}

#[test]
fn vonage_token_not_bearer_or_too_long_is_refused() {
    let body = json!({ "request_id": "a", "status": "failed" }).to_string();
    let read = |header: String| {
        let request = Request::post("/").header("authorization", header);
        vonage_hooks().verification(&request.body(body.as_bytes().to_vec()).unwrap(), NOW)
    };
    let with = |padding: usize| {
        let mut claims = claims(&body, NOW.as_secs());
        claims["jti"] = "1".repeat(padding).into();
        jwt(&head("HS256"), &claims, "signature-secret")
    };
    let valid = with(1);
    assert!(read(format!("Bearer {valid}")).is_ok() && read(format!("bearer {valid}")).is_ok());
    assert_eq!(read(format!("Basic {valid}")).unwrap_err(), Signature);
    let longest = (1..8192).map(with).find(|token| token.len() == 8192);
    assert!(read(format!("Bearer {}", longest.unwrap())).is_ok());
    let longer = (1..8192).map(with).find(|token| token.len() > 8192).unwrap();
    assert_eq!(read(format!("Bearer {longer}")).unwrap_err(), Signature);
}

#[test]
fn vonage_webhook_without_valid_signature_is_refused() {
    let body = r#"{"message_uuid":"u","status":"rejected","client_ref":"REF"}"#;
    let read = |token: &str, body: &str| vonage_hooks().status(&bearing("/", token, body), NOW);
    let at = NOW.as_secs();
    let valid = jwt(&head("HS256"), &claims(body, at), "signature-secret");
    assert!(read(&valid, body).unwrap().is_some());
    assert_eq!(read(&valid, &body.replace("REF", "REG")).unwrap_err(), Signature);
    for algorithm in ["none", "HS384", "RS256", "hs256"] {
        let token = jwt(&head(algorithm), &claims(body, at), "signature-secret");
        assert_eq!(read(&token, body).unwrap_err(), Signature, "{algorithm}");
    }
    let other_key = jwt(&head("HS256"), &claims(body, at), "signature-secreT");
    assert_eq!(read(&other_key, body).unwrap_err(), Signature);
    let no_hash = jwt(&head("HS256"), &json!({ "iat": at }), "signature-secret");
    assert_eq!(read(&no_hash, body).unwrap_err(), Signature);
    let (signed, _) = valid.rsplit_once('.').unwrap();
    for token in ["", ".", "..", "a.b.c", signed, &format!("{signed}."), &format!("{valid}A")] {
        assert_eq!(read(token, body).unwrap_err(), Signature, "{token}");
    }
    let bare = Request::post("/").body(body.as_bytes().to_vec()).unwrap();
    assert_eq!(vonage_hooks().status(&bare, NOW).unwrap_err(), Signature);
}

#[test]
fn vonage_webhook_outside_the_time_window_is_refused() {
    let body = r#"{"message_uuid":"u","status":"rejected","client_ref":"REF"}"#;
    let read = |at: Value| {
        let mut claims = claims(body, 0);
        claims["iat"] = at;
        let token = jwt(&head("HS256"), &claims, "signature-secret");
        vonage_hooks().status(&bearing("/", &token, body), NOW)
    };
    let now = NOW.as_secs();
    for at in [now, now - 300, now + 120] {
        assert!(read(at.into()).is_ok());
    }
    for at in [now - 301, now + 121, 0, u64::MAX] {
        assert_eq!(read(at.into()).unwrap_err(), Outdated);
    }
    for at in [Value::Null, "1800000000".into(), (-1).into()] {
        assert_eq!(read(at).unwrap_err(), Outdated);
    }
}

/// RFC 7519 §4.1.4.
#[test]
fn finding_s38_expired_vonage_token_is_refused() {
    let body = r#"{"message_uuid":"u","status":"rejected","client_ref":"REF"}"#;
    let now = NOW.as_secs();
    let read = |expiry: Value| {
        let mut claims = claims(body, now);
        claims["exp"] = expiry;
        let token = jwt(&head("HS256"), &claims, "signature-secret");
        vonage_hooks().status(&bearing("/", &token, body), NOW)
    };
    for valid in [now + 1, now + 300, u64::MAX] {
        assert!(read(valid.into()).is_ok(), "{valid}");
    }
    for expired in [now, now - 1, 0] {
        assert_eq!(read(expired.into()).unwrap_err(), Outdated, "{expired}");
    }
    for malformed in [Value::Null, "1900000000".into(), (-1).into(), json!([])] {
        assert_eq!(read(malformed).unwrap_err(), Outdated);
    }
}

#[test]
fn vonage_call_reads_its_code_once() {
    let (hooks, mut call) = (vonage_hooks(), call());
    let page = format!("/voice/{}", call.id());
    let answered = by_vonage(&page, &json!({ "to": "1", "uuid": "u" }));
    let key = key(&hooks.answered(&answered, &call, NOW).unwrap());
    let pressed = by_vonage(&page, &json!({ "dtmf": { "digits": key, "timed_out": false } }));
    let astray = by_vonage("/voice/", &json!({ "dtmf": { "digits": key } }));
    assert_eq!(hooks.pressed(&astray, &mut call, NOW).unwrap_err(), Malformed);
    assert_eq!(hooks.pressed(&answered, &mut call, NOW).unwrap_err(), Malformed);
    let late = UnixTime::from_secs(NOW.as_secs() + 301);
    assert_eq!(hooks.pressed(&pressed, &mut call, late).unwrap_err(), Outdated);
    assert!(says_the_code(&hooks.pressed(&pressed, &mut call, NOW).unwrap()));
    assert!(!says_the_code(&hooks.pressed(&pressed, &mut call, NOW).unwrap()), "replayed");
}

fn meta_hooks() -> whatsapp::Webhooks {
    whatsapp::Webhooks::new(&credential("app-secret"), &credential("verify-token"))
}

fn signed_by_meta(body: &str) -> Request<Vec<u8>> {
    let mac = hmac_sha256::HMAC::mac(body.as_bytes(), b"app-secret");
    let mac: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    let request = Request::post("/").header("x-hub-signature-256", format!("sha256={mac}"));
    request.body(body.into()).unwrap()
}

fn by_meta(statuses: &Value) -> Request<Vec<u8>> {
    let value = json!({ "messaging_product": "whatsapp", "statuses": statuses });
    let changes = json!([{ "field": "messages", "value": value }]);
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "changes": changes }] });
    signed_by_meta(&body.to_string())
}

fn status(status: &str, reference: &str, at: u64) -> Value {
    json!({
        "id": "wamid.1",
        "status": status,
        "timestamp": at.to_string(),
        "recipient_id": "14155550100",
        "biz_opaque_callback_data": reference,
    })
}

#[test]
fn meta_message_status_is_mapped() {
    let at = NOW.as_secs();
    let failed = |reference: &str, code: u64| {
        let mut status = status("failed", reference, at);
        status["errors"] = json!([{ "code": code, "title": "x" }]);
        status
    };
    let all = json!([
        status("sent", "A", at),
        status("delivered", "B", at),
        status("read", "C", at),
        failed("D", 131_026),
        failed("E", 131_056),
        failed("F", 132_001),
        failed("G", 131_000),
        status("delivered", "not one of ours", at),
        { "status": "delivered", "timestamp": at.to_string() },
        7,
    ]);
    let reports = meta_hooks().statuses(&by_meta(&all), NOW).unwrap();
    let said: Vec<_> = reports.iter().map(said).collect();
    let expected = [
        ("B", Ok(())),
        ("C", Ok(())),
        ("D", lost(Unreachable)),
        ("E", lost(Unavailable)),
        ("F", lost(Misconfigured)),
        ("G", lost(Unavailable)),
    ];
    assert_eq!(said, expected);
    // An incoming message is signed too, and is not a status.
    let messages =
        signed_by_meta(r#"{"object":"whatsapp_business_account","entry":[{"changes":[]}]}"#);
    assert!(meta_hooks().statuses(&messages, NOW).unwrap().is_empty());
}

#[test]
fn old_meta_status_is_ignored() {
    let at = NOW.as_secs();
    for (time, is_reported) in
        [(at - 900, true), (at - 901, false), (at + 120, true), (at + 121, false), (0, false)]
    {
        let request = by_meta(&json!([status("failed", "A", time)]));
        let reports = meta_hooks().statuses(&request, NOW).unwrap();
        assert_eq!(!reports.is_empty(), is_reported, "{time}");
    }
}

#[test]
fn meta_webhook_without_valid_signature_is_refused() {
    let request = by_meta(&json!([status("failed", "A", NOW.as_secs())]));
    let read = |request: &Request<Vec<u8>>| meta_hooks().statuses(request, NOW);
    assert_eq!(read(&request).unwrap().len(), 1);
    let name = "x-hub-signature-256";
    let valid = request.headers()[name].to_str().unwrap().to_owned();
    let mut changed = request.clone();
    changed.body_mut().push(b' ');
    assert_eq!(read(&changed).unwrap_err(), Signature);
    for invalid in ["", "sha256=", &valid[7..], &valid[..70], &valid.replace("sha256", "sha1")] {
        let mut changed = request.clone();
        changed.headers_mut().insert(name, invalid.parse().unwrap());
        assert_eq!(read(&changed).unwrap_err(), Signature, "{invalid}");
    }
    let mut unsigned = request;
    unsigned.headers_mut().remove(name);
    assert_eq!(read(&unsigned).unwrap_err(), Signature);
    // Signed, but not meant for this endpoint.
    for body in ["", "[]", "{}", r#"{"object":"page","entry":[]}"#] {
        assert_eq!(read(&signed_by_meta(body)).unwrap_err(), Malformed, "{body}");
    }
}

#[test]
fn meta_handshake_requires_the_verify_token() {
    let ask = |query: &str| {
        let request = Request::get(format!("/hooks?{query}")).body(()).unwrap();
        meta_hooks().handshake(&request)
    };
    let valid = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=verify-token";
    assert_eq!(ask(valid).unwrap(), "1158201444");
    assert_eq!(ask(&valid.replace("verify-token", "verify-tokeN")).unwrap_err(), Signature);
    assert_eq!(ask(&valid.replace("=verify-token", "=")).unwrap_err(), Signature);
    assert_eq!(ask("hub.mode=subscribe&hub.challenge=1").unwrap_err(), Signature);
    assert_eq!(ask(&valid.replace("subscribe", "unsubscribe")).unwrap_err(), Malformed);
    // A browser must not render the challenge as a page.
    for challenge in ["", "%3Cscript%3E", "a+b", &"1".repeat(257)] {
        let query = valid.replace("1158201444", challenge);
        assert_eq!(ask(&query).unwrap_err(), Malformed, "{challenge}");
    }
    let post = Request::post(format!("/hooks?{valid}")).body(()).unwrap();
    assert_eq!(meta_hooks().handshake(&post).unwrap_err(), Malformed);
}

#[test]
fn webhook_body_of_10_mib_is_refused() {
    let body = "a".repeat(10 << 20);
    assert_eq!(meta_hooks().statuses(&signed_by_meta(&body), NOW).unwrap_err(), Malformed);
    let token = jwt(&head("HS256"), &claims(&body, NOW.as_secs()), "signature-secret");
    let read = vonage_hooks().status(&bearing("/", &token, &body), NOW);
    assert_eq!(read.unwrap_err(), Malformed);
    let read = twilio_hooks("https://example.com").status(&posted("/", "a", FORM, &body));
    assert_eq!(read.unwrap_err(), Malformed);
}

/// A shorter body is read, and refused for its signature.
#[test]
fn webhook_body_limit_is_exact() {
    let most = 256 << 10;
    let meta = |size: usize| {
        let mut request = signed_by_meta("");
        *request.body_mut() = vec![b'a'; size];
        meta_hooks().statuses(&request, NOW).unwrap_err()
    };
    assert_eq!((meta(3 << 20), meta((3 << 20) + 1)), (Signature, Malformed));
    let token = jwt(&head("HS256"), &claims("", NOW.as_secs()), "signature-secret");
    let vonage = |size| vonage_hooks().status(&bearing("/", &token, &"a".repeat(size)), NOW);
    let refused = (vonage(most).unwrap_err(), vonage(most + 1).unwrap_err());
    assert_eq!(refused, (Signature, Malformed));
    let twilio = |size| {
        let request = posted("/", "a", FORM, &"a".repeat(size));
        twilio_hooks("https://example.com").status(&request).unwrap_err()
    };
    assert_eq!((twilio(most), twilio(most + 1)), (Signature, Malformed));
}

proptest! {
    #[test]
    fn arbitrary_webhook_is_refused(
        body in proptest::collection::vec(any::<u8>(), 0..100),
        header in "[ -~]{0,80}",
        path in "/[a-zA-Z0-9=&?%]{0,30}",
    ) {
        let mut builder = Request::post(path).header("content-type", FORM);
        for name in ["authorization", "x-twilio-signature", "x-hub-signature-256"] {
            builder = builder.header(name, &header);
        }
        if let Ok(request) = builder.body(body) {
            prop_assert!(twilio_hooks("https://example.com").status(&request).is_err());
            prop_assert!(vonage_hooks().status(&request, NOW).is_err());
            prop_assert!(vonage_hooks().verification(&request, NOW).is_err());
            prop_assert!(meta_hooks().statuses(&request, NOW).is_err());
            prop_assert!(meta_hooks().handshake(&request).is_err());
        }
    }
}
