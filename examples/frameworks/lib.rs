//! Applications over actix-web and poem.
//!
//! `actix.rs` and `poem.rs` have the same routes. Copy the one for your framework, and replace
//! `app.rs` by your users, sessions and pages.

pub mod actix;
pub mod app;
pub mod poem;
