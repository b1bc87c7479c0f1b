//! Who asks Twilio, and where it reports.

use alloc::{format, string::String};

use http::Request;

use super::super::{
    Body, Credential, Endpoint, InvalidSetting, form,
    request::{Authorization, FORM, post},
    setting,
};
use crate::Message;

/// An account at Twilio, with what shows that it is yours.
///
/// # Example
///
/// ```
/// use second_factor::gateway::{Credential, Endpoint, twilio::Account};
///
/// let secret = Credential::new(String::from("secret-of-the-key"))?;
/// let account = Account::with_api_key("AC123", "SK456", &secret)?
///     .report_to(Endpoint::new("https://example.com/hooks/twilio")?);
/// assert!(!format!("{account:?}").contains("secret"));
/// # Ok::<(), second_factor::gateway::InvalidSetting>(())
/// ```
#[derive(Clone, Debug)]
pub struct Account {
    sid: String,
    authorization: Authorization,
    endpoint: Endpoint,
    reports: Option<Endpoint>,
}

impl Account {
    /// The account with this SID, shown by its auth token.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`].
    pub fn new(sid: &str, auth_token: &Credential) -> Result<Self, InvalidSetting> {
        Self::with_api_key(sid, sid, auth_token)
    }

    /// The same, shown by an API key, which can be taken back by itself.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`].
    pub fn with_api_key(sid: &str, key: &str, secret: &Credential) -> Result<Self, InvalidSetting> {
        Ok(Self {
            sid: setting::name(sid)?.into(),
            authorization: Authorization::basic(setting::name(key)?, secret)?,
            endpoint: Endpoint::known("https://api.twilio.com"),
            reports: None,
        })
    }

    /// The same in another region, or at a server of your tests.
    #[must_use]
    pub fn at(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// The same, telling a page of yours what became of each message. The page hands what it is told to
    /// [`Webhooks`](super::Webhooks).
    ///
    /// Without it a message that is lost later is found by nobody but the timer of the route.
    #[must_use]
    pub fn report_to(mut self, page: Endpoint) -> Self {
        self.reports = Some(page);
        self
    }

    pub(super) const fn authorization(&self) -> &Authorization {
        &self.authorization
    }

    /// What creates a resource of this kind.
    pub(super) fn create(&self, kind: &str, fields: &[(&str, &str)]) -> Request<Body> {
        let uri =
            format!("{}/2010-04-01/Accounts/{}/{kind}.json", self.endpoint.as_str(), self.sid);
        post(&uri, &self.authorization, FORM, form::write(fields))
    }

    /// Where to say what became of `message`.
    pub(super) fn reports_of(&self, message: &Message) -> Option<String> {
        self.reports.as_ref().map(|page| page.reporting(message.reference()))
    }
}
