//! Cross-site requests, session fixation and response headers.

use reqwest::{Client, StatusCode, header, redirect::Policy};

use crate::server::Server;

fn browser() -> Client {
    Client::builder().cookie_store(true).redirect(Policy::none()).build().unwrap()
}

async fn sign_up(server: &Server, browser: &Client, origin: &str) -> reqwest::Response {
    let request = browser.post(format!("{}/sign-up", server.origin)).header(header::ORIGIN, origin);
    let body = "name=alice&password=correct+horse+battery";
    let request = request.header(header::CONTENT_TYPE, FORM);
    request.body(body).send().await.unwrap()
}

#[tokio::test]
async fn cross_site_form_is_refused() {
    let server = Server::start(1_800_000_000).await;
    for origin in ["https://evil.example", "null", "http://localhost", ""] {
        let response = sign_up(&server, &browser(), origin).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{origin}");
    }
    let path = format!("{}/sign-up", server.origin);
    let response = browser().post(path).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN, "without an origin");
    assert_eq!(server.app.accounts.by_name("alice").unwrap().map(|(id, _)| id), None);
    let response = sign_up(&server, &browser(), &server.origin).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn unexpected_host_is_refused() {
    let server = Server::start(1_800_000_000).await;
    let page = browser().get(&server.origin).header(header::HOST, "evil.example");
    assert_eq!(page.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn every_response_has_security_headers() {
    let server = Server::start(1_800_000_000).await;
    for path in [
        "/",
        "/sign-in",
        "/two-factor/script.js",
        "/two-factor/style.css",
        "/nothing",
        "/phone",
        "/two-factor",
    ] {
        let page = browser().get(format!("{}{path}", server.origin)).send().await.unwrap();
        let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        for rule in ["default-src 'none'", "script-src 'self';", "frame-ancestors 'none'"] {
            assert!(policy.contains(rule), "{path}");
        }
        assert!(!policy.contains("unsafe"), "{path}");
        let is_asset = path.contains('.');
        assert_eq!(page.headers()[header::CACHE_CONTROL] == "no-store", !is_asset, "{path}");
    }
}

#[tokio::test]
async fn session_id_changes_after_correct_password() {
    let server = Server::start(1_800_000_000).await;
    let post = |path: &str, cookie: &str, password: &str| {
        let request = browser().post(format!("{}{path}", server.origin));
        let request = request.header(header::ORIGIN, &server.origin).header(header::COOKIE, cookie);
        request.header(header::CONTENT_TYPE, FORM).body(format!("name=alice&password={password}"))
    };
    // Session fixation: the attacker puts a known session id into the browser of a user.
    let response = post("/sign-up", "", "correct+horse+battery").send().await.unwrap();
    let fixed = session_cookie(&response);
    let (fixed, _) = fixed.split_once(';').unwrap();
    let response = post("/sign-in", fixed, "correct+horse+battery").send().await.unwrap();
    let cookie = session_cookie(&response);
    assert!(cookie.starts_with("session=") && !cookie.starts_with(fixed), "{cookie}");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let page = browser().get(&server.origin).header(header::COOKIE, fixed).send().await;
    assert_eq!(page.unwrap().headers()[header::LOCATION], "/sign-in");
}

#[tokio::test]
async fn user_input_is_escaped() {
    let server = Server::start(1_800_000_000).await;
    let browser = browser();
    let request = browser.post(format!("{}/sign-up", server.origin));
    let request = request.header(header::ORIGIN, &server.origin);
    let request = request.header(header::CONTENT_TYPE, FORM);
    request.body("name=%3Cscript%3E&password=correct+horse+battery").send().await.unwrap();
    let page = browser.get(&server.origin).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Hello, &lt;script&gt;"), "{page}");
}

#[tokio::test]
async fn sign_in_page_and_assets_are_small() {
    let server = Server::start(1_800_000_000).await;
    let mut total = 0;
    for path in ["/sign-in", "/two-factor/script.js", "/two-factor/style.css"] {
        let page = browser().get(format!("{}{path}", server.origin)).send().await.unwrap();
        total += page.bytes().await.unwrap().len();
    }
    assert!(total < 50_000, "{total} bytes");
}

fn session_cookie(response: &reqwest::Response) -> String {
    let cookies = response.headers().get_all(header::SET_COOKIE).iter();
    let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap().to_owned());
    cookies.find(|cookie| cookie.starts_with("session=")).unwrap()
}

const FORM: &str = "application/x-www-form-urlencoded";
