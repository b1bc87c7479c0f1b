//! Redaction of secrets, codes and addresses in all output.

use alloc::collections::BTreeSet;
use core::fmt::{Debug, Display};

use crate::support::{World, code_of};
use second_factor::{
    Address, Channel, Client, CodeRequest, FirstFactor, Handle, Keys, Next, Policy, Proof, Purpose,
    Secret, SignIn, Storage as _, SubjectId, Verifier, block_on,
    enrollment::{Authority, Enroller},
    message::{Language, Sender, voice::Call},
    otp::{Algorithm, Digits, Hotp, KeyUri, Migration, Steam, Totp, TotpParameters},
    purpose::{Agreement, Operation},
    sans_io::{Moment, Opened, Settled, Subject, TotpAccount},
    storage::Swap,
    testkit::{Preview, SeededEntropy},
};

/// Everything that must not be readable, in each form in which it could appear.
struct Marks(Vec<String>);

impl Marks {
    fn secret(secret: &Secret) -> Vec<String> {
        let bytes = secret.expose_bytes();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        vec![
            secret.expose_base32().expose().to_owned(),
            hex.clone(),
            hex.to_uppercase(),
            format!("{bytes:?}").trim_matches(['[', ']']).to_owned(),
        ]
    }

    fn assert_absent(&self, text: &str) {
        for mark in &self.0 {
            assert!(!text.contains(mark), "{mark:?} appears in {text:?}");
        }
    }

    /// Something is shown, but none of the marks.
    fn check(&self, value: &dyn Debug) {
        assert_ne!(format!("{value:?}"), "");
        self.assert_absent(&format!("{value:?}"));
        self.assert_absent(&format!("{value:#?}"));
    }

    fn check_shown(&self, value: &dyn Display) {
        self.assert_absent(&value.to_string());
    }
}

#[test]
fn failure_065_otp_values_debug_output_is_redacted() {
    let secret = Secret::new(b"PQRSTUVWXYZ[]^_abcdef").unwrap();
    let totp = Totp::new(&secret);
    let hotp = Hotp::with(&secret, Algorithm::Sha256, Digits::Eight);
    let now = second_factor::UnixTime::from_secs(crate::support::NOON);
    let code = totp.code(now).unwrap();
    let uri = KeyUri::totp("Example", "carol@example.org", &secret, TotpParameters::new()).unwrap();
    let mut marks = Marks::secret(&secret);
    marks.extend([code.expose().to_owned(), "carol".to_owned()]);
    let marks = Marks(marks);
    marks.check(&secret);
    marks.check(&secret.expose_base32());
    marks.check(&totp);
    marks.check(&hotp);
    marks.check(&Steam::new(&secret));
    marks.check(&code);
    marks.check(&uri);
    marks.check(&uri.expose_uri());
    let qr = second_factor::qr::QrCode::new(&uri.expose_uri()).unwrap();
    marks.check(&qr);
    marks.check(&qr.expose_svg());
    marks.check(&qr.expose_terminal());
    marks.check(&qr.expose_png(8).unwrap());
    let export = Migration::parse("otpauth-migration://offline?data=");
    marks.check(&export.unwrap());
}

#[test]
fn constructor_errors_contain_no_input() {
    const MARK: &str = "QQMARKQQ";
    let marks = Marks(vec![MARK.to_owned(), MARK.to_lowercase()]);
    let long = MARK.repeat(3);
    let errors: Vec<Box<dyn core::error::Error>> = vec![
        Box::new(Secret::from_base32(&format!("{MARK}1")).unwrap_err()),
        Box::new(Secret::new(MARK.as_bytes()).unwrap_err()),
        Box::new(Secret::import_base32(&format!("{MARK}1")).unwrap_err()),
        Box::new(Address::phone(MARK).unwrap_err()),
        Box::new(Address::email(MARK).unwrap_err()),
        Box::new(MARK.parse::<Handle>().unwrap_err()),
        Box::new(TotpAccount::new(&format!("{MARK}:")).unwrap_err()),
        Box::new(Client::new(MARK).unwrap_err()),
        Box::new(SubjectId::new(long.repeat(30)).unwrap_err()),
        Box::new(KeyUri::parse(MARK).unwrap_err()),
        Box::new(KeyUri::parse(&format!("otpauth://totp/{MARK}?secret={MARK}1")).unwrap_err()),
        Box::new(KeyUri::parse(&format!("otpauth://totp/A:b?{MARK}={MARK}")).unwrap_err()),
        Box::new(second_factor::otp::Migration::parse(MARK).unwrap_err()),
        Box::new(second_factor::message::Sender::new(&format!("{MARK}:")).unwrap_err()),
    ];
    for error in errors {
        marks.check(&error);
        marks.check_shown(&error);
    }
}

#[test]
fn failure_093_debug_output_shows_no_code_address_or_subject() {
    block_on(async {
        let world = World::new();
        let client = Client::new(b"binding-of-the-browser").unwrap();
        let enrollment =
            world.verifier.enroll_totp(&world.alice, "carol@example.org").await.unwrap();
        let secret = Secret::import_base32(enrollment.expose_secret().expose()).unwrap();
        let code = Totp::new(&secret).code(world.clock.time()).unwrap();
        let mut marks = Marks::secret(&secret);
        marks.extend(
            ["alice", "carol", "4155550100", "binding-of-the-browser", "thirty-two"]
                .map(str::to_owned),
        );
        marks.push(format!("{:?}", crate::support::ROOT).trim_matches(['[', ']']).to_owned());
        marks.push(code.expose().to_owned());
        let mut marks = Marks(marks);
        marks.check(&enrollment);
        marks.check(&enrollment.expose_uri());

        let verified =
            world.verifier.confirm(&world.alice, &enrollment, code.expose()).await.unwrap();
        marks.check(&verified);
        marks.check(&Authority::from(&verified));
        marks.check(&Enroller::from(&verified));
        let grant = world.verifier.grant(&verified).unwrap();
        marks.0.push(grant.expose().to_owned());
        marks.check(&grant);

        let sent = world.verifier.enroll_address(&verified, &world.number).await.unwrap();
        let message = world.phone.take().unwrap();
        marks.0.push(code_of(&message));
        marks.check(&message);
        marks.check(&message.expose_text());
        marks.check(&sent);
        marks.check(sent.handle());
        marks.check(&world.number);
        marks.check(&Proof::sent_code(&sent, code_of(&message)));
        marks.check(&Proof::totp(code.expose()));
        marks.check(&CodeRequest::to_address(&world.number));
        marks.check(&CodeRequest::register(&world.number));
        marks.check(&second_factor::enrollment::HotpToken::new(&secret));
        marks.check(&Proof::hotp(code.expose()));
        marks.check(&world.store);
        let builder = Verifier::builder(
            "Example",
            world.store.clone(),
            world.phone.clone(),
            Keys::new(crate::support::ROOT),
        )
        .first_factor(FirstFactor::Password);
        marks.check(&builder);
        marks.check(&client);
        marks.check(&world.alice);
        marks.check(&world.verifier);
        marks.check(&world.verifier.for_client(client));
        marks.check(&world.verifier.next(&world.alice).await.unwrap());

        let account = TotpAccount::new("carol@example.org").unwrap();
        marks.check(&account);
        let error = world.try_app(code.expose()).await.unwrap_err();
        marks.check(&error);
        marks.check_shown(&error);
        let (keys, policy) = (Keys::new(crate::support::ROOT), Policy::default());
        marks.check(&keys);
        let moment = |n| Moment::new(world.clock.time(), [n; 32]);
        marks.check(&moment(1));
        let opened = Subject::open(&keys, &policy, &world.alice, None, moment(1)).unwrap();
        marks.check(&opened);
        let Opened::Ready(subject) = opened else { panic!("the record needs no repair") };
        let request = CodeRequest::register(&world.number);
        let mut reserved = subject.plan(&request, [1; 16]).unwrap();
        marks.check(&reserved);
        while let Some(charge) = reserved.next() {
            marks.check(&charge);
            let reserving = charge.apply(&keys, &policy, None, moment(2)).unwrap().unwrap();
            marks.check(&reserving);
            let Settled::Done { outcome, .. } = reserving.settle(Swap::Commit) else {
                panic!("done")
            };
            reserved = outcome.unwrap();
            marks.check(&reserved);
        }
        let sender = Sender::new("Example").unwrap();
        let sending = subject.send(&request, &reserved, &sender).unwrap();
        marks.check(&sending);
        let settled = sending.settle(Swap::Commit);
        marks.check(&settled);
        let Settled::Done { outcome: Ok(sending), .. } = settled else { panic!("it is sent") };
        marks.0.push(code_of(&sending.messages[0]));
        marks.check(&sending);
        marks.check(&world.phone);
    });
}

/// Empty `Debug` output would not help an on-call engineer.
#[test]
fn debug_output_names_its_type() {
    block_on(async {
        let (world, app, token) = crate::support::devices::with_device().await;
        let recognized = crate::support::devices::recognize(&world, &token).await.unwrap();
        assert_eq!(recognized.recognized_at(), world.clock.time());
        let absent = SubjectId::new("unknown").unwrap();
        let next = world.verifier.next(&absent).await.unwrap();
        let Next::Done(SignIn::Unprotected(unprotected)) = next else {
            panic!("no factor is enrolled")
        };
        let keys = Keys::new(crate::support::ROOT);
        let id = keys.subject_record(&world.alice);
        let record = world.store.load(&id).await.unwrap().unwrap();
        let agreement = Agreement::new([("amount", "25.00 EUR")]).unwrap();
        let Purpose::Transaction(hash) = agreement.purpose() else {
            panic!("the purpose is a transaction")
        };
        let policy = Policy::default();
        let moment = Moment::new(world.clock.time(), [3; 32]);
        let opened = Subject::open(&keys, &policy, &world.alice, Some(&record), moment).unwrap();
        let Opened::Ready(subject) = opened else { panic!("the record needs no repair") };
        let device = *recognized.device();
        let sender = Sender::new("Example").unwrap();
        let spoken = Preview::new(sender, Channel::Voice).message(Operation::SignIn);
        let call = Call::new(spoken, Moment::new(world.clock.time(), [4; 32])).unwrap();
        let shown: [(&str, &dyn Debug); 11] = [
            ("Recognized {", &recognized),
            ("Unprotected {", &unprotected),
            ("Subject {", &subject),
            ("Record {", &record),
            ("RecordId(", &id),
            ("ItemId(", &device),
            ("Agreement(", &agreement),
            ("AgreementHash(", &hash),
            ("Language(en)", &Language::new("en").unwrap()),
            ("SeededEntropy {", &SeededEntropy::new(7)),
            ("Call {", &call),
        ];
        for (begin, value) in shown {
            assert!(format!("{value:?}").starts_with(begin), "{value:?}");
        }
        assert_eq!(Language::new("pt-BR").unwrap().to_string(), "pt-BR");
        let _ = app;
    });
}

#[test]
fn failure_058_every_refusal_has_the_same_text() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let mut texts = BTreeSet::new();
        let correct = app.code(&world.clock);
        let _ = world.try_app(&correct).await.unwrap();
        for typed in [correct.clone(), app.incorrect(&world.clock), "x".into(), String::new()] {
            texts.insert(world.try_app(&typed).await.unwrap_err().to_string());
        }
        let absent = SubjectId::new("unknown").unwrap();
        let answer = world.verifier.verify(&absent, Proof::totp(&correct)).await;
        texts.insert(answer.unwrap_err().to_string());
        for _ in 0..4 {
            texts
                .insert(world.try_app(&app.incorrect(&world.clock)).await.unwrap_err().to_string());
        }
        assert_eq!(texts.into_iter().collect::<Vec<_>>(), ["not verified"]);
        // A lock is the same for every code.
        for typed in [correct, app.incorrect(&world.clock)] {
            let locked = world.try_app(&typed).await.unwrap_err();
            assert!(locked.retry_at().is_some());
            assert_eq!(locked.to_string(), "too many incorrect codes; try again later");
        }
    });
}

#[test]
fn failure_090_record_reveals_nothing_of_its_content() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let keys = Keys::new(crate::support::ROOT);
        let id = keys.subject_record(&world.alice);
        let record = second_factor::Storage::load(&world.store, &id).await.unwrap().unwrap();
        let holds = |text: &[u8]| record.bytes().windows(text.len()).any(|part| part == text);
        assert!(!holds(b"4155550100") && !holds(b"alice"));
        assert!(!format!("{record:?}").contains("bytes"));
        // Another root derives other ids and opens nothing.
        let other = Keys::new(core::array::from_fn(|i| i as u8));
        assert_ne!(other.subject_record(&world.alice), id);
        let policy = Policy::default();
        let moment = Moment::new(world.clock.time(), [3; 32]);
        assert!(Subject::open(&other, &policy, &world.alice, Some(&record), moment).is_err());
    });
}
