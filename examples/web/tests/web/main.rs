//! The application as it is met over HTTP: by an attacker, by a careless page, by a person.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test stops where it stands")]

mod browser;
mod guards;
mod journeys;
mod journeys_more;
mod probe;
mod server;
