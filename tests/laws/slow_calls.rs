//! What the store sees of slow work: two reads and two writes, whatever the answer.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

use crate::support::{
    reason,
    slow::{Alice, PIN, WRONG_CODE, WRONG_PIN, builder, cheap, count},
    watched::{Call, Watched},
};
use second_factor::{
    Client, Error, FactorKind, Handle, Policy, Proof, Purpose, SubjectId, block_on, host::Event,
    policy::Absent, verdict::Reason,
};

/// Counted: both writes take effect.
const COUNTED: [Call; 4] = [Call::Load, Call::Commit, Call::Load, Call::Commit];
/// Not counted: neither can.
const UNCOUNTED: [Call; 4] = [Call::Load, Call::Conflict, Call::Load, Call::Conflict];
const READ: [Call; 1] = [Call::Load];

async fn codes(policy: Policy) -> Alice<Watched> {
    Alice::codes_over(Watched::default(), policy).await
}

async fn pin() -> Alice<Watched> {
    Alice::pin_over(Watched::default(), cheap()).await
}

/// What `answer` came to, what a person sees of it, and the calls that were made for it.
async fn calls_of<T>(
    alice: &Alice<Watched>,
    answer: impl Future<Output = Result<T, Error>>,
) -> (Option<Reason>, Vec<Call>) {
    let _ = alice.world.store.take();
    let answer = answer.await.err();
    if let Some(error) = &answer {
        assert_eq!(error.to_string(), "not verified");
    }
    let reason = answer.map(|error| error.denial().expect("a denial").reason());
    (reason, alice.world.store.take())
}

#[test]
fn a_backup_code_is_two_reads_and_two_writes_right_or_wrong() {
    block_on(async {
        let alice = codes(cheap()).await;
        let right = calls_of(&alice, alice.try_backup(&alice.codes[0])).await;
        assert_eq!(right, (None, COUNTED.into()));
        let wrong = calls_of(&alice, alice.try_backup(WRONG_CODE)).await;
        assert_eq!(wrong, (Some(Reason::Incorrect), COUNTED.into()));
    });
}

#[test]
fn failure_060_a_used_backup_code_looks_like_a_wrong_one_and_writes_nothing() {
    block_on(async {
        let alice = codes(builder().disable_at(1).build().unwrap()).await;
        let _ = alice.try_backup(&alice.codes[0]).await.unwrap();
        for typed in [alice.codes[0].to_lowercase(), alice.codes[0].replace('-', " ")] {
            let used = calls_of(&alice, alice.try_backup(&typed)).await;
            assert_eq!(used, (Some(Reason::Replayed), UNCOUNTED.into()));
        }
        let replays = Event::ReplayRefused(FactorKind::BackupCode);
        assert_eq!(count(&alice.world.log.take(), &replays), 2, "told, and never counted");
        assert!(alice.try_backup(&alice.codes[1]).await.is_ok());

        assert_eq!(reason(alice.try_backup(WRONG_CODE).await), Reason::Incorrect);
        let disabled = calls_of(&alice, alice.try_backup(&alice.codes[2])).await;
        assert_eq!(disabled, (Some(Reason::Disabled), UNCOUNTED.into()));
    });
}

#[test]
fn backup_codes_that_are_not_there_look_like_wrong_ones() {
    block_on(async {
        let alice = Alice::over(Watched::default(), cheap()).await;
        let missing = calls_of(&alice, alice.try_backup(WRONG_CODE)).await;
        assert_eq!(missing, (Some(Reason::NotEnrolled), UNCOUNTED.into()));
        let verifier = &alice.world.verifier;
        let nobody = SubjectId::new("nobody").unwrap();
        let unknown = verifier.verify(&nobody, Proof::backup_code(WRONG_CODE));
        let unknown = calls_of(&alice, unknown).await;
        assert_eq!(unknown, (Some(Reason::NotEnrolled), UNCOUNTED.into()));
        let unknown = calls_of(&alice, verifier.rehearse_pin(&nobody, PIN)).await;
        assert_eq!(unknown, (Some(Reason::NotEnrolled), UNCOUNTED.into()));
    });
}

#[test]
fn under_a_policy_that_wants_a_record_a_missing_one_is_told_inside() {
    block_on(async {
        let store = Watched::default();
        let _ = Alice::over(store.clone(), cheap()).await;
        let strict = builder().absent(Absent::Refuse).build().unwrap();
        let world = crate::support::World::over(store, strict);
        let nobody = SubjectId::new("nobody").unwrap();
        let code = world.verifier.verify(&nobody, Proof::backup_code(WRONG_CODE)).await;
        assert_eq!(reason(code), Reason::Absent);
        assert_eq!(reason(world.verifier.rehearse_pin(&nobody, PIN).await), Reason::Absent);
    });
}

#[test]
fn what_needs_no_hash_is_one_read_or_none() {
    block_on(async {
        let alice = codes(cheap()).await;
        let verifier = &alice.world.verifier;
        let agreement = second_factor::purpose::Agreement::new([("amount", "1")]).unwrap();
        let proof = Proof::backup_code(&alice.codes[0]);
        let not_allowed = verifier.verify_for(&alice.world.alice, agreement.purpose(), proof);
        let not_allowed = calls_of(&alice, not_allowed).await;
        assert_eq!(not_allowed, (Some(Reason::NotAllowed), READ.into()));
        for typed in ["", "12345", "not_a_code", &"0".repeat(10 << 20)] {
            let malformed = calls_of(&alice, alice.try_backup(typed)).await;
            assert_eq!(malformed, (Some(Reason::Malformed), READ.into()));
        }
        alice.fail_backup(5).await;
        let locked = calls_of(&alice, alice.try_backup(&alice.codes[0])).await;
        assert_eq!(locked, (Some(Reason::Locked), READ.into()));
        let locked = calls_of(&alice, alice.try_backup("not_a_code")).await;
        assert_eq!(locked, (Some(Reason::Malformed), READ.into()));
    });
}

#[test]
fn a_pin_is_two_reads_and_two_writes_right_or_wrong() {
    block_on(async {
        let alice = pin().await;
        let due = alice.due().await;
        let wrong = calls_of(&alice, alice.try_pin(&due, WRONG_PIN)).await;
        assert_eq!(wrong, (Some(Reason::Incorrect), COUNTED.into()));
        let right = calls_of(&alice, alice.try_pin(&due, PIN)).await;
        assert_eq!(right, (None, COUNTED.into()));
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        let right = calls_of(&alice, verifier.rehearse_pin(id, PIN)).await;
        assert_eq!(right, (None, COUNTED.into()));
    });
}

#[test]
fn a_pin_for_what_did_not_ask_for_it_looks_like_a_wrong_one() {
    block_on(async {
        let alice = pin().await;
        let due = alice.due().await;
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        let other = Client::new(b"another browser, not this one").unwrap();
        let other = verifier.for_client(other);
        for typed in [PIN, WRONG_PIN] {
            let proof = Proof::pin(&due, typed);
            let answer = calls_of(&alice, verifier.verify_for(id, Purpose::Manage, proof)).await;
            assert_eq!(answer, (Some(Reason::OtherPurpose), UNCOUNTED.into()));
            let answer = calls_of(&alice, other.verify(id, proof)).await;
            assert_eq!(answer, (Some(Reason::OtherClient), UNCOUNTED.into()));
            let nobody = SubjectId::new("nobody").unwrap();
            let answer = calls_of(&alice, verifier.verify(&nobody, proof)).await;
            assert_eq!(answer, (Some(Reason::NotEnrolled), UNCOUNTED.into()));
            let strange = Handle::parse(&"0".repeat(28).replacen("00", "0c", 1)).unwrap();
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
        let locked = calls_of(&alice, verifier.rehearse_pin(id, PIN)).await;
        assert_eq!(locked, (Some(Reason::Locked), READ.into()));
        alice.fail_pin(5).await;
        let due = alice.due().await;
        let disabled = calls_of(&alice, alice.try_pin(&due, PIN)).await;
        assert_eq!(disabled, (Some(Reason::Disabled), UNCOUNTED.into()));
        let disabled = calls_of(&alice, verifier.rehearse_pin(id, PIN)).await;
        assert_eq!(disabled, (Some(Reason::Disabled), UNCOUNTED.into()));
    });
}

#[test]
fn beginning_a_removal_again_and_taking_no_stage_write_nothing() {
    use Call::{Commit, Conflict, Load};
    block_on(async {
        let alice = pin().await;
        let (verifier, id) = (&alice.world.verifier, &alice.world.alice);
        let due = alice.due().await;
        for calls in [[Load, Commit], [Load, Conflict], [Load, Conflict]] {
            let begun = calls_of(&alice, verifier.begin_pin_reset(id, &due)).await;
            assert_eq!(begun, (None, calls.into()));
        }
        let stage = calls_of(&alice, verifier.advance(id)).await;
        assert_eq!(stage, (None, [Load, Load, Conflict].into()), "first a look at what was sent");
    });
}

#[test]
fn sixty_four_who_replay_a_used_backup_code_never_make_the_owner_busy() {
    let alice = block_on(codes(cheap()));
    let used = &alice.codes[0];
    let _ = block_on(alice.try_backup(used)).unwrap();
    let _ = alice.world.store.take();
    let owner = std::thread::scope(|scope| {
        let replay = || {
            for _ in 0..4 {
                let refused = reason(block_on(alice.try_backup(used)));
                assert!(matches!(refused, Reason::Replayed | Reason::TooSoon), "{refused:?}");
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
