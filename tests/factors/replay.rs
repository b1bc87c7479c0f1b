//! Replay across purposes, processes and later codes.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::answer::Prove as _;
use crate::support::{
    App, World, mail, reason,
    slow::{Alice, cheap, printed},
};
use second_factor::{
    Error, MemoryStorage, Policy, Proof, Reason, SubjectId, block_on, purpose::Operation,
};

#[test]
fn failure_005_used_totp_code_is_used_for_every_purpose() {
    let purposes = [Operation::SignIn, Operation::Manage, Operation::StepUp, Operation::Recover];
    block_on(async {
        for first in purposes {
            let world = World::new();
            let (app, verified) = world.with_app().await;
            let _ = world.with_phone(&verified).await;
            let code = app.code(&world.clock);
            let proof = Proof::totp(&code);
            let answer = world.verifier.prove_for(&world.alice, first, proof.clone()).await;
            assert!(answer.is_ok() || first == Operation::Recover, "{first:?}");
            for then in purposes {
                let answer = world.verifier.prove_for(&world.alice, then, proof.clone()).await;
                assert_eq!(reason(answer), Reason::Replayed, "{first:?}, {then:?}");
            }
            // It is not accepted as the first code of a replacement app either.
            let begun = world.verifier.enroll_totp(&verified, "alice").await.unwrap();
            assert!(world.verifier.confirm(&world.alice, &begun, &code).await.is_err());
        }
    });
}

#[test]
fn failure_007_of_64_concurrent_uses_one_passes() {
    let alice = block_on(Alice::codes_over(MemoryStorage::new(), cheap()));
    let (verifier, id, code) = (&alice.world.verifier, &alice.world.alice, &alice.codes[0]);
    let passed = std::thread::scope(|scope| {
        let one = || loop {
            match block_on(verifier.verify(id, Proof::backup_code(code))) {
                Ok(_) => break true,
                Err(Error::Busy) => {}
                // Another attempt is pending, or the code was used.
                Err(error) if error.denial().unwrap().reason() == Reason::Replayed => break false,
                Err(error) => assert_ne!(error.denial().unwrap().reason(), Reason::Incorrect),
            }
        };
        let uses: Vec<_> = (0..64).map(|_| scope.spawn(one)).collect();
        uses.into_iter().map(|one| one.join().unwrap()).filter(|ok| *ok).count()
    });
    assert_eq!(passed, 1);
    let left = block_on(verifier.status(id)).unwrap().backup_codes_left();
    assert_eq!(left, Some(9), "exactly one was used");
}

#[test]
fn failure_012_later_codes_never_free_an_old_one() {
    block_on(async {
        let world = World::new();
        let (app, _) = world.with_app().await;
        let mut used = vec![];
        for _ in 0..100 {
            let code = app.code(&world.clock);
            assert!(world.try_app(&code).await.is_ok());
            used.push((app.step(&world.clock), code));
            world.clock.advance(30);
        }
        // A clock that runs backwards makes each of them the current code again.
        for (step, code) in used {
            world.clock.set(step * 30);
            assert!(world.try_app(&code).await.is_err(), "step {step} was accepted again");
        }
    });
}

#[test]
fn failure_013_reset_code_is_used_once_across_processes() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let (world, id) = (&alice.world, &alice.world.alice);
        let due = alice.due().await;
        let (sent, code) = alice.send_reset().await;
        let _ = world.verifier.verify_pin_reset(id, &due, &sent, &code).await.unwrap();
        let restarted = World::seeded(world.store.clone(), cheap(), 99);
        restarted.clock.set(world.clock.time().as_secs());
        for verifier in [&world.verifier, &restarted.verifier] {
            let again = verifier.verify_pin_reset(id, &due, &sent, &code).await;
            assert_eq!(reason(again), Reason::NotFound);
        }
    });
}

#[test]
fn failure_013_address_is_proven_once_across_processes() {
    block_on(async {
        let world = World::new();
        let (_, verified) = world.with_app().await;
        let sent = world.verifier.enroll_address(&verified, &mail()).await.unwrap();
        let code = world.read_code();
        let _ = world.verifier.confirm(&world.alice, &sent, &code).await.unwrap();
        let restarted = World::seeded(world.store.clone(), Policy::default(), 99);
        restarted.clock.set(world.clock.time().as_secs());
        for verifier in [&world.verifier, &restarted.verifier] {
            let again = verifier.confirm(&world.alice, &sent, &code).await;
            assert_eq!(reason(again), Reason::NotFound);
        }
    });
}

#[test]
fn failure_039_backup_code_is_matched_by_exact_subject_id() {
    block_on(async {
        let alice = Alice::with_codes().await;
        let verifier = &alice.world.verifier;
        // A loose comparison of names takes these for `alice`, for one another, or for zero.
        let names = ["Alice", "alice ", "al\u{131}ce", "0", "00", "0.0", "null", "bob"];
        let names = names.map(|name| SubjectId::new(name).unwrap()).into_iter();
        let bytes = [&b"alice"[..], b"alice\0"].map(|name| SubjectId::from_bytes(name).unwrap());
        for other in names.chain(bytes) {
            let name = other.to_string();
            let begun = verifier.enroll_totp(&other, "other").await.unwrap();
            let app = App::scan(begun.expose_secret().expose());
            let code = app.code(&alice.world.clock);
            let proof = verifier.confirm(&other, &begun, &code).await.unwrap();
            let answer = verifier.verify(&other, Proof::backup_code(&alice.codes[0])).await;
            assert_eq!(reason(answer), Reason::NotEnrolled, "{name}");
            let own = printed(verifier.new_backup_codes(&proof).await.unwrap());
            let answer = verifier.verify(&other, Proof::backup_code(&alice.codes[0])).await;
            assert_eq!(reason(answer), Reason::Incorrect, "{name}");
            assert_eq!(reason(alice.try_backup(&own[0]).await), Reason::Incorrect, "{name}");
            alice.world.clock.advance(3600);
        }
        assert!(alice.try_backup(&alice.codes[0]).await.is_ok());
    });
}

#[test]
fn failure_117_memory_storage_loses_no_concurrent_write() {
    let world = &World::new();
    let names: Vec<SubjectId> =
        (0..8).map(|n| SubjectId::new(format!("thread {n}")).unwrap()).collect();
    std::thread::scope(|scope| {
        for name in &names {
            scope.spawn(move || {
                for _ in 0..3 {
                    let begun = block_on(world.verifier.enroll_totp(name, "x")).unwrap();
                    let app = App::scan(begun.expose_secret().expose());
                    let code = app.incorrect(&world.clock);
                    let answer = block_on(world.verifier.confirm(name, &begun, &code));
                    assert_eq!(reason(answer), Reason::Incorrect);
                }
            });
        }
    });
    for name in &names {
        let begun = block_on(world.verifier.enroll_totp(name, "x")).unwrap();
        let app = App::scan(begun.expose_secret().expose());
        let code = app.code(&world.clock);
        assert!(block_on(world.verifier.confirm(name, &begun, &code)).is_ok());
    }
}
