//! Who asks Vonage, and where it reports.

use alloc::{format, string::String};

use http::Request;
use serde_json::Value;

use super::super::{
    Body, Credential, Endpoint, InvalidSetting,
    json::secret,
    request::{Authorization, JSON, delete, post},
    setting,
};
use crate::{Message, address::Address};

/// An account or application at Vonage, with what shows that it is yours.
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
    /// The account with this key, shown by its secret. Sends messages and checks codes; calls want a token.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`].
    pub fn new(key: &str, secret: &Credential) -> Result<Self, InvalidSetting> {
        Ok(Self::shown_by(Authorization::basic(setting::name(key)?, secret)?))
    }

    /// The application that this JWT was signed for, with its private key. It lives for minutes, so make the
    /// account anew with each.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting::Credential`].
    pub fn with_token(jwt: &Credential) -> Result<Self, InvalidSetting> {
        Ok(Self::shown_by(Authorization::bearer(jwt)?))
    }

    fn shown_by(authorization: Authorization) -> Self {
        Self { authorization, endpoint: Endpoint::known("https://api.nexmo.com"), reports: None }
    }

    /// The same in another region, or at a server of your tests.
    #[must_use]
    pub fn at(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// The same, telling this page of yours what became of each message, and not the one that was set for
    /// the application. The page hands what it is told to [`Webhooks`](super::Webhooks).
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

/// The number as Vonage writes it.
pub(super) fn digits(address: &Address) -> &str {
    address.expose().trim_start_matches('+')
}
