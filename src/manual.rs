//! The manual: why things are as they are, for those who decide whether to trust them.
//!
//! - [`defaults`]: every limit and lifetime, with its source.
//! - [`design`]: the questions of a critic, and the answers.
//! - [`record_format`]: what stands in the bytes that your store keeps.

#[doc = include_str!("manual/defaults.md")]
pub mod defaults {}

#[doc = include_str!("manual/design.md")]
pub mod design {}

#[doc = include_str!("manual/record_format.md")]
pub mod record_format {}
