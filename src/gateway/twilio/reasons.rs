//! Responses and error codes of Twilio.

use http::Response;

use super::super::answer;
use crate::delivery::{
    Receipt,
    Undelivered::{self, Misconfigured, Unavailable, Unreachable},
};

/// Reads Twilio's response to a message or a call.
///
/// # Errors
///
/// Returns [`Undelivered`]. The variant depends on Twilio's error code, or on the HTTP status if
/// this crate does not know the code. A refusal that may succeed later is [`Unavailable`]. Any
/// other refusal is [`Misconfigured`]. If Twilio failed, the outcome is
/// [`Unknown`](Undelivered::Unknown).
///
/// # Source
///
/// Twilio, *Error and warning dictionary*.
///
/// # Example
///
/// ```
/// use second_factor::{delivery::Undelivered, gateway::twilio::receipt};
///
/// let accepted = http::Response::builder().status(201).body(r#"{"sid":"SM123"}"#)?;
/// assert_eq!(receipt(&accepted).map(|receipt| receipt.id().to_owned()), Ok("SM123".into()));
/// let landline = http::Response::builder().status(400).body(r#"{"code":21614}"#)?;
/// assert_eq!(receipt(&landline), Err(Undelivered::Unreachable));
/// # Ok::<(), http::Error>(())
/// ```
pub fn receipt<B: AsRef<[u8]>>(answer: &Response<B>) -> Result<Receipt, Undelivered> {
    let (status, body) = (answer.status(), answer::json(answer));
    let code = if status.is_success() { body.get("error_code") } else { body.get("code") };
    if let Some(known) = code.and_then(answer::number).and_then(reason) {
        return Err(known);
    }
    match body.get("sid") {
        Some(sid) if status.is_success() => answer::receipt(sid),
        _ => Err(answer::by_status(status)),
    }
}

/// Returns the outcome for an error code of Twilio, or `None` for an unknown code.
pub(super) fn reason(code: u64) -> Option<Undelivered> {
    Some(match code {
        // Invalid number, not a mobile number, route not permitted, or the owner replied STOP.
        13_224 | 21_211 | 21_215 | 21_408 | 21_610 | 21_612 | 21_614 => Unreachable,
        // Unreachable phone, unknown subscriber, no text messages, or filtered by the carrier.
        30_003..=30_008 => Unreachable,
        // Not on WhatsApp.
        63_003 | 63_024 => Unreachable,
        // Rate limit, or a full queue.
        20_429 | 30_001 | 63_018 => Unavailable,
        // Suspected SMS pumping. Another channel would pay the same fraudsters (FAILURES 91).
        30_450 | 30_453 => Unavailable,
        // A sender that is not registered at the carriers of the country (A2P 10DLC, toll-free).
        30_024 | 30_032 | 30_034 => Misconfigured,
        // Credentials, account, sender, or free text where WhatsApp requires a template.
        10_001 | 20_003 | 21_606 | 21_608 | 30_002 | 63_016 => Misconfigured,
        _ => return None,
    })
}
