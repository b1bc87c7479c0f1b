//! Each kind of factor, used by its owner and by an attacker.

extern crate alloc;

mod backup_codes;
mod hotp;
mod pin;
mod pin_quarantine;
mod replay;
mod security_keys;
mod sent_codes;
#[path = "../support/mod.rs"]
mod support;
mod totp;
mod transactions;
#[path = "../support/walk.rs"]
mod walk;
mod whatsapp;
