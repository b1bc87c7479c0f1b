//! WhatsApp authentication templates.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use core::time::Duration;

use second_factor::{
    Address, Channel, Policy,
    gateway::{
        AppId,
        whatsapp::{Button, InvalidTemplate, Template},
    },
    host::Event,
    message::{AppHash, Language, LayoutError, Sender},
    purpose::Operation,
    testkit::Preview,
};
use serde_json::{Value, json};

fn language(tag: &str) -> Language {
    Language::new(tag).unwrap()
}

fn apps(count: usize) -> Vec<(AppId, AppHash)> {
    let app = (AppId::new("com.example.app").unwrap(), AppHash::new("K8a/AINcGX7").unwrap());
    vec![app; count]
}

fn template(button: Button) -> Template {
    Template::new("verify_code_1", button, &Policy::default()).unwrap()
}

fn created(template: &Template) -> Value {
    serde_json::from_str(&template.creations().next().unwrap()).unwrap()
}

fn preview() -> Preview {
    Preview::new(Sender::new("Example").unwrap(), Channel::WhatsApp)
}

fn sent(template: &Template, preview: &Preview) -> Value {
    let body = template.send(&preview.message(Operation::SignIn)).unwrap();
    serde_json::from_str(body.expose()).unwrap()
}

#[test]
fn copy_code_template_is_created() {
    assert_eq!(
        created(&template(Button::CopyCode)),
        json!({
            "name": "verify_code_1",
            "language": "en",
            "category": "authentication",
            "message_send_ttl_seconds": 300,
            "components": [
                { "type": "body", "add_security_recommendation": true },
                { "type": "footer", "code_expiration_minutes": 5 },
                { "type": "buttons", "buttons": [{ "type": "otp", "otp_type": "copy_code" }] },
            ],
        })
    );
}

#[test]
fn autofill_template_names_the_apps() {
    let app = json!({ "package_name": "com.example.app", "signature_hash": "K8a/AINcGX7" });
    let one_tap = created(&template(Button::OneTap(apps(1))));
    assert_eq!(
        one_tap["components"][2]["buttons"],
        json!([{ "type": "otp", "otp_type": "one_tap", "supported_apps": [app] }])
    );
    let zero_tap = created(&template(Button::ZeroTapTermsAccepted(apps(2))));
    assert_eq!(
        zero_tap["components"][2]["buttons"],
        json!([{
            "type": "otp",
            "otp_type": "zero_tap",
            "zero_tap_terms_accepted": true,
            "supported_apps": [app, app],
        }])
    );
    // The other components are the same for all three.
    for other in [one_tap, zero_tap] {
        let mut copies = created(&template(Button::CopyCode));
        copies["components"][2] = other["components"][2].clone();
        assert_eq!(copies, other);
    }
}

#[test]
fn body_and_button_contain_the_same_code() {
    assert_eq!(
        sent(&template(Button::CopyCode), &preview()),
        json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "14155550100",
            "type": "template",
            "template": {
                "name": "verify_code_1",
                "language": { "code": "en" },
                "components": [
                    { "type": "body", "parameters": [{ "type": "text", "text": "747723" }] },
                    {
                        "type": "button",
                        "sub_type": "url",
                        "index": "0",
                        "parameters": [{ "type": "text", "text": "747723" }],
                    },
                ],
            },
        })
    );
    for digits in 6..=10 {
        let preview = preview().with_code(12_345, digits);
        let body = sent(&template(Button::OneTap(apps(1))), &preview);
        let components = &body["template"]["components"];
        let first = components[0]["parameters"][0]["text"].as_str().unwrap();
        assert_eq!(components[1]["parameters"][0]["text"], first);
        assert!(first.len() == digits && first.len() <= 15);
    }
}

#[test]
fn template_times_follow_the_policy() {
    for (life, minutes) in [(60, 1), (119, 1), (300, 5), (599, 9), (600, 10)] {
        let policy = Policy::builder().code_lifetime(Duration::from_secs(life)).build().unwrap();
        let body = created(&Template::new("a", Button::CopyCode, &policy).unwrap());
        assert_eq!(body["message_send_ttl_seconds"], life);
        // Rounded down: never longer than the lifetime of the code.
        assert_eq!(body["components"][1]["code_expiration_minutes"], minutes);
    }
    // WhatsApp accepts 30 to 900 seconds and 1 to 90 minutes; every policy is within these bounds.
    for life in [59, 601] {
        assert!(Policy::builder().code_lifetime(Duration::from_secs(life)).build().is_err());
    }
}

#[test]
fn template_is_sent_in_the_nearest_language() {
    let tags = ["pt-BR", "zh-Hans", "en-GB", "es", "zh-Hant-HK", "pt-PT", "zh-Hant"];
    let template = template(Button::CopyCode).in_languages(tags.map(language)).unwrap();
    let codes: Vec<String> = template
        .creations()
        .map(|body| serde_json::from_str::<Value>(&body).unwrap())
        .map(|body| body["language"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(codes, ["pt_BR", "zh_CN", "en_GB", "es", "zh_HK", "pt_PT", "zh_TW"]);
    for (user, code) in [
        ("pt-PT", "pt_PT"),
        ("pt", "pt_BR"),
        ("pt-AO", "pt_BR"),
        ("es-MX", "es"),
        ("en", "en_GB"),
        ("en-US", "en_GB"),
        ("zh-Hant-TW", "zh_TW"),
        ("zh-Hans-CN", "zh_CN"),
        ("zh", "zh_CN"),
        // The first language is the fallback.
        ("hi", "pt_BR"),
    ] {
        let sender = Sender::new("Example").unwrap().in_language(language(user));
        let body = sent(&template, &Preview::new(sender, Channel::WhatsApp));
        assert_eq!(body["template"]["language"]["code"], code, "{user}");
    }
}

#[test]
fn template_that_meta_rejects_is_refused() {
    let policy = Policy::default();
    let long = "a".repeat(513);
    for name in ["", "Verify", "verify code", "verify-code", "vérify", "a\n", &long] {
        let refused = Template::new(name, Button::CopyCode, &policy);
        assert_eq!(refused.unwrap_err(), InvalidTemplate::Name, "{name:?}");
    }
    assert!(Template::new(&"a".repeat(512), Button::CopyCode, &policy).is_ok());
    for count in [0, 6] {
        for button in [Button::OneTap(apps(count)), Button::ZeroTapTermsAccepted(apps(count))] {
            let refused = Template::new("a", button, &policy);
            assert_eq!(refused.unwrap_err(), InvalidTemplate::Apps);
        }
    }
    assert!(Template::new("a", Button::OneTap(apps(5)), &policy).is_ok());
    let none = template(Button::CopyCode).in_languages([]);
    assert_eq!(none.unwrap_err(), InvalidTemplate::Languages);
}

#[test]
fn template_requires_a_code_for_whatsapp() {
    let template = template(Button::CopyCode);
    for channel in [Channel::Email, Channel::Push, Channel::Sms, Channel::Voice] {
        let message =
            Preview::new(Sender::new("Example").unwrap(), channel).message(Operation::SignIn);
        assert_eq!(template.send(&message).unwrap_err(), LayoutError::OtherChannel);
    }
    for message in [preview().notice(&Event::DeviceAdded), preview().request()] {
        assert_eq!(template.send(&message).unwrap_err(), LayoutError::OtherChannel);
    }
    let mail = preview().to(Address::email("a@example.com").unwrap());
    assert!(template.send(&mail.message(Operation::SignIn)).is_err());
}

#[test]
fn sent_body_hides_the_code_in_debug() {
    let body = template(Button::CopyCode).send(&preview().message(Operation::SignIn)).unwrap();
    assert!(!format!("{body:?}").contains("747723"));
}
