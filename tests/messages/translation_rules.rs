//! Rules for the templates of your own translations.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use second_factor::{
    Channel,
    message::{InvalidTranslation, Language, Phrase, Sender, Translation},
    purpose::Operation,
    testkit::Preview,
};

fn with(phrase: Phrase, template: &str) -> Result<Translation, InvalidTranslation> {
    Translation::new(Language::ENGLISH).with(phrase, template)
}

fn why(phrase: Phrase, template: &str) -> InvalidTranslation {
    with(phrase, template).expect_err(template)
}

#[test]
fn built_in_template_keeps_the_rules() {
    for translation in Translation::built_in() {
        for phrase in Phrase::all() {
            let same = Translation::new(Language::ENGLISH).with(phrase, translation.text(phrase));
            assert!(same.is_ok(), "{translation:?} {phrase:?}: {:?}", same.err());
        }
    }
}

#[test]
fn phrases_are_listed_once_in_order() {
    let all: Vec<Phrase> = Phrase::all().collect();
    assert!(all.len() > 60, "{}", all.len());
    let mut sorted = all.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(all, sorted);
    assert_eq!(Translation::built_in().count(), 9);
}

#[test]
fn replaced_template_is_used() {
    let translation = with(Phrase::CodeSignIn, "{code} opens {issuer} for you.").unwrap();
    assert_eq!(translation.text(Phrase::CodeSignIn), "{code} opens {issuer} for you.");
    let translation =
        translation.with(Phrase::CodeSignIn, "{code} opens {issuer}, and nothing else.").unwrap();
    let sender = Sender::new("Example").unwrap().with_translation(translation);
    let message = Preview::new(sender, Channel::Sms).message(Operation::SignIn);
    assert!(
        message.expose_text().expose().starts_with("747723 opens Example, and nothing else. It")
    );
}

#[test]
fn code_must_be_surrounded_by_spaces() {
    for glued in [
        "{issuer}: {code}.",
        "({code}) from {issuer}",
        "{issuer}-{code} is it",
        "{code}{issuer} is it",
        "{issuer}{code} is it",
        "G{code} from {issuer}",
        "{code}, from {issuer}",
        "From {issuer}:\u{a0}{code}",
    ] {
        assert_eq!(why(Phrase::CodeSignIn, glued), InvalidTranslation::Glued, "{glued}");
    }
    for alone in [
        "{code} from {issuer}",
        "From {issuer} {code}",
        "Take {code} from {issuer}",
        "Your {issuer} code: {code}",
    ] {
        assert!(with(Phrase::CodeSignIn, alone).is_ok(), "{alone}");
    }
}

#[test]
fn code_and_issuer_must_occur_once() {
    for invalid in [
        "Sign in.",
        "{code} to sign in.",
        "{issuer} lets you in.",
        "{code} {code} from {issuer}",
        "{code} {issuer} and {issuer}",
        "",
    ] {
        assert_eq!(why(Phrase::CodeSignIn, invalid), InvalidTranslation::Missing, "{invalid}");
    }
    assert_eq!(why(Phrase::CodeExpires, "It ends soon."), InvalidTranslation::Missing);
    assert_eq!(
        why(Phrase::CallGate, "This is {issuer}. Press a key."),
        InvalidTranslation::Missing
    );
    assert_eq!(why(Phrase::NoticeFactorAdded, "something was added."), InvalidTranslation::Missing);
    // A short form of a code may be empty. A warning must not.
    assert!(with(Phrase::BriefSignIn, "").is_ok());
    assert_eq!(why(Phrase::BriefWarning, ""), InvalidTranslation::Wordless);
}

#[test]
fn unknown_placeholder_is_refused() {
    for invalid in [
        "{code} from {issuer} for {name}",
        "{code} from {issuer} {",
        "{code} from {issuer} }",
        "{code} from {issuer} {}",
        "{code} from {issuer} {{x}}",
        "{code} from {issuer} in {minutes} min",
        "{code} from {issuer} ({agreed})",
        "{code} from { issuer}",
        "{Code} from {issuer}",
    ] {
        let found = why(Phrase::CodeSignIn, invalid);
        assert_eq!(found, InvalidTranslation::Placeholder, "{invalid}");
    }
    assert_eq!(why(Phrase::CodeWarning, "Never {code}."), InvalidTranslation::Placeholder);
    assert_eq!(why(Phrase::CodeWarning, "{issuer} and {issuer}"), InvalidTranslation::Placeholder);
    assert_eq!(why(Phrase::NoticeAdvice, "Tell {issuer}."), InvalidTranslation::Placeholder);
    // A call reads the code separately.
    assert_eq!(
        why(Phrase::CallGate, "{issuer} says {code}, press {keys}"),
        InvalidTranslation::Placeholder
    );
}

#[test]
fn warning_may_name_the_issuer_once() {
    for phrase in [Phrase::CallWarning, Phrase::CodeWarning] {
        for allowed in ["Never share it.", "{issuer} never asks for it."] {
            assert!(with(phrase, allowed).is_ok(), "{phrase:?} {allowed}");
        }
        let twice = "{issuer} never asks for it. {issuer} never calls.";
        assert_eq!(why(phrase, twice), InvalidTranslation::Placeholder, "{phrase:?}");
    }
}

#[test]
fn link_in_a_template_is_refused() {
    for link in [
        "{code} from {issuer}, see example.com",
        "{code} from {issuer} http://x",
        "{code} from {issuer} www.example.org",
        "{code} from {issuer} at a/b",
        "{code} from {issuer} @example",
        "{code} from {issuer} #1",
        "{code} from {issuer}. Bit.ly knows",
    ] {
        assert_eq!(why(Phrase::CodeSignIn, link), InvalidTranslation::Link, "{link}");
    }
    assert!(with(Phrase::CodeExpires, "Ends in {minutes} min. Hurry.").is_ok());
    assert!(with(Phrase::CodeExpires, "Er gilt z.B. {minutes} Min.").is_ok());
}

#[test]
fn template_must_be_one_visible_line() {
    for invalid in ["a\nb", "a\r", "a\tb", "a\u{202e}b", "a\u{2028}b", "a\u{2066}", "\0", "a\u{85}"]
    {
        assert_eq!(why(Phrase::NoticeAdvice, invalid), InvalidTranslation::Control, "{invalid:?}");
    }
    assert_eq!(why(Phrase::NoticeAdvice, "!!! 123"), InvalidTranslation::Wordless);
    assert_eq!(why(Phrase::NoticeAdvice, &"a".repeat(401)), InvalidTranslation::TooLong);
    assert_eq!(why(Phrase::NoticeAdvice, &"a".repeat(10 << 20)), InvalidTranslation::TooLong);
    assert!(with(Phrase::NoticeAdvice, &"a".repeat(400)).is_ok());
}

#[test]
fn code_must_come_before_the_agreement() {
    let late = "To agree ({agreed}) type {code} at {issuer}";
    assert_eq!(why(Phrase::CodeTransaction, late), InvalidTranslation::Order);
    assert!(with(Phrase::CodeTransaction, "Type {code} at {issuer} to agree ({agreed})").is_ok());
    // There is no order where the code is shown separately.
    assert!(with(Phrase::UseTransaction, "({agreed}) at {issuer}").is_ok());
}

#[test]
fn untranslated_phrases_are_listed() {
    let dutch = Translation::new(Language::new("nl").unwrap());
    assert_eq!(dutch.untranslated().count(), Phrase::all().count());
    let dutch = dutch.with(Phrase::CallEnd, "Tot ziens.").unwrap();
    assert!(dutch.untranslated().all(|phrase| phrase != Phrase::CallEnd));
    let austrian = Translation::new(Language::new("de-AT").unwrap());
    assert_eq!(austrian.untranslated().count(), 0);
    assert_eq!(austrian.text(Phrase::RequestTitle), "Anmeldeanfrage");
}
