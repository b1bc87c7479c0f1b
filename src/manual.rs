//! The manual: why things are as they are, for those who decide whether to trust them.
//!
//! - [`axum`]: two-factor for a web application, step by step.
//! - [`defaults`]: every limit and lifetime, with its source.
//! - [`delivery`]: what each channel wants, and how messages are laid out for it.
//! - [`dependencies`]: what the crate stands on, why, and what each feature brings.
//! - [`design`]: the questions of a critic, and the answers.
//! - [`laws`]: what the code promises itself, and what holds it.
//! - [`proof`]: what is checked, how, and by which command.
//! - [`record_format`]: what stands in the bytes that your store keeps.
//! - [`speed`]: what it takes, beside what it must take and beside other crates.
//! - [`standards`]: what the standards ask, row by row.
//! - [`storage`]: what a store must do, how to prove it, and the statements for ten databases.
//! - [`threats`]: who attacks, what holds against whom, and how real systems broke.
//! - [`types`]: what does not compile.
//!
//! Comments cite these pages: `STD N-25` is a row of [`standards`], `FAILURES 41` (and a test
//! `failure_041_…`) a row of [`threats`], `law 8` a heading of [`laws`].

#[doc = include_str!("manual/axum.md")]
pub mod axum {}

#[doc = include_str!("manual/defaults.md")]
pub mod defaults {}

#[doc = include_str!("manual/delivery.md")]
pub mod delivery {}

#[doc = include_str!("manual/dependencies.md")]
pub mod dependencies {}

#[doc = include_str!("manual/design.md")]
pub mod design {}

#[doc = include_str!("manual/laws.md")]
pub mod laws {}

#[doc = include_str!("manual/proof.md")]
pub mod proof {}

#[doc = include_str!("manual/record_format.md")]
pub mod record_format {}

#[doc = include_str!("manual/speed.md")]
pub mod speed {}

#[doc = include_str!("manual/standards.md")]
pub mod standards {}

#[doc = include_str!("manual/storage.md")]
pub mod storage {}

#[doc = include_str!("manual/threats.md")]
pub mod threats {}

#[doc = include_str!("manual/types.md")]
pub mod types {}
