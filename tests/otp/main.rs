//! The otp layer: vectors, properties and peers.

mod accessors;
mod differential;
mod properties;
mod vectors;
