//! Random histories of everything that can be done to two people, beside a model of what may come of it.
//!
//! The model knows nothing of records: it keeps what a person knows, and holds the library to the
//! invariants of once, limits, purposes and faults (laws 2 to 8).

#![allow(
    clippy::future_not_send,
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test stops where it stands"
)]

mod command;
#[path = "../support/faulty.rs"]
mod faulty;
mod history;
mod person;

use proptest::{prelude::*, strategy::ValueTree as _};

use crate::{
    history::{histories, live, steps},
    person::Town,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2500))]

    #[test]
    fn no_history_breaks_a_law(history in histories()) {
        let _ = live(history);
    }
}

#[test]
fn the_model_sees_successes_of_every_kind() {
    // A model that never sees a success would hold any library to its laws.
    let mut seen = std::collections::BTreeMap::<&'static str, usize>::new();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..400 {
        let history = histories().new_tree(&mut runner).unwrap().current();
        for (what, count) in live(history).successes {
            *seen.entry(what).or_default() += count;
        }
    }
    for what in ["app", "code", "backup", "pin", "device", "request", "confirm", "manage"] {
        assert!(seen.get(what).is_some_and(|count| *count >= 5), "{what}: {seen:?}");
    }
}

#[test]
fn failure_118_a_hundred_thousand_operations_leave_a_record_under_its_cap() {
    let (mut town, steps) = (Town::new(), steps());
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut upon_one, mut largest) = (0, 0);
    while upon_one < 100_000 {
        let (command, fault) = steps.new_tree(&mut runner).unwrap().current();
        upon_one += usize::from(format!("{command:?}").contains("who: 0"));
        town.run(command, fault);
        largest = largest.max(town.store.largest());
        assert!(largest < 64 << 10, "{largest} bytes after {upon_one} operations");
    }
    // Somebody who has next to nothing would not show it.
    assert!(largest > 2 << 10, "{largest} bytes at most");
    assert!(town.successes.values().sum::<usize>() > 1000, "{:?}", town.successes);
}
