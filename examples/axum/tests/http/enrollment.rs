//! Required enrollment, and what a first enrollment needs.

use serde_json::json;

use crate::site::{PASSWORD, PhoneApp, SETTINGS, Site};

const ADMINISTRATOR: [(&str, &str); 3] =
    [("name", "root"), ("password", PASSWORD), ("policy", "administrator")];

#[tokio::test]
async fn required_enrollment_signs_in() {
    let site = Site::new();
    let root = site.browser();
    assert_eq!(root.post("/sign-in", &ADMINISTRATOR).await.location(), "/two-factor/enroll");
    assert!(!root.is_signed_in().await);
    assert_eq!(root.get(SETTINGS).await.location(), "/two-factor/enroll");
    let page = root.open("/two-factor/enroll").await;
    assert!(page.contains("Your account needs a second factor."), "{page}");
    let begun = root.post_json(&format!("{SETTINGS}/authenticator-app/begin"), json!({})).await;
    let app = PhoneApp::new(begun.json()["secret"].as_str().unwrap());
    let code = app.next_code(&site);
    let confirmed =
        root.post_json(&format!("{SETTINGS}/authenticator-app"), json!({ "code": code })).await;
    assert_eq!(confirmed.json()["status"], "done", "{confirmed:?}");
    assert!(root.is_signed_in().await);
    assert_eq!(root.get("/report").await.text, "The report of root");
}

#[tokio::test]
async fn required_enrollment_is_postponed_until_its_date_only() {
    let site = Site::new();
    let root = site.browser();
    root.post("/sign-in", &ADMINISTRATOR).await;
    assert_eq!(root.post("/two-factor/enroll/later", &[]).await.location(), "/");
    assert!(root.is_signed_in().await);
    site.clock.advance(14 * 86_400);
    assert!(!root.is_signed_in().await, "the session outlasts the date");
    root.post("/sign-in", &ADMINISTRATOR).await;
    let page = root.open("/two-factor/enroll").await;
    assert!(page.contains("Contact our support") && !page.contains("Not now"), "{page}");
    assert_eq!(root.post("/two-factor/enroll/later", &[]).await.status, 400);
    assert!(!root.is_signed_in().await);
}

#[tokio::test]
async fn first_factor_needs_a_recent_password() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    site.clock.advance(301);
    let begin = format!("{SETTINGS}/authenticator-app/begin");
    assert_eq!(alice.post(&begin, &[]).await.location(), "/sign-in");
    // The password leads back to the page.
    let to = alice.enter_password("alice").await;
    assert_eq!(to.location(), format!("{SETTINGS}/authenticator-app"));
    alice.add_app().await;
}

#[tokio::test]
async fn label_that_a_uri_refuses_enrolls() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("team:alice").await;
    alice.add_app().await;
}

#[tokio::test]
async fn unknown_policy_refuses_every_caller() {
    let site = Site::new();
    let alice = site.browser();
    let fields = [("name", "alice"), ("password", PASSWORD), ("policy", "unknown")];
    assert_eq!(alice.post("/sign-in", &fields).await.status, 500);
    assert!(!alice.is_signed_in().await);
}
