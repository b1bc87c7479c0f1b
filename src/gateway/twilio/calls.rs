//! Calls through Twilio.

use alloc::{string::String, vec::Vec};

use http::Request;

use super::{
    super::{Body, Endpoint, InvalidSetting, request::life, setting},
    Account,
};
use crate::{
    Message,
    message::{LayoutError, voice::Call},
    moment::Moment,
};

/// Calls through Twilio.
///
/// The request holds a page of yours that Twilio asks what to say, named by the id of the
/// call; the code is neither in it nor in any address. Whether a machine answers is not asked:
/// it costs time and money, and a machine presses no key.
///
/// # Source
///
/// Twilio, *Calls resource*.
///
/// # Example
///
/// ```
/// use second_factor::{UnixTime, Purpose, message::{Channel, Sender}, testkit::Preview};
/// use second_factor::gateway::{Credential, Endpoint, twilio::{Account, Calls}};
/// use second_factor::sans_io::Moment;
///
/// # let fresh_seed = [9; 32];
/// let account = Account::new("AC123", &Credential::new(String::from("token"))?)?;
/// let calls = Calls::new(account, "+14155550111", Endpoint::new("https://example.com/voice")?)?;
/// let message = Preview::new(Sender::new("Example")?, Channel::Voice).message(Purpose::SignIn);
/// let now = Moment::new(UnixTime::from_secs(1_800_000_000), fresh_seed);
///
/// let (call, request) = calls.dial(message, now)?;
/// assert!(request.body().expose().contains(call.id()));   // keep `call` under this id
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
    /// From this number. `pages` is where your pages for calls begin: behind it come a slash and the id of
    /// a call.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting::Sender`].
    pub fn new(account: Account, number: &str, pages: Endpoint) -> Result<Self, InvalidSetting> {
        Ok(Self { account, from: setting::sender(number)?.into(), pages })
    }

    /// The call that says the code of `message`, and what dials it.
    ///
    /// Keep the call first, then send the request: Twilio asks for its words at once.
    ///
    /// # Errors
    ///
    /// [`LayoutError`]: the message is no call with a code, or its code is dead.
    pub fn dial(
        &self,
        message: Message,
        now: Moment,
    ) -> Result<(Call, Request<Body>), LayoutError> {
        let _alive = life(&message, now.now(), 1..=u64::MAX)?;
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
