//! The otp layer: published vectors, properties and an independent implementation.

mod accessors;
mod differential;
mod properties;
mod vectors;
