//! Tests of the storage conformance checks.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a failing test should panic; the crate has no users"
)]

extern crate alloc;

mod flawed;
mod flaws;
mod folder;
mod histories;
mod increments;
mod passes;
mod rejects;
mod reports;
