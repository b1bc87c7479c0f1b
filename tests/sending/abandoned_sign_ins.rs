//! Abandoned sign-ins: reported once, by the next write.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::answer::Prove as _;
use crate::support::{App, ROOT, World, fresh_for, not, opened, reason, registration};
use second_factor::{
    Keys, Proof, Reason, Storage as _, block_on,
    host::Event,
    purpose::Operation,
    sans_io::{Checked, Settled},
    storage::Swap,
};

const PIN: &str = "493817";

/// The purposes reported since this was last called.
fn abandoned(world: &World) -> Vec<Operation> {
    let events = world.log.take();
    let of = |event: &Event| match event {
        Event::SignInAbandoned(purpose) => Some(*purpose),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

async fn with_both() -> (World, App) {
    let world = registration::cheap();
    let (app, verified) = world.with_settled_app().await;
    let _ = world.with_phone(&verified).await;
    (world, app)
}

#[test]
fn a_03_unanswered_code_is_reported_once() {
    block_on(async {
        let (world, app) = with_both().await;
        let _ = world.send_to(&world.number).await;
        world.clock.advance(600 - 30);
        let _ = fresh_for(&world, &app, Operation::StepUp).await;
        assert_eq!(abandoned(&world), [Operation::SignIn]);
        let _ = fresh_for(&world, &app, Operation::StepUp).await;
        assert_eq!(abandoned(&world), []);
    });
}

#[test]
fn code_that_is_still_valid_is_not_reported() {
    block_on(async {
        let (world, app) = with_both().await;
        let _ = world.send_to(&world.number).await;
        world.clock.advance(599 - 30);
        let _ = fresh_for(&world, &app, Operation::StepUp).await;
        assert_eq!(abandoned(&world), []);
    });
}

#[test]
fn converted_code_is_not_reported_as_abandoned() {
    block_on(async {
        let (world, app) = with_both().await;
        let (sent, code) = world.send_to(&world.number).await;
        let _ = world.try_code(&sent, &code).await.unwrap();
        world.clock.advance(600);
        let _ = fresh_for(&world, &app, Operation::StepUp).await;
        assert_eq!(abandoned(&world), []);
    });
}

#[test]
fn code_replaced_by_the_next_is_reported() {
    block_on(async {
        let (world, _) = with_both().await;
        let _ = world.send_to(&world.number).await;
        world.clock.advance(600);
        let _ = world.send_to(&world.number).await;
        assert_eq!(abandoned(&world), [Operation::SignIn]);
    });
}

#[test]
fn code_voided_by_a_factor_change_is_reported() {
    block_on(async {
        let (world, app) = with_both().await;
        let _ = world.send_to(&world.number).await;
        world.clock.advance(590 - 30);
        let owner = fresh_for(&world, &app, Operation::Manage).await;
        assert_eq!(abandoned(&world), []);
        world.clock.advance(10);
        world.verifier.turn_off(&owner).await.unwrap();
        assert_eq!(abandoned(&world), [Operation::SignIn]);
    });
}

#[test]
fn refusal_without_a_write_reports_nothing() {
    block_on(async {
        let (world, app) = with_both().await;
        let (sent, code) = world.send_to(&world.number).await;
        world.clock.advance(600);
        for _ in 0..3 {
            assert!(world.try_code(&sent, &code).await.is_err());
        }
        assert_eq!(abandoned(&world), []);
        let _ = fresh_for(&world, &app, Operation::StepUp).await;
        assert_eq!(abandoned(&world), [Operation::SignIn]);
    });
}

#[test]
fn pin_never_entered_is_reported_once() {
    block_on(async {
        let (world, app) = with_both().await;
        let verified = fresh_for(&world, &app, Operation::Manage).await;
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        world.clock.advance(30);
        let code = app.code(&world.clock);
        let step_up = Operation::StepUp;
        let asked = world.verifier.prove_for(&world.alice, step_up, Proof::totp(&code)).await;
        let due = *asked.unwrap_err().pending_pin().unwrap();
        world.clock.advance(600);
        assert!(world.verifier.rehearse_pin(&world.alice, PIN).await.is_ok());
        assert_eq!(abandoned(&world), [Operation::StepUp]);
        assert!(world.verifier.rehearse_pin(&world.alice, PIN).await.is_ok());
        assert_eq!(abandoned(&world), []);
        let late = world.verifier.prove_for(&world.alice, step_up, Proof::pin(due, PIN)).await;
        assert!(late.is_err());
    });
}

#[test]
fn pin_entered_in_time_is_not_reported() {
    block_on(async {
        let (world, app) = with_both().await;
        let verified = fresh_for(&world, &app, Operation::Manage).await;
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        world.clock.advance(30);
        let due = world.try_app(&app.code(&world.clock)).await.unwrap_err();
        let due = *due.pending_pin().unwrap();
        let _ = world.verifier.verify(&world.alice, Proof::pin(due, PIN)).await.unwrap();
        world.clock.advance(600);
        assert!(world.verifier.rehearse_pin(&world.alice, PIN).await.is_ok());
        assert_eq!(abandoned(&world), []);
    });
}

#[test]
fn recovery_without_a_second_proof_is_reported() {
    block_on(async {
        let (world, app) = with_both().await;
        world.clock.advance(30);
        let code = app.code(&world.clock);
        let recover = Operation::Recover;
        let half = world.verifier.prove_for(&world.alice, recover, Proof::totp(&code)).await;
        assert!(half.unwrap_err().pending_factor().is_some());
        world.clock.advance(600);
        let _ = fresh_for(&world, &app, Operation::StepUp).await;
        assert_eq!(abandoned(&world), [Operation::Recover]);
    });
}

#[test]
fn unanswered_registration_is_not_reported_as_abandoned() {
    block_on(async {
        let (world, app) = with_both().await;
        let (sent, code) = registration::send(&world).await.unwrap();
        assert!(reason(registration::answer(&world, &sent, &not(&code)).await).is_counted());
        world.clock.advance(600);
        let verified = fresh_for(&world, &app, Operation::Manage).await;
        assert_eq!(abandoned(&world), [], "an attacker can request one");
        let late = registration::answer(&world, &sent, &code).await;
        assert_eq!(reason(late), Reason::NotFound, "it is no longer stored");
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        let _ = registration::register_until_pin(&world).await;
        world.clock.advance(600);
        let _ = world.try_app(&app.code(&world.clock)).await.unwrap_err();
        assert_eq!(
            abandoned(&world),
            [Operation::Register],
            "the attacker has the number but not the PIN"
        );
    });
}

#[test]
fn pin_that_expires_during_its_hash_completes_nothing() {
    block_on(async {
        let (world, app) = with_both().await;
        let verified = fresh_for(&world, &app, Operation::Manage).await;
        world.verifier.set_pin(&verified, PIN).await.unwrap();
        world.clock.advance(30);
        let due = world.try_app(&app.code(&world.clock)).await.unwrap_err();
        let due = *due.pending_pin().unwrap();
        let (keys, policy) = (Keys::new(ROOT), world.verifier.policy().unwrap().clone());
        let id = world.verifier.operations().record_id(&world.alice);
        let stored = || block_on(world.store.load(&id)).unwrap();
        for (late, is_over) in [(599, false), (601, true)] {
            let begun = world.clock.time().plus(595);
            let record = stored();
            let subject = opened(&keys, &policy, &world.alice, record.as_ref(), begun);
            let reserved = subject.verify(Operation::SignIn, &Proof::pin(due, PIN)).unwrap();
            let record = reserved.record().clone();
            let Settled::Done { outcome: Ok(Checked::SlowCheck(work)), .. } =
                reserved.settle(Swap::Commit)
            else {
                panic!("a slow check is pending")
            };
            let done = world.clock.time().plus(late);
            let subject = opened(&keys, &policy, &world.alice, Some(&record), done);
            let concluded = subject.conclude(&work.run()).unwrap().settle(Swap::Commit);
            let Settled::Done { outcome, occurrences, .. } = concluded else {
                panic!("it commits")
            };
            assert_eq!(outcome.is_err(), is_over, "{late}");
            let half = Event::SignInAbandoned(Operation::SignIn);
            assert_eq!(occurrences.iter().any(|one| *one.event() == half), is_over, "{late}");
        }
    });
}
