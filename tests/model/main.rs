//! Random histories of two users, checked against a model.
//!
//! The model knows nothing of records: it tracks what a user knows, and checks the laws of single
//! use, limits, purposes and faults (laws 2 to 8). It states what must follow each first factor,
//! what a required enrollment permits before and after its date, and what a grant permits.

#![allow(
    clippy::future_not_send,
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test may panic"
)]

#[allow(dead_code, unnameable_types, reason = "the model uses a part of it")]
#[path = "../support/answer.rs"]
mod answer;
mod command;
#[path = "../support/faulty.rs"]
mod faulty;
mod history;
mod person;

use proptest::{prelude::*, strategy::ValueTree as _};

use crate::{
    command::Command,
    history::{histories, live, steps},
    person::Model,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2200))]

    #[test]
    fn random_history_keeps_every_law(history in histories()) {
        let _ = live(history);
    }
}

#[test]
fn model_sees_successes_of_every_kind() {
    // A model that never sees a success would accept any library.
    let mut seen = std::collections::BTreeMap::<&'static str, usize>::new();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..1000 {
        let history = histories().new_tree(&mut runner).unwrap().current();
        for (what, count) in live(history).successes {
            *seen.entry(what).or_default() += count;
        }
    }
    for what in [
        "app",
        "code",
        "backup",
        "pin",
        "device",
        "request",
        "confirm",
        "manage",
        "unlock",
        "support",
        "grant",
        "late by address",
        "late by support",
        "passkey",
        "postponed",
        "undo",
        "another app",
        "one of the apps",
        "known",
        "ended session",
    ] {
        assert!(seen.get(what).is_some_and(|count| *count >= 5), "{what}: {seen:?}");
    }
}

#[test]
fn failure_118_a_hundred_thousand_operations_keep_the_cap() {
    let (mut model, steps) = (Model::new(), steps());
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut operations, mut largest) = (0, 0);
    for at in 0.. {
        // A locked-out user starts again, in the same record.
        let fresh = if at % 500 == 0 { Command::beginning() } else { Vec::new() };
        if at % 500 == 0 {
            model.reset(0);
        }
        let drawn = [steps.new_tree(&mut runner).unwrap().current()];
        for (command, fault) in fresh.into_iter().map(|command| (command, None)).chain(drawn) {
            operations += usize::from(format!("{command:?}").contains("who: 0"));
            model.run(command, fault);
            largest = model.store.largest();
            assert!(largest < 64 << 10, "{largest} bytes after {operations} operations");
        }
        if operations >= 100_000 {
            break;
        }
    }
    // A user with few factors, or one who cannot sign in, would not show it.
    assert!(largest > 1 << 10, "{largest} bytes at most");
    let successes: usize = model.successes.values().sum();
    assert!(successes > 2000, "{:?}", model.successes);
}
