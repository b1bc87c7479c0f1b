//! Push notifications: handle, text and headers.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use second_factor::{
    Address, Channel, Message,
    gateway::{AppId, push},
    host::Event,
    message::{Content, LayoutError, Phrase, Sender, Translation},
    purpose::Operation,
    testkit::Preview,
};
use serde_json::{Value, json};

fn example() -> Sender {
    Sender::new("Example").unwrap().with_origin("example.com").unwrap()
}

fn request(sender: Sender) -> Message {
    let mark = Address::push("a-registration-token:APA91b_\"quoted\"").unwrap();
    Preview::new(sender, Channel::Push).to(mark).request()
}

fn name(message: &Message) -> String {
    let Content::Request(handle) = message.content() else { panic!("the message is a push") };
    handle.to_string()
}

fn app() -> AppId {
    AppId::new("com.example.app").unwrap()
}

fn read(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

#[test]
fn fcm_push_has_a_handle_and_generic_text_only() {
    let message = request(example());
    let push = push::fcm(&message).unwrap();
    let alert = json!({
        "title": "Sign-in request",
        "body": "Are you trying to sign in to Example?",
    });
    assert_eq!(
        read(push.body()),
        json!({ "message": {
            "token": "a-registration-token:APA91b_\"quoted\"",
            "data": { "request": name(&message) },
            "android": {
                "priority": "high",
                "ttl": "60s",
                "collapse_key": "sign-in-request",
                "notification": alert,
            },
            "apns": {
                "headers": {
                    "apns-push-type": "alert",
                    "apns-priority": "10",
                    "apns-expiration": "1800000060",
                    "apns-collapse-id": "sign-in-request",
                },
                "payload": { "aps": { "alert": alert, "mutable-content": 1 } },
            },
        } })
    );
    assert_eq!(push.headers().collect::<Vec<_>>(), [("content-type", "application/json")]);
}

#[test]
fn apns_push_has_a_handle_and_generic_text_only() {
    let message = request(example());
    let push = push::apns(&message, &app()).unwrap();
    assert_eq!(
        read(push.body()),
        json!({
            "aps": {
                "alert": {
                    "title": "Sign-in request",
                    "body": "Are you trying to sign in to Example?",
                },
                "mutable-content": 1,
            },
            "request": name(&message),
        })
    );
    assert_eq!(
        push.headers().collect::<Vec<_>>(),
        [
            ("apns-topic", "com.example.app"),
            ("apns-push-type", "alert"),
            ("apns-priority", "10"),
            ("apns-expiration", "1800000060"),
            ("apns-collapse-id", "sign-in-request"),
            ("content-type", "application/json"),
        ]
    );
    assert!(push.body().len() <= 4096);
}

#[test]
fn web_push_has_a_handle_and_generic_text_only() {
    let message = request(example());
    let push = push::web_push(&message).unwrap();
    assert_eq!(
        read(push.body()),
        json!({
            "title": "Sign-in request",
            "body": "Are you trying to sign in to Example?",
            "request": name(&message),
        })
    );
    let headers: Vec<_> = push.headers().collect();
    assert_eq!(headers, [("TTL", "60"), ("Urgency", "high"), ("Topic", "sign-in-request")]);
    // RFC 8030 §5.4, and what RFC 8291 leaves of 4096 bytes.
    let is_base64url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    assert!(headers[2].1.len() <= 32 && headers[2].1.chars().all(is_base64url));
    assert!(push.body().len() <= 3993);
}

#[test]
fn push_is_in_the_language_of_the_user() {
    for translation in Translation::built_in() {
        let push = request(example().in_language(*translation.language())).push().unwrap();
        assert_eq!(push.title(), translation.text(Phrase::RequestTitle));
        let body = translation.text(Phrase::RequestBody).replace("{issuer}", "Example");
        assert_eq!(push.body(), body);
        let sent =
            push::web_push(&request(example().in_language(*translation.language()))).unwrap();
        assert_eq!(read(sent.body())["body"], body);
    }
}

#[test]
fn issuer_cannot_add_a_json_field() {
    let sender = Sender::new("Ex\",\"x\"'\\{}").unwrap();
    let message = request(sender);
    let body = read(push::web_push(&message).unwrap().body());
    assert_eq!(body.as_object().unwrap().len(), 3);
    assert_eq!(body["body"], "Are you trying to sign in to Ex\",\"x\"'\\{}?");
}

#[test]
fn push_requires_a_sign_in_request() {
    for channel in [Channel::Email, Channel::Push, Channel::Sms, Channel::Voice, Channel::WhatsApp]
    {
        let preview = Preview::new(example(), channel);
        for message in [preview.message(Operation::SignIn), preview.notice(&Event::DeviceAdded)] {
            assert_eq!(message.push().unwrap_err(), LayoutError::OtherChannel);
            assert!(push::fcm(&message).is_err() && push::web_push(&message).is_err());
            assert!(push::apns(&message, &app()).is_err());
        }
        assert_eq!(preview.request().push().is_ok(), channel == Channel::Push);
    }
}

#[test]
fn app_id_cannot_break_a_header() {
    for invalid in ["", "a b", "a\r\nx: y", "com.exämple", "a/b", "a:b", &"a".repeat(156)] {
        assert!(AppId::new(invalid).is_err(), "{invalid:?}");
    }
    assert!(AppId::new(&"a".repeat(155)).is_ok());
}

#[test]
fn finding_s33_push_debug_shows_no_handle_or_token() {
    let message = request(example());
    let (handle, token) = (name(&message), message.address().expose().to_owned());
    let requests = [
        push::fcm(&message).unwrap(),
        push::web_push(&message).unwrap(),
        push::apns(&message, &app()).unwrap(),
    ];
    let debug = requests.iter().map(|request| format!("{request:?} {request:#?}"));
    for debug in debug.chain([format!("{0:?} {0:#?}", message.push().unwrap())]) {
        assert!(!debug.contains(&handle) && !debug.contains(&token), "{debug}");
        assert!(!debug.contains("Example"), "{debug}");
    }
}
