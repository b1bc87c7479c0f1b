//! Requests to and responses of Firebase Cloud Messaging.

use alloc::{format, string::String};

use http::{Request, Response};
use serde_json::Value;

use super::{
    super::{
        Body, Credential, Endpoint, InvalidSetting, answer,
        request::{Authorization, JSON, post, remaining_lifetime},
        setting,
    },
    fcm,
};
use crate::{
    delivery::{
        Receipt,
        Undelivered::{self, Misconfigured, Unavailable, Unreachable},
    },
    message::{LayoutError, Message},
    secret::SecretText,
    time::UnixTime,
};

/// Push notifications through Firebase Cloud Messaging, version 1 of its API.
///
/// # Source
///
/// Firebase, *REST Resource: projects.messages*.
///
/// # Example
///
/// ```
/// use second_factor::{Channel, UnixTime, message::Sender, testkit::Preview};
/// use second_factor::gateway::{Credential, push::Firebase};
///
/// # let now = UnixTime::from_secs(1_800_000_000);
/// let token = Credential::new(String::from("ya29.an-access-token"))?;     // valid for an hour
/// let pushes = Firebase::new("example-project", &token)?;
/// let message = Preview::new(Sender::new("Example")?, Channel::Push).request();
/// let request = pushes.request(&message, now)?;
/// assert!(request.uri().path().ends_with("/v1/projects/example-project/messages:send"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Firebase {
    authorization: Authorization,
    endpoint: Endpoint,
    project: String,
}

impl Firebase {
    /// Creates a gateway for the project with the id `project`.
    ///
    /// `token` is an access token.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting`], which names the invalid argument.
    pub fn new(project: &str, token: &Credential) -> Result<Self, InvalidSetting> {
        Ok(Self {
            authorization: Authorization::bearer(token)?,
            endpoint: Endpoint::known("https://fcm.googleapis.com"),
            project: setting::name(project)?.into(),
        })
    }

    /// Sets the server, for tests against a mock server.
    #[must_use]
    pub fn at(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// Builds the request that sends `message`. `now` is the current time.
    ///
    /// # Errors
    ///
    /// Returns [`LayoutError`] if the message is not a push, or if its sign-in request has expired.
    pub fn request(&self, message: &Message, now: UnixTime) -> Result<Request<Body>, LayoutError> {
        let push = fcm(message)?;
        let _remaining = remaining_lifetime(message, now, 1..=u64::MAX)?;
        let uri = format!("{}/v1/projects/{}/messages:send", self.endpoint.as_str(), self.project);
        Ok(post(&uri, &self.authorization, JSON, SecretText::new(push.body)))
    }
}

/// Reads Firebase's response to a push.
///
/// # Errors
///
/// Returns [`Undelivered`]. The variant depends on Firebase's error code, or on the HTTP status if
/// this crate does not know the code. For a device that is no longer registered, the error is
/// [`Unreachable`]. In this case, delete the push address of the device.
///
/// # Source
///
/// Firebase, *ErrorCode*.
///
/// # Example
///
/// ```
/// use second_factor::{delivery::Undelivered, gateway::push::receipt};
///
/// let body = r#"{"error":{"code":404,"details":[{"errorCode":"UNREGISTERED"}]}}"#;
/// let unregistered = http::Response::builder().status(404).body(body)?;
/// assert_eq!(receipt(&unregistered), Err(Undelivered::Unreachable));
/// # Ok::<(), http::Error>(())
/// ```
pub fn receipt<B: AsRef<[u8]>>(answer: &Response<B>) -> Result<Receipt, Undelivered> {
    let (status, body) = (answer.status(), answer::json(answer));
    match body.get("name") {
        Some(name) if status.is_success() => answer::receipt(name),
        _ => Err(reason(&body).unwrap_or(answer::by_status(status))),
    }
}

fn reason(body: &Value) -> Option<Undelivered> {
    let details = || body.pointer("/error/details").and_then(Value::as_array).into_iter().flatten();
    let is_of_the_token = || {
        let violations =
            details().filter_map(|detail| detail.get("fieldViolations")?.as_array()).flatten();
        let mut fields = violations.filter_map(|violation| violation.get("field")?.as_str());
        fields.any(|field| field == "message.token")
    };
    let code = details().find_map(|detail| detail.get("errorCode")?.as_str())?;
    Some(match code {
        "INVALID_ARGUMENT" if is_of_the_token() => Unreachable,
        "INVALID_ARGUMENT" | "SENDER_ID_MISMATCH" | "THIRD_PARTY_AUTH_ERROR" => Misconfigured,
        "QUOTA_EXCEEDED" | "UNAVAILABLE" => Unavailable,
        "UNREGISTERED" => Unreachable,
        _ => return None,
    })
}
