//! SMS, calls, WhatsApp and verification through Twilio.
//!
//! [`Messages`], [`Calls`] and [`WhatsAppMessages`] build the request, your client sends it, and
//! [`receipt`] reads the response. [`Webhooks`] reads the status callbacks. [`Verify`] is for codes
//! that Twilio generates, and [`started`], [`checked`] and [`cancelled`] read its responses.
//!
//! If your client times out before it receives a response, return
//! [`Undelivered::Unknown`](crate::delivery::Undelivered::Unknown). If your client could not
//! connect, return [`Unavailable`](crate::delivery::Undelivered::Unavailable).

mod account;
mod calls;
mod messages;
mod reasons;
mod verify;
mod webhooks;
mod whatsapp;

pub use self::{
    account::Account,
    calls::Calls,
    messages::Messages,
    reasons::receipt,
    verify::{Verify, cancelled, checked, started},
    webhooks::Webhooks,
    whatsapp::WhatsAppMessages,
};
