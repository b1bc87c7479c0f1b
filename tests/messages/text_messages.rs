//! Text messages: what gives way when there is no room, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

use core::num::NonZeroU8;

use second_factor::{
    Purpose,
    message::{AppHash, Channel, Encoding, Language, LayoutError, Sender},
    purpose::Agreement,
    testkit::Preview,
};

use crate::readers::{browser, strict};

fn sender(issuer: &str, origin: &str) -> Sender {
    Sender::new(issuer).unwrap().with_origin(origin).unwrap()
}

fn sms(sender: Sender) -> Result<(String, Encoding, usize), LayoutError> {
    let sms = Preview::new(sender, Channel::Sms).message(Purpose::SignIn).sms()?;
    Ok((sms.text().expose().to_owned(), sms.size().encoding(), sms.size().parts()))
}

fn spanish() -> Language {
    Language::new("es").unwrap()
}

#[test]
fn with_room_everything_is_said() {
    let (text, encoding, _) = sms(sender("Example", "example.com")).unwrap();
    assert_eq!(
        text,
        "747723 is your Example code to sign in. It ends in 5 min. Never share it, not even with \
         Example.\n\n@example.com #747723"
    );
    assert_eq!(encoding, Encoding::Gsm7);
}

#[test]
fn accents_go_where_they_would_halve_the_room_and_only_there() {
    let (text, encoding, _) = sms(sender("Example", "example.com").in_language(spanish())).unwrap();
    assert!(text.starts_with("747723 es tu codigo de Example para iniciar sesion."), "{text}");
    assert_eq!(encoding, Encoding::Gsm7);
    let named = Sender::new("Café Ñandú").unwrap().in_language(spanish());
    let (text, ..) = sms(named).unwrap();
    assert!(text.contains("de Café Ñandu"), "{text}");
    // A letter that no habit leaves out: then all keep theirs.
    let russian = Sender::new("Пример").unwrap().in_language(spanish());
    let (text, encoding, _) = sms(russian).unwrap();
    assert!(text.starts_with("747723 es tu código de Пример para iniciar sesión."), "{text}");
    assert_eq!(encoding, Encoding::Ucs2);
}

#[test]
fn for_room_the_end_goes_first_and_then_the_longer_words() {
    let text = |host: usize| {
        // Labels of 9 letters with their dot.
        let origin: String = "abcdefgh.".repeat(host / 9) + &"x".repeat(host % 9 + 2);
        sms(sender("Example", &origin)).map(|(text, ..)| text)
    };
    assert!(text(20).unwrap().contains("It ends in 5 min. Never share it, not even with Example."));
    let without_end = text(60).unwrap();
    assert!(!without_end.contains("It ends"), "{without_end}");
    assert!(without_end.contains("Never share it, not even"), "{without_end}");
    let brief = text(93).unwrap();
    assert!(brief.contains("to sign in. Never share it.\n"), "{brief}");
    assert_eq!(text(94), Err(LayoutError::TooLong { parts: 2, allowed: 1 }));
}

#[test]
fn a_host_as_long_as_there_can_be_is_refused_unless_two_parts_are_allowed() {
    let origin = format!(
        "{}.com",
        ["a".repeat(62), "b".repeat(62), "c".repeat(62), "d".repeat(60)].join(".")
    );
    assert_eq!(origin.len(), 253);
    let long = sender("Example", &origin);
    assert_eq!(sms(long.clone()), Err(LayoutError::TooLong { parts: 3, allowed: 1 }));
    let two = long.clone().allow_sms_parts(NonZeroU8::new(2).unwrap());
    assert_eq!(sms(two), Err(LayoutError::TooLong { parts: 3, allowed: 2 }));
    let (text, _, parts) = sms(long.allow_sms_parts(NonZeroU8::new(4).unwrap())).unwrap();
    assert_eq!(parts, 3);
    assert_eq!(strict(&text).unwrap().host, origin);
}

#[test]
fn in_hindi_the_length_that_is_promised_is_the_last() {
    let hindi = Language::new("hi").unwrap();
    let message = |issuer: &str| {
        let sender = sender(issuer, "example.com").in_language(hindi);
        Preview::new(sender, Channel::Sms)
            .message(Purpose::Enroll)
            .sms()
            .map(|sms| sms.size().units())
    };
    // 12 of the code, 11 of the host, 15 of the name: 38.
    assert_eq!(message(&"E".repeat(15)), Ok(70));
    assert_eq!(message(&"E".repeat(16)), Err(LayoutError::TooLong { parts: 2, allowed: 1 }));
}

#[test]
fn the_app_is_named_on_the_line_that_binds() {
    let app = AppHash::new("FA+9qCX9VSu").unwrap();
    let (text, ..) = sms(sender("Example", "example.com").for_android_app(app)).unwrap();
    assert!(text.ends_with("\n\n@example.com #747723 FA+9qCX9VSu"), "{text}");
    assert_eq!(strict(&text), browser(&text));
    assert!(strict(&text).is_some());
    let (text, ..) = sms(Sender::new("Example").unwrap().for_android_app(app)).unwrap();
    assert!(text.ends_with("\n\nFA+9qCX9VSu"), "{text}");
}

#[test]
fn with_an_app_the_message_has_140_bytes_however_they_are_counted() {
    let app = AppHash::new("FA+9qCX9VSu").unwrap();
    for letters in 1..60 {
        let sender = sender(&"E".repeat(letters), "example.com").for_android_app(app);
        let (text, ..) = sms(sender).unwrap();
        if text.contains("FA+9qCX9VSu") {
            assert!(text.len() <= 140, "{}", text.len());
        } else {
            // What only spares typing gives way to what binds, and to what is said.
            assert!(letters > 40, "{letters}");
            assert!(text.ends_with("\n@example.com #747723"), "{text}");
        }
    }
}

#[test]
fn letters_of_two_bytes_leave_room_for_an_app_too() {
    let app = AppHash::new("FA+9qCX9VSu").unwrap();
    let sender = Sender::new("Пример").unwrap().for_android_app(app);
    let (text, encoding, parts) = sms(sender).unwrap();
    assert_eq!((encoding, parts), (Encoding::Ucs2, 1));
    assert!(text.ends_with("\nFA+9qCX9VSu"), "{text}");
}

#[test]
fn only_the_hash_of_an_app_is_one() {
    for wrong in [
        "",
        "FA+9qCX9VS",
        "FA+9qCX9VSu=",
        "FA+9qCX9 Su",
        "FA+9qCX9-Su",
        "FA+9qCX9Vé",
        "\nA+9qCX9VSu",
    ] {
        assert!(AppHash::new(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn what_is_agreed_to_is_shown_to_the_letter_or_not_sent() {
    let sender = sender("Example", "example.com").in_language(spanish());
    let preview = Preview::new(sender.clone(), Channel::Sms);
    let plain = Agreement::new([("importe", "25,00 EUR"), ("a", "Bob")]).unwrap();
    let text = preview.transaction(&plain).sms().unwrap();
    assert!(text.text().expose().contains("(importe: 25,00 EUR; a: Bob)"));
    assert_eq!(text.size().encoding(), Encoding::Gsm7);
    // Its accents are part of what is hashed.
    let accented = Agreement::new([("importe", "25,00 EUR"), ("a", "João")]).unwrap();
    let refused = preview.transaction(&accented).sms();
    assert_eq!(refused.unwrap_err(), LayoutError::TooLong { parts: 2, allowed: 1 });
    let allowed = Preview::new(sender.allow_sms_parts(NonZeroU8::new(2).unwrap()), Channel::Sms);
    let text = allowed.transaction(&accented).sms().unwrap();
    assert!(text.text().expose().contains("(importe: 25,00 EUR; a: João)"));
    assert!(text.text().expose().contains("código"));
}

#[test]
fn the_largest_agreement_is_refused_and_not_cut() {
    let (names, value) = (["a", "b", "c", "d", "e", "f", "g", "h"], "v".repeat(140));
    let agreement = Agreement::new(names.map(|name| (name, value.as_str()))).unwrap();
    let message =
        Preview::new(sender("Example", "example.com"), Channel::Sms).transaction(&agreement);
    assert_eq!(message.sms().unwrap_err(), LayoutError::TooLong { parts: 9, allowed: 1 });
}

#[test]
fn a_message_of_another_channel_is_no_text_message() {
    for channel in [Channel::Email, Channel::Push, Channel::Voice, Channel::WhatsApp] {
        let preview = Preview::new(sender("Example", "example.com"), channel);
        assert_eq!(preview.message(Purpose::SignIn).sms().unwrap_err(), LayoutError::OtherChannel);
        let notice = preview.notice(&second_factor::host::Event::DeviceAdded);
        assert_eq!(notice.sms().unwrap_err(), LayoutError::OtherChannel);
    }
    let push = Preview::new(sender("Example", "example.com"), Channel::Sms).request();
    assert_eq!(push.sms().unwrap_err(), LayoutError::OtherChannel);
}

#[test]
fn a_message_knows_when_it_is_worth_nothing() {
    let preview = Preview::new(sender("Example", "example.com"), Channel::Sms).with_life(119);
    let message = preview.message(Purpose::SignIn);
    assert_eq!(message.life(), Some(119));
    assert_eq!(message.expires().map(|at| at.as_secs()), Some(1_800_000_119));
    // Rounded down: it never lives shorter than is said.
    assert!(message.sms().unwrap().text().expose().contains("It ends in 1 min."));
    assert_eq!(preview.request().life(), Some(60));
    let notice = preview.notice(&second_factor::host::Event::DeviceAdded);
    assert_eq!((notice.life(), notice.expires()), (None, None));
}
