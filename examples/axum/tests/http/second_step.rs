//! The second step of a sign-in, and recovery.

use crate::site::{Browser, EMAIL, NUMBER, QUARANTINE, REFUSED, SETTINGS, Site, between};

#[tokio::test]
async fn password_alone_signs_in_while_nothing_is_enrolled() {
    let site = Site::new();
    let alice = site.browser();
    assert!(!alice.is_signed_in().await);
    assert_eq!(alice.enter_password("alice").await.location(), "/");
    assert!(alice.is_signed_in().await);
}

#[tokio::test]
async fn code_of_the_app_is_asked_and_accepted_once() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let app = alice.add_app().await;
    alice.sign_out().await;
    let other = site.browser();
    assert_eq!(other.enter_password("alice").await.location(), "/two-factor");
    assert!(!other.is_signed_in().await);
    assert!(other.open("/two-factor").await.contains("Code from your authenticator app"));
    assert!(other.enter_code(&app.incorrect_code(&site)).await.contains(REFUSED));
    assert!(!other.is_signed_in().await);
    let code = app.next_code(&site);
    assert_eq!(other.enter_code(&code).await, "Hello, alice");
    let third = site.browser();
    third.enter_password("alice").await;
    assert!(third.enter_code(&code).await.contains(REFUSED));
    assert!(!third.is_signed_in().await);
}

#[tokio::test]
async fn page_that_was_asked_for_opens_after_the_sign_in() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let app = alice.add_app().await;
    let other = site.browser();
    assert_eq!(other.get("/payouts").await.location(), "/sign-in");
    other.enter_password("alice").await;
    // A visit to a page before the code was correct changes nothing.
    assert_eq!(other.get("/payouts").await.location(), "/two-factor");
    assert_eq!(other.enter_code(&app.next_code(&site)).await, "The form of the payouts");
}

#[tokio::test]
async fn page_of_another_site_is_never_opened() {
    let site = Site::new();
    for then in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        let alice = site.browser();
        alice.cookies().insert("two-factor-then".into(), then.into());
        assert_eq!(alice.enter_password("alice").await.location(), "/", "{then}");
    }
}

#[tokio::test]
async fn method_used_last_leads() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let app = alice.add_app().await;
    site.clock.advance(60);
    alice.add_address("phone", NUMBER).await;
    let codes = new_backup_codes(&alice).await;
    let leads = async |text: &str| {
        let other = site.browser();
        other.enter_password("alice").await;
        let page = other.open("/two-factor").await;
        let (first, _) = page.split_once("Use another method").unwrap();
        assert!(first.contains(text), "{page}");
        other
    };
    leads("We will send a code to").await.enter_code(&app.next_code(&site)).await;
    let other = leads("Code from your authenticator app").await;
    other.submit("/two-factor", &[("kind", "backup_code"), ("code", &codes[0])]).await;
    assert!(other.is_signed_in().await);
    leads("Code from your authenticator app").await;
}

#[tokio::test]
async fn sent_code_signs_in_by_form() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    alice.add_address("phone", NUMBER).await;
    let other = site.browser();
    site.clock.advance(60);
    other.enter_password("alice").await;
    let page = other.open("/two-factor").await;
    let id = between(&page, "name=\"address\" value=\"", "\"");
    let page = other.submit("/two-factor/send", &[("address", &id)]).await;
    assert!(page.contains("Resend code") && page.contains("Call me"), "{page}");
    let early = other.submit("/two-factor/resend", &[("channel", "voice")]).await;
    assert!(early.contains("Please wait"), "{early}");
    let first = site.latest_code();
    site.clock.advance(60);
    other.submit("/two-factor/resend", &[("channel", "sms")]).await;
    let code = site.latest_code();
    assert_ne!(first, code);
    let sent = [("kind", "sent_code"), ("code", code.as_str())];
    assert_eq!(other.submit("/two-factor", &sent).await, "Hello, alice");
}

#[tokio::test]
async fn trusted_browser_is_recognized_and_asked_for_no_code() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let app = alice.add_app().await;
    let other = site.browser();
    other.enter_password("alice").await;
    let code = app.next_code(&site);
    other.submit("/two-factor", &[("kind", "totp"), ("code", &code), ("trust", "yes")]).await;
    assert!(other.is_signed_in().await);
    other.sign_out().await;
    assert_eq!(other.enter_password("alice").await.location(), "/");
    // The cookie alone is worth nothing, and it is that of one user.
    other.sign_out().await;
    assert_eq!(other.get("/").await.location(), "/sign-in");
    let bob = site.browser();
    bob.enter_password("bob").await;
    bob.add_app().await;
    bob.sign_out().await;
    *bob.cookies() = other.cookies().clone();
    assert_eq!(bob.enter_password("bob").await.location(), "/two-factor");
}

#[tokio::test]
async fn sign_in_request_is_approved_by_its_number() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let app = alice.add_app().await;
    alice.sign_out().await;
    alice.enter_password("alice").await;
    let code = app.next_code(&site);
    alice.submit("/two-factor", &[("kind", "totp"), ("code", &code), ("trust", "yes")]).await;
    site.clock.advance(60);
    let other = site.browser();
    other.enter_password("alice").await;
    let page = other.submit("/two-factor/request", &[]).await;
    let number = between(&page, "<p class=\"number\">", "</p>");
    let waiting = other.post_json("/two-factor/request/status", serde_json::json!({})).await;
    assert_eq!(waiting.json()["status"], "pending");
    let requests = format!("{SETTINGS}/sign-in-requests");
    assert!(alice.open(&requests).await.contains("wants to sign in"));
    assert_eq!(alice.get_json(&format!("{requests}/pending")).await, true);
    let page = alice.submit(&requests, &[("answer", "approve"), ("number", &number)]).await;
    assert!(page.contains("You approved the sign-in request."), "{page}");
    other.submit("/two-factor/request/status", &[]).await;
    assert!(other.is_signed_in().await);
}

#[tokio::test]
async fn pin_is_asked_after_the_code_and_removed_by_email() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let app = alice.add_app().await;
    alice.add_address("email", EMAIL).await;
    alice.sign_out().await;
    site.clock.advance(QUARANTINE);
    alice.enter_password("alice").await;
    alice.enter_code(&app.next_code(&site)).await;
    for (pin, says) in [("123456", "Choose another PIN"), ("493817", "Your two-step PIN is set.")] {
        let fields = [("pin", pin), ("repeated_pin", pin)];
        let page = alice.submit(&format!("{SETTINGS}/pin"), &fields).await;
        assert!(page.contains(says), "{page}");
    }
    let other = site.browser();
    other.enter_password("alice").await;
    let page = other.enter_code(&app.next_code(&site)).await;
    assert!(page.contains("Enter your two-step PIN") && !other.is_signed_in().await, "{page}");
    let page = other.submit("/two-factor", &[("kind", "pin"), ("code", "493818")]).await;
    assert!(page.contains(REFUSED) && !other.is_signed_in().await, "{page}");
    assert_eq!(
        other.submit("/two-factor", &[("kind", "pin"), ("code", "493817")]).await,
        "Hello, alice"
    );
    let third = site.browser();
    third.enter_password("alice").await;
    third.enter_code(&app.next_code(&site)).await;
    let page = third.submit("/two-factor/pin/forgotten", &[]).await;
    assert!(page.contains("It removes your PIN."), "{page}");
    let code = site.latest_code();
    assert_eq!(third.submit("/two-factor/pin/reset", &[("code", &code)]).await, "Hello, alice");
}

#[tokio::test]
async fn recovery_needs_two_proofs_and_opens_settings_alone() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let _lost = alice.add_app().await;
    alice.add_address("email", EMAIL).await;
    let codes = new_backup_codes(&alice).await;
    alice.sign_out().await;
    site.clock.advance(QUARANTINE);
    let other = site.browser();
    other.enter_password("alice").await;
    let backup = [("kind", "backup_code"), ("code", codes[3].as_str())];
    let page = other.submit("/two-factor/recover", &backup).await;
    assert!(page.contains("step 2 of 2"), "{page}");
    assert!(other.get(SETTINGS).await.location() == "/two-factor");
    let page = other.open("/two-factor/recover").await;
    let id = page
        .split("?method=")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .find(|id| id.len() == 26);
    let id = id.map_or_else(|| between(&page, "name=\"address\" value=\"", "\""), str::to_owned);
    other.submit("/two-factor/recover/send", &[("address", &id)]).await;
    let code = site.latest_code();
    let sent = [("kind", "sent_code"), ("code", code.as_str())];
    let page = other.submit("/two-factor/recover", &sent).await;
    assert!(page.contains("Your account is recovered."), "{page}");
    // A recovery is not a sign-in.
    assert!(!other.is_signed_in().await);
    let page = other.submit(&format!("{SETTINGS}/authenticator-app/begin"), &[]).await;
    let app = crate::site::PhoneApp::new(&between(&page, "<p class=\"secret\">", "</p>"));
    let code = [("code", &*app.next_code(&site))];
    // The pages of the application are not open to the user yet.
    let answer = other.post(&format!("{SETTINGS}/authenticator-app"), &code).await;
    assert_eq!(answer.location(), SETTINGS);
}

#[tokio::test]
async fn security_key_signs_in_and_an_incorrect_response_does_not() {
    let site = Site::new();
    let alice = site.browser();
    alice.enter_password("alice").await;
    let keys = format!("{SETTINGS}/security-keys");
    let begun = alice.post_json(&format!("{keys}/begin"), serde_json::json!({})).await;
    assert_eq!(begun.json()["publicKey"]["name"], "alice");
    let page = alice.submit(&keys, &[("name", "Blue key"), ("response", "key-1")]).await;
    assert!(page.contains("Security key or passkey added.") && page.contains("Blue key"), "{page}");
    for (response, is_accepted) in [("key-2", false), ("key-1", true)] {
        let other = site.browser();
        other.enter_password("alice").await;
        let begun = other.post_json("/two-factor/security-key/begin", serde_json::json!({})).await;
        assert_eq!(begun.json()["publicKey"]["count"], 1);
        other.submit("/two-factor/security-key", &[("response", response)]).await;
        assert_eq!(other.is_signed_in().await, is_accepted, "{response}");
        // The ceremony is over.
        other.submit("/two-factor/security-key", &[("response", "key-1")]).await;
        assert_eq!(other.is_signed_in().await, is_accepted, "{response}");
    }
}

/// Creates backup codes, and returns them.
pub(crate) async fn new_backup_codes(browser: &Browser<'_>) -> Vec<String> {
    let page = browser.submit(&format!("{SETTINGS}/backup-codes"), &[]).await;
    let list = between(&page, "<ol class=\"codes\">", "</ol>");
    list.split("<li>").skip(1).map(|item| item.split('<').next().unwrap().to_owned()).collect()
}
