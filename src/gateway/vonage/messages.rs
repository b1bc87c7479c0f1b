//! Text messages through Vonage.

use alloc::string::String;

use http::Request;
use serde_json::json;

use super::{
    super::{Body, InvalidSetting, request::remaining_lifetime, setting},
    Account,
    account::digits,
};
use crate::{
    message::{LayoutError, Message},
    time::UnixTime,
};

/// Text messages through Vonage's Messages API, version 1.
///
/// Vonage tries to deliver a code as long as it is valid, but for at least 20 seconds.
///
/// # Source
///
/// Vonage, *Messages API*.
///
/// # Example
///
/// ```
/// use second_factor::{Channel, UnixTime, message::Sender, purpose::Operation, testkit::Preview};
/// use second_factor::gateway::{Credential, vonage::{Account, Messages}};
///
/// # let now = UnixTime::from_secs(1_800_000_000);
/// let account = Account::new("abcd1234", &Credential::new(String::from("secret"))?)?;
/// let message = Preview::new(Sender::new("Example")?, Channel::Sms).message(Operation::SignIn);
/// let request = Messages::new(account, "Example")?.request(&message, now)?;
/// assert_eq!(request.uri(), "https://api.nexmo.com/v1/messages");
/// assert!(request.body().expose().contains(r#""ttl":300"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Messages {
    account: Account,
    from: String,
}

impl Messages {
    /// Creates a gateway that sends from a number or a sender name.
    ///
    /// Write a number without a plus.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting::Sender`] if the sender is malformed.
    pub fn new(account: Account, from: &str) -> Result<Self, InvalidSetting> {
        Ok(Self { account, from: setting::plain_sender(from)?.into() })
    }

    /// Builds the request that sends `message`. `now` is the current time.
    ///
    /// # Errors
    ///
    /// Returns [`LayoutError`] if the message is not a text message or is too long, or if its code
    /// has expired.
    pub fn request(&self, message: &Message, now: UnixTime) -> Result<Request<Body>, LayoutError> {
        let sms = message.sms()?;
        let lifetime = remaining_lifetime(message, now, TTL)?;
        let mut body = json!({
            "message_type": "text",
            "channel": "sms",
            "to": digits(message.address()),
            "from": self.from,
            "text": sms.text().expose(),
            "client_ref": message.reference(),
        });
        if let Some(fields) = body.as_object_mut() {
            fields.extend(lifetime.map(|secs| ("ttl".into(), secs.into())));
            if let Some(page) = self.account.reports() {
                fields.insert("webhook_url".into(), page.into());
                fields.insert("webhook_version".into(), "v1".into());
            }
        }
        Ok(self.account.post("v1/messages", body))
    }
}

/// The lifetimes that Vonage allows, in seconds.
const TTL: core::ops::RangeInclusive<u64> = 20..=604_800;
