//! Codes that Vonage makes and checks.

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
    Address, Policy,
    delivery::{
        RemoteAnswer, RemoteId,
        Undelivered::{self, Misconfigured, Unavailable, Unreachable},
    },
    message::{Channel, Language, LayoutError},
};

/// Codes that Vonage makes, sends and checks: Vonage Verify, version 2.
///
/// One channel for each start, so that it is you who goes on to the next. While a verification of a
/// number is pending, another is refused: [`cancel`](Self::cancel) the one before. A few wrong codes end it.
///
/// # Source
///
/// Vonage, *Verify API v2*; *Verify languages*.
///
/// # Example
///
/// ```
/// use second_factor::{Address, Policy, message::{Channel, Language}};
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
/// let id = vonage::started(&answer)?;                        // keep it
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
    life: u32,
    whatsapp: Option<String>,
}

impl Verify {
    /// In the name of `brand`, with the length and the life of codes from the policy, so that what Vonage
    /// says and what your record enforces are one value.
    ///
    /// # Input
    ///
    /// A brand of 1 to 18 letters, none of them `\`, `/`, `{`, `}`, `:` or `$`, nor a control.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting::Brand`].
    pub fn new(account: Account, brand: &str, policy: &Policy) -> Result<Self, InvalidSetting> {
        Ok(Self {
            account,
            brand: setting::brand(brand)?.into(),
            // 6 to 10 digits, and 60 to 600 seconds, by any policy: Vonage takes 4 to 10, and 15 to 900.
            digits: policy.code_digits(),
            life: policy.code_life(),
            whatsapp: None,
        })
    }

    /// The same, by WhatsApp too: from this number of your business, written without a plus.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting::Sender`].
    pub fn with_whatsapp(mut self, number: &str) -> Result<Self, InvalidSetting> {
        self.whatsapp = Some(setting::sender(number)?.into());
        Ok(self)
    }

    /// Has a code made and sent to this number: by text message, call, or WhatsApp if there is a
    /// [number](Self::with_whatsapp) for it.
    ///
    /// In the nearest language that Vonage speaks; where it speaks none, in that of the number's country.
    ///
    /// # Errors
    ///
    /// [`LayoutError::OtherChannel`]: it is no number, or none of those channels.
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
            "channel_timeout": self.life,
            "code_length": self.digits,
            "workflow": [step],
        });
        if let Some(fields) = body.as_object_mut() {
            fields.extend(locale(language).map(|name| ("locale".into(), name.into())));
        }
        Ok(self.account.post(PATH, body))
    }

    /// Asks whether `typed` is the code.
    ///
    /// # Errors
    ///
    /// [`InvalidCode`]: it cannot be, so it is wrong without asking.
    pub fn check(&self, id: &RemoteId, typed: &str) -> Result<Request<Body>, InvalidCode> {
        let code = verification::code(typed)?;
        Ok(self.account.post(&path(id), json!({ "code": code })))
    }

    /// Ends it, so that its code is right no more.
    #[must_use]
    pub fn cancel(&self, id: &RemoteId) -> Request<Body> {
        self.account.delete(&path(id))
    }
}

/// What Vonage's answer says of a start: the name of the verification.
///
/// # Errors
///
/// [`Undelivered`], never [`Unknown`](Undelivered::Unknown): without a name there is nothing to check, so
/// what may have been sent is *not now*, and so is an answer that never came. So is a number with a
/// verification that is pending. A number that Vonage takes for none is *not here*.
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

/// What Vonage's answer says of a check of `id`.
///
/// # Example
///
/// ```
/// use second_factor::{delivery::{RemoteAnswer, RemoteId}, gateway::vonage::checked};
///
/// let id = RemoteId::new("c11236f4")?;
/// let right = http::Response::new(r#"{"request_id":"c11236f4","status":"completed"}"#);
/// assert_eq!(checked(&right, &id), RemoteAnswer::Correct);
/// # Ok::<(), second_factor::delivery::InvalidRemoteId>(())
/// ```
pub fn checked<B: AsRef<[u8]>>(answer: &Response<B>, id: &RemoteId) -> RemoteAnswer {
    let (status, body) = (answer.status(), answer::json(answer));
    // What somebody on the way says it cannot find is not gone.
    let is_vonages = body.is_object();
    match status {
        StatusCode::OK => {
            // A client that mixed up two answers must let nobody in.
            let is_its = answer::text(&body, "request_id") == Some(id.as_str());
            let is_right = is_its && answer::text(&body, "status") == Some("completed");
            if is_right { RemoteAnswer::Correct } else { RemoteAnswer::Unreachable }
        }
        // All that could be wrong is what was typed, and a guess is a guess whatever the words say.
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

/// Whether the verification is over, by the request to cancel it that was answered so or by something
/// before it.
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

/// The name that Vonage has for the nearest language that it speaks.
fn locale(person: &Language) -> Option<&'static str> {
    let find = |tag: &str| LOCALES.iter().find(|(known, _)| *known == tag);
    person.lookup().find_map(find).map(|(_, locale)| *locale)
}

/// The way to one verification.
fn path(id: &RemoteId) -> String {
    format!("{PATH}/{}", id.as_str())
}

/// Whether it is the number alone that is wrong.
fn names_the_number(body: &Value) -> bool {
    let wrong = body.get("invalid_parameters").and_then(Value::as_array);
    let is_number =
        |one: &Value| answer::text(one, "reason").is_some_and(|reason| reason.starts_with("`to` "));
    wrong.is_some_and(|all| !all.is_empty() && all.iter().all(is_number))
}

const PATH: &str = "v2/verify";
const CHANNELS: [(Channel, &str); 3] =
    [(Channel::Sms, "sms"), (Channel::Voice, "voice"), (Channel::WhatsApp, "whatsapp")];

/// Vonage has words in these for each of the channels, under the names that we have for them.
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
