//! What Vonage calls back with: checked, then read.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use http::Request;
use serde_json::Value;

use super::{
    super::{
        Credential, InvalidWebhook, Report, answer,
        endpoint::{REFERENCE, of_call},
        form, signature,
        verification::VerificationReport,
    },
    reasons::{code, reason},
};
use crate::{
    UnixTime,
    delivery::{Outcome, RemoteId, Undelivered},
    message::voice::{Call, Script},
};

/// The pages of yours that Vonage calls: what became of a message, and what a call is to say.
///
/// Nothing is done with a request before its signature was checked: a JWT by HS256 in the header
/// `authorization`, with the hash of the body in it. It is taken for five minutes from when it was
/// signed.
///
/// # Security
///
/// The signature covers the body and not the address. So what is told of a call is worth as much as the
/// reference in the address, which is sealed and known to Vonage alone. A request that comes again does
/// nothing: what is [reported](crate::Verifier::report) twice sends once, and a call says its code
/// once.
///
/// # Source
///
/// Vonage, *Signed webhooks*; RFC 7515 §5.2.
///
/// # Example
///
/// ```
/// use second_factor::{UnixTime, gateway::{Credential, InvalidWebhook, vonage::Webhooks}};
///
/// # let now = UnixTime::from_secs(1_800_000_000);
/// let hooks = Webhooks::new(&Credential::new(String::from("signature-secret"))?);
/// let forged = http::Request::post("/hooks/vonage")
///     .header("authorization", "Bearer eyJhbGciOiJub25lIn0.e30.")
///     .body(r#"{"status":"rejected","client_ref":"REF"}"#)?;
/// assert_eq!(hooks.status(&forged, now).unwrap_err(), InvalidWebhook::Signature);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Webhooks {
    secret: Credential,
}

impl Webhooks {
    /// The pages of the account with this signature secret.
    #[must_use]
    pub fn new(signature_secret: &Credential) -> Self {
        Self { secret: signature_secret.clone() }
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
        now: UnixTime,
    ) -> Result<Option<Report>, InvalidWebhook> {
        let body = self.check(request, now)?;
        let error = || body.get("error").and_then(code).and_then(reason);
        let status = body.get("status").and_then(Value::as_str);
        let outcome = match status.ok_or(InvalidWebhook::Malformed)? {
            "delivered" | "read" => Outcome::Delivered,
            // Vonage could not hand it on.
            "undeliverable" => Outcome::Undelivered(error().unwrap_or(Undelivered::Unavailable)),
            // Of a message: by Vonage or by the network, for a reason. Of a call: by the person.
            "rejected" if body.get("message_uuid").is_some() => {
                Outcome::Undelivered(error().unwrap_or(Undelivered::Unavailable))
            }
            "busy" | "cancelled" | "failed" | "rejected" | "timeout" | "unanswered" => {
                Outcome::Undelivered(Undelivered::Unreachable)
            }
            _ => return Ok(None),
        };
        let query = form::query(request.uri()).unwrap_or_default();
        let own = body.get("client_ref").and_then(Value::as_str);
        let reference = own.or(form::value(&query, REFERENCE));
        Ok(reference.and_then(|reference| Report::new(reference, outcome)))
    }

    /// What became of a code that [`Verify`](super::Verify) had sent; `None` where it is still on its way,
    /// ended by itself, or says nothing that matters.
    ///
    /// Vonage tells it to the page that is set for the application, and to no other.
    ///
    /// # Errors
    ///
    /// [`InvalidWebhook`].
    pub fn verification<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        now: UnixTime,
    ) -> Result<Option<VerificationReport>, InvalidWebhook> {
        let body = self.check(request, now)?;
        let said = |field| body.get(field).and_then(Value::as_str).ok_or(InvalidWebhook::Malformed);
        let id = said("request_id")?;
        let outcome = match said("status")? {
            "completed" => Outcome::Delivered,
            "failed" => Outcome::Undelivered(Undelivered::Unreachable),
            // Too many to one network, or a number that is no phone's: taken for pumping (FAILURES 91).
            "blocked" => Outcome::Undelivered(Undelivered::Unavailable),
            _ => return Ok(None),
        };
        Ok(RemoteId::new(id).ok().map(|id| VerificationReport::new(id, outcome)))
    }

    /// What `call` says when it is answered. `request` is what Vonage asked the page of the call.
    ///
    /// # Errors
    ///
    /// [`InvalidWebhook`]; [`Malformed`](InvalidWebhook::Malformed) when it was another call's page.
    pub fn answered<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        call: &Call,
        now: UnixTime,
    ) -> Result<Script, InvalidWebhook> {
        self.check(request, now)?;
        of_call(request, call)?;
        Ok(call.greeting())
    }

    /// What `call` says now that a key was pressed, or that none was: its code, once, if it was the right
    /// key.
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
        let body = self.check(request, now)?;
        of_call(request, call)?;
        let keys = body.pointer("/dtmf/digits").and_then(Value::as_str);
        Ok(call.press(keys.ok_or(InvalidWebhook::Malformed)?, now))
    }

    /// The body of a request that Vonage signed.
    fn check<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        now: UnixTime,
    ) -> Result<Value, InvalidWebhook> {
        let body = request.body().as_ref();
        if body.len() > answer::MOST {
            return Err(InvalidWebhook::Malformed);
        }
        let claims = self.claims(signature::header(request, "authorization")?)?;
        let hash = claims.get("payload_hash").and_then(Value::as_str).unwrap_or_default();
        signature::same(signature::hash_hex(body).as_bytes(), hash.as_bytes())?;
        let signed = claims.get("iat").and_then(Value::as_u64).map(UnixTime::from_secs);
        let is_current = |at: UnixTime| now.since(at) <= PAST && at.since(now) <= FUTURE;
        if !signed.is_some_and(is_current) {
            return Err(InvalidWebhook::Outdated);
        }
        serde_json::from_slice(body).map_err(|_| InvalidWebhook::Malformed)
    }

    /// What the JWT says, once it is known whose it is.
    fn claims(&self, header: &str) -> Result<Value, InvalidWebhook> {
        const NOT: InvalidWebhook = InvalidWebhook::Signature;
        let (scheme, token) = header.split_once(' ').ok_or(NOT)?;
        let (signed, mac) = token.rsplit_once('.').ok_or(NOT)?;
        let (head, claims) = signed.split_once('.').ok_or(NOT)?;
        if !scheme.eq_ignore_ascii_case("bearer") || token.len() > 8192 {
            return Err(NOT);
        }
        let read = |part| Base64UrlUnpadded::decode_vec(part).map_err(|_| NOT);
        signature::same(&signature::sha256(&self.secret, signed.as_bytes()), &read(mac)?)?;
        let json = |part| serde_json::from_slice::<Value>(&read(part)?).map_err(|_| NOT);
        // Whatever the head says, one algorithm was computed above; a head that says another lies.
        if json(head)?.get("alg").and_then(Value::as_str) != Some("HS256") {
            return Err(NOT);
        }
        json(claims)
    }
}

/// In seconds: Vonage sends at once.
const PAST: u64 = 300;
/// As far as clocks may be apart (law 10).
const FUTURE: u64 = 120;
