//! Credentials of a Vonage account, and its status webhook.

use alloc::{format, string::String};

use http::Request;
use serde_json::Value;

use super::super::{
    Body, Credential, Endpoint, InvalidSetting,
    json::secret,
    request::{Authorization, JSON, delete, post},
    setting,
};
use crate::{address::Address, message::Message};

/// An account or application at Vonage, with its credentials.
///
/// # Example
///
/// ```
/// use second_factor::gateway::{Credential, Endpoint, vonage::Account};
///
/// let jwt = Credential::new(String::from("a.signed.token"))?;
/// let account = Account::with_token(&jwt)?
///     .at(Endpoint::new("https://api-eu.vonage.com")?)
///     .report_to(Endpoint::new("https://example.com/hooks/vonage")?);
/// assert!(!format!("{account:?}").contains("signed"));
/// # Ok::<(), second_factor::gateway::InvalidSetting>(())
/// ```
#[derive(Clone, Debug)]
pub struct Account {
    authorization: Authorization,
    endpoint: Endpoint,
    reports: Option<Endpoint>,
}

impl Account {
    /// Creates an account from its API key and secret.
    ///
    /// Such an account can send messages and check codes. Calls require
    /// [`with_token`](Self::with_token).
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting`], which names the invalid argument.
    pub fn new(key: &str, secret: &Credential) -> Result<Self, InvalidSetting> {
        Ok(Self::authenticated_by(Authorization::basic(setting::name(key)?, secret)?))
    }

    /// Creates an account from the JWT of an application, signed with its private key.
    ///
    /// A JWT is valid for a few minutes, so create the account again for each new JWT.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting::Credential`] if the JWT does not fit into a header.
    pub fn with_token(jwt: &Credential) -> Result<Self, InvalidSetting> {
        Ok(Self::authenticated_by(Authorization::bearer(jwt)?))
    }

    fn authenticated_by(authorization: Authorization) -> Self {
        Self { authorization, endpoint: Endpoint::known("https://api.nexmo.com"), reports: None }
    }

    /// Sets the server, for another region or for tests.
    #[must_use]
    pub fn at(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// Sets the page to which Vonage reports the status of each message.
    ///
    /// This page replaces the page in the settings of the application at Vonage. Your page passes
    /// each request to [`Webhooks`](super::Webhooks).
    #[must_use]
    pub fn report_to(mut self, page: Endpoint) -> Self {
        self.reports = Some(page);
        self
    }

    pub(super) fn post(&self, path: &str, body: Value) -> Request<Body> {
        post(&self.uri(path), &self.authorization, JSON, secret(body))
    }

    pub(super) fn delete(&self, path: &str) -> Request<Body> {
        delete(&self.uri(path), &self.authorization)
    }

    fn uri(&self, path: &str) -> String {
        format!("{}/{path}", self.endpoint.as_str())
    }

    pub(super) fn reports(&self) -> Option<&str> {
        self.reports.as_ref().map(Endpoint::as_str)
    }

    pub(super) fn reports_of(&self, message: &Message) -> Option<String> {
        self.reports.as_ref().map(|page| page.reporting(message.reference()))
    }
}

/// Returns the number as Vonage writes it, without the plus.
pub(super) fn digits(address: &Address) -> &str {
    address.expose().trim_start_matches('+')
}
