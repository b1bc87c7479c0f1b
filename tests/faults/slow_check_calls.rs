//! Store calls of slow checks: three reads and two writes.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::answer::Prove as _;
use crate::support::{
    reason,
    slow::{Alice, INCORRECT_CODE, INCORRECT_PIN, PIN, builder, cheap, count},
    watched::{Call, Watched},
};
use second_factor::{
    Client, Error, FactorKind, Handle, Policy, Proof, Reason, SubjectId, block_on, host::Event,
    policy::Absent, purpose::Operation,
};

/// Counted: both writes take effect. The first read is before the turn.
const COUNTED: [Call; 5] = [Call::Load, Call::Load, Call::Commit, Call::Load, Call::Commit];
/// Not counted: neither write takes effect.
const UNCOUNTED: [Call; 5] = [Call::Load, Call::Load, Call::Conflict, Call::Load, Call::Conflict];
/// Refused at once.
const DECOY: [Call; 2] = [Call::Load, Call::Conflict];
const READ: [Call; 1] = [Call::Load];

async fn codes(policy: Policy) -> Alice<Watched> {
    Alice::codes_over(Watched::default(), policy).await
}

async fn pin() -> Alice<Watched> {
    Alice::pin_over(Watched::default(), cheap()).await
}

/// The refusal of `answer`, its text as shown to the user, and its store calls.
async fn calls_of<T>(
    alice: &Alice<Watched>,
    answer: impl Future<Output = Result<T, Error>>,
) -> (Option<Reason>, Vec<Call>) {
    let _ = alice.world.store.take();
    let answer = answer.await.err();
    if let Some(error) = &answer {
        // A lock is the same for correct and incorrect codes, and may be shown.
        assert!(!error.is_safe_to_show() || error.retry_at().is_some());
        assert!(error.is_safe_to_show() || error.to_string() == "not verified");
    }
    let reason = answer.map(|error| error.denial().expect("a denial").reason());
    (reason, alice.world.store.take())
}

#[test]
fn backup_code_takes_three_reads_and_two_writes() {
    block_on(async {
        let alice = codes(cheap()).await;
        let correct = calls_of(&alice, alice.try_backup(&alice.codes[0])).await;
        assert_eq!(correct, (None, COUNTED.into()));
        let near = calls_of(&alice, alice.try_backup(alice.near())).await;
        assert_eq!(near, (Some(Reason::Incorrect), COUNTED.into()));
        // Without a selector.
        let incorrect = calls_of(&alice, alice.try_backup(INCORRECT_CODE)).await;
        assert_eq!(incorrect, (Some(Reason::Incorrect), DECOY.into()));
    });
}

#[test]
fn failure_060_used_backup_code_looks_incorrect_uncounted() {
    block_on(async {
        let alice = codes(builder().disable_at(1).build().unwrap()).await;
        let _ = alice.try_backup(&alice.codes[0]).await.unwrap();
        for typed in [alice.codes[0].to_lowercase(), alice.codes[0].replace('-', " ")] {
            let used = calls_of(&alice, alice.try_backup(&typed)).await;
            assert_eq!(used, (Some(Reason::Replayed), DECOY.into()));
        }
        let replays = Event::ReplayRefused(FactorKind::BackupCode);
        assert_eq!(count(&alice.world.log.take(), &replays), 2, "reported and not counted");
        assert!(alice.try_backup(&alice.codes[1]).await.is_ok());
    });
}

#[test]
fn disabled_imported_code_takes_the_calls_of_an_uncounted_one() {
    block_on(async {
        let policy = builder().disable_at(1).build().unwrap();
        let alice = Alice::imported_over(Watched::default(), policy).await;
        assert_eq!(reason(alice.try_backup(INCORRECT_CODE).await), Reason::Incorrect);
        let disabled = calls_of(&alice, alice.try_backup(&alice.codes[2])).await;
        assert_eq!(disabled, (Some(Reason::Disabled), UNCOUNTED.into()));
    });
}

#[test]
fn missing_backup_codes_look_like_incorrect_ones() {
    block_on(async {
        let alice = Alice::over(Watched::default(), cheap()).await;
        let missing = calls_of(&alice, alice.try_backup(INCORRECT_CODE)).await;
        assert_eq!(missing, (Some(Reason::NotEnrolled), DECOY.into()));
        let verifier = &alice.world.verifier;
        let absent = SubjectId::new("unknown").unwrap();
        let unknown = verifier.verify(&absent, Proof::backup_code(INCORRECT_CODE));
        let unknown = calls_of(&alice, unknown).await;
        assert_eq!(unknown, (Some(Reason::NotEnrolled), DECOY.into()));
        let unknown = calls_of(&alice, verifier.rehearse_pin(&absent, PIN)).await;
        assert_eq!(unknown, (Some(Reason::NotEnrolled), UNCOUNTED.into()));
    });
}

#[test]
fn strict_policy_reports_a_missing_record_as_absent() {
    block_on(async {
        let store = Watched::default();
        let _ = Alice::over(store.clone(), cheap()).await;
        let strict = builder().absent(Absent::Refuse).build().unwrap();
        let world = crate::support::World::over(store, strict);
        let absent = SubjectId::new("unknown").unwrap();
        let code = world.verifier.verify(&absent, Proof::backup_code(INCORRECT_CODE)).await;
        assert_eq!(reason(code), Reason::Absent);
        assert_eq!(reason(world.verifier.rehearse_pin(&absent, PIN).await), Reason::Absent);
    });
}

#[test]
fn refusal_without_a_hash_takes_at_most_one_read() {
    block_on(async {
        let alice = codes(cheap()).await;
        let verifier = &alice.world.verifier;
        let agreement = second_factor::purpose::Agreement::new([("amount", "1")]).unwrap();
        let proof = Proof::backup_code(&alice.codes[0]);
        let not_allowed = verifier.prove_for(&alice.world.alice, agreement.purpose(), proof);
        let not_allowed = calls_of(&alice, not_allowed).await;
        assert_eq!(not_allowed, (Some(Reason::NotAllowed), READ.into()));
        for typed in ["", "12345", "not_a_code", &"0".repeat(10 << 20)] {
            let malformed = calls_of(&alice, alice.try_backup(typed)).await;
            assert_eq!(malformed, (Some(Reason::Malformed), READ.into()));
        }
        let alice = Alice::imported_over(Watched::default(), cheap()).await;
        alice.fail_backup(5).await;
        let locked = calls_of(&alice, alice.try_backup(&alice.codes[0])).await;
        assert_eq!(locked, (Some(Reason::Locked), READ.into()));
        let locked = calls_of(&alice, alice.try_backup("not_a_code")).await;
        assert_eq!(locked, (Some(Reason::Malformed), READ.into()));
    });
}

#[test]
fn pin_takes_three_reads_and_two_writes() {
    block_on(async {
        let alice = pin().await;
        let due = alice.due().await;
        let incorrect = calls_of(&alice, alice.try_pin(&due, INCORRECT_PIN)).await;
        assert_eq!(incorrect, (Some(Reason::Incorrect), COUNTED.into()));
        let correct = calls_of(&alice, alice.try_pin(&due, PIN)).await;
        assert_eq!(correct, (None, COUNTED.into()));
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        let correct = calls_of(&alice, verifier.rehearse_pin(id, PIN)).await;
        assert_eq!(correct, (None, COUNTED.into()));
    });
}

#[test]
fn pin_for_an_unrelated_step_looks_incorrect() {
    block_on(async {
        let alice = pin().await;
        let due = alice.due().await;
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        let other = Client::new(b"another browser, not this one").unwrap();
        let other = verifier.for_client(other);
        for typed in [PIN, INCORRECT_PIN] {
            let proof = Proof::pin(due, typed);
            let answer =
                calls_of(&alice, verifier.prove_for(id, Operation::Manage, proof.clone())).await;
            assert_eq!(answer, (Some(Reason::OtherPurpose), UNCOUNTED.into()));
            let answer = calls_of(&alice, other.verify(id, proof.clone())).await;
            assert_eq!(answer, (Some(Reason::OtherClient), UNCOUNTED.into()));
            let absent = SubjectId::new("unknown").unwrap();
            let answer = calls_of(&alice, verifier.verify(&absent, proof)).await;
            assert_eq!(answer, (Some(Reason::NotEnrolled), UNCOUNTED.into()));
            let strange = "0".repeat(28).replacen("00", "0c", 1).parse::<Handle>().unwrap();
            let answer = calls_of(&alice, alice.try_pin(&strange, typed)).await;
            assert_eq!(answer, (Some(Reason::NotFound), UNCOUNTED.into()));
        }
        alice.world.clock.advance(600);
        let answer = calls_of(&alice, alice.try_pin(&due, PIN)).await;
        assert_eq!(answer, (Some(Reason::Expired), UNCOUNTED.into()));
        let due = alice.due().await;
        alice.fail_pin(5).await;
        let locked = calls_of(&alice, alice.try_pin(&due, PIN)).await;
        assert_eq!(locked, (Some(Reason::Locked), READ.into()));
        let rehearsed = calls_of(&alice, verifier.rehearse_pin(id, PIN)).await;
        assert_eq!(rehearsed, (None, COUNTED.into()), "it is not locked with the PIN");
        alice.fail_pin(5).await;
        let due = alice.due().await;
        let disabled = calls_of(&alice, alice.try_pin(&due, PIN)).await;
        assert_eq!(disabled, (Some(Reason::Disabled), UNCOUNTED.into()));
        let disabled = calls_of(&alice, verifier.rehearse_pin(id, PIN)).await;
        assert_eq!(disabled, (Some(Reason::Disabled), UNCOUNTED.into()));
    });
}

#[test]
fn repeated_reset_request_writes_nothing() {
    use Call::{Commit, Conflict, Load};
    block_on(async {
        let alice = pin().await;
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        let due = alice.due().await;
        // The first stores an event, and acknowledges that it was delivered.
        for calls in [&[Load, Commit, Commit][..], &[Load, Conflict], &[Load, Conflict]] {
            let begun = calls_of(&alice, verifier.begin_pin_reset(id, &due)).await;
            assert_eq!(begun, (None, calls.into()));
        }
        let stage = calls_of(&alice, verifier.operations().advance(id)).await;
        assert_eq!(stage, (None, [Load, Load, Conflict].into()), "first a read of what was sent");
    });
}

#[test]
fn replays_of_a_used_code_never_make_the_owner_busy() {
    let alice = block_on(codes(cheap()));
    let used = &alice.codes[0];
    let _ = block_on(alice.try_backup(used)).unwrap();
    let _ = alice.world.store.take();
    let owner = std::thread::scope(|scope| {
        let replay = || {
            for _ in 0..4 {
                assert_eq!(reason(block_on(alice.try_backup(used))), Reason::Replayed);
            }
        };
        let replays: Vec<_> = (0..64).map(|_| scope.spawn(replay)).collect();
        let owner = block_on(alice.try_backup(&alice.codes[1]));
        replays.into_iter().for_each(|one| one.join().unwrap());
        owner
    });
    assert!(owner.is_ok(), "{owner:?}");
    let commits = alice.world.store.take().into_iter().filter(|call| *call == Call::Commit);
    assert_eq!(commits.count(), 2, "those of the owner");
}
