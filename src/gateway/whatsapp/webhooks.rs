//! What Meta calls back with: checked, then read.

use alloc::{string::String, vec::Vec};

use http::{Method, Request};
use serde_json::Value;

use super::{
    super::{Credential, InvalidWebhook, Report, answer, form, signature},
    cloud::reason,
};
use crate::{
    UnixTime,
    delivery::{Outcome, Undelivered},
};

/// The page of yours that Meta calls with what became of messages.
///
/// Nothing is done with a request before its signature over the body, to the byte, was checked: give it
/// as it came. A page that is new is first asked, by `GET`, to show that it is yours.
///
/// # Security
///
/// A request that comes again does nothing: what is [reported](crate::Verifier::report) twice sends once.
/// What became of a message more than a quarter of an hour ago is left out.
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
/// let asked = http::Request::get(
///     "/hooks/meta?hub.mode=subscribe&hub.verify_token=chosen-by-you&hub.challenge=1158201444",
/// );
/// assert_eq!(hooks.handshake(&asked.body("")?)?, "1158201444");      // the whole answer
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Webhooks {
    app_secret: Credential,
    verify_token: Credential,
}

impl Webhooks {
    /// The page of the app with this secret. The verify token is what you chose and told Meta.
    #[must_use]
    pub fn new(app_secret: &Credential, verify_token: &Credential) -> Self {
        Self { app_secret: app_secret.clone(), verify_token: verify_token.clone() }
    }

    /// What to answer to the `GET` by which Meta asks whether the page is yours: this text, alone.
    ///
    /// # Errors
    ///
    /// [`InvalidWebhook`].
    pub fn handshake<B>(&self, request: &Request<B>) -> Result<String, InvalidWebhook> {
        let query = form::query(request.uri()).ok_or(InvalidWebhook::Malformed)?;
        let token = form::value(&query, "hub.verify_token").ok_or(InvalidWebhook::Signature)?;
        signature::same(self.verify_token.as_bytes(), token.as_bytes())?;
        let is_asked =
            request.method() == Method::GET && form::value(&query, "hub.mode") == Some("subscribe");
        // What is answered is shown to whoever asked, so it is nothing but letters and digits.
        let is_plain = |text: &&str| {
            (1..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let challenge = form::value(&query, "hub.challenge").filter(is_plain);
        challenge.filter(|_| is_asked).map(String::from).ok_or(InvalidWebhook::Malformed)
    }

    /// What became of messages: none, one or many. What is still on its way and what is none of ours is
    /// left out.
    ///
    /// # Errors
    ///
    /// [`InvalidWebhook`].
    pub fn statuses<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        now: UnixTime,
    ) -> Result<Vec<Report>, InvalidWebhook> {
        let given = signature::header(request, "x-hub-signature-256")?;
        let given = given.strip_prefix("sha256=").ok_or(InvalidWebhook::Signature)?;
        let body = request.body().as_ref();
        if body.len() > MOST {
            return Err(InvalidWebhook::Malformed);
        }
        let expected = signature::hex(&signature::sha256(&self.app_secret, body));
        signature::same(expected.as_bytes(), given.as_bytes())?;
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

fn report(status: &Value, now: UnixTime) -> Option<Report> {
    let at = status.get("timestamp").and_then(answer::number).map(UnixTime::from_secs)?;
    if now.since(at) > PAST || at.since(now) > FUTURE {
        return None;
    }
    let outcome = match status.get("status")?.as_str()? {
        "delivered" | "read" => Outcome::Delivered,
        "failed" => {
            let code = status.pointer("/errors/0/code").and_then(answer::number);
            Outcome::Undelivered(code.and_then(reason).unwrap_or(Undelivered::Unavailable))
        }
        _ => return None,
    };
    Report::new(status.get("biz_opaque_callback_data")?.as_str()?, outcome)
}

/// In seconds: as long as Meta tries to deliver a code at most.
const PAST: u64 = 900;
/// As far as clocks may be apart (law 10).
const FUTURE: u64 = 120;
/// Meta puts up to a thousand updates into one request, of up to 3 MB.
const MOST: usize = 3_145_728;
