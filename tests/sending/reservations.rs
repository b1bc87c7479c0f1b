//! Sends reserved by hand through the core.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::{ROOT, World, YEAR, moment, opened, paid};
use second_factor::{
    Address, CodeRequest, Keys, Policy, Storage as _, SubjectId, block_on, message::Sender,
    sans_io::Settled,
};

#[test]
fn repeated_reservation_is_charged_once() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        world.clock.advance(YEAR);
        let (now, keys) = (world.clock.time(), Keys::new(ROOT));
        let policy = Policy::builder().address_sends(1, 1).build().unwrap();
        let record = world.store.load(&keys.subject_record(&world.alice)).await.unwrap();
        let subject = opened(&keys, &policy, &world.alice, record.as_ref(), now);
        let request = CodeRequest::to_address(&world.number);
        let planned = |send| subject.plan(&request, send).unwrap();
        for (send, is_taken) in [([1; 16], true), ([1; 16], true), ([2; 16], false)] {
            let charge = planned(send).next().unwrap();
            let id = *charge.record_id();
            let record = world.store.load(&id).await.unwrap();
            let reserved = charge.apply(&keys, &policy, record.as_ref(), moment(now)).unwrap();
            assert_eq!(reserved.is_ok(), is_taken);
            let Ok(decided) = reserved else { return };
            let (expected, record) = (decided.expected(), decided.record());
            let swap = world.store.compare_and_swap(&id, expected, record).await;
            assert!(matches!(decided.settle(swap.unwrap()), Settled::Done { .. }));
        }
    });
}

#[test]
fn send_requires_a_reservation_for_its_address() {
    block_on(async {
        let world = World::new();
        let verified = world.with_phone(&world.alice).await;
        let (number, other) = (world.number.clone(), Address::phone("+14155550199").unwrap());
        let sent = world.verifier.enroll_address(&verified, &other).await.unwrap();
        let _ = world.verifier.confirm(&world.alice, &sent, &world.read_code()).await.unwrap();
        world.clock.advance(YEAR);
        let (keys, policy, now) = (Keys::new(ROOT), Policy::default(), world.clock.time());
        let bob = SubjectId::new("bob").unwrap();
        let record = world.store.load(&keys.subject_record(&world.alice)).await.unwrap();
        let alices = || opened(&keys, &policy, &world.alice, record.as_ref(), now);
        let bobs = || opened(&keys, &policy, &bob, None, now);
        let request = CodeRequest::to_address(&number);
        let elsewhere = CodeRequest::to_address(&other);
        for (plan, is_taken) in [
            (alices().plan(&request, [1; 16]), true),
            (alices().plan(&elsewhere, [1; 16]), false),
            // Bob has no such number: his send is a decoy and is accepted nowhere.
            (bobs().plan(&request, [1; 16]), false),
        ] {
            let reserved = paid(&keys, &policy, plan.unwrap(), now);
            let sender = Sender::new("Example").unwrap();
            let sent = alices().send(&request, &reserved, &sender);
            assert_eq!(sent.is_ok(), is_taken);
        }
    });
}

#[test]
fn reservation_is_valid_for_one_send() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        world.clock.advance(YEAR);
        let (keys, policy, now) = (Keys::new(ROOT), Policy::default(), world.clock.time());
        let id = keys.subject_record(&world.alice);
        let request = CodeRequest::to_address(&world.number);
        let record = world.store.load(&id).await.unwrap();
        let plan = opened(&keys, &policy, &world.alice, record.as_ref(), now);
        let plan = plan.plan(&request, [1; 16]);
        let reserved = paid(&keys, &policy, plan.unwrap(), now);
        let sender = Sender::new("Example").unwrap();

        for (later, is_sent) in [(0, true), (600, false)] {
            let record = world.store.load(&id).await.unwrap();
            let now = now.plus(later);
            let subject = opened(&keys, &policy, &world.alice, record.as_ref(), now);
            let sent = subject.send(&request, &reserved, &sender);
            assert_eq!(sent.is_ok(), is_sent);
            let Ok(decided) = sent else { return };
            let (expected, record) = (decided.expected(), decided.record());
            let swap = world.store.compare_and_swap(&id, expected, record).await.unwrap();
            assert!(matches!(decided.settle(swap), Settled::Done { outcome: Ok(_), .. }));
        }
    });
}

#[test]
fn send_without_every_budget_charge_is_refused() {
    let (keys, policy) = (Keys::new(ROOT), Policy::default());
    let (alice, now) =
        (SubjectId::new("alice").unwrap(), second_factor::UnixTime::from_secs(1 << 30));
    let number = Address::phone("+14155550100").unwrap();
    let sender = Sender::new("Example").unwrap();
    let request = CodeRequest::register(&number);
    let alices = || opened(&keys, &policy, &alice, None, now);
    let unpaid = alices().plan(&request, [7; 16]).unwrap();
    let charge = unpaid.next().unwrap();
    let first = charge.apply(&keys, &policy, None, moment(now)).unwrap().unwrap();
    let Settled::Done { outcome, .. } = first.settle(second_factor::storage::Swap::Commit) else {
        panic!("it commits")
    };
    let half = outcome.unwrap();
    assert!(half.next().is_some(), "a number belongs to a prefix");

    assert!(alices().send(&request, &unpaid, &sender).is_err());
    assert!(alices().send(&request, &half, &sender).is_err());
    let plan = alices().plan(&request, [7; 16]).unwrap();
    assert!(alices().send(&request, &paid(&keys, &policy, plan, now), &sender).is_ok());
}
