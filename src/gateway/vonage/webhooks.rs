//! Webhooks of Vonage.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use http::Request;
use serde_json::Value;

use super::{
    super::{
        Credential, DeliveryReport, InvalidWebhook, answer,
        endpoint::{REFERENCE, of_call},
        form, signature,
        verification::VerificationReport,
    },
    reasons::{code, reason},
};
use crate::{
    delivery::{RemoteId, Undelivered},
    message::voice::{Call, Script},
    time::UnixTime,
};

/// Verifies and reads the requests from Vonage to your webhooks.
///
/// The signature is checked first. The header `authorization` contains a JWT with the hash of the
/// body, signed by HS256. The JWT is accepted for five minutes, but not after its own expiry.
///
/// # Security
/// The signature covers the body but not the URL. A report on a call is therefore as trustworthy as
/// the reference in the URL, which is sealed and known only to Vonage.
///
/// A request that is replayed within these five minutes is accepted again, but is harmless. A
/// repeated [report](crate::verifier::Operations::delivery_report) sends nothing, and a call speaks
/// its code once. If your application uses a request for something else, store the `jti` of the
/// token and reject it the second time.
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
    /// Creates a reader of webhooks for the account with this signature secret.
    #[must_use]
    pub fn new(signature_secret: &Credential) -> Self {
        Self { secret: signature_secret.clone() }
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
        now: UnixTime,
    ) -> Result<Option<DeliveryReport>, InvalidWebhook> {
        let body = self.check(request, now)?;
        let error = || body.get("error").and_then(code).and_then(reason);
        let status = body.get("status").and_then(Value::as_str);
        let outcome = match status.ok_or(InvalidWebhook::Malformed)? {
            "delivered" | "read" => Ok(()),
            // Vonage could not forward the message.
            "undeliverable" => Err(error().unwrap_or(Undelivered::Unavailable)),
            // Vonage or the network rejects a message for a reason; the user rejects a call.
            "rejected" if body.get("message_uuid").is_some() => {
                Err(error().unwrap_or(Undelivered::Unavailable))
            }
            "busy" | "cancelled" | "failed" | "rejected" | "timeout" | "unanswered" => {
                Err(Undelivered::Unreachable)
            }
            _ => return Ok(None),
        };
        let query = form::query(request.uri()).unwrap_or_default();
        let own = body.get("client_ref").and_then(Value::as_str);
        let reference = own.or(form::value(&query, REFERENCE));
        Ok(reference.and_then(|reference| DeliveryReport::new(reference, outcome)))
    }

    /// Returns the delivery status of a code from [`Verify`](super::Verify).
    ///
    /// Returns `None` while the code is in transit, if the code expired, and for any other status
    /// without an outcome. Vonage reports only to the page that is configured for the application.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidWebhook`] if the signature or the content is invalid. Respond with status
    /// 403.
    pub fn verification<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        now: UnixTime,
    ) -> Result<Option<VerificationReport>, InvalidWebhook> {
        let body = self.check(request, now)?;
        let said = |field| body.get(field).and_then(Value::as_str).ok_or(InvalidWebhook::Malformed);
        let id = said("request_id")?;
        let outcome = match said("status")? {
            "completed" => Ok(()),
            "failed" => Err(Undelivered::Unreachable),
            // Too many to one network, or a number that is not a phone: suspected SMS pumping
            // (FAILURES 91).
            "blocked" => Err(Undelivered::Unavailable),
            _ => return Ok(None),
        };
        Ok(RemoteId::new(id).ok().map(|id| VerificationReport::new(id, outcome)))
    }

    /// Returns the script to speak when the user answers `call`.
    ///
    /// `request` is Vonage's request to the page of the call.
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
        now: UnixTime,
    ) -> Result<Script, InvalidWebhook> {
        self.check(request, now)?;
        of_call(request, call)?;
        Ok(call.greeting())
    }

    /// Returns the script to speak after key presses or the timeout.
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
        let body = self.check(request, now)?;
        of_call(request, call)?;
        let keys = body.pointer("/dtmf/digits").and_then(Value::as_str);
        Ok(call.press(keys.ok_or(InvalidWebhook::Malformed)?, now))
    }

    /// Verifies the signature of a request, and returns its body.
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
        // RFC 7519 §4.1.4: a token with an expiry is not accepted on or after it.
        let is_expired = claims.get("exp").is_some_and(|exp| {
            exp.as_u64().is_none_or(|expires_at| now >= UnixTime::from_secs(expires_at))
        });
        if is_expired || !signed.is_some_and(is_current) {
            return Err(InvalidWebhook::Outdated);
        }
        serde_json::from_slice(body).map_err(|_| InvalidWebhook::Malformed)
    }

    /// Verifies the JWT, and returns its claims.
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
        // The MAC above is always HS256. A header that names another algorithm is rejected.
        if json(head)?.get("alg").and_then(Value::as_str) != Some("HS256") {
            return Err(NOT);
        }
        json(claims)
    }
}

/// The maximum age of a signature, in seconds. Vonage sends its webhooks without delay.
const PAST: u64 = 300;
/// The allowed difference between clocks, in seconds (law 10).
const FUTURE: u64 = 120;
