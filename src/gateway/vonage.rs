//! SMS, calls and verification through Vonage.
//!
//! [`Messages`] and [`Calls`] build the request; your client sends it; [`receipt`] reads the
//! response. [`Webhooks`] reads what Vonage reports later. [`Verify`] is for codes that Vonage
//! generates; its responses are read by [`started`], [`checked`] and [`cancelled`].

mod account;
mod calls;
mod messages;
mod reasons;
mod verify;
mod webhooks;

pub use self::{
    account::Account,
    calls::Calls,
    messages::Messages,
    reasons::receipt,
    verify::{Verify, cancelled, checked, started},
    webhooks::Webhooks,
};
