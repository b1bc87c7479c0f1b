//! Peak memory under a flood of guesses, and of a long history.
//!
//! A process computes at most two slow hashes at the same time. Each takes 19 MiB.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

extern crate alloc;

use core::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use std::{sync::Mutex, thread, time::Instant};

use peak_alloc::PeakAlloc;

#[path = "support/mod.rs"]
mod support;

use second_factor::{
    Error, MemoryStorage, Proof, Reason, SubjectId, block_on, testkit::history::History,
};
use support::{World, reason, slow::near_code};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The peak is that of the process, so only one test runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// The memory for a history of ten times as many calls, with some room for buffers that double.
#[test]
fn a_million_calls_are_judged_in_linear_memory_in_seconds() {
    let _alone = ALONE.lock().unwrap();
    let [small, large] = [100_000, 1_000_000].map(|calls| {
        ALLOCATOR.reset_peak_usage();
        let before = ALLOCATOR.current_usage();
        let (history, store) = (History::new(4, Duration::from_secs(60)), MemoryStorage::new());
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| block_on(history.append(&store)));
            }
            while history.calls() < calls {
                thread::sleep(Duration::from_millis(1));
            }
            history.stop();
        });
        let began = Instant::now();
        let report = block_on(history.judge(&store));
        let took = began.elapsed();
        assert!(report.findings().is_empty(), "{report}");
        assert!(report.commits() > calls as u64 / 10, "{report}");
        assert!(took < Duration::from_secs(30), "{calls} calls: {took:?}");
        ALLOCATOR.peak_usage() - before
    });
    assert!(large < 20 * small, "{small} bytes for a tenth of the calls, and {large} bytes");
}

#[test]
fn flood_of_slow_guesses_stays_under_48_mib() {
    let _alone = ALONE.lock().unwrap();
    // With the default cost of the policy.
    let world = World::new();
    let (app, verified) = block_on(world.with_app());
    let codes = block_on(world.verifier.new_backup_codes(&verified)).unwrap();
    drop(codes);
    let near = near_code(&world);
    ALLOCATOR.reset_peak_usage();
    let checked = AtomicUsize::new(0);
    thread::scope(|scope| {
        for at in 0..40 {
            let (world, near, checked) = (&world, &near, &checked);
            scope.spawn(move || {
                // Guesses at the codes of one subject, and at the PINs of many unknown ones, which
                // must look as if they had one.
                if at % 2 == 0 {
                    let proof = Proof::backup_code(near);
                    let answer = block_on(world.verifier.verify(&world.alice, proof));
                    if reason_of(answer) == Some(Reason::Incorrect) {
                        let _before = checked.fetch_add(1, Ordering::Relaxed);
                    }
                } else {
                    let unknown = SubjectId::new(format!("unknown {at}")).unwrap();
                    let answer = block_on(world.verifier.rehearse_pin(&unknown, "493817"));
                    assert_eq!(reason_of(answer), Some(Reason::NotEnrolled));
                }
            });
        }
    });
    let most = ALLOCATOR.peak_usage_as_mb();
    assert!(most < 48.0, "{most} MiB");
    assert!(most > 19.0, "a slow hash takes 19 MiB, but the peak was {most} MiB");
    assert!((1..=5).contains(&checked.into_inner()), "the sixth attempt must be locked");

    // Her other factor is not affected.
    world.clock.advance(30);
    let code = app.code(&world.clock);
    assert!(block_on(world.try_app(&code)).is_ok());
}

#[test]
fn of_a_thousand_guesses_five_are_checked() {
    let world = World::new();
    let (app, verified) = block_on(world.with_app());
    let _ = block_on(world.with_phone(&verified));
    world.clock.advance(300);
    let incorrect = app.incorrect(&world.clock);
    let (checked, locked_out) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..20 {
            let (world, incorrect, checked, locked_out) =
                (&world, &incorrect, &checked, &locked_out);
            scope.spawn(move || {
                for _ in 0..50 {
                    match reason_of(block_on(world.try_app(incorrect))) {
                        Some(Reason::Incorrect) => _ = checked.fetch_add(1, Ordering::Relaxed),
                        Some(Reason::Locked) | None => {
                            _ = locked_out.fetch_add(1, Ordering::Relaxed)
                        }
                        Some(other) => panic!("{other:?}"),
                    }
                }
            });
        }
    });
    assert_eq!((checked.into_inner(), locked_out.into_inner()), (5, 995));
    let locked = block_on(world.try_app(&app.code(&world.clock)));
    assert_eq!(reason(locked), Reason::Locked);
    let (sent, code) = block_on(world.send_to(&world.number));
    assert!(block_on(world.try_code(&sent, &code)).is_ok(), "her other factor must work");
}

/// Returns the reason of the refusal, or `None` if every attempt to commit was a conflict.
fn reason_of<T>(answer: Result<T, Error>) -> Option<Reason> {
    match answer {
        Err(Error::Busy) => None,
        answer => Some(reason(answer)),
    }
}
