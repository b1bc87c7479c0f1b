//! Bounds of sessions, passwords, connections and files.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{Client, Response, StatusCode, header, redirect::Policy};
use second_factor::UnixTime;
use tokio::{io::AsyncReadExt as _, io::AsyncWriteExt as _, net::TcpStream};
use tower_sessions::{
    SessionStore as _,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
};
use web::{passwords::Passwords, sessions, sessions::Sessions};

use crate::server::Server;

fn record() -> Record {
    let expiry_date = OffsetDateTime::now_utc() + Duration::from_secs(3600);
    Record { id: Id::default(), data: Default::default(), expiry_date }
}

#[tokio::test]
async fn finding_s30_ended_session_stays_ended() {
    let (store, mut session) = (Sessions::default(), record());
    store.create(&mut session).await.unwrap();
    store.save(&session).await.unwrap();
    assert!(store.load(&session.id).await.unwrap().is_some());
    store.delete(&session.id).await.unwrap();
    // A request that was open meanwhile saves it again.
    store.save(&session).await.unwrap();
    assert!(store.load(&session.id).await.unwrap().is_none());
}

#[tokio::test]
async fn finding_s30_sign_out_wins_over_an_open_request() {
    let server = Server::start(1_800_000_000).await;
    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    let form = "name=alice&password=correct+horse+battery";
    let answer = post(&browser, &server, "/sign-up", "", form).await;
    let cookie = session_cookie(&answer);
    let home = async || {
        let page = browser.get(&server.origin).header(header::COOKIE, &cookie).send().await;
        page.unwrap().status()
    };
    assert_eq!(home().await, StatusCode::OK);
    let id = cookie.strip_prefix("session=").unwrap().parse().unwrap();
    // A request that began before the sign-out has read the session, and writes it afterwards.
    let open = server.app.sessions.load(&id).await.unwrap().unwrap();
    post(&browser, &server, "/two-factor/sign-out", &cookie, "").await;
    server.app.sessions.save(&open).await.unwrap();
    assert_eq!(home().await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn finding_s31_expired_sessions_are_purged() {
    let store = Sessions::default();
    for _ in 0..sessions::MAX {
        let mut expired = record();
        expired.expiry_date -= Duration::from_secs(7200);
        store.create(&mut expired).await.unwrap();
    }
    store.create(&mut record()).await.unwrap();
    assert_eq!(store.count(), 1);
}

#[tokio::test]
async fn finding_s31_sessions_are_bounded_oldest_first() {
    let store = Sessions::default();
    let mut first = record();
    first.expiry_date -= Duration::from_secs(60);
    store.create(&mut first).await.unwrap();
    for _ in 0..sessions::MAX {
        store.create(&mut record()).await.unwrap();
    }
    assert_eq!(store.count(), sessions::MAX);
    assert!(store.load(&first.id).await.unwrap().is_none());
}

#[tokio::test]
async fn finding_s31_anonymous_requests_store_no_session() {
    let server = Server::start(1_800_000_000).await;
    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    for path in ["/", "/sign-in", "/sign-up", "/two-factor", "/two-factor/settings", "/phone"] {
        browser.get(format!("{}{path}", server.origin)).send().await.unwrap();
    }
    post(&browser, &server, "/sign-in", "", "name=nobody&password=incorrect").await;
    assert_eq!(server.app.sessions.count(), 0);
}

#[tokio::test]
async fn finding_s31_phone_is_not_shown_without_its_key() {
    let server = Server::start(1_800_000_000).await;
    let browser = Client::builder().cookie_store(true).build().unwrap();
    let get = async |path: &str| {
        browser.get(format!("{}{path}", server.origin)).send().await.unwrap().status()
    };
    assert_eq!(get("/phone").await, StatusCode::NOT_FOUND);
    assert_eq!(get("/phone?key=0").await, StatusCode::NOT_FOUND);
    assert_eq!(get(&server.app.phone.address()).await, StatusCode::OK);
    assert_eq!(get("/phone").await, StatusCode::OK);
}

#[test]
fn finding_s31_eleventh_password_is_refused() {
    let (passwords, now) = (Passwords::default(), UnixTime::from_secs(1_800_000_000));
    for attempt in 1..=10 {
        assert!(!passwords.is_limited("alice", now, false), "{attempt}");
        passwords.is_limited("Alice", now, true);
    }
    assert!(passwords.is_limited("alice", now, false));
    assert!(!passwords.is_limited("bob", now, false));
    assert!(!passwords.is_limited("alice", now.plus(901), false));
}

#[tokio::test]
async fn finding_s31_eleventh_sign_in_is_refused() {
    let server = Server::start(1_800_000_000).await;
    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    for attempt in 1..=10 {
        let form = "name=alice&password=incorrect";
        let answer = post(&browser, &server, "/sign-in", "", form).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{attempt}");
    }
    let form = "name=ALICE&password=correct+horse+battery";
    let answer = post(&browser, &server, "/sign-in", "", form).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn finding_s31_password_hashes_take_turns() {
    let passwords = Arc::new(Passwords::default());
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let hashes = (0..150).map(|_| {
        let (passwords, running, most) = (passwords.clone(), running.clone(), most.clone());
        tokio::spawn(async move {
            let hash = move || {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(2));
                running.fetch_sub(1, Ordering::SeqCst);
            };
            passwords.run(hash).await;
        })
    });
    for hash in hashes.collect::<Vec<_>>() {
        hash.await.unwrap();
    }
    assert!((1..=4).contains(&most.load(Ordering::SeqCst)), "{most:?}");
}

#[tokio::test]
async fn finding_s31_name_with_a_colon_enrolls() {
    let server = Server::start(1_800_000_000).await;
    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    let form = "name=a%3Ab&password=correct+horse+battery";
    let cookie = session_cookie(&post(&browser, &server, "/sign-up", "", form).await);
    let path = "/two-factor/settings/authenticator-app/begin";
    let page = post(&browser, &server, path, &cookie, "").await.text().await.unwrap();
    assert!(page.contains("Scan this QR code"), "{page}");
}

#[tokio::test]
async fn finding_s31_half_sent_headers_end_the_connection() {
    let server = Server::start(1_800_000_000).await;
    let host = server.origin.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: ").await.unwrap();
    let mut answer = Vec::new();
    let closed = stream.read_to_end(&mut answer);
    assert!(tokio::time::timeout(Duration::from_secs(25), closed).await.is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn finding_s31_files_are_private() {
    use std::os::unix::fs::MetadataExt as _;
    let server = Server::start(1_800_000_000).await;
    let mode = std::fs::metadata(server.database()).unwrap().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
    let root = server.database().with_file_name("root");
    web::state::write_private(&root, &[7; 32]).unwrap();
    let mode = std::fs::metadata(&root).unwrap().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
    assert!(web::state::write_private(&root, &[8; 32]).is_err(), "the root key was replaced");
}

/// Submits a form from a page of the application.
async fn post(
    browser: &Client,
    server: &Server,
    path: &str,
    cookie: &str,
    form: &'static str,
) -> Response {
    let request = browser.post(format!("{}{path}", server.origin));
    let request = request.header(header::ORIGIN, &server.origin).header(header::COOKIE, cookie);
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    request.body(form).send().await.unwrap()
}

/// Returns the session cookie of an answer, as browsers send it.
fn session_cookie(answer: &Response) -> String {
    let cookies = answer.headers().get_all(header::SET_COOKIE).iter();
    let cookies = cookies.map(|cookie| cookie.to_str().unwrap());
    let mut cookies = cookies.filter_map(|cookie| cookie.split_once(';')).map(|(pair, _)| pair);
    cookies.rfind(|pair| pair.starts_with("session=")).unwrap().to_owned()
}
