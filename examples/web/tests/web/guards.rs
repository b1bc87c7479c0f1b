//! What keeps other sites away, and old sessions out.

use reqwest::{Client, StatusCode, header, redirect::Policy};

use crate::server::Server;

fn browser() -> Client {
    Client::builder().cookie_store(true).redirect(Policy::none()).build().unwrap()
}

async fn sign_up(server: &Server, browser: &Client, origin: &str) -> reqwest::Response {
    let request = browser.post(format!("{}/sign-up", server.origin)).header(header::ORIGIN, origin);
    let body = "name=alice&password=correct+horse+battery";
    let kind = "application/x-www-form-urlencoded";
    request.header(header::CONTENT_TYPE, kind).body(body).send().await.unwrap()
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let server = Server::start(1_800_000_000).await;
    for origin in ["https://evil.example", "null", "http://localhost", ""] {
        let answer = sign_up(&server, &browser(), origin).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{origin}");
    }
    let path = format!("{}/sign-up", server.origin);
    let answer = browser().post(path).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN, "without an origin");
    assert_eq!(server.app.accounts.by_name("alice").unwrap().map(|account| account.id), None);
    let answer = sign_up(&server, &browser(), &server.origin).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_name_of_somebody_else_for_this_machine_is_refused() {
    let server = Server::start(1_800_000_000).await;
    let page = browser().get(&server.origin).header(header::HOST, "evil.example");
    assert_eq!(page.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn every_answer_has_its_policy() {
    let server = Server::start(1_800_000_000).await;
    for path in ["/", "/sign-in", "/script.js", "/style.css", "/nothing", "/phone"] {
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
async fn a_session_has_a_new_id_when_the_password_was_right() {
    let server = Server::start(1_800_000_000).await;
    let kind = "application/x-www-form-urlencoded";
    let post = |path: &str, cookie: &str, password: &str| {
        let request = browser().post(format!("{}{path}", server.origin));
        let request = request.header(header::ORIGIN, &server.origin).header(header::COOKIE, cookie);
        request.header(header::CONTENT_TYPE, kind).body(format!("name=alice&password={password}"))
    };
    // A session that the attacker has, and puts into the browser of somebody else.
    let answer = post("/sign-in", "", "wrong").send().await.unwrap();
    let attackers = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    let (attackers, _) = attackers.split_once(';').unwrap();
    let answer = post("/sign-up", attackers, "correct+horse+battery").send().await.unwrap();
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("session=") && !cookie.starts_with(attackers), "{cookie}");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let page = browser().get(&server.origin).header(header::COOKIE, attackers).send().await;
    assert_eq!(page.unwrap().headers()[header::LOCATION], "/sign-in");
}

#[tokio::test]
async fn what_a_person_types_is_escaped() {
    let server = Server::start(1_800_000_000).await;
    let browser = browser();
    let request = browser.post(format!("{}/sign-up", server.origin));
    let request = request.header(header::ORIGIN, &server.origin);
    let kind = "application/x-www-form-urlencoded";
    let request = request.header(header::CONTENT_TYPE, kind);
    request.body("name=%3Cscript%3E&password=correct+horse+battery").send().await.unwrap();
    let page = browser.get(&server.origin).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Hello, &lt;script&gt;"), "{page}");
}

#[tokio::test]
async fn pages_are_small() {
    let server = Server::start(1_800_000_000).await;
    let mut all = 0;
    for path in ["/sign-in", "/script.js", "/style.css"] {
        let page = browser().get(format!("{}{path}", server.origin)).send().await.unwrap();
        all += page.bytes().await.unwrap().len();
    }
    assert!(all < 50_000, "{all} bytes");
}
