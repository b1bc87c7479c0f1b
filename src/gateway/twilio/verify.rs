//! Provider-managed codes by Twilio Verify.

use alloc::{format, string::String, vec::Vec};

use http::{Request, Response, StatusCode};
use serde_json::Value;

use super::{
    super::{
        Body, Endpoint, InvalidSetting, answer, form,
        request::{Authorization, FORM, post},
        setting,
        verification::{self, InvalidCode, word},
    },
    Account,
    reasons::reason,
};
use crate::{
    address::Address,
    channel::Channel,
    delivery::{
        RemoteAnswer, RemoteId,
        Undelivered::{self, Misconfigured, Unavailable, Unreachable},
    },
    message::{Language, LayoutError},
};

/// Codes that Twilio generates, sends and checks, through Twilio Verify version 2.
///
/// While a verification of a number is pending, another start sends *the same code* again with the
/// same id, even for another purpose or another client. Therefore, [`cancel`](Self::cancel) the
/// pending verification before you start another. A code is valid for ten minutes, or until five
/// incorrect attempts. Its length and the text of the message are settings of the service at
/// Twilio.
///
/// # Source
///
/// Twilio, *Verify API*: *Verifications*, *Verification Check*, *Error codes*.
///
/// # Example
///
/// ```
/// use second_factor::{Address, Channel, message::Language};
/// use second_factor::gateway::{Credential, twilio::{self, Account, Verify}};
///
/// let token = Credential::new(String::from("token"))?;
/// let verify = Verify::new(&Account::new("AC123", &token)?, "VA456")?;
/// let number = Address::phone("+14155550100")?;
/// let request = verify.start(&number, Channel::Sms, &Language::new("de-CH")?)?;
/// assert_eq!(request.uri(), "https://verify.twilio.com/v2/Services/VA456/Verifications");
/// assert_eq!(request.body().expose(), "To=%2B14155550100&Channel=sms&Locale=de");
///
/// let answer = http::Response::builder().status(201).body(r#"{"sid":"VE789","status":"pending"}"#)?;
/// let id = twilio::started(&answer)?;                        // store it
/// let request = verify.check(&id, "747723")?;
/// assert!(!request.uri().to_string().contains("747723"));
/// assert_eq!(request.body().expose(), "VerificationSid=VE789&Code=747723");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Verify {
    authorization: Authorization,
    endpoint: Endpoint,
    service: String,
}

impl Verify {
    /// Creates a gateway for the service with this SID, which begins with `VA`.
    ///
    /// The gateway uses the credentials of `account`, but not its [server](Account::at), because
    /// Verify has its own server.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting::Name`] if the SID is malformed.
    pub fn new(account: &Account, service: &str) -> Result<Self, InvalidSetting> {
        Ok(Self {
            authorization: account.authorization().clone(),
            endpoint: Endpoint::known("https://verify.twilio.com"),
            service: setting::name(service)?.into(),
        })
    }

    /// Sets the server, for another region or for tests.
    #[must_use]
    pub fn at(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// Builds the request that makes Twilio send a code to a phone number.
    ///
    /// The channel must be a text message, a call or WhatsApp. The message is in the nearest
    /// language that Twilio supports, or otherwise in the language of the number's country.
    ///
    /// # Errors
    ///
    /// Returns [`LayoutError::OtherChannel`] for any other address or channel.
    pub fn start(
        &self,
        to: &Address,
        channel: Channel,
        language: &Language,
    ) -> Result<Request<Body>, LayoutError> {
        let channel = word(channel, to, &CHANNELS)?;
        let mut fields = Vec::from([("To", to.expose()), ("Channel", channel)]);
        let nearest = language.lookup().find(|tag| LANGUAGES.contains(tag));
        fields.extend(nearest.map(|tag| ("Locale", tag)));
        Ok(self.post("Verifications", &fields))
    }

    /// Builds the request that checks a typed code.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidCode`] if `typed` cannot be a code. Treat the input as an incorrect code.
    pub fn check(&self, id: &RemoteId, typed: &str) -> Result<Request<Body>, InvalidCode> {
        let code = verification::code(typed)?;
        let fields = [("VerificationSid", id.as_str()), ("Code", code)];
        Ok(self.post("VerificationCheck", &fields))
    }

    /// Builds the request that cancels a verification, which invalidates its code.
    #[must_use]
    pub fn cancel(&self, id: &RemoteId) -> Request<Body> {
        self.post(&format!("Verifications/{}", id.as_str()), &[("Status", "canceled")])
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Request<Body> {
        let uri = format!("{}/v2/Services/{}/{path}", self.endpoint.as_str(), self.service);
        post(&uri, &self.authorization, FORM, form::write(fields))
    }
}

/// Reads Twilio's response to a start, and returns the id of the verification.
///
/// # Errors
///
/// Returns [`Undelivered`], but never [`Unknown`](Undelivered::Unknown). A code without an id
/// cannot be checked, so the error is [`Unavailable`] even if a message may have been sent. If no
/// response arrives, return [`Unavailable`] too. For a number that Twilio rejects, the error is
/// [`Unreachable`].
///
/// # Example
///
/// ```
/// use second_factor::{delivery::Undelivered, gateway::twilio::started};
///
/// let blocked = http::Response::builder().status(403).body(r#"{"code":60410}"#)?;
/// assert_eq!(started(&blocked), Err(Undelivered::Unavailable));
/// # Ok::<(), http::Error>(())
/// ```
pub fn started<B: AsRef<[u8]>>(answer: &Response<B>) -> Result<RemoteId, Undelivered> {
    let (status, body) = (answer.status(), answer::json(answer));
    if status.is_success() {
        let id = answer::text(&body, "sid").and_then(|sid| RemoteId::new(sid).ok());
        return id.ok_or(Unavailable);
    }
    let known = code(&body).and_then(|code| match code {
        // Only the text names the invalid parameter.
        INVALID if answer::text(&body, "message").is_some_and(names_the_number) => {
            Some(Unreachable)
        }
        // A landline; a country to which the service may not send.
        60_205 | 60_605 => Some(Unreachable),
        // Too many sends; a concurrent send; suspected SMS pumping (FAILURES 91).
        60_203 | 60_212 | 60_410 => Some(Unavailable),
        INVALID | 60_223 => Some(Misconfigured),
        _ => reason(code),
    });
    Err(verification::unnamed(known.unwrap_or(answer::by_status(status))))
}

/// Reads Twilio's response to a check of `id`.
///
/// # Example
///
/// ```
/// use second_factor::{delivery::{RemoteAnswer, RemoteId}, gateway::twilio::checked};
///
/// let id = RemoteId::new("VE789")?;
/// let incorrect = http::Response::new(r#"{"sid":"VE789","status":"pending","valid":false}"#);
/// assert_eq!(checked(&incorrect, &id), RemoteAnswer::Incorrect);
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
pub fn checked<B: AsRef<[u8]>>(answer: &Response<B>, id: &RemoteId) -> RemoteAnswer {
    let (status, body) = (answer.status(), answer::json(answer));
    if status == StatusCode::OK {
        // A client that mixes up two responses must not verify a user.
        let is_its = answer::text(&body, "sid") == Some(id.as_str());
        let is_valid = body.get("valid").and_then(Value::as_bool);
        return match answer::text(&body, "status") {
            Some("approved") if is_its && is_valid != Some(false) => RemoteAnswer::Correct,
            Some("pending") if is_its && is_valid != Some(true) => RemoteAnswer::Incorrect,
            Some(over) if is_its && OVER.contains(&over) => RemoteAnswer::NotFound,
            _ => RemoteAnswer::Unreachable,
        };
    }
    match (status, code(&body)) {
        (_, Some(NO_SUCH | TRIED_TOO_OFTEN)) => RemoteAnswer::NotFound,
        // Only a 404 from Twilio itself means that the verification no longer exists, not one from
        // a proxy.
        (StatusCode::NOT_FOUND, None) => RemoteAnswer::Unreachable,
        _ => match answer::by_status(status) {
            Misconfigured => RemoteAnswer::Misconfigured,
            _ => RemoteAnswer::Unreachable,
        },
    }
}

/// Reads Twilio's response to a cancellation.
///
/// Returns whether the verification has ended, by this request or before it.
///
/// # Example
///
/// ```
/// use second_factor::gateway::twilio::cancelled;
///
/// assert!(cancelled(&http::Response::new(r#"{"sid":"VE789","status":"canceled"}"#)));
/// assert!(!cancelled(&http::Response::new(r#"{"sid":"VE789","status":"pending"}"#)));
/// ```
#[must_use]
pub fn cancelled<B: AsRef<[u8]>>(answer: &Response<B>) -> bool {
    let body = answer::json(answer);
    if answer.status() == StatusCode::OK {
        answer::text(&body, "status")
            .is_some_and(|status| OVER.contains(&status) || status == "approved")
    } else {
        code(&body) == Some(NO_SUCH)
    }
}

fn code(body: &Value) -> Option<u64> {
    body.get("code").and_then(answer::number)
}

/// Returns whether an error like `Invalid parameter: To` names the number.
fn names_the_number(message: &str) -> bool {
    message.split(|symbol: char| !symbol.is_alphanumeric()).any(|word| word == "To")
}

const CHANNELS: [(Channel, &str); 3] =
    [(Channel::Sms, "sms"), (Channel::Voice, "call"), (Channel::WhatsApp, "whatsapp")];
const OVER: [&str; 5] = ["canceled", "deleted", "expired", "failed", "max_attempts_reached"];

const NO_SUCH: u64 = 20_404;
const INVALID: u64 = 60_200;
const TRIED_TOO_OFTEN: u64 = 60_202;

/// The languages of Twilio's default template. Twilio refuses others.
const LANGUAGES: [&str; 43] = [
    "af", "ar", "ca", "cs", "da", "de", "el", "en", "en-GB", "es", "et", "fi", "fr", "he", "hi",
    "hr", "hu", "id", "it", "ja", "kn", "ko", "lt", "mr", "ms", "nb", "nl", "pl", "pt", "pt-BR",
    "ro", "ru", "sk", "sv", "te", "th", "tl", "tr", "uk", "vi", "zh", "zh-CN", "zh-HK",
];
