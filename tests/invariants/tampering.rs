//! Tampering: changed, truncated, moved or stolen records.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use alloc::collections::BTreeSet;

use crate::support::{
    ROOT, World,
    devices::{NotRecognized, recognize},
    moment, prove,
    slow::{Alice, PIN},
};
use second_factor::{
    Address, CodeRequest, FirstFactor, Keys, NewDevice, Policy, Proof, Reason, Secret,
    Storage as _, SubjectId, Verified, Verifier, block_on,
    enrollment::HotpToken,
    otp::{Hotp, Step},
    sans_io::{RootSentinel, Settled, Subject},
    storage::{Record, Swap, Version},
};
use sha2::{Digest as _, Sha256};

/// A user with an app, backup codes, a mailbox, a PIN, a number and a code sent to it.
struct Stolen {
    alice: Alice,
    record: Record,
    code: String,
}

fn stolen() -> Stolen {
    block_on(async {
        let alice = Alice::with_mail().await;
        let number = alice.world.number.clone();
        let _ = prove(&alice.world, &alice.proof, &number).await.unwrap();
        alice.world.clock.advance(300);
        let (_, code) = alice.world.send_to(&number).await;
        let id = alice.world.verifier.operations().record_id(&alice.world.alice);
        let record = alice.world.store.load(&id).await.unwrap().unwrap();
        Stolen { alice, record, code }
    })
}

/// Whether these keys open `record` as the record of `subject`.
fn opens(keys: &Keys, subject: &SubjectId, record: &Record, world: &World) -> bool {
    let now = world.clock.time();
    Subject::open(keys, &Policy::default(), subject, Some(record), moment(now)).is_ok()
}

fn with(record: &Record, bytes: Vec<u8>) -> Record {
    Record::new(record.version(), bytes)
}

#[test]
fn flipped_record_bit_is_detected() {
    let Stolen { alice, record, .. } = stolen();
    let (world, keys) = (&alice.world, Keys::new(ROOT));
    assert!(opens(&keys, &world.alice, &record, world));
    for at in 0..record.bytes().len() * 8 {
        let mut bytes = record.bytes().to_vec();
        *bytes.get_mut(at / 8).unwrap() ^= 1 << (at % 8);
        assert!(!opens(&keys, &world.alice, &with(&record, bytes), world), "bit {at}");
    }
}

#[test]
fn truncated_or_extended_record_is_refused() {
    let Stolen { alice, record, .. } = stolen();
    let (world, keys) = (&alice.world, Keys::new(ROOT));
    for end in 0..record.bytes().len() {
        let bytes = record.bytes().get(..end).unwrap().to_vec();
        assert!(!opens(&keys, &world.alice, &with(&record, bytes), world), "{end} bytes");
        let bytes = record.bytes().get(record.bytes().len() - end..).unwrap().to_vec();
        assert!(!opens(&keys, &world.alice, &with(&record, bytes), world), "the last {end}");
    }
    for byte in 0..=u8::MAX {
        for bytes in [[record.bytes(), &[byte]].concat(), [&[byte], record.bytes()].concat()] {
            assert!(!opens(&keys, &world.alice, &with(&record, bytes), world), "{byte}");
        }
    }
}

#[test]
fn record_opens_only_for_its_subject_version_and_format() {
    let Stolen { alice, record, .. } = stolen();
    let (world, keys) = (&alice.world, Keys::new(ROOT));
    let bob = SubjectId::new("bob").unwrap();
    assert!(!opens(&keys, &bob, &record, world));
    for version in [0, 1, record.version().get() + 1, record.version().get() ^ (1 << 63)] {
        let other = Record::new(Version::new(version), record.bytes().to_vec());
        assert!(!opens(&keys, &world.alice, &other, world), "{version}");
    }
    for format in 0..=u8::MAX {
        let mut bytes = record.bytes().to_vec();
        let first = bytes.first_mut().unwrap();
        if *first == format {
            continue;
        }
        *first = format;
        assert!(!opens(&keys, &world.alice, &with(&record, bytes), world), "format {format}");
    }
}

#[test]
fn record_opens_only_as_its_kind() {
    let Stolen { alice, record, .. } = stolen();
    let (world, keys, policy) = (&alice.world, Keys::new(ROOT), Policy::default());
    let now = world.clock.time();
    let number = Address::phone("+14155550100").unwrap();
    let mut kinds = vec![(keys.subject_record(&world.alice), record.clone())];
    let budgets = [Some(keys.budget_record(&number)), keys.prefix_record(&number)];
    for id in budgets.into_iter().flatten().chain([RootSentinel::record_id()]) {
        kinds.push((id, block_on(world.store.load(&id)).unwrap().unwrap()));
    }
    for (from, (_, stored)) in kinds.iter().enumerate() {
        // Each in the place of each of the four.
        assert_eq!(opens(&keys, &world.alice, stored, world), from == 0);
        let absent = SubjectId::new("unknown").unwrap();
        let subject = crate::support::opened(&keys, &policy, &absent, None, now);
        let request = CodeRequest::register(&number);
        let first = subject.plan(&request, [1; 16]).unwrap().next().unwrap();
        assert_eq!(first.record_id(), &kinds[1].0);
        let applied = first.apply(&keys, &policy, Some(stored), moment(now));
        assert_eq!(applied.is_ok(), from == 1);
        let first = subject.plan(&request, [2; 16]).unwrap().next().unwrap();
        let applied = first.apply(&keys, &policy, None, moment(now)).unwrap();
        let paid = applied.unwrap().settle(Swap::Commit);
        let Settled::Done { outcome: Ok(paid), .. } = paid else { panic!("it commits") };
        let second = paid.next().unwrap();
        assert_eq!(second.record_id(), &kinds[2].0);
        let applied = second.apply(&keys, &policy, Some(stored), moment(now));
        assert_eq!(applied.is_ok(), from == 2);
        assert_eq!(RootSentinel::check(&keys, Some(stored)).is_ok(), from == 3);
    }
}

#[test]
fn record_opens_only_with_its_keys() {
    let Stolen { alice, record, .. } = stolen();
    let world = &alice.world;
    for bit in 0..256 {
        let mut root = ROOT;
        root[bit / 8] ^= 1 << (bit % 8);
        assert!(!opens(&Keys::new(root), &world.alice, &record, world), "bit {bit}");
    }
    // Another root in addition to the first, or another under the same number, does not open it
    // either.
    let sealing = core::array::from_fn(|at| u8::try_from(at).unwrap());
    let other = Keys::new(ROOT).sealing(2, sealing).unwrap();
    assert!(opens(&other, &world.alice, &record, world), "the first generation is among them");
    let verifier = Verifier::builder("Example", world.store.clone(), world.phone.clone(), other)
        .first_factor(FirstFactor::Password)
        .clock(world.clock.clone())
        .build()
        .unwrap();
    block_on(verifier.operations().reseal(&world.alice)).unwrap();
    let id = world.verifier.operations().record_id(&world.alice);
    let resealed = block_on(world.store.load(&id)).unwrap().unwrap();
    assert!(!opens(&Keys::new(ROOT), &world.alice, &resealed, world));
    let other: [u8; 32] = core::array::from_fn(|at| u8::try_from(at + 1).unwrap());
    let other = Keys::new(ROOT).sealing(2, other).unwrap();
    assert!(!opens(&other, &world.alice, &resealed, world));
}

#[test]
fn changed_record_neither_verifies_nor_unprotects() {
    let Stolen { alice, record, .. } = stolen();
    let world = &alice.world;
    let id = world.verifier.operations().record_id(&world.alice);
    block_on(async {
        for at in [0, 4, 5, 28, 29, record.bytes().len() - 1] {
            let mut bytes = record.bytes().to_vec();
            *bytes.get_mut(at).unwrap() ^= 1;
            let now = world.store.load(&id).await.unwrap().map(|stored| stored.version());
            let torn = Record::new(record.version(), bytes);
            let _ = world.store.compare_and_swap(&id, now, &torn).await.unwrap();
            let typed = alice.app.code(&world.clock);
            let answer = world.verifier.verify(&world.alice, Proof::totp(&typed)).await;
            assert!(matches!(answer, Err(second_factor::Error::Unreadable(_))));
            let next = world.verifier.next(&world.alice).await;
            assert!(matches!(next, Err(second_factor::Error::Unreadable(_))));
        }
    });
}

#[test]
fn failure_059_stolen_store_confirms_no_guess() {
    let Stolen { alice, record, code } = stolen();
    // Everything that the store holds, at every offset, in the lengths of hashes.
    let mut held = BTreeSet::new();
    for length in [16, 20, 32] {
        held.extend(record.bytes().windows(length).map(<[u8]>::to_vec));
    }
    let subject = alice.world.alice.as_str().as_bytes();
    let id = alice.world.verifier.operations().record_id(&alice.world.alice);
    let id = id.as_bytes();
    let mut tried = (false, false);
    for guess in 0..1_000_000_u32 {
        let guess = format!("{guess:06}");
        tried.0 |= guess == code;
        tried.1 |= guess == PIN;
        for text in [guess.as_bytes(), &[id, guess.as_bytes()].concat()] {
            let hash = Sha256::digest(text);
            assert!(!held.contains(&hash[..]) && !held.contains(&hash[..16]), "{guess}");
        }
        assert!(!held.contains(guess.as_bytes()));
    }
    assert!(tried.0 && tried.1, "both were among the guesses");
    for text in [code.as_bytes(), PIN.as_bytes(), subject, b"+14155550100", b"alice@example.com"] {
        assert!(!record.bytes().windows(text.len()).any(|window| window == text));
    }
}

#[test]
fn restored_record_is_answered_as_it_is() {
    // A record cannot tell that it is an old one; the manual says what to do after a restore.
    let Stolen { alice, record, .. } = stolen();
    let world = &alice.world;
    block_on(async {
        let id = world.verifier.operations().record_id(&world.alice);
        let used = alice.codes.first().unwrap();
        let due = alice.try_backup(used).await;
        assert_eq!(crate::support::reason(due), Reason::PinDue, "it was correct and is used up");
        let spent = world.store.load(&id).await.unwrap().map(|stored| stored.version());
        assert_ne!(spent, Some(record.version()));
        let _ = world.store.compare_and_swap(&id, spent, &record).await.unwrap();
        let again = alice.try_backup(used).await;
        assert_eq!(
            crate::support::reason(again),
            Reason::PinDue,
            "a backup does not know that it was used"
        );
    });
}

#[test]
fn failure_119_after_restore_voids_used_and_revoked_state() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let (world, verifier) = (&alice.world, &alice.world.verifier);
        let id = verifier.operations().record_id(&world.alice);
        let fresh = prove_again(&alice).await;
        let token = verifier.enroll_hotp(&fresh, &HotpToken::new(&secret())).await.unwrap();
        let counting = Hotp::new(&secret());
        let first = counting.code(Step::new(0));
        let _ = verifier.confirm(&world.alice, &token, first.expose()).await.unwrap();
        world.clock.advance(30);
        let proof = Proof::totp(alice.app.code(&world.clock)).trusting(NewDevice::new("Firefox"));
        let fresh = verifier.verify(&world.alice, proof).await.unwrap();
        let cookie = fresh.device_token().unwrap().expose();
        let backup = world.store.load(&id).await.unwrap().unwrap();

        let used = alice.codes.first().unwrap();
        let pressed = counting.code(Step::new(1));
        let pressed = Proof::hotp(pressed.expose());
        let permission = prove_again(&alice).await;
        verifier.sign_out_everywhere(&permission).await.unwrap();
        let _ = alice.try_backup(used).await.unwrap();
        let _ = verifier.verify(&world.alice, pressed.clone()).await.unwrap();
        let since = prove_again(&alice).await;

        let current = world.store.load(&id).await.unwrap().map(|stored| stored.version());
        let _ = world.store.compare_and_swap(&id, current, &backup).await.unwrap();
        verifier.operations().after_restore(&world.alice).await.unwrap();
        let answers = [
            alice.try_backup(used).await.map(drop),
            verifier.verify(&world.alice, pressed).await.map(drop),
            verifier.turn_off(&since).await.map(drop),
            verifier.turn_off(&fresh).await.map(drop),
        ];
        assert_eq!(
            answers.map(crate::support::reason),
            [Reason::NotEnrolled, Reason::Disabled, Reason::Unauthorized, Reason::Unauthorized],
        );
        let recognized = recognize(world, cookie).await;
        assert_eq!(recognized.unwrap_err(), NotRecognized::Invalid);
        // Factors that could not have been used since stay valid and authorize the rest.
        let fresh = prove_again(&alice).await;
        assert!(verifier.new_backup_codes(&fresh).await.is_ok());
    });
}

#[test]
fn failure_119_after_restore_creates_no_record() {
    block_on(async {
        let world = World::new();
        world.verifier.operations().after_restore(&world.alice).await.unwrap();
        assert!(
            world
                .store
                .load(&world.verifier.operations().record_id(&world.alice))
                .await
                .unwrap()
                .is_none()
        );
    });
}

async fn prove_again(alice: &Alice) -> Verified {
    alice.world.clock.advance(30);
    let code = alice.app.code(&alice.world.clock);
    alice.world.try_app(&code).await.unwrap()
}

fn secret() -> Secret {
    Secret::new(&[7; 20]).unwrap()
}
