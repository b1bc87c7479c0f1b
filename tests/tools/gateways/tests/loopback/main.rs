//! Tests against local gateways over real connections.

mod elsewhere;
mod fallback;
mod questions;
mod strict;
