//! What every request passes: is it from our own pages, and what may the page do that it gets.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::App;

pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let headers = request.headers();
    let is_ours = is_for_us(headers, &app) && (!changes || is_from_us(headers, &app));
    let mut response = if is_ours {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "this request did not come from our own pages").into_response()
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name.clone(), HeaderValue::from_static(value));
    }
    if app.origin.is_secure() {
        // Not on this machine without TLS: browsers ignore it there.
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
    headers
        .entry(header::CACHE_CONTROL)
        // Codes, secrets and names are in these pages.
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A page of somebody else may have their name lead to this machine (DNS rebinding).
fn is_for_us(headers: &HeaderMap, app: &App) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let ours = app.origin.as_str().split_once("://").map(|(_, ours)| ours);
    host.is_some() && host == ours
}

/// Against forms on other sites: every browser names the origin of a `POST`. `SameSite` cookies are the
/// second lock on this door.
fn is_from_us(headers: &HeaderMap, app: &App) -> bool {
    let origin = headers.get(header::ORIGIN).map(HeaderValue::as_bytes);
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    origin == Some(app.origin.as_str().as_bytes()) && site.is_none_or(|site| site == b"same-origin")
}

const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), otp-credentials=(self)",
    ),
    // `no-referrer` would take the origin away that `is_from_us` asks for.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // For browsers that do not know `frame-ancestors`.
    (header::X_FRAME_OPTIONS, "DENY"),
];
