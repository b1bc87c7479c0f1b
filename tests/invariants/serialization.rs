//! Serialization of ids, addresses, times and kinds.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use core::{fmt::Debug, str::FromStr};

use proptest::{prelude::*, sample::select};
use second_factor::{
    Address, Channel, FactorKind, FirstFactor, Handle, ItemId, SubjectId, UnixTime,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// What an application stores between two requests.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Session {
    subject: SubjectId,
    handle: Handle,
    item: ItemId,
    address: Address,
    kinds: Vec<FactorKind>,
    channel: Option<Channel>,
    first: Vec<FirstFactor>,
    at: UnixTime,
}

fn is_refused<T: DeserializeOwned>(value: Value) -> bool {
    serde_json::from_value::<T>(value).is_err()
}

#[test]
fn session_is_stored_as_plain_text() {
    let text = json!({
        "subject": "42",
        "handle": "0400000000000000000000000000",
        "item": "0".repeat(26),
        "address": "phone:+14155550100",
        "kinds": ["security_key", "totp"],
        "channel": "whatsapp",
        "first": ["password", "none", { "email": "email:alice@example.com" }, { "passkey": {
            "key": "0".repeat(26), "user_verified": true, "device_bound": false,
        } }],
        "at": 1_800_000_000,
    });
    let session: Session = serde_json::from_value(text.clone()).unwrap();
    assert_eq!(session.subject, SubjectId::from(42));
    assert_eq!(session.address, Address::phone("+1 415 555 0100").unwrap());
    assert_eq!(session.kinds, [FactorKind::SecurityKey, FactorKind::Totp]);
    assert_eq!(session.at, UnixTime::from_secs(1_800_000_000));
    assert_eq!(serde_json::to_value(&session).unwrap(), text);
}

#[test]
fn deserialization_validates_like_the_constructors() {
    assert!(is_refused::<Handle>(json!("0400000000000000000000000000 ")));
    assert!(is_refused::<Handle>(json!("9900000000000000000000000000")));
    assert!(is_refused::<ItemId>(json!("O".repeat(26))));
    for subject in [json!(""), json!("a\n"), json!("a".repeat(256)), json!("bytes:C0"), json!(42)] {
        assert!(is_refused::<SubjectId>(subject.clone()), "{subject}");
    }
    for address in ["+14155550100", "a@x.com", "phone:14155550100", "email:a@x", "push:", "fax:1"] {
        assert!(is_refused::<Address>(json!(address)), "{address}");
    }
    for kind in ["", "Totp", "sms", "sent_code"] {
        assert!(is_refused::<FactorKind>(json!(kind)), "{kind}");
    }
    assert!(is_refused::<Channel>(json!("fax")) && is_refused::<Channel>(json!(1)));
    let misspelled = json!({ "federated": { "amr": [], "address": null, "verified": true } });
    for first in [json!("Password"), json!({ "email": "a@x.com" }), misspelled] {
        assert!(is_refused::<FirstFactor>(first.clone()), "{first}");
    }
    assert!(is_refused::<UnixTime>(json!(-1)) && is_refused::<UnixTime>(json!("1")));
}

#[test]
fn deserialization_errors_contain_no_input() {
    let address = serde_json::from_value::<Address>(json!("phone:+1415QQMARKQQ")).unwrap_err();
    let expected = "not an address with its kind, such as `phone:+14155550100`";
    assert_eq!(address.to_string(), expected);
    let handle = serde_json::from_value::<Handle>(json!("QQMARKQQ")).unwrap_err();
    assert_eq!(handle.to_string(), "not a valid handle");
    let number = serde_json::from_value::<Handle>(json!(4)).unwrap_err();
    assert!(number.to_string().ends_with("expected a valid handle"), "{number}");
}

const CHANNELS: [&str; 5] = ["email", "push", "sms", "voice", "whatsapp"];
const KINDS: [&str; 8] =
    ["backup_code", "email", "hotp", "phone", "pin", "security_key", "sign_in_request", "totp"];

/// Returns names and ids, some in upper case or with a character too many.
fn near_names() -> impl Strategy<Value = String> {
    let names = select([&CHANNELS[..], &KINDS[..]].concat()).prop_map(String::from);
    let name = prop_oneof![names, "[0-4][0-9a-z]{25,27}", "(bytes:|email:)?[ -~]{0,9}"];
    (any::<bool>(), "[ a]?", name, "[ 0\\n]?").prop_map(|(is_upper, before, name, after)| {
        before + &if is_upper { name.to_uppercase() } else { name } + &after
    })
}

fn parsed<T: FromStr + DeserializeOwned + Debug + PartialEq>(text: &str) -> Option<T> {
    let parsed = text.parse().ok();
    assert_eq!(serde_json::from_value(json!(text)).ok(), parsed, "{text:?}");
    parsed
}

#[test]
fn errors_of_names_contain_no_input() {
    let channel = "QQMARKQQ".parse::<Channel>().unwrap_err();
    assert_eq!(channel.to_string(), "not the name of a channel");
    let kind = "QQMARKQQ".parse::<FactorKind>().unwrap_err();
    assert_eq!(kind.to_string(), "not the name of a kind of factor");
}

proptest! {
    #[test]
    fn names_and_ids_are_parsed_as_they_are_deserialized(text in near_names()) {
        let named = |names: &[&str]| names.contains(&&*text).then_some(&*text);
        prop_assert_eq!(parsed(&text).map(Channel::as_str), named(&CHANNELS));
        prop_assert_eq!(parsed(&text).map(FactorKind::as_str), named(&KINDS));
        let ids = [
            parsed::<Handle>(&text).map(|handle| handle.to_string()),
            parsed::<ItemId>(&text).map(|item| item.to_string()),
            parsed::<SubjectId>(&text).map(|subject| subject.to_string()),
        ];
        prop_assert!(ids.into_iter().flatten().all(|id| id == text));
    }

    #[test]
    fn address_of_each_kind_round_trips(
        phone in "\\+[1-9][0-9]{4,14}",
        email in "[a-zA-Z][a-zA-Z+]{0,8}@[a-z]{1,9}\\.[a-z]{2,3}",
        push in "[ -~]{1,99}",
    ) {
        let all = [Address::phone(&phone), Address::email(&email), Address::push(&push)];
        for address in all.map(Result::unwrap) {
            let text = serde_json::to_string(&address).unwrap();
            prop_assert_eq!(serde_json::from_str::<Address>(&text).unwrap(), address);
        }
    }

    #[test]
    fn deserialized_address_is_what_its_constructor_accepts(text in "(email|phone|push):[ -~]{0,20}") {
        if let Ok(address) = serde_json::from_value::<Address>(json!(text)) {
            let rest = text.split_once(':').unwrap().1;
            let constructors = [Address::email, Address::phone, Address::push];
            prop_assert!(constructors.iter().any(|new| new(rest).as_ref() == Ok(&address)));
        }
    }
}
