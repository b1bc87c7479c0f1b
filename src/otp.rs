//! One-time codes: HOTP, TOTP, Steam Guard, and the texts that carry their secrets.
//!
//! This is ring 1 of the crate and stands alone: no heap (apart from `uri` and `migration`), no
//! clock, no store, and no randomness but that of [`Secret::generate`](crate::Secret), which asks
//! the operating system (with `std`). It does not remember what was used and does not count wrong
//! guesses; whoever uses it alone must do both.

mod algorithm;
mod at_once;
mod hmac;
mod hotp;
mod keyed;
#[cfg(feature = "alloc")]
mod migration;
mod steam;
mod step;
mod totp;
#[cfg(feature = "alloc")]
mod uri;

pub use self::{
    algorithm::{Algorithm, Digits, InvalidParameter},
    hotp::Hotp,
    steam::Steam,
    step::{Found, LookAhead, Step, Window},
    totp::{Period, Totp, TotpParameters},
};
#[cfg(feature = "alloc")]
pub use self::{
    migration::{InvalidMigration, Migration, MigrationEntry},
    uri::{InvalidKeyUri, KeyKind, KeyUri, Warning},
};
pub use crate::code::Code;
