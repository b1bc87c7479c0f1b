//! Store calls: their order, their number, and failures.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::answer::Prove as _;
use crate::support::{
    ROOT, World, not, opened, reason,
    watched::{Call, Watched},
};
use second_factor::{
    Address, Challenge, Client, CodeRequest, Error, FactorKind, Keys, NewDevice, Policy, Proof,
    Reason, SubjectId, block_on,
    host::Event,
    policy::SignInByRead,
    purpose::Operation,
    sans_io::Settled,
    storage::{Storage as _, Swap},
};

/// A decision that was written.
const COUNTED: [Call; 2] = [Call::Load, Call::Commit];
/// A refusal, which looks like a written decision.
const UNCOUNTED: [Call; 2] = [Call::Load, Call::Conflict];

fn watched() -> World<Watched> {
    watched_with(Policy::default())
}

fn watched_with(policy: Policy) -> World<Watched> {
    let world = World::over(Watched::default(), policy);
    // The first missing record makes the verifier check once that the store has its root.
    let _ = block_on(world.verifier.next(&world.alice)).unwrap();
    world
}

/// The refusal of `answer`, if any, and its store calls.
async fn calls_of<T>(
    world: &World<Watched>,
    answer: impl Future<Output = Result<T, Error>>,
) -> (Option<Reason>, Vec<Call>) {
    let _ = world.store.take();
    let answer = answer.await;
    let reason = answer.err().map(|error| error.denial().expect("a denial").reason());
    (reason, world.store.take())
}

/// Has a code sent to Alice's phone.
async fn send(world: &World<Watched>) -> (Challenge, String) {
    world.send_to(&world.number).await
}

#[test]
fn app_code_takes_one_read_and_one_write() {
    block_on(async {
        let world = watched();
        let (app, _) = world.with_app().await;
        let (incorrect, correct) = (app.incorrect(&world.clock), app.code(&world.clock));
        let incorrect = calls_of(&world, world.try_app(&incorrect)).await;
        assert_eq!(incorrect, (Some(Reason::Incorrect), COUNTED.into()));
        assert_eq!(calls_of(&world, world.try_app(&correct)).await, (None, COUNTED.into()));
    });
}

#[test]
fn sent_code_takes_one_read_and_one_write() {
    block_on(async {
        let world = watched();
        let _ = world.with_phone(&world.alice).await;
        let (sent, code) = send(&world).await;
        let incorrect = calls_of(&world, world.try_code(&sent, &not(&code))).await;
        assert_eq!(incorrect, (Some(Reason::Incorrect), COUNTED.into()));
        // Then the conversion of the code is recorded, best effort.
        let noted = [COUNTED, COUNTED].concat();
        assert_eq!(calls_of(&world, world.try_code(&sent, &code)).await, (None, noted));
    });
}

#[test]
fn failure_121_uncounted_app_refusals_never_commit() {
    block_on(async {
        let policy = Policy::builder().disable_at(1).build().unwrap();
        let world = watched_with(policy);
        let absent = SubjectId::new("unknown").unwrap();
        let unknown = world.verifier.verify(&absent, Proof::totp("123456"));
        let unknown = calls_of(&world, unknown).await;
        assert_eq!(unknown, (Some(Reason::NotEnrolled), UNCOUNTED.into()));

        let (app, _) = world.with_app().await;
        let code = app.code(&world.clock);
        let _ = world.try_app(&code).await.unwrap();
        let replayed = calls_of(&world, world.try_app(&code)).await;
        assert_eq!(replayed, (Some(Reason::Replayed), UNCOUNTED.into()));
        let long = calls_of(&world, world.try_app("1234567")).await;
        assert_eq!(long, (Some(Reason::Malformed), UNCOUNTED.into()));

        world.fail_app(&app, 1).await;
        let disabled = calls_of(&world, world.try_app(&app.incorrect(&world.clock))).await;
        assert_eq!(disabled, (Some(Reason::Disabled), UNCOUNTED.into()));
        world.clock.advance(30);
        let disabled = calls_of(&world, world.try_app(&app.code(&world.clock))).await;
        assert_eq!(disabled, (Some(Reason::Disabled), UNCOUNTED.into()), "though it is correct");
    });
}

#[test]
fn failure_121_uncounted_sent_code_refusals_never_commit() {
    block_on(async {
        let world = watched();
        let _ = world.with_phone(&world.alice).await;
        let browser =
            world.verifier.for_client(Client::new(b"this browser, and no other").unwrap());
        let sent =
            browser.send_code(&world.alice, CodeRequest::to_address(&world.number)).await.unwrap();
        let first = world.read_code();
        let proof = Proof::sent_code(&sent, &first);

        let absent = SubjectId::new("unknown").unwrap();
        let unknown = calls_of(&world, browser.verify(&absent, proof.clone())).await;
        assert_eq!(unknown, (Some(Reason::NotFound), UNCOUNTED.into()));
        let other = calls_of(&world, world.verifier.verify(&world.alice, proof.clone())).await;
        assert_eq!(other, (Some(Reason::OtherClient), UNCOUNTED.into()));
        let other = browser.prove_for(&world.alice, Operation::Manage, proof.clone());
        let other = calls_of(&world, other).await;
        assert_eq!(other, (Some(Reason::OtherPurpose), UNCOUNTED.into()));
        let long =
            calls_of(&world, browser.verify(&world.alice, Proof::sent_code(&sent, "1234567")));
        assert_eq!(long.await, (Some(Reason::Malformed), UNCOUNTED.into()));

        world.clock.set(sent.resend_at().unwrap().as_secs());
        let _ = browser.send_code(&world.alice, CodeRequest::again(&sent)).await.unwrap();
        let late = calls_of(&world, browser.verify(&world.alice, proof.clone())).await;
        assert_eq!(late, (Some(Reason::Superseded), UNCOUNTED.into()));
        world.clock.advance(600);
        let over = calls_of(&world, browser.verify(&world.alice, proof)).await;
        assert_eq!(over, (Some(Reason::Expired), UNCOUNTED.into()));
    });
}

#[test]
fn enrollment_refusal_takes_one_read_and_one_write() {
    block_on(async {
        let world = watched();
        let handle = *world.verifier.enroll_totp(&world.alice, "alice").await.unwrap().handle();
        let incorrect =
            calls_of(&world, world.verifier.confirm(&world.alice, &handle, "123456")).await;
        assert_eq!(incorrect, (Some(Reason::Incorrect), COUNTED.into()));
        world.clock.advance(600);
        let over = calls_of(&world, world.verifier.confirm(&world.alice, &handle, "123456")).await;
        assert_eq!(over, (Some(Reason::Expired), UNCOUNTED.into()));
        let absent = SubjectId::new("unknown").unwrap();
        let unknown = calls_of(&world, world.verifier.confirm(&absent, &handle, "123456")).await;
        assert_eq!(unknown, (Some(Reason::NotFound), UNCOUNTED.into()));
    });
}

#[test]
fn locked_factor_takes_one_read() {
    block_on(async {
        let world = watched();
        let (app, verified) = world.with_app().await;
        let _ = world.with_phone(&verified).await;
        world.fail_app(&app, 5).await;
        let correct = app.code(&world.clock);
        let locked = calls_of(&world, world.try_app(&correct)).await;
        assert_eq!(locked, (Some(Reason::Locked), [Call::Load].into()));

        world.fail_phone(&world.number, 5).await;
        let locked = world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number));
        let locked = calls_of(&world, locked).await;
        assert_eq!(locked, (Some(Reason::Locked), [Call::Load].into()));

        // The fifth incorrect code ended the enrollment.
        let handle = *world.verifier.enroll_totp(&verified, "alice").await.unwrap().handle();
        for _ in 0..5 {
            let answer = world.verifier.confirm(&world.alice, &handle, "123456").await;
            assert_eq!(reason(answer), Reason::Incorrect);
        }
        let ended = world.verifier.confirm(&world.alice, &handle, "123456");
        assert_eq!(calls_of(&world, ended).await, (Some(Reason::NotFound), UNCOUNTED.into()));
    });
}

#[test]
fn failure_100_decoy_makes_the_calls_of_a_send() {
    use Call::{Commit, Conflict, Load};
    block_on(async {
        let world = watched();
        let _ = world.with_phone(&world.alice).await;
        let real = world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number));
        let real = calls_of(&world, real).await;
        // The subject, the number and its prefix, which are charged, and the subject again.
        let calls = vec![Load, Load, Load, Commit, Commit, Load, Commit];
        assert_eq!(real, (None, calls));
        let (absent, other) = (SubjectId::new("unknown").unwrap(), mallorys());
        world.clock.advance(30);
        for (subject, address) in [(&world.alice, &other), (&absent, &world.number)] {
            let decoy = world.verifier.send_code(subject, CodeRequest::to_address(address));
            let decoy = calls_of(&world, decoy).await;
            let calls = vec![Load, Load, Load, Commit, Conflict, Load, Commit];
            assert_eq!(decoy, (None, calls));
        }
    });
}

#[test]
fn next_takes_one_read() {
    block_on(async {
        let world = watched();
        let _ = world.with_app().await;
        for subject in [&world.alice, &SubjectId::new("unknown").unwrap()] {
            let next = calls_of(&world, world.verifier.next(subject)).await;
            assert_eq!(next, (None, [Call::Load].into()));
        }
    });
}

#[test]
fn confirmed_sign_in_takes_one_read_and_one_write() {
    block_on(async {
        let policy = Policy::builder().sign_in_by_read(SignInByRead::Confirm).build().unwrap();
        let world = watched_with(policy);
        let unknown = SubjectId::new("unknown").unwrap();
        // With the record that the first sign-in made, or without one.
        for subject in [&unknown, &unknown, &world.alice] {
            let next = calls_of(&world, world.verifier.next(subject)).await;
            assert_eq!(next, (None, COUNTED.into()));
        }
        let (app, _) = world.with_app().await;
        let next = calls_of(&world, world.verifier.next(&world.alice)).await;
        assert_eq!(next, (None, [Call::Load].into()), "a proof is required");
        let proof = Proof::totp(app.code(&world.clock)).trusting(NewDevice::new("Firefox"));
        let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
        let client = Client::new([7; 16]).unwrap().device(verified.device_token().unwrap());
        let visitor = world.verifier.for_client(client);
        for _ in 0..3 {
            let next = calls_of(&world, visitor.next(&world.alice)).await;
            assert_eq!(next, (None, COUNTED.into()), "a visit that rotates nothing");
        }
    });
}

#[test]
fn failure_115_busy_is_returned_after_sixteen_lost_races() {
    block_on(async {
        let world = watched();
        let (app, _) = world.with_app().await;
        world.store.lose_from_now_on();
        let _ = world.store.take();
        let answer = world.try_app(&app.code(&world.clock)).await;
        assert!(matches!(answer, Err(Error::Busy)));
        assert_eq!(world.store.take(), UNCOUNTED.repeat(16));
        assert!(
            world.log.take().iter().all(|event| !matches!(
                event,
                Event::Verified(FactorKind::Totp, Operation::SignIn)
            ))
        );
    });
}

#[test]
fn failure_006_lost_race_is_decided_again() {
    block_on(async {
        let world = watched();
        let (app, _) = world.with_app().await;
        let code = app.code(&world.clock);
        let (keys, policy) = (Keys::new(ROOT), Policy::default());
        let id = keys.subject_record(&world.alice);
        let record = world.store.load(&id).await.unwrap();
        let now = world.clock.time();
        let subject = opened(&keys, &policy, &world.alice, record.as_ref(), now);
        let decided = subject.verify(Operation::SignIn, &Proof::totp(&code)).unwrap();
        let _ = world.try_app(&code).await.unwrap();
        let swap = world.store.compare_and_swap(&id, decided.expected(), decided.record()).await;
        assert!(matches!(decided.settle(swap.unwrap()), Settled::Conflict));
    });
}

#[test]
fn failure_115_concurrent_replays_never_delay_the_owner() {
    block_on(async {
        let world = watched();
        let (app, _) = world.with_app().await;
        let used = app.code(&world.clock);
        let _ = world.try_app(&used).await.unwrap();
        world.clock.advance(30);
        let code = app.code(&world.clock);

        let (keys, policy) = (Keys::new(ROOT), Policy::default());
        let id = keys.subject_record(&world.alice);
        let record = world.store.load(&id).await.unwrap();
        let now = world.clock.time();
        let subject = opened(&keys, &policy, &world.alice, record.as_ref(), now);
        let decided = subject.verify(Operation::SignIn, &Proof::totp(&code)).unwrap();
        for _ in 0..64 {
            assert_eq!(reason(world.try_app(&used).await), Reason::Replayed);
        }
        let swap = world.store.compare_and_swap(&id, decided.expected(), decided.record()).await;
        assert!(matches!(decided.settle(swap.unwrap()), Settled::Done { outcome: Ok(_), .. }));
    });
}

#[test]
fn store_that_commits_a_refusal_is_detected() {
    block_on(async {
        let world = watched();
        let (app, _) = world.with_app().await;
        let used = app.code(&world.clock);
        let _ = world.try_app(&used).await.unwrap();
        let (keys, policy) = (Keys::new(ROOT), Policy::default());
        let record = world.store.load(&keys.subject_record(&world.alice)).await.unwrap();
        let now = world.clock.time();
        let decided = || {
            let subject = opened(&keys, &policy, &world.alice, record.as_ref(), now);
            subject.verify(Operation::SignIn, &Proof::totp(&used)).unwrap()
        };
        assert!(matches!(decided().settle(Swap::Commit), Settled::BrokenStore));
        let Settled::Done { outcome, .. } = decided().settle(Swap::Conflict) else {
            panic!("a refusal must not be decided again")
        };
        assert_eq!(outcome.unwrap_err().reason(), Reason::Replayed);
    });
}

fn mallorys() -> Address {
    Address::phone("+14155550199").unwrap()
}
