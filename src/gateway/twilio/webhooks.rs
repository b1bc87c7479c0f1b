//! Webhooks of Twilio.

use alloc::{string::String, vec::Vec};

use http::{Method, Request, header};
use subtle::{Choice, ConstantTimeEq as _};

use super::{
    super::{
        Credential, DeliveryReport, Endpoint, InvalidWebhook, answer,
        endpoint::{REFERENCE, of_call},
        form,
        request::FORM,
        signature,
    },
    reasons::reason,
};
use crate::{
    delivery::Undelivered,
    message::voice::{Call, Script},
    time::UnixTime,
};

/// Verifies and reads the requests from Twilio to your webhooks.
///
/// These requests report the status of messages, or ask for the script of a call.
///
/// The signature is checked first. The signature covers the URL, so register your pages at Twilio
/// under the origin that you pass to [`new`](Self::new). A proxy must not change the path or the
/// query. Twilio signs some requests with the port in the URL and some without it, and both are
/// accepted.
///
/// # Security
///
/// The signature does not cover the time, so an attacker can replay a request. A replay is
/// harmless: a repeated [report](crate::verifier::Operations::delivery_report) sends nothing, and a
/// call speaks its code once.
///
/// # Source
///
/// Twilio, *Webhooks security* and *Sign webhooks with shared keys*.
///
/// # Example
///
/// ```
/// use second_factor::gateway::{Credential, Endpoint, InvalidWebhook, twilio::Webhooks};
///
/// let token = Credential::new(String::from("12345"))?;
/// let hooks = Webhooks::new(&token, Endpoint::new("https://example.com")?);
/// let forged = http::Request::post("/hooks/twilio?reference=REF")
///     .header("content-type", "application/x-www-form-urlencoded")
///     .header("x-twilio-signature", "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")
///     .body("MessageStatus=undelivered&ErrorCode=30005")?;
/// assert_eq!(hooks.status(&forged).unwrap_err(), InvalidWebhook::Signature);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Webhooks {
    auth_token: Credential,
    shared_key: Option<Credential>,
    origin: Endpoint,
}

impl Webhooks {
    /// Creates a reader of webhooks for the account with this auth token.
    ///
    /// `origin` is `https://` and your domain. Twilio signs with the auth token, even if you send
    /// with an API key.
    #[must_use]
    pub fn new(auth_token: &Credential, origin: Endpoint) -> Self {
        Self { auth_token: auth_token.clone(), shared_key: None, origin }
    }

    /// Sets the shared key of a webhook rule.
    ///
    /// If a URL matches the rule, Twilio signs its requests with this key, by HMAC-SHA-256, and
    /// names the key in a header. Twilio signs all other requests with the auth token.
    #[must_use]
    pub fn with_shared_key(mut self, key: &Credential) -> Self {
        self.shared_key = Some(key.clone());
        self
    }

    /// Returns the delivery status of a message or a call.
    ///
    /// Returns `None` while the message is in transit, if another application sent it, and for any
    /// other status without an outcome. An answered call also returns `None`, because its status
    /// does not show that the user heard the code.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidWebhook`] if the signature or the content is invalid. Respond with status
    /// 403.
    pub fn status<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
    ) -> Result<Option<DeliveryReport>, InvalidWebhook> {
        let fields = self.check(request)?;
        let query = form::query(request.uri()).ok_or(InvalidWebhook::Malformed)?;
        let said = |name| form::value(&fields, name);
        let code = said("ErrorCode").and_then(|code| code.parse().ok()).and_then(reason);
        let lost = |otherwise| Err(code.unwrap_or(otherwise));
        let outcome = match said("MessageStatus").or(said("CallStatus")) {
            Some("delivered" | "read") => Ok(()),
            // As the network reports.
            Some("undelivered" | "busy" | "no-answer" | "canceled") => {
                lost(Undelivered::Unreachable)
            }
            // Twilio could not connect the call. A call has no error code.
            Some("failed") if said("CallStatus").is_some() => lost(Undelivered::Unreachable),
            Some("failed") => lost(Undelivered::Unavailable),
            Some(_) => return Ok(None),
            None => return Err(InvalidWebhook::Malformed),
        };
        Ok(form::value(&query, REFERENCE).and_then(|name| DeliveryReport::new(name, outcome)))
    }

    /// Returns the script to speak when the user answers `call`.
    ///
    /// `request` is Twilio's request to the page of the call.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidWebhook`] if the signature or the content is invalid. For the page of
    /// another call, the error is [`Malformed`](InvalidWebhook::Malformed). Respond with status
    /// 403.
    pub fn answered<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        call: &Call,
    ) -> Result<Script, InvalidWebhook> {
        self.check(request)?;
        of_call(request, call)?;
        Ok(call.greeting())
    }

    /// Returns the script to speak after the user has pressed keys.
    ///
    /// If the user pressed the requested keys, the script contains the code. The first answer of
    /// the user discards the code, so no later script contains it.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`answered`](Self::answered). After an error, the call still contains
    /// its code.
    pub fn pressed<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        call: &mut Call,
        now: UnixTime,
    ) -> Result<Script, InvalidWebhook> {
        let fields = self.check(request)?;
        of_call(request, call)?;
        let keys = form::value(&fields, "Digits").ok_or(InvalidWebhook::Malformed)?;
        Ok(call.press(keys, now))
    }

    /// Returns the function that signs a text as this request is signed.
    fn signer<B>(
        &self,
        request: &Request<B>,
    ) -> Result<impl Fn(&[&str]) -> String, InvalidWebhook> {
        let settings = request.headers().contains_key(SETTINGS);
        let (key, algorithm) = if settings {
            // Law 7: a rule that this page does not know is refused.
            let key = self.shared_key.as_ref().ok_or(InvalidWebhook::Signature)?;
            let settings = signature::header(request, SETTINGS)?.split(',');
            let mut settings = settings.filter_map(|part| part.trim().split_once('='));
            let named = settings.find(|(name, _)| *name == "algorithm");
            (key, named.map(|(_, algorithm)| algorithm).ok_or(InvalidWebhook::Signature)?)
        } else {
            (&self.auth_token, "HMAC_SHA1")
        };
        let sign = match algorithm {
            "HMAC_SHA1" => signature::sha1_base64,
            "HMAC_SHA256" => signature::sha256_base64,
            _ => return Err(InvalidWebhook::Signature),
        };
        Ok(move |pieces: &[&str]| sign(key, pieces))
    }

    /// Verifies the signature of a request, and returns its fields.
    fn check<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
    ) -> Result<Vec<(String, String)>, InvalidWebhook> {
        let received = signature::header(request, "x-twilio-signature")?;
        let body = request.body().as_ref();
        if body.len() > answer::MOST {
            return Err(InvalidWebhook::Malformed);
        }
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let content = request.headers().get(header::CONTENT_TYPE);
        let content = content.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_form = request.method() == Method::POST
            && content.split(';').next().is_some_and(|kind| kind.trim() == FORM);
        let fields =
            if is_form { form::read(body).ok_or(InvalidWebhook::Signature)? } else { Vec::new() };
        // Twilio signs each name followed by its value, sorted by name, without separators.
        let mut sorted: Vec<_> = fields.iter().collect();
        sorted.sort();
        sorted.dedup();
        let pairs = sorted.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        let pairs: Vec<&str> = pairs.collect();
        let sign = self.signer(request)?;
        let origins = [String::from(self.origin.as_str()), self.origin.with_other_port()];
        let mut is_valid = Choice::from(0);
        for origin in &origins {
            let signed = [&[origin.as_str(), path], pairs.as_slice()].concat();
            is_valid |= sign(&signed).as_bytes().ct_eq(received.as_bytes());
        }
        if !bool::from(is_valid) {
            return Err(InvalidWebhook::Signature);
        }
        if !is_form && !body.is_empty() {
            // The signature covers the URL, which contains the hash of a body that is not a form.
            let query = form::query(request.uri()).ok_or(InvalidWebhook::Signature)?;
            let hash = form::value(&query, "bodySHA256").ok_or(InvalidWebhook::Signature)?;
            signature::same(signature::hash_hex(body).as_bytes(), hash.as_bytes())?;
        }
        Ok(fields)
    }
}

/// The header that names the key and the algorithm, if a webhook rule sets them.
const SETTINGS: &str = "x-twilio-webhooks-signature-settings";
