//! Invariants: limits, redaction, tampering, keys, and types.

extern crate alloc;

mod accessors;
mod announced_waits;
mod common_codes;
mod counting;
mod environment;
mod generation_states;
mod generations;
mod golden_records;
mod hostile_input;
mod length_first;
mod limits;
mod record_bound;
mod redaction;
mod repeated_seed;
mod serialization;
mod structured_input;
#[path = "../support/mod.rs"]
mod support;
mod tampering;
mod tracing_listener;
mod types;
#[path = "../support/walk.rs"]
mod walk;
