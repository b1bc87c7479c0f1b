//! Values that build or present a [`Proof`](crate::Proof).
//!
//! - A [`Challenge`](crate::Challenge) offers [`Alternative`] channels.
//! - A [`CeremonyRequest`] begins a [`Ceremony`] with a security key. [`SecurityKeyOutcome`] is the
//!   result from your WebAuthn crate.
//! - A [`SignInRequest`] asks a trusted device for approval. The device shows a [`PendingRequest`]
//!   and returns a [`RequestAnswer`].

pub use crate::subject::{
    Alternative, Ceremony, CeremonyRequest, CeremonyText, PendingRequest, RequestAnswer,
    RequestedFrom, SecurityKeyOutcome, SignInRequest,
};
