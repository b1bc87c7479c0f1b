//! Injection through issuers, agreements and templates.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use second_factor::{
    Channel,
    message::{AppHash, InvalidSender, Language, Sender, Translation},
    purpose::Agreement,
    testkit::Preview,
};

use crate::readers::{Bound, browser, measure, strict};

const BOUND: [&str; 5] = [
    "@evil.example #999999",
    "Bob @evil.example #1",
    "a\u{a0}@evil.example #999999",
    "@- #x",
    "x @evil.example #999999 y",
];

#[test]
fn agreement_that_binds_a_code_is_refused() {
    for forged in BOUND {
        assert!(Agreement::new([("payee", forged)]).is_err(), "{forged}");
        assert!(Agreement::new([(forged, "x")]).is_err(), "{forged}");
    }
    for valid in ["@bob", "bob@example.com", "invoice #12", "@bob, #12", "#1 @bob", "a@b.c #9"] {
        assert!(Agreement::new([("payee", valid)]).is_ok(), "{valid}");
    }
}

#[test]
fn issuer_that_binds_a_code_is_refused() {
    for forged in BOUND.into_iter().chain(["#1 Bank", "Ex\u{202e}ample", "Ex\nample", "Ex\u{2028}"])
    {
        assert_eq!(Sender::new(forged), Err(InvalidSender::Issuer), "{forged:?}");
    }
    assert!(Sender::new("Cl@ve").is_ok());
    assert!(Sender::new("Booking.com").is_ok());
}

#[test]
fn placeholders_in_values_are_not_replaced() {
    let agreement = Agreement::new([("to {code}", "{issuer} {agreed} {minutes}")]).unwrap();
    let sender = Sender::new("{code} {agreed}").unwrap();
    let text = Preview::new(sender, Channel::Sms).transaction(&agreement).expose_text();
    assert!(
        text.expose().starts_with(
            "747723 is your {code} {agreed} code to approve this transaction (to {code}: {issuer} \
             {agreed} {minutes})."
        ),
        "{}",
        text.expose(),
    );
}

/// Accepted issuers, origins, codes and agreements of every kind.
fn anything() -> impl Strategy<Value = (Sender, u64, usize, Option<Agreement>)> {
    let issuer = "[A-Za-zéñßΩ一我अع@.,'&!{}() -]{1,30}"
        .prop_filter_map("an issuer", |text| Sender::new(&text).ok());
    let host = "[a-z0-9-]{1,20}\\.[a-z]{2,10}";
    let tags: Vec<&str> = vec!["ar", "zh", "en", "fr", "de", "hi", "id", "pt", "es", "nl"];
    let value = "[ -~éß一🔑ع@#.;:\u{a0}]{1,60}|@[a-z.]{1,9} ?#[0-9]{1,6}|[0-9]{4,10}";
    let fields = proptest::collection::vec(("[ -~]{1,12}", value), 1..4);
    let agreement = proptest::option::of(fields).prop_map(|fields| {
        let fields = fields?;
        Agreement::new(fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))).ok()
    });
    let parts = (issuer, host, proptest::sample::select(tags), any::<bool>());
    (parts, any::<u64>(), 6_usize..=10, agreement).prop_filter_map(
        "a host",
        |((sender, host, tag, has_app), number, digits, agreement)| {
            let sender = sender.with_origin(&host).ok()?.in_language(Language::new(tag).ok()?);
            let app = AppHash::new("FA+9qCX9VSu").ok()?;
            let sender = if has_app { sender.for_android_app(app) } else { sender };
            let most = core::num::NonZeroU8::new(9)?;
            Some((sender.allow_sms_parts(most), number, digits, agreement))
        },
    )
}

proptest! {
    #[test]
    fn arbitrary_text_cannot_change_the_bound_code(
        (sender, number, digits, agreement) in anything(),
    ) {
        let preview = Preview::new(sender.clone(), Channel::Sms).with_code(number, digits);
        let message = match &agreement {
            Some(agreement) => preview.transaction(agreement),
            None => preview.message(second_factor::purpose::Operation::SignIn),
        };
        let code = message.code().unwrap().expose();
        let sms = message.sms().unwrap();
        let texts = [sms.text().expose().to_owned(), message.expose_text().expose().to_owned()];
        for text in texts {
            let bound = Bound {
                host: sender.origin().unwrap().into(),
                code: code.into(),
                embedded: None,
            };
            prop_assert_eq!((strict(&text), browser(&text)), (Some(bound.clone()), Some(bound)), "{}", text);
            // The code comes before any text from outside, except for the issuer.
            prop_assert!(text.starts_with(&format!("{code} ")), "{}", text);
            // Only the layout adds line breaks, before the last line.
            prop_assert!(text.matches('\n').count() <= 2, "{}", text);
            prop_assert!(!text.contains('\r'));
            if let Some(agreement) = &agreement {
                prop_assert!(text.contains(&agreement.to_string()), "{}", text);
            }
        }
        let (_, parts, units) = measure(sms.text().expose());
        prop_assert_eq!((sms.size().parts(), sms.size().units()), (parts, units));
    }

    #[test]
    fn accepted_template_keeps_the_rules(
        text in "[a-z .{}@#]{0,40}|(\\{code\\}|\\{issuer\\}|\\{agreed\\}| |[a-z]|\\.){0,12}",
        pick in 0_usize..70,
    ) {
        use second_factor::message::Phrase;
        let Some(phrase) = Phrase::all().nth(pick) else { return Ok(()) };
        if let Ok(translation) = Translation::new(Language::ENGLISH).with(phrase, &text) {
            let sender = Sender::new("Example").unwrap().with_origin("example.com").unwrap();
            let sender = sender.with_translation(translation);
            let preview = Preview::new(sender, Channel::Sms);
            for purpose in crate::translations::PURPOSES {
                let sms = preview.message(purpose).sms().unwrap();
                let text = sms.text().expose();
                prop_assert_eq!(browser(text).map(|read| read.host), Some("example.com".to_owned()));
                let line = text.split('\n').next().unwrap();
                let alone = line.split(' ').filter(|word| *word == "747723").count();
                prop_assert_eq!((alone, line.matches("747723").count()), (1, 1), "{}", text);
                prop_assert!(line.contains("Example"));
            }
        }
    }
}
