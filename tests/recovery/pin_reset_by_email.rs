//! Removal of a forgotten PIN by a code to a proven mailbox.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    answer::{Answer, Prove as _},
    host::Host,
    mail, not, prove, reason,
    slow::{Alice, PIN, builder},
};
use crate::two_proofs::kinds_of;
use second_factor::{
    Client, CodeRequest, FactorKind, Handle, MemoryStorage, Proof, Purpose, Reason, block_on,
    host::Event, purpose::Operation,
};

#[test]
fn failure_109_proven_mailbox_removes_the_pin_and_notifies() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let (world, verifier, id) = (&alice.world, &alice.world.verifier, &alice.world.alice);
        let due = alice.due_for(Operation::StepUp).await;
        let (sent, code) = alice.send_reset().await;
        let reset = async |purpose: Operation, code: &str| {
            verifier.prove_for(id, purpose, Proof::pin_reset(due, sent, code)).await
        };
        assert_eq!(reason(reset(Operation::StepUp, &not(&code)).await), Reason::Incorrect);
        for other in [Operation::Manage, Operation::Register, Operation::SignIn] {
            let refused = reason(reset(other, &code).await);
            assert_eq!(refused, Reason::OtherPurpose, "the original purpose and no more");
        }
        let granted = reset(Operation::StepUp, &code).await.unwrap();
        let kinds = kinds_of(world, &granted, Purpose::StepUp).await;
        assert_eq!(kinds, [FactorKind::Email, FactorKind::Totp]);
        assert_eq!(alice.notice_events(), [Event::PinReset]);
        assert_eq!(reason(reset(Operation::StepUp, &code).await), Reason::NotFound);
        assert_eq!(reason(verifier.turn_off(&alice.proof).await), Reason::Unauthorized);
        assert!(!alice.is_asked_for_pin().await);
        let events = world.log.take();
        assert!(events.contains(&Event::SuccessAfterFailures(FactorKind::Email, 1)));
    });
}

#[test]
fn failure_109_unproven_mailbox_cannot_remove_the_pin() {
    block_on(async {
        let alice = Alice::with_pin().await;
        let (world, verifier, id) = (&alice.world, &alice.world.verifier, &alice.world.alice);
        let begun = verifier.enroll_address(&alice.proof, &mail()).await.unwrap();
        let first = world.read_code();
        world.clock.advance(30);
        let due = alice.due().await;
        let sent = verifier
            .send_code(id, CodeRequest::to_address(&mail()).purpose(Operation::ResetPin))
            .await
            .unwrap();
        assert!(world.got_no_code(), "it looks like any other");
        for handle in [sent.handle(), begun.handle()] {
            let reset = verifier.verify_pin_reset(id, &due, handle, &first).await;
            assert_eq!(reason(reset), Reason::NotFound);
        }
        assert!(alice.is_asked_for_pin().await);
    });
}

#[test]
fn reset_code_is_bound_to_its_step_client_and_purpose() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let (world, verifier, id) = (&alice.world, &alice.world.verifier, &alice.world.alice);
        let due = alice.due().await;
        let (sent, code) = alice.send_reset().await;
        let proof = Proof::sent_code(sent, &code);
        let (host, now) = (Host::of(&alice), world.clock.time());
        let alone = host.decide(id, now, |subject| subject.verify(Operation::ResetPin, &proof));
        assert_eq!(alone.unwrap_err().reason(), Reason::NotFound, "without a pending proof");
        let strange = "0".repeat(28).replacen("00", "0c", 1).parse::<Handle>().unwrap();
        let reset = verifier.verify_pin_reset(id, &strange, &sent, &code).await;
        assert_eq!(reason(reset), Reason::NotFound);
        let other = verifier.for_client(Client::new(b"another browser, not this one").unwrap());
        let reset = other.verify_pin_reset(id, &due, &sent, &code).await;
        assert_eq!(reason(reset), Reason::OtherClient, "the code belongs to another client");
        for purpose in [Operation::Recover, Operation::SignIn, Operation::Manage] {
            let answer = reason(verifier.prove_for(id, purpose, proof.clone()).await);
            assert!(matches!(answer, Reason::OtherPurpose | Reason::NotAllowed), "{answer:?}");
        }
        world.clock.advance(60);
        // The code belongs to the other client now, and the pending PIN step to this one.
        let sent = other
            .send_code(id, CodeRequest::to_address(&mail()).purpose(Operation::ResetPin))
            .await
            .unwrap();
        let reset = other.verify_pin_reset(id, &due, &sent, &world.read_code()).await;
        assert_eq!(
            reason(reset),
            Reason::OtherClient,
            "the pending step belongs to another client"
        );
        world.clock.advance(120);
        let sent = verifier
            .send_code(id, CodeRequest::to_address(&mail()).purpose(Operation::Recover))
            .await
            .unwrap();
        let reset = verifier.verify_pin_reset(id, &due, &sent, &world.read_code()).await;
        assert_eq!(reason(reset), Reason::OtherPurpose, "a recovery code has another purpose");
        assert!(alice.is_asked_for_pin().await);
    });
}

#[test]
fn mailbox_used_as_first_proof_cannot_remove_the_pin() {
    block_on(async {
        let kinds = [FactorKind::Totp, FactorKind::Email];
        let policy = builder().only(Operation::SignIn, &kinds).only(Operation::Manage, &kinds);
        let policy = policy.build().unwrap();
        let mut alice = Alice::over(MemoryStorage::new(), policy).await;
        let _ = prove(&alice.world, &alice.proof, &mail()).await.unwrap();
        let (verifier, id) = (alice.world.verifier.clone(), alice.world.alice.clone());
        verifier.set_pin(&alice.proof, PIN).await.unwrap();
        let (sent, code) = alice.world.send_to(&mail()).await;
        let due = alice.world.try_code(&sent, &code).await.unwrap_err();
        let due = *due.pending_pin().expect("the PIN is due");
        alice.world.clock.advance(60);
        let (sent, code) = alice.send_reset().await;
        let reset = verifier.verify_pin_reset(&id, &due, &sent, &code).await;
        assert_eq!(reason(reset), Reason::NotAllowed, "one mailbox is one proof");
        alice.proof = alice.try_pin(&due, PIN).await.unwrap();
    });
}

#[test]
fn recovery_with_a_reset_pin_stays_a_recovery() {
    block_on(async {
        let alice = Alice::with_mail().await;
        let (world, verifier, id) = (&alice.world, &alice.world.verifier, &alice.world.alice);
        world.clock.advance(30);
        let code = alice.app.code(&world.clock);
        let first = verifier.prove_for(id, Operation::Recover, Proof::totp(&code)).await;
        let another = *first.unwrap_err().pending_factor().unwrap();
        let (sent, code) = alice.send_reset().await;
        let proof = Proof::pin_reset(another, sent, &code);
        let reset = verifier.prove_for(id, Operation::Recover, proof).await;
        assert_eq!(reason(reset), Reason::NotFound, "another factor is due, not the PIN");
        let second = Proof::backup_code(&alice.codes[0]).after(another);
        let due = verifier.prove_for(id, Operation::Recover, second).await.unwrap_err();
        let due = *due.pending_pin().expect("the PIN is due");
        let _ = world.log.take();
        let proof = Proof::pin_reset(due, sent, &code);
        let recovered = verifier.prove_for(id, Operation::Recover, proof).await.unwrap();
        assert!(matches!(recovered, Answer::Granted(_)));
        assert!(world.log.take().contains(&Event::Recovered));
    });
}
