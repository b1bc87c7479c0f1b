//! Recovery: two proofs, PIN reset, and administrator reset.

extern crate alloc;

mod administrator_reset;
mod export;
mod lost_tail;
mod pin_reset;
mod pin_reset_by_email;
mod pin_reset_devices;
mod planted_addresses;
#[path = "../support/mod.rs"]
mod support;
mod support_codes;
mod two_proofs;
mod unlock;
