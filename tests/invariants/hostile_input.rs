//! Hostile input: any text or number is answered quickly.

use core::time::Duration;
use std::time::Instant;

use crate::support::{World, reason};
use proptest::prelude::*;
use second_factor::{
    Address, Client, CodeRequest, FirstFactor, Grant, Handle, Keys, Policy, Proof, Purpose, Reason,
    Secret, SubjectId, UnixTime, block_on,
    enrollment::Enroller,
    gateway::{
        AppId,
        whatsapp::{Button, Template},
    },
    message::{AppHash, Language, Phrase, Sender, Translation},
    otp::{Digits, KeyUri, LookAhead, Migration, Period, Step, Window},
    proof::SecurityKeyOutcome,
    purpose::{Agreement, Operation},
    sans_io::{Moment, Opened, RootSentinel, Subject, TotpAccount},
    storage::{Record, Version},
};

/// Generous: input refused unread takes microseconds, input that is read takes tens of
/// milliseconds.
const AT_ONCE: Duration = Duration::from_millis(20);

#[test]
fn record_of_ten_mebibytes_is_refused_quickly() {
    let (keys, policy) = (Keys::new(crate::support::ROOT), Policy::default());
    let alice = SubjectId::new("alice").unwrap();
    let mut bytes = vec![0; 10 << 20];
    bytes[0] = 1;
    let record = Record::new(Version::new(7), bytes);
    let began = Instant::now();
    let moment = Moment::new(UnixTime::from_secs(crate::support::NOON), [7; 32]);
    assert!(Subject::open(&keys, &policy, &alice, Some(&record), moment).is_err());
    assert!(RootSentinel::check(&keys, Some(&record)).is_err());
    assert!(began.elapsed() < AT_ONCE);
}

#[test]
fn failure_054_input_of_ten_mebibytes_is_refused_quickly() {
    let world = World::new();
    block_on(async {
        let (_, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        let sent =
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
        let (sent, _) = (sent.unwrap(), world.read_code());
        for symbol in ["0", "A", "a", "=", " ", "%41", "\u{660}", "+1"] {
            let huge = symbol.repeat((10 << 20) / symbol.len());
            let uri = format!("otpauth://totp/A:b?secret={huge}");
            let migration = format!("otpauth-migration://offline?data={huge}");
            let at_once = |what: &str, refuses: &dyn Fn() -> bool| {
                let began = Instant::now();
                assert!(refuses(), "{what} took {symbol:?}");
                assert!(began.elapsed() < AT_ONCE, "{what} read {symbol:?}");
            };
            at_once("secret", &|| Secret::from_base32(&huge).is_err());
            at_once("import", &|| Secret::import_base32(&huge).is_err());
            at_once("short", &|| Secret::danger_import_short(&huge).is_err());
            at_once("bytes", &|| Secret::new(huge.as_bytes()).is_err());
            at_once("phone", &|| Address::phone(&huge).is_err());
            at_once("email", &|| Address::email(&huge).is_err());
            at_once("handle", &|| huge.parse::<Handle>().is_err());
            at_once("subject", &|| SubjectId::new(&huge).is_err());
            at_once("issuer", &|| Sender::new(&huge).is_err());
            at_once("language", &|| Language::new(&huge).is_err());
            at_once("words", &|| {
                Translation::new(Language::ENGLISH).with(Phrase::CodeSignIn, &huge).is_err()
            });
            at_once("hash", &|| AppHash::new(&huge).is_err());
            at_once("name", &|| AppId::new(&huge).is_err());
            at_once("template", &|| {
                Template::new(&huge, Button::CopyCode, &Policy::default()).is_err()
            });
            at_once("agreement", &|| Agreement::new([("to", huge.as_str())]).is_err());
            at_once("origin", &|| Sender::new("A").unwrap().with_origin(&huge).is_err());
            at_once("uri", &|| KeyUri::parse(&uri).is_err() && KeyUri::import(&uri).is_err());
            at_once("migration", &|| Migration::parse(&migration).is_err());
            at_once("app", &|| block_on(world.try_app(&huge)).is_err());
            at_once("token", &|| {
                block_on(world.verifier.verify(&world.alice, Proof::hotp(&huge))).is_err()
            });
            at_once("pair", &|| {
                let proof = Proof::hotp_resync(&huge, &huge);
                block_on(world.verifier.verify(&world.alice, proof)).is_err()
            });
            at_once("short bytes", &|| Secret::danger_short(huge.as_bytes()).is_err());
            at_once("code", &|| block_on(world.try_code(&sent, &huge)).is_err());
            at_once("confirm", &|| {
                block_on(world.verifier.confirm(&world.alice, &sent, &huge)).is_err()
            });
            at_once("account", &|| block_on(world.verifier.enroll_totp(&verified, &huge)).is_err());
            at_once("client", &|| Client::new(&huge).is_err());
            at_once("passkey", &|| world.verifier.open_passkey(&huge).is_err());
            at_once("ceremony", &|| {
                block_on(world.verifier.ceremony(&world.alice, &huge)).is_err()
            });
            at_once("key", &|| {
                let proof = Proof::security_key(&huge, SecurityKeyOutcome::failed());
                block_on(world.verifier.verify(&world.alice, proof)).is_err()
            });
            let grant = Grant::from_text(&world.alice, &huge);
            at_once("grant", &|| {
                reason(block_on(world.verifier.turn_off(&grant))) == Reason::Unauthorized
            });
            at_once("checked grant", &|| {
                let checked = world.verifier.check_grant(&grant, Purpose::Manage, AT_ONCE);
                reason(block_on(checked)) == Reason::Unauthorized
            });
        }
    });
}

proptest! {
    #[test]
    fn parsers_do_not_panic_on_any_text(text in any::<String>()) {
        let _ = Secret::from_base32(&text);
        let _ = Secret::import_base32(&text);
        let _ = Secret::danger_import_short(&text);
        let _ = Address::phone(&text);
        let _ = Address::email(&text);
        let _ = text.parse::<Handle>();
        let _ = SubjectId::new(&text);
        let _ = Client::new(&text);
        let _ = TotpAccount::new(&text);
        let _ = KeyUri::parse(&text);
        let _ = KeyUri::import(&text);
        let _ = Migration::parse(&text);
        let _ = Language::new(&text);
        let _ = AppHash::new(&text);
        let _ = Agreement::new([("to", text.as_str())]);
        for phrase in Phrase::all() {
            let _ = Translation::new(Language::ENGLISH).with(phrase, &text);
        }
        let _ = Sender::new(&text).and_then(|sender| sender.with_origin(&text));
        let world = World::new();
        let grant = Grant::from_text(&world.alice, &text);
        let refused = reason(block_on(world.verifier.turn_off(&grant)));
        prop_assert_eq!(refused, Reason::Unauthorized);
    }

    #[test]
    fn secret_accepts_exactly_the_allowed_lengths(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        prop_assert_eq!(Secret::new(&bytes).is_ok(), (16..=64).contains(&bytes.len()));
        prop_assert_eq!(Secret::danger_short(&bytes).is_ok(), (10..=64).contains(&bytes.len()));
    }

    #[test]
    fn parameters_accept_exactly_the_allowed_numbers(small in any::<u8>(), other in any::<u8>(), large in any::<u64>()) {
        prop_assert_eq!(Digits::new(small).is_ok(), (6..=9).contains(&small));
        prop_assert_eq!(LookAhead::new(small).is_ok(), small <= 100);
        prop_assert_eq!(Period::new(large).is_ok(), (15..=120).contains(&large));
        prop_assert_eq!(Window::new(small, other).is_ok(), small <= 2 && other <= 2);
        let time = UnixTime::from_secs(large);
        prop_assert!(time.plus(u64::from(small)) >= time);
        prop_assert_eq!(time.since(time.plus(u64::from(small))), 0);
        let _ = Step::new(large).next();
    }

    #[test]
    fn address_round_trips_and_is_masked(text in "\\+[1-9][0-9 ().-]{4,30}|[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,40}@[a-zA-Z0-9.-]{1,40}") {
        for address in [Address::phone(&text), Address::email(&text)].into_iter().flatten() {
            let again = match address.kind() {
                second_factor::address::AddressKind::Phone => Address::phone(address.expose()),
                _ => Address::email(address.expose()),
            };
            prop_assert_eq!(again.as_ref(), Ok(&address));
            prop_assert!(address.masked().contains("••"));
            prop_assert!(!address.expose().contains(['\r', '\n', ' ', ',', ';', '<', '>']));
        }
    }

    #[test]
    fn arbitrary_record_is_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        version in any::<i64>(),
    ) {
        let (keys, policy) = (Keys::new(crate::support::ROOT), Policy::default());
        let record = Record::new(Version::new(version), bytes);
        let alice = SubjectId::new("alice").unwrap();
        let moment = Moment::new(UnixTime::from_secs(crate::support::NOON), [7; 32]);
        prop_assert!(Subject::open(&keys, &policy, &alice, Some(&record), moment).is_err());
    }

    #[test]
    fn decisions_do_not_panic_on_any_time_or_text(
        now in prop_oneof![any::<u64>(), 0_u64..200, (u64::MAX - 200)..=u64::MAX],
        typed in prop_oneof![any::<String>(), "[0-9]{5,11}"],
        account in any::<String>(),
    ) {
        let (keys, policy) = (Keys::new(crate::support::ROOT), Policy::default());
        let alice = SubjectId::new("alice").unwrap();
        let open = || {
            let moment = Moment::new(UnixTime::from_secs(now), [7; 32]);
            match Subject::open(&keys, &policy, &alice, None, moment).unwrap() {
                Opened::Ready(subject) => subject.after(&FirstFactor::Password),
                Opened::NeedsRepair(_) | Opened::RolledBack(_) => {
                    panic!("without a record nothing needs repair")
                }
            }
        };
        let _ = open().verify(Operation::SignIn, &Proof::totp(&typed));
        if let Ok(account) = TotpAccount::new(&account) {
            let sender = Sender::new("Example").unwrap();
            let _ = open().enroll_totp(&Enroller::from(&alice), &sender, &account);
        }
        let handle = "0400000000000000000000000000".parse::<Handle>().unwrap();
        let _ = open().confirm(&handle, &typed);
        let _ = open().verify(Operation::SignIn, &Proof::hotp(&typed));
        let _ = open().ceremony(&typed);
        let failed = SecurityKeyOutcome::failed();
        let _ = open().verify(Operation::SignIn, &Proof::security_key(&typed, failed));
        let _ = open().verify(Operation::SignIn, &Proof::hotp_resync(&typed, &account));
        let _ = open().verify(Operation::SignIn, &Proof::sent_code(handle, &typed));
    }

    #[test]
    fn verifier_does_not_panic_at_any_time(
        start in prop_oneof![any::<u64>(), 0_u64..200, (u64::MAX - 2000)..=u64::MAX],
        jumps in proptest::collection::vec(any::<u64>(), 4),
    ) {
        block_on(async {
            let world = World::new();
            world.clock.set(start);
            let enrollment = world.verifier.enroll_totp(&world.alice, "alice").await.unwrap();
            let app = crate::support::App::scan(enrollment.expose_secret().expose());
            let code = app.code(&world.clock);
            let _ = world.verifier.confirm(&world.alice, &enrollment, &code).await.unwrap();
            for jump in jumps {
                world.clock.set(jump);
                let code = app.code(&world.clock);
                let _ = world.try_app(&code).await;
                let _ = world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await;
                let _ = world.verifier.next(&world.alice).await.unwrap();
            }
        });
    }
}
