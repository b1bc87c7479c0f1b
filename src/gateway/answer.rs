//! What gateways answer: taken, or what follows from its not being taken.

use alloc::string::String;

use http::{Response, StatusCode};
use serde_json::Value;

use crate::delivery::{Receipt, Undelivered};

/// The answer as JSON; `Null` when it is none, or too long to be one.
pub(super) fn json<B: AsRef<[u8]>>(answer: &Response<B>) -> Value {
    let body = answer.body().as_ref();
    if body.len() > MOST { Value::Null } else { serde_json::from_slice(body).unwrap_or_default() }
}

/// The receipt that an answer has in this field. What was taken without one may have gone out.
pub(super) fn receipt(id: &Value) -> Result<Receipt, Undelivered> {
    let is_id =
        |id: &&str| (1..=512).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    id.as_str().filter(is_id).map(|id| Receipt::new(String::from(id))).ok_or(Undelivered::Unknown)
}

/// What follows from a status alone, where the gateway gives no reason that is known here.
pub(super) fn by_status(status: StatusCode) -> Undelivered {
    match status {
        // Nobody answered in time, or somebody on the way gave up: the message may be on its way.
        StatusCode::REQUEST_TIMEOUT => Undelivered::Unknown,
        StatusCode::TOO_MANY_REQUESTS => Undelivered::Unavailable,
        status if status.is_success() || status.is_server_error() => Undelivered::Unknown,
        // It was understood and refused, or was sent to the wrong place.
        _ => Undelivered::Misconfigured,
    }
}

/// A text among the fields of an answer.
pub(super) fn text<'a>(body: &'a Value, field: &str) -> Option<&'a str> {
    body.get(field).and_then(Value::as_str)
}

/// A number that some gateways write as text.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// More than any gateway answers or reports.
pub(super) const MOST: usize = 262_144;
