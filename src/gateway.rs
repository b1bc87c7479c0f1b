//! Requests to and webhooks from message providers.
//!
//! This module builds requests as values, and your HTTP client sends them. A gateway has three
//! parts:
//!
//! - It builds a *request* from a [`Message`](crate::Message).
//! - It reads the *response* into a [`Receipt`](crate::delivery::Receipt), or into an
//!   [`Undelivered`](crate::delivery::Undelivered), which determines what to do next.
//! - It verifies the *webhooks*, with which the provider later reports the delivery status, and
//!   reads them into a [`DeliveryReport`].
//!
//! Two modules have other purposes. [`verification`] is for provider-managed codes. [`camara`] asks
//! a mobile operator whether a number was assigned to another SIM.
//!
//! The modules of the providers use the same names for the same roles: `Account`, `Messages`,
//! `Calls`, `Verify`, `Webhooks`, `receipt`. Qualify them with the module, as in
//! `twilio::Messages`.
//!
//! ```
//! use second_factor::{Delivery, Message, UnixTime};
//! use second_factor::delivery::{Receipt, Undelivered};
//! use second_factor::gateway::{Body, twilio};
//!
//! struct Texts { twilio: twilio::Messages }
//!
//! impl Delivery for Texts {
//!     async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
//!         let request = self.twilio.request(&message, now())?;
//!         twilio::receipt(&send(request).await?)
//!     }
//! }
//!
//! /// Sends with your client. A refused connection is `Unavailable`, a missing response `Unknown`.
//! async fn send(request: http::Request<Body>) -> Result<http::Response<Vec<u8>>, Undelivered> {
//! #   let _ = request;
//! #   Err(Undelivered::Unavailable)
//! }
//! # fn now() -> UnixTime { UnixTime::from_secs(1_800_000_000) }
//! # let _ = send;
//! ```

mod answer;
mod app_id;
mod body;
pub mod camara;
mod credential;
mod endpoint;
mod form;
mod json;
mod ncco;
pub mod push;
mod report;
mod request;
mod setting;
mod signature;
pub mod twilio;
pub mod verification;
pub mod vonage;
pub mod whatsapp;

pub use self::{
    app_id::AppId,
    body::Body,
    credential::Credential,
    endpoint::Endpoint,
    report::{DeliveryReport, InvalidWebhook},
    setting::InvalidSetting,
};
