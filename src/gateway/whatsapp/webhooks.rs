//! Webhooks of Meta.

use alloc::{string::String, vec::Vec};

use http::{Method, Request};
use serde_json::Value;

use super::{
    super::{Credential, DeliveryReport, InvalidWebhook, answer, form, signature},
    cloud::reason,
};
use crate::{delivery::Undelivered, time::UnixTime};

/// Verifies and reads the requests with which Meta reports delivery statuses.
///
/// The signature is checked first. It covers the exact bytes of the body, so pass the request
/// unchanged. Before Meta uses a new page, it sends a `GET` request, for which
/// [`handshake`](Self::handshake) returns the response.
///
/// # Security
///
/// A replayed request is harmless. A repeated
/// [report](crate::verifier::Operations::delivery_report) sends nothing. Statuses older than
/// fifteen minutes are ignored.
///
/// # Source
///
/// Meta, *Webhooks: getting started*; *Messages webhook: status*.
///
/// # Example
///
/// ```
/// use second_factor::gateway::{Credential, InvalidWebhook, whatsapp::Webhooks};
///
/// let app_secret = Credential::new(String::from("app-secret"))?;
/// let verify_token = Credential::new(String::from("chosen-by-you"))?;
/// let hooks = Webhooks::new(&app_secret, &verify_token);
///
/// let request = http::Request::get(
///     "/hooks/meta?hub.mode=subscribe&hub.verify_token=chosen-by-you&hub.challenge=1158201444",
/// );
/// assert_eq!(hooks.handshake(&request.body("")?)?, "1158201444");     // the whole response
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Webhooks {
    app_secret: Credential,
    verify_token: Credential,
}

impl Webhooks {
    /// Creates a reader of webhooks for the app with this secret.
    ///
    /// You choose the verify token, and enter it at Meta.
    #[must_use]
    pub fn new(app_secret: &Credential, verify_token: &Credential) -> Self {
        Self { app_secret: app_secret.clone(), verify_token: verify_token.clone() }
    }

    /// Returns the response body for the `GET` request that verifies the webhook.
    ///
    /// Respond with exactly this string.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidWebhook`] if the token is incorrect or the request is malformed. Respond
    /// with status 403.
    pub fn handshake<B>(&self, request: &Request<B>) -> Result<String, InvalidWebhook> {
        let query = form::query(request.uri()).ok_or(InvalidWebhook::Malformed)?;
        let token = form::value(&query, "hub.verify_token").ok_or(InvalidWebhook::Signature)?;
        signature::same(self.verify_token.as_bytes(), token.as_bytes())?;
        let is_asked =
            request.method() == Method::GET && form::value(&query, "hub.mode") == Some("subscribe");
        // The response repeats input of the caller, so only letters and digits are allowed.
        let is_plain = |text: &&str| {
            (1..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let challenge = form::value(&query, "hub.challenge").filter(is_plain);
        challenge.filter(|_| is_asked).map(String::from).ok_or(InvalidWebhook::Malformed)
    }

    /// Returns the delivery statuses that the request reports.
    ///
    /// The result omits messages that are still in transit, and messages of other applications.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidWebhook`] if the signature or the content is invalid. Respond with status
    /// 403.
    pub fn statuses<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        now: UnixTime,
    ) -> Result<Vec<DeliveryReport>, InvalidWebhook> {
        let received = signature::header(request, "x-hub-signature-256")?;
        let received = received.strip_prefix("sha256=").ok_or(InvalidWebhook::Signature)?;
        let body = request.body().as_ref();
        if body.len() > MOST {
            return Err(InvalidWebhook::Malformed);
        }
        let expected = signature::hex(&signature::sha256(&self.app_secret, body));
        signature::same(expected.as_bytes(), received.as_bytes())?;
        let body: Value = serde_json::from_slice(body).map_err(|_| InvalidWebhook::Malformed)?;
        if body.get("object").and_then(Value::as_str) != Some("whatsapp_business_account") {
            return Err(InvalidWebhook::Malformed);
        }
        let entries = items(&body, "/entry");
        let changes = entries.flat_map(|entry| items(entry, "/changes"));
        let statuses = changes.flat_map(|change| items(change, "/value/statuses"));
        Ok(statuses.filter_map(|status| report(status, now)).collect())
    }
}

fn items<'a>(value: &'a Value, at: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.pointer(at).and_then(Value::as_array).into_iter().flatten()
}

fn report(status: &Value, now: UnixTime) -> Option<DeliveryReport> {
    let at = status.get("timestamp").and_then(answer::number).map(UnixTime::from_secs)?;
    if now.since(at) > PAST || at.since(now) > FUTURE {
        return None;
    }
    let outcome = match status.get("status")?.as_str()? {
        "delivered" | "read" => Ok(()),
        "failed" => {
            let code = status.pointer("/errors/0/code").and_then(answer::number);
            Err(code.and_then(reason).unwrap_or(Undelivered::Unavailable))
        }
        _ => return None,
    };
    DeliveryReport::new(status.get("biz_opaque_callback_data")?.as_str()?, outcome)
}

/// The longest time for which Meta tries to deliver a code, in seconds.
const PAST: u64 = 900;
/// The allowed difference between clocks, in seconds (law 10).
const FUTURE: u64 = 120;
/// The maximum length of a body in bytes.
///
/// Meta puts up to a thousand updates into one request, of up to 3 MB.
const MOST: usize = 3_145_728;
