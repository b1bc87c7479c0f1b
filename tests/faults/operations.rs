//! Faults at every call of store, clock and randomness.
//!
//! Every operation runs with every fault at every call. No fault lets an attacker in, makes
//! anything succeed twice or leaves an incorrect guess uncounted, and the user can sign in
//! afterwards.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "helpers of a test may panic"
)]

mod calls;
mod cases;
mod environment;
mod inputs;
mod operation;
mod user;

use alloc::collections::BTreeSet;
use std::{fs, path::Path};

use self::{
    cases::{AnyFault, End, for_every_fault, ready, run},
    environment::HostFault,
    operation::{Act, Answer, Base, Input},
    user::{InitialStates, User},
};
use crate::support::{faulty::Fault, mail};
use second_factor::{
    CodeRequest, Error, Reason, UnixTime, block_on,
    host::{Certainty, Event},
    policy::Notices,
    purpose::Operation,
    storage::{Record, Version},
};

#[test]
fn failure_113_error_at_any_call_is_returned() {
    for_every_fault(async |case, end, _| {
        let name = case.name();
        match (case.fault, &end) {
            _ if case.is_late || !case.fault.is_fatal() => {}
            (AnyFault::Store(Fault::ErrorAfter | Fault::ErrorBefore), end) => {
                assert!(matches!(end, End::Refused(Error::Storage(_))), "{name}: {end:?}");
            }
            (AnyFault::Store(_), end) => assert!(matches!(end, End::Crashed), "{name}: {end:?}"),
            (AnyFault::Host(HostFault::NoTime), end) => {
                assert!(matches!(end, End::Refused(Error::NoTime)), "{name}: {end:?}");
            }
            (AnyFault::Host(_), end) => {
                assert!(matches!(end, End::Refused(Error::NoEntropy)), "{name}: {end:?}");
            }
        }
        // A decision stays committed whether or not its notices are sent.
        let dies = case.fault.is_fatal() && !case.fault.is_error();
        if case.is_late && case.input == Input::Correct && !dies {
            assert!(matches!(end, End::Answered(_)), "{name}: {end:?}");
        }
    });
}

#[test]
fn failure_113_no_fault_accepts_an_incorrect_proof() {
    for_every_fault(async |case, end, _| {
        let name = case.name();
        let is_free = case.operation.base() == Base::NoRecord;
        assert!(is_free || !matches!(end, End::Answered(Answer::Free)), "{name}");
        // A token that was valid one write ago is valid for a store that is one write behind:
        // recognition makes no write that would detect it, unless the policy asks for one.
        let is_behind =
            case.operation == Act::Recognize && case.fault == AnyFault::Store(Fault::Stale);
        if case.input == Input::Incorrect && !is_behind {
            assert!(!end.is_accepted(), "{name}");
        }
    });
}

#[test]
fn failure_113_factors_protect_after_any_fault() {
    for_every_fault(async |case, end, user| {
        let may_be_free = match case.operation.base() {
            Base::NoRecord => true,
            _ => case.operation.unprotects() && case.may_have_taken_effect(&end),
        };
        assert!(may_be_free || !user.is_unprotected().await, "{}", case.name());
    });
}

#[test]
fn failure_114_user_signs_in_after_any_fault() {
    for_every_fault(async |case, end, user| {
        let name = case.name();
        user.world.clock.advance(150);
        // A clock fault ended the hour of the reset, so the administrator resets again.
        if case.operation == Act::Reset && matches!(case.fault, AnyFault::Host(_)) {
            assert!(matches!(run(user, Act::Reset, Input::Correct), End::Answered(_)), "{name}");
        }
        if user.is_unprotected().await {
            return assert!(user.enrolls_again().await, "{name}");
        }
        let has_app = case.operation != Act::RevokeApp || !case.may_have_taken_effect(&end);
        assert!(!has_app || user.signs_in_by_app().await, "{name}");
        if case.operation.base() != Base::NoRecord {
            assert!(user.signs_in_by_phone().await, "{name}");
        }
    });
}

#[test]
fn failure_114_interrupted_operation_succeeds_at_most_once() {
    for_every_fault(async |case, end, user| {
        if case.input == Input::Incorrect {
            return;
        }
        let (name, mut passed) = (case.name(), usize::from(end.is_accepted()));
        for _ in 0..3 {
            // The lease of a lost attempt must expire, and a code may be resent.
            user.world.clock.advance(11);
            let again = run(user, case.operation, case.input);
            passed += usize::from(again.is_accepted());
        }
        assert!(passed <= 1 || !case.operation.is_once(), "{name}: {passed} times");
        if case.fault.leaves_no_trace() && !case.is_late {
            assert!(passed >= 1, "{name}: never");
        }
    });
}

#[test]
fn failure_018_incorrect_guess_is_counted_once_under_faults() {
    for_every_fault(async |case, end, user| {
        // A token of 256 bits, a signature and a code of 80 bits cannot be guessed.
        let is_counted = !matches!(
            case.operation,
            Act::ConfirmedRecognize
                | Act::Recognize
                | Act::RedeemCode
                | Act::VerifyBackup
                | Act::VerifyKey
        );
        if case.input == Input::Correct || !is_counted {
            return;
        }
        let name = case.name();
        let was_reported = match &end {
            End::Refused(Error::Denied(denial)) => denial.reason() == Reason::Incorrect,
            _ => false,
        };
        let counted = failures(user, case.operation).await;
        // A store that reports a conflict for a committed write makes it counted again.
        let most = if case.fault == AnyFault::Store(Fault::ConflictAfter) { 2 } else { 1 };
        assert!((u32::from(was_reported)..=most).contains(&counted), "{name}: {counted}, {end:?}");
    });
}

/// The number of counted failures: the lock after one more doubles with each, or fewer are left.
async fn failures(user: &mut User, operation: Act) -> u32 {
    // A lock that began while the clock was a day ahead begins again at the next read.
    let _ = user.world.verifier.status(&user.world.alice).await.unwrap();
    user.world.clock.advance(150);
    let most = match operation {
        Act::ConfirmApp | Act::ConfirmFirst | Act::ConfirmToken => Some(5),
        Act::RehearsePin => Some(3),
        // The fifth forgets the device, and the next one locks the other lane.
        Act::VerifyKnownApp => Some(6),
        _ => None,
    };
    if let Some(most) = most {
        // A clock fault may have ended the enrollment, and all guesses with it.
        return most - left(user, operation).unwrap_or(most);
    }
    user.prepare(operation).await;
    let end = run(user, operation, Input::Incorrect);
    let reported =
        matches!(&end, End::Refused(Error::Denied(no)) if no.reason() == Reason::Incorrect);
    assert!(reported, "{operation:?}: {end:?}");
    let now = user.world.clock.time();
    let until = locked_until(user, operation).await;
    (until.since(now) / 30).ilog2()
}

/// How many guesses are left, where a number of them is the end; `None` without any.
fn left(user: &mut User, operation: Act) -> Option<u32> {
    let is_incorrect = |end: End| match end {
        End::Refused(Error::Denied(no)) => no.reason() == Reason::Incorrect,
        _ => false,
    };
    let left = (0..).take_while(|_| is_incorrect(run(user, operation, Input::Incorrect))).count();
    u32::try_from(left).ok().filter(|left| *left > 0)
}

/// The time until which guesses are refused.
async fn locked_until(user: &mut User, operation: Act) -> UnixTime {
    if let End::Refused(Error::Denied(denial)) = run(user, operation, Input::Incorrect) {
        if let Some(until) = denial.retry_at() {
            return until;
        }
    }
    // The lock ended the guessed challenge, and prevents another.
    let (verifier, alice) = (&user.world.verifier, &user.world.alice);
    let refused = match operation {
        Act::ResetPin => verifier
            .send_code(alice, CodeRequest::to_address(&mail()).purpose(Operation::ResetPin))
            .await
            .map(drop),
        _ => user.try_prepare(operation).await,
    };
    let error = refused.expect_err("it is locked");
    error.retry_at().unwrap_or_else(|| panic!("{operation:?}: {error:?}"))
}

#[test]
fn failure_099_message_is_sent_only_after_its_commit() {
    for_every_fault(async |case, end, user| {
        // It sends first and then computes the next deadline.
        let is_two = case.operation == Act::AdvanceCode;
        if case.fault.is_fatal() && !case.is_late && !is_two {
            assert!(user.world.got_no_code(), "{}: {end:?}", case.name());
        }
    });
}

#[test]
fn event_is_reported_only_after_its_commit() {
    for_every_fault(async |case, end, user| {
        // Two operations report, and then read the record once more.
        let is_two = case.operation == Act::AdvanceCode || case.operation.reads_again();
        if case.fault.is_fatal() && !case.is_late && !is_two {
            let mut reported = user.world.log.take_occurrences();
            // Whether the swap was committed is unknown, and the report says so.
            reported.retain(|one| one.certainty() == Certainty::Certain);
            // This operation reports the answer of the carrier.
            reported.retain(|one| *one.event() != Event::CodeLost);
            assert!(reported.is_empty(), "{}: {reported:?}, {end:?}", case.name());
        }
    });
}

#[test]
fn failure_085_failed_randomness_writes_and_sends_nothing() {
    for_every_fault(async |case, _, user| {
        // At later calls an attempt was counted or a send charged.
        if matches!(case.fault, AnyFault::Host(_)) && case.fault.is_fatal() && case.at == 0 {
            assert!(user.world.store.everything() == case.records, "{}", case.name());
        }
    });
}

#[test]
fn failure_113_unreadable_record_is_neither_valid_nor_open() {
    block_on(async {
        let bases = InitialStates::new().await;
        for (operation, _) in Act::ALL {
            if operation.base() == Base::NoRecord {
                continue;
            }
            let user = ready(&bases, operation, Notices::Sent).await;
            let id = user.world.verifier.operations().record_id(&user.world.alice);
            let record = user.world.store.peek(&id).unwrap();
            let (version, bytes) = (record.version(), record.bytes());
            for torn in [
                Record::new(version, vec![]),
                Record::new(version, bytes[..bytes.len() / 2].into()),
                Record::new(Version::new(version.get() ^ 1), bytes.into()),
                Record::new(Version::new(0), bytes.into()),
            ] {
                user.world.store.poke(&id, torn);
                let end = run(&user, operation, Input::Correct);
                assert!(
                    matches!(end, End::Refused(Error::Unreadable(_))),
                    "{operation:?}: {end:?}"
                );
            }
        }
    });
}

#[test]
fn failure_119_rolled_back_record_permits_only_after_restore() {
    block_on(async {
        let bases = InitialStates::new().await;
        for (operation, _) in Act::ALL {
            if operation.base() == Base::NoRecord {
                continue;
            }
            let user = ready(&bases, operation, Notices::Sent).await;
            let id = user.world.verifier.operations().record_id(&user.world.alice);
            let record = user.world.store.peek(&id).unwrap();
            let newest = Version::new(record.version().get() + (1 << 40));
            user.world.store.poke(&id, record.clone().with_newest(Some(newest)));
            let end = run(&user, operation, Input::Correct);
            let after = user.world.store.peek(&id).unwrap();
            if operation == Act::AfterRestore {
                assert!(matches!(end, End::Answered(Answer::Done)), "{end:?}");
                assert!(after.version().get() > newest.get(), "the next load accepts it");
            } else {
                assert!(matches!(end, End::Refused(Error::RolledBack)), "{operation:?}: {end:?}");
                assert_eq!(after.version(), record.version(), "{operation:?}");
            }
            // The newest version itself is no rollback.
            user.world.store.poke(&id, record.clone().with_newest(Some(record.version())));
            let end = run(&user, operation, Input::Correct);
            assert!(!matches!(end, End::Refused(Error::RolledBack)), "{operation:?}");
        }
    });
}

#[test]
fn every_verifier_operation_is_covered() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = fs::read_dir(root.join("src/verifier")).unwrap().collect();
    let mut texts = vec![fs::read_to_string(root.join("src/verifier.rs")).unwrap()];
    texts.extend(files.drain(..).map(|file| fs::read_to_string(file.unwrap().path()).unwrap()));
    let mut offered = BTreeSet::new();
    for text in &texts {
        // Every `pub async fn` in these files is a method of `Verifier` or of what it returns.
        for after in text.split("\n    pub async fn ").skip(1) {
            offered.insert(after.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap());
        }
    }
    assert!(offered.len() > 40, "only {} operations were found", offered.len());
    let tried: BTreeSet<_> = Act::ALL.into_iter().map(|(_, operation)| operation).collect();
    assert_eq!(offered, tried, "an operation without a case, or a case without an operation");
    let doing = fs::read_to_string(root.join("tests/faults/operations/calls.rs")).unwrap();
    let doing: String = doing.split_whitespace().collect();
    for operation in tried {
        assert!(doing.contains(&format!(".{operation}(")), "{operation} is never called");
    }
}
