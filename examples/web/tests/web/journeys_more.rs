//! What people do, in a browser: everything beside a code.

use fantoccini::Locator;
use serde_json::{Value, json};

use crate::{
    browser::{Driver, Person},
    journeys::{MAILBOX, NOW, REFUSED},
    server::Server,
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn backup_codes_are_shown_once_and_let_in_once() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = Person::new(&driver, &server, "backup").await;
    alice.signs_up().await;
    let _app = alice.adds_an_app().await;
    let codes = alice.makes_backup_codes().await;
    assert_eq!(codes.len(), 10);
    let save = alice.browser.find(Locator::Css("a[download]")).await.unwrap();
    let file = save.attr("href").await.unwrap().unwrap();
    assert!(codes.iter().all(|code| file.contains(code)), "{file}");
    let print = alice.browser.find(Locator::Css("[data-print]")).await.unwrap();
    assert!(print.is_displayed().await.unwrap());
    alice.open("/settings/backup-codes").await;
    alice.sees("You have 10 left").await;
    alice.signs_out().await;
    for (words, said) in [("Hello, alice", None), (REFUSED, Some(()))] {
        alice.types_the_password().await;
        alice.press("Backup code").await;
        alice.sees("One of your backup codes").await;
        alice.looks("backup-code").await;
        alice.types_the_code(&codes[0].to_lowercase()).await;
        alice.sees(words).await;
        if said.is_none() {
            alice.signs_out().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn a_security_key_signs_in_and_a_copy_of_it_does_not() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = Person::new(&driver, &server, "key").await;
    let key = alice.plugs_a_key_in().await;
    alice.signs_up().await;
    alice.open("/settings/keys").await;
    alice.looks("add").await;
    alice.fill("name", "Blue key").await;
    alice.press("Add it").await;
    alice.sees("Your security key is added.").await;
    alice.signs_out().await;

    alice.types_the_password().await;
    alice.sees("Have your security key at hand").await;
    alice.looks("second-step").await;
    alice.press("Use your security key").await;
    alice.sees("Hello, alice").await;
    alice.signs_out().await;

    alice.sets_the_count_back(&key).await;
    alice.types_the_password().await;
    alice.press("Use your security key").await;
    alice.sees(REFUSED).await;
    alice.sets_the_count_to(&key, 100).await;
    alice.press("Use your security key").await;
    alice.sees("Hello, alice").await;

    alice.open("/settings").await;
    alice.press("Remove").await;
    alice.sees("This is your last second factor").await;
    let app = alice.adds_an_app_besides().await;
    alice.open("/settings").await;
    alice.looks("two-factors").await;
    alice.press("Remove").await;
    alice.sees("It is removed.").await;
    alice.signs_out().await;
    alice.types_the_password().await;
    alice.sees("The code that your authenticator app shows").await;
    assert!(!alice.text().await.contains("security key"), "{}", alice.text().await);
    alice.types_the_code(&app.next(&server)).await;
    alice.sees("Hello, alice").await;
    alice.open("/settings/off").await;
    alice.looks("off").await;
    alice.press("Turn two-factor off").await;
    alice.sees("Two-factor is off.").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn a_trusted_browser_lets_another_one_in_by_the_number_that_it_shows() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = Person::new(&driver, &server, "request").await;
    alice.signs_up().await;
    let app = alice.adds_an_app().await;
    alice.signs_out().await;
    alice.types_the_password().await;
    alice.check("trust").await;
    alice.types_the_code(&app.next(&server)).await;
    alice.sees("Hello, alice").await;
    alice.signs_out().await;
    alice.types_the_password().await;
    alice.sees("Hello, alice").await;

    // Only those that were trusted before may answer.
    server.clock.advance(60);
    let other = Person::new(&driver, &server, "other").await;
    other.types_the_password().await;
    other.sees("Try another way").await;
    other.press("Another browser of yours").await;
    other.press("Ask there").await;
    other.sees("type this number").await;
    other.looks("number").await;
    let number = other.browser.find(Locator::Css(".number")).await.unwrap().text().await.unwrap();
    alice.open("/requests").await;
    alice.sees("wants to sign in").await;
    alice.looks("answer").await;
    alice.fill("number", &number).await;
    alice.press("Let it in").await;
    alice.sees("The other browser is let in.").await;
    other.sees("Hello, alice").await;

    alice.open("/settings/devices").await;
    alice.looks("devices").await;
    alice.press("Sign it out").await;
    alice.sees("Is it you?").await;
    alice.proves_if_asked(&app).await;
    alice.sees("Trusted browsers").await;
    alice.press("Sign it out").await;
    alice.sees("It is signed out.").await;
    other.open("/").await;
    other.sees("Are you new here?").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn whoever_did_not_ask_ends_what_others_asked_for() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = Person::new(&driver, &server, "not-me").await;
    alice.signs_up().await;
    let app = alice.adds_an_app().await;
    alice.adds("/settings/email", MAILBOX).await;
    alice.signs_out().await;
    alice.types_the_password().await;
    alice.check("trust").await;
    alice.types_the_code(&app.next(&server)).await;
    alice.sees("Hello, alice").await;

    server.clock.advance(3600);
    let thief = Person::new(&driver, &server, "thief").await;
    thief.types_the_password().await;
    thief.press("Another browser of yours").await;
    thief.press("Ask there").await;
    thief.sees("type this number").await;
    alice.open("/requests").await;
    alice.press("It is not me").await;
    alice.sees("Somebody knows your password").await;
    thief.sees(REFUSED).await;

    alice.open("/settings/events").await;
    alice.press("It was not me").await;
    alice.sees("What others asked for is void.").await;
    alice.looks("void").await;

    alice.open("/settings/devices").await;
    alice.press("Sign out everywhere").await;
    alice.proves_if_asked(&app).await;
    alice.sees("Trusted browsers").await;
    alice.press("Sign out everywhere").await;
    alice.sees("Everything else is signed out.").await;
    alice.sees("You trust no browser.").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn a_pin_is_asked_for_and_a_forgotten_one_goes_by_email() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = Person::new(&driver, &server, "pin").await;
    alice.signs_up().await;
    let app = alice.adds_an_app().await;
    alice.adds("/settings/email", MAILBOX).await;
    for (pin, says) in [("123456", "Choose another PIN"), ("493817", "we ask for your PIN")] {
        alice.open("/settings/pin").await;
        alice.fill("pin", pin).await;
        alice.fill("again", pin).await;
        alice.press("Set the PIN").await;
        alice.sees(says).await;
    }
    alice.signs_out().await;
    alice.types_the_password().await;
    alice.types_the_code(&app.next(&server)).await;
    alice.sees("Your PIN").await;
    alice.looks("asked").await;
    alice.fill("pin", "493818").await;
    alice.press("Continue").await;
    alice.sees(REFUSED).await;
    alice.fill("pin", "493817").await;
    alice.press("Continue").await;
    alice.sees("Hello, alice").await;
    alice.signs_out().await;

    server.clock.advance(3600);
    alice.types_the_password().await;
    alice.types_the_code(&app.next(&server)).await;
    alice.press("I forgot my PIN").await;
    alice.sees("It removes your PIN").await;
    alice.fill("code", &alice.newest_code().await).await;
    alice.press("Remove the PIN and go on").await;
    alice.sees("Hello, alice").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn whoever_lost_the_app_gets_back_in_by_two_others() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = Person::new(&driver, &server, "recover").await;
    alice.signs_up().await;
    let _lost = alice.adds_an_app().await;
    alice.adds("/settings/email", MAILBOX).await;
    let codes = alice.makes_backup_codes().await;
    alice.signs_out().await;

    server.clock.advance(3600);
    alice.types_the_password().await;
    alice.press("Get back in with two others").await;
    alice.sees("first of two").await;
    alice.looks("first").await;
    alice.press("Backup code").await;
    alice.types_the_code(&codes[3]).await;
    alice.sees("second of two").await;
    alice.press("@example.com").await;
    alice.press("Send the code").await;
    alice.sees("We sent a code to").await;
    alice.looks("second").await;
    alice.types_the_code(&alice.newest_code().await).await;
    alice.sees("You are back in.").await;
    alice.press("Turn two-factor off").await;
    alice.sees("Everything that you added is removed").await;
    alice.press("Turn two-factor off").await;
    alice.sees("Two-factor is off.").await;
    alice.looks("off").await;
}

impl Person<'_> {
    async fn makes_backup_codes(&self) -> Vec<String> {
        self.open("/settings/backup-codes").await;
        self.press("Make backup codes").await;
        self.sees("We cannot show them again").await;
        self.looks("codes").await;
        let items = self.browser.find_all(Locator::Css(".codes li")).await.unwrap();
        let mut codes = Vec::new();
        for item in items {
            codes.push(item.text().await.unwrap());
        }
        codes
    }

    /// A security key that the browser plays.
    async fn plugs_a_key_in(&self) -> String {
        self.open("/sign-up").await;
        self.tool("WebAuthn.enable", json!({})).await;
        let options = json!({ "options": {
            "protocol": "ctap2",
            "transport": "usb",
            "hasUserVerification": true,
            "isUserVerified": true,
        }});
        let added = self.tool("WebAuthn.addVirtualAuthenticator", options).await;
        added["authenticatorId"].as_str().unwrap().to_owned()
    }

    async fn sets_the_count_back(&self, key: &str) {
        self.sets_the_count_to(key, 0).await;
    }

    /// As a copy of the key would count, which was made some time ago.
    async fn sets_the_count_to(&self, key: &str, count: u32) {
        let which = json!({ "authenticatorId": key });
        let found = self.tool("WebAuthn.getCredentials", which.clone()).await;
        let mut credential = found["credentials"][0].clone();
        credential["signCount"] = Value::from(count);
        self.tool("WebAuthn.clearCredentials", which).await;
        let add = json!({ "authenticatorId": key, "credential": credential });
        self.tool("WebAuthn.addCredential", add).await;
    }
}
