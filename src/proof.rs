//! Values that build or present a [`Proof`](crate::Proof).
//!
//! - A [`Challenge`](crate::Challenge) offers [`Alternative`] channels.
//! - A [`CeremonyRequest`] begins a [`Ceremony`] with a security key. [`SecurityKeyOutcome`] is what
//!   your WebAuthn crate found.
//! - A [`SignInRequest`] asks a trusted device, which shows a [`PendingRequest`] and gives a
//!   [`RequestAnswer`].

pub use crate::subject::{
    Alternative, Ceremony, CeremonyRequest, CeremonyText, PendingRequest, RequestAnswer,
    RequestedFrom, SecurityKeyOutcome, SignInRequest,
};
