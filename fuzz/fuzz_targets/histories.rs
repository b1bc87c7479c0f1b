//! Fuzzing of operations on two subjects against the model.
//!
//! The model is `tests/model`.

#![no_main]
#![allow(clippy::future_not_send, reason = "one thread")]

#[allow(dead_code, reason = "the model uses a part of it")]
#[path = "../../tests/support/answer.rs"]
mod answer;
#[path = "../../tests/model/command.rs"]
mod command;
#[path = "../../tests/support/faulty.rs"]
mod faulty;
#[path = "../../tests/model/history.rs"]
mod history;
#[path = "../../tests/model/person.rs"]
mod person;

use libfuzzer_sys::fuzz_target;
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::command::Command;

// Two bytes are one step: they seed the strategy of the test that generates a step. A mutation of
// one step does not change the others, and the fuzzer can insert, remove and move steps.
fuzz_target!(|bytes: &[u8]| {
    let steps = history::steps();
    let step = |named: &[u8]| {
        let mut seed = [0; 32];
        seed.iter_mut().zip(named).for_each(|(place, byte)| *place = *byte);
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        Some(steps.new_tree(&mut runner).ok()?.current())
    };
    let beginning = Command::beginning().into_iter().map(|command| (command, None));
    let beginning = beginning.take(if bytes.len() & 1 == 0 { usize::MAX } else { 0 });
    let random = bytes.chunks_exact(2).take(LONGEST).filter_map(step);
    let _ = history::live(beginning.chain(random).collect());
});

/// The length of the histories in the test.
const LONGEST: usize = 120;
