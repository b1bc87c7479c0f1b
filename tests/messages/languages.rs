//! The language of a message.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use second_factor::{
    Channel, FirstFactor, Keys, MemoryStorage, Verifier, block_on,
    message::{Language, Phrase, Sender, Translation},
    purpose::Operation,
    testkit::{MessageLog, Preview},
};

use crate::support::{ROOT, World};

fn language(tag: &str) -> Language {
    Language::new(tag).unwrap()
}

fn text_in(sender: &Sender, tag: &str) -> String {
    let sender = sender.clone().in_language(language(tag));
    let sms = Preview::new(sender, Channel::Sms).message(Operation::SignIn).sms().unwrap();
    sms.text().expose().to_owned()
}

#[test]
fn nearest_translation_is_used() {
    let sender = Sender::new("Example").unwrap();
    for (tag, expected) in [
        ("de-AT", "Anmeldung"),
        ("fr", "connexion"),
        ("id-ID", "kode"),
        ("zh-Hans-CN", "验证码"),
        ("zh", "验证码"),
        ("hi-IN", "साइन"),
        ("ar-EG", "رمز"),
        ("en-GB", "sign-in code"),
    ] {
        assert!(text_in(&sender, tag).contains(expected), "{tag}");
    }
}

#[test]
fn unknown_language_falls_back_to_english() {
    let sender = Sender::new("Example").unwrap();
    for tag in ["tlh", "nl-BE", "yue"] {
        assert!(text_in(&sender, tag).contains("sign-in code"), "{tag}");
    }
}

#[test]
fn own_translation_comes_first_narrowest_tag_wins() {
    let own = |tag: &str, text: &str| {
        Translation::new(language(tag)).with(Phrase::CodeSignIn, text).unwrap()
    };
    let sender = Sender::new("Example")
        .unwrap()
        .with_translation(own("pt-PT", "{code} para {issuer} em Lisboa."))
        .with_translation(own("pt", "{code} para {issuer}, em qualquer lugar."))
        .with_translation(own("en", "{code} for {issuer}, at home."));
    assert!(text_in(&sender, "pt-PT").contains("Lisboa"));
    assert!(text_in(&sender, "pt-BR").contains("qualquer lugar"));
    assert!(text_in(&sender, "nl").contains("at home"), "the fallback can be replaced too");
    let again = sender.with_translation(own("pt-PT", "{code} para {issuer} no Porto."));
    assert!(text_in(&again, "pt-PT").contains("Porto"), "the last translation is used");
}

#[test]
fn verifier_language_can_be_set_for_one_call() {
    block_on(async {
        let world = World::new();
        let phone = MessageLog::new();
        let sender = Sender::new("Example").unwrap().in_language(language("es"));
        let verifier =
            Verifier::builder(sender, MemoryStorage::new(), phone.clone(), Keys::new(ROOT))
                .first_factor(FirstFactor::Password)
                .clock(world.clock.clone())
                .build()
                .unwrap();
        let _ = verifier.enroll_address(&world.alice, &world.number).await.unwrap();
        let message = phone.take().unwrap();
        assert_eq!(message.language().tag(), "es");
        assert!(message.expose_text().expose().contains("es tu código"));

        world.clock.advance(60);
        let german = verifier.in_language(language("de-CH"));
        let challenge = german.enroll_address(&world.alice, &world.number).await.unwrap();
        let message = phone.take().unwrap();
        assert_eq!(message.language().tag(), "de-CH");
        assert!(message.expose_text().expose().contains("ist Ihr Code"));

        // The notice of a change is in the language of the call that made it.
        let code = crate::support::code_of(&message);
        let _ = german.confirm(&world.alice, &challenge, &code).await.unwrap();
        let notice = phone.take().unwrap();
        assert!(
            notice
                .expose_text()
                .expose()
                .contains("eine Telefonnummer wurde Ihrem Konto hinzugefügt")
        );
        // The view does not change the verifier.
        assert_eq!(verifier.in_language(language("fr")).policy().unwrap().code_digits(), 6);
    });
}

#[test]
fn verifier_uses_own_translation_and_allowed_parts() {
    block_on(async {
        let world = World::new();
        let phone = MessageLog::new();
        let long = format!("{{code}} is yours from {{issuer}}{}", ", really".repeat(20));
        let own =
            |tag: &str| Translation::new(language(tag)).with(Phrase::CodeEnroll, &long).unwrap();
        let sender = Sender::new("Example")
            .unwrap()
            .with_translation(own("en"))
            .with_translation(own("fr"))
            .allow_sms_parts(core::num::NonZeroU8::new(2).unwrap());
        let verifier =
            Verifier::builder(sender, MemoryStorage::new(), phone.clone(), Keys::new(ROOT))
                .first_factor(FirstFactor::Password)
                .clock(world.clock.clone())
                .build()
                .unwrap();
        for tag in ["en", "fr"] {
            let verifier = verifier.in_language(language(tag));
            let _ = verifier.enroll_address(&world.alice, &world.number).await.unwrap();
            let sms = phone.take().unwrap().sms().unwrap();
            assert!(sms.text().expose().contains("is yours from Example, really"), "{tag}");
            assert_eq!(sms.size().parts(), 2);
            world.clock.advance(120);
        }
    });
}

#[test]
fn verifier_views_can_be_combined() {
    block_on(async {
        let world = World::new();
        let hash = second_factor::message::AppHash::new("FA+9qCX9VSu").unwrap();
        let client = second_factor::Client::new(b"the binding of a browser").unwrap();
        let sender = Sender::new("Example").unwrap().with_origin("example.com").unwrap();
        let view = world
            .verifier
            .sending_as(sender.for_android_app(hash))
            .in_language(language("de"))
            .for_client(client.clone());
        let sent = view.enroll_address(&world.alice, &world.number).await.unwrap();
        let message = world.phone.take().unwrap();
        let text = message.sms().unwrap();
        let code = crate::support::code_of(&message);
        assert!(text.text().expose().contains("ist Ihr Code"));
        assert!(text.text().expose().ends_with(&format!("@example.com #{code} FA+9qCX9VSu")));
        let bare = world.verifier.confirm(&world.alice, &sent, &code).await;
        assert!(bare.is_err(), "the client binding is kept");
        assert!(view.confirm(&world.alice, &sent, &code).await.is_ok());
    });
}
