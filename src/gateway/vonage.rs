//! SMS, calls and verification through Vonage.
//!
//! [`Messages`] and [`Calls`] build the request, your client sends it, and [`receipt`] reads the
//! response. [`Webhooks`] reads the status webhooks. [`Verify`] is for codes that Vonage generates,
//! and [`started`], [`checked`] and [`cancelled`] read its responses.

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
