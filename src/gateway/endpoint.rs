//! Addresses on the web, from your configuration.

use alloc::{format, string::String};

use super::{InvalidSetting, InvalidWebhook};
use crate::message::voice::Call;

/// An address on the web that you trust: of a gateway, or of a page of yours that a gateway calls.
///
/// Comes from your configuration, never from a request.
///
/// # Input
///
/// `https://`, a host, perhaps a port and a path; at most 512 characters. `http://` is taken for the
/// machine itself alone (`localhost`, `127.0.0.1`, `[::1]`), for tests. A slash at the end is dropped.
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
    /// The address that `text` writes.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting::Endpoint`].
    pub fn new(text: &str) -> Result<Self, InvalidSetting> {
        let plain = text.trim_end_matches('/');
        if text.len() > 512 || !plain.bytes().all(is_of_an_address) {
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

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An address of the gateway that is known here.
    pub(super) fn known(text: &str) -> Self {
        Self(text.into())
    }

    /// The page for the call with this name.
    pub(super) fn page(&self, call: &str) -> String {
        format!("{}/{call}", self.0)
    }

    /// The page that hears what became of the message with this reference.
    pub(super) fn reporting(&self, reference: &str) -> String {
        // A reference needs no escaping: letters, digits, `-` and `_`.
        format!("{}?{REFERENCE}={reference}", self.0)
    }
}

/// Whether the page that was asked is that of `call`.
pub(super) fn of_call<B>(request: &http::Request<B>, call: &Call) -> Result<(), InvalidWebhook> {
    let is_its = request.uri().path().split('/').any(|part| part == call.id());
    if is_its { Ok(()) } else { Err(InvalidWebhook::Malformed) }
}

/// Of a host, a port or a path: no user name, no query, no fragment.
fn is_of_an_address(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b":/.-_~[]%".contains(&byte)
}

/// The field of a query that names a message.
pub(super) const REFERENCE: &str = "reference";
