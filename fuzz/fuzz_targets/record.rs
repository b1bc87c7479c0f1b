//! Fuzzing of record contents.
//!
//! A record is refused, or it survives a round trip. Then one change of its structure is refused,
//! every operation returns, and no user is verified without a proof. The target needs no internals of the crate: it encrypts the bytes
//! itself, in the documented format and with roots of its own.

#![no_main]
#![allow(dead_code, reason = "the tests use more of this module")]

extern crate alloc;

#[path = "../../src/subject/record/codec/tests/cbor.rs"]
mod cbor;
#[path = "../../tests/support/mod.rs"]
mod support;

use core::future::Future;

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use hmac::{Hmac, Mac as _};
use libfuzzer_sys::fuzz_target;
use second_factor::{
    Address, Client, CodeRequest, DeviceToken, Error, FirstFactor, Handle, Keys, MemoryStorage,
    Next, Proof, SignIn, Storage as _, SubjectId, Verified, Verifier, block_on,
    message::Sender,
    proof::{RequestedFrom, SecurityKeyOutcome},
    purpose::Operation,
    storage::{Record, RecordId, Swap, Version},
    testkit::{ManualClock, MessageLog, SeededEntropy},
};
use sha2::{Digest as _, Sha256};

use crate::support::{NOON, ROOT, slow::cheap};

const ROOTS: [[u8; 32]; 2] = [ROOT, *b"another root of thirty-two bytes"];

fuzz_target!(|plain: &[u8]| {
    let Some(first) = rewritten(plain) else {
        return;
    };
    // What the crate writes survives a round trip, byte for byte.
    let second = rewritten(&first).expect("a written record is valid");
    assert_eq!(first, second);
    // What it does not write byte for byte, it does not open (law 7).
    let (change, changed) = changed_structure(&first, plain);
    assert!(rewritten(&changed).is_none(), "{change} opens: {changed:02x?}");
    run_operations(&first);
});

/// One change of the structure of `plain` that keeps its values. The input chooses which.
fn changed_structure(plain: &[u8], input: &[u8]) -> (String, Vec<u8>) {
    let digest = Sha256::digest(input);
    let choose = |at: usize, count: usize| {
        let number = digest[at..at + 4].iter().fold(0, |all, byte| all << 8 | usize::from(*byte));
        number % count
    };
    let place = choose(0, cbor::places(plain));
    let mut changes = cbor::changes_at(plain, place);
    // Each item has at least one change: a tag.
    changes.swap_remove(choose(4, changes.len()))
}

/// Returns the plain bytes that the crate writes for a record with `plain`, or `None` if it refuses
/// the record.
fn rewritten(plain: &[u8]) -> Option<Vec<u8>> {
    let site = Site::with(plain);
    let (verifier, alice) = (&site.verifier, &site.alice);
    if block_on(verifier.operations().reseal(alice)).is_err() {
        // A refused record is an error everywhere: never verified, unprotected or an empty status.
        assert!(block_on(verifier.next(alice)).is_err());
        assert!(block_on(verifier.status(alice)).is_err());
        let answer = block_on(verifier.verify(alice, Proof::totp("000000")));
        assert!(answer.is_err_and(|error| error.denial().is_none()));
        return None;
    }
    let record = block_on(site.store.load(&site.id)).unwrap().expect("it was resealed");
    Some(site.open(&record))
}

fn run_operations(plain: &[u8]) {
    let site = Site::with(plain);
    let (verifier, alice) = (&site.verifier, &site.alice);
    let status = block_on(verifier.status(alice));
    let next = block_on(verifier.next(alice));
    if let (Ok(status), Ok(next)) = (&status, &next) {
        // FAILURES 45: an enrolled factor protects.
        assert!(!(status.is_protected() && matches!(next, Next::Done(_))));
    }
    let handles = [
        "0400000000000000000000000000",
        "0c00000000000000000000000000",
        "0gm0g40r40m30e209185gr38e1w0",
        "2041061050r3gg28a1c60t3gf208",
    ];
    let handles: Vec<Handle> =
        handles.iter().filter_map(|text| text.parse::<Handle>().ok()).collect();
    for handle in &handles {
        for proof in [Proof::sent_code(handle, "493817"), Proof::sign_in_request(handle)] {
            assert!(!accepts(plain, proof), "verified without a proof");
        }
        assert!(!accepts(plain, Proof::pin(handle, "493817")), "verified without a proof");
        ask(plain, |v, a| async move { v.confirm(&a, handle, "493817").await.map(drop) });
        ask(
            plain,
            |v, a| async move { v.send_code(&a, CodeRequest::again(handle)).await.map(drop) },
        );
        ask(plain, |v, a| async move { v.begin_pin_reset(&a, handle).await.map(drop) });
        let reset = Proof::pin_reset(handle, handle, "493817");
        assert!(!accepts(plain, reset), "verified without a proof");
    }
    assert!(!accepts(plain, Proof::backup_code("0000-0000-0000-0000")), "verified without a proof");
    // The record may contain a secret with one of these codes, but not with two of them.
    for proofs in [
        ["000000", "111111", "222222"].map(Proof::totp),
        ["0000000", "1111111", "2222222"].map(Proof::totp),
        ["00000000", "11111111", "22222222"].map(Proof::totp),
        ["000000", "111111", "222222"].map(Proof::hotp),
        ["00000000", "11111111", "22222222"].map(Proof::hotp),
    ] {
        let accepted = proofs.into_iter().filter(|proof| accepts(plain, proof.clone())).count();
        assert!(accepted < 2, "two different codes were accepted");
    }
    ask(plain, |v, a| async move { v.offers(&a, Operation::Recover).await.map(drop) });
    ask(plain, |v, a| async move { v.enroll_totp(&a, "alice").await.map(drop) });
    ask(plain, |v, a| async move { v.rehearse_pin(&a, "493817").await });
    ask(plain, |v, a| async move { v.report_unrequested(&a).await });
    ask(plain, |v, a| async move { v.password_changed(&a).await });
    ask(plain, |v, a| async move {
        let passkey = v.begin_passkey(b"x")?;
        for begun in [&passkey, &v.begin_security_key(&a, b"x").await?] {
            let ceremony = v.ceremony(&a, begun.expose()).await?;
            let failed = Proof::security_key(&ceremony, SecurityKeyOutcome::failed());
            assert!(v.verify(&a, failed).await.is_err(), "verified without a proof");
        }
        Ok(())
    });
    ask(plain, |v, a| async move { v.operations().advance(&a).await.map(drop) });
    ask(plain, |v, a| async move { v.support("who", "why").reset(&a).await });
    ask(plain, |v, a| async move {
        v.request_sign_in(&a, Operation::SignIn, &RequestedFrom::new("x", "y")).await.map(drop)
    });
    for number in ["+14155550100", "+4915112345678"] {
        let number = &Address::phone(number).unwrap();
        for purpose in
            [Operation::SignIn, Operation::Manage, Operation::Register, Operation::ResetPin]
        {
            ask(plain, |v, a| async move {
                v.send_code(&a, CodeRequest::to_address(number).purpose(purpose)).await.map(drop)
            });
        }
        ask(plain, |v, a| async move { v.enroll_address(&a, number).await.map(drop) });
    }
    let token = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    ask(plain, |v, a| async move {
        let device = Client::new([7; 16]).unwrap().device(&DeviceToken::from_text(token));
        let next = v.for_client(device).next(&a).await?;
        let is_recognized = matches!(next, Next::Done(SignIn::Recognized(_)));
        assert!(!is_recognized, "an invented token was accepted");
        Ok(())
    });
}

fn accepts(plain: &[u8], proof: Proof) -> bool {
    let site = Site::with(plain);
    let answer: Result<Verified, Error> = block_on(site.verifier.verify(&site.alice, proof));
    match answer {
        Ok(_) => true,
        Err(error) => error.pending_pin().is_some() || error.pending_factor().is_some(),
    }
}

/// Runs one operation on a fresh record. The record can be opened afterwards, even after an error.
fn ask<T, F: Future<Output = Result<T, Error>>>(
    plain: &[u8],
    operation: impl FnOnce(Verifier, SubjectId) -> F,
) {
    let site = Site::with(plain);
    let client = Client::new([7; 16]).unwrap();
    let _ = block_on(operation(site.verifier.for_client(client), site.alice.clone()));
    let next = block_on(site.verifier.next(&site.alice));
    assert!(
        next.is_ok() || next.is_err_and(|error| error.denial().is_some()),
        "the record is unreadable"
    );
    let record = block_on(site.store.load(&site.id)).unwrap().expect("the record still exists");
    assert!(record.bytes().len() <= 64 << 10, "the record exceeds its size limit");
}

/// A verifier with one record.
struct Site {
    store: MemoryStorage,
    verifier: Verifier,
    alice: SubjectId,
    id: RecordId,
}

impl Site {
    fn with(plain: &[u8]) -> Self {
        let keys = || Keys::new(ROOTS[0]).sealing(2, ROOTS[1]).expect("a valid root");
        let (store, alice) = (MemoryStorage::new(), SubjectId::new("alice").unwrap());
        let id = keys().subject_record(&alice);
        let record = seal(&id, Version::new(7), plain);
        assert_eq!(block_on(store.compare_and_swap(&id, None, &record)), Ok(Swap::Commit));
        let sender = Sender::new("Example").unwrap().with_origin("example.com").unwrap();
        let verifier = Verifier::builder(sender, store.clone(), MessageLog::new(), keys())
            .first_factor(FirstFactor::Password)
            .policy(cheap())
            .clock(ManualClock::at(NOON))
            .entropy(SeededEntropy::new(1))
            .build()
            .unwrap();
        Self { store, verifier, alice, id }
    }

    /// Decrypts a record that the crate wrote.
    fn open(&self, record: &Record) -> Vec<u8> {
        let bytes = record.bytes();
        assert_eq!(bytes[..5], [1, 0, 0, 0, 1], "the format and the newest generation");
        let aad = bound(1, &self.id, record.version());
        let payload = Payload { msg: &bytes[29..], aad: &aad };
        let nonce = XNonce::try_from(&bytes[5..29]).unwrap();
        cipher(1).decrypt(&nonce, payload).expect("encrypted as documented")
    }
}

/// Encrypts a record in the format of `manual::record_format`, in the first generation.
fn seal(id: &RecordId, version: Version, plain: &[u8]) -> Record {
    let (nonce, aad) = ([9; 24], bound(0, id, version));
    let payload = Payload { msg: plain, aad: &aad };
    let body = cipher(0).encrypt(&XNonce::from(nonce), payload).expect("short enough");
    Record::new(version, [&[1, 0, 0, 0, 0][..], &nonce, &body].concat())
}

fn cipher(generation: u32) -> XChaCha20Poly1305 {
    let mut mac = Hmac::<Sha256>::new_from_slice(&ROOTS[generation as usize]).unwrap();
    for part in [&b"second-factor v1"[..], b"sealing"] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    XChaCha20Poly1305::new(&mac.finalize().into_bytes())
}

fn bound(generation: u32, id: &RecordId, version: Version) -> Vec<u8> {
    let version = version.get().to_be_bytes();
    [&[1, 1][..], &generation.to_be_bytes(), id.as_bytes(), &version].concat()
}
