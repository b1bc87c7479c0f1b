//! Trusted-device cookies and device labels.

use core::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use second_factor::{
    DeviceToken, NewDevice, Reason, SubjectId, Verified, Verifier, sign_in::Recognized,
};
use tower_sessions::cookie::time::Duration;

use crate::{error::AppError, state::AppState};

/// The browser that sent the request.
pub struct Browser {
    /// The label that users see, such as "Firefox on Linux".
    pub label: String,
    pub jar: CookieJar,
}

impl<S: Sync> FromRequestParts<S> for Browser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let headers = &parts.headers;
        Ok(Self { label: label(headers), jar: CookieJar::from_headers(headers) })
    }
}

// guide: trust
/// Trusts the browser in which the user was verified.
pub async fn trust(
    verifier: &Verifier,
    verified: &Verified,
    browser: Browser,
    app: &AppState,
) -> Result<CookieJar, AppError> {
    let device = NewDevice::new(&browser.label);
    let token = verifier.trust_device(verified, &device).await?;
    Ok(browser.jar.add(new_cookie(&token, app)))
}

/// Recognizes a trusted device. Its cookie is replaced at each use.
pub async fn recognize(
    verifier: &Verifier,
    subject: &SubjectId,
    jar: CookieJar,
    app: &AppState,
) -> Result<(Option<Recognized>, CookieJar), AppError> {
    let Some(cookie) = jar.get(cookie_name(app)) else { return Ok((None, jar)) };
    match verifier.recognize(subject, &DeviceToken::from_text(cookie.value())).await {
        Ok(device) => {
            let replacement = new_cookie(device.token(), app);
            Ok((Some(device), jar.add(replacement)))
        }
        Err(error) => match error.denial() {
            // The device of another user of this browser: their cookie is retained.
            Some(denial) if denial.reason() == Reason::OtherSubject => Ok((None, jar)),
            Some(_) => Ok((None, jar.remove(Cookie::build(cookie_name(app)).path("/")))),
            None => Err(error.into()),
        },
    }
}
// end of guide

fn new_cookie(token: &DeviceToken, app: &AppState) -> Cookie<'static> {
    Cookie::build((cookie_name(app), token.expose().to_owned()))
        .http_only(true)
        .secure(app.origin.is_secure())
        .same_site(SameSite::Lax)
        .max_age(Duration::seconds(app.verifier.policy().device_lifetime().as_secs() as i64))
        .path("/")
        .build()
}

fn cookie_name(app: &AppState) -> &'static str {
    if app.origin.is_secure() { "__Host-device" } else { "device" }
}

/// Returns a label such as "Firefox on Linux".
fn label(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent = agent.unwrap_or_default();
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(token, _)| agent.contains(token)).map(|(_, name)| *name)
    };
    // The order matters: browsers also name the browsers that they are compatible with.
    let browser = find(&[
        ("Edg", "Edge"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}
