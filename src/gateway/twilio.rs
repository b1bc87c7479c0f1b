//! Twilio: text messages, calls, WhatsApp messages by content template, and codes that it makes itself.
//! Sends nothing.
//!
//! Each of [`Messages`], [`Calls`] and [`WhatsApp`] makes the request; your client sends it;
//! [`receipt`] reads the answer. What comes back later, [`Webhooks`] reads. [`Verify`] has its own three
//! answers: [`started`], [`checked`], [`cancelled`].
//!
//! If your client gives up before an answer came, that is
//! [`Undelivered::Unknown`](crate::delivery::Undelivered::Unknown); if it could not even
//! connect, [`Unavailable`](crate::delivery::Undelivered::Unavailable).

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
    whatsapp::WhatsApp,
};
