//! Requests to and responses of Meta's Cloud API.

use alloc::{format, string::String};

use http::{Request, Response};

use super::{
    super::{
        Body, Credential, Endpoint, InvalidSetting, answer,
        json::secret,
        request::{Authorization, JSON, post, remaining_lifetime},
        setting,
    },
    Template,
};
use crate::{
    delivery::{
        Receipt,
        Undelivered::{self, Misconfigured, Unavailable, Unreachable},
    },
    message::{LayoutError, Message},
    secret::SecretText,
    time::UnixTime,
};

/// WhatsApp messages through Meta's Cloud API, with a [`Template`].
///
/// Meta tries to deliver a code for at most the lifetime in the template, which is the lifetime in
/// the policy. This gateway refuses a code that has expired.
///
/// # Source
///
/// Meta, *Cloud API: messages*; *Authentication templates*.
///
/// # Example
///
/// ```
/// use second_factor::{
///     Channel, Policy, UnixTime, message::Sender, purpose::Operation, testkit::Preview,
/// };
/// use second_factor::gateway::{Credential, whatsapp::{Button, CloudApi, Template}};
///
/// # let now = UnixTime::from_secs(1_800_000_000);
/// let template = Template::new("sign_in_code", Button::CopyCode, &Policy::default())?;
/// let token = Credential::new(String::from("token-of-a-system-user"))?;
/// let api = CloudApi::new("v23.0", "106540352242922", &token, template)?;
/// for create in api.creations("102290129340398")? {
///     assert!(create.uri().path().ends_with("/message_templates"));   // send each of them once
/// }
/// let message = Preview::new(Sender::new("Example")?, Channel::WhatsApp).message(Operation::SignIn);
/// let request = api.request(&message, now)?;
/// assert_eq!(request.uri(), "https://graph.facebook.com/v23.0/106540352242922/messages");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CloudApi {
    authorization: Authorization,
    endpoint: Endpoint,
    number_id: String,
    template: Template,
    version: String,
}

impl CloudApi {
    /// Creates a gateway that sends from the number with the id `number_id`.
    ///
    /// `version` is the version of the API, such as `v23.0`.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting`], which names the invalid argument.
    pub fn new(
        version: &str,
        number_id: &str,
        token: &Credential,
        template: Template,
    ) -> Result<Self, InvalidSetting> {
        Ok(Self {
            authorization: Authorization::bearer(token)?,
            endpoint: Endpoint::known("https://graph.facebook.com"),
            number_id: setting::name(number_id)?.into(),
            template,
            version: setting::name(version)?.into(),
        })
    }

    /// Sets the server, for tests against a mock server.
    #[must_use]
    pub fn at(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// Builds the requests that create the template in a business account.
    ///
    /// There is one request for each language.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting::Name`] if the account id is malformed.
    pub fn creations(
        &self,
        account_id: &str,
    ) -> Result<impl Iterator<Item = Request<Body>>, InvalidSetting> {
        let uri = self.uri(setting::name(account_id)?, "message_templates");
        let bodies = self.template.creations();
        Ok(bodies.map(move |body| post(&uri, &self.authorization, JSON, SecretText::new(body))))
    }

    /// Builds the request that sends the code of `message`. `now` is the current time.
    ///
    /// # Errors
    ///
    /// Returns [`LayoutError`] if the message is not a WhatsApp message with a code, or if the code
    /// has expired.
    pub fn request(&self, message: &Message, now: UnixTime) -> Result<Request<Body>, LayoutError> {
        let mut body = self.template.fields(message)?;
        let _remaining = remaining_lifetime(message, now, 1..=u64::MAX)?;
        if let Some(fields) = body.as_object_mut() {
            fields.insert("biz_opaque_callback_data".into(), message.reference().into());
        }
        let uri = self.uri(&self.number_id, "messages");
        Ok(post(&uri, &self.authorization, JSON, secret(body)))
    }

    fn uri(&self, of: &str, what: &str) -> String {
        format!("{}/{}/{of}/{what}", self.endpoint.as_str(), self.version)
    }
}

/// Reads the Cloud API's response to a message.
///
/// `Ok` means that Meta accepted the message, not that it arrived.
///
/// # Errors
///
/// Returns [`Undelivered`]. The variant depends on Meta's error code, or on the HTTP status if this
/// crate does not know the code. A refusal that may succeed later is [`Unavailable`]. Any other
/// refusal is [`Misconfigured`]. If Meta failed, the outcome is [`Unknown`](Undelivered::Unknown).
///
/// # Source
///
/// Meta, *Cloud API: error codes*.
///
/// # Example
///
/// ```
/// use second_factor::{delivery::Undelivered, gateway::whatsapp::receipt};
///
/// let body = r#"{"messaging_product":"whatsapp","messages":[{"id":"wamid.1"}]}"#;
/// let accepted = http::Response::builder().status(200).body(body)?;
/// assert_eq!(receipt(&accepted).map(|receipt| receipt.id().to_owned()), Ok("wamid.1".into()));
/// let no_template = http::Response::builder().status(404).body(r#"{"error":{"code":132001}}"#)?;
/// assert_eq!(receipt(&no_template), Err(Undelivered::Misconfigured));
/// # Ok::<(), http::Error>(())
/// ```
pub fn receipt<B: AsRef<[u8]>>(answer: &Response<B>) -> Result<Receipt, Undelivered> {
    let (status, body) = (answer.status(), answer::json(answer));
    match body.pointer("/messages/0/id") {
        Some(id) if status.is_success() => answer::receipt(id),
        _ => {
            let code = body.pointer("/error/code").and_then(answer::number);
            Err(code.and_then(reason).unwrap_or(answer::by_status(status)))
        }
    }
}

/// Returns the outcome for an error code of Meta, or `None` for an unknown code.
pub(super) fn reason(code: u64) -> Option<Undelivered> {
    Some(match code {
        // The number is not on WhatsApp or its client is too old; too many of our messages were
        // reported as spam; Meta chose not to deliver; the number is part of an experiment.
        131_026 | 131_048 | 131_049 | 130_472 => Unreachable,
        // Rate limits: of the application, the account, the number, or to this user.
        4 | 80_007 | 130_429 | 131_056 => Unavailable,
        // Token, permission, policy, number, request, lock, payment, template required, template.
        0
        | 3
        | 10
        | 33
        | 100
        | 190
        | 200..=299
        | 368
        | 131_031
        | 131_042
        | 131_047
        | 131_051
        | 132_000
        | 132_001
        | 132_012 => Misconfigured,
        _ => return None,
    })
}
