//! Tests of the mounted router, without a socket.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a panic fails the test")]

mod clients;
mod enrollment;
mod guards;
mod hotp;
mod json;
mod looks;
mod openapi;
#[allow(dead_code, reason = "only its router is tested")]
#[path = "../../examples/password.rs"]
mod password;
mod probe;
mod second_step;
mod sessions;
mod settings;
mod site;
mod step_up;
