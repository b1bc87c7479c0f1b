//! URLs from your configuration.

use alloc::{format, string::String};

use super::{InvalidSetting, InvalidWebhook};
use crate::message::voice::Call;

/// The trusted URL of a gateway, or of your page that a gateway calls.
///
/// The URL must come from your configuration, never from a request.
///
/// # Input
///
/// A URL must consist of `https://`, a host, an optional port and an optional path. It may have at
/// most 512 characters. `http://` is allowed only for the local machine (`localhost`, `127.0.0.1`,
/// `[::1]`), for tests. A trailing slash is removed.
///
/// # Example
///
/// ```
/// use second_factor::gateway::Endpoint;
///
/// assert_eq!(Endpoint::new("https://example.com/hooks/")?.as_str(), "https://example.com/hooks");
/// assert!(Endpoint::new("http://example.com/hooks").is_err());
/// # Ok::<(), second_factor::gateway::InvalidSetting>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(String);

impl Endpoint {
    /// Parses a URL.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidSetting::Endpoint`] if `text` does not have the format that [`Endpoint`]
    /// requires.
    pub fn new(text: &str) -> Result<Self, InvalidSetting> {
        if text.len() > 512 {
            return Err(InvalidSetting::Endpoint);
        }
        let plain = text.trim_end_matches('/');
        if !plain.bytes().all(is_url_byte) {
            return Err(InvalidSetting::Endpoint);
        }
        let uri: http::Uri = plain.parse().map_err(|_| InvalidSetting::Endpoint)?;
        let is_safe = match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(host)) => !host.is_empty(),
            (Some("http"), Some(host)) => matches!(host, "localhost" | "127.0.0.1" | "[::1]"),
            _ => false,
        };
        if is_safe { Ok(Self(plain.into())) } else { Err(InvalidSetting::Endpoint) }
    }

    /// Returns the URL, without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the URL without its port, or with the default port if it has none.
    pub(super) fn with_other_port(&self) -> String {
        let (scheme, rest) = self.0.split_once("://").unwrap_or_default();
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        match host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            Some((host, _)) => format!("{scheme}://{host}{path}"),
            None if scheme == "http" => format!("{scheme}://{host}:80{path}"),
            None => format!("{scheme}://{host}:443{path}"),
        }
    }

    pub(super) fn known(text: &str) -> Self {
        Self(text.into())
    }

    /// Returns the URL of the page for the call with this id.
    pub(super) fn page(&self, call: &str) -> String {
        format!("{}/{call}", self.0)
    }

    /// Returns the URL of the page for reports on the message with this reference.
    pub(super) fn reporting(&self, reference: &str) -> String {
        // A reference needs no escaping: it has letters, digits, `-` and `_` only.
        format!("{}?{REFERENCE}={reference}", self.0)
    }
}

/// Returns an error unless the request is for the page of `call`.
pub(super) fn of_call<B>(request: &http::Request<B>, call: &Call) -> Result<(), InvalidWebhook> {
    let is_its = request.uri().path().split('/').any(|part| part == call.id());
    if is_its { Ok(()) } else { Err(InvalidWebhook::Malformed) }
}

/// Returns whether a host, a port or a path may contain this byte.
///
/// User names, queries and fragments need other characters.
fn is_url_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b":/.-_~[]%".contains(&byte)
}

/// The query parameter with the reference of a message.
pub(super) const REFERENCE: &str = "reference";
