//! The documented rules of each gateway.

use base64ct::{Base64, Encoding as _};
use serde_json::{Map, Value, json};

use crate::keys::{FIREBASE_TOKEN, META_TOKEN, TWILIO_ACCOUNT, TWILIO_KEY, VONAGE_TOKEN};

/// A received request.
pub struct Asked {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// A service of a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    CloudApi,
    Firebase,
    SimSwap,
    TwilioCalls,
    TwilioMessages,
    TwilioVerify,
    VonageCalls,
    VonageMessages,
    VonageVerify,
}

/// A request that a gateway accepted.
#[derive(Clone, Debug)]
pub struct Taken {
    pub service: Service,
    pub to: String,
    /// The text, the code, or the URL of a call.
    pub words: String,
    /// The reference for webhooks.
    pub reference: String,
}

/// A status and a body.
pub type Refused = (u16, String);
pub type Answer = Result<(u16, String, Taken), Refused>;

impl Asked {
    /// Returns a header that is present exactly once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter().filter(|(known, _)| known == name);
        let found = all.next().map(|(_, value)| value.as_str());
        if all.next().is_some() { None } else { found }
    }
}

/// Returns the response of the gateway at this path.
pub fn take(asked: &Asked) -> Answer {
    if asked.method != "POST" {
        return Err((405, "only POST".into()));
    }
    let account = format!("/2010-04-01/Accounts/{TWILIO_ACCOUNT}");
    match asked.path.as_str() {
        "/v1/calls" => vonage_call(asked),
        "/v1/messages" => vonage_message(asked),
        "/v1/projects/example-project/messages:send" => firebase(asked),
        "/v23.0/1065/messages" => cloud_api(asked),
        path if path == format!("{account}/Calls.json") => twilio_call(asked),
        path if path == format!("{account}/Messages.json") => twilio_message(asked),
        _ => Err((404, "no such path".into())),
    }
}

pub fn expect(is_valid: bool, status: u16, why: &str) -> Result<(), Refused> {
    if is_valid { Ok(()) } else { Err((status, json!({ "message": why }).to_string())) }
}

pub fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(is_digits)
}

pub fn is_digits(text: &str) -> bool {
    (7..=15).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && !text.starts_with('0')
}

fn is_page(text: &str) -> bool {
    text.starts_with("https://") && text.len() <= 2048 && text.bytes().all(|b| b.is_ascii_graphic())
}

fn within(text: &str, from: u64, to: u64) -> bool {
    text.parse().is_ok_and(|number| (from..=to).contains(&number))
}

fn reference_of(page: &str) -> String {
    page.split_once("?reference=").map(|(_, name)| name.to_owned()).unwrap_or_default()
}

/// Reads the fields of a form. Each must be known, and present once.
pub fn form<'a>(asked: &'a Asked, known: &[&str]) -> Result<Vec<(&'a str, String)>, Refused> {
    let (key, secret) = TWILIO_KEY;
    let pair = Base64::encode_string(format!("{key}:{secret}").as_bytes());
    expect(asked.header("authorization") == Some(&format!("Basic {pair}")), 401, "authorization")?;
    let kind = asked.header("content-type");
    expect(kind == Some("application/x-www-form-urlencoded"), 415, "content type")?;
    let mut fields: Vec<(&str, String)> = Vec::new();
    for piece in asked.body.split('&') {
        let (name, value) = piece.split_once('=').ok_or((400, format!("no field: {piece}")))?;
        expect(known.contains(&name), 400, &format!("unknown field {name}"))?;
        expect(fields.iter().all(|(other, _)| *other != name), 400, &format!("twice {name}"))?;
        fields.push((name, plain(value).ok_or((400, format!("escapes of {name}")))?));
    }
    Ok(fields)
}

fn plain(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let mut pieces = spaced.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(piece.get(..2)?, 16).ok()?);
        bytes.extend(piece.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

fn twilio_message(asked: &Asked) -> Answer {
    let known = [
        "To",
        "From",
        "MessagingServiceSid",
        "Body",
        "ContentSid",
        "ContentVariables",
        "ValidityPeriod",
        "ContentRetention",
        "AddressRetention",
        "RiskCheck",
        "SmartEncoded",
        "StatusCallback",
    ];
    let fields = form(asked, &known)?;
    let field = |name: &str| fields.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str());
    let allowed = |name: &str, check: &dyn Fn(&str) -> bool| field(name).is_none_or(check);
    let to = field("To").unwrap_or_default();
    let number = to.strip_prefix("whatsapp:").unwrap_or(to);
    expect(is_number(number), 400, "21211")?;
    expect(field("From").is_some() != field("MessagingServiceSid").is_some(), 400, "21603")?;
    let words = if number == to {
        expect(field("ContentSid").is_none(), 400, "no template in a text")?;
        let body = field("Body").unwrap_or_default();
        expect((1..=1600).contains(&body.chars().count()), 400, "21602")?;
        body.to_owned()
    } else {
        expect(field("From").is_some_and(|from| from.starts_with("whatsapp:+")), 400, "63007")?;
        expect(field("Body").is_none() && field("ContentSid").is_some(), 400, "63016")?;
        let variables: Value =
            serde_json::from_str(field("ContentVariables").unwrap_or_default()).unwrap_or_default();
        let code = variables.get("1").and_then(Value::as_str).unwrap_or_default();
        expect(!code.is_empty(), 400, "21656")?;
        code.to_owned()
    };
    expect(allowed("ValidityPeriod", &|v| within(v, 1, 36_000)), 400, "validity period")?;
    expect(allowed("ContentRetention", &|v| matches!(v, "retain" | "discard")), 400, "retention")?;
    expect(
        allowed("AddressRetention", &|v| matches!(v, "retain" | "obfuscate")),
        400,
        "retention",
    )?;
    expect(allowed("RiskCheck", &|v| matches!(v, "enable" | "disable")), 400, "risk check")?;
    expect(allowed("SmartEncoded", &|v| matches!(v, "true" | "false")), 400, "smart encoded")?;
    expect(allowed("StatusCallback", &is_page), 400, "21609")?;
    let reference = reference_of(field("StatusCallback").unwrap_or_default());
    let taken = Taken { service: Service::TwilioMessages, to: number.into(), words, reference };
    let body = json!({ "sid": "SM1", "status": "queued", "error_code": null });
    Ok((201, body.to_string(), taken))
}

fn twilio_call(asked: &Asked) -> Answer {
    let known = [
        "To",
        "From",
        "Url",
        "Method",
        "Timeout",
        "TimeLimit",
        "Record",
        "StatusCallback",
        "StatusCallbackEvent",
    ];
    let fields = form(asked, &known)?;
    let field = |name: &str| {
        fields.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str()).unwrap_or_default()
    };
    expect(is_number(field("To")), 400, "21211")?;
    expect(is_number(field("From")), 400, "21212")?;
    expect(is_page(field("Url")), 400, "21205")?;
    expect(field("Method") == "POST", 400, "method")?;
    expect(within(field("Timeout"), 5, 600), 400, "timeout")?;
    expect(within(field("TimeLimit"), 1, 14_400), 400, "time limit")?;
    expect(matches!(field("Record"), "true" | "false"), 400, "record")?;
    let (page, event) = (field("StatusCallback"), field("StatusCallbackEvent"));
    expect(page.is_empty() == event.is_empty(), 400, "status callback")?;
    expect(page.is_empty() || is_page(page), 400, "21609")?;
    expect(matches!(event, "" | "completed"), 400, "21626")?;
    let (to, words, reference) = (field("To").into(), field("Url").into(), reference_of(page));
    let taken = Taken { service: Service::TwilioCalls, to, words, reference };
    Ok((201, json!({ "sid": "CA1", "status": "queued" }).to_string(), taken))
}

/// Reads the fields of a JSON object. Each must be known.
pub fn json_fields(
    asked: &Asked,
    token: &str,
    known: &[&str],
) -> Result<Map<String, Value>, Refused> {
    expect(
        asked.header("authorization") == Some(&format!("Bearer {token}")),
        401,
        "authorization",
    )?;
    expect(asked.header("content-type") == Some("application/json"), 415, "content type")?;
    let Ok(Value::Object(fields)) = serde_json::from_str(&asked.body) else {
        return Err((400, "no JSON".into()));
    };
    only(&fields, known)?;
    Ok(fields)
}

/// Checks that exactly these fields are present. Those with a `?` are optional.
pub fn only(fields: &Map<String, Value>, known: &[&str]) -> Result<(), Refused> {
    let bare = |name: &&str| name.trim_end_matches('?').to_owned();
    for name in fields.keys() {
        expect(known.iter().any(|k| bare(k) == *name), 422, &format!("unknown field {name}"))?;
    }
    for name in known.iter().filter(|name| !name.ends_with('?')) {
        expect(fields.contains_key(*name), 422, &format!("missing field {name}"))?;
    }
    Ok(())
}

pub fn text<'a>(value: &'a Value, at: &str) -> &'a str {
    value.pointer(at).and_then(Value::as_str).unwrap_or_default()
}

fn object<'a>(value: &'a Value, at: &str) -> Result<&'a Map<String, Value>, Refused> {
    value.pointer(at).and_then(Value::as_object).ok_or_else(|| (422, format!("no object {at}")))
}

fn vonage_message(asked: &Asked) -> Answer {
    let known = [
        "message_type",
        "channel",
        "to",
        "from",
        "text",
        "ttl?",
        "client_ref?",
        "webhook_url?",
        "webhook_version?",
    ];
    let body = Value::Object(json_fields(asked, VONAGE_TOKEN, &known)?);
    expect(
        text(&body, "/message_type") == "text" && text(&body, "/channel") == "sms",
        422,
        "1020",
    )?;
    expect(is_digits(text(&body, "/to")), 422, "1170")?;
    expect((1..=20).contains(&text(&body, "/from").len()), 422, "1120")?;
    expect((1..=1000).contains(&text(&body, "/text").chars().count()), 422, "1090")?;
    let ttl = body.get("ttl").map_or(Some(300), Value::as_u64);
    expect(ttl.is_some_and(|ttl| (20..=604_800).contains(&ttl)), 422, "1130")?;
    expect(text(&body, "/client_ref").len() <= 100, 422, "client reference")?;
    expect(
        body.get("webhook_url").is_none_or(|v| v.as_str().is_some_and(is_page)),
        422,
        "webhook",
    )?;
    expect(matches!(text(&body, "/webhook_version"), "" | "v1" | "v0.1"), 422, "webhook version")?;
    let taken = Taken {
        service: Service::VonageMessages,
        to: text(&body, "/to").into(),
        words: text(&body, "/text").into(),
        reference: text(&body, "/client_ref").into(),
    };
    Ok((202, json!({ "message_uuid": "aaaa-bbbb" }).to_string(), taken))
}

fn vonage_call(asked: &Asked) -> Answer {
    let known = [
        "to",
        "from",
        "answer_url",
        "answer_method",
        "event_url?",
        "event_method?",
        "ringing_timer",
        "length_timer",
    ];
    let body = Value::Object(json_fields(asked, VONAGE_TOKEN, &known)?);
    only(object(&body, "/to/0")?, &["type", "number"])?;
    only(object(&body, "/from")?, &["type", "number"])?;
    expect(
        text(&body, "/to/0/type") == "phone" && is_digits(text(&body, "/to/0/number")),
        400,
        "to",
    )?;
    expect(
        text(&body, "/from/type") == "phone" && is_digits(text(&body, "/from/number")),
        400,
        "from",
    )?;
    expect(is_page(text(&body, "/answer_url/0")), 400, "answer_url")?;
    for method in ["/answer_method", "/event_method"] {
        expect(matches!(text(&body, method), "" | "GET" | "POST"), 400, method)?;
    }
    let event = text(&body, "/event_url/0");
    expect(event.is_empty() || is_page(event), 400, "event_url")?;
    let timer = |name, most| {
        body.get(name).and_then(Value::as_u64).is_some_and(|t| (1..=most).contains(&t))
    };
    expect(timer("ringing_timer", 120) && timer("length_timer", 7200), 400, "timer")?;
    let taken = Taken {
        service: Service::VonageCalls,
        to: text(&body, "/to/0/number").into(),
        words: text(&body, "/answer_url/0").into(),
        reference: reference_of(event),
    };
    Ok((201, json!({ "uuid": "63f6", "status": "started" }).to_string(), taken))
}

fn cloud_api(asked: &Asked) -> Answer {
    let known = [
        "messaging_product",
        "recipient_type",
        "to",
        "type",
        "template",
        "biz_opaque_callback_data?",
    ];
    let body = Value::Object(json_fields(asked, META_TOKEN, &known)?);
    expect(text(&body, "/messaging_product") == "whatsapp", 400, "100")?;
    expect(text(&body, "/recipient_type") == "individual", 400, "100")?;
    expect(text(&body, "/type") == "template" && is_digits(text(&body, "/to")), 400, "100")?;
    expect(text(&body, "/biz_opaque_callback_data").len() <= 512, 400, "100")?;
    only(object(&body, "/template")?, &["name", "language", "components"])?;
    only(object(&body, "/template/language")?, &["code"])?;
    let known = text(&body, "/template/name") == "sign_in_code";
    expect(known && text(&body, "/template/language/code") == "en", 404, "132001")?;
    let components = body.pointer("/template/components").and_then(Value::as_array);
    expect(components.is_some_and(|all| all.len() == 2), 400, "132000")?;
    only(object(&body, "/template/components/0")?, &["type", "parameters"])?;
    only(object(&body, "/template/components/1")?, &["type", "sub_type", "index", "parameters"])?;
    let kinds = ["/0/type", "/1/type", "/1/sub_type", "/1/index"];
    let kinds = kinds.map(|at| text(&body, &format!("/template/components{at}")));
    expect(kinds == ["body", "button", "url", "0"], 400, "132012")?;
    let codes =
        [0, 1].map(|at| text(&body, &format!("/template/components/{at}/parameters/0/text")));
    expect(codes[0] == codes[1] && (1..=15).contains(&codes[0].len()), 400, "132018")?;
    let taken = Taken {
        service: Service::CloudApi,
        to: text(&body, "/to").into(),
        words: codes[0].into(),
        reference: text(&body, "/biz_opaque_callback_data").into(),
    };
    let answer = json!({ "messaging_product": "whatsapp", "messages": [{ "id": "wamid.1" }] });
    Ok((200, answer.to_string(), taken))
}

fn firebase(asked: &Asked) -> Answer {
    let body = Value::Object(json_fields(asked, FIREBASE_TOKEN, &["message"])?);
    only(object(&body, "/message")?, &["token", "data", "android", "apns"])?;
    only(object(&body, "/message/android")?, &["priority", "ttl", "collapse_key", "notification"])?;
    only(object(&body, "/message/android/notification")?, &["title", "body"])?;
    only(object(&body, "/message/apns")?, &["headers", "payload"])?;
    for texts in ["/message/data", "/message/apns/headers"] {
        expect(object(&body, texts)?.values().all(Value::is_string), 400, texts)?;
    }
    let ttl = text(&body, "/message/android/ttl").strip_suffix('s').unwrap_or_default();
    expect(within(ttl, 0, 2_419_200), 400, "ttl")?;
    expect(matches!(text(&body, "/message/android/priority"), "normal" | "high"), 400, "priority")?;
    expect(asked.body.len() <= 4096, 400, "too big")?;
    let taken = Taken {
        service: Service::Firebase,
        to: text(&body, "/message/token").into(),
        words: text(&body, "/message/data/request").into(),
        reference: String::new(),
    };
    expect(!taken.to.is_empty() && !taken.words.is_empty(), 400, "token")?;
    Ok((200, json!({ "name": "projects/example-project/messages/1" }).to_string(), taken))
}
