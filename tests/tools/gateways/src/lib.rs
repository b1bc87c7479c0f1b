//! Gateways on this machine: they refuse what the documentation of the real ones refuses, take what it takes,
//! fail as they are told, and sign what they call back with.

#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

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
