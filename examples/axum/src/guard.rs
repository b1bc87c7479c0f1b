//! Request checks and security headers of every response.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::Response,
};

use crate::{
    failure::{Failure, rendered},
    request::RequestInfo,
    two_factor::{Inner, TwoFactor},
};

impl TwoFactor {
    /// Refuses cross-site requests to `routes`, and sets security headers on their responses.
    ///
    /// The routes of [`router`](Self::router) are protected already. Use it for the other pages of
    /// your application. A header that a handler has set stays.
    pub fn protect<S: Clone + Send + Sync + 'static>(&self, routes: Router<S>) -> Router<S> {
        routes.layer(middleware::from_fn_with_state(self.clone(), guard))
    }
}

async fn guard(State(two_factor): State<TwoFactor>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let info = RequestInfo::new(&parts, &two_factor);
    let response = if info.is_same_site {
        next.run(Request::from_parts(parts, body)).await
    } else {
        Failure::CrossSite.render(&two_factor, &info)
    };
    let mut response = rendered(response, &two_factor, &info);
    set_headers(response.headers_mut(), &two_factor.0, info.is_secure);
    response
}

fn set_headers(headers: &mut HeaderMap, inner: &Inner, is_secure: bool) {
    let policy = content_security_policy(inner);
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if is_secure {
        // Only over TLS: browsers ignore this header on plain HTTP.
        let value = HeaderValue::from_static("max-age=31536000");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(value);
    }
}

fn content_security_policy(inner: &Inner) -> HeaderValue {
    let own = inner.content_security_policy.as_deref();
    let policy = own.and_then(|policy| HeaderValue::from_str(policy).ok());
    policy.unwrap_or(HeaderValue::from_static(POLICY))
}

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    // Pages contain codes, secrets and names.
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), otp-credentials=(self)",
    ),
    // `no-referrer` would remove the origin that the check of a form needs.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // For browsers without support for `frame-ancestors`.
    (header::X_FRAME_OPTIONS, "DENY"),
];
