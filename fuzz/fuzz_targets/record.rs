//! A record with anything in it: refused, or one that is written again as itself, under which every
//! operation answers and nobody gets in who proves nothing.
//!
//! No door of the crate is needed for it: hosts give their own sealing keys, and the manual says how
//! records are laid out, so that this seals the bytes itself.

#![no_main]
#![allow(dead_code, reason = "the world is that of the tests, which use more of it")]

#[path = "../../tests/support/mod.rs"]
mod support;

use core::future::Future;

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use libfuzzer_sys::fuzz_target;
use second_factor::{
    Address, Client, Error, Handle, Keys, MemoryStorage, Next, Proof, Purpose, Storage as _,
    SubjectId, Verified, Verifier, block_on,
    id::RecordId,
    storage::{Record, Swap, Version},
    DeviceToken, RequestedFrom, Reset,
    testkit::{ManualClock, MessageLog, SeededEntropy},
};

use crate::support::{NOON, ROOT, slow::cheap};

const KEYS: [[u8; 32]; 2] =
    [*b"a sealing key of thirty-two byte", *b"another key of thirty-two bytes!"];

fuzz_target!(|plain: &[u8]| {
    let Some(first) = written_again(plain) else {
        return;
    };
    // What the crate writes, it reads and writes again, byte for byte.
    let second = written_again(&first).expect("what was written is read");
    assert_eq!(first, second);
    use_it(&first);
});

/// The plain bytes that the crate makes of a record with these; `None` when it refuses them.
fn written_again(plain: &[u8]) -> Option<Vec<u8>> {
    let site = Site::with(plain);
    let (verifier, alice) = (&site.verifier, &site.alice);
    if block_on(verifier.reseal(alice)).is_err() {
        // Refused means refused: nobody is verified, unprotected or shown an empty page.
        assert!(block_on(verifier.next(alice, Purpose::SignIn)).is_err());
        assert!(block_on(verifier.status(alice)).is_err());
        let answer = block_on(verifier.verify(alice, Proof::totp("000000")));
        assert!(answer.is_err_and(|error| error.denial().is_none()));
        return None;
    }
    let record = block_on(site.store.load(&site.id)).unwrap().expect("it was resealed");
    Some(site.open(&record))
}

fn use_it(plain: &[u8]) {
    let site = Site::with(plain);
    let (verifier, alice) = (&site.verifier, &site.alice);
    let status = block_on(verifier.status(alice));
    let next = block_on(verifier.next(alice, Purpose::SignIn));
    if let (Ok(status), Ok(next)) = (&status, &next) {
        // FAILURES 45: what stands protects.
        assert!(!(status.is_protected() && matches!(next, Next::Unprotected(_))));
    }
    let handles = [
        "0400000000000000000000000000",
        "0c00000000000000000000000000",
        "0gm0g40r40m30e209185gr38e1w0",
        "2041061050r3gg28a1c60t3gf208",
    ];
    let handles: Vec<Handle> = handles.iter().filter_map(|text| Handle::parse(text).ok()).collect();
    for handle in &handles {
        for proof in [Proof::sent_code(handle, "493817"), Proof::sign_in_request(handle)] {
            assert!(!lets_in(plain, proof), "without any proof");
        }
        assert!(!lets_in(plain, Proof::pin(handle, "493817")), "without any proof");
        ask(plain, |v, a| async move { v.confirm(&a, handle, "493817").await.map(drop) });
        ask(plain, |v, a| async move { v.resend(&a, handle).await.map(drop) });
        ask(plain, |v, a| async move { v.begin_pin_reset(&a, handle).await.map(drop) });
        ask(plain, |v, a| async move { v.reset_pin(&a, handle, handle, "493817").await.map(drop) });
        ask(plain, |v, a| async move { v.ceremony(&a, handle).await.map(drop) });
    }
    assert!(!lets_in(plain, Proof::backup_code("0000-0000-0000-0000")), "without any proof");
    // A secret may be in the record whose code this happens to be; of three it is not all.
    for proofs in [
        ["000000", "111111", "222222"].map(Proof::totp),
        ["0000000", "1111111", "2222222"].map(Proof::totp),
        ["00000000", "11111111", "22222222"].map(Proof::totp),
        ["000000", "111111", "222222"].map(Proof::hotp),
        ["00000000", "11111111", "22222222"].map(Proof::hotp),
    ] {
        let let_in = proofs.into_iter().filter(|proof| lets_in(plain, *proof)).count();
        assert!(let_in < 2, "whatever is typed");
    }
    ask(plain, |v, a| async move { v.next(&a, Purpose::Recover).await.map(drop) });
    ask(plain, |v, a| async move { v.enroll_totp(&a, "alice").await.map(drop) });
    ask(plain, |v, a| async move { v.rehearse_pin(&a, "493817").await });
    ask(plain, |v, a| async move { v.report_unrequested(&a).await });
    ask(plain, |v, a| async move { v.password_changed(&a).await });
    ask(plain, |v, a| async move { v.devices(&a).await.map(drop) });
    ask(plain, |v, a| async move { v.security_keys(&a).await.map(drop) });
    ask(
        plain,
        |v, a| async move { v.begin_security_key(&a, Purpose::SignIn, b"x").await.map(drop) },
    );
    ask(plain, |v, a| async move { v.advance(&a).await.map(drop) });
    ask(plain, |v, a| async move { v.reset(&a, &Reset::new("who", "why").unwrap()).await });
    ask(plain, |v, a| async move {
        v.request_sign_in(&a, Purpose::SignIn, &RequestedFrom::new("x", "y")).await.map(drop)
    });
    for number in ["+14155550100", "+4915112345678"] {
        let number = &Address::phone(number).unwrap();
        for purpose in [Purpose::SignIn, Purpose::Manage, Purpose::Register, Purpose::ResetPin] {
            ask(plain, |v, a| async move { v.challenge(&a, number, purpose).await.map(drop) });
        }
        ask(plain, |v, a| async move { v.enroll_address(&a, number).await.map(drop) });
    }
    let token = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    ask(plain, |v, a| async move {
        let answer = v.recognize(&a, &DeviceToken::from_text(token)).await;
        assert!(answer.is_err(), "a token that nobody made");
        Ok(())
    });
}

fn lets_in(plain: &[u8], proof: Proof<'_>) -> bool {
    let site = Site::with(plain);
    let answer: Result<Verified, Error> = block_on(site.verifier.verify(&site.alice, proof));
    match answer {
        Ok(_) => true,
        Err(error) => error.pin_due().is_some() || error.another_factor_due().is_some(),
    }
}

/// One operation over a record of its own. Whatever it answers, the record opens afterwards.
fn ask<F: Future<Output = Result<(), Error>>>(
    plain: &[u8],
    operation: impl FnOnce(Verifier, SubjectId) -> F,
) {
    let site = Site::with(plain);
    let client = Client::new([7; 16]).unwrap();
    let _ = block_on(operation(site.verifier.for_client(client), site.alice.clone()));
    let next = block_on(site.verifier.next(&site.alice, Purpose::SignIn));
    assert!(next.is_ok() || next.is_err_and(|error| error.denial().is_some()), "it is unreadable");
    let record = block_on(site.store.load(&site.id)).unwrap().expect("it is not deleted");
    assert!(record.bytes().len() <= 64 << 10, "it outgrew its bound");
}

/// A verifier over one record.
struct Site {
    store: MemoryStorage,
    verifier: Verifier,
    alice: SubjectId,
    id: RecordId,
}

impl Site {
    fn with(plain: &[u8]) -> Self {
        let keys = || {
            let keys = Keys::new(ROOT).sealing(1, KEYS[0]).expect("it is a key");
            keys.sealing(2, KEYS[1]).expect("it is a key")
        };
        let (store, alice) = (MemoryStorage::new(), SubjectId::new("alice").unwrap());
        let id = keys().subject_record(&alice);
        let record = seal(&id, Version::new(7), plain);
        assert_eq!(block_on(store.compare_and_swap(&id, None, &record)), Ok(Swap::Commit));
        let verifier = Verifier::builder(store.clone(), MessageLog::new(), keys())
            .issuer("Example")
            .origin("example.com")
            .policy(cheap())
            .clock(ManualClock::at(NOON))
            .entropy(SeededEntropy::new(1))
            .build()
            .unwrap();
        Self { store, verifier, alice, id }
    }

    /// What is in a record that the crate wrote.
    fn open(&self, record: &Record) -> Vec<u8> {
        let bytes = record.bytes();
        assert_eq!(bytes[..5], [1, 0, 0, 0, 2], "the format, and the newest key");
        let aad = bound(2, &self.id, record.version());
        let payload = Payload { msg: &bytes[29..], aad: &aad };
        let nonce = XNonce::try_from(&bytes[5..29]).unwrap();
        cipher(2).decrypt(&nonce, payload).expect("it is sealed as the manual says")
    }
}

/// As `manual::record_format` lays it out, under the older of the keys.
fn seal(id: &RecordId, version: Version, plain: &[u8]) -> Record {
    let (nonce, aad) = ([9; 24], bound(1, id, version));
    let payload = Payload { msg: plain, aad: &aad };
    let body = cipher(1).encrypt(&XNonce::from(nonce), payload).expect("it is short");
    Record::new(version, [&[1, 0, 0, 0, 1][..], &nonce, &body].concat(), None)
}

fn cipher(key: u32) -> XChaCha20Poly1305 {
    let key = &KEYS[key as usize - 1];
    XChaCha20Poly1305::new(key.into())
}

fn bound(key: u32, id: &RecordId, version: Version) -> Vec<u8> {
    let version = version.get().to_be_bytes();
    [&[1, 1][..], &key.to_be_bytes(), id.as_bytes(), &version].concat()
}
