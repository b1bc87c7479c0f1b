//! Tests of the web example over HTTP and in a browser.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a panic fails the test")]

mod codes;
mod factors;
mod guards;
mod limits;
mod pages;
mod probe;
mod server;
mod user;
