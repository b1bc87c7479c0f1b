//! SIM swap lookups by the CAMARA API.
//!
//! [`SimSwaps`] builds the request, your client sends it, and [`sim_swap`] reads the response. A
//! code reaches the holder of the SIM, who may be an attacker after a SIM swap. Therefore, query
//! the operator in a [`SendGuard`](crate::host::SendGuard), before a code is sent:
//!
//! ```
//! use second_factor::gateway::{Body, camara::{SimSwap, SimSwaps, sim_swap}};
//! use second_factor::host::{SendContext, SendDecision, SendGuard};
//!
//! struct Operator(SimSwaps);
//!
//! impl SendGuard for Operator {
//!     async fn advise(&self, asked: &SendContext<'_>) -> SendDecision {
//!         // Email has no SIM.
//!         let Ok(request) = self.0.request(asked.address()) else { return SendDecision::Send };
//!         let answer = send(request, asked.deadline()).await;
//!         answer.map_or(SimSwap::Unknown, |answer| sim_swap(&answer)).into()
//!     }
//! }
//!
//! /// Sends with your client. Returns `None` if no response came in time.
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
    address::{Address, AddressKind},
    delivery::Undelivered,
    host::SendDecision,
    message::LayoutError,
};

/// Builds requests that ask whether a number was assigned to another SIM.
///
/// The operator also reports a swap if the number was transferred to another operator or another
/// person, or if it has a second SIM (STD S-05).
///
/// # Security
///
/// The response is personal data that is obtained without the consent of the user. You need a legal
/// basis for the lookup, and must delete the response as soon as the decision is made.
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
/// let token = Credential::new(String::from("of-the-application"))?;    // expires within an hour
/// let operator = Endpoint::new("https://api.example.com/sim-swap/v2")?;
/// let swaps = SimSwaps::new(operator, &token)?.within_hours(72)?;
///
/// let mut request = swaps.request(&Address::phone("+14155550100")?)?;
/// assert_eq!(request.uri(), "https://api.example.com/sim-swap/v2/check");
/// assert_eq!(request.body().expose(), r#"{"maxAge":72,"phoneNumber":"+14155550100"}"#);
/// // Optional, to correlate your log with the operator's. It must not identify the user.
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
    /// Creates lookups over the last 240 hours, at an operator or an aggregator.
    ///
    /// `operator` is the URL of the API, including its version. `token` is an access token of your
    /// application, not of a user. Access tokens are short-lived, so create a new `SimSwaps` for
    /// each token.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting::Credential`] if the token does not fit into a header.
    pub fn new(operator: Endpoint, token: &Credential) -> Result<Self, InvalidSetting> {
        // STD S-01.
        Ok(Self { authorization: Authorization::bearer(token)?, hours: 240, operator })
    }

    /// Sets the number of hours to look back.
    ///
    /// The law limits some operators to a shorter period. If such an operator refuses the request,
    /// the result is [`SimSwap::Misconfigured`].
    ///
    /// # Input
    ///
    /// `hours` must be 1 to 2,400.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting::Hours`] outside this range.
    pub fn within_hours(mut self, hours: u16) -> Result<Self, InvalidSetting> {
        if !(1..=2400).contains(&hours) {
            return Err(InvalidSetting::Hours);
        }
        self.hours = hours;
        Ok(self)
    }

    /// Builds the request that asks about `number`.
    ///
    /// # Errors
    ///
    /// Returns [`LayoutError::OtherChannel`] if the address is not a phone number.
    pub fn request(&self, number: &Address) -> Result<Request<Body>, LayoutError> {
        if number.kind() != AddressKind::Phone {
            return Err(LayoutError::OtherChannel);
        }
        let body = json!({ "phoneNumber": number.expose(), "maxAge": self.hours });
        let uri = format!("{}/check", self.operator.as_str());
        Ok(post(&uri, &self.authorization, JSON, secret(body)))
    }
}

/// The report of an operator on whether a number was assigned to another SIM.
///
/// Treat a missing response as [`Unknown`](Self::Unknown).
///
/// # Security
///
/// `Unknown` is a frequent result, so decide how to treat it. If you send the code, a SIM swap is
/// not detected at operators without this information. If you withhold the code, users of these
/// operators are locked out.
///
/// # Example
///
/// ```
/// use second_factor::gateway::camara::{SimSwap, sim_swap};
///
/// let body = r#"{"status":404,"code":"IDENTIFIER_NOT_FOUND","message":""}"#;
/// let other_operator = http::Response::builder().status(404).body(body)?;
/// assert_eq!(sim_swap(&other_operator), SimSwap::Unknown);
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum SimSwap {
    /// The operator refused the application, its token or the hours to look back.
    ///
    /// Alert your operations team. The refusal contains no information about the number.
    Misconfigured,
    /// The SIM was not swapped within the requested hours. It may have been swapped earlier.
    NotSwapped,
    /// The SIM was swapped, so its holder may not be the user who proved the number.
    Swapped,
    /// The operator has no information about the number.
    Unknown,
}

/// Converts the report into a decision for [`SendGuard`](crate::host::SendGuard).
///
/// `Misconfigured` becomes `Unknown`, for which your [`WhenUnknown`](crate::host::WhenUnknown)
/// applies.
impl From<SimSwap> for SendDecision {
    fn from(swap: SimSwap) -> Self {
        match swap {
            SimSwap::Misconfigured | SimSwap::Unknown => Self::Unknown,
            SimSwap::NotSwapped => Self::Send,
            SimSwap::Swapped => Self::SimSwapped,
        }
    }
}

/// Reads the operator's response about a number.
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
/// let malformed = http::Response::new(r#"{"swapped":"false"}"#);
/// assert_eq!(sim_swap(&malformed), SimSwap::Unknown);
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
        // The number belongs to another operator, or the service excludes it.
        Some("IDENTIFIER_NOT_FOUND" | "SERVICE_NOT_APPLICABLE") => SimSwap::Unknown,
        _ if answer::by_status(status) == Undelivered::Misconfigured => SimSwap::Misconfigured,
        _ => SimSwap::Unknown,
    }
}
