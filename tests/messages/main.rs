//! What messages say, in which language, and how they are laid out for each channel.

extern crate alloc;

mod addresses;
mod answers;
mod calls;
mod emails;
mod forgeries;
mod golden_requests;
mod golden_verifications;
mod languages;
mod origins;
mod pushes;
mod readers;
mod sizes;
#[path = "../support/mod.rs"]
mod support;
mod text_messages;
mod translations;
mod verifications;
mod webhooks;
mod whatsapp;
mod words;
