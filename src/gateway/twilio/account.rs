//! Credentials of a Twilio account, and its status callback.

use alloc::{format, string::String};

use http::Request;

use super::super::{
    Body, Credential, Endpoint, InvalidSetting, form,
    request::{Authorization, FORM, post},
    setting,
};
use crate::message::Message;

/// An account at Twilio, with its credentials.
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
    /// Creates an account from its SID and its auth token.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting`], which names the invalid argument.
    pub fn new(sid: &str, auth_token: &Credential) -> Result<Self, InvalidSetting> {
        Self::with_api_key(sid, sid, auth_token)
    }

    /// Creates an account from its SID and an API key.
    ///
    /// Unlike the auth token, an API key can be revoked without affecting other clients.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting`], which names the invalid argument.
    pub fn with_api_key(sid: &str, key: &str, secret: &Credential) -> Result<Self, InvalidSetting> {
        Ok(Self {
            sid: setting::name(sid)?.into(),
            authorization: Authorization::basic(setting::name(key)?, secret)?,
            endpoint: Endpoint::known("https://api.twilio.com"),
            reports: None,
        })
    }

    /// Sets the server, for another region or for tests.
    #[must_use]
    pub fn at(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// Sets the page to which Twilio reports the status of each message.
    ///
    /// Your page passes each request to [`Webhooks`](super::Webhooks). Without reports, only the
    /// timeout of the route detects a message that is lost after Twilio accepted it.
    #[must_use]
    pub fn report_to(mut self, page: Endpoint) -> Self {
        self.reports = Some(page);
        self
    }

    pub(super) const fn authorization(&self) -> &Authorization {
        &self.authorization
    }

    /// Builds the request that creates a resource of this kind.
    pub(super) fn create(&self, kind: &str, fields: &[(&str, &str)]) -> Request<Body> {
        let uri =
            format!("{}/2010-04-01/Accounts/{}/{kind}.json", self.endpoint.as_str(), self.sid);
        post(&uri, &self.authorization, FORM, form::write(fields))
    }

    /// Returns the URL for reports on `message`.
    pub(super) fn reports_of(&self, message: &Message) -> Option<String> {
        self.reports.as_ref().map(|page| page.reporting(message.reference()))
    }
}
