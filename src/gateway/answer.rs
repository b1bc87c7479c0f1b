//! Responses of gateways.

use alloc::string::String;

use http::{Response, StatusCode};
use serde_json::Value;

use crate::delivery::{Receipt, Undelivered};

/// Returns the body as JSON, or `Null` if it is not JSON or is too long.
pub(super) fn json<B: AsRef<[u8]>>(answer: &Response<B>) -> Value {
    let body = answer.body().as_ref();
    if body.len() > MOST { Value::Null } else { serde_json::from_slice(body).unwrap_or_default() }
}

/// Returns the receipt with this id.
///
/// An accepted message without an id may have been sent, so its outcome is `Unknown`.
pub(super) fn receipt(id: &Value) -> Result<Receipt, Undelivered> {
    let is_id =
        |id: &&str| (1..=512).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    id.as_str().filter(is_id).map(|id| Receipt::new(String::from(id))).ok_or(Undelivered::Unknown)
}

/// Returns the outcome for an HTTP status.
///
/// Use it if the body has no error code that this crate knows.
pub(super) fn by_status(status: StatusCode) -> Undelivered {
    // A gateway that accepted the message with an unknown response may have sent it.
    Undelivered::check_http_status(status.as_u16()).err().unwrap_or(Undelivered::Unknown)
}

/// Returns a string field of the body.
pub(super) fn text<'a>(body: &'a Value, field: &str) -> Option<&'a str> {
    body.get(field).and_then(Value::as_str)
}

/// Returns a number, which the JSON may contain as a string.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// The maximum length of a body in bytes.
///
/// No gateway sends longer responses or reports.
pub(super) const MOST: usize = 262_144;
