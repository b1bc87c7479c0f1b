//! Step-up for pages and for changes of factors.

use serde_json::json;

use crate::site::{NUMBER, PhoneApp, SETTINGS, Site, between};

/// Signs in with an app, and lets the proof grow old.
async fn stale(site: &Site) -> (crate::site::Browser<'_>, PhoneApp) {
    let alice = site.browser();
    alice.enter_password("alice").await;
    let app = alice.add_app().await;
    alice.add_address("phone", NUMBER).await;
    site.clock.advance(3600);
    (alice, app)
}

async fn prove(alice: &crate::site::Browser<'_>, app: &PhoneApp) -> String {
    let code = app.next_code(alice.site);
    alice.submit("/two-factor/step-up", &[("kind", "totp"), ("code", &code)]).await
}

#[tokio::test]
async fn stale_proof_is_renewed_and_the_page_opens() {
    let site = Site::new();
    let (alice, app) = stale(&site).await;
    assert_eq!(alice.get("/payouts").await.location(), "/two-factor/step-up");
    assert!(alice.open("/two-factor/step-up").await.contains("Confirm it's you"));
    assert_eq!(prove(&alice, &app).await, "The form of the payouts");
    site.clock.advance(239);
    assert_eq!(alice.get("/payouts").await.status, 200);
    site.clock.advance(2);
    // The page asks earlier than its form.
    assert_eq!(alice.get("/payouts").await.location(), "/two-factor/step-up");
}

#[tokio::test]
async fn form_with_a_stale_proof_says_that_it_was_not_sent() {
    let site = Site::new();
    let (alice, app) = stale(&site).await;
    assert_eq!(alice.post("/payouts", &[("sum", "1")]).await.location(), "/two-factor/step-up");
    let page = alice.open("/two-factor/step-up").await;
    assert!(page.contains("What you entered was not sent."), "{page}");
    assert_eq!(prove(&alice, &app).await, "The form of the payouts");
    assert_eq!(alice.post("/payouts", &[("sum", "1")]).await.text, "Paid to alice");
    let page = alice.open("/two-factor/step-up").await;
    assert!(!page.contains("What you entered was not sent."), "{page}");
}

#[tokio::test]
async fn json_client_gets_the_location_of_the_step_up() {
    let site = Site::new();
    let (alice, app) = stale(&site).await;
    let refused = alice.post_json("/payouts", json!({})).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json()["error"], "step_up_required");
    assert_eq!(refused.json()["location"], "/two-factor/step-up");
    let code = app.next_code(&site);
    let proven = alice.post_json("/two-factor/step-up", json!({ "totp": code })).await;
    assert_eq!(proven.json()["status"], "stepped_up");
    assert_eq!(alice.post_json("/payouts", json!({})).await.text, "Paid to alice");
}

#[tokio::test]
async fn form_of_the_settings_is_kept_for_the_step_up() {
    let site = Site::new();
    let (alice, app) = stale(&site).await;
    let settings = alice.get_json(SETTINGS).await;
    let phone = settings["factors"].as_array().unwrap().iter().find(|one| one["kind"] == "phone");
    let id = phone.unwrap()["id"].as_str().unwrap();
    let remove = format!("{SETTINGS}/remove");
    assert_eq!(alice.post(&remove, &[("id", id)]).await.location(), "/two-factor/step-up");
    let page = prove(&alice, &app).await;
    assert!(page.contains("Continue where you left off"), "{page}");
    assert!(page.contains(&format!("method=\"post\" action=\"{remove}\"")), "{page}");
    assert_eq!(between(&page, "name=\"id\" value=\"", "\""), id);
    let page = alice.submit(&remove, &[("id", id)]).await;
    assert!(page.contains("Removed."), "{page}");
    // The form is kept once.
    assert_eq!(alice.get("/two-factor/continue").await.location(), SETTINGS);
}

#[tokio::test]
async fn pin_is_not_kept_for_the_step_up() {
    let site = Site::new();
    let (alice, app) = stale(&site).await;
    let pin = [("pin", "493817"), ("repeated_pin", "493817")];
    let answer = alice.post(&format!("{SETTINGS}/pin"), &pin).await;
    assert_eq!(answer.location(), "/two-factor/step-up");
    let page = alice.open("/two-factor/step-up").await;
    assert!(page.contains("What you entered was not sent."), "{page}");
    let page = prove(&alice, &app).await;
    assert!(page.contains("Repeat the PIN") && !page.contains("493817"), "{page}");
}

#[tokio::test]
async fn user_without_a_factor_is_asked_to_add_one() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    for page in ["/payouts", "/report"] {
        assert_eq!(alice.get(page).await.location(), "/two-factor/settings?required", "{page}");
    }
    alice.add_app().await;
    assert_eq!(alice.get("/report").await.text, "The report of alice");
    assert_eq!(alice.get("/payouts").await.status, 200);
}

#[tokio::test]
async fn recognized_browser_proves_a_factor_for_strict_pages() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let app = alice.add_app().await;
    alice.sign_out().await;
    alice.enter_password("alice").await;
    let code = app.next_code(&site);
    alice.submit("/two-factor", &[("kind", "totp"), ("code", &code), ("trust", "yes")]).await;
    assert_eq!(alice.get("/report").await.status, 200);
    alice.sign_out().await;
    alice.enter_password("alice").await;
    assert!(alice.is_signed_in().await, "recognized");
    for page in ["/report", "/payouts"] {
        assert_eq!(alice.get(page).await.location(), "/two-factor/step-up", "{page}");
    }
    prove(&alice, &app).await;
    assert_eq!(alice.get("/report").await.status, 200);
}
