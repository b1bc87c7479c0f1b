//! Shortening and refusal of text messages.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use core::num::NonZeroU8;

use second_factor::{
    Channel,
    message::{AppHash, Encoding, Language, LayoutError, Sender, Translation},
    purpose::{Agreement, Operation},
    testkit::Preview,
};

use crate::{
    readers::{browser, strict},
    translations::PURPOSES,
};

fn sender(issuer: &str, origin: &str) -> Sender {
    Sender::new(issuer).unwrap().with_origin(origin).unwrap()
}

fn sms(sender: Sender) -> Result<(String, Encoding, usize), LayoutError> {
    let sms = Preview::new(sender, Channel::Sms).message(Operation::SignIn).sms()?;
    Ok((sms.text().expose().to_owned(), sms.size().encoding(), sms.size().parts()))
}

fn spanish() -> Language {
    Language::new("es").unwrap()
}

#[test]
fn full_text_is_used_when_it_fits() {
    let (text, encoding, _) = sms(sender("Example", "example.com")).unwrap();
    assert_eq!(
        text,
        "747723 is your Example sign-in code. It expires in 5 min. Never share it. We will never ask \
         you for it.\n\n@example.com #747723"
    );
    assert_eq!(encoding, Encoding::Gsm7);
}

#[test]
fn accents_are_removed_only_to_stay_in_gsm() {
    let (text, encoding, _) = sms(sender("Example", "example.com").in_language(spanish())).unwrap();
    assert!(text.starts_with("747723 es tu codigo de Example para iniciar sesion."), "{text}");
    assert_eq!(encoding, Encoding::Gsm7);
    let named = Sender::new("Café Ñandú").unwrap().in_language(spanish());
    let (text, ..) = sms(named).unwrap();
    assert!(text.contains("de Café Ñandu"), "{text}");
    // A letter without a replacement: all accents stay.
    let russian = Sender::new("Пример").unwrap().in_language(spanish());
    let (text, encoding, _) = sms(russian).unwrap();
    assert!(text.starts_with("747723 es tu código de Пример para iniciar sesión."), "{text}");
    assert_eq!(encoding, Encoding::Ucs2);
}

#[test]
fn expiry_is_dropped_before_the_long_warning() {
    let text = |host: usize| {
        // Labels of 9 characters with their dot.
        let origin: String = "abcdefgh.".repeat(host / 9) + &"x".repeat(host % 9 + 2);
        sms(sender("Example", &origin)).map(|(text, ..)| text)
    };
    assert!(
        text(20)
            .unwrap()
            .contains("It expires in 5 min. Never share it. We will never ask you for it.")
    );
    let without_expiry = text(60).unwrap();
    assert!(!without_expiry.contains("It expires"), "{without_expiry}");
    assert!(without_expiry.contains("We will never ask"), "{without_expiry}");
    let brief = text(96).unwrap();
    assert!(brief.contains("sign-in code. Never share it.\n"), "{brief}");
    assert_eq!(text(97), Err(LayoutError::TooLong { parts: 2, allowed: 1 }));
}

#[test]
fn longest_origin_needs_three_parts() {
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
fn hindi_fits_up_to_the_documented_length() {
    let hindi = Language::new("hi").unwrap();
    let message = |issuer: &str| {
        let sender = sender(issuer, "example.com").in_language(hindi);
        Preview::new(sender, Channel::Sms)
            .message(Operation::Enroll)
            .sms()
            .map(|sms| sms.size().units())
    };
    // 12 for the code, 11 for the origin, 15 for the issuer: 38.
    assert_eq!(message(&"E".repeat(15)), Ok(70));
    assert_eq!(message(&"E".repeat(16)), Err(LayoutError::TooLong { parts: 2, allowed: 1 }));
}

#[test]
fn app_hash_is_on_the_origin_bound_line() {
    let app = AppHash::new("FA+9qCX9VSu").unwrap();
    let (text, ..) = sms(sender("Example", "example.com").for_android_app(app)).unwrap();
    assert!(text.ends_with("\n\n@example.com #747723 FA+9qCX9VSu"), "{text}");
    assert_eq!(strict(&text), browser(&text));
    assert!(strict(&text).is_some());
    let (text, ..) = sms(Sender::new("Example").unwrap().for_android_app(app)).unwrap();
    assert!(text.ends_with("\n\nFA+9qCX9VSu"), "{text}");
}

/// The SMS Retriever counts the bytes that are sent, and those that the app reads (STD W-05).
#[test]
fn finding_i13_app_message_has_at_most_140_bytes_in_each_form() {
    let app = AppHash::new("FA+9qCX9VSu").unwrap();
    let two = NonZeroU8::new(2).unwrap();
    for translation in Translation::built_in() {
        for issuer in ["Example", "Émission", "语言", "Caféàéèùì", "Пример"] {
            let sender = Sender::new(issuer).unwrap().in_language(*translation.language());
            let sender = sender.for_android_app(app).allow_sms_parts(two);
            let with_origin = sender.clone().with_origin("example.com").unwrap();
            for sender in [sender, with_origin] {
                let preview = Preview::new(sender, Channel::Sms);
                for purpose in PURPOSES {
                    let Ok(sms) = preview.message(purpose).sms() else { continue };
                    let (text, bytes) = (sms.text().expose(), sms.size().bytes());
                    let is_marked = text.ends_with("FA+9qCX9VSu");
                    assert!(!is_marked || text.len().max(bytes) <= 140, "{bytes} bytes: {text}");
                }
            }
        }
    }
}

#[test]
fn message_with_app_hash_has_at_most_140_bytes() {
    let app = AppHash::new("FA+9qCX9VSu").unwrap();
    for letters in 1..60 {
        let sender = sender(&"E".repeat(letters), "example.com").for_android_app(app);
        let (text, ..) = sms(sender).unwrap();
        if text.contains("FA+9qCX9VSu") {
            assert!(text.len() <= 140, "{}", text.len());
        } else {
            // The hash only saves typing, so it is dropped before the binding line and the text.
            assert!(letters > 40, "{letters}");
            assert!(text.ends_with("\n@example.com #747723"), "{text}");
        }
    }
}

#[test]
fn ucs2_message_can_carry_an_app_hash() {
    let app = AppHash::new("FA+9qCX9VSu").unwrap();
    let sender = Sender::new("Пример").unwrap().for_android_app(app);
    let (text, encoding, parts) = sms(sender).unwrap();
    assert_eq!((encoding, parts), (Encoding::Ucs2, 1));
    assert!(text.ends_with("\nFA+9qCX9VSu"), "{text}");
}

#[test]
fn malformed_app_hash_is_refused() {
    for invalid in [
        "",
        "FA+9qCX9VS",
        "FA+9qCX9VSu=",
        "FA+9qCX9 Su",
        "FA+9qCX9-Su",
        "FA+9qCX9Vé",
        "\nA+9qCX9VSu",
    ] {
        assert!(AppHash::new(invalid).is_err(), "{invalid:?}");
    }
}

#[test]
fn agreement_is_shown_unchanged_or_refused() {
    let sender = sender("Example", "example.com").in_language(spanish());
    let preview = Preview::new(sender.clone(), Channel::Sms);
    let plain = Agreement::new([("importe", "25,00 EUR"), ("a", "Bob")]).unwrap();
    let text = preview.transaction(&plain).sms().unwrap();
    assert!(text.text().expose().contains("(importe: 25,00 EUR; a: Bob)"));
    assert_eq!(text.size().encoding(), Encoding::Gsm7);
    // Its accents are part of the hashed value.
    let accented = Agreement::new([("importe", "25,00 EUR"), ("a", "João")]).unwrap();
    let refused = preview.transaction(&accented).sms();
    assert_eq!(refused.unwrap_err(), LayoutError::TooLong { parts: 2, allowed: 1 });
    let allowed = Preview::new(sender.allow_sms_parts(NonZeroU8::new(2).unwrap()), Channel::Sms);
    let text = allowed.transaction(&accented).sms().unwrap();
    assert!(text.text().expose().contains("(importe: 25,00 EUR; a: João)"));
    assert!(text.text().expose().contains("código"));
}

#[test]
fn largest_agreement_is_refused_not_truncated() {
    let (names, value) = (["a", "b", "c", "d", "e", "f", "g", "h"], "v".repeat(140));
    let agreement = Agreement::new(names.map(|name| (name, value.as_str()))).unwrap();
    let message =
        Preview::new(sender("Example", "example.com"), Channel::Sms).transaction(&agreement);
    assert_eq!(message.sms().unwrap_err(), LayoutError::TooLong { parts: 9, allowed: 1 });
}

#[test]
fn message_for_another_channel_is_not_an_sms() {
    for channel in [Channel::Email, Channel::Push, Channel::Voice, Channel::WhatsApp] {
        let preview = Preview::new(sender("Example", "example.com"), channel);
        assert_eq!(
            preview.message(Operation::SignIn).sms().unwrap_err(),
            LayoutError::OtherChannel
        );
        let notice = preview.notice(&second_factor::host::Event::DeviceAdded);
        assert_eq!(notice.sms().unwrap_err(), LayoutError::OtherChannel);
    }
    let push = Preview::new(sender("Example", "example.com"), Channel::Sms).request();
    assert_eq!(push.sms().unwrap_err(), LayoutError::OtherChannel);
}

#[test]
fn message_has_lifetime_and_expiry() {
    let preview = Preview::new(sender("Example", "example.com"), Channel::Sms).with_lifetime(119);
    let message = preview.message(Operation::SignIn);
    assert_eq!(message.lifetime(), Some(119));
    assert_eq!(message.expires().map(|at| at.as_secs()), Some(1_800_000_119));
    // Rounded down: the code is valid at least as long as the text says.
    assert!(message.sms().unwrap().text().expose().contains("It expires in 1 min."));
    assert_eq!(preview.request().lifetime(), Some(60));
    let notice = preview.notice(&second_factor::host::Event::DeviceAdded);
    assert_eq!((notice.lifetime(), notice.expires()), (None, None));
}
