//! Sessions: their beginning and their end.

use axum::http::header;
use tower_sessions::{MemoryStore, SessionStore as _};

use crate::site::{SETTINGS, Site};

#[tokio::test]
async fn session_id_changes_with_what_the_session_permits() {
    let site = Site::new();
    let alice = site.browser();
    let id = || alice.cookies().get("id").cloned();
    alice.enter_password("alice").await;
    let first = id();
    let app = alice.add_app().await;
    alice.sign_out().await;
    assert_eq!(id(), None);
    alice.enter_password("alice").await;
    let second = id();
    alice.enter_code(&app.next_code(&site)).await;
    let third = id();
    assert!(first != second && second != third && third.is_some());
    // The id of the half signed-in session opens nothing.
    alice.cookies().insert("id".into(), second.unwrap());
    assert!(!alice.is_signed_in().await);
}

#[tokio::test]
async fn removal_of_a_factor_ends_the_other_sessions() {
    let site = Site::new();
    let (alice, other) = (site.browser(), site.browser());
    alice.enter_password("alice").await;
    let app = alice.add_app().await;
    other.enter_password("alice").await;
    other.enter_code(&app.next_code(&site)).await;
    alice.add_address("phone", crate::site::NUMBER).await;
    assert!(other.is_signed_in().await, "an addition ends no session");
    let settings = alice.get_json(SETTINGS).await;
    let phone = settings["factors"].as_array().unwrap().iter().find(|one| one["kind"] == "phone");
    let id = phone.unwrap()["id"].as_str().unwrap();
    let page = alice.submit(&format!("{SETTINGS}/remove"), &[("id", id)]).await;
    assert!(page.contains("Removed."), "{page}");
    assert!(alice.is_signed_in().await);
    assert!(!other.is_signed_in().await);
}

#[tokio::test]
async fn sign_out_wins_over_a_request_that_was_open() {
    let site = Site::new();
    // The store of this test keeps the session of a request that began before the sign-out, and
    // writes it again afterwards, as `MemoryStore` does.
    let store = MemoryStore::default();
    let router = crate::site::app(site.two_factor.clone(), store.clone());
    let site = Site { router, ..site };
    let alice = site.browser();
    alice.enter_password("alice").await;
    assert!(alice.is_signed_in().await);
    let cookies = alice.cookies().clone();
    let id = cookies["id"].parse().unwrap();
    let open = store.load(&id).await.unwrap().unwrap();
    alice.sign_out().await;
    assert!(store.load(&id).await.unwrap().is_none());
    store.save(&open).await.unwrap();
    *alice.cookies() = cookies;
    assert!(!alice.is_signed_in().await, "the copied cookie is in again");
}

#[tokio::test]
async fn anonymous_request_stores_no_session() {
    let site = Site::new();
    let anyone = site.browser();
    for path in ["/", "/payouts", "/sign-in", "/two-factor", SETTINGS, "/two-factor/recover"] {
        let answer = anyone.get(path).await;
        let cookies = answer.headers.get_all(header::SET_COOKIE).iter();
        let names: Vec<_> = cookies.map(|cookie| cookie.to_str().unwrap()).collect();
        assert!(names.iter().all(|cookie| cookie.starts_with("two-factor-then=")), "{names:?}");
    }
    anyone.post("/sign-in", &[("name", "alice"), ("password", "incorrect")]).await;
    assert!(!anyone.cookies().contains_key("id"));
}

#[tokio::test]
async fn damaged_session_text_is_no_session() {
    let site = Site::new();
    let store = MemoryStore::default();
    let router = crate::site::app(site.two_factor.clone(), store.clone());
    let site = Site { router, ..site };
    let alice = site.browser();
    alice.enter_password("alice").await;
    let id = alice.cookies()["id"].parse().unwrap();
    let mut record = store.load(&id).await.unwrap().unwrap();
    for damaged in ["", "{}", "null", "{\"stage\":\"SignedIn\"}", "{\"stage\":\"Other\"}"] {
        record.data.insert("second-factor".into(), damaged.into());
        store.save(&record).await.unwrap();
        assert!(!alice.is_signed_in().await, "{damaged}");
        assert_ne!(alice.get(SETTINGS).await.status, 200, "{damaged}");
    }
}

#[tokio::test]
async fn password_change_ends_every_session() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    alice.add_app().await;
    assert!(alice.is_signed_in().await);
    site.two_factor.verifier().password_changed(&"alice".parse().unwrap()).await.unwrap();
    assert!(!alice.is_signed_in().await);
}
