//! The kit that proves a store: what it lets pass, and what it rejects, by which clause.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test stops where it stands, and is a crate that nobody uses"
)]

extern crate alloc;

mod flawed;
mod flaws;
mod folder;
mod increments;
mod passes;
mod rejects;
mod reports;
