//! Pushes: an opaque name, generic words, and what makes a newer one take the place of an older.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test stops where it stands")]

use second_factor::{
    Address, Message, Purpose,
    gateway::{AppId, push},
    host::Event,
    message::{Channel, Content, LayoutError, Phrase, Sender, Translation},
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
    let Content::Request(handle) = message.content() else { panic!("it is a push") };
    handle.to_string()
}

fn app() -> AppId {
    AppId::new("com.example.app").unwrap()
}

fn read(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

#[test]
fn firebase_is_told_a_name_and_generic_words_and_nothing_else() {
    let message = request(example());
    let push = push::fcm(&message).unwrap();
    let alert = json!({
        "title": "Sign-in request",
        "body": "Somebody wants to sign in to Example. Was it you?",
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
fn apple_is_told_a_name_and_generic_words_and_nothing_else() {
    let message = request(example());
    let push = push::apns(&message, &app()).unwrap();
    assert_eq!(
        read(push.body()),
        json!({
            "aps": {
                "alert": {
                    "title": "Sign-in request",
                    "body": "Somebody wants to sign in to Example. Was it you?",
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
fn a_browser_is_told_a_name_and_generic_words_and_nothing_else() {
    let message = request(example());
    let push = push::web_push(&message).unwrap();
    assert_eq!(
        read(push.body()),
        json!({
            "title": "Sign-in request",
            "body": "Somebody wants to sign in to Example. Was it you?",
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
fn a_push_speaks_the_language_of_the_person() {
    for words in Translation::built_in() {
        let push = request(example().in_language(*words.language())).push().unwrap();
        assert_eq!(push.title(), words.text(Phrase::RequestTitle));
        let body = words.text(Phrase::RequestBody).replace("{issuer}", "Example");
        assert_eq!(push.body(), body);
        let sent = push::web_push(&request(example().in_language(*words.language()))).unwrap();
        assert_eq!(read(sent.body())["body"], body);
    }
}

#[test]
fn what_a_host_calls_itself_cannot_add_a_field() {
    let sender = Sender::new("Ex\",\"x\"'\\{}").unwrap();
    let message = request(sender);
    let body = read(push::web_push(&message).unwrap().body());
    assert_eq!(body.as_object().unwrap().len(), 3);
    assert_eq!(body["body"], "Somebody wants to sign in to Ex\",\"x\"'\\{}. Was it you?");
}

#[test]
fn only_a_sign_in_request_is_pushed() {
    for channel in [Channel::Email, Channel::Push, Channel::Sms, Channel::Voice, Channel::WhatsApp]
    {
        let preview = Preview::new(example(), channel);
        for message in [preview.message(Purpose::SignIn), preview.notice(&Event::DeviceAdded)] {
            assert_eq!(message.push().unwrap_err(), LayoutError::OtherChannel);
            assert!(push::fcm(&message).is_err() && push::web_push(&message).is_err());
            assert!(push::apns(&message, &app()).is_err());
        }
        assert_eq!(preview.request().push().is_ok(), channel == Channel::Push);
    }
}

#[test]
fn the_name_of_an_app_ends_no_header() {
    for wrong in ["", "a b", "a\r\nx: y", "com.exämple", "a/b", "a:b", &"a".repeat(156)] {
        assert!(AppId::new(wrong).is_err(), "{wrong:?}");
    }
    assert!(AppId::new(&"a".repeat(155)).is_ok());
}
