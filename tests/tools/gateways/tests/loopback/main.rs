//! Requests over a real connection to gateways that are strict, slow, broken and gone.

mod elsewhere;
mod fallback;
mod questions;
mod strict;
