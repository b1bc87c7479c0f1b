//! Everything that can be asked, with everything that can go wrong at every call of the store, of the
//! clock and of the source of randomness.
//!
//! Nobody is let in by it, nothing passes twice, no wrong guess is uncounted, and the person gets in
//! afterwards.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "helpers of a test may stop where they stand"
)]

mod deed;
mod doing;
mod hands;
mod host;
mod person;
mod troubles;

use alloc::collections::BTreeSet;
use std::{fs, path::Path};

use self::{
    deed::{Answer, Base, Deed, Typed},
    host::Slip,
    person::{Bases, Person},
    troubles::{End, Trouble, every_trouble, ready, run},
};
use crate::support::{faulty::Fault, mail};
use second_factor::{
    Error, Purpose, UnixTime, block_on,
    host::Event,
    policy::Notices,
    storage::{Record, Version},
    verdict::Reason,
};

#[test]
fn failure_113_an_error_at_any_call_is_an_error() {
    every_trouble(async |case, end, _| {
        let name = case.name();
        match (case.trouble, &end) {
            _ if case.is_late || !case.trouble.is_fatal() => {}
            (Trouble::Store(Fault::ErrorAfter | Fault::ErrorBefore), end) => {
                assert!(matches!(end, End::Refused(Error::Storage(_))), "{name}: {end:?}");
            }
            (Trouble::Store(_), end) => assert!(matches!(end, End::Died), "{name}: {end:?}"),
            (Trouble::Host(Slip::NoTime), end) => {
                assert!(matches!(end, End::Refused(Error::NoTime)), "{name}: {end:?}");
            }
            (Trouble::Host(_), end) => {
                assert!(matches!(end, End::Refused(Error::NoEntropy)), "{name}: {end:?}");
            }
        }
        // What was decided stands, whatever becomes of telling it.
        let dies = case.trouble.is_fatal() && !case.trouble.is_error();
        if case.is_late && case.typed == Typed::Right && !dies {
            assert!(matches!(end, End::Answered(_)), "{name}: {end:?}");
        }
    });
}

#[test]
fn failure_113_no_fault_lets_a_wrong_proof_in_or_calls_the_protected_free() {
    every_trouble(async |case, end, _| {
        let name = case.name();
        assert!(!matches!(end, End::Answered(Answer::Free)), "{name}");
        // A token that was good one write ago is good for a store that is one write behind: what is
        // recognised writes nothing that would find it out.
        let is_behind =
            case.deed == Deed::Recognize && case.trouble == Trouble::Store(Fault::Stale);
        if case.typed == Typed::Wrong && !is_behind {
            assert!(!matches!(end, End::Answered(_)), "{name}");
        }
    });
}

#[test]
fn failure_113_after_any_fault_the_factors_still_protect() {
    every_trouble(async |case, end, person| {
        let may_be_free = match case.deed.base() {
            Base::Nobody => true,
            _ => case.deed.unprotects() && case.may_have_happened(&end),
        };
        assert!(may_be_free || !person.is_unprotected().await, "{}", case.name());
    });
}

#[test]
fn failure_114_after_any_fault_the_person_gets_in() {
    every_trouble(async |case, end, person| {
        let name = case.name();
        person.world.clock.advance(150);
        // The hour of a reset is over under a clock that was wrong: the administrator resets again.
        if case.deed == Deed::Reset && matches!(case.trouble, Trouble::Host(_)) {
            assert!(matches!(run(person, Deed::Reset, Typed::Right), End::Answered(_)), "{name}");
        }
        if person.is_unprotected().await {
            return assert!(person.begins_again().await, "{name}");
        }
        let has_app = case.deed != Deed::RevokeApp || !case.may_have_happened(&end);
        assert!(!has_app || person.gets_in_by_app().await, "{name}");
        if case.deed.base() != Base::Nobody {
            assert!(person.gets_in_by_phone().await, "{name}");
        }
    });
}

#[test]
fn failure_114_what_a_fault_met_passes_once_at_most_and_can_be_done_if_it_was_not() {
    every_trouble(async |case, end, person| {
        if case.typed == Typed::Wrong {
            return;
        }
        let (name, mut passed) = (case.name(), usize::from(matches!(end, End::Answered(_))));
        for _ in 0..3 {
            // A try that was lost is waited for, and a code may be sent again.
            person.world.clock.advance(11);
            let again = run(person, case.deed, case.typed);
            passed += usize::from(matches!(again, End::Answered(_)));
        }
        assert!(passed <= 1 || !case.deed.is_once(), "{name}: {passed} times");
        if case.trouble.leaves_no_trace() && !case.is_late {
            assert!(passed >= 1, "{name}: never");
        }
    });
}

#[test]
fn failure_018_a_wrong_guess_is_counted_once_whatever_goes_wrong() {
    every_trouble(async |case, end, person| {
        // Nobody guesses at 256 bits.
        if case.typed == Typed::Right || case.deed == Deed::Recognize {
            return;
        }
        let name = case.name();
        let was_told = match &end {
            End::Refused(Error::Denied(denial)) => denial.reason() == Reason::Incorrect,
            _ => false,
        };
        let counted = failures(person, case.deed).await;
        // A store that says "conflict" of a write that took effect has it counted again.
        let most = if case.trouble == Trouble::Store(Fault::ConflictAfter) { 2 } else { 1 };
        assert!((u32::from(was_told)..=most).contains(&counted), "{name}: {counted}, {end:?}");
    });
}

/// How many failures were counted: the wait that follows one more doubles with each.
async fn failures(person: &mut Person, deed: Deed) -> u32 {
    // A wait that began when the clock was a day ahead begins again at the next look.
    let _ = person.world.verifier.status(&person.world.alice).await.unwrap();
    person.world.clock.advance(150);
    person.prepare(deed).await;
    let end = run(person, deed, Typed::Wrong);
    let told = matches!(&end, End::Refused(Error::Denied(no)) if no.reason() == Reason::Incorrect);
    assert!(told, "{deed:?}: {end:?}");
    let now = person.world.clock.time();
    let until = locked_until(person, deed).await;
    (until.since(now) / 30).ilog2()
}

/// Until when no more guesses are looked at.
async fn locked_until(person: &mut Person, deed: Deed) -> UnixTime {
    if let End::Refused(Error::Denied(denial)) = run(person, deed, Typed::Wrong) {
        if let Some(until) = denial.retry_at() {
            return until;
        }
    }
    // What was guessed at ended with the lock, and no other is begun under it.
    let (verifier, alice) = (&person.world.verifier, &person.world.alice);
    let refused = match deed {
        Deed::ResetPin => verifier.challenge(alice, &mail(), Purpose::ResetPin).await.map(drop),
        _ => person.try_prepare(deed).await,
    };
    let error = refused.expect_err("it is locked");
    error.retry_at().unwrap_or_else(|| panic!("{deed:?}: {error:?}"))
}

#[test]
fn failure_099_nothing_is_sent_before_its_challenge_is_committed() {
    every_trouble(async |case, end, person| {
        // It sends, which is done by then, and looks at what else there is.
        let is_two = case.deed == Deed::AdvanceCode;
        if case.trouble.is_fatal() && !case.is_late && !is_two {
            assert!(person.world.got_no_code(), "{}: {end:?}", case.name());
        }
    });
}

#[test]
fn what_is_told_is_committed() {
    every_trouble(async |case, end, person| {
        if case.trouble.is_fatal() && !case.is_late && case.deed != Deed::AdvanceCode {
            let mut told = person.world.log.take();
            // That one tells what a carrier says.
            told.retain(|event| *event != Event::CodeLost);
            assert!(told.is_empty(), "{}: {told:?}, {end:?}", case.name());
        }
    });
}

#[test]
fn failure_085_without_randomness_nothing_is_made_sent_or_kept() {
    every_trouble(async |case, _, person| {
        // Later, a try was counted or a send spent.
        if matches!(case.trouble, Trouble::Host(_)) && case.trouble.is_fatal() && case.at == 0 {
            assert!(person.world.store.everything() == case.kept, "{}", case.name());
        }
    });
}

#[test]
fn failure_113_a_record_that_does_not_open_neither_verifies_nor_unprotects() {
    block_on(async {
        let bases = Bases::new().await;
        for (deed, _) in Deed::ALL {
            if deed.base() == Base::Nobody {
                continue;
            }
            let person = ready(&bases, deed, Notices::Sent).await;
            let id = person.world.verifier.record_id(&person.world.alice);
            let record = person.world.store.peek(&id).unwrap();
            let (version, bytes) = (record.version(), record.bytes());
            for torn in [
                Record::new(version, vec![], None),
                Record::new(version, bytes[..bytes.len() / 2].into(), None),
                Record::new(Version::new(version.get() ^ 1), bytes.into(), None),
                Record::new(Version::new(0), bytes.into(), None),
            ] {
                person.world.store.poke(&id, torn);
                let end = run(&person, deed, Typed::Right);
                assert!(matches!(end, End::Refused(Error::Unreadable(_))), "{deed:?}: {end:?}");
            }
        }
    });
}

#[test]
fn no_operation_of_a_verifier_is_forgotten() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = fs::read_dir(root.join("src/verifier")).unwrap().collect();
    let mut texts = vec![fs::read_to_string(root.join("src/verifier.rs")).unwrap()];
    texts.extend(files.drain(..).map(|file| fs::read_to_string(file.unwrap().path()).unwrap()));
    let mut offered = BTreeSet::new();
    for text in &texts {
        // What is public in these files is a method of `Verifier`: nothing else there is asynchronous.
        for after in text.split("\n    pub async fn ").skip(1) {
            offered.insert(after.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap());
        }
    }
    assert!(offered.len() > 40, "only {} operations were seen", offered.len());
    let tried: BTreeSet<_> = Deed::ALL.into_iter().map(|(_, operation)| operation).collect();
    assert_eq!(offered, tried, "an operation without a deed, or a deed without an operation");
    let doing = fs::read_to_string(root.join("tests/laws/faults/doing.rs")).unwrap();
    let doing: String = doing.split_whitespace().collect();
    for operation in tried {
        assert!(doing.contains(&format!("verifier.{operation}(")), "{operation} is never called");
    }
}
