//! Layout of emails, and injection into them.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use second_factor::{
    Channel, CodeRequest,
    host::Event,
    message::{Email, LayoutError, Phrase, Sender, Translation},
    purpose::{Agreement, Operation},
    testkit::Preview,
};

use crate::{
    readers::strict,
    translations::{PURPOSES, notices},
};

fn preview(sender: Sender) -> Preview {
    Preview::new(sender, Channel::Email)
}

fn example() -> Sender {
    Sender::new("Example").unwrap().with_origin("example.com").unwrap()
}

fn html_tags(html: &str) -> Vec<&str> {
    html.split('<')
        .skip(1)
        .map(|rest| rest.split(['>', ' ', '\n']).next().unwrap())
        .filter(|name| !name.starts_with('/'))
        .collect()
}

/// The text that a browser shows.
fn seen(html: &str) -> String {
    let body = html.split("<body").nth(1).unwrap();
    let mut text = String::new();
    for piece in body.split('<').map(|piece| piece.split_once('>').map_or("", |(_, seen)| seen)) {
        text.push_str(piece);
    }
    for (entity, plain) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    {
        text = text.replace(entity, plain);
    }
    text
}

#[test]
fn email_text_starts_with_the_code_and_ends_bound() {
    for translation in Translation::built_in() {
        for purpose in PURPOSES {
            let sender = example().in_language(*translation.language());
            let email = preview(sender).message(purpose).email().unwrap();
            let lines: Vec<&str> = email.text().expose().split('\n').collect();
            assert_eq!(lines.first(), Some(&"747723"));
            assert_eq!(lines.get(1), Some(&""));
            assert_eq!(lines.last(), Some(&"@example.com #747723"));
            let bound = strict(email.text().expose()).unwrap();
            assert_eq!((&*bound.host, &*bound.code), ("example.com", "747723"));
        }
    }
}

#[test]
fn email_states_purpose_expiry_warning_and_advice() {
    let email = preview(example()).message(Operation::Recover).email().unwrap();
    assert_eq!(
        email.text().expose(),
        "747723\n\n\
         Use this code to recover your Example account. It expires in 5 min. Never share it. We will \
         never ask you for it.\n\n\
         If you did not request this code, someone may know your password. Change it now.\n\n\
         @example.com #747723"
    );
    for translation in Translation::built_in() {
        let sender = example().in_language(*translation.language());
        let email = preview(sender).message(Operation::SignIn).email().unwrap();
        for phrase in
            [Phrase::UseSignIn, Phrase::CodeExpires, Phrase::CodeWarning, Phrase::MailNotYou]
        {
            let text =
                translation.text(phrase).replace("{issuer}", "Example").replace("{minutes}", "5");
            assert!(email.text().expose().contains(&text), "{phrase:?}");
            assert!(seen(email.html().expose()).contains(&text), "{phrase:?}");
        }
    }
}

#[test]
fn email_subject_starts_with_the_code_on_one_line() {
    for translation in Translation::built_in() {
        let sender = example().in_language(*translation.language());
        let email = preview(sender.clone()).message(Operation::SignIn).email().unwrap();
        let subject = email.subject().expose();
        assert!(subject.starts_with("747723 ") && subject.contains("Example"), "{subject}");
        let notice = preview(sender).notice(&Event::DeviceAdded).email().unwrap();
        assert!(notice.subject().expose().contains("Example"));
        assert!(!notice.subject().expose().contains(['\n', '\r', '7']));
    }
}

#[test]
fn email_headers_prevent_replies_and_threading() {
    let email = preview(example()).message(Operation::SignIn).email().unwrap();
    let headers: Vec<(&str, &str)> = email.headers().collect();
    assert_eq!(
        headers[..2],
        [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")]
    );
    let (name, entity) = headers[2];
    assert_eq!((name, entity.len(), headers.len()), ("X-Entity-Ref-ID", 32, 3));
    assert!(entity.chars().all(|c| c.is_ascii_hexdigit()));
    // The reference itself identifies the send, so the header must not contain it.
    assert!(!entity.contains("PREVIEW"));
    let same = preview(example()).message(Operation::StepUp).email().unwrap();
    assert_eq!(same.headers().nth(2), email.headers().nth(2), "it is derived from the reference");
}

#[test]
fn each_send_has_its_own_entity_id() {
    second_factor::block_on(async {
        let world = crate::support::World::new();
        let mail = crate::support::mail();
        let sent = world.verifier.enroll_address(&world.alice, &mail).await.unwrap();
        let first = world.phone.take().unwrap().email().unwrap();
        world.clock.advance(30);
        let _ = world.verifier.send_code(&world.alice, CodeRequest::again(&sent)).await.unwrap();
        let second = world.phone.take().unwrap().email().unwrap();
        assert_ne!(first.headers().nth(2), second.headers().nth(2));
    });
}

#[test]
fn html_has_no_links_resources_or_scripts() {
    for translation in Translation::built_in() {
        let preview = preview(example().in_language(*translation.language()));
        let codes = PURPOSES.map(|purpose| preview.message(purpose));
        let notices = notices();
        let notices = notices.iter().map(|event| preview.notice(event));
        for message in codes.into_iter().chain(notices) {
            let email = message.email().unwrap();
            let html = email.html().expose();
            for tag in html_tags(html) {
                assert!(
                    ["!doctype", "html", "head", "meta", "title", "body", "p"].contains(&tag),
                    "{tag} in {html}"
                );
            }
            for forbidden in ["href", "src=", "url(", "http", "<script", "onload"] {
                assert!(!html.contains(forbidden), "{forbidden} in {html}");
            }
            let direction = if translation.language().tag() == "ar" { "rtl" } else { "ltr" };
            let opening =
                format!("<html lang=\"{}\" dir=\"{direction}\">", translation.language().tag());
            assert!(html.contains(&opening), "{html}");
        }
    }
}

#[test]
fn html_names_the_fallback_language() {
    let dutch = second_factor::message::Language::new("nl").unwrap();
    let email = preview(example().in_language(dutch)).message(Operation::SignIn).email().unwrap();
    assert!(email.html().expose().contains("<html lang=\"en\" dir=\"ltr\">"));
}

#[test]
fn html_shows_the_same_text() {
    let sender = Sender::new("A&B <Co> \"x\" 'y'").unwrap();
    let agreement =
        Agreement::new([("to", "<b>Bob</b> & \"Co\" <img src=x onerror=y>&amp")]).unwrap();
    let email = preview(sender).transaction(&agreement).email().unwrap();
    let text: Vec<&str> = email.text().expose().split("\n\n").collect();
    let html = seen(email.html().expose());
    let shown: Vec<&str> = html.split('\n').filter(|line| !line.is_empty()).collect();
    assert_eq!(shown, text);
    assert!(!html_tags(email.html().expose()).contains(&"img"));
    assert!(!html_tags(email.html().expose()).contains(&"b"));
}

#[test]
fn notice_email_says_what_happened_and_what_to_do() {
    let email = preview(example()).notice(&Event::DeviceAdded).email().unwrap();
    assert_eq!(email.subject().expose(), "Security alert for your Example account");
    assert_eq!(
        email.text().expose(),
        "Example: a new trusted device was added to your account. If this wasn't you, change your \
         password and review your security settings."
    );
}

#[test]
fn message_for_another_channel_is_not_an_email() {
    for channel in [Channel::Push, Channel::Sms, Channel::Voice, Channel::WhatsApp] {
        let preview = Preview::new(example(), channel);
        assert_eq!(
            preview.message(Operation::SignIn).email().unwrap_err(),
            LayoutError::OtherChannel
        );
        assert_eq!(
            preview.notice(&Event::DeviceAdded).email().unwrap_err(),
            LayoutError::OtherChannel
        );
    }
    assert_eq!(preview(example()).request().email().unwrap_err(), LayoutError::OtherChannel);
}

#[test]
fn failure_093_layouts_do_not_print_the_code() {
    let email = preview(example()).message(Operation::SignIn).email().unwrap();
    let sms = Preview::new(example(), Channel::Sms).message(Operation::SignIn).sms().unwrap();
    for debug in [format!("{email:?}"), format!("{sms:?}")] {
        assert!(!debug.contains("747723") && debug.contains("redacted"), "{debug}");
    }
}

fn one_line(email: &Email) -> bool {
    let is_clean = |text: &str| !text.contains(|c: char| c.is_control());
    is_clean(email.subject().expose())
        && email.headers().all(|(name, value)| is_clean(name) && is_clean(value))
}

proptest! {
    #[test]
    fn accepted_text_cannot_break_a_header(issuer in any::<String>(), value in any::<String>()) {
        if let Ok(sender) = Sender::new(&issuer) {
            let preview = preview(sender);
            prop_assert!(one_line(&preview.message(Operation::SignIn).email().unwrap()));
            prop_assert!(one_line(&preview.notice(&Event::DeviceAdded).email().unwrap()));
            if let Ok(agreement) = Agreement::new([("to", value.as_str())]) {
                let email = preview.transaction(&agreement).email().unwrap();
                prop_assert!(one_line(&email));
                prop_assert!(seen(email.html().expose()).contains(&value));
            }
        }
    }
}
