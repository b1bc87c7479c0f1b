//! Concurrency: interleavings, pairs, and slow checks.

extern crate alloc;

mod interleavings;
mod outbox;
mod pairs;
mod slow_check_races;
mod slow_check_results;
mod slow_checks;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/walk.rs"]
mod walk;
