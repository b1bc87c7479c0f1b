//! Resident memory while many users sign in at once.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

extern crate alloc;

use std::{
    sync::{Barrier, Mutex},
    thread,
};

#[path = "support/mod.rs"]
mod support;

use second_factor::{Proof, SubjectId, block_on};
use support::{World, slow::near_code};

const CROWD: usize = 64;
const HOSTILE: usize = 48;

/// The memory is that of the process, so only one test runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// The memory of a hash is used again by the next one. Freed blocks would stay with the allocator,
/// which keeps some for each thread, so the memory of the process is measured.
#[test]
fn finding_s27_crowd_with_correct_codes_is_accepted() {
    let _alone = ALONE.lock().unwrap();
    let mut world = World::new();
    let subject = |at: usize| SubjectId::new(format!("user {at}")).unwrap();
    let mut verified = Vec::new();
    for at in 0..CROWD {
        world.alice = subject(at);
        verified.push(block_on(world.with_app_now()).1);
    }
    let codes = in_parallel(&verified, |proof| {
        let codes = block_on(world.verifier.new_backup_codes(proof)).unwrap();
        codes.expose().first().unwrap().expose().to_owned()
    });
    let tried: Vec<_> = (0..CROWD).map(|at| (subject(at), codes[at].clone())).collect();
    let accepted = in_parallel(&tried, |(subject, code)| {
        block_on(world.verifier.verify(subject, Proof::backup_code(code))).is_ok()
    });
    assert_eq!(accepted, [true; CROWD]);
    if let Some(mib) = peak_resident_mib() {
        assert!(mib < 100, "{mib} MiB");
    }
}

/// Each hostile caller guesses a code with the selector of a stored one, which takes a slow hash.
#[test]
fn finding_s27_hostile_callers_of_one_account_delay_no_other() {
    let _alone = ALONE.lock().unwrap();
    let mut world = World::new();
    let (_, verified) = block_on(world.with_app_now());
    let bob_codes = block_on(world.verifier.new_backup_codes(&verified)).unwrap();
    let bob = core::mem::replace(&mut world.alice, SubjectId::new("attacked").unwrap());
    let (_, verified) = block_on(world.with_app_now());
    drop(block_on(world.verifier.new_backup_codes(&verified)).unwrap());
    let near = near_code(&world);
    let start = Barrier::new(HOSTILE + 1);
    thread::scope(|scope| {
        for _ in 0..HOSTILE {
            scope.spawn(|| {
                start.wait();
                let guess =
                    block_on(world.verifier.verify(&world.alice, Proof::backup_code(&near)));
                assert!(guess.is_err());
            });
        }
        start.wait();
        for code in bob_codes.expose().iter().take(5) {
            let proof = Proof::backup_code(code.expose());
            drop(block_on(world.verifier.verify(&bob, proof)).unwrap());
        }
    });
    if let Some(mib) = peak_resident_mib() {
        assert!(mib < 100, "{mib} MiB");
    }
}

/// Calls `f` for each item, on a thread of its own.
fn in_parallel<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync) -> Vec<R> {
    thread::scope(|scope| {
        let threads: Vec<_> = items.iter().map(|item| scope.spawn(|| f(item))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// The most memory that this process had, where the system tells.
fn peak_resident_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}
