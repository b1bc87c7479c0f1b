//! Phone calls through Vonage.

use alloc::string::String;

use http::Request;
use serde_json::json;

use super::{
    super::{Body, Endpoint, InvalidSetting, request::remaining_lifetime, setting},
    Account,
    account::digits,
};
use crate::{
    message::{LayoutError, Message, voice::Call},
    moment::Moment,
};

/// Phone calls through Vonage's Voice API, version 1.
///
/// The request contains the URL of your page from which Vonage fetches the script. The URL contains
/// the id of the call. Neither the request nor the URL contains the code.
///
/// # Source
///
/// Vonage, *Voice API*.
///
/// # Example
///
/// ```
/// use second_factor::{Channel, UnixTime, message::Sender, purpose::Operation, testkit::Preview};
/// use second_factor::gateway::{Credential, Endpoint, vonage::{Account, Calls}};
/// use second_factor::sans_io::Moment;
///
/// # let fresh_seed = [9; 32];
/// let account = Account::with_token(&Credential::new(String::from("a.signed.token"))?)?;
/// let calls = Calls::new(account, "14155550111", Endpoint::new("https://example.com/voice")?)?;
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
    /// Creates a gateway for calls from a number, written without a plus.
    ///
    /// `pages` is the base URL of your pages for calls. The gateway appends a slash and the id of
    /// the call.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting::Sender`] if the number is malformed.
    pub fn new(account: Account, number: &str, pages: Endpoint) -> Result<Self, InvalidSetting> {
        Ok(Self { account, from: setting::plain_sender(number)?.into(), pages })
    }

    /// Returns the call that speaks the code of `message`, and the request to dial it.
    ///
    /// Store the call before you send the request, because Vonage fetches the script at once.
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
        let mut body = json!({
            "to": [{ "type": "phone", "number": digits(&to) }],
            "from": { "type": "phone", "number": self.from },
            "answer_url": [self.pages.page(call.id())],
            "answer_method": "POST",
            "ringing_timer": 20,
            "length_timer": 120,
        });
        if let (Some(fields), Some(page)) = (body.as_object_mut(), reports) {
            fields.insert("event_url".into(), json!([page]));
            fields.insert("event_method".into(), "POST".into());
        }
        let request = self.account.post("v1/calls", body);
        Ok((call, request))
    }
}
