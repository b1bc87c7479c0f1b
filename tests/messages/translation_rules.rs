//! The words of a host: what is taken, and what would break a rule.

#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

use second_factor::{
    Purpose,
    message::{Channel, InvalidTranslation, Language, Phrase, Sender, Translation},
    testkit::Preview,
};

fn with(phrase: Phrase, template: &str) -> Result<Translation, InvalidTranslation> {
    Translation::new(Language::ENGLISH).with(phrase, template)
}

fn why(phrase: Phrase, template: &str) -> InvalidTranslation {
    with(phrase, template).expect_err(template)
}

#[test]
fn every_template_that_is_built_in_keeps_the_rules() {
    for words in Translation::built_in() {
        for phrase in Phrase::all() {
            let same = Translation::new(Language::ENGLISH).with(phrase, words.text(phrase));
            assert!(same.is_ok(), "{words:?} {phrase:?}: {:?}", same.err());
        }
    }
}

#[test]
fn every_phrase_is_named_once() {
    let all: Vec<Phrase> = Phrase::all().collect();
    assert!(all.len() > 60, "{}", all.len());
    let mut sorted = all.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(all, sorted);
    assert_eq!(Translation::built_in().count(), 9);
}

#[test]
fn what_is_replaced_is_said() {
    let words = with(Phrase::CodeSignIn, "{code} opens {issuer} for you.").unwrap();
    assert_eq!(words.text(Phrase::CodeSignIn), "{code} opens {issuer} for you.");
    let words = words.with(Phrase::CodeSignIn, "{code} opens {issuer}, and nothing else.").unwrap();
    let sender = Sender::new("Example").unwrap().with_translation(words);
    let message = Preview::new(sender, Channel::Sms).message(Purpose::SignIn);
    assert!(
        message.expose_text().expose().starts_with("747723 opens Example, and nothing else. It")
    );
}

#[test]
fn the_code_stands_alone() {
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
fn the_code_and_the_issuer_are_there_once() {
    for wrong in [
        "Sign in.",
        "{code} to sign in.",
        "{issuer} lets you in.",
        "{code} {code} from {issuer}",
        "{code} {issuer} and {issuer}",
        "",
    ] {
        assert_eq!(why(Phrase::CodeSignIn, wrong), InvalidTranslation::Missing, "{wrong}");
    }
    assert_eq!(why(Phrase::CodeEnds, "It ends soon."), InvalidTranslation::Missing);
    assert_eq!(
        why(Phrase::CallGate, "This is {issuer}. Press a key."),
        InvalidTranslation::Missing
    );
    assert_eq!(why(Phrase::NoticeFactorAdded, "something was added."), InvalidTranslation::Missing);
    // Few words may be none: then the many must do. A warning may not.
    assert!(with(Phrase::BriefSignIn, "").is_ok());
    assert_eq!(why(Phrase::BriefWarning, ""), InvalidTranslation::Wordless);
}

#[test]
fn a_brace_opens_a_place_of_the_phrase_or_nothing() {
    for wrong in [
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
        let found = why(Phrase::CodeSignIn, wrong);
        assert_eq!(found, InvalidTranslation::Placeholder, "{wrong}");
    }
    assert_eq!(why(Phrase::CodeWarning, "Never {code}."), InvalidTranslation::Placeholder);
    assert_eq!(why(Phrase::CodeWarning, "{issuer} and {issuer}"), InvalidTranslation::Placeholder);
    assert_eq!(why(Phrase::NoticeAdvice, "Tell {issuer}."), InvalidTranslation::Placeholder);
    // In a call the code is said apart, and nowhere else.
    assert_eq!(
        why(Phrase::CallGate, "{issuer} says {code}, press {digit}"),
        InvalidTranslation::Placeholder
    );
}

#[test]
fn there_is_no_link_and_nothing_that_binds() {
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
    assert!(with(Phrase::CodeEnds, "Ends in {minutes} min. Hurry.").is_ok());
    assert!(with(Phrase::CodeEnds, "Er gilt z.B. {minutes} Min.").is_ok());
}

#[test]
fn a_template_is_one_line_that_can_be_seen() {
    for wrong in ["a\nb", "a\r", "a\tb", "a\u{202e}b", "a\u{2028}b", "a\u{2066}", "\0", "a\u{85}"] {
        assert_eq!(why(Phrase::NoticeAdvice, wrong), InvalidTranslation::Control, "{wrong:?}");
    }
    assert_eq!(why(Phrase::NoticeAdvice, "!!! 123"), InvalidTranslation::Wordless);
    assert_eq!(why(Phrase::NoticeAdvice, &"a".repeat(401)), InvalidTranslation::TooLong);
    assert_eq!(why(Phrase::NoticeAdvice, &"a".repeat(10 << 20)), InvalidTranslation::TooLong);
    assert!(with(Phrase::NoticeAdvice, &"a".repeat(400)).is_ok());
}

#[test]
fn the_code_stands_before_what_others_wrote() {
    let late = "To agree ({agreed}) type {code} at {issuer}";
    assert_eq!(why(Phrase::CodeTransaction, late), InvalidTranslation::Order);
    assert!(with(Phrase::CodeTransaction, "Type {code} at {issuer} to agree ({agreed})").is_ok());
    // Where the code is said apart there is no order.
    assert!(with(Phrase::UseTransaction, "({agreed}) at {issuer}").is_ok());
}

#[test]
fn what_is_not_translated_can_be_told() {
    let dutch = Translation::new(Language::new("nl").unwrap());
    assert_eq!(dutch.untranslated().count(), Phrase::all().count());
    let dutch = dutch.with(Phrase::CallEnd, "Tot ziens.").unwrap();
    assert!(dutch.untranslated().all(|phrase| phrase != Phrase::CallEnd));
    let austrian = Translation::new(Language::new("de-AT").unwrap());
    assert_eq!(austrian.untranslated().count(), 0);
    assert_eq!(austrian.text(Phrase::RequestTitle), "Anmeldeanfrage");
}
