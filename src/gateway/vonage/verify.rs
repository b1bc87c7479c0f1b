//! Provider-managed codes by Vonage Verify.

use alloc::{format, string::String};

use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

use super::{
    super::{
        Body, InvalidSetting, answer, setting,
        verification::{self, InvalidCode, word},
    },
    Account,
    account::digits,
};
use crate::{
    address::Address,
    channel::Channel,
    delivery::{
        RemoteAnswer, RemoteId,
        Undelivered::{self, Misconfigured, Unavailable, Unreachable},
    },
    message::{Language, LayoutError},
    policy::Policy,
};

/// Codes that Vonage generates, sends and checks, through Vonage Verify version 2.
///
/// Each start has one channel, so that this crate controls the fallback. While a verification of a
/// number is pending, Vonage refuses another. Therefore, [`cancel`](Self::cancel) the pending one
/// first. A few incorrect attempts end a verification.
///
/// # Source
///
/// Vonage, *Verify API v2*; *Verify languages*.
///
/// # Example
///
/// ```
/// use second_factor::{Address, Channel, Policy, message::Language};
/// use second_factor::gateway::{Credential, vonage::{self, Account, Verify}};
///
/// let account = Account::new("abcd1234", &Credential::new(String::from("secret"))?)?;
/// let verify = Verify::new(account, "Example", &Policy::default())?;
/// let number = Address::phone("+14155550100")?;
/// let request = verify.start(&number, Channel::Voice, &Language::ENGLISH)?;
/// assert_eq!(request.uri(), "https://api.nexmo.com/v2/verify");
/// assert!(request.body().expose().contains(r#""channel_timeout":300,"code_length":6"#));
///
/// let answer = http::Response::builder().status(202).body(r#"{"request_id":"c11236f4"}"#)?;
/// let id = vonage::started(&answer)?;                        // store it
/// let request = verify.check(&id, "747723")?;
/// assert_eq!(request.uri(), "https://api.nexmo.com/v2/verify/c11236f4");
/// assert_eq!(request.body().expose(), r#"{"code":"747723"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Verify {
    account: Account,
    brand: String,
    digits: u8,
    lifetime: u32,
    whatsapp: Option<String>,
}

impl Verify {
    /// Creates a gateway whose messages name `brand`.
    ///
    /// The length and the lifetime of codes come from the policy, so that Vonage states the
    /// lifetime that the verifier enforces.
    ///
    /// # Input
    ///
    /// A brand must have 1 to 18 characters, without `\`, `/`, `{`, `}`, `:`, `$` and control
    /// characters.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting::Brand`] for any other brand.
    pub fn new(account: Account, brand: &str, policy: &Policy) -> Result<Self, InvalidSetting> {
        Ok(Self {
            account,
            brand: setting::brand(brand)?.into(),
            // Every policy has 6 to 10 digits and 60 to 600 seconds. Vonage allows 4 to 10, and 15
            // to 900.
            digits: policy.code_digits(),
            lifetime: policy.code_secs(),
            whatsapp: None,
        })
    }

    /// Allows WhatsApp messages from `number`, a number of your business.
    ///
    /// Write the number without a plus.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting::Sender`] if the number is malformed.
    pub fn with_whatsapp(mut self, number: &str) -> Result<Self, InvalidSetting> {
        self.whatsapp = Some(setting::sender(number)?.into());
        Ok(self)
    }

    /// Builds the request that makes Vonage send a code to a phone number.
    ///
    /// The channel must be a text message, a call or WhatsApp. WhatsApp requires a
    /// [number](Self::with_whatsapp) to send from. The message is in the nearest language that
    /// Vonage supports, or otherwise in the language of the number's country.
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
        let mut step = json!({ "channel": word(channel, to, &CHANNELS)?, "to": digits(to) });
        if let (Channel::WhatsApp, Some(fields)) = (channel, step.as_object_mut()) {
            let from = self.whatsapp.as_deref().ok_or(LayoutError::OtherChannel)?;
            fields.insert("from".into(), from.into());
        }
        let mut body = json!({
            "brand": self.brand,
            "channel_timeout": self.lifetime,
            "code_length": self.digits,
            "workflow": [step],
        });
        if let Some(fields) = body.as_object_mut() {
            fields.extend(locale(language).map(|name| ("locale".into(), name.into())));
        }
        Ok(self.account.post(PATH, body))
    }

    /// Builds the request that checks a typed code.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidCode`] if `typed` cannot be a code. Treat the input as an incorrect code.
    pub fn check(&self, id: &RemoteId, typed: &str) -> Result<Request<Body>, InvalidCode> {
        let code = verification::code(typed)?;
        Ok(self.account.post(&path(id), json!({ "code": code })))
    }

    /// Builds the request that cancels a verification, which invalidates its code.
    #[must_use]
    pub fn cancel(&self, id: &RemoteId) -> Request<Body> {
        self.account.delete(&path(id))
    }
}

/// Returns the id of the verification from Vonage's response to a start request.
///
/// # Errors
///
/// Returns [`Undelivered`], but never [`Unknown`](Undelivered::Unknown). A code without an id
/// cannot be checked, so the error is [`Unavailable`] even if a message may have been sent. If no
/// response arrives, return [`Unavailable`] too. The error is also [`Unavailable`] for a number
/// with a pending verification. For a number that Vonage rejects, the error is [`Unreachable`].
///
/// # Example
///
/// ```
/// use second_factor::{delivery::Undelivered, gateway::vonage::started};
///
/// let pending = http::Response::builder().status(409).body(r#"{"title":"Conflict"}"#)?;
/// assert_eq!(started(&pending), Err(Undelivered::Unavailable));
/// # Ok::<(), http::Error>(())
/// ```
pub fn started<B: AsRef<[u8]>>(answer: &Response<B>) -> Result<RemoteId, Undelivered> {
    let (status, body) = (answer.status(), answer::json(answer));
    match status {
        status if status.is_success() => answer::text(&body, "request_id")
            .and_then(|id| RemoteId::new(id).ok())
            .ok_or(Unavailable),
        StatusCode::CONFLICT => Err(Unavailable),
        StatusCode::UNPROCESSABLE_ENTITY if names_the_number(&body) => Err(Unreachable),
        status => Err(verification::unnamed(answer::by_status(status))),
    }
}

/// Reads Vonage's response to a check of the verification `id`.
///
/// # Example
///
/// ```
/// use second_factor::{delivery::{RemoteAnswer, RemoteId}, gateway::vonage::checked};
///
/// let id = RemoteId::new("c11236f4")?;
/// let correct = http::Response::new(r#"{"request_id":"c11236f4","status":"completed"}"#);
/// assert_eq!(checked(&correct, &id), RemoteAnswer::Correct);
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
pub fn checked<B: AsRef<[u8]>>(answer: &Response<B>, id: &RemoteId) -> RemoteAnswer {
    let (status, body) = (answer.status(), answer::json(answer));
    // Only a 404 from Vonage itself means that the verification no longer exists, not one from a
    // proxy.
    let is_vonages = body.is_object();
    match status {
        StatusCode::OK => {
            // A client that mixes up two responses must not verify a user.
            let is_its = answer::text(&body, "request_id") == Some(id.as_str());
            let is_correct = is_its && answer::text(&body, "status") == Some("completed");
            if is_correct { RemoteAnswer::Correct } else { RemoteAnswer::Unreachable }
        }
        // Only the typed code can be invalid here, so any message means an incorrect attempt.
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => RemoteAnswer::Incorrect,
        StatusCode::NOT_FOUND | StatusCode::CONFLICT | StatusCode::GONE if is_vonages => {
            RemoteAnswer::NotFound
        }
        StatusCode::NOT_FOUND | StatusCode::CONFLICT | StatusCode::GONE => {
            RemoteAnswer::Unreachable
        }
        status if answer::by_status(status) == Misconfigured => RemoteAnswer::Misconfigured,
        _ => RemoteAnswer::Unreachable,
    }
}

/// Reads Vonage's response to a cancellation.
///
/// Returns whether the verification has ended, by this request or before it.
///
/// # Example
///
/// ```
/// use second_factor::gateway::vonage::cancelled;
///
/// let over = http::Response::builder().status(204).body("")?;
/// assert!(cancelled(&over));
/// # Ok::<(), http::Error>(())
/// ```
#[must_use]
pub fn cancelled<B: AsRef<[u8]>>(answer: &Response<B>) -> bool {
    match answer.status() {
        StatusCode::NOT_FOUND => answer::json(answer).is_object(),
        status => status == StatusCode::NO_CONTENT,
    }
}

/// Returns Vonage's name for the nearest language that it supports.
fn locale(wanted: &Language) -> Option<&'static str> {
    let find = |tag: &str| LOCALES.iter().find(|(known, _)| *known == tag);
    wanted.lookup().find_map(find).map(|(_, locale)| *locale)
}

/// Returns the path of a verification.
fn path(id: &RemoteId) -> String {
    format!("{PATH}/{}", id.as_str())
}

/// Returns whether the number is the only invalid parameter.
fn names_the_number(body: &Value) -> bool {
    let invalid = body.get("invalid_parameters").and_then(Value::as_array);
    let is_number =
        |one: &Value| answer::text(one, "reason").is_some_and(|reason| reason.starts_with("`to` "));
    invalid.is_some_and(|all| !all.is_empty() && all.iter().all(is_number))
}

const PATH: &str = "v2/verify";
const CHANNELS: [(Channel, &str); 3] =
    [(Channel::Sms, "sms"), (Channel::Voice, "voice"), (Channel::WhatsApp, "whatsapp")];

/// The languages that Vonage supports on every channel, with their tags here.
const LOCALES: [(&str, &str); 20] = [
    ("ar", "ar-xa"),
    ("cs", "cs-cz"),
    ("da", "da-dk"),
    ("de", "de-de"),
    ("en", "en-us"),
    ("en-AU", "en-au"),
    ("en-GB", "en-gb"),
    ("en-IN", "en-in"),
    ("es", "es-es"),
    ("es-MX", "es-mx"),
    ("es-US", "es-us"),
    ("fr", "fr-fr"),
    ("hi", "hi-in"),
    ("id", "id-id"),
    ("it", "it-it"),
    ("nl", "nl-nl"),
    ("pt", "pt-br"),
    ("pt-PT", "pt-pt"),
    ("ru", "ru-ru"),
    ("zh", "zh-cn"),
];
