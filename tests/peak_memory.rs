//! However many guess at once, two slow hashes are made at once in a process: each takes 19 MiB.

#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

extern crate alloc;

use core::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use peak_alloc::PeakAlloc;

#[path = "support/mod.rs"]
mod support;

use second_factor::{Error, Proof, SubjectId, block_on, verdict::Reason};
use support::{World, reason, slow::WRONG_CODE};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

#[test]
fn a_flood_of_guesses_at_backup_codes_stays_under_64_mebibytes() {
    // At the cost that the policy has for everybody.
    let world = World::new();
    let (app, verified) = block_on(world.with_app());
    let codes = block_on(world.verifier.new_backup_codes(&verified)).unwrap();
    drop(codes);
    ALLOCATOR.reset_peak_usage();
    let looked_at = AtomicUsize::new(0);
    thread::scope(|scope| {
        for at in 0..40 {
            let (world, looked_at) = (&world, &looked_at);
            scope.spawn(move || {
                // At one who is known, and at many who are not and are to look the same.
                let stranger = SubjectId::new(format!("stranger {at}")).unwrap();
                let subject = if at % 2 == 0 { &world.alice } else { &stranger };
                let answer =
                    block_on(world.verifier.verify(subject, Proof::backup_code(WRONG_CODE)));
                if reason_of(answer) == Some(Reason::Incorrect) {
                    let _before = looked_at.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let most = ALLOCATOR.peak_usage_as_mb();
    assert!(most < 48.0, "{most} MiB");
    assert!(most > 19.0, "a slow hash takes 19 MiB, and {most} were seen");
    assert!((1..=5).contains(&looked_at.into_inner()), "the sixth waits");

    // Her other factor is not held up by it.
    world.clock.advance(30);
    let code = app.code(&world.clock);
    assert!(block_on(world.try_app(&code)).is_ok());
}

#[test]
fn of_a_thousand_guesses_at_once_five_are_looked_at_and_the_owner_gets_in() {
    let world = World::new();
    let (app, verified) = block_on(world.with_app());
    let _ = block_on(world.with_phone(&verified));
    world.clock.advance(300);
    let wrong = app.wrong(&world.clock);
    let (looked_at, waited) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..20 {
            let (world, wrong, looked_at, waited) = (&world, &wrong, &looked_at, &waited);
            scope.spawn(move || {
                for _ in 0..50 {
                    match reason_of(block_on(world.try_app(wrong))) {
                        Some(Reason::Incorrect) => _ = looked_at.fetch_add(1, Ordering::Relaxed),
                        Some(Reason::Locked) | None => _ = waited.fetch_add(1, Ordering::Relaxed),
                        Some(other) => panic!("{other:?}"),
                    }
                }
            });
        }
    });
    assert_eq!((looked_at.into_inner(), waited.into_inner()), (5, 995));
    let locked = block_on(world.try_app(&app.code(&world.clock)));
    assert_eq!(reason(locked), Reason::Locked);
    let (sent, code) = block_on(world.send_to(&world.number));
    assert!(block_on(world.try_code(&sent, &code)).is_ok(), "by her other factor");
}

/// Why it was refused; `None`, if it lost every race.
fn reason_of<T>(answer: Result<T, Error>) -> Option<Reason> {
    match answer {
        Err(Error::Busy) => None,
        answer => Some(reason(answer)),
    }
}
