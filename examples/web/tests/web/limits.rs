//! Bounds of the application: sessions, passwords, connections and files (FINDINGS S30, S31).

use std::time::Duration;

use reqwest::{Client, StatusCode, header, redirect::Policy};
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
async fn session_that_has_ended_stays_ended() {
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
async fn sessions_are_bounded_and_the_oldest_goes_first() {
    let store = Sessions::default();
    let mut first = record();
    first.expiry_date -= Duration::from_secs(60);
    store.create(&mut first).await.unwrap();
    for _ in 0..sessions::MAX {
        store.create(&mut record()).await.unwrap();
    }
    assert_eq!(store.len(), sessions::MAX);
    assert!(store.load(&first.id).await.unwrap().is_none());
}

#[tokio::test]
async fn anonymous_requests_store_no_session() {
    let server = Server::start(1_800_000_000).await;
    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    for path in ["/", "/sign-in", "/sign-up", "/two-factor", "/two-factor/settings", "/phone"] {
        browser.get(format!("{}{path}", server.origin)).send().await.unwrap();
    }
    let sign_in = browser.post(format!("{}/sign-in", server.origin));
    let sign_in = sign_in.header(header::ORIGIN, &server.origin);
    let sign_in = sign_in.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    sign_in.body("name=nobody&password=incorrect").send().await.unwrap();
    assert_eq!(server.app.sessions.len(), 0);
}

#[tokio::test]
async fn phone_is_not_shown_without_its_key() {
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
fn eleventh_password_within_15_minutes_is_refused() {
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
async fn connection_with_half_sent_headers_is_closed() {
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
async fn database_is_private() {
    use std::os::unix::fs::MetadataExt as _;
    let server = Server::start(1_800_000_000).await;
    let mode = std::fs::metadata(server.database()).unwrap().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}
