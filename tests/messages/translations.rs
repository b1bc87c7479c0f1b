//! Built-in translations, for all purposes and notices.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use second_factor::{
    Channel, FactorKind, UnixTime,
    host::Event,
    message::{AppHash, Encoding, Phrase, Sender, Translation},
    purpose::Operation,
    testkit::Preview,
};

use crate::readers::{Bound, browser, measure, strict};

pub(crate) const PURPOSES: [Operation; 7] = [
    Operation::Enroll,
    Operation::Manage,
    Operation::Recover,
    Operation::Register,
    Operation::ResetPin,
    Operation::SignIn,
    Operation::StepUp,
];

pub(crate) fn notices() -> Vec<Event> {
    let kinds = [
        FactorKind::Totp,
        FactorKind::BackupCode,
        FactorKind::Email,
        FactorKind::Phone,
        FactorKind::Pin,
        FactorKind::SignInRequest,
        FactorKind::SecurityKey,
        FactorKind::Hotp,
    ];
    let then = UnixTime::from_secs(1_800_000_000);
    let mut events = vec![
        Event::BackupCodesLow(3),
        Event::ChannelAllowed(Channel::WhatsApp),
        Event::ChannelForbidden(Channel::WhatsApp),
        Event::DeviceAdded,
        Event::DeviceStolen,
        Event::PinReset,
        Event::PinResetStarted(then),
        Event::PinResetCancelled,
        Event::PinResetReminder(then),
        Event::Recovered,
        Event::Registered,
        Event::RequestsOff,
        Event::Reset { actor: "admin".into(), reason: "asked".into() },
        Event::SecretsExported { actor: "admin".into(), reason: "asked".into() },
        Event::SignedOutEverywhere,
        Event::SupportCodeIssued { actor: "admin".into(), reason: "asked".into() },
        Event::TurnedOff,
        Event::Unlocked { actor: "admin".into(), reason: "asked".into() },
        // Reported to the application only: an event without a phrase of its own.
        Event::ClockFault,
    ];
    for kind in kinds {
        events.extend([
            Event::AddressConfirmed(kind),
            Event::FactorAdded(kind),
            Event::FactorDisabled(kind),
            Event::FactorLocked(kind),
            Event::FactorRemoved(kind),
            Event::FactorReplaced(kind),
        ]);
    }
    events
}

/// The text without the accents that the GSM alphabet lacks.
pub(crate) fn plain(text: &str) -> String {
    let letter = |c: char| match c {
        'á' | 'â' | 'ã' => 'a',
        'ç' => 'c',
        'ê' => 'e',
        'í' | 'î' | 'ï' => 'i',
        'ó' | 'ô' | 'õ' => 'o',
        'ú' | 'û' => 'u',
        'Í' => 'I',
        _ => c,
    };
    text.chars().map(letter).collect()
}

fn hash() -> AppHash {
    AppHash::new("FA+9qCX9VSu").unwrap()
}

/// Invisible characters that would be copied with the code.
fn is_invisible(symbol: char) -> bool {
    matches!(symbol,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{61c}')
}

/// Senders with and without origin and app, in each language.
fn senders() -> Vec<(Translation, Sender)> {
    let mut all = Vec::new();
    for translation in Translation::built_in() {
        let sender = Sender::new("Example").unwrap().in_language(*translation.language());
        let bound = sender.clone().with_origin("example.com").unwrap();
        for sender in [
            sender.clone(),
            bound.clone(),
            sender.for_android_app(hash()),
            bound.for_android_app(hash()),
        ] {
            all.push((translation.clone(), sender));
        }
    }
    all
}

#[test]
fn both_parsers_read_the_code_for_the_origin() {
    for (translation, sender) in senders() {
        for (purpose, digits) in PURPOSES.into_iter().flat_map(|p| [(p, 6), (p, 8), (p, 10)]) {
            let preview =
                Preview::new(sender.clone(), Channel::Sms).with_code(1_407_477_230, digits);
            let message = preview.message(purpose);
            let code = message.code().unwrap().expose();
            let sms = message
                .sms()
                .unwrap_or_else(|error| panic!("{translation:?} {purpose:?} {digits}: {error}"));
            let text = sms.text().expose();
            let read = sender.origin().map(|origin| Bound {
                host: origin.into(),
                code: code.into(),
                embedded: None,
            });
            assert_eq!((strict(text), browser(text)), (read.clone(), read), "{text}");
            assert!(!text.ends_with('\n') && !text.ends_with(' '), "{text:?}");
        }
    }
}

#[test]
fn sms_starts_with_the_code_and_has_it_once() {
    for (_, sender) in senders() {
        for purpose in PURPOSES {
            let message = Preview::new(sender.clone(), Channel::Sms).message(purpose);
            let sms = message.sms().unwrap();
            let text = sms.text().expose();
            let line = text.split('\n').next().unwrap();
            assert!(line.starts_with("747723 "), "{text}");
            assert_eq!(line.matches("747723").count(), 1, "{text}");
            assert_eq!(
                text.matches("747723").count(),
                1 + usize::from(text.contains('@')),
                "{text}"
            );
            assert!(line.contains("Example"), "{text}");
        }
    }
}

#[test]
fn failure_097_every_sms_has_the_warning_in_its_language() {
    for (translation, sender) in senders() {
        let warnings = [Phrase::CodeWarning, Phrase::BriefWarning]
            .map(|phrase| translation.text(phrase).replace("{issuer}", "Example"));
        for purpose in PURPOSES {
            let message = Preview::new(sender.clone(), Channel::Sms).message(purpose);
            let (sms, all) = (message.sms().unwrap(), message.expose_text());
            let said = |text: &str| warnings.iter().any(|w| plain(text).contains(&plain(w)));
            assert!(said(sms.text().expose()) && said(all.expose()), "{}", sms.text().expose());
        }
    }
}

#[test]
fn each_purpose_has_its_own_text() {
    for (_, sender) in senders() {
        let mut texts: Vec<String> = PURPOSES
            .into_iter()
            .map(|p| Preview::new(sender.clone(), Channel::Sms).message(p).sms().unwrap())
            .map(|sms| sms.text().expose().to_owned())
            .collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), PURPOSES.len());
    }
}

#[test]
fn every_sms_has_one_part_and_the_correct_size() {
    for (_, sender) in senders() {
        let preview = Preview::new(sender.clone(), Channel::Sms);
        let codes = PURPOSES.into_iter().map(|purpose| preview.message(purpose));
        let notices = notices();
        for message in codes.chain(notices.iter().map(|event| preview.notice(event))) {
            let sms = message.sms().unwrap_or_else(|error| panic!("{message:?}: {error}"));
            let size = sms.size();
            let reported = (size.encoding() == Encoding::Gsm7, size.parts(), size.units());
            assert_eq!(reported, measure(sms.text().expose()));
            assert_eq!(size.parts(), 1);
            assert!(size.bytes() <= 140);
        }
    }
}

#[test]
fn sms_has_no_link_and_no_invisible_character() {
    for (_, sender) in senders() {
        let preview = Preview::new(sender.clone(), Channel::Sms);
        let codes = PURPOSES.into_iter().map(|purpose| preview.message(purpose));
        let notices = notices();
        for message in codes.chain(notices.iter().map(|event| preview.notice(event))) {
            let sms = message.sms().unwrap();
            let text = sms.text().expose();
            assert!(!text.contains(is_invisible), "{text:?}");
            let body = text.split("\n@").next().unwrap();
            for link in ["http", "www", "//", ".com", "@"] {
                assert!(!body.contains(link), "{text}");
            }
        }
    }
}

#[test]
fn six_languages_use_the_gsm_alphabet() {
    for translation in Translation::built_in() {
        let tag = translation.language().tag();
        let sender = Sender::new("Example").unwrap().in_language(*translation.language());
        let preview = Preview::new(sender, Channel::Sms);
        let expected = match tag {
            "ar" | "hi" | "zh" => Encoding::Ucs2,
            _ => Encoding::Gsm7,
        };
        for purpose in PURPOSES {
            let size = preview.message(purpose).sms().unwrap().size();
            assert_eq!(size.encoding(), expected, "{tag} {purpose:?}");
        }
    }
}

/// Senders whose issuer and origin have this length together.
fn named(letters: usize, translation: &Translation) -> Vec<Sender> {
    let hosts = [7, 12, letters / 2 + 2, letters - 1];
    let hosts = hosts.into_iter().filter(|host| (4..letters).contains(host));
    let sender = |host: usize| {
        // A label has at most 63 letters.
        let mut name = "h".repeat(host - 3);
        if name.len() > 60 {
            name.replace_range(30..31, ".");
        }
        let (issuer, origin) = ("E".repeat(letters - host), format!("{name}.de"));
        let sender = Sender::new(&issuer).ok()?.in_language(*translation.language());
        Some(sender.with_origin(&origin).unwrap())
    };
    hosts.filter_map(sender).collect()
}

#[test]
fn every_translation_fits_up_to_the_documented_length() {
    for translation in Translation::built_in() {
        let most = match translation.language().tag() {
            "ar" | "hi" | "zh" => 38,
            _ => 70,
        };
        for digits in 6..=10 {
            let senders = named(most - 2 * digits, &translation);
            assert!(!senders.is_empty());
            for (sender, purpose) in
                senders.iter().flat_map(|sender| PURPOSES.map(|purpose| (sender, purpose)))
            {
                let preview = Preview::new(sender.clone(), Channel::Sms);
                let message = preview.with_code(1_407_477_230, digits).message(purpose);
                let size = message.sms().unwrap_or_else(|error| {
                    panic!("{translation:?} {sender:?} {purpose:?} {digits}: {error}")
                });
                assert_eq!(size.size().parts(), 1);
            }
        }
    }
}

#[test]
fn notice_fits_with_an_issuer_of_eleven_letters() {
    for translation in Translation::built_in() {
        let sender = Sender::new("Example Plc").unwrap().in_language(*translation.language());
        let preview = Preview::new(sender, Channel::Sms);
        for event in notices() {
            let sms = preview
                .notice(&event)
                .sms()
                .unwrap_or_else(|error| panic!("{translation:?} {event:?}: {error}"));
            assert!(sms.text().expose().contains("Example Plc"));
        }
    }
}

#[test]
fn each_notice_has_its_own_text() {
    for translation in Translation::built_in() {
        let sender = Sender::new("Example").unwrap().in_language(*translation.language());
        let preview = Preview::new(sender, Channel::Email);
        let mut texts: Vec<String> = notices()
            .iter()
            .map(|event| preview.notice(event).expose_text().expose().to_owned())
            .collect();
        let count = texts.len();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), count, "{translation:?}");
    }
}

#[test]
fn sentences_are_separated_as_in_their_script() {
    for translation in Translation::built_in() {
        let sender = Sender::new("Example").unwrap().in_language(*translation.language());
        let message = Preview::new(sender, Channel::Sms).message(Operation::SignIn);
        let text = message.expose_text();
        let text = text.expose();
        assert!(!text.contains("  ") && !text.contains("。 "), "{text}");
        // The expiry and then the warning follow the purpose.
        let ends = translation.text(Phrase::CodeExpires).replace("{minutes}", "5");
        let gap = if translation.language().tag() == "zh" { "" } else { " " };
        let warning = translation.text(Phrase::CodeWarning).replace("{issuer}", "Example");
        assert!(text.ends_with(&format!("{gap}{ends}{gap}{warning}")), "{text}");
    }
}

#[test]
fn arabic_line_starts_in_arabic() {
    // The first letter with a direction sets that of the line, so it must not be in the issuer.
    let arabic =
        Translation::built_in().find(|translation| translation.language().tag() == "ar").unwrap();
    let sender = Sender::new("Example").unwrap().in_language(*arabic.language());
    let preview = Preview::new(sender, Channel::Sms);
    let codes = PURPOSES.map(|purpose| preview.message(purpose));
    let notices = notices().into_iter().map(|event| preview.notice(&event));
    for message in codes.into_iter().chain(notices) {
        let text = message.expose_text();
        let first = text.expose().chars().find(|c| c.is_alphabetic()).unwrap();
        assert!(('\u{600}'..='\u{6ff}').contains(&first), "{}", text.expose());
    }
}
