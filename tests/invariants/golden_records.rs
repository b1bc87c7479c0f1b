//! Golden records: every released format stays readable.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::time::Duration;
use std::{fs, path::PathBuf};

use crate::support::{NOON, ROOT, UNDO, World, devices::recognize_by, mail, prove, reason};
use second_factor::{
    Address, Client, CodeRequest, FactorKind, FirstFactor, Handle, Keys, MemoryStorage, NewDevice,
    Policy, Proof, Secret, Storage as _, SubjectId, Verifier, block_on,
    enrollment::{Enroller, HotpToken, NewSecurityKey, NewTotp},
    otp::Totp,
    proof::RequestedFrom,
    purpose::{Agreement, Operation},
    sans_io::RootSentinel,
    storage::{Record, RecordId, Swap, Version},
    testkit::{ManualClock, MessageLog, SeededEntropy},
};

const PIN: &str = "493817";
const FORMAT: u8 = 1;

/// The records, and what the user held when they were written.
struct Golden {
    store: MemoryStorage,
    held: Vec<String>,
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/format_{FORMAT}.txt"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// One line per record with its id, version and bytes; then what the user held.
fn read() -> Golden {
    let (store, text) = (MemoryStorage::new(), fs::read_to_string(file()).unwrap());
    let mut held = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(' ').collect();
        let ["record", id, version, bytes] = fields[..] else {
            held.push(line.strip_prefix("held ").unwrap().to_owned());
            continue;
        };
        let version = Version::new(version.parse().unwrap());
        let record = Record::new(version, unhex(bytes));
        let id = known_ids().into_iter().find(|known| known.to_string() == id).unwrap();
        assert_eq!(block_on(store.compare_and_swap(&id, None, &record)), Ok(Swap::Commit));
    }
    Golden { store, held }
}

fn keys() -> Keys {
    Keys::new(ROOT)
}

fn number() -> Address {
    Address::phone("+14155550100").unwrap()
}

fn known_ids() -> Vec<RecordId> {
    let subjects = ["alice", "bob"].map(|name| SubjectId::new(name).unwrap());
    let mut ids = vec![RootSentinel::record_id()];
    ids.extend(subjects.map(|subject| keys().subject_record(&subject)));
    ids.extend([keys().budget_record(&number()), keys().prefix_record(&number()).unwrap()]);
    ids.push(keys().subject_record(&SubjectId::new("carol").unwrap()));
    ids
}

/// Enrolls three apps of a third subject, two with names. Returns their secrets.
async fn enroll_three_apps(world: &World) -> Vec<String> {
    let (verifier, carol) = (&world.verifier, SubjectId::new("carol").unwrap());
    let (mut secrets, mut last) = (Vec::new(), None);
    for label in ["", "Work phone", "Tablet"] {
        let enroller = last.as_ref().map_or_else(|| (&carol).into(), Enroller::from);
        let new = NewTotp::new("carol").named(label);
        let begun = verifier.enroll_totp(enroller, new).await.unwrap();
        let secret = begun.expose_secret().expose().to_owned();
        let code = crate::support::App::scan(&secret).code(&world.clock);
        let confirmed = verifier.confirm(&carol, &begun, &code).await.unwrap();
        last = confirmed.verified();
        secrets.push(secret);
    }
    secrets
}

/// Fills the record of a second subject with what waits for an answer.
async fn begin_everything(world: &World) {
    let bob = World {
        alice: SubjectId::new("bob").unwrap(),
        store: world.store.clone(),
        clock: world.clock.clone(),
        phone: world.phone.clone(),
        log: world.log.clone(),
        verifier: world.verifier.for_client(Client::new([7; 16]).unwrap()),
        number: number(),
    };
    let (verifier, id) = (&bob.verifier, &bob.alice);
    let (app, verified) = bob.with_settled_app().await;
    let _ = bob.with_phone(&verified).await;
    let begun = verifier.enroll_security_key(&verified, b"state").await.unwrap();
    let key = NewSecurityKey::new("blue", b"credential").unwrap();
    let _ = verifier.confirm_security_key(id, begun.expose(), key).await.unwrap();
    let device = NewDevice::new("Pixel, Porto").with_push(&Address::push("token").unwrap());
    world.clock.advance(30);
    let proof = Proof::totp(app.code(&world.clock)).trusting(device);
    let verified = verifier.verify(id, proof).await.unwrap();
    verifier.set_pin(&verified, PIN).await.unwrap();
    let stranger = world.verifier.for_client(Client::new([8; 16]).unwrap());
    let unrequested = stranger.send_code(id, CodeRequest::register(&bob.number)).await.unwrap();
    verifier.report_unrequested(id).await.unwrap();
    drop(unrequested);
    world.clock.advance(600);
    let due = verifier.verify(id, Proof::totp(app.code(&world.clock))).await.unwrap_err();
    let proof = Proof::pin(*due.pending_pin().unwrap(), PIN);
    let verified = verifier.verify(id, proof).await.unwrap();
    let counting = HotpToken::new(&Secret::new(b"a token of twenty by").unwrap());
    let _ = verifier.enroll_hotp(&verified, &counting).await.unwrap();
    let _ = verifier.enroll_address(&verified, &mail()).await.unwrap();
    let support = verifier.support("carol", "ticket 4711");
    let _ = support.issue_code(id, Duration::from_secs(3600)).await.unwrap();
    let from = RequestedFrom::new("Firefox", "Lisbon");
    let _ = verifier.request_sign_in(id, Operation::SignIn, &from).await.unwrap();
    world.clock.advance(300);
    let _ = verifier.send_code(id, CodeRequest::register(&bob.number)).await.unwrap();
    let agreed = Agreement::new([("amount", "25.00 EUR")]).unwrap();
    let request = CodeRequest::to_address(&bob.number).agreement(&agreed);
    let _ = verifier.send_code(id, request).await.unwrap();
    world.clock.advance(30);
    let due = verifier.verify(id, Proof::totp(app.code(&world.clock))).await.unwrap_err();
    let _ = verifier.begin_pin_reset(id, due.pending_pin().unwrap()).await.unwrap();
    assert!(verifier.verify(id, Proof::totp(app.incorrect(&world.clock))).await.is_err());
}

fn verifier(store: &MemoryStorage, clock: &ManualClock) -> Verifier {
    Verifier::builder("Example", store.clone(), MessageLog::new(), keys())
        .first_factor(FirstFactor::Password)
        .policy(Policy::builder().danger_cheap_hashes().build().unwrap())
        .clock(clock.clone())
        .entropy(SeededEntropy::new(5))
        .build()
        .unwrap()
}

#[test]
fn golden_record_opens_and_every_proof_succeeds() {
    block_on(async {
        let Golden { store, held } = read();
        let [secret, token, backup, device, handle, code, ..] = &held[..] else {
            panic!("{held:?}")
        };
        let (clock, alice) = (ManualClock::at(NOON + UNDO + 600), SubjectId::new("alice").unwrap());
        let verifier = verifier(&store, &clock);

        let status = verifier.status(&alice).await.unwrap();
        let kinds: Vec<FactorKind> = status.factors().iter().map(|factor| factor.kind()).collect();
        for kind in [FactorKind::Totp, FactorKind::Hotp, FactorKind::Phone, FactorKind::Email] {
            assert!(kinds.contains(&kind), "{kind:?} of {kinds:?}");
        }
        assert_eq!(status.backup_codes_left(), Some(9));
        assert!(status.pin().is_some());

        let known = recognize_by(&verifier, &alice, device).await.unwrap();
        assert_eq!(known.label(), "Firefox, Lisbon");
        let app = Totp::new(&Secret::from_base32(secret).unwrap());
        let token = second_factor::otp::Hotp::new(&Secret::from_base32(token).unwrap());
        let counted = token.code(second_factor::otp::Step::new(2)).expose().to_owned();
        let sent = handle.parse::<Handle>().unwrap();
        for proof in
            [Proof::sent_code(sent, code), Proof::backup_code(backup), Proof::hotp(&counted)]
        {
            let error = verifier.verify(&alice, proof.clone()).await.unwrap_err();
            let due = *error.pending_pin().unwrap_or_else(|| panic!("{proof:?}: {error:?}"));
            let verified = verifier.verify(&alice, Proof::pin(due, PIN)).await.unwrap();
            assert!(verified.factors().contains(&FactorKind::Pin));
        }
        clock.set(NOON + UNDO + 4000);
        let typed = app.code(clock.time()).unwrap().expose().to_owned();
        assert!(
            verifier.verify(&alice, Proof::totp(&typed)).await.unwrap_err().pending_pin().is_some()
        );
        let again = verifier.verify(&alice, Proof::totp(&typed)).await;
        assert_eq!(reason(again), second_factor::Reason::Replayed);
    });
}

#[test]
fn golden_record_of_three_apps_has_their_names_and_codes() {
    block_on(async {
        let Golden { store, held } = read();
        let (clock, carol) = (ManualClock::at(NOON + 3 * UNDO), SubjectId::new("carol").unwrap());
        let verifier = verifier(&store, &clock);
        let status = verifier.status(&carol).await.unwrap();
        let labels: Vec<_> = status.factors().iter().map(|app| app.label()).collect();
        assert_eq!(labels, [None, Some("Work phone"), Some("Tablet")]);
        for secret in &held[6..] {
            let app = Totp::new(&Secret::from_base32(secret).unwrap());
            let typed = app.code(clock.time()).unwrap().expose().to_owned();
            assert!(verifier.verify(&carol, Proof::totp(&typed)).await.is_ok());
            let again = verifier.verify(&carol, Proof::totp(&typed)).await;
            assert_eq!(reason(again), second_factor::Reason::Replayed);
        }
        assert_eq!(held.len(), 9);
    });
}

#[test]
fn golden_record_starts_with_its_format() {
    let Golden { store, .. } = read();
    for id in known_ids() {
        let record = block_on(store.load(&id)).unwrap().unwrap();
        assert_eq!(record.bytes()[0], FORMAT, "{id}");
    }
}

/// Run `cargo test --test invariants golden -- --ignored` when the format changes. The file of the
/// new format is committed beside the old ones.
#[test]
#[ignore = "writes the file that the other tests read"]
fn write_golden_records() {
    block_on(async {
        let policy = Policy::builder().danger_cheap_hashes().build().unwrap();
        let world = World::with(policy);
        let (verifier, alice) = (&world.verifier, &world.alice);
        let enrollment = verifier.enroll_totp(alice, "alice").await.unwrap();
        let secret = enrollment.expose_secret().expose().to_owned();
        let app = crate::support::App::scan(&secret);
        let _ = verifier.confirm(alice, &enrollment, &app.code(&world.clock)).await.unwrap();
        world.clock.advance(UNDO);
        let verified = world.try_app(&app.code(&world.clock)).await.unwrap();
        let _ = world.with_phone(&verified).await;
        world.clock.advance(60);
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let counting = Secret::new(b"a token of twenty by").unwrap();
        let token = verifier.enroll_hotp(&verified, &HotpToken::new(&counting)).await.unwrap();
        let hotp = second_factor::otp::Hotp::new(&counting);
        let typed = hotp.code(second_factor::otp::Step::new(0)).expose().to_owned();
        let _ = verifier.confirm(alice, &token, &typed).await.unwrap();
        let codes = verifier.new_backup_codes(&verified).await.unwrap().expose();
        let _ = verifier.verify(alice, Proof::backup_code(codes[0].expose())).await.unwrap();
        world.clock.advance(30);
        let device = NewDevice::new("Firefox, Lisbon");
        let proof = Proof::totp(app.code(&world.clock)).trusting(device);
        let verified = verifier.verify(alice, proof).await.unwrap();
        let device = verified.device_token().unwrap();
        verifier.set_pin(&verified, PIN).await.unwrap();
        world.clock.set(NOON + UNDO + 500);
        let (sent, code) = world.send_to(&world.number).await;

        begin_everything(&world).await;
        let apps = enroll_three_apps(&world).await;
        let mut text = String::from("# Records of format 1, and what their owner held.\n");
        for id in known_ids() {
            let record = world.store.load(&id).await.unwrap().unwrap();
            let (version, bytes) = (record.version().get(), hex(record.bytes()));
            text.push_str(&format!("record {id} {version} {bytes}\n"));
        }
        let base32 = counting.expose_base32();
        let (handle, backup) = (sent.handle().to_string(), codes[1].expose());
        for held in [&secret, base32.expose(), backup, device.expose(), &handle, &code] {
            text.push_str(&format!("held {held}\n"));
        }
        apps.iter().for_each(|secret| text.push_str(&format!("held {secret}\n")));
        fs::write(file(), text).unwrap();
    });
}
