//! Fuzzing of messages.
//!
//! Parsers extract exactly our code and our origin, for every name, origin, language, code and
//! agreement.

#![no_main]
#![allow(dead_code, reason = "the tests use more of this module")]

#[path = "../../tests/messages/readers.rs"]
mod readers;

use core::num::NonZeroU8;

use libfuzzer_sys::fuzz_target;
use second_factor::{
    Channel,
    message::{AppHash, Language, Sender},
    purpose::{Agreement, Operation},
    testkit::Preview,
};

use crate::readers::{Bound, browser, measure, strict};

// One line each: name, origin, language, app hash, allowed SMS parts, code, lifetime, purpose; then
// names and values of the agreement.
fuzz_target!(|text: &str| {
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (issuer, origin, language, app) = (line(), line(), line(), line());
    let (most, number, secs, purpose) = (line(), line(), line(), line());
    let fields: Vec<&str> = lines.collect();
    let named = fields.chunks(2).map(|pair| (pair[0], *pair.get(1).unwrap_or(&"")));
    let agreement = (!fields.is_empty()).then(|| Agreement::new(named).ok()).flatten();

    let Ok(sender) = Sender::new(issuer).or_else(|_| Sender::new("Example")) else { return };
    let with_origin = sender.clone().with_origin(origin);
    let Ok(sender) = with_origin.or_else(|_| sender.with_origin("example.com")) else { return };
    let mut sender = sender.in_language(Language::new(language).unwrap_or(Language::ENGLISH));
    if let Ok(app) = AppHash::new(app) {
        sender = sender.for_android_app(app);
    }
    let most = most.parse::<NonZeroU8>().ok();
    if let Some(most) = most {
        sender = sender.allow_sms_parts(most);
    }
    let digits = number.len().clamp(6, 10);
    let number: u64 = number.parse().unwrap_or(747_723);
    let secs: u16 = secs.parse().unwrap_or(300);
    let most = most.map_or(1, |most| usize::from(most.get()));
    let purposes = [
        Operation::Enroll,
        Operation::Manage,
        Operation::Recover,
        Operation::Register,
        Operation::ResetPin,
        Operation::SignIn,
        Operation::StepUp,
    ];
    let purpose = purposes[purpose.len() % purposes.len()];
    for channel in [Channel::Sms, Channel::Email, Channel::Voice, Channel::WhatsApp] {
        let preview = Preview::new(sender.clone(), channel)
            .with_code(number, digits)
            .with_lifetime(u64::from(secs));
        let message = match &agreement {
            Some(agreement) => preview.transaction(agreement),
            None => preview.message(purpose),
        };
        let code = message.code().expect("a message with a code").expose().to_owned();
        assert!(code.len() == digits && code.bytes().all(|byte| byte.is_ascii_digit()));
        let ours =
            Bound { host: sender.origin().unwrap().into(), code: code.clone(), embedded: None };
        if channel == Channel::Sms {
            let Ok(sms) = message.sms() else { continue };
            let text = sms.text();
            let text = text.expose();
            let read = (strict(text), browser(text));
            assert_eq!(read, (Some(ours.clone()), Some(ours)), "{text:?}");
            // One part, unless more are allowed explicitly.
            let (_, parts, units) = measure(text);
            assert_eq!((sms.size().parts(), sms.size().units()), (parts, units), "{text:?}");
            assert!(parts <= most, "{text:?}");
            assert!(!text.contains('\r') && text.matches('\n').count() <= 2, "{text:?}");
            if let Some(agreement) = &agreement {
                assert!(text.contains(&agreement.to_string()), "{text:?}");
            }
        }
        if let Ok(email) = message.email() {
            assert!(!email.subject().expose().contains(['\r', '\n']));
            let html = email.html();
            assert!(!html.expose().contains("<script"), "{}", html.expose());
        }
    }
});
