//! Histories: sequences of commands with faults.

#![allow(dead_code, reason = "the fuzzer builds histories from single steps")]

use proptest::prelude::*;

use crate::{
    command::Command,
    faulty::Fault,
    person::{Model, enrollment_window::mandate},
};

/// A command, with a fault after this many store calls.
pub type Step = (Command, Option<(usize, Fault)>);

pub fn histories() -> impl Strategy<Value = Vec<Step>> {
    let random = proptest::collection::vec(steps(), 1..120);
    let mandate = proptest::option::of(mandate());
    (any::<bool>(), mandate, random).prop_map(|(from_nothing, mandate, random)| {
        let beginning = if from_nothing { Vec::new() } else { Command::beginning() };
        // Those who began in time.
        let beginning = beginning.into_iter().chain(mandate);
        beginning.map(|command| (command, None)).chain(random).collect()
    })
}

pub fn steps() -> impl Strategy<Value = Step> {
    (Command::any(), faults())
}

/// Runs a history against the model, which panics when a law is broken.
pub fn live(history: Vec<Step>) -> Model {
    let mut model = Model::new();
    for (command, fault) in history {
        model.run(command, fault);
    }
    // FAILURES 118.
    assert!(model.store.largest() < 64 << 10);
    model
}

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
