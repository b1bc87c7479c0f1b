//! Push notifications for sign-in requests.
//!
//! The functions build requests for Apple, Firebase and browsers. Each request contains the name of
//! your application and generic text.

mod firebase;

use alloc::{
    format,
    string::{String, ToString as _},
    vec::Vec,
};

use serde_json::json;

pub use self::firebase::{Firebase, receipt};
use super::AppId;
use crate::message::{LayoutError, Message};

/// The headers and the JSON body of a request to a push service.
///
/// Add the URL of the service and your credentials. The TTL is the remaining lifetime of the
/// sign-in request. A newer push replaces an older one.
///
/// # Example
///
/// ```
/// use second_factor::{Channel, gateway::push, message::Sender, testkit::Preview};
///
/// let message = Preview::new(Sender::new("Example")?, Channel::Push).request();
/// let push = push::web_push(&message)?;
/// assert!(push.headers().any(|header| header == ("TTL", "60")));
/// assert!(!push.body().contains("747723"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PushRequest {
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl PushRequest {
    /// Returns the JSON body.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Returns the headers as pairs of name and value.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

/// Builds a push for the Apple Push Notification service (APNs).
///
/// Post the request over HTTP/2 to `/3/device/`, followed by the APNs token of the device. Use your
/// provider token as the bearer token. `app` is the bundle id of your app, which finds the sign-in
/// request under the key `request`, next to `aps`.
///
/// # Errors
///
/// Returns [`LayoutError::OtherChannel`] if the message is not a push.
///
/// # Source
///
/// Apple, *Sending notification requests to APNs*.
///
/// # Example
///
/// ```
/// use second_factor::gateway::{AppId, push};
/// # use second_factor::{Channel, message::Sender, testkit::Preview};
/// # let message = Preview::new(Sender::new("Example")?, Channel::Push).request();
/// let push = push::apns(&message, &AppId::new("com.example.app")?)?;
/// assert!(push.headers().any(|header| header == ("apns-topic", "com.example.app")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn apns(message: &Message, app: &AppId) -> Result<PushRequest, LayoutError> {
    let push = message.push()?;
    let body = json!({
        "aps": { "alert": { "title": push.title(), "body": push.body() }, "mutable-content": 1 },
        "request": push.request(),
    });
    let headers = Vec::from([
        ("apns-topic", app.as_str().into()),
        ("apns-push-type", "alert".into()),
        ("apns-priority", "10".into()),
        ("apns-expiration", expires(message)),
        ("apns-collapse-id", COLLAPSE.into()),
        ("content-type", JSON.into()),
    ]);
    Ok(PushRequest { headers, body: body.to_string() })
}

/// Builds a push for Firebase Cloud Messaging (FCM), version 1 of its API.
///
/// Post the request to `/v1/projects/…/messages:send`. On Android and on Apple's systems, the app
/// finds the sign-in request under the key `request` in the data.
///
/// # Errors
///
/// Returns [`LayoutError::OtherChannel`] if the message is not a push.
///
/// # Source
///
/// Firebase, *REST Resource: projects.messages*.
///
/// # Example
///
/// ```
/// use second_factor::gateway::push;
/// # use second_factor::{Channel, message::Sender, testkit::Preview};
/// # let message = Preview::new(Sender::new("Example")?, Channel::Push).request();
/// let push = push::fcm(&message)?;
/// assert!(push.body().contains(r#""token":"mark-of-a-device""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fcm(message: &Message) -> Result<PushRequest, LayoutError> {
    let push = message.push()?;
    let alert = json!({ "title": push.title(), "body": push.body() });
    let body = json!({
        "message": {
            "token": message.address().expose(),
            "data": { "request": push.request() },
            "android": {
                "priority": "high",
                "ttl": format!("{}s", ttl(message)),
                "collapse_key": COLLAPSE,
                "notification": alert,
            },
            "apns": {
                "headers": {
                    "apns-push-type": "alert",
                    "apns-priority": "10",
                    "apns-expiration": expires(message),
                    "apns-collapse-id": COLLAPSE,
                },
                "payload": { "aps": { "alert": alert, "mutable-content": 1 } },
            },
        },
    });
    let headers = Vec::from([("content-type", JSON.into())]);
    Ok(PushRequest { headers, body: body.to_string() })
}

/// Builds a Web Push message for a browser.
///
/// The result contains the headers of RFC 8030 and the payload. Your application must encrypt the
/// payload according to RFC 8291.
///
/// The address of the device is the push subscription of the browser, which contains its URL and
/// its keys.
///
/// # Errors
///
/// Returns [`LayoutError::OtherChannel`] if the message is not a push.
///
/// # Source
///
/// RFC 8030 §5.2 to §5.4.
///
/// # Example
///
/// ```
/// use second_factor::gateway::push;
/// # use second_factor::{Channel, message::Sender, testkit::Preview};
/// # let message = Preview::new(Sender::new("Example")?, Channel::Push).request();
/// let push = push::web_push(&message)?;
/// assert!(push.headers().any(|header| header == ("Urgency", "high")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn web_push(message: &Message) -> Result<PushRequest, LayoutError> {
    let push = message.push()?;
    let body = json!({ "title": push.title(), "body": push.body(), "request": push.request() });
    let headers =
        Vec::from([("TTL", ttl(message)), ("Urgency", "high".into()), ("Topic", COLLAPSE.into())]);
    Ok(PushRequest { headers, body: body.to_string() })
}

redacted!(PushRequest);

fn ttl(message: &Message) -> String {
    message.lifetime().unwrap_or_default().to_string()
}

/// Returns the expiry in seconds since 1970, or 0 for a message without expiry.
fn expires(message: &Message) -> String {
    message.expires().unwrap_or_default().as_secs().to_string()
}

/// The id by which a newer push replaces an older one.
///
/// RFC 8030 §5.4 has the strictest limit of the three services: 32 letters, digits, `-` and `_`.
const COLLAPSE: &str = "sign-in-request";
const JSON: &str = "application/json";
