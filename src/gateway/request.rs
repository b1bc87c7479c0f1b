//! Construction of HTTP requests.

use alloc::string::String;

use base64ct::{Base64, Encoding as _};
use http::{HeaderValue, Method, Request, header};

use super::{Body, Credential, InvalidSetting};
use crate::{
    message::{LayoutError, Message},
    secret::SecretText,
    time::UnixTime,
    wiped::Wiped,
};

/// The value of the header `authorization`.
#[derive(Clone, Debug)]
pub(super) struct Authorization(Credential);

impl Authorization {
    /// Creates basic credentials (RFC 7617).
    pub(super) fn basic(name: &str, password: &Credential) -> Result<Self, InvalidSetting> {
        let pair = Wiped::new([name, ":", password.as_str()].concat());
        let pair = Wiped::new(Base64::encode_string(pair.as_bytes()));
        Self::of(["Basic ", &pair].concat())
    }

    /// Creates a bearer token (RFC 6750 §2.1).
    pub(super) fn bearer(token: &Credential) -> Result<Self, InvalidSetting> {
        Self::of(["Bearer ", token.as_str()].concat())
    }

    fn of(text: String) -> Result<Self, InvalidSetting> {
        Credential::header(text).map(Self)
    }

    fn header(&self) -> HeaderValue {
        // A credential is visible ASCII, which any header may contain.
        let mut value =
            HeaderValue::from_str(self.0.as_str()).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

/// Builds a `POST` request to `uri`, which consists of validated settings.
pub(super) fn post(
    uri: &str,
    authorization: &Authorization,
    content: &'static str,
    body: SecretText,
) -> Request<Body> {
    let mut request = shown(Method::POST, uri, authorization, body);
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content));
    request
}

/// Builds a `DELETE` request to `uri`, which consists of validated settings.
pub(super) fn delete(uri: &str, authorization: &Authorization) -> Request<Body> {
    shown(Method::DELETE, uri, authorization, SecretText::new(String::new()))
}

fn shown(
    method: Method,
    uri: &str,
    authorization: &Authorization,
    body: SecretText,
) -> Request<Body> {
    let mut request = Request::new(Body::new(body));
    *request.method_mut() = method;
    *request.uri_mut() = uri.parse().unwrap_or_default();
    request.headers_mut().insert(header::AUTHORIZATION, authorization.header());
    request
}

/// Returns how many seconds a provider may try to deliver a message.
///
/// The result is the remaining lifetime of the code, within `bounds`. For a notice, which does not
/// expire, the result is `None`.
pub(super) fn remaining_lifetime(
    message: &Message,
    now: UnixTime,
    bounds: core::ops::RangeInclusive<u64>,
) -> Result<Option<u64>, LayoutError> {
    let Some(expires) = message.expires() else {
        return Ok(None);
    };
    match expires.since(now) {
        0 => Err(LayoutError::Late),
        // A clock that was set back must not extend the lifetime of a code.
        left => Ok(Some(
            left.min(message.lifetime().unwrap_or(left)).clamp(*bounds.start(), *bounds.end()),
        )),
    }
}

pub(super) const FORM: &str = "application/x-www-form-urlencoded";
pub(super) const JSON: &str = "application/json";
