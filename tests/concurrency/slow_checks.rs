//! Slow checks: counted before they begin, exactly once.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::pin::pin;

use crate::support::{
    YEAR, fresh, item_of, mail, prove, reason,
    slow::{
        Alice, Fate, INCORRECT_CODE, INCORRECT_PIN, PIN, builder, cheap, count, near_code, poll,
    },
};
use crate::walk::Stepping;
use second_factor::{
    Client, Error, FactorKind, Handle, MemoryStorage, Policy, Proof, Reason, Storage, block_on,
    host::Event,
};

const SLOW: [Slow; 3] = [Slow::Backup, Slow::Due, Slow::Rehearsal];

/// A slow attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slow {
    Backup,
    Due,
    Rehearsal,
}

impl Slow {
    const fn kind(self) -> FactorKind {
        match self {
            Self::Backup => FactorKind::BackupCode,
            Self::Due | Self::Rehearsal => FactorKind::Pin,
        }
    }
}

/// A subject about to make a slow attempt, at the PIN step if a PIN is set.
struct Ready<S: Storage + Clone + 'static = MemoryStorage> {
    alice: Alice<S>,
    due: Option<Handle>,
}

impl<S: Storage + Clone + 'static> Ready<S> {
    async fn over(store: S, policy: Policy, slow: Slow) -> Self {
        let alice = match slow {
            Slow::Backup => Alice::imported_over(store, policy).await,
            Slow::Due | Slow::Rehearsal => Alice::pin_over(store, policy).await,
        };
        let due = if slow == Slow::Backup { None } else { Some(alice.due().await) };
        let _ = alice.world.log.take();
        Self { alice, due }
    }

    async fn attempt(&self, slow: Slow, is_correct: bool) -> Result<(), Error> {
        let alice = &self.alice;
        let pin = if is_correct { PIN } else { INCORRECT_PIN };
        match slow {
            Slow::Backup if is_correct => alice.try_backup(&alice.codes[0]).await.map(drop),
            Slow::Backup => alice.try_backup(alice.near()).await.map(drop),
            Slow::Due => alice.try_pin(&self.due.unwrap(), pin).await.map(drop),
            Slow::Rehearsal => alice.world.verifier.rehearse_pin(&alice.world.alice, pin).await,
        }
    }

    /// Signs in with the factor. Returns the failures counted before.
    async fn failures_before(&self, slow: Slow) -> u32 {
        match slow {
            Slow::Backup => drop(self.alice.try_backup(&self.alice.codes[1]).await.unwrap()),
            Slow::Rehearsal => {
                let (verifier, id) = (&self.alice.world.verifier, &self.alice.world.alice);
                let mut left = 0;
                while reason(verifier.rehearse_pin(id, INCORRECT_PIN).await) == Reason::Incorrect {
                    left += 1;
                }
                return 3 - left;
            }
            Slow::Due => {
                let due = self.alice.due().await;
                let _ = self.alice.try_pin(&due, PIN).await.unwrap();
            }
        }
        self.alice.failures_before_success(slow.kind())
    }
}

async fn ready(slow: Slow) -> Ready {
    Ready::over(MemoryStorage::new(), cheap(), slow).await
}

#[test]
fn slow_attempt_dropped_at_any_await_is_counted_once() {
    block_on(async {
        for (slow, is_correct) in SLOW.into_iter().flat_map(|slow| [(slow, true), (slow, false)]) {
            let mut counted = vec![];
            for polls in 0.. {
                let store = Stepping(MemoryStorage::new());
                let ready = Ready::over(store, cheap(), slow).await;
                let is_done = poll(pin!(ready.attempt(slow, is_correct)), polls).is_some();
                ready.alice.world.clock.advance(10);
                let _ = ready.alice.world.log.take();
                counted.push(ready.failures_before(slow).await);
                if is_done {
                    break;
                }
            }
            let ends = u32::from(!is_correct);
            assert_eq!(counted.pop(), Some(ends), "{slow:?}");
            counted.dedup();
            assert_eq!(
                counted,
                [0, 1],
                "{slow:?}: counted with the first write, and never refunded"
            );
        }
    });
}

#[test]
fn lost_slow_check_stays_counted_and_is_reported_once() {
    block_on(async {
        for (slow, fate) in SLOW.into_iter().flat_map(|s| [(s, Fate::Lost), (s, Fate::Panics)]) {
            let ready = ready(slow).await;
            let Ready { alice, .. } = &ready;
            alice.offload.set(fate);
            assert!(matches!(ready.attempt(slow, true).await, Err(Error::CheckLost)), "{slow:?}");
            alice.offload.set(Fate::Done);
            let began = alice.world.clock.time();
            let error = ready.attempt(slow, true).await.unwrap_err();
            assert_eq!(error.retry_at(), Some(began.plus(10)), "{slow:?}");
            assert_eq!(reason::<()>(Err(error)), Reason::TooSoon);
            alice.world.clock.advance(10);
            assert!(alice.world.log.take().is_empty(), "nothing is reported yet");
            let _ = fresh_or_due(alice, slow).await;
            let incorrect = Event::IncorrectProof(slow.kind());
            assert_eq!(count(&alice.world.log.take(), &incorrect), 1, "{slow:?} {fate:?}");
            assert_eq!(ready.failures_before(slow).await, 1, "{slow:?} {fate:?}");
        }
    });
}

/// Some other decision that is written.
async fn fresh_or_due(alice: &Alice, slow: Slow) {
    match slow {
        Slow::Backup => drop(fresh(&alice.world, &alice.app).await),
        Slow::Due | Slow::Rehearsal => drop(alice.due().await),
    }
}

#[test]
fn lock_by_a_lost_slow_check_is_reported_later() {
    block_on(async {
        for fate in [Fate::Lost, Fate::Panics] {
            let alice = Alice::with_imported_codes().await;
            let _ = prove(&alice.world, &alice.proof, &mail()).await.unwrap();
            alice.fail_backup(4).await;
            alice.offload.set(fate);
            assert!(alice.try_backup(&alice.codes[0]).await.is_err());
            alice.offload.set(Fate::Done);
            assert_eq!(reason(alice.try_backup(&alice.codes[0]).await), Reason::Locked);
            alice.world.clock.advance(3600);
            let _ = alice.world.notices();
            let _ = alice.try_backup(&alice.codes[1]).await.unwrap();
            let locked = Event::FactorLocked(FactorKind::BackupCode);
            assert_eq!(count(&alice.world.log.take(), &locked), 1);
            assert!(alice.world.notices().contains(&(locked, mail())));
        }
    });
}

#[test]
fn pin_disabled_by_a_lost_slow_check_is_reported_once() {
    block_on(async {
        let alice = Alice::with_pin().await;
        alice.fail_pin(9).await;
        alice.world.clock.advance(3600);
        let due = alice.due().await;
        let _ = alice.world.log.take();
        alice.offload.set(Fate::Lost);
        assert!(matches!(alice.try_pin(&due, PIN).await, Err(Error::CheckLost)));
        alice.offload.set(Fate::Done);
        alice.world.clock.advance(10);
        for _ in 0..3 {
            assert_eq!(reason(alice.try_pin(&due, PIN).await), Reason::Disabled);
        }
        assert!(alice.world.log.take().is_empty(), "a refusal writes and reports nothing");
        let _ = (alice.due().await, alice.due().await);
        let events = alice.world.log.take();
        assert_eq!(count(&events, &Event::FactorDisabled(FactorKind::Pin)), 1);
        assert_eq!(count(&events, &Event::IncorrectProof(FactorKind::Pin)), 1);
    });
}

#[test]
fn slow_checks_of_a_subject_run_one_at_a_time() {
    block_on(async {
        let ready = ready(Slow::Due).await;
        let Ready { alice, due } = &ready;
        let world = &alice.world;
        let codes = world.verifier.new_backup_codes(&alice.proof).await.unwrap();
        let codes = crate::support::slow::printed(codes);
        let another = alice.due().await;
        let used = &codes[1];
        assert_eq!(reason(alice.try_backup(used).await), Reason::PinDue);
        // Of a code that is not used.
        let near = near_code(world);
        alice.offload.set(Fate::Held);
        let mut first = pin!(alice.try_pin(due.as_ref().unwrap(), PIN));
        assert!(poll(first.as_mut(), 3).is_none());
        alice.offload.set(Fate::Lost);
        let until = world.clock.time().plus(10);
        world.clock.advance(9);
        // A used code must look like one without a selector, also if something else is invalid.
        assert_eq!(reason(alice.try_backup(used).await), Reason::Replayed);
        assert_eq!(reason(alice.try_backup(INCORRECT_CODE).await), Reason::Incorrect);
        for second in [
            alice.try_pin(&another, PIN).await.map(drop),
            alice.try_pin(&another, INCORRECT_PIN).await.map(drop),
            alice.try_backup(&codes[0]).await.map(drop),
            alice.try_backup(&near).await.map(drop),
            world.verifier.rehearse_pin(&world.alice, PIN).await,
        ] {
            let error = second.unwrap_err();
            assert_eq!(error.retry_at(), Some(until));
            assert_eq!(reason::<()>(Err(error)), Reason::TooSoon);
        }
        alice.offload.set(Fate::Done);
        assert!(first.await.is_ok(), "in its tenth second");
        assert!(alice.try_pin(&another, PIN).await.is_ok());
    });
}

#[test]
fn slow_check_of_ten_seconds_proves_and_spends_nothing() {
    block_on(async {
        for slow in SLOW {
            let ready = ready(slow).await;
            let Ready { alice, .. } = &ready;
            alice.offload.set(Fate::Held);
            let mut late = Box::pin(ready.attempt(slow, true));
            assert!(poll(late.as_mut(), 3).is_none());
            alice.world.clock.advance(10);
            alice.offload.set(Fate::Done);
            assert_eq!(reason(late.await), Reason::Expired, "{slow:?}");
            assert!(ready.attempt(slow, true).await.is_ok(), "{slow:?}: the code is not used up");
        }
    });
}

#[test]
fn last_attempt_before_disabling_may_succeed() {
    block_on(async {
        let alice = Alice::with_pin().await;
        alice.fail_pin(9).await;
        alice.world.clock.advance(3600);
        let due = alice.due().await;
        assert!(alice.try_pin(&due, PIN).await.is_ok());
        assert_eq!(alice.failures_before_success(FactorKind::Pin), 9);
        alice.fail_pin(1).await;
        let due = alice.due().await;
        assert!(
            alice.try_pin(&due, PIN).await.is_ok(),
            "it is not disabled, and its count was reset"
        );

        let policy = builder().disable_at(1).build().unwrap();
        let alice = Alice::imported_over(MemoryStorage::new(), policy).await;
        assert!(alice.try_backup(&alice.codes[0]).await.is_ok());
        assert!(alice.try_backup(&alice.codes[1]).await.is_ok());
        assert_eq!(reason(alice.try_backup(alice.near()).await), Reason::Incorrect);
        assert_eq!(reason(alice.try_backup(&alice.codes[2]).await), Reason::Disabled);
    });
}

#[test]
fn default_hash_distinguishes_a_correct_pin() {
    block_on(async {
        let alice = Alice::over(MemoryStorage::new(), Policy::default()).await;
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        verifier.set_pin(&alice.proof, PIN).await.unwrap();
        assert_eq!(reason(verifier.rehearse_pin(id, INCORRECT_PIN).await), Reason::Incorrect);
        verifier.rehearse_pin(id, PIN).await.unwrap();
    });
}

#[test]
fn lost_slow_check_sets_no_pin_and_generates_no_codes() {
    block_on(async {
        for fate in [Fate::Lost, Fate::Panics] {
            let alice = Alice::with_codes().await;
            let verifier = &alice.world.verifier;
            alice.offload.set(fate);
            let made = verifier.new_backup_codes(&alice.proof).await;
            assert!(matches!(made, Err(Error::CheckLost)));
            assert!(matches!(verifier.set_pin(&alice.proof, PIN).await, Err(Error::CheckLost)));
            alice.offload.set(Fate::Done);
            assert!(alice.try_backup(&alice.codes[0]).await.is_ok(), "no PIN, and the old codes");
        }
    });
}

#[test]
fn slow_check_ends_with_a_change_of_its_factor() {
    block_on(async {
        for what in ["regenerate", "revoke", "sign out", "turn off"] {
            let alice = Alice::with_codes().await;
            let verifier = &alice.world.verifier;
            alice.offload.set(Fate::Held);
            let mut correct = pin!(alice.try_backup(&alice.codes[0]));
            assert!(poll(correct.as_mut(), 3).is_none());
            alice.offload.set(Fate::Done);
            match what {
                "regenerate" => drop(verifier.new_backup_codes(&alice.proof).await.unwrap()),
                "revoke" => {
                    let codes = item_of(&alice.world, FactorKind::BackupCode).await;
                    verifier.revoke(&alice.proof, &codes).await.unwrap();
                }
                "sign out" => {
                    let _ = verifier.sign_out_everywhere(&alice.proof).await.unwrap();
                }
                _ => {
                    let _ = verifier.turn_off(&alice.proof).await.unwrap();
                }
            }
            assert_eq!(reason(correct.await), Reason::Expired, "{what}");
        }
    });
}

/// No count is left that a success could clear.
#[test]
fn slow_check_ends_with_its_device() {
    block_on(async {
        for is_expired in [false, true] {
            let alice = Alice::with_imported_codes().await;
            let world = &alice.world;
            let sign_in = async |client: &Client| {
                let by = world.verifier.for_client(client.clone());
                let proof = Proof::totp(alice.app.code(&world.clock));
                by.verify(&world.alice, proof).await.unwrap()
            };
            let [ours, other] = [&b"the browser of the owner"[..], b"a browser of the owner too"]
                .map(|binding| Client::new(binding).unwrap());
            let token = sign_in(&ours).await;
            let device = world.verifier.for_client(ours.device(token.device_token().unwrap()));
            world.clock.advance(YEAR - 1);
            alice.offload.set(Fate::Held);
            let backup = Proof::backup_code(&alice.codes[0]);
            let mut correct = pin!(device.verify(&world.alice, backup));
            assert!(poll(correct.as_mut(), 3).is_none());
            world.clock.advance(u64::from(is_expired));
            // The sign-in drops the devices that have expired.
            let _ = sign_in(&other).await;
            alice.offload.set(Fate::Done);
            let refused = correct.await.err().map(|error| error.denial().unwrap().reason());
            assert_eq!(refused, is_expired.then_some(Reason::NotEnrolled));
        }
    });
}
