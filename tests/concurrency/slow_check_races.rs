//! Interleavings of slow checks with each other and changes.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use alloc::rc::Rc;
use core::cell::RefCell;

use crate::support::{
    World, item_of, mail, prove, reason,
    slow::{Alice, INCORRECT_PIN, PIN, cheap},
};
use crate::walk::{Stepping, Task, every_order};
use second_factor::{
    CodeRequest, Error, FactorKind, Handle, MemoryStorage, Proof, Reason, Verified, block_on,
    purpose::Operation,
};

type Walked = World<Stepping<MemoryStorage>>;

/// The world `before` at the same time, over a store made from a copy of its records.
fn copy_world(before: &World) -> Rc<Walked> {
    let world = World::seeded(Stepping(before.copy()), cheap(), 2);
    world.clock.set(before.clock.time().as_secs());
    Rc::new(world)
}

/// One caller.
fn call<T: 'static>(world: &Rc<Walked>, call: impl AsyncFn(&Walked) -> T + 'static) -> Task<T> {
    let world = Rc::clone(world);
    Box::pin(async move { call(&world).await })
}

fn pin(due: Handle, typed: &'static str) -> impl AsyncFn(&Walked) -> Result<Verified, Error> {
    async move |world: &Walked| world.verifier.verify(&world.alice, Proof::pin(due, typed)).await
}

fn backup(typed: String) -> impl AsyncFn(&Walked) -> Result<Verified, Error> {
    async move |world: &Walked| {
        world.verifier.verify(&world.alice, Proof::backup_code(&typed)).await
    }
}

fn accepted(outcomes: &[Result<Verified, Error>]) -> usize {
    outcomes.iter().filter(|outcome| outcome.is_ok()).count()
}

#[test]
fn failure_006_two_concurrent_uses_of_one_backup_code() {
    let alice = block_on(Alice::with_codes());
    let begin = || {
        let world = copy_world(&alice.world);
        let code = &alice.codes[0];
        vec![call(&world, backup(code.clone())), call(&world, backup(code.to_lowercase()))]
    };
    let orders = every_order(begin, |outcomes| {
        assert_eq!(accepted(&outcomes), 1, "{outcomes:?}");
        let lost = outcomes.into_iter().find(Result::is_err).unwrap();
        let lost = reason(lost);
        assert!(matches!(lost, Reason::TooSoon | Reason::Replayed), "{lost:?}");
    });
    assert!(orders >= 50, "only {orders} orders were run");
}

#[test]
fn two_concurrent_backup_codes_lose_neither() {
    let alice = block_on(Alice::with_codes());
    let present = RefCell::new(None);
    let begin = || {
        let world = copy_world(&alice.world);
        *present.borrow_mut() = Some(Rc::clone(&world));
        let codes = alice.codes.iter().take(2);
        codes.map(|code| call(&world, backup(code.clone()))).collect()
    };
    every_order(begin, |outcomes| {
        let world = present.take().unwrap();
        assert!(accepted(&outcomes) >= 1);
        for (outcome, code) in outcomes.into_iter().zip(&alice.codes) {
            let again = block_on(backup(code.clone())(&world));
            match outcome {
                Ok(_) => assert_eq!(reason(again), Reason::Replayed),
                Err(error) => {
                    assert_eq!(reason::<()>(Err(error)), Reason::TooSoon);
                    assert!(again.is_ok(), "it was not checked");
                }
            }
        }
    });
}

#[test]
fn concurrent_incorrect_backup_code_is_counted_or_too_soon() {
    let alice = block_on(Alice::with_codes());
    let present = RefCell::new(None);
    let begin = || {
        let world = copy_world(&alice.world);
        *present.borrow_mut() = Some(Rc::clone(&world));
        let correct = call(&world, backup(alice.codes[0].clone()));
        vec![correct, call(&world, backup(alice.near().into()))]
    };
    every_order(begin, |outcomes| {
        let [correct, incorrect] = <[_; 2]>::try_from(outcomes).unwrap();
        let (world, incorrect) = (present.take().unwrap(), reason(incorrect));
        assert!(matches!(incorrect, Reason::Incorrect | Reason::TooSoon), "{incorrect:?}");
        if let Err(error) = correct {
            assert_eq!(reason::<()>(Err(error)), Reason::TooSoon);
            assert!(block_on(backup(alice.codes[0].clone())(&world)).is_ok());
        }
    });
}

#[test]
fn two_concurrent_answers_to_one_pin_step() {
    let alice = block_on(Alice::with_pin());
    let due = block_on(alice.due());
    let begin = || {
        let world = copy_world(&alice.world);
        vec![call(&world, pin(due, PIN)), call(&world, pin(due, PIN))]
    };
    every_order(begin, |outcomes| {
        assert_eq!(accepted(&outcomes), 1, "{outcomes:?}");
        let lost = reason(outcomes.into_iter().find(Result::is_err).unwrap());
        assert!(matches!(lost, Reason::TooSoon | Reason::NotFound), "{lost:?}");
    });
}

#[test]
fn tenth_incorrect_pin_disables_it_under_concurrency() {
    let alice = block_on(Alice::with_pin());
    let due = block_on(async {
        alice.fail_pin(9).await;
        alice.world.clock.advance(3600);
        alice.due().await
    });
    let present = RefCell::new(None);
    let begin = || {
        let world = copy_world(&alice.world);
        *present.borrow_mut() = Some(Rc::clone(&world));
        vec![call(&world, pin(due, INCORRECT_PIN)), call(&world, pin(due, INCORRECT_PIN))]
    };
    every_order(begin, |outcomes| {
        assert_eq!(accepted(&outcomes), 0);
        let world = present.take().unwrap();
        assert_eq!(reason(block_on(pin(due, PIN)(&world))), Reason::Disabled);
    });
}

#[test]
fn failure_064_backup_code_checked_during_regeneration() {
    let alice = block_on(Alice::with_codes());
    let proof = Rc::new(block_on(crate::support::fresh(&alice.world, &alice.app)));
    let present = RefCell::new(None);
    let begin = || -> Vec<Task<Result<(), Error>>> {
        let world = copy_world(&alice.world);
        *present.borrow_mut() = Some(Rc::clone(&world));
        let (code, proof) = (alice.codes[0].clone(), Rc::clone(&proof));
        let verify = async move |world: &Walked| backup(code.clone())(world).await.map(drop);
        let make =
            async move |world: &Walked| world.verifier.new_backup_codes(&*proof).await.map(drop);
        vec![call(&world, verify), call(&world, make)]
    };
    every_order(begin, |outcomes| {
        let [verify, make] = <[_; 2]>::try_from(outcomes).unwrap();
        let world = present.take().unwrap();
        make.unwrap();
        if let Err(error) = verify {
            let refused = reason::<()>(Err(error));
            assert!(matches!(refused, Reason::Incorrect | Reason::Expired), "{refused:?}");
        }
        world.clock.advance(10);
        assert_eq!(reason(block_on(backup(alice.codes[0].clone())(&world))), Reason::Incorrect);
    });
}

#[test]
fn pin_entered_during_its_reset_by_email_proves_once() {
    let alice = block_on(Alice::with_pin());
    let (due, sent, code) = block_on(async {
        let world = &alice.world;
        let _ = prove(world, &alice.proof, &mail()).await.unwrap();
        let due = alice.due().await;
        let sent = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&mail()).purpose(Operation::ResetPin))
            .await;
        (due, *sent.unwrap().handle(), world.read_code())
    });
    let begin = || {
        let world = copy_world(&alice.world);
        let code = code.clone();
        let reset = async move |world: &Walked| {
            world.verifier.verify(&world.alice, Proof::pin_reset(due, sent, &code)).await
        };
        vec![call(&world, pin(due, PIN)), call(&world, reset)]
    };
    every_order(begin, |outcomes| {
        assert_eq!(accepted(&outcomes), 1, "{outcomes:?}");
    });
}

#[test]
fn pin_entered_during_its_revocation_proves_before_it() {
    let alice = block_on(Alice::with_pin());
    let due = block_on(alice.due());
    let set = block_on(item_of(&alice.world, FactorKind::Pin));
    let proof = Rc::new(alice.proof);
    let begin = || -> Vec<Task<Result<(), Error>>> {
        let world = copy_world(&alice.world);
        let proof = Rc::clone(&proof);
        let answer = async move |world: &Walked| pin(due, PIN)(world).await.map(drop);
        let revoke =
            async move |world: &Walked| world.verifier.revoke(&*proof, &set).await.map(drop);
        vec![call(&world, answer), call(&world, revoke)]
    };
    every_order(begin, |outcomes| {
        let [answer, revoke] = <[_; 2]>::try_from(outcomes).unwrap();
        revoke.unwrap();
        if let Err(error) = answer {
            let refused = reason::<()>(Err(error));
            assert!(matches!(refused, Reason::NotEnrolled | Reason::Expired), "{refused:?}");
        }
    });
}
