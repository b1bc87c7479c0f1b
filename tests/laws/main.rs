//! Invariants: limits, redaction, tampering, key rotation, types.

extern crate alloc;

mod busy_day;
mod clocks;
mod counting;
mod faults;
mod golden_records;
mod hostile_input;
mod interleavings;
mod key_rotation;
mod limits;
mod pairs;
mod record_bound;
mod redaction;
mod shapes;
mod slow_calls;
mod slow_conclusions;
mod slow_orders;
mod slow_work;
mod small_things;
mod store_calls;
#[path = "../support/mod.rs"]
mod support;
mod tampering;
mod types;
#[path = "../support/walk.rs"]
mod walk;
