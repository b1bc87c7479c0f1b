//! Migration: rows as other systems store them.
//!
//! The page `manual::migration` has the tables, columns and encodings, with the sources that were
//! read. `rows.py` writes `rows.json`.

#![allow(
    clippy::future_not_send,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "helpers of one test program may panic"
)]

extern crate alloc;

mod authelia;
mod better_auth;
mod decryption;
mod devise;
mod django_allauth;
mod django_otp;
mod fortify;
mod keycloak;
mod lazy_import;
mod nextcloud;
mod rows;
mod security_keys;
mod supabase;
#[path = "../support/mod.rs"]
mod support;
mod totp_rs;
