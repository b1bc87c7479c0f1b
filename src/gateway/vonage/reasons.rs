//! Responses and error codes of Vonage.

use http::Response;
use serde_json::Value;

use super::super::answer;
use crate::delivery::{
    Receipt,
    Undelivered::{self, Misconfigured, Unavailable, Unknown, Unreachable},
};

/// Reads Vonage's response to a message or a call.
///
/// # Errors
///
/// Returns [`Undelivered`]. The variant depends on Vonage's error code, or on the HTTP status if
/// this crate does not know the code. A refusal that may succeed later is [`Unavailable`]. Any
/// other refusal is [`Misconfigured`]. If Vonage failed, the outcome is [`Unknown`].
///
/// # Source
///
/// Vonage, *API errors*; *Messages API errors*.
///
/// # Example
///
/// ```
/// use second_factor::{delivery::Undelivered, gateway::vonage::receipt};
///
/// let accepted = http::Response::builder().status(202).body(r#"{"message_uuid":"aaaa-1"}"#)?;
/// assert_eq!(receipt(&accepted).map(|receipt| receipt.id().to_owned()), Ok("aaaa-1".into()));
/// let busy = http::Response::builder().status(429).body("")?;
/// assert_eq!(receipt(&busy), Err(Undelivered::Unavailable));
/// # Ok::<(), http::Error>(())
/// ```
pub fn receipt<B: AsRef<[u8]>>(answer: &Response<B>) -> Result<Receipt, Undelivered> {
    let (status, body) = (answer.status(), answer::json(answer));
    match body.get("message_uuid").or(body.get("uuid")) {
        Some(id) if status.is_success() => answer::receipt(id),
        _ => Err(code(&body).and_then(reason).unwrap_or(answer::by_status(status))),
    }
}

/// Returns the number of an error, from its title or from the fragment of its URL.
pub(super) fn code(error: &Value) -> Option<u64> {
    let by_page = || error.get("type")?.as_str()?.rsplit_once('#')?.1.parse().ok();
    error.get("title").and_then(answer::number).or_else(by_page)
}

/// Returns the outcome for an error code of Vonage, or `None` for an unknown code.
pub(super) fn reason(code: u64) -> Option<Undelivered> {
    Some(match code {
        // The number is invalid, barred, absent, moved, opted out, unroutable, blocked, out of
        // credit, unknown, or has no suitable device; or the message was filtered or expired.
        1040 | 1050 | 1170 | 1180 | 1190 | 1200 | 1210 | 1220 | 1240 | 1250 | 1260 | 1270
        | 1280 | 1290 | 1300 | 1310 | 1330 | 1360 => Unreachable,
        // Rate limit, or a temporary fault.
        1000 | 1030 | 1100 | 1230 | 1241 => Unavailable,
        // A duplicate: another request sent the message.
        1320 => Unknown,
        1010 | 1020 | 1021 | 1022 | 1060 | 1070 | 1080 | 1090 | 1110 | 1120 | 1130 | 1140
        | 1150 | 1160 | 1340 => Misconfigured,
        _ => return None,
    })
}
