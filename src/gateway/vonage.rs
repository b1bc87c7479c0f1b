//! Vonage: text messages, calls, and codes that it makes itself. Sends nothing.
//!
//! [`Messages`] and [`Calls`] make the request; your client sends it; [`receipt`] reads the answer. What
//! comes back later, [`Webhooks`] reads. [`Verify`] has its own three answers: [`started`], [`checked`],
//! [`cancelled`].

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
