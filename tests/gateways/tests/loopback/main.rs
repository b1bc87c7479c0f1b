//! Requests over a real connection to gateways that are strict, slow, broken and gone.

mod fallback;
mod questions;
mod strict;
