//! Applications, as their authors would write them, and what a newcomer would guess.
//!
//! In each module the client is what an application writes; the tests below it use the client.

#![allow(
    clippy::future_not_send,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests may panic"
)]

extern crate alloc;

mod guesses;
mod lengths;
mod registration;
mod required_enrollment;
mod roles_and_tenants;
mod settings;
mod step_up;
#[path = "../support/mod.rs"]
mod support;
mod support_desk;
