//! Middleware for request origin checks and security headers.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::{AppState, SharedState};

/// Rejects cross-site requests, and requests for another host name.
///
/// The function also sets security headers on every response.
pub async fn guard(State(app): State<SharedState>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let headers = request.headers();
    let is_allowed = is_expected_host(headers, &app) && (!changes || is_same_origin(headers, &app));
    let mut response = if is_allowed {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "this request did not come from a page of this site")
            .into_response()
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name.clone(), HeaderValue::from_static(value));
    }
    if app.origin.is_secure() {
        // Only over TLS: browsers ignore this header on plain HTTP.
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
    headers
        .entry(header::CACHE_CONTROL)
        // Pages contain codes, secrets and names.
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Prevents DNS rebinding, in which another site's name resolves to this server.
fn is_expected_host(headers: &HeaderMap, app: &AppState) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let expected = app.origin.as_str().split_once("://").map(|(_, host)| host);
    host.is_some() && host == expected
}

/// Prevents cross-site request forgery: browsers send the origin of every `POST`.
///
/// `SameSite` cookies are the second protection.
fn is_same_origin(headers: &HeaderMap, app: &AppState) -> bool {
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
    // `no-referrer` would remove the origin that `is_same_origin` needs.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // For browsers without support for `frame-ancestors`.
    (header::X_FRAME_OPTIONS, "DENY"),
];
