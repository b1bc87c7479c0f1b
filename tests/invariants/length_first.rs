//! Checks of the length before a text is read or copied.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::time::Duration;
use std::time::Instant;

use allocation_counter::measure;
use second_factor::{
    Address, Client, DeviceToken, Grant, Handle, ItemId, Keys, NewDevice, Policy, Proof, Secret,
    SubjectId,
    delivery::RemoteId,
    enrollment::{Import, NewPin, NewSecurityKey},
    gateway::{
        AppId, Credential, Endpoint, push, twilio, vonage,
        whatsapp::{Button, Template},
    },
    message::{AppHash, Language, Phrase, Sender, Translation},
    otp::{KeyUri, Migration},
    policy::Countries,
    proof::{CeremonyRequest, RequestedFrom, SecurityKeyOutcome},
    purpose::Agreement,
    sans_io::{CeremonyState, Operator, SendReference, TotpAccount},
};

use crate::support::World;

/// A door that a text can come through, and its answer to a text that is too long.
type Door<'a> = (&'static str, Box<dyn Fn(&str) + 'a>);

/// Every constructor and parser that takes a text or bytes.
fn doors(world: &World) -> Vec<Door<'_>> {
    fn door<'a, T>(name: &'static str, call: impl Fn(&str) -> T + 'a) -> Door<'a> {
        (name, Box::new(move |text| drop(call(text))))
    }
    let handle: Handle = "0400000000000000000000000000".parse().unwrap();
    let item = ItemId::of("a");
    let account = || {
        let token = Credential::new(String::from("token")).unwrap();
        vonage::Account::new("key", &token).unwrap()
    };
    let twilio_account = || {
        let token = Credential::new(String::from("token")).unwrap();
        twilio::Account::new("AC1", &token).unwrap()
    };
    let pages = || Endpoint::new("https://example.com").unwrap();
    vec![
        door("TotpAccount::new", TotpAccount::new),
        door("Address::email", Address::email),
        door("Address::phone", Address::phone),
        door("Address::push", Address::push),
        door("Agreement::new", |text| Agreement::new([("to", text)])),
        door("Agreement::new name", |text| Agreement::new([(text, "a")])),
        door("AppHash::new", AppHash::new),
        door("AppId::new", AppId::new),
        door("CeremonyRequest::new", |text| CeremonyRequest::new(text.as_bytes())),
        door("CeremonyState::new", |text| CeremonyState::new(text.as_bytes())),
        door("Client::new", |text| Client::new(text)),
        door("Countries::only", |text| Countries::only(&[text])),
        door("Countries::only +1", |text| Countries::only(&["+1", text])),
        door("DeviceToken::from_text", DeviceToken::from_text),
        door("Endpoint::new", Endpoint::new),
        door("Firebase::new", |text| {
            let token = Credential::new(String::from("token")).unwrap();
            push::Firebase::new(text, &token)
        }),
        door("Grant::from_text", |text| Grant::from_text(&world.alice, text)),
        door("Handle::from_str", |text| text.parse::<Handle>()),
        door("Import::backup_codes", |text| Import::new().backup_codes([text])),
        door("ItemId::from_str", |text| text.parse::<ItemId>()),
        door("ItemId::of", |text| ItemId::of(text)),
        door("KeyUri::import", KeyUri::import),
        door("KeyUri::parse", KeyUri::parse),
        door("Keys::from_base64", Keys::from_base64),
        door("Keys::from_hex", Keys::from_hex),
        door("Language::new", Language::new),
        door("Migration::parse", Migration::parse),
        door("NewDevice::new", NewDevice::new),
        door("NewPin::new", NewPin::new),
        door("NewPin::not", |text| NewPin::new("493817").unwrap().not(&[text])),
        door("NewSecurityKey::new", |text| NewSecurityKey::new("blue", text.as_bytes())),
        door("NewSecurityKey::new name", |text| NewSecurityKey::new(text, b"so")),
        door("Operator::new", |text| Operator::new(text, "a")),
        door("Operator::new reason", |text| Operator::new("a", text)),
        door("Proof::backup_code", |text| Proof::backup_code(text)),
        door("Proof::hotp", |text| Proof::hotp(text)),
        door("Proof::hotp_resync", |text| Proof::hotp_resync(text, text)),
        door("Proof::pin", move |text| Proof::pin(handle, text)),
        door("Proof::security_key", |text| Proof::security_key(text, SecurityKeyOutcome::failed())),
        door("Proof::sent_code", move |text| Proof::sent_code(handle, text)),
        door("Proof::totp", |text| Proof::totp(text)),
        door("RemoteId::new", RemoteId::new),
        door("RequestedFrom::new", |text| RequestedFrom::new(text, text)),
        door("Secret::danger_import_short", Secret::danger_import_short),
        door("Secret::danger_short", |text| Secret::danger_short(text.as_bytes())),
        door("Secret::from_base32", Secret::from_base32),
        door("Secret::import_base32", Secret::import_base32),
        door("Secret::new", |text| Secret::new(text.as_bytes())),
        door("SecurityKeyOutcome::passed", move |text| {
            SecurityKeyOutcome::passed(&item, text.as_bytes())
        }),
        door("SendReference::open", |text| {
            SendReference::open(&Keys::new(crate::support::ROOT), text)
        }),
        door("Sender::new", Sender::new),
        door("Sender::with_origin", |text| Sender::new("A").unwrap().with_origin(text)),
        door("SubjectId::from_bytes", |text| SubjectId::from_bytes(text.as_bytes())),
        door("SubjectId::from_str", |text| text.parse::<SubjectId>()),
        door("SubjectId::new", |text| SubjectId::new(text)),
        door("Support", |text| world.verifier.support(text, text)),
        door("Template::new", |text| Template::new(text, Button::CopyCode, &Policy::default())),
        door("Translation::with", |text| {
            Translation::new(Language::ENGLISH).with(Phrase::CodeSignIn, text)
        }),
        door("twilio::Account::new", |text| {
            twilio::Account::new(text, &Credential::new(String::from("token")).unwrap())
        }),
        door("twilio::Calls::new", move |text| twilio::Calls::new(twilio_account(), text, pages())),
        door("twilio::Messages::from_number", move |text| {
            twilio::Messages::from_number(twilio_account(), text)
        }),
        door("twilio::Messages::from_service", move |text| {
            twilio::Messages::from_service(twilio_account(), text)
        }),
        door("twilio::Verify::new", move |text| twilio::Verify::new(&twilio_account(), text)),
        door("vonage::Account::new", |text| {
            vonage::Account::new(text, &Credential::new(String::from("token")).unwrap())
        }),
        door("vonage::Calls::new", move |text| vonage::Calls::new(account(), text, pages())),
        door("vonage::Messages::new", move |text| vonage::Messages::new(account(), text)),
        door("vonage::Verify::new", move |text| {
            vonage::Verify::new(account(), text, &Policy::default())
        }),
    ]
}

/// 10 MiB of characters that are dropped, kept, escaped, trimmed or wide, with a prefix.
fn texts() -> Vec<String> {
    let symbols = ["0", "A", "a", "=", " ", "/", "%41", "+", "\n", "-", "\u{660}", "\u{200b}"];
    let prefixes = [
        "",
        "+",
        "bytes:",
        "phone:+",
        "https://example.com",
        "otpauth://totp/A:b?secret=",
        "otpauth-migration://offline?data=",
    ];
    let of = |prefix: &str, symbol: &str| format!("{prefix}{}", symbol.repeat(10 << 20));
    let plain = symbols.iter().map(|symbol| of("", symbol));
    plain.chain(prefixes.iter().map(|prefix| of(prefix, "0"))).collect()
}

#[test]
fn finding_s23_length_is_checked_before_a_text_is_read() {
    let world = World::new();
    let doors = doors(&world);
    for text in texts() {
        for (name, call) in &doors {
            let used = measure(|| call(&text));
            // The shortest of several, since other work delays some of them.
            let tries = (0..9).map(|_| {
                let began = Instant::now();
                call(&text);
                began.elapsed()
            });
            let took = tries.min().unwrap();
            let begin: String = text.chars().take(8).collect();
            assert!(used.bytes_max < 64 << 10, "{name} copied {begin:?}: {used:?}");
            assert!(took < Duration::from_millis(5), "{name} read {begin:?} for {took:?}");
        }
    }
}

/// Deserialization takes the same parsers, from a text that the reader holds.
#[test]
fn finding_s23_length_is_checked_before_a_value_is_read() {
    use serde::de::{IntoDeserializer as _, value::StrDeserializer};
    fn read<T: serde::de::DeserializeOwned>(text: &str) -> bool {
        let from: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
        T::deserialize(from).is_ok()
    }
    for text in texts() {
        type Check = fn(&str) -> bool;
        let values: [(&str, Check); 6] = [
            ("Address", read::<Address>),
            ("Channel", read::<second_factor::Channel>),
            ("FactorKind", read::<second_factor::FactorKind>),
            ("Handle", read::<Handle>),
            ("ItemId", read::<ItemId>),
            ("SubjectId", read::<SubjectId>),
        ];
        for (name, call) in values {
            let used = measure(|| assert!(!call(&text), "{name}"));
            assert!(used.bytes_max < 64 << 10, "{name}: {used:?}");
            let tries = (0..9).map(|_| {
                let began = Instant::now();
                assert!(!call(&text));
                began.elapsed()
            });
            assert!(tries.min().unwrap() < Duration::from_millis(5), "{name}");
        }
    }
}
