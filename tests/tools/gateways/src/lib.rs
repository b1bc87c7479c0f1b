//! Local gateways for tests.
//!
//! They accept and refuse requests as the real gateways document it, fail on request, and sign
//! their webhooks.

#![allow(clippy::unwrap_used, reason = "a failing test should panic")]

mod client;
pub mod keys;
mod questions;
mod rules;
mod server;
pub mod webhooks;

pub use self::{
    client::send,
    questions::{ELSEWHERE, SWAPPED},
    rules::{Service, Taken},
    server::{Gateways, Play},
};
