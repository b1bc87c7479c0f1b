//! Sending: budgets, fallback, provider codes, and notices.

extern crate alloc;

mod abandoned_sign_ins;
mod budgets;
mod cost_limits;
mod decoys;
mod fallback;
mod forgotten_records;
mod kept_events;
mod lost_sends;
mod no_delivery;
mod notice_limits;
mod notices;
mod one_mailbox;
mod provider_codes;
mod provider_enrollment;
mod provider_races;
mod reservations;
#[path = "../support/mod.rs"]
mod support;
mod unrequested;
