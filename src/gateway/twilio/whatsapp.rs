//! WhatsApp messages through Twilio.

use alloc::{
    format,
    string::{String, ToString as _},
    vec::Vec,
};

use http::Request;
use serde_json::json;

use super::{
    super::{
        Body, InvalidSetting, json::secret, request::remaining_lifetime, setting, whatsapp::nearest,
    },
    Account,
    messages::VALIDITY,
};
use crate::{
    address::AddressKind,
    channel::Channel,
    message::{Language, LayoutError, Message},
    time::UnixTime,
    wiped::Wiped,
};

/// WhatsApp messages through Twilio.
///
/// The messages use authentication templates that you created at Twilio.
///
/// # Source
///
/// Twilio, *Messages resource*; *Send templates*.
///
/// # Example
///
/// ```
/// use second_factor::{
///     Channel, UnixTime,
///     message::{Language, Sender},
///     purpose::Operation, testkit::Preview,
/// };
/// use second_factor::gateway::{Credential, twilio::{Account, WhatsAppMessages}};
///
/// # let now = UnixTime::from_secs(1_800_000_000);
/// let account = Account::new("AC123", &Credential::new(String::from("token"))?)?;
/// let chats = WhatsAppMessages::new(account, "+14155550111", Language::ENGLISH, "HX1")?
///     .in_language(Language::new("es")?, "HX2")?;
/// let sender = Sender::new("Example")?.in_language(Language::new("es-MX")?);
/// let message = Preview::new(sender, Channel::WhatsApp).message(Operation::SignIn);
/// assert!(chats.request(&message, now)?.body().expose().contains("ContentSid=HX2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct WhatsAppMessages {
    account: Account,
    from: String,
    templates: Vec<(Language, String)>,
}

impl WhatsAppMessages {
    /// Creates a gateway that sends the template `content_sid` from a number.
    ///
    /// `language` is the language of the template.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting`], which names the invalid argument.
    pub fn new(
        account: Account,
        number: &str,
        language: Language,
        content_sid: &str,
    ) -> Result<Self, InvalidSetting> {
        let from = setting::sender(number)?.into();
        Self { account, from, templates: Vec::new() }.in_language(language, content_sid)
    }

    /// Adds the template for another language.
    ///
    /// The first template is the fallback for languages without a template.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting::Name`] if the SID is malformed.
    pub fn in_language(
        mut self,
        language: Language,
        content_sid: &str,
    ) -> Result<Self, InvalidSetting> {
        self.templates.push((language, setting::name(content_sid)?.into()));
        Ok(self)
    }

    /// Builds the request that sends the code in `message`. `now` is the current time.
    ///
    /// # Errors
    ///
    /// Returns [`LayoutError`] if `message` is not a WhatsApp message with a code, or if its code
    /// has expired.
    pub fn request(&self, message: &Message, now: UnixTime) -> Result<Request<Body>, LayoutError> {
        let address = message.address();
        let is_ours =
            message.channel() == Channel::WhatsApp && address.kind() == AddressKind::Phone;
        let (Some(code), true) = (message.code(), is_ours) else {
            return Err(LayoutError::OtherChannel);
        };
        let known = self.templates.iter().map(|(language, _)| language);
        let template = nearest(known, message.language()).and_then(|at| self.templates.get(at));
        let Some((_, template)) = template else {
            return Err(LayoutError::OtherChannel);
        };
        let lifetime = remaining_lifetime(message, now, VALIDITY)?.map(|secs| secs.to_string());
        let reports = self.account.reports_of(message);
        let (to, from) =
            (format!("whatsapp:{}", address.expose()), format!("whatsapp:{}", self.from));
        let variables = Wiped::new(secret(json!({ "1": code.expose() })).into_string());
        let mut fields = Vec::from([
            ("To", to.as_str()),
            ("From", from.as_str()),
            ("ContentSid", template.as_str()),
            ("ContentVariables", variables.as_str()),
        ]);
        fields.extend(lifetime.as_deref().map(|secs| ("ValidityPeriod", secs)));
        fields.extend(reports.as_deref().map(|page| ("StatusCallback", page)));
        Ok(self.account.create("Messages", &fields))
    }
}
