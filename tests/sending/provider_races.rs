//! Provider-managed codes while the same subject changes.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::{
    pin::pin,
    task::{Context, Waker},
    time::Duration,
};

use super::provider_codes::{World, lose_check, world};
use crate::support::answer::Prove as _;
use crate::support::{
    ROOT, mail, not, opened, reason,
    slow::{Alice, cheap},
};
use second_factor::{
    Challenge, CodeRequest, Error, FactorKind, Handle, Keys, Proof, Reason, Storage as _, block_on,
    delivery::{RemoteAnswer, Undelivered},
    host::Event,
    purpose::Agreement,
    purpose::Operation,
    sans_io::{Checked, Settled},
    sign_in::Registered,
    storage::Swap,
};

/// Alice signs in and generates backup codes. Returns the first of them.
async fn backup_code(world: &World) -> String {
    let sent = world.send().await;
    let verified = world.try_code(&sent, &world.service.code()).await.unwrap();
    let codes = world.verifier.new_backup_codes(&verified).await.unwrap();
    codes.expose().first().unwrap().expose().to_owned()
}

#[test]
fn pending_provider_check_delays_the_next_slow_check() {
    block_on(async {
        let world = world();
        let backup = backup_code(&world).await;
        world.clock.advance(30);
        let sent = world.send().await;
        let incorrect = not(&world.service.code());
        world.service.state().pauses = true;
        let mut guess = pin!(world.try_code(&sent, &incorrect));
        assert!(guess.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let second = world.verifier.verify(&world.alice, Proof::backup_code(&backup)).await;
        assert_eq!(reason(second), Reason::TooSoon);
        assert_eq!(reason(guess.await), Reason::Incorrect);
    });
}

#[test]
fn failure_026_lock_voids_provider_registration_codes() {
    block_on(async {
        let world = world();
        let sent = register(&world).await;
        let code = world.service.code();
        for _ in 0..5 {
            let incorrect = try_registering(&world, &sent, &not(&code)).await;
            assert_eq!(reason(incorrect), Reason::Incorrect);
        }
        world.clock.advance(30);
        assert_eq!(reason(try_registering(&world, &sent, &code).await), Reason::NotFound);
    });
}

/// Requests a registration code to Alice's own number.
async fn register(world: &World) -> Challenge {
    world.verifier.send_code(&world.alice, CodeRequest::register(&world.number)).await.unwrap()
}

async fn try_registering(
    world: &World,
    sent: &Challenge,
    typed: &str,
) -> Result<Registered, Error> {
    let proof = Proof::sent_code(sent, typed);
    world.verifier.register(&world.alice, proof).await
}

#[test]
fn failure_026_lost_provider_answer_still_locks_and_voids() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        let code = world.service.code();
        for _ in 0..4 {
            assert_eq!(reason(world.try_code(&sent, &not(&code)).await), Reason::Incorrect);
        }
        lose_check(&world, &sent, &not(&code));
        world.clock.advance(30);
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::NotFound);
    });
}

#[test]
fn failure_030_pending_registration_check_delays_no_sign_in() {
    block_on(async {
        let world = world();
        let backup = backup_code(&world).await;
        let sent = register(&world).await;
        let incorrect = not(&world.service.code());
        world.service.state().pauses = true;
        let mut guess = pin!(try_registering(&world, &sent, &incorrect));
        assert!(guess.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let proof = Proof::backup_code(&backup);
        assert!(world.verifier.verify(&world.alice, proof).await.is_ok());
        assert_eq!(reason(guess.await), Reason::Incorrect);
    });
}

#[test]
fn replaced_start_never_gets_a_name() {
    block_on(async {
        let world = world();
        let (alice, number) = (&world.alice, &world.number);
        world.service.state().pauses = true;
        let mut context = Context::from_waker(Waker::noop());
        let mut first = pin!(
            world
                .verifier
                .send_code(alice, CodeRequest::to_address(number).purpose(Operation::StepUp))
        );
        assert!(first.as_mut().poll(&mut context).is_pending());
        world.service.state().pauses = false;
        // The start of the first takes longer than the cooldown between two codes.
        world.clock.advance(30);
        let sign_in = world.send().await;
        let code = world.service.code();
        let stepping = first.await.unwrap();
        assert_eq!(world.service.state().codes.len(), 1, "a number has one valid code");
        let late = world.service.code();
        let proof = Proof::sent_code(&stepping, &late);
        let answer = world.verifier.prove_for(alice, Operation::StepUp, proof).await;
        assert_eq!(reason(answer), Reason::NotFound);
        assert!(world.try_code(&sign_in, &code).await.is_ok());
    });
}

#[test]
fn failure_030_registration_keeps_provider_sign_in_codes() {
    block_on(async {
        let world = world();
        let sign_in = world.send().await;
        let code = world.service.code();
        let _ = register(&world).await;
        assert!(world.try_code(&sign_in, &code).await.is_ok());
    });
}

#[test]
fn provider_reusing_one_code_is_misconfigured() {
    block_on(async {
        let world = world();
        let sign_in = world.send().await;
        let code = world.service.code();
        world.service.state().repeats = true;
        let (alice, number) = (&world.alice, &world.number);
        let answer = world.verifier.send_code(alice, CodeRequest::register(number)).await;
        let Err(Error::Undelivered { challenge, why, .. }) = answer else { panic!("{answer:?}") };
        assert_eq!(why, Undelivered::Misconfigured);
        assert_eq!(reason(try_registering(&world, &challenge, &code).await), Reason::NotFound);
        assert!(world.try_code(&sign_in, &code).await.is_ok(), "it was not cancelled");
    });
}

#[test]
fn provider_code_expiring_during_its_check_is_refused() {
    block_on(async {
        let policy = second_factor::Policy::builder()
            .code_lifetime(Duration::from_secs(600))
            .build()
            .unwrap();
        let world = super::provider_codes::world_with(policy);
        let sent = world.send().await;
        let code = world.service.code();
        world.clock.advance(595);
        world.service.state().pauses = true;
        let mut asked = pin!(world.try_code(&sent, &code));
        assert!(asked.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        world.clock.advance(6);
        assert!(asked.await.is_err());
    });
}

/// Otherwise, an attempt whose service failed would be a guess that is not counted.
#[test]
fn remote_answer_for_a_local_check_is_incorrect() {
    for answer in [
        RemoteAnswer::Correct,
        RemoteAnswer::Incorrect,
        RemoteAnswer::Misconfigured,
        RemoteAnswer::NotFound,
        RemoteAnswer::Unreachable,
    ] {
        block_on(answers_a_local_check(answer));
    }
}

async fn answers_a_local_check(answer: RemoteAnswer) {
    let slow = Alice::with_codes().await;
    let (keys, policy, now) = (Keys::new(ROOT), cheap(), slow.world.clock.time());
    let id = keys.subject_record(&slow.world.alice);
    let record = slow.world.store.load(&id).await.unwrap();
    let alice = || opened(&keys, &policy, &slow.world.alice, record.as_ref(), now);
    let proof = Proof::backup_code(slow.near());
    let reserved = alice().verify(Operation::SignIn, &proof).unwrap();
    let written = reserved.record().clone();
    let Settled::Done { outcome: Ok(Checked::SlowCheck(work)), .. } = reserved.settle(Swap::Commit)
    else {
        panic!("a slow check is pending")
    };
    let worked = work.with_remote_answer(answer);
    let after = opened(&keys, &policy, &slow.world.alice, Some(&written), now);
    let Settled::Done { outcome, .. } = after.conclude(&worked).unwrap().settle(Swap::Commit)
    else {
        panic!("the decision is settled")
    };
    let reason = outcome.err().map(|denial| denial.reason());
    assert_eq!(reason, Some(Reason::Incorrect), "{answer:?}");
}

#[test]
fn transaction_code_keeps_provider_codes() {
    block_on(async {
        let world = world();
        let sign_in = world.send().await;
        let code = world.service.code();
        world.clock.advance(30);
        let agreement = Agreement::new([("amount", "10 EUR"), ("payee", "Bob")]).unwrap();
        let (alice, number) = (&world.alice, &world.number);
        let paying = world
            .verifier
            .send_code(alice, CodeRequest::to_address(number).agreement(&agreement))
            .await
            .unwrap();
        world.clock.advance(60);
        let _ = world.verifier.send_code(alice, CodeRequest::again(&paying)).await.unwrap();
        assert!(world.try_code(&sign_in, &code).await.is_ok());
    });
}

#[test]
fn pin_is_due_after_a_provider_code() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        let verified = world.try_code(&sent, &world.service.code()).await.unwrap();
        world.verifier.set_pin(&verified, "739154").await.unwrap();
        world.clock.advance(30);
        let sent = world.send().await;
        let code = world.service.code();
        let answer = world.try_code(&sent, &code).await.unwrap_err();
        let due = *answer.pending_pin().unwrap();
        assert_eq!(reason(world.try_code(&sent, &code).await), Reason::NotFound);
        let verified = world.verifier.verify(&world.alice, Proof::pin(due, "739154")).await;
        let proven = verified.unwrap();
        assert!(proven.factors().iter().eq(&[FactorKind::Phone, FactorKind::Pin]));
    });
}

/// The partial proof that a recovery leaves pending.
async fn half(world: &World, proof: Proof) -> Handle {
    let answer = world.verifier.prove_for(&world.alice, Operation::Recover, proof).await;
    *answer.unwrap_err().pending_factor().unwrap()
}

#[test]
fn provider_code_is_accepted_as_second_recovery_proof() {
    block_on(async {
        let world = world();
        let sent = world.send().await;
        let verified = world.try_code(&sent, &world.service.code()).await.unwrap();
        let enrolling = world.verifier.enroll_address(&verified, &mail()).await.unwrap();
        let read = || {
            core::iter::from_fn(|| world.post.take())
                .find_map(|m| m.code().map(|code| code.expose().to_owned()))
        };
        let _ = world.verifier.confirm(&world.alice, &enrolling, &read().unwrap()).await.unwrap();
        world.clock.advance(600);
        let recover = Operation::Recover;
        let by_mail = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&mail()).purpose(recover))
            .await
            .unwrap();
        let due = half(&world, Proof::sent_code(&by_mail, read().unwrap())).await;
        world.clock.advance(30);
        let sent = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&world.number).purpose(recover))
            .await
            .unwrap();
        let code = world.service.code();
        let proof = Proof::sent_code(&sent, &code).after(due);
        let _ = world.verifier.prove_for(&world.alice, recover, proof).await.unwrap();
        let reported = world.log.take();
        for kind in [FactorKind::Email, FactorKind::Phone] {
            assert!(reported.contains(&Event::Verified(kind, recover)), "{kind:?}");
        }
        assert!(reported.contains(&Event::Recovered));
    });
}
