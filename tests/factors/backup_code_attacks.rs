//! Backup codes while an attacker who has the password guesses.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use alloc::sync::Arc;
use core::sync::atomic::{AtomicUsize, Ordering};

use second_factor::{
    FirstFactor, Keys, Proof, Reason, SubjectId, Verifier, block_on,
    host::{Event, Job, Offload},
    testkit::SeededEntropy,
};

use crate::support::{
    ROOT, World, reason,
    slow::{Alice, INCORRECT_CODE, cheap, printed},
};

/// Counts the slow checks that it runs.
#[derive(Clone, Default)]
struct CountingOffload(Arc<AtomicUsize>);

impl Offload for CountingOffload {
    async fn run(&self, job: Job) {
        self.0.fetch_add(1, Ordering::Relaxed);
        job();
    }
}

impl CountingOffload {
    /// The slow checks since the last call.
    fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// Lets an attacker guess once a second for 48 hours, and the owner sign in once an hour.
///
/// Every guess is one call of the crate. The listener stores nothing, or its log would grow.
/// A verifier over the records of `world`, and the count of its slow checks.
fn counting(world: &World) -> (Verifier, CountingOffload) {
    let offload = CountingOffload::default();
    let verifier =
        Verifier::builder("Example", world.store.clone(), world.phone.clone(), Keys::new(ROOT))
            .first_factor(FirstFactor::Password)
            .policy(cheap())
            .clock(world.clock.clone())
            .entropy(SeededEntropy::new(7))
            .offload(offload.clone())
            .build()
            .unwrap();
    (verifier, offload)
}

#[test]
fn finding_a02_backup_codes_work_during_an_attack() {
    block_on(async {
        let world = World::with(cheap());
        let (_, proof) = world.with_app().await;
        let (verifier, offload) = counting(&world);
        let mut codes = printed(verifier.new_backup_codes(&proof).await.unwrap());
        let (mut visits, mut guesses, mut slow) = (0, 0_u64, 0);
        let _ = offload.take();
        for _ in 0..48 {
            for _ in 0..3600 {
                world.clock.advance(1);
                guesses += 1;
                let guess = Proof::backup_code(format!("{guesses:016}"));
                assert!(verifier.verify(&world.alice, guess).await.is_err());
            }
            slow += offload.take();
            let typed = codes.pop().unwrap();
            let answer = verifier.verify(&world.alice, Proof::backup_code(typed)).await;
            visits += u32::from(answer.is_ok());
            if codes.is_empty() {
                let fresh = answer.unwrap();
                codes = printed(verifier.new_backup_codes(&fresh).await.unwrap());
            }
            let _ = offload.take();
        }
        assert_eq!((visits, guesses), (48, 48 * 3600));
        // At most ten of 65,536 selectors are those of a code: 26 guesses.
        assert!((1..60).contains(&slow), "{slow} slow checks");
    });
}

/// Backup codes that do not exist, or whose selector a guess does not have, cost no Argon2.
#[test]
fn finding_s27_guesses_without_a_selector_cost_no_hash() {
    let world = World::with(cheap());
    let (_, proof) = block_on(world.with_app());
    let (verifier, offload) = counting(&world);
    let guess_at = |subject: &SubjectId| {
        std::thread::scope(|scope| {
            let guess = || {
                let answer = verifier.verify(subject, Proof::backup_code(INCORRECT_CODE));
                reason(block_on(answer))
            };
            let guesses: Vec<_> = (0..48).map(|_| scope.spawn(guess)).collect();
            guesses.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
        })
    };
    let nobody = SubjectId::new("nobody").unwrap();
    for subject in [&world.alice, &nobody] {
        assert_eq!(guess_at(subject), [Reason::NotEnrolled; 48]);
        assert_eq!(offload.take(), 0, "no slow check");
    }
    let codes = printed(block_on(verifier.new_backup_codes(&proof)).unwrap());
    let _ = offload.take();
    assert_eq!(guess_at(&world.alice), [Reason::Incorrect; 48]);
    assert_eq!(offload.take(), 0, "no slow check");
    let answer = verifier.verify(&world.alice, Proof::backup_code(&*codes[0]));
    assert!(block_on(answer).is_ok());
    assert_eq!(offload.take(), 1);
}

#[test]
fn guess_without_a_selector_is_reported_uncounted() {
    block_on(async {
        let alice = Alice::with_codes().await;
        for _ in 0..100 {
            let refused = alice.try_backup(INCORRECT_CODE).await.unwrap_err();
            assert_eq!(refused.retry_at(), None);
            assert_eq!(reason::<()>(Err(refused)), Reason::Incorrect);
        }
        let guess = Event::IncorrectProof(second_factor::FactorKind::BackupCode);
        assert_eq!(alice.world.log.take(), vec![guess; 100]);
        assert!(alice.try_backup(&alice.codes[0]).await.is_ok());
        let kind = second_factor::FactorKind::BackupCode;
        assert_eq!(alice.failures_before_success(kind), 0);
    });
}
