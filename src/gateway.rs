//! What those who carry messages want to be sent, as values. Sends nothing: the client is yours.

mod app_id;
mod json;
mod ncco;
pub mod push;
pub mod whatsapp;

pub use self::app_id::{AppId, InvalidAppId};
