//! Trusted-device cookies and device labels.

use axum::http::{HeaderMap, header};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use second_factor::{DeviceToken, SignIn};
use tower_sessions::cookie::time::Duration;

use crate::state::AppState;

// guide: trust
/// Returns the token that the browser presents.
pub fn presented_token(headers: &HeaderMap, app: &AppState) -> Option<DeviceToken> {
    let jar = CookieJar::from_headers(headers);
    jar.get(cookie_name(app)).map(|cookie| DeviceToken::from_text(cookie.value()))
}

/// Returns the cookie of a browser that is known or trusted; none if its token stays.
pub fn new_cookie(sign_in: &SignIn, app: &AppState) -> CookieJar {
    match sign_in.device_token() {
        Some(token) => {
            // The crate forgets a device a year after its last success.
            let max_age = Duration::days(365);
            CookieJar::new().add(cookie(token.expose(), max_age, app))
        }
        None => CookieJar::new(),
    }
}

/// Deletes the cookie of a browser that is no longer trusted.
pub fn deleted_cookie(app: &AppState) -> CookieJar {
    CookieJar::new().add(cookie("", Duration::ZERO, app))
}

fn cookie(value: &str, max_age: Duration, app: &AppState) -> Cookie<'static> {
    Cookie::build((cookie_name(app), value.to_owned()))
        .http_only(true)
        .secure(app.origin.is_secure())
        .same_site(SameSite::Lax)
        .max_age(max_age)
        .path("/")
        .build()
}
// end of guide

fn cookie_name(app: &AppState) -> &'static str {
    if app.origin.is_secure() { "__Host-device" } else { "device" }
}

/// Returns a label such as "Firefox on Linux".
pub fn label(headers: &HeaderMap) -> String {
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
