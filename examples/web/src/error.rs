//! Error responses and error messages for users.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{Error, Reason, UnixTime};

use crate::page;

/// Error returned by handlers.
pub enum AppError {
    /// The application failed.
    Internal(Box<dyn core::error::Error + Send + Sync>),
    /// The submitted form does not match the current state of the page.
    InvalidForm,
    /// The user must visit this path first.
    Redirect(&'static str),
}

/// Lets handlers use `?` with any error.
impl<E: core::error::Error + Send + Sync + 'static> From<E> for AppError {
    fn from(error: E) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            Self::Internal(error) => {
                eprintln!("internal error: {error}");
                let text = "Something went wrong on our side. Nothing was changed. \
                            Please try again.";
                let page = page::message_page("Sorry", text);
                (StatusCode::INTERNAL_SERVER_ERROR, page).into_response()
            }
            Self::InvalidForm => {
                let text = "This page has changed since you opened it. Go back and reload it.";
                (StatusCode::BAD_REQUEST, page::message_page("Page out of date", text))
                    .into_response()
            }
            Self::Redirect(path) => Redirect::to(path).into_response(),
        }
    }
}

// guide: refusal
/// Returns the message for the user: one text for all refused codes, and when to retry.
pub fn user_message(error: &Error, now: UnixTime) -> String {
    if let Some(at) = error.retry_at() {
        return format!("Please wait {}, then try again.", format_duration(at.since(now)));
    }
    match error {
        Error::Denied(denial) => match denial.reason() {
            // These reasons are distinguished for signed-in users only.
            Reason::LastFactor => {
                "This is your last second factor. Turn off two-factor authentication instead."
            }
            Reason::TooMany => "You have reached the limit. Remove one before you add another.",
            Reason::TooCommon => "Choose a PIN that is not part of your phone number.",
            _ => "That didn't work. Check what you entered, or request a new code.",
        }
        .into(),
        Error::Pin(reason) => format!("Choose another PIN: {reason}."),
        Error::Undelivered { .. } => "We couldn't send the code. Try another method.".into(),
        _ => {
            "Something went wrong on our side and access was not granted. Please try again.".into()
        }
    }
}
// end of guide

/// Returns whether factors are enrolled, but none can be used.
pub fn has_no_method(error: &Error) -> bool {
    let reason = error.denial().map(|denial| denial.reason());
    matches!(reason, Some(Reason::Disabled | Reason::NotAllowed))
}

/// Formats a duration in words, such as "2 minutes".
pub fn format_duration(secs: u64) -> String {
    let (count, unit) = match secs {
        0..=119 => (secs.max(1), "second"),
        120..=7199 => (secs.div_ceil(60), "minute"),
        7200..=172_799 => (secs.div_ceil(3600), "hour"),
        _ => (secs.div_ceil(86_400), "day"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}
