//! Texts, layouts, gateway requests and webhooks.

extern crate alloc;

mod addresses;
mod calls;
mod emails;
mod gateway_responses;
mod golden_requests;
mod golden_verifications;
mod injection;
mod languages;
mod origins;
mod pushes;
mod readers;
mod sms_sizes;
#[path = "../support/mod.rs"]
mod support;
mod text_messages;
mod translation_rules;
mod translations;
mod verification_responses;
mod webhooks;
mod whatsapp;
