//! Manual: guides, reference and test evidence.
//!
//! Start here:
//!
//! - [`glossary`]: the terms of this crate, one line each.
//! - [`axum`]: two-factor authentication for a web application, step by step.
//! - [`tasks`]: common tasks, each with the method that does it.
//! - [below](#which-value-permits-which-call): which value permits which call.
//! - [`types`]: which call needs which value, and misuse that does not compile.
//!
//! Integrate:
//!
//! - [`storage`]: how to write and test a store, with statements for ten databases.
//! - [`delivery`]: message channels, with their requirements, layouts and gateways.
//! - [`defaults`]: every limit and lifetime, with its source.
//! - [`errors`]: what to show the user for each error, and which HTTP status to return.
//! - [`first_factor`]: which proofs may follow the first factor, and the assurance level that
//!   results.
//! - [`support`]: support operations, and the procedure for a user who has lost every factor.
//! - [`from_totp_rs`]: migration from `totp-rs`.
//! - [`migration`]: migration from ten other systems, with their tables and encodings.
//! - [`personal_data`]: the personal data in the store, and its erasure.
//!
//! Understand:
//!
//! - [`architecture`]: the layers, the steps of a decision, and which file answers which question.
//! - [`design`]: design decisions, as questions and answers.
//! - [`laws`]: the invariants of the code, and what enforces them.
//! - [`record_format`]: the format of the records in your store.
//!
//! Assess:
//!
//! - [`threats`]: attacks on real systems, each with its test or the responsibility of your
//!   application.
//! - [`standards`]: the requirements of the standards, row by row.
//! - [`proof`]: the tests of this crate, with their methods and commands.
//! - [`speed`]: benchmarks against the theoretical minimum and other crates.
//! - [`dependencies`]: the purpose of each dependency, and the dependencies that each feature adds.
//!
//! Comments in the code cite these pages: `STD N-25` is a row of [`standards`], `FAILURES 41` (like
//! a test `failure_041_…`) is a row of [`threats`], and `law 8` is a heading of [`laws`].
//!
#![doc = include_str!("manual/values.md")]

#[doc = include_str!("manual/architecture.md")]
pub mod architecture {}

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

#[doc = include_str!("manual/errors.md")]
pub mod errors {}

#[doc = include_str!("manual/first_factor.md")]
pub mod first_factor {}

#[doc = include_str!("manual/from_totp_rs.md")]
pub mod from_totp_rs {}

#[doc = include_str!("manual/glossary.md")]
pub mod glossary {}

#[doc = include_str!("manual/laws.md")]
pub mod laws {}

#[doc = include_str!("manual/migration.md")]
pub mod migration {}

#[doc = include_str!("manual/personal_data.md")]
pub mod personal_data {}

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

#[doc = include_str!("manual/support.md")]
pub mod support {}

#[doc = include_str!("manual/tasks.md")]
pub mod tasks {}

#[doc = include_str!("manual/threats.md")]
pub mod threats {}

#[doc = include_str!("manual/types.md")]
pub mod types {}
