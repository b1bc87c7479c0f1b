//! Results of slow checks: bound to one attempt, once, in time.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{
    host::Host,
    item_of,
    slow::{Alice, INCORRECT_PIN, PIN},
};
use second_factor::{
    FactorKind, ItemId, Proof, Reason, SubjectId, Verified, block_on,
    enrollment::Authority,
    sans_io::{Decision, Subject},
};

fn refused(answer: Result<Verified, Reason>) -> Reason {
    answer.expect_err("the call must be refused")
}

#[test]
fn slow_result_is_bound_to_its_subject() {
    let (alice, bob) = (block_on(Alice::with_codes()), SubjectId::new("bob").unwrap());
    let (host, id, now) = (Host::of(&alice), &alice.world.alice, alice.world.clock.time());
    let result = host.work(id, now, &Proof::backup_code(&alice.codes[0]));
    assert_eq!(refused(host.conclude(&bob, now, &result)), Reason::NotFound);
    assert_eq!(host.conclude(id, now, &result).unwrap().subject(), id);
}

#[test]
fn slow_result_is_concluded_once() {
    let alice = block_on(Alice::with_codes());
    let (host, id, now) = (Host::of(&alice), &alice.world.alice, alice.world.clock.time());
    let result = host.work(id, now, &Proof::backup_code(&alice.codes[0]));
    assert!(host.conclude(id, now, &result).is_ok());
    assert_eq!(refused(host.conclude(id, now, &result)), Reason::Expired);
    // Nor for a later attempt.
    let another = host.work(id, now, &Proof::backup_code(alice.near()));
    assert_eq!(refused(host.conclude(id, now, &result)), Reason::Expired);
    assert_eq!(refused(host.conclude(id, now, &another)), Reason::Incorrect);
    assert_eq!(refused(host.conclude(id, now, &another)), Reason::Expired, "counted once");
}

#[test]
fn slow_result_expires_after_ten_seconds() {
    for (secs, is_in_time) in [(0, true), (9, true), (10, false), (11, false), (1 << 40, false)] {
        let alice = block_on(Alice::with_codes());
        let (host, id, now) = (Host::of(&alice), &alice.world.alice, alice.world.clock.time());
        let result = host.work(id, now, &Proof::backup_code(&alice.codes[0]));
        let answer = host.conclude(id, now.plus(secs), &result);
        match answer {
            Ok(_) => assert!(is_in_time, "{secs}"),
            Err(reason) => assert_eq!((reason, is_in_time), (Reason::Expired, false), "{secs}"),
        }
    }
}

#[test]
fn slow_result_ends_when_the_epoch_is_advanced() {
    type Change = fn(Subject<'_>, &Authority, &[ItemId; 2]) -> Decision<u64>;
    let changes: [Change; 4] = [
        |subject, authority, [codes, _]| subject.revoke(authority, codes),
        |subject, authority, [_, pin]| subject.revoke(authority, pin),
        |subject, authority, _| subject.sign_out_everywhere(authority),
        |subject, authority, _| subject.turn_off(authority),
    ];
    for change in changes {
        let alice = block_on(async {
            let mut alice = Alice::with_pin().await;
            let codes = alice.world.verifier.new_backup_codes(&alice.proof).await.unwrap();
            alice.codes = crate::support::slow::printed(codes);
            alice
        });
        let (host, id, now) = (Host::of(&alice), &alice.world.alice, alice.world.clock.time());
        let authority = Authority::from(&alice.proof);
        let [codes, pin] = [FactorKind::BackupCode, FactorKind::Pin];
        let items = [codes, pin].map(|kind| block_on(item_of(&alice.world, kind)));
        let result = host.work(id, now, &Proof::backup_code(&alice.codes[0]));
        host.decide(id, now, |subject| change(subject, &authority, &items)).unwrap();
        assert_eq!(refused(host.conclude(id, now, &result)), Reason::Expired);
    }
}

#[test]
fn incorrect_pin_concluded_twice_is_counted_once() {
    let alice = block_on(Alice::with_pin());
    let due = block_on(alice.due());
    let (host, id, now) = (Host::of(&alice), &alice.world.alice, alice.world.clock.time());
    for _ in 0..4 {
        let result = host.work(id, now, &Proof::pin(due, INCORRECT_PIN));
        assert_eq!(refused(host.conclude(id, now, &result)), Reason::Incorrect);
        assert_eq!(refused(host.conclude(id, now, &result)), Reason::Expired);
    }
    let result = host.work(id, now, &Proof::pin(due, PIN));
    assert!(host.conclude(id, now, &result).is_ok(), "four failures do not lock");
}

#[test]
fn correct_pin_for_an_ended_step_proves_nothing() {
    let alice = block_on(Alice::with_pin());
    let world = &alice.world;
    let (due, ends) = block_on(async {
        let due = alice.due().await;
        let ends = world.verifier.begin_pin_reset(&world.alice, &due).await.unwrap();
        (due, ends)
    });
    let (host, id) = (Host::of(&alice), &world.alice);
    let late = world.clock.time().plus(570);
    let result = host.work(id, late, &Proof::pin(due, PIN));
    // Four other sign-ins evict the oldest pending step.
    let _ = world.log.take();
    block_on(async {
        world.clock.set(late.as_secs() - 150);
        for _ in 0..4 {
            let _ = alice.due().await;
        }
    });
    assert_eq!(refused(host.conclude(id, late, &result)), Reason::NotFound);
    let due = block_on(alice.due());
    let again = block_on(world.verifier.begin_pin_reset(id, &due)).unwrap();
    assert_eq!(again, ends, "the reset continues");
    assert!(host.events.borrow().is_empty(), "nothing else was reported");
    let result = block_on(async {
        world.clock.advance(10);
        alice.try_pin(&due, PIN).await
    });
    assert!(result.is_ok(), "the owner signs in all the same");
}

#[test]
fn correct_pin_for_an_ended_step_refunds_its_attempt() {
    let alice = block_on(Alice::with_pin());
    let world = &alice.world;
    let due = block_on(async {
        alice.fail_pin(4).await;
        alice.due().await
    });
    let (host, id) = (Host::of(&alice), &world.alice);
    let late = world.clock.time().plus(570);
    let result = host.work(id, late, &Proof::pin(due, PIN));
    block_on(async {
        world.clock.set(late.as_secs() - 150);
        for _ in 0..4 {
            let _ = alice.due().await;
        }
    });
    assert_eq!(refused(host.conclude(id, late, &result)), Reason::NotFound);
    block_on(async {
        let due = alice.due().await;
        world.clock.set(late.as_secs());
        assert!(alice.try_pin(&due, PIN).await.is_ok(), "a fifth failure would lock it");
    });
    assert_eq!(alice.failures_before_success(FactorKind::Pin), 0, "it was correct");
}
