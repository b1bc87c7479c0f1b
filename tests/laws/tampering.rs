//! Bytes that were changed, cut, moved, renamed or stolen: nothing opens, nothing is told.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

use alloc::collections::BTreeSet;

use crate::support::{
    ROOT, World, moment, prove,
    slow::{Alice, PIN},
};
use second_factor::{
    Address, HotpToken, Keys, NewDevice, Policy, Proof, Purpose, Secret, Storage as _, SubjectId,
    Verified, Verifier, block_on,
    otp::{Hotp, Step},
    sans_io::{CodeRequest, Reservation, RootSentinel, Settled, Subject},
    storage::{Record, Swap, Version},
    verdict::Reason,
};
use sha2::{Digest as _, Sha256};

/// Somebody with an app, backup codes, a mailbox, a PIN, a number and a code that was sent to it.
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
        let id = alice.world.verifier.record_id(&alice.world.alice);
        let record = alice.world.store.load(&id).await.unwrap().unwrap();
        Stolen { alice, record, code }
    })
}

/// Whether these keys open `record` as that of `subject`.
fn opens(keys: &Keys, subject: &SubjectId, record: &Record, world: &World) -> bool {
    let now = world.clock.time();
    Subject::open(keys, &Policy::default(), subject, Some(record), moment(now)).is_ok()
}

fn with(record: &Record, bytes: Vec<u8>) -> Record {
    Record::new(record.version(), bytes, None)
}

#[test]
fn no_bit_of_a_record_can_be_turned_over() {
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
fn no_part_of_a_record_is_one_and_nothing_can_be_added() {
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
fn a_record_of_one_is_none_of_another_and_of_no_other_version_or_format() {
    let Stolen { alice, record, .. } = stolen();
    let (world, keys) = (&alice.world, Keys::new(ROOT));
    let bob = SubjectId::new("bob").unwrap();
    assert!(!opens(&keys, &bob, &record, world));
    for version in [0, 1, record.version().get() + 1, record.version().get() ^ (1 << 63)] {
        let other = Record::new(Version::new(version), record.bytes().to_vec(), None);
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
fn a_record_of_one_kind_is_none_of_another() {
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
        let nobody = SubjectId::new("nobody").unwrap();
        let subject = crate::support::opened(&keys, &policy, &nobody, None, now);
        let request = CodeRequest::challenge(&number, Purpose::SignIn);
        let first = subject.plan(&request, [1; 16]).unwrap().next().unwrap();
        assert_eq!(first.record_id(), &kinds[1].0);
        let applied = first.apply(&keys, &policy, Some(stored), moment(now));
        assert_eq!(applied.is_ok(), from == 1);
        let first = subject.plan(&request, [2; 16]).unwrap().next().unwrap();
        let applied = first.apply(&keys, &policy, None, moment(now)).unwrap();
        let paid = applied.unwrap().settle(Swap::Conflict);
        let Settled::Done { outcome: Ok(paid), .. } = paid else { panic!("it is a decoy") };
        let second = paid.next().unwrap();
        assert_eq!(second.record_id(), &kinds[2].0);
        let applied = second.apply(&keys, &policy, Some(stored), moment(now));
        assert_eq!(applied.is_ok(), from == 2);
        assert_eq!(RootSentinel::check(&keys, Some(stored)).is_ok(), from == 3);
    }
}

#[test]
fn no_other_keys_open_a_record() {
    let Stolen { alice, record, .. } = stolen();
    let world = &alice.world;
    for bit in 0..256 {
        let mut root = ROOT;
        root[bit / 8] ^= 1 << (bit % 8);
        assert!(!opens(&Keys::new(root), &world.alice, &record, world), "bit {bit}");
    }
    // Neither does one more key beside the root, nor one under the same id.
    let sealing = core::array::from_fn(|at| u8::try_from(at).unwrap());
    let other = Keys::new(ROOT).sealing(1, sealing).unwrap();
    assert!(opens(&other, &world.alice, &record, world), "the root's own is among them");
    let verifier = Verifier::builder(world.store.clone(), world.phone.clone(), other)
        .issuer("Example")
        .clock(world.clock.clone())
        .build()
        .unwrap();
    block_on(verifier.reseal(&world.alice)).unwrap();
    let id = world.verifier.record_id(&world.alice);
    let resealed = block_on(world.store.load(&id)).unwrap().unwrap();
    assert!(!opens(&Keys::new(ROOT), &world.alice, &resealed, world));
    let wrong: [u8; 32] = core::array::from_fn(|at| u8::try_from(at + 1).unwrap());
    let wrong = Keys::new(ROOT).sealing(1, wrong).unwrap();
    assert!(!opens(&wrong, &world.alice, &resealed, world));
}

#[test]
fn a_changed_record_lets_nobody_in_and_takes_no_factor_away() {
    let Stolen { alice, record, .. } = stolen();
    let world = &alice.world;
    let id = world.verifier.record_id(&world.alice);
    block_on(async {
        for at in [0, 4, 5, 28, 29, record.bytes().len() - 1] {
            let mut bytes = record.bytes().to_vec();
            *bytes.get_mut(at).unwrap() ^= 1;
            let now = world.store.load(&id).await.unwrap().map(|stored| stored.version());
            let torn = Record::new(record.version(), bytes, None);
            let _ = world.store.compare_and_swap(&id, now, &torn).await.unwrap();
            let typed = alice.app.code(&world.clock);
            let answer = world.verifier.verify(&world.alice, Proof::totp(&typed)).await;
            assert!(matches!(answer, Err(second_factor::Error::Unreadable(_))));
            let next = world.verifier.next(&world.alice, Purpose::SignIn).await;
            assert!(matches!(next, Err(second_factor::Error::Unreadable(_))));
        }
    });
}

#[test]
fn failure_059_a_stolen_store_confirms_no_guess_at_a_code_or_a_pin() {
    let Stolen { alice, record, code } = stolen();
    // All that the store holds, at every place, in the lengths that hashes have.
    let mut held = BTreeSet::new();
    for length in [16, 20, 32] {
        held.extend(record.bytes().windows(length).map(<[u8]>::to_vec));
    }
    let subject = alice.world.alice.as_bytes();
    let id = *alice.world.verifier.record_id(&alice.world.alice).as_bytes();
    let mut tried = (false, false);
    for guess in 0..1_000_000_u32 {
        let guess = format!("{guess:06}");
        tried.0 |= guess == code;
        tried.1 |= guess == PIN;
        for text in [guess.as_bytes(), &[&id[..], guess.as_bytes()].concat()] {
            let hash = Sha256::digest(text);
            assert!(!held.contains(&hash[..]) && !held.contains(&hash[..16]), "{guess}");
        }
        assert!(!held.contains(guess.as_bytes()));
    }
    assert!(tried.0 && tried.1, "both were among them");
    for text in [code.as_bytes(), PIN.as_bytes(), subject, b"+14155550100", b"alice@example.com"] {
        assert!(!record.bytes().windows(text.len()).any(|window| window == text));
    }
}

#[test]
fn a_record_that_was_put_back_is_answered_as_it_stands() {
    // Nothing in a record can tell that it is an old one: the manual says what to do after that.
    let Stolen { alice, record, .. } = stolen();
    let world = &alice.world;
    block_on(async {
        let id = world.verifier.record_id(&world.alice);
        let used = alice.codes.first().unwrap();
        let due = alice.try_backup(used).await;
        assert_eq!(crate::support::reason(due), Reason::PinDue, "it was right, and is spent");
        let spent = world.store.load(&id).await.unwrap().map(|stored| stored.version());
        assert_ne!(spent, Some(record.version()));
        let _ = world.store.compare_and_swap(&id, spent, &record).await.unwrap();
        let again = alice.try_backup(used).await;
        assert_eq!(crate::support::reason(again), Reason::PinDue, "which a backup does not know");
    });
}

#[test]
fn failure_119_after_a_restore_nothing_that_was_used_or_taken_back_since_works() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let (world, verifier) = (&alice.world, &alice.world.verifier);
        let id = verifier.record_id(&world.alice);
        let fresh = prove_again(&alice).await;
        let token = verifier.enroll_hotp(&fresh, &HotpToken::new(&secret())).await.unwrap();
        let counting = Hotp::new(&secret());
        let first = counting.code(Step::new(0));
        let _ = verifier.confirm(&world.alice, &token, first.expose()).await.unwrap();
        let fresh = prove_again(&alice).await;
        let cookie = verifier.trust_device(&fresh, &NewDevice::new("Firefox")).await.unwrap();
        let backup = world.store.load(&id).await.unwrap().unwrap();

        let used = alice.codes.first().unwrap();
        let pressed = counting.code(Step::new(1));
        let pressed = Proof::hotp(pressed.expose());
        let right = prove_again(&alice).await;
        verifier.sign_out_everywhere(&right).await.unwrap();
        let _ = alice.try_backup(used).await.unwrap();
        let _ = verifier.verify(&world.alice, pressed).await.unwrap();
        let since = prove_again(&alice).await;

        let stands = world.store.load(&id).await.unwrap().map(|stored| stored.version());
        let _ = world.store.compare_and_swap(&id, stands, &backup).await.unwrap();
        verifier.after_restore(&world.alice).await.unwrap();
        let answers = [
            alice.try_backup(used).await.map(drop),
            verifier.verify(&world.alice, pressed).await.map(drop),
            verifier.recognize(&world.alice, &cookie).await.map(drop),
            verifier.turn_off(&since).await,
            verifier.turn_off(&fresh).await,
        ];
        assert_eq!(
            answers.map(crate::support::reason),
            [
                Reason::NotEnrolled,
                Reason::Disabled,
                Reason::NotFound,
                Reason::Unauthorized,
                Reason::Unauthorized
            ],
        );
        // What nobody could have used since goes on, and gives back the rest.
        let fresh = prove_again(&alice).await;
        assert!(verifier.new_backup_codes(&fresh).await.is_ok());
    });
}

#[test]
fn failure_119_nobody_and_nothing_are_left_alone_after_a_restore() {
    block_on(async {
        let world = World::new();
        world.verifier.after_restore(&world.alice).await.unwrap();
        assert!(world.store.load(&world.verifier.record_id(&world.alice)).await.unwrap().is_none());
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
