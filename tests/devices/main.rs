//! Trusted devices, and the sign-in requests they approve.

extern crate alloc;

mod listing;
mod request_bindings;
mod request_limits;
mod request_pushes;
mod request_races;
mod schedules;
mod sign_in_requests;
#[path = "../support/mod.rs"]
mod support;
mod tokens;
mod trust;
#[path = "../support/walk.rs"]
mod walk;
