//! What those who carry messages want to be sent, as values. Sends nothing: the client is yours.
//!
//! Each gateway has three parts. A *request* is made from a [`Message`](crate::Message); your client sends
//! it. Its *answer* is read into a [`Receipt`](crate::delivery::Receipt) or what follows from its absence. Its
//! *webhooks*, which tell later what became of the message, are checked and read into a [`Report`].
//!
//! Two ask something instead: [`verification`], services that make and check codes themselves, and
//! [`camara`], whether a number has moved to another SIM.
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
//! /// With the client that you have. A connection that was refused is `Unavailable`; an answer that did
//! /// not come is `Unknown`.
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
    app_id::{AppId, InvalidAppId},
    body::Body,
    credential::Credential,
    endpoint::Endpoint,
    report::{InvalidWebhook, Report},
    setting::InvalidSetting,
};
