//! Whether a number has moved to another SIM: what a mobile operator is asked by CAMARA's SIM Swap.
//!
//! [`SimSwaps`] makes the request; your client sends it; [`sim_swap`] reads the answer. A code that is
//! sent to a number goes to whoever holds its SIM, so ask before it is sent, in a
//! [`SendGuard`](crate::host::SendGuard):
//!
//! ```
//! use second_factor::gateway::{Body, camara::{SimSwap, SimSwaps, sim_swap}};
//! use second_factor::host::{SendContext, SendDecision, SendGuard};
//!
//! struct Operator(SimSwaps);
//!
//! impl SendGuard for Operator {
//!     async fn advise(&self, asked: &SendContext<'_>) -> SendDecision {
//!         // Mail goes to no SIM.
//!         let Ok(request) = self.0.request(asked.address()) else { return SendDecision::Send };
//!         let answer = send(request, asked.deadline()).await;
//!         answer.map_or(SimSwap::Unknown, |answer| sim_swap(&answer)).into()
//!     }
//! }
//!
//! /// With the client that you have; `None` for every answer that did not come in time.
//! async fn send(
//!     request: http::Request<Body>,
//!     within: std::time::Duration,
//! ) -> Option<http::Response<Vec<u8>>> {
//! #   let _ = (request, within);
//! #   None
//! }
//! # let _ = |swaps| Operator(swaps);
//! ```

use alloc::format;

use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

use super::{
    Body, Credential, Endpoint, InvalidSetting, answer,
    json::secret,
    request::{Authorization, JSON, post},
};
use crate::{
    Address, address::AddressKind, delivery::Undelivered, host::SendDecision, message::LayoutError,
};

/// Asks an operator whether a number has moved to another SIM in the last hours.
///
/// A number that went to another operator, another person or a second SIM counts as moved (STD S-05).
///
/// # Security
///
/// The answer says something of a person who was not asked: have a ground for it in law, and keep it no
/// longer than the decision takes.
///
/// # Source
///
/// CAMARA, *SIM Swap*, version 2.
///
/// # Example
///
/// ```
/// use second_factor::{Address, gateway::{Credential, Endpoint}};
/// use second_factor::gateway::camara::{SimSwap, SimSwaps, sim_swap};
///
/// let token = Credential::new(String::from("of-the-application"))?;      // it lives for an hour or less
/// let operator = Endpoint::new("https://api.example.com/sim-swap/v2")?;
/// let swaps = SimSwaps::new(operator, &token)?.within_hours(72)?;
///
/// let mut request = swaps.request(&Address::phone("+14155550100")?)?;
/// assert_eq!(request.uri(), "https://api.example.com/sim-swap/v2/check");
/// assert_eq!(request.body().expose(), r#"{"maxAge":72,"phoneNumber":"+14155550100"}"#);
/// // What both of you can find in your logs, if you like: nothing that names the person.
/// request.headers_mut().insert("x-correlator", "b4333c46-49c0".parse()?);
///
/// let answer = http::Response::new(r#"{"swapped":true}"#);
/// assert_eq!(sim_swap(&answer), SimSwap::Swapped);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SimSwaps {
    authorization: Authorization,
    hours: u16,
    operator: Endpoint,
}

impl SimSwaps {
    /// In the last 240 hours, of the operator, or of who asks it for you. `operator` is the address of its API
    /// with the version; `token` is one of your application, and not of a person.
    ///
    /// The token lives for a short time, so make this anew with each.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting::Credential`].
    pub fn new(operator: Endpoint, token: &Credential) -> Result<Self, InvalidSetting> {
        // STD S-01.
        Ok(Self { authorization: Authorization::bearer(token)?, hours: 240, operator })
    }

    /// The same in the last `hours`, from 1 to 2,400. Law lets some operators look less far back: they answer
    /// what reads as [`SimSwap::Misconfigured`].
    ///
    /// # Errors
    ///
    /// [`InvalidSetting::Hours`].
    pub fn within_hours(mut self, hours: u16) -> Result<Self, InvalidSetting> {
        if !(1..=2400).contains(&hours) {
            return Err(InvalidSetting::Hours);
        }
        self.hours = hours;
        Ok(self)
    }

    /// What asks about this number.
    ///
    /// # Errors
    ///
    /// [`LayoutError::OtherChannel`] when it is none.
    pub fn request(&self, number: &Address) -> Result<Request<Body>, LayoutError> {
        if number.kind() != AddressKind::Phone {
            return Err(LayoutError::OtherChannel);
        }
        let body = json!({ "phoneNumber": number.expose(), "maxAge": self.hours });
        let uri = format!("{}/check", self.operator.as_str());
        Ok(post(&uri, &self.authorization, JSON, secret(body)))
    }
}

/// What an operator says of a number. Read an answer that did not come as [`Unknown`](Self::Unknown).
///
/// # Security
///
/// Decide what you do when it is not known, for it is not rare: to send all the same lets in who swaps SIMs where
/// no operator tells; not to send locks out people whose operator does not.
///
/// # Example
///
/// ```
/// use second_factor::gateway::camara::{SimSwap, sim_swap};
///
/// let elsewhere = r#"{"status":404,"code":"IDENTIFIER_NOT_FOUND","message":""}"#;
/// let elsewhere = http::Response::builder().status(404).body(elsewhere)?;
/// assert_eq!(sim_swap(&elsewhere), SimSwap::Unknown);
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum SimSwap {
    /// The application, its token, or how far back it asks was refused: tell whoever runs it. Of the
    /// number it is as [`Unknown`](Self::Unknown).
    Misconfigured,
    /// It has not moved in the time that was asked about. It may have before.
    NotSwapped,
    /// It has moved: whoever holds it now may not be who proved it.
    Swapped,
    /// Nobody can tell.
    Unknown,
}

/// For a [`SendGuard`](crate::host::SendGuard): what is misconfigured is unknown, which somebody
/// chose what follows from.
impl From<SimSwap> for SendDecision {
    fn from(swap: SimSwap) -> Self {
        match swap {
            SimSwap::Misconfigured | SimSwap::Unknown => Self::Unknown,
            SimSwap::NotSwapped => Self::Send,
            SimSwap::Swapped => Self::SimSwapped,
        }
    }
}

/// What the operator's answer says of the number.
///
/// # Source
///
/// CAMARA, *SIM Swap*: errors ([STD S-03, S-04](crate::manual::standards)).
///
/// # Example
///
/// ```
/// use second_factor::gateway::camara::{SimSwap, sim_swap};
///
/// let answer = http::Response::new(r#"{"swapped":false}"#);
/// assert_eq!(sim_swap(&answer), SimSwap::NotSwapped);
/// let unread = http::Response::new(r#"{"swapped":"false"}"#);
/// assert_eq!(sim_swap(&unread), SimSwap::Unknown);
/// ```
pub fn sim_swap<B: AsRef<[u8]>>(answer: &Response<B>) -> SimSwap {
    let (status, body) = (answer.status(), answer::json(answer));
    if status == StatusCode::OK {
        return match body.get("swapped").and_then(Value::as_bool) {
            Some(true) => SimSwap::Swapped,
            Some(false) => SimSwap::NotSwapped,
            None => SimSwap::Unknown,
        };
    }
    match answer::text(&body, "code") {
        // Of another operator, or of a kind that it does not look after.
        Some("IDENTIFIER_NOT_FOUND" | "SERVICE_NOT_APPLICABLE") => SimSwap::Unknown,
        _ if answer::by_status(status) == Undelivered::Misconfigured => SimSwap::Misconfigured,
        _ => SimSwap::Unknown,
    }
}
