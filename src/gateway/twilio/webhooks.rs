//! What Twilio calls back with: checked, then read.

use alloc::{string::String, vec::Vec};

use http::{Method, Request, header};

use super::{
    super::{
        Credential, Endpoint, InvalidWebhook, Report, answer,
        endpoint::{REFERENCE, of_call},
        form,
        request::FORM,
        signature,
    },
    reasons::reason,
};
use crate::{
    UnixTime,
    delivery::{Outcome, Undelivered},
    message::voice::{Call, Script},
};

/// The pages of yours that Twilio calls: what became of a message, and what a call is to say.
///
/// Nothing is done with a request before its signature was checked. The signature covers
/// the address that was called, so make the pages known to Twilio under the origin that is given here,
/// and let no proxy change path or query.
///
/// # Security
///
/// Twilio signs no time, so a request that was seen can be sent again. What is
/// [reported](crate::Verifier::report) twice does nothing the second time, and a call says its code once.
///
/// # Source
///
/// Twilio, *Webhooks security*.
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
    origin: Endpoint,
}

impl Webhooks {
    /// The pages below `origin`, `https://` and your host, of the account with this auth token.
    ///
    /// It is the auth token that signs, even where an API key sends.
    #[must_use]
    pub fn new(auth_token: &Credential, origin: Endpoint) -> Self {
        Self { auth_token: auth_token.clone(), origin }
    }

    /// What became of a message or a call; `None` where it is still on its way, was none of ours, or says
    /// nothing that matters.
    ///
    /// That a call was answered does not say that its code was heard.
    ///
    /// # Errors
    ///
    /// [`InvalidWebhook`].
    pub fn status<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
    ) -> Result<Option<Report>, InvalidWebhook> {
        let fields = self.check(request)?;
        let query = form::query(request.uri()).ok_or(InvalidWebhook::Malformed)?;
        let said = |name| form::value(&fields, name);
        let code = said("ErrorCode").and_then(|code| code.parse().ok()).and_then(reason);
        let lost = |otherwise| Outcome::Undelivered(code.unwrap_or(otherwise));
        let outcome = match said("MessageStatus").or(said("CallStatus")) {
            Some("delivered" | "read") => Outcome::Delivered,
            // The network said so.
            Some("undelivered" | "busy" | "no-answer" | "canceled") => {
                lost(Undelivered::Unreachable)
            }
            // Twilio did not get it out. It tells no code with a call.
            Some("failed") if said("CallStatus").is_some() => lost(Undelivered::Unreachable),
            Some("failed") => lost(Undelivered::Unavailable),
            Some(_) => return Ok(None),
            None => return Err(InvalidWebhook::Malformed),
        };
        Ok(form::value(&query, REFERENCE).and_then(|name| Report::new(name, outcome)))
    }

    /// What `call` says when it is answered. `request` is what Twilio asked the page of the call.
    ///
    /// # Errors
    ///
    /// [`InvalidWebhook`]; [`Malformed`](InvalidWebhook::Malformed) when it was another call's page.
    pub fn answered<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        call: &Call,
    ) -> Result<Script, InvalidWebhook> {
        self.check(request)?;
        of_call(request, call)?;
        Ok(call.greeting())
    }

    /// What `call` says now that a key was pressed: its code, once, if it was the right key.
    ///
    /// # Errors
    ///
    /// As [`answered`](Self::answered); the call has its code still.
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

    /// The fields of a request that Twilio signed.
    fn check<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
    ) -> Result<Vec<(String, String)>, InvalidWebhook> {
        let given = signature::header(request, "x-twilio-signature")?;
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
        // Each name with its value, in the order of the names, with nothing in between.
        let mut sorted: Vec<_> = fields.iter().collect();
        sorted.sort();
        sorted.dedup();
        let pairs = sorted.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        let signed = [self.origin.as_str(), path].into_iter().chain(pairs);
        let expected = signature::sha1_base64(&self.auth_token, signed);
        signature::same(expected.as_bytes(), given.as_bytes())?;
        if !is_form && !body.is_empty() {
            // Any other body is covered by its hash in the address, which the signature covers.
            let query = form::query(request.uri()).ok_or(InvalidWebhook::Signature)?;
            let hash = form::value(&query, "bodySHA256").ok_or(InvalidWebhook::Signature)?;
            signature::same(signature::hash_hex(body).as_bytes(), hash.as_bytes())?;
        }
        Ok(fields)
    }
}
