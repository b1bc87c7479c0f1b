//! Text messages through Twilio.

use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};

use http::Request;

use super::{
    super::{Body, InvalidSetting, request::remaining_lifetime, setting},
    Account,
};
use crate::{
    message::{LayoutError, Message},
    time::UnixTime,
};

/// Text messages through Twilio.
///
/// Each request asks Twilio to:
///
/// - deliver a code only while it is valid;
/// - discard the text and obfuscate the number, which requires *Message Redaction* for the account
///   (see [`retain`](Self::retain));
/// - block traffic that resembles SMS pumping;
/// - send the text unchanged.
///
/// # Source
///
/// Twilio, *Messages resource*.
///
/// # Example
///
/// ```
/// use second_factor::{Channel, UnixTime, message::Sender, purpose::Operation, testkit::Preview};
/// use second_factor::gateway::{Credential, twilio::{Account, Messages}};
///
/// # let now = UnixTime::from_secs(1_800_000_000);
/// let token = Credential::new(String::from("token"))?;
/// let texts = Messages::from_service(Account::new("AC123", &token)?, "MG456")?;
/// let message = Preview::new(Sender::new("Example")?, Channel::Sms).message(Operation::SignIn);
/// let request = texts.request(&message, now)?;
/// assert_eq!(request.uri(), "https://api.twilio.com/2010-04-01/Accounts/AC123/Messages.json");
/// assert!(request.body().expose().contains("ValidityPeriod=300"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Messages {
    account: Account,
    from: (&'static str, String),
    is_retained: bool,
}

impl Messages {
    /// Creates a gateway that sends from a number, short code or sender name.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting::Sender`] if the sender is malformed.
    pub fn from_number(account: Account, number: &str) -> Result<Self, InvalidSetting> {
        let from = ("From", setting::sender(number)?.into());
        Ok(Self { account, from, is_retained: false })
    }

    /// Creates a gateway that sends through the messaging service with this SID.
    ///
    /// The service chooses the number.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting::Name`] if the SID is malformed.
    pub fn from_service(account: Account, sid: &str) -> Result<Self, InvalidSetting> {
        let from = ("MessagingServiceSid", setting::name(sid)?.into());
        Ok(Self { account, from, is_retained: false })
    }

    /// Allows Twilio to store numbers, and texts, which contain codes.
    ///
    /// An account without *Message Redaction* needs this setting.
    #[must_use]
    pub fn retain(mut self) -> Self {
        self.is_retained = true;
        self
    }

    /// Builds the request that sends `message`. `now` is the current time.
    ///
    /// # Errors
    ///
    /// Returns [`LayoutError`] if the message is not a text message or is too long, or if its code
    /// has expired.
    pub fn request(&self, message: &Message, now: UnixTime) -> Result<Request<Body>, LayoutError> {
        let sms = message.sms()?;
        let lifetime = remaining_lifetime(message, now, VALIDITY)?.map(|secs| secs.to_string());
        let reports = self.account.reports_of(message);
        let mut fields = Vec::from([
            ("To", message.address().expose()),
            (self.from.0, self.from.1.as_str()),
            ("Body", sms.text().expose()),
        ]);
        fields.extend(lifetime.as_deref().map(|secs| ("ValidityPeriod", secs)));
        if !self.is_retained {
            fields.extend([("ContentRetention", "discard"), ("AddressRetention", "obfuscate")]);
        }
        // The text must arrive unchanged: the user sees the agreement exactly as it is hashed (STD
        // M-02).
        fields.extend([("RiskCheck", "enable"), ("SmartEncoded", "false")]);
        fields.extend(reports.as_deref().map(|page| ("StatusCallback", page)));
        Ok(self.account.create("Messages", &fields))
    }
}

/// The lifetimes that Twilio allows, in seconds.
pub(super) const VALIDITY: core::ops::RangeInclusive<u64> = 1..=36_000;
