//! Factors in a browser, except TOTP and sent codes.

use fantoccini::Locator;
use serde_json::{Value, json};

use crate::{
    codes::{EMAIL, NOW, REFUSED},
    server::Server,
    user::{Driver, User},
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn backup_code_is_shown_once_and_signs_in_once() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = User::new(&driver, &server, "backup").await;
    alice.sign_up().await;
    let _app = alice.add_app().await;
    let codes = alice.create_backup_codes().await;
    assert_eq!(codes.len(), 10);
    let save = alice.browser.find(Locator::Css("a[download]")).await.unwrap();
    let file = save.attr("href").await.unwrap().unwrap();
    assert!(codes.iter().all(|code| file.contains(code)), "{file}");
    let print = alice.browser.find(Locator::Css("[data-print]")).await.unwrap();
    assert!(print.is_displayed().await.unwrap());
    alice.open("/two-factor/settings/backup-codes").await;
    alice.expect("You have 10 left").await;
    alice.sign_out().await;
    for (text, is_accepted) in [("Hello, alice", true), (REFUSED, false)] {
        alice.enter_password().await;
        alice.press("Backup code").await;
        alice.expect("One of your backup codes").await;
        alice.check_page("backup-code").await;
        alice.enter_code(&codes[0].to_lowercase()).await;
        alice.expect(text).await;
        if is_accepted {
            alice.sign_out().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn security_key_signs_in_and_its_clone_does_not() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = User::new(&driver, &server, "key").await;
    let key = alice.add_virtual_key().await;
    alice.sign_up().await;
    alice.open("/two-factor/settings/security-keys").await;
    alice.check_page("add").await;
    alice.fill("name", "Blue key").await;
    alice.press("Add security key or passkey").await;
    alice.expect("Security key or passkey added.").await;
    alice.sign_out().await;

    alice.enter_password().await;
    alice.expect("Have your security key ready").await;
    alice.check_page("second-step").await;
    alice.press("Use security key or passkey").await;
    alice.expect("Hello, alice").await;
    alice.sign_out().await;

    alice.reset_counter(&key).await;
    alice.enter_password().await;
    alice.press("Use security key or passkey").await;
    alice.expect(REFUSED).await;
    alice.set_counter(&key, 100).await;
    alice.press("Use security key or passkey").await;
    alice.expect("Hello, alice").await;

    alice.open("/two-factor/settings").await;
    alice.press("Remove").await;
    alice.expect("This is your last second factor").await;
    let app = alice.add_another_app().await;
    alice.open("/two-factor/settings").await;
    alice.check_page("two-factors").await;
    alice.press("Remove").await;
    alice.expect("Removed.").await;
    alice.sign_out().await;
    alice.enter_password().await;
    alice.expect("Code from your authenticator app").await;
    assert!(!alice.text().await.contains("security key"), "{}", alice.text().await);
    alice.enter_code(&app.next_code(&server)).await;
    alice.expect("Hello, alice").await;
    alice.open("/two-factor/settings/turn-off").await;
    alice.check_page("off").await;
    alice.press("Turn off two-factor authentication").await;
    alice.expect("Two-factor authentication is off.").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn trusted_device_approves_a_sign_in_by_its_number() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = User::new(&driver, &server, "request").await;
    alice.sign_up().await;
    let app = alice.add_app().await;
    alice.sign_out().await;
    alice.enter_password().await;
    alice.check("trust").await;
    alice.enter_code(&app.next_code(&server)).await;
    alice.expect("Hello, alice").await;
    alice.sign_out().await;
    alice.enter_password().await;
    alice.expect("Hello, alice").await;

    // Only a device that was trusted before the request may answer it.
    server.clock.advance(60);
    let other = User::new(&driver, &server, "other").await;
    other.enter_password().await;
    other.expect("Use another method").await;
    other.press("Approve on a trusted device").await;
    other.press("Send sign-in request").await;
    other.expect("enter this number").await;
    other.check_page("number").await;
    let number = other.browser.find(Locator::Css(".number")).await.unwrap().text().await.unwrap();
    alice.open("/two-factor/settings/sign-in-requests").await;
    alice.expect("wants to sign in").await;
    alice.check_page("answer").await;
    alice.fill("number", &number).await;
    alice.press("Approve").await;
    alice.expect("You approved the sign-in request.").await;
    other.expect("Hello, alice").await;

    alice.open("/two-factor/settings/devices").await;
    alice.check_page("devices").await;
    server.clock.advance(3600);
    alice.press("Sign out device").await;
    alice.expect("Confirm it's you").await;
    alice.verify_if_asked(&app).await;
    alice.press("Sign out device").await;
    alice.expect("The device is signed out.").await;
    other.open("/").await;
    other.expect("New here?").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn unrequested_code_report_voids_other_requests() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = User::new(&driver, &server, "not-me").await;
    alice.sign_up().await;
    let app = alice.add_app().await;
    alice.add_address("/two-factor/settings/email", EMAIL).await;
    alice.sign_out().await;
    alice.enter_password().await;
    alice.check("trust").await;
    alice.enter_code(&app.next_code(&server)).await;
    alice.expect("Hello, alice").await;

    server.clock.advance(3600);
    let thief = User::new(&driver, &server, "thief").await;
    thief.enter_password().await;
    thief.press("Approve on a trusted device").await;
    thief.press("Send sign-in request").await;
    thief.expect("enter this number").await;
    alice.open("/two-factor/settings/sign-in-requests").await;
    alice.press("This isn't me").await;
    alice.expect("Someone knows your password").await;
    thief.expect(REFUSED).await;

    alice.open("/two-factor/settings").await;
    alice.press("I didn't request it").await;
    alice.expect("Codes requested by other browsers no longer work.").await;
    alice.check_page("void").await;

    alice.open("/two-factor/settings/devices").await;
    alice.press("Sign out everywhere").await;
    alice.expect("Confirm it's you").await;
    alice.verify_if_asked(&app).await;
    alice.press("Sign out everywhere").await;
    alice.expect("You are signed out everywhere else.").await;
    alice.expect("You have no trusted devices.").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn forgotten_pin_is_removed_by_email() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = User::new(&driver, &server, "pin").await;
    alice.sign_up().await;
    let app = alice.add_app().await;
    alice.add_address("/two-factor/settings/email", EMAIL).await;
    alice.sign_out().await;
    server.clock.advance(QUARANTINE);
    alice.enter_password().await;
    alice.enter_code(&app.next_code(&server)).await;
    alice.expect("Hello, alice").await;
    for (pin, says) in [("123456", "Choose another PIN"), ("493817", "Your two-step PIN is set.")] {
        alice.open("/two-factor/settings/pin").await;
        alice.fill("pin", pin).await;
        alice.fill("repeated_pin", pin).await;
        alice.press("Set PIN").await;
        alice.expect(says).await;
    }
    alice.sign_out().await;
    alice.enter_password().await;
    alice.enter_code(&app.next_code(&server)).await;
    alice.expect("Enter your two-step PIN").await;
    alice.check_page("asked").await;
    alice.fill("code", "493818").await;
    alice.press("Continue").await;
    alice.expect(REFUSED).await;
    alice.fill("code", "493817").await;
    alice.press("Continue").await;
    alice.expect("Hello, alice").await;
    alice.sign_out().await;

    server.clock.advance(3600);
    alice.enter_password().await;
    alice.enter_code(&app.next_code(&server)).await;
    alice.press("Forgot your PIN?").await;
    alice.expect("It removes your PIN").await;
    alice.fill("code", &alice.latest_code().await).await;
    alice.press("Remove PIN and continue").await;
    alice.expect("Hello, alice").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn lost_app_is_recovered_with_two_other_factors() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = User::new(&driver, &server, "recover").await;
    alice.sign_up().await;
    let _lost = alice.add_app().await;
    alice.add_address("/two-factor/settings/email", EMAIL).await;
    let codes = alice.create_backup_codes().await;
    alice.sign_out().await;

    server.clock.advance(QUARANTINE);
    alice.enter_password().await;
    alice.press("Recover your account with two other methods").await;
    alice.expect("step 1 of 2").await;
    alice.check_page("first").await;
    alice.press("Backup code").await;
    alice.enter_code(&codes[3]).await;
    alice.expect("step 2 of 2").await;
    alice.press("@example.com").await;
    alice.press("Send code").await;
    alice.expect("We sent a code to").await;
    alice.check_page("second").await;
    alice.enter_code(&alice.latest_code().await).await;
    alice.expect("Your account is recovered.").await;
    let _new = alice.replace_app().await;
    alice.check_page("replaced").await;
}

/// The quarantine after the first factor: three days.
///
/// Until it ends, the user cannot set a PIN or recover with a recovery address.
const QUARANTINE: u64 = 3 * 86_400;

impl User<'_> {
    async fn create_backup_codes(&self) -> Vec<String> {
        self.open("/two-factor/settings/backup-codes").await;
        self.press("Create backup codes").await;
        self.expect("You won't be able to see them again").await;
        self.check_page("codes").await;
        let items = self.browser.find_all(Locator::Css(".codes li")).await.unwrap();
        let mut codes = Vec::new();
        for item in items {
            codes.push(item.text().await.unwrap());
        }
        codes
    }

    /// Adds a virtual authenticator to the browser.
    async fn add_virtual_key(&self) -> String {
        self.open("/sign-up").await;
        self.devtools("WebAuthn.enable", json!({})).await;
        let options = json!({ "options": {
            "protocol": "ctap2",
            "transport": "usb",
            "hasUserVerification": true,
            "isUserVerified": true,
        }});
        let added = self.devtools("WebAuthn.addVirtualAuthenticator", options).await;
        added["authenticatorId"].as_str().unwrap().to_owned()
    }

    async fn reset_counter(&self, key: &str) {
        self.set_counter(key, 0).await;
    }

    /// Sets the signature counter, as on a clone of the key.
    async fn set_counter(&self, key: &str, count: u32) {
        let which = json!({ "authenticatorId": key });
        let found = self.devtools("WebAuthn.getCredentials", which.clone()).await;
        let mut credential = found["credentials"][0].clone();
        credential["signCount"] = Value::from(count);
        self.devtools("WebAuthn.clearCredentials", which).await;
        let add = json!({ "authenticatorId": key, "credential": credential });
        self.devtools("WebAuthn.addCredential", add).await;
    }
}
