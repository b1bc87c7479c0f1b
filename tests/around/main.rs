//! Enrollment, devices, recovery, registration, sending and notices.

extern crate alloc;

mod cost_guard;
mod device_tokens;
mod device_trust;
mod devices;
mod fallback;
mod grants;
mod half_finished;
mod lost_sends;
mod management;
mod moving_in;
mod notices;
mod policies;
mod recovery;
mod registering_again;
mod registration;
mod remote_codes;
mod remote_numbers;
mod remote_races;
mod reservations;
mod resets;
mod send_budgets;
mod shown_once;
mod status;
#[path = "../support/mod.rs"]
mod support;
mod unrequested;
#[path = "../support/walk.rs"]
mod walk;
