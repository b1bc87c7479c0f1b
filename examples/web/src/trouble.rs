//! What goes wrong, and what the person is told of it: little.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use second_factor::{Error, UnixTime, verdict::Reason};

use crate::page;

/// Why a page was not given.
pub enum Trouble {
    /// The application failed.
    Broken(Box<dyn core::error::Error + Send + Sync>),
    /// What the form said is nothing that our forms say.
    Odd,
    /// Go there first.
    Elsewhere(&'static str),
}

/// Any error of the application becomes one by `?`.
impl<E: core::error::Error + Send + Sync + 'static> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Broken(Box::new(error))
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        match self {
            Self::Broken(error) => {
                eprintln!("a page was not given: {error}");
                let text = "Something went wrong on our side. Nothing was changed. Try again.";
                (StatusCode::INTERNAL_SERVER_ERROR, page::plain("Sorry", text)).into_response()
            }
            Self::Odd => {
                let text = "This page has changed since you opened it. Go back and reload it.";
                (StatusCode::BAD_REQUEST, page::plain("Try again", text)).into_response()
            }
            Self::Elsewhere(path) => Redirect::to(path).into_response(),
        }
    }
}

// guide: refusal
/// What the person is told: one text for every refusal of a code, and how long to wait.
pub fn words(error: &Error, now: UnixTime) -> String {
    if let Some(at) = error.retry_at() {
        return format!("Not yet. Try again in {}.", span(at.since(now)));
    }
    match error {
        Error::Denied(denial) => match denial.reason() {
            // Of what is told apart here only those hear who are signed in.
            Reason::LastFactor => "This is your last second factor. Turn two-factor off instead.",
            Reason::TooMany => "You have as many of these as you may have.",
            Reason::TooCommon => "Choose a PIN that is not part of your phone number.",
            _ => "That did not work. Check what you typed, or ask for a new code.",
        }
        .into(),
        Error::Pin(why) => format!("Choose another PIN: {why}."),
        Error::Undelivered { .. } => "We could not send it. Try another way.".into(),
        _ => "Something went wrong on our side, and nobody was let in. Try again.".into(),
    }
}
// end of guide

/// A length of time in words.
pub fn span(secs: u64) -> String {
    let (count, unit) = match secs {
        0..=119 => (secs.max(1), "second"),
        120..=7199 => (secs.div_ceil(60), "minute"),
        7200..=172_799 => (secs.div_ceil(3600), "hour"),
        _ => (secs.div_ceil(86_400), "day"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}
