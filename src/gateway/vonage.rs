//! Vonage: text messages and calls. Sends nothing.
//!
//! [`Messages`] and [`Calls`] make the request; your client sends it; [`receipt`] reads the answer. What
//! comes back later, [`Webhooks`] reads.

mod account;
mod calls;
mod messages;
mod reasons;
mod webhooks;

pub use self::{
    account::Account, calls::Calls, messages::Messages, reasons::receipt, webhooks::Webhooks,
};
