//! Accessors, counts and texts of public values.

use crate::support::World;
use second_factor::{
    Channel, FactorKind, ItemId, Next, Offer, Policy, Reason, Secret, block_on,
    message::Sender,
    otp::{Digits, InvalidKeyUri, KeyUri},
    purpose::Operation,
    sans_io::Operator,
    testkit::Preview,
};

#[test]
fn message_text_matches_its_channel() {
    let sender = || Sender::new("Example").unwrap().with_origin("example.com").unwrap();
    let mail = Preview::new(sender(), Channel::Email).message(Operation::SignIn);
    assert_eq!(mail.expose_text().expose(), mail.email().unwrap().text().expose());
    let request = Preview::new(sender(), Channel::Push).request();
    assert_eq!(request.expose_text().expose(), request.push().unwrap().body());
}

#[test]
fn offer_has_an_id_for_forms() {
    let world = World::new();
    let (_, verified) = block_on(world.with_app());
    let _ = block_on(world.with_phone(&verified));
    let next = block_on(world.verifier.next(&world.alice)).unwrap();
    let Next::Prove(offers) = next else { panic!("the subject is protected") };
    let masked = |offer: &Offer| (offer.kind() == FactorKind::Phone) == offer.masked().is_some();
    assert!(offers.len() == 2 && offers.iter().all(masked), "{offers:?}");
    let mut ids = Vec::new();
    for offer in &offers {
        ids.push(offer.id());
    }
    assert!(offers.iter().map(Offer::id).eq(ids.iter().copied()));
    assert_ne!(ids[0], ids[1]);
    for id in ids {
        assert_eq!(<ItemId as core::str::FromStr>::from_str(&id.to_string()), Ok(*id));
    }
}

#[test]
fn only_an_incorrect_code_is_counted() {
    assert!(Reason::Incorrect.is_counted());
    for reason in [Reason::Replayed, Reason::Locked, Reason::Malformed, Reason::Expired] {
        assert!(!reason.is_counted(), "{reason:?}");
    }
}

#[test]
fn reason_name_is_that_of_its_variant() {
    for reason in [Reason::Absent, Reason::Incorrect, Reason::PinDue, Reason::SendLimit] {
        let name: String = format!("{reason:?}").to_lowercase();
        assert_eq!(reason.as_str().replace('_', ""), name);
    }
}

#[test]
fn operator_returns_actor_and_reason() {
    let operator = Operator::new("Carol", "lost phone").unwrap();
    assert_eq!((operator.actor(), operator.reason()), ("Carol", "lost phone"));
}

#[test]
fn backup_code_count_matches_the_codes() {
    let world = World::with(Policy::builder().danger_cheap_hashes().build().unwrap());
    let (_, verified) = block_on(world.with_app());
    let codes = block_on(world.verifier.new_backup_codes(&verified)).unwrap();
    assert_eq!((codes.count(), codes.expose().len()), (10, 10));
}

#[test]
fn error_texts_name_the_cause() {
    let uri = "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let (_, warnings) = KeyUri::import(uri).unwrap();
    assert_eq!(warnings.first().unwrap().to_string(), "no issuer is named");
    let longest = format!("{uri}&a={}", "a".repeat(4096 - uri.len() - 3));
    assert!(KeyUri::import(&longest).is_ok());
    assert_eq!(KeyUri::import(&(longest + "a")).unwrap_err(), InvalidKeyUri::TooLong);
    assert!(Secret::from_base32("1").unwrap_err().to_string().contains("Base32"));
    assert!(Digits::new(5).unwrap_err().to_string().contains("digits"));
}
