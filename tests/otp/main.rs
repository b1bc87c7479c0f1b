//! One-time codes alone: the vectors of the standards, laws, and another hand.

mod differential;
mod laws;
mod told;
mod vectors;
