//! Responses to requests that did not succeed.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::html;
use second_factor::{Error, Reason, UnixTime};
use serde_json::json;

use crate::{
    context,
    page::{self, Page},
    request::RequestInfo,
    session::SessionError,
    text::Text,
    two_factor::TwoFactor,
};

/// Why a request did not succeed.
///
/// A handler returns it bare. The router renders it, as a page or as JSON.
pub(crate) enum Failure {
    /// The request came from another site.
    CrossSite,
    /// The submitted form does not match the current state of the page.
    OutOfDate,
    /// The router has no such page.
    NotFound,
    /// The session middleware is missing.
    NoSession,
    Session(SessionError),
    /// The user must sign in first, at this path, and then opens the page that was asked for.
    SignIn {
        location: String,
        then: Option<String>,
    },
    /// The user must do something first, at this path: the name of the error says what.
    First {
        error: &'static str,
        status: StatusCode,
        location: String,
    },
    Verifier(Error),
    WebAuthn(Box<dyn core::error::Error + Send + Sync>),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Verifier(error)
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

/// A failure on its way from a handler to the router.
#[derive(Clone)]
pub(crate) struct Unrendered(std::sync::Arc<Failure>);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(Unrendered(std::sync::Arc::new(self)));
        response
    }
}

/// Renders the failure in a response, if there is one.
pub(crate) fn rendered(
    mut response: Response,
    two_factor: &TwoFactor,
    info: &RequestInfo,
) -> Response {
    match response.extensions_mut().remove::<Unrendered>() {
        Some(Unrendered(failure)) => failure.render(two_factor, info),
        None => response,
    }
}

impl Failure {
    /// Returns the response, as a page or as JSON.
    pub(crate) fn render(&self, two_factor: &TwoFactor, info: &RequestInfo) -> Response {
        let text = info.text;
        match self {
            Self::CrossSite => self.plain(
                (StatusCode::FORBIDDEN, "cross_site"),
                "Request refused",
                "This request did not come from a page of this site. Open the page again and retry.",
                (two_factor, info),
            ),
            Self::OutOfDate => self.plain(
                (StatusCode::BAD_REQUEST, "out_of_date"),
                "Page out of date",
                "This page has changed since you opened it. Go back and reload it.",
                (two_factor, info),
            ),
            Self::NotFound => self.plain(
                (StatusCode::NOT_FOUND, "not_found"),
                "Page not found",
                "This page does not exist.",
                (two_factor, info),
            ),
            Self::NoSession | Self::Session(_) | Self::WebAuthn(_) => self.sorry(two_factor, info),
            Self::SignIn { location, then } => {
                let status = StatusCode::UNAUTHORIZED;
                let mut response = go_first("sign_in_required", status, location, info);
                let then = then.as_deref().filter(|_| !info.wants_json);
                if let Some(cookie) = then.and_then(|then| then_cookie(then, info)) {
                    response.headers_mut().append(header::SET_COOKIE, cookie);
                }
                response
            }
            Self::First { error, status, location } => go_first(error, *status, location, info),
            Self::Verifier(error) => match error.denial() {
                Some(_) if info.wants_json => refusal(error, two_factor, info),
                Some(_) => page::message(
                    status(error),
                    text.of("That didn't work"),
                    &message(error, now(two_factor), text),
                    two_factor,
                    info,
                ),
                None => self.sorry(two_factor, info),
            },
        }
    }

    fn plain(
        &self,
        (status, name): (StatusCode, &str),
        title: &'static str,
        says: &'static str,
        (two_factor, info): (&TwoFactor, &RequestInfo),
    ) -> Response {
        let text = info.text;
        if info.wants_json {
            let body = Json(json!({ "error": name, "message": text.of(says) }));
            return (status, body).into_response();
        }
        page::message(status, text.of(title), text.of(says), two_factor, info)
    }

    /// Something failed on our side.
    fn sorry(&self, two_factor: &TwoFactor, info: &RequestInfo) -> Response {
        let (status, cause) = match self {
            Self::Verifier(error) => (status(error), error.to_string()),
            Self::Session(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
            Self::WebAuthn(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "the session middleware is missing".into()),
        };
        tracing::error!("{cause}");
        let says = "Something went wrong on our side. Nothing was changed. Please try again.";
        self.plain((status, "failed"), "Sorry", says, (two_factor, info))
    }
}

fn then_cookie(then: &str, info: &RequestInfo) -> Option<HeaderValue> {
    let (name, secure) =
        (context::then_cookie(info.is_secure), if info.is_secure { "; Secure" } else { "" });
    let cookie = format!("{name}={then}; Path=/; Max-Age=900; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&cookie).ok()
}

fn go_first(error: &str, status: StatusCode, location: &str, info: &RequestInfo) -> Response {
    if !info.wants_json {
        return page::see_other(location);
    }
    let says = match error {
        "sign_in_required" => "Sign in first.",
        "step_up_required" => "Confirm it's you at this location, then send the request again.",
        _ => "Open this location first, then send the request again.",
    };
    let body = json!({ "error": error, "location": location, "message": info.text.of(says) });
    (status, Json(body)).into_response()
}

/// Returns the JSON of a refused call.
pub(crate) fn refusal(error: &Error, two_factor: &TwoFactor, info: &RequestInfo) -> Response {
    let (name, retry_at) = match error.retry_at() {
        Some(at) => ("wait", Some(at.as_secs())),
        None if error.is_safe_to_show() => ("not_possible", None),
        None => ("refused", None),
    };
    let body = json!({
        "error": name,
        "message": message(error, now(two_factor), info.text),
        "retry_at": retry_at,
    });
    (status(error), Json(body)).into_response()
}

fn now(two_factor: &TwoFactor) -> UnixTime {
    two_factor.verifier().now().unwrap_or_default()
}

fn status(error: &Error) -> StatusCode {
    StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Returns the message for the user: one text for all refused codes, and when to retry.
pub(crate) fn message(error: &Error, now: UnixTime, text: Text) -> String {
    if let Some(at) = error.retry_at().filter(|at| *at > now) {
        let wait = text.duration(at.since(now));
        return text.with("Please wait {}, then try again.", &wait);
    }
    let says = match error {
        Error::Denied(denial) => match denial.reason() {
            // These reasons are distinguished for signed-in users only.
            Reason::LastFactor => {
                "This is your last second factor. Turn off two-factor authentication instead."
            }
            Reason::TooMany => "You have reached the limit. Remove one before you add another.",
            Reason::TooCommon => "Choose a PIN that is not part of your phone number.",
            Reason::NotEnrolled if denial.is_safe_to_show() => {
                "Add an authenticator app, a phone number or a security key first."
            }
            _ => "That didn't work. Check what you entered, or request a new code.",
        },
        Error::Pin(second_factor::enrollment::InvalidPin::Length) => {
            "Choose another PIN: it needs 6 to 64 characters."
        }
        Error::Pin(_) => "Choose another PIN: this one is too common.",
        Error::SecurityKey(_) => "Choose a name of 1 to 40 characters.",
        Error::Undelivered { .. } => "We couldn't send the code. Try another method.",
        _ => "Something went wrong on our side and access was not granted. Please try again.",
    };
    text.of(says).to_owned()
}

/// Returns whether factors are enrolled, but none can be used.
pub(crate) fn has_no_method(error: &Error) -> bool {
    matches!(error.reason(), Some(Reason::Disabled | Reason::NotAllowed | Reason::SameChannel))
}

/// Renders a page with one message, without access to the session.
pub(crate) fn message_page(title: &str, says: &str, two_factor: &TwoFactor, text: Text) -> Page {
    let body = html! {
        p { (says) }
        p { a href=(two_factor.0.home) { (text.of("Go to the home page")) } }
    };
    Page::new(title, &body, json!({ "message": says }), two_factor, text)
}
