//! Delivery of SMS through a gateway with a JSON interface.
//!
//! This file is meant to be copied. Change the names of the fields to those of your gateway. It
//! needs the features `json` and `rustls` of `reqwest`.
//!
//! The client follows no redirect, because a page of another site would seem to accept the message.

use std::{env, error::Error, time::Duration};

use reqwest::{Client, redirect::Policy};
use second_factor::delivery::{Delivery, Message, Receipt, Undelivered};
use serde_json::json;

pub struct Sms(Client, String, String);

impl Sms {
    pub fn from_env() -> Result<Self, Box<dyn Error>> {
        let http = Client::builder().redirect(Policy::none()).timeout(Duration::from_secs(10));
        Ok(Self(http.build()?, env::var("SMS_URL")?, env::var("SMS_TOKEN")?))
    }
}

impl Delivery for Sms {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        let (Self(http, url, token), sms) = (self, message.sms()?);
        let body = json!({ "to": message.address().expose(), "text": sms.text().expose() });
        let request = http.post(url).bearer_auth(token).json(&body);
        let sent = request.header("idempotency-key", message.reference()).send().await;
        let response = sent.map_err(|error| match error.is_connect() {
            true => Undelivered::Unavailable, // nothing was sent
            false => Undelivered::Unknown,
        })?;
        Undelivered::check_http_status(response.status().as_u16())?;
        Ok(Receipt::new(message.reference()))
    }
}
