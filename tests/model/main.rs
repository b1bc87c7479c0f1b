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
mod person;

use proptest::{prelude::*, strategy::ValueTree as _};

use crate::{command::Command, faulty::Fault, person::Town};

fn faults() -> impl Strategy<Value = Option<(usize, Fault)>> {
    let kinds = prop_oneof![
        Just(Fault::Conflict),
        Just(Fault::CrashAfter),
        Just(Fault::CrashBefore),
        Just(Fault::ErrorAfter),
        Just(Fault::ErrorBefore),
        Just(Fault::Stale),
    ];
    prop_oneof![6 => Just(None), 1 => (0..5_usize, kinds).prop_map(Some)]
}

fn histories() -> impl Strategy<Value = Vec<(Command, Option<(usize, Fault)>)>> {
    let random = proptest::collection::vec((Command::any(), faults()), 1..120);
    (any::<bool>(), random).prop_map(|(from_nothing, random)| {
        let beginning = if from_nothing { Vec::new() } else { Command::beginning() };
        beginning.into_iter().map(|command| (command, None)).chain(random).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2500))]

    #[test]
    fn no_history_breaks_a_law(history in histories()) {
        let mut town = Town::new();
        for (command, fault) in history {
            town.run(command, fault);
        }
        // FAILURES 118.
        prop_assert!(town.store.largest() < 64 << 10);
    }
}

#[test]
fn the_model_sees_successes_of_every_kind() {
    // A model that never sees a success would hold any library to its laws.
    let mut seen = std::collections::BTreeMap::<&'static str, usize>::new();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..400 {
        let history = histories().new_tree(&mut runner).unwrap().current();
        let mut town = Town::new();
        for (command, fault) in history {
            town.run(command, fault);
        }
        for (what, count) in town.successes {
            *seen.entry(what).or_default() += count;
        }
    }
    for what in ["app", "code", "backup", "pin", "device", "request", "confirm", "manage"] {
        assert!(seen.get(what).is_some_and(|count| *count >= 5), "{what}: {seen:?}");
    }
}
