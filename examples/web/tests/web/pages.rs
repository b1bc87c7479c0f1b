//! Accessibility, keyboard use and speed of all pages.

use crate::{
    codes::{NOW, PASSWORD},
    server::Server,
    user::{Driver, User},
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn keyboard_is_enough_to_sign_in() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = User::new(&driver, &server, "keyboard").await;
    alice.sign_up().await;
    let app = alice.add_app().await;
    alice.sign_out().await;
    for (keys, title) in [
        (format!("alice\t{PASSWORD}{ENTER}"), "Verify it's you"),
        (format!("{}{ENTER}", app.next_code(&server)), "Hello, alice"),
    ] {
        let focus = alice.browser.active_element().await.unwrap();
        focus.send_keys(&keys).await.unwrap();
        alice.expect(title).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn every_page_loads_within_100_ms() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = User::new(&driver, &server, "speed").await;
    alice.sign_up().await;
    alice.add_app().await;
    for page in PAGES {
        let mut best = f64::MAX;
        for _ in 0..5 {
            alice.open(page).await;
            let took = "return performance.getEntriesByType('navigation')[0].loadEventEnd";
            let took = alice.browser.execute(took, Vec::new()).await.unwrap();
            best = best.min(took.as_f64().unwrap());
        }
        assert!(best > 0.0 && best < 100.0, "{page}: {best} ms");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn every_page_is_accessible() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = User::new(&driver, &server, "page").await;
    alice.open("/sign-in").await;
    alice.check_page("sign-in").await;
    // The console of the browser reports this status as an error.
    alice.open("/nowhere").await;
    alice.take_screenshot("nowhere").await;
    let _log = alice.command("se/log", serde_json::json!({ "type": "browser" })).await;
    alice.sign_up().await;
    let _app = alice.add_app().await;
    for page in PAGES {
        alice.open(page).await;
        alice.check_page(page.rsplit('/').next().unwrap()).await;
    }
    // A change an hour later needs a new verification.
    server.clock.advance(3600);
    alice.open("/two-factor/settings/turn-off").await;
    alice.press("Turn off two-factor authentication").await;
    alice.expect("Confirm it's you").await;
    alice.check_page("verify").await;
}

/// All pages that open without a verification.
const PAGES: [&str; 12] = [
    "/",
    "/two-factor/settings",
    "/activity",
    "/two-factor/settings/authenticator-app",
    "/two-factor/settings/backup-codes",
    "/two-factor/settings/devices",
    "/two-factor/settings/email",
    "/two-factor/settings/phone",
    "/two-factor/settings/pin",
    "/two-factor/settings/security-keys",
    "/two-factor/settings/turn-off",
    "/two-factor/settings/sign-in-requests",
];

const ENTER: char = '\u{e007}';
