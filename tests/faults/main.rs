//! Faults of the store, the clock, randomness, and keys.

extern crate alloc;

mod clocks;
mod operations;
mod slow_check_calls;
mod stale_reads;
mod store_calls;
#[path = "../support/mod.rs"]
mod support;
mod wrong_roots;
