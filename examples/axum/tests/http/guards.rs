//! Cross-site requests, headers and cookies.

use axum::{
    body::Body,
    http::{Request, header},
};

use crate::site::{SETTINGS, Site, body};

#[tokio::test]
async fn form_of_another_site_is_refused_on_every_route() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    alice.add_app().await;
    let posts = ["/sign-in", "/payouts", "/two-factor", "/two-factor/sign-out"].map(str::to_owned);
    let settings = ["remove", "turn-off", "backup-codes", "devices/sign-out-everywhere"];
    for path in posts.into_iter().chain(settings.map(|page| format!("{SETTINGS}/{page}"))) {
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://localhost.evil.example"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let fields = [("name", "alice"), ("password", crate::site::PASSWORD)];
            let mut request = alice.form(&path, &fields).body(body(&fields)).unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
            let answer = alice.send(request).await;
            assert_eq!(answer.status, 403, "{path} {name}: {value}");
        }
        // Browsers send the origin of every form.
        let mut request = alice.form(&path, &[]).body(Body::empty()).unwrap();
        request.headers_mut().remove(header::ORIGIN);
        assert_eq!(alice.send(request).await.status, 403, "{path} without an origin");
    }
    assert!(alice.is_signed_in().await);
    assert_eq!(alice.get_json(SETTINGS).await["is_protected"], true);
}

#[tokio::test]
async fn every_response_has_security_headers() {
    let site = Site::new();
    let alice = site.browser();
    for path in ["/two-factor", "/two-factor/style.css", "/two-factor/script.js", SETTINGS] {
        let answer = alice.get(path).await;
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        for rule in ["default-src 'none'", "script-src 'self';", "frame-ancestors 'none'"] {
            assert!(policy.contains(rule), "{path}");
        }
        assert!(!policy.contains("unsafe"), "{path}");
        let is_asset = path.contains('.');
        assert_eq!(answer.headers[header::CACHE_CONTROL] == "no-store", !is_asset, "{path}");
    }
}

#[tokio::test]
async fn cookies_are_secure_except_on_this_computer() {
    for (host, is_secure) in [("localhost", false), ("example.com", true)] {
        let site = Site::new();
        let mut alice = site.browser();
        alice.host = host;
        let asked = alice.get("/payouts").await;
        let cookie = asked.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
        assert_eq!(
            cookie.starts_with("__Host-") && cookie.contains("; Secure"),
            is_secure,
            "{cookie}"
        );
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        alice.enter_password("alice").await;
        alice.add_app().await;
        let names: Vec<_> = alice.cookies().keys().cloned().collect();
        let device = names.iter().find(|name| name.contains("device-"));
        assert!(device.is_none_or(|name| name.starts_with("__Host-") == is_secure), "{names:?}");
        let strict = asked.headers.get(header::STRICT_TRANSPORT_SECURITY);
        // The page of the application is not below the guard of the router.
        assert!(strict.is_none());
        let own = alice.get(SETTINGS).await;
        assert_eq!(own.headers.contains_key(header::STRICT_TRANSPORT_SECURITY), is_secure);
    }
}

#[tokio::test]
async fn expected_origin_is_the_only_one() {
    let site = Site::with(|two_factor| two_factor.origin("https://example.com"));
    let mut alice = site.browser();
    assert_eq!(alice.get("/two-factor").await.status, 403, "another host");
    alice.host = "example.com";
    // The origin of the test browser is http.
    assert_eq!(alice.enter_password("alice").await.status, 403);
    let fields = [("name", "alice"), ("password", crate::site::PASSWORD)];
    let mut request = alice.form("/sign-in", &fields).body(body(&fields)).unwrap();
    request.headers_mut().insert(header::ORIGIN, "https://example.com".parse().unwrap());
    assert_eq!(alice.send(request).await.status, 303);
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn missing_session_layer_refuses_every_caller() {
    let site = Site::new();
    let router = axum::Router::new().merge(site.two_factor.router()).with_state(());
    let site = Site { router, ..site };
    let request = Request::get("/two-factor").body(Body::empty()).unwrap();
    assert_eq!(site.browser().send(request).await.status, 500);
}
