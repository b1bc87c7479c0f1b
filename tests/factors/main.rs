//! Each kind of factor, used by its owner and by an attacker.

extern crate alloc;

mod authenticator_app;
mod backup_codes;
mod delivered_codes;
mod once;
mod pin_mail;
mod pin_quarantine;
mod pin_reset;
mod pin_resets;
mod pins;
mod request_limits;
mod request_purposes;
mod request_pushes;
mod request_races;
mod sign_in_requests;
#[path = "../support/mod.rs"]
mod support;
mod tokens;
mod transactions;
#[path = "../support/walk.rs"]
mod walk;
mod whatsapp;
