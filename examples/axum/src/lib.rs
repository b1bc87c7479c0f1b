//! Two-factor authentication (2FA/MFA) for axum.
//!
//! A router to mount, over [`second_factor`].
//!
//! The router has every page of the second step, enrollment, settings and recovery. Your
//! application has users, passwords and sessions, and hands over after a correct password:
//!
//! - [`TwoFactor`] is the state, made from a builder of the verifier;
//!   [`TwoFactor::router`] returns the routes below `/two-factor`.
//! - [`Visitor::continue_as`] takes a [`User`] whose password was correct, and returns the response.
//! - [`SignedIn`], [`SecondFactor`] and [`StepUp`] are extractors for your own handlers.
//! - [`Session`] is the trait for sessions of your own. `tower-sessions` works as it is.
//! - [`TwoFactor::stylesheet`], [`TwoFactor::layout`] and [`Page::model`] change the looks.
//!
//! The pages are forms that work without a script. Single-page and mobile clients ask for JSON with
//! the header `Accept: application/json` and get it from the same paths: see `openapi.json`. Forms
//! from other sites are refused, and every response has a content security policy. Texts are in
//! English or German, as the user's browser prefers.
//!
//! # Example
//!
//! `examples/password.rs` is a whole application with passwords, in 60 lines.
//!
//! ```no_run
#![doc = include_str!("../examples/password.rs")]
//! ```

mod context;
mod data;
mod failure;
mod guard;
mod input;
mod page;
mod request;
mod router;
mod second_step;
mod session;
mod settings;
mod signed_in;
mod text;
mod two_factor;
mod visitor;
mod webauthn;

pub use self::{
    page::Page,
    session::{Session, SessionError},
    signed_in::{SecondFactor, SignedIn, StepUp},
    two_factor::TwoFactor,
    visitor::{User, Visitor},
    webauthn::{KeyOwner, UsedKey, WebAuthn, WebAuthnOptions},
};
