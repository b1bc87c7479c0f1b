//! Phone calls through Twilio.

use alloc::{string::String, vec::Vec};

use http::Request;

use super::{
    super::{Body, Endpoint, InvalidSetting, request::remaining_lifetime, setting},
    Account,
};
use crate::{
    message::{LayoutError, Message, voice::Call},
    moment::Moment,
};

/// Phone calls through Twilio.
///
/// The request contains the URL of your page from which Twilio fetches the script. The URL contains
/// the id of the call. Neither the request nor the URL contains the code. Answering machine
/// detection is off, because it costs time and money, and a machine does not press a key.
///
/// # Source
///
/// Twilio, *Calls resource*.
///
/// # Example
///
/// ```
/// use second_factor::{Channel, UnixTime, message::Sender, purpose::Operation, testkit::Preview};
/// use second_factor::gateway::{Credential, Endpoint, twilio::{Account, Calls}};
/// use second_factor::sans_io::Moment;
///
/// # let fresh_seed = [9; 32];
/// let account = Account::new("AC123", &Credential::new(String::from("token"))?)?;
/// let calls = Calls::new(account, "+14155550111", Endpoint::new("https://example.com/voice")?)?;
/// let message = Preview::new(Sender::new("Example")?, Channel::Voice).message(Operation::SignIn);
/// let now = Moment::new(UnixTime::from_secs(1_800_000_000), fresh_seed);
///
/// let (call, request) = calls.dial(message, now)?;
/// assert!(request.body().expose().contains(call.id()));   // store `call` under this id
/// assert!(!request.body().expose().contains("747723"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Calls {
    account: Account,
    from: String,
    pages: Endpoint,
}

impl Calls {
    /// Creates a gateway for calls from this number.
    ///
    /// `pages` is the base URL of your pages for calls. The gateway appends a slash and the id of
    /// the call.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting::Sender`] if the number is malformed.
    pub fn new(account: Account, number: &str, pages: Endpoint) -> Result<Self, InvalidSetting> {
        Ok(Self { account, from: setting::sender(number)?.into(), pages })
    }

    /// Returns the call that speaks the code of `message`, and the request to dial it.
    ///
    /// Store the call before you send the request, because Twilio fetches the script at once.
    ///
    /// # Errors
    ///
    /// Returns [`LayoutError`] if the message is not a call with a code, or if the code has
    /// expired.
    pub fn dial(
        &self,
        message: Message,
        now: Moment,
    ) -> Result<(Call, Request<Body>), LayoutError> {
        let _remaining = remaining_lifetime(&message, now.now(), 1..=u64::MAX)?;
        let (to, reports) = (message.address().clone(), self.account.reports_of(&message));
        let call = Call::new(message, now)?;
        let page = self.pages.page(call.id());
        let mut fields = Vec::from([
            ("To", to.expose()),
            ("From", self.from.as_str()),
            ("Url", page.as_str()),
            ("Method", "POST"),
            ("Timeout", "20"),
            ("TimeLimit", "120"),
            ("Record", "false"),
        ]);
        if let Some(page) = &reports {
            fields
                .extend([("StatusCallback", page.as_str()), ("StatusCallbackEvent", "completed")]);
        }
        let request = self.account.create("Calls", &fields);
        Ok((call, request))
    }
}
