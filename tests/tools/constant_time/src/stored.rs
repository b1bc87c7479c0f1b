//! Verification against stored hashes.
//!
//! The crate stores keyed hashes of codes and tokens. The key is marked as undefined, and with it
//! every hash of an input.

use core::hint::black_box;
use std::slice;

use hmac::{Hmac, KeyInit as _, Mac as _};
use second_factor::{
    CodeRequest, FirstFactor, Keys, Policy, Proof, Storage as _, block_on,
    purpose::Operation,
    sans_io::{Checked, Settled, Subject},
    storage::{Record, Swap},
};
use sha2::Sha256;

use crate::{
    support::{ROOT, World, devices, opened, slow},
    valgrind::{count, hide, reveal},
};

/// A sent code: the newest one, the one before it, and an incorrect one.
pub fn sent_code() {
    let (world, challenge, codes) = block_on(async {
        let world = World::new();
        drop(world.with_phone(&world.alice).await);
        let (challenge, first) = world.send_to(&world.number).await;
        world.clock.advance(60);
        let challenge = world
            .verifier
            .send_code(&world.alice, CodeRequest::again(&challenge))
            .await
            .expect("it is time");
        let second = world.read_code();
        (world, challenge, [second, first, "000000".to_owned()])
    });
    for code in codes {
        with_hidden_keys(&world, &Policy::default(), |subject| {
            drop(reveal(
                subject.verify(Operation::SignIn, &Proof::sent_code(&challenge, black_box(&code))),
            ));
        });
    }
}

/// A backup code: a used one, an unused one, and an incorrect one.
pub fn backup_code() {
    let (world, mut codes) = with_backup_codes();
    let used = Proof::backup_code(&codes[0]);
    drop(block_on(world.verifier.verify(&world.alice, used)).expect("it is correct"));
    codes.truncate(2);
    codes.push(slow::INCORRECT_CODE.to_owned());
    for code in codes {
        with_hidden_keys(&world, &slow::cheap(), |subject| {
            let proof = Proof::backup_code(black_box(&code));
            drop(reveal(subject.verify(Operation::SignIn, &proof)));
        });
    }
}

/// The slow check of the first backup code, of the last one, and of an incorrect one.
pub fn slow_check(group: &str) {
    let (world, codes) = with_backup_codes();
    let (keys, policy) = (Keys::new(ROOT), slow::cheap());
    let work = |typed: &str| {
        let record = record(&world, &keys);
        let subject = opened(&keys, &policy, &world.alice, record.as_ref(), world.clock.time());
        let decided = subject.verify(Operation::SignIn, &Proof::backup_code(typed));
        match decided.expect("it is not locked").settle(Swap::Commit) {
            Settled::Done { outcome: Ok(Checked::SlowCheck(work)), .. } => work,
            _ => panic!("a slow check is expected"),
        }
    };
    // The first call detects the features of the processor.
    let near = slow::near_code(&world);
    drop(work(&near).run());
    for (case, typed) in [("hit first", &*codes[0]), ("hit last", &*codes[9]), ("miss", &*near)] {
        let work = work(typed);
        drop(count(group, case, || black_box(work).run()));
    }
}

/// A device token: the current one, the next one, and a replaced one.
pub fn device_token() {
    let (world, tokens) = block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let first = devices::trust(&world, &app, "a browser").await;
        let mut second = first.clone();
        devices::rotate(&world, &mut second).await;
        world.clock.advance(devices::DAY / 2);
        let mut third = second.clone();
        let _ = devices::visit(&world, &mut third).await;
        (world, [second, third, first])
    });
    for token in tokens {
        let client = devices::client(&token);
        // The binding key hides what is drawn for the client too, which is public.
        with_hidden(&["pepper"], &world, &Policy::default(), |subject| {
            let subject = subject.after(&FirstFactor::Password).for_client(&client);
            drop(reveal(black_box(subject).recognize()));
        });
    }
}

fn with_backup_codes() -> (World, Vec<String>) {
    block_on(async {
        let world = World::with(slow::cheap());
        let (_, verified) = world.with_app().await;
        let codes = world.verifier.new_backup_codes(&verified).await.expect("an app is enrolled");
        (world, slow::printed(codes))
    })
}

/// Opens the subject of `world` with keys that are marked as undefined, except for the encryption
/// key.
fn with_hidden_keys(world: &World, policy: &Policy, decide: impl FnOnce(Subject<'_>)) {
    with_hidden(&["pepper", "binding"], world, policy, decide);
}

/// As [`with_hidden_keys`], with these keys.
fn with_hidden(labels: &[&str], world: &World, policy: &Policy, decide: impl FnOnce(Subject<'_>)) {
    let mut keys = Keys::new(ROOT);
    // All are found before the first is hidden, because the search compares them.
    let states = labels.iter().flat_map(|label| states(&derived(label)));
    for place in states.map(|state| place_in(&mut keys, &state)).collect::<Vec<_>>() {
        // SAFETY: `place` points to `LEN` bytes inside `keys`, and `hide` changes none of them.
        hide(unsafe { slice::from_raw_parts_mut(place, LEN) });
    }
    decide(opened(&keys, policy, &world.alice, record(world, &keys).as_ref(), world.clock.time()));
}

fn record(world: &World, keys: &Keys) -> Option<Record> {
    block_on(world.store.load(&keys.subject_record(&world.alice))).expect("it is in memory")
}

/// Finds the state of a key of the only generation of `keys`, which does not expose it.
///
/// The generation is on the heap, behind a pointer inside `keys`.
fn place_in(keys: &mut Keys, state: &[u8; LEN]) -> *mut u8 {
    let heap = Box::new(0_u64);
    let near = (&raw const *heap).addr();
    let words = (&raw mut *keys).cast::<*mut u8>();
    let is_pointer = |word: &*mut u8| word.addr() > LOWEST && word.addr().abs_diff(near) < HEAP;
    let is_there = |place: &*mut u8| {
        // SAFETY: the generation has at least `GENERATION` bytes, and `place` is `LEN` before its end.
        let bytes = unsafe { place.cast::<[u8; LEN]>().read() };
        // The buffers between the states are not initialized.
        reveal(bytes) == *state
    };
    // SAFETY: each word lies inside `keys`, which is aligned for pointers.
    let words =
        (0..size_of::<Keys>() / size_of::<*mut u8>()).map(|at| unsafe { words.add(at).read() });
    let mut places = words
        .filter(is_pointer)
        .flat_map(|start| (0..=GENERATION - LEN).map(move |at| start.wrapping_add(at)));
    places.find(is_there).expect("`derived` does the same as `Keys::new`")
}

/// The sealing key and five keys of HMAC.
const GENERATION: usize = LEN + 5 * size_of::<Hmac<Sha256>>();
/// Addresses on the heap of this small program differ by less.
const HEAP: usize = 32 << 20;
/// No pointer is lower. The other words are lengths and parts of keys.
const LOWEST: usize = 1 << 16;

/// Derives a key as `Keys::new` does.
fn derived(label: &str) -> [u8; LEN] {
    let mut mac = Hmac::<Sha256>::new_from_slice(&ROOT).expect("a key of any length");
    for part in ["second-factor v1", label] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

/// Returns the two states of SHA-256 after the key block (RFC 2104 §2), as `hmac` stores them.
fn states(key: &[u8; LEN]) -> [[u8; LEN]; 2] {
    [0x36, 0x5c].map(|pad| {
        let mut block = [pad; 64];
        block.iter_mut().zip(key).for_each(|(byte, of_key)| *byte ^= of_key);
        let mut state = START;
        sha2::block_api::compress256(&mut state, &[block]);
        let mut bytes = [0; LEN];
        let words = state.iter().flat_map(|word| word.to_ne_bytes());
        bytes.iter_mut().zip(words).for_each(|(byte, of_state)| *byte = of_state);
        bytes
    })
}

const LEN: usize = 32;
/// FIPS 180-4 §5.3.3.
const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
