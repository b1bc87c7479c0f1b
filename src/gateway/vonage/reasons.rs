//! What Vonage answers, and what follows.

use http::Response;
use serde_json::Value;

use super::super::answer;
use crate::delivery::{
    Receipt,
    Undelivered::{self, Misconfigured, Unavailable, Unknown, Unreachable},
};

/// What Vonage's answer says of a message or a call that was sent.
///
/// # Errors
///
/// [`Undelivered`], by Vonage's code where it is known, by the status otherwise: what was refused and may
/// work later is *not now*, what was refused otherwise is *misconfigured*, and where Vonage failed nobody
/// can tell.
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
/// let taken = http::Response::builder().status(202).body(r#"{"message_uuid":"aaaa-1"}"#)?;
/// assert_eq!(receipt(&taken).map(|receipt| receipt.id().to_owned()), Ok("aaaa-1".into()));
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

/// The number of an error: its title, or the last part of the page that explains it.
pub(super) fn code(error: &Value) -> Option<u64> {
    let by_page = || error.get("type")?.as_str()?.rsplit_once('#')?.1.parse().ok();
    error.get("title").and_then(answer::number).or_else(by_page)
}

/// What follows from one of Vonage's codes.
pub(super) fn reason(code: u64) -> Option<Undelivered> {
    Some(match code {
        // The number is wrong, barred, absent, moved, opted out, unroutable, blocked, out of credit, not
        // there, or has no device for it; or the message was filtered or came to its end.
        1040 | 1050 | 1170 | 1180 | 1190 | 1200 | 1210 | 1220 | 1240 | 1250 | 1260 | 1270
        | 1280 | 1290 | 1300 | 1310 | 1330 | 1360 => Unreachable,
        // Too fast, or a fault on the way.
        1000 | 1030 | 1100 | 1230 | 1241 => Unavailable,
        // Sent before, by whichever request.
        1320 => Unknown,
        1010 | 1020 | 1021 | 1022 | 1060 | 1070 | 1080 | 1090 | 1110 | 1120 | 1130 | 1140
        | 1150 | 1160 | 1340 => Misconfigured,
        _ => return None,
    })
}
