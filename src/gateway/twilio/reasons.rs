//! What Twilio answers, and what follows.

use http::Response;

use super::super::answer;
use crate::delivery::{
    Receipt,
    Undelivered::{self, Misconfigured, Unavailable, Unreachable},
};

/// What Twilio's answer says of a message or a call that was sent.
///
/// # Errors
///
/// [`Undelivered`], by Twilio's code where it is known, by the status otherwise: what was refused and may
/// work later is *not now*, what was refused otherwise is *misconfigured*, and where Twilio
/// failed nobody can tell.
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
/// let taken = http::Response::builder().status(201).body(r#"{"sid":"SM123"}"#)?;
/// assert_eq!(receipt(&taken).map(|receipt| receipt.id().to_owned()), Ok("SM123".into()));
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

/// What follows from one of Twilio's codes.
pub(super) fn reason(code: u64) -> Option<Undelivered> {
    Some(match code {
        // No such number, no mobile, not allowed from here to there, or its owner wrote STOP.
        13_224 | 21_211 | 21_215 | 21_408 | 21_610 | 21_612 | 21_614 => Unreachable,
        // The phone cannot be reached, has no such subscriber, takes no texts, or the carrier filtered it.
        30_003..=30_008 => Unreachable,
        // Not on WhatsApp.
        63_003 | 63_024 => Unreachable,
        // Too fast, or the queue is full.
        20_429 | 30_001 | 63_018 => Unavailable,
        // Taken for pumping, for a while. Another channel would pay the same people (FAILURES 91).
        30_450 | 30_453 => Unavailable,
        // Credentials, account, sender, or a text where WhatsApp wants a template.
        10_001 | 20_003 | 21_606 | 21_608 | 30_002 | 63_016 => Misconfigured,
        _ => return None,
    })
}
