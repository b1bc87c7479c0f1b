//! What people do, in a browser: each way in from its beginning, with what goes wrong on the way.

use totp_rs::{Algorithm, Secret, TOTP};

use crate::{
    browser::{Driver, Person},
    server::Server,
};

pub const NOW: u64 = 1_800_000_000;
const NUMBER: &str = "+14155550100";
pub const MAILBOX: &str = "alice@example.com";
const PASSWORD: &str = "correct horse battery staple";
pub const REFUSED: &str = "That did not work";

/// The app on a phone, by other hands than ours.
pub struct App(TOTP);

impl App {
    fn new(secret: &str) -> Self {
        let secret = Secret::Encoded(secret.replace(char::is_whitespace, "")).to_bytes().unwrap();
        Self(TOTP::new(Algorithm::SHA1, 6, 1, 30, secret).unwrap())
    }

    /// What it shows once the code before is past.
    pub fn next(&self, server: &Server) -> String {
        server.clock.advance(30);
        self.0.generate(server.clock.time().as_secs())
    }

    fn wrong(&self, server: &Server) -> String {
        let right = self.0.generate(server.clock.time().as_secs());
        let (first, rest) = right.split_at(1);
        format!("{}{rest}", (first.parse::<u8>().unwrap() + 1) % 10)
    }
}

impl Person<'_> {
    pub async fn signs_up(&self) {
        self.open("/sign-up").await;
        self.looks("sign-up").await;
        self.fill("name", "alice").await;
        self.fill("password", PASSWORD).await;
        self.press("Sign up").await;
        self.sees("Hello, alice").await;
    }

    pub async fn signs_out(&self) {
        let button = fantoccini::Locator::Css("header form button");
        self.browser.find(button).await.unwrap().click().await.unwrap();
        self.sees("Are you new here?").await;
    }

    /// As far as the password brings.
    pub async fn types_the_password(&self) {
        self.open("/sign-in").await;
        self.fill("name", "alice").await;
        self.fill("password", PASSWORD).await;
        self.press("Sign in").await;
    }

    pub async fn types_the_code(&self, code: &str) {
        self.fill("code", code).await;
        self.press("Continue").await;
    }

    pub async fn adds_an_app(&self) -> App {
        self.open("/settings").await;
        self.looks("settings-off").await;
        self.adds_an_app_besides().await
    }

    /// Where something stands already.
    pub async fn adds_an_app_besides(&self) -> App {
        self.open("/settings").await;
        self.press("Add an app").await;
        self.press("Show the QR code").await;
        self.sees("Scan this").await;
        self.press_summary().await;
        self.looks("app").await;
        let secret = self.browser.find(fantoccini::Locator::Css(".secret")).await.unwrap();
        let app = App::new(&secret.text().await.unwrap());
        self.fill("code", &app.wrong(self.server)).await;
        self.press("Add the app").await;
        self.sees(REFUSED).await;
        self.fill("code", &app.next(self.server)).await;
        self.press("Add the app").await;
        self.sees("Your app is added.").await;
        app
    }

    async fn press_summary(&self) {
        let summary = fantoccini::Locator::Css("summary");
        self.browser.find(summary).await.unwrap().click().await.unwrap();
    }

    /// Proves once more, where a change asks for it.
    pub async fn proves_if_asked(&self, app: &App) {
        if self.text().await.contains("Is it you?") {
            self.open("/prove/manage?way=app").await;
            self.types_the_code(&app.next(self.server)).await;
        }
    }

    pub async fn adds(&self, what: &str, address: &str) {
        self.open(what).await;
        self.fill("address", address).await;
        self.press("code").await;
        self.sees("We sent a code to").await;
        self.looks("address").await;
        self.fill("code", &self.newest_code().await).await;
        self.press("Confirm").await;
        self.sees("It is yours, and added.").await;
    }

    /// The code that came last, read on the phone.
    pub async fn newest_code(&self) -> String {
        let here = self.browser.current_url().await.unwrap();
        self.open("/phone").await;
        self.looks("phone").await;
        let page = self.text().await;
        let code = page.lines().find_map(crate::probe::code);
        self.browser.goto(here.as_str()).await.unwrap();
        code.unwrap_or_else(|| panic!("no code on: {page}"))
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn an_app_is_added_and_signs_in_and_wrong_replayed_and_old_codes_do_not() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = Person::new(&driver, &server, "app").await;
    alice.signs_up().await;
    alice.looks("home").await;
    let app = alice.adds_an_app().await;
    alice.signs_out().await;
    alice.types_the_password().await;
    alice.sees("The code that your authenticator app shows").await;
    alice.looks("second-step").await;
    alice.types_the_code(&app.wrong(&server)).await;
    alice.sees(REFUSED).await;
    alice.looks("refused").await;
    let code = app.next(&server);
    alice.types_the_code(&code).await;
    alice.sees("Hello, alice").await;
    alice.signs_out().await;
    alice.types_the_password().await;
    alice.types_the_code(&code).await;
    alice.sees(REFUSED).await;
    let old = app.next(&server);
    server.clock.advance(300);
    alice.types_the_code(&old).await;
    alice.sees(REFUSED).await;
    for _ in 0..6 {
        if alice.text().await.contains("Not yet.") {
            break;
        }
        alice.types_the_code(&app.wrong(&server)).await;
        alice.sees("").await;
        tokio::time::sleep(core::time::Duration::from_millis(200)).await;
    }
    alice.types_the_code(&app.wrong(&server)).await;
    alice.sees("Not yet. Try again in").await;
    alice.looks("locked").await;
    server.clock.advance(3600);
    alice.types_the_code(&app.next(&server)).await;
    alice.sees("Hello, alice").await;
    alice.open("/settings/events").await;
    alice.sees("Authenticator app waits: wrong tries").await;
    alice.looks("events").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn a_phone_gets_codes_by_text_by_whatsapp_and_by_call() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = Person::new(&driver, &server, "phone").await;
    alice.signs_up().await;
    alice.adds("/settings/phone", NUMBER).await;
    alice.press("Switch WhatsApp on").await;
    alice.sees("WhatsApp is on.").await;
    alice.looks("settings").await;
    alice.signs_out().await;

    server.clock.advance(3600);
    alice.types_the_password().await;
    alice.press("Send the code").await;
    alice.sees("Send it again").await;
    alice.looks("sent").await;
    let button = alice.browser.find(fantoccini::Locator::Css("button[data-wait]")).await.unwrap();
    assert!(!button.is_enabled().await.unwrap(), "not before its time");
    let code = alice.newest_code().await;
    server.clock.advance(11 * 60);
    alice.open("/prove/sign-in").await;
    alice.sees("Send the code").await;
    alice.press("Send the code").await;
    alice.sees("We sent a code to").await;
    alice.types_the_code(&code).await;
    alice.sees(REFUSED).await;

    server.clock.advance(60);
    alice.open("/prove/sign-in").await;
    alice.press("Send it by WhatsApp").await;
    alice.sees("We sent a code to").await;
    alice.types_the_code(&alice.newest_code().await).await;
    alice.sees("Hello, alice").await;
    alice.signs_out().await;

    server.clock.advance(3600);
    alice.types_the_password().await;
    alice.press("Send the code").await;
    server.clock.advance(60);
    alice.open("/prove/sign-in").await;
    alice.press("Call me").await;
    alice.sees("We sent a code to").await;
    let code = alice.hears_the_code().await;
    alice.open("/prove/sign-in").await;
    alice.types_the_code(&code).await;
    alice.sees("Hello, alice").await;

    alice.open("/settings").await;
    alice.press("Switch WhatsApp off").await;
    alice.sees("WhatsApp is off.").await;
    alice.signs_out().await;
    server.clock.advance(3600);
    alice.types_the_password().await;
    alice.sees("Send the code").await;
    assert!(!alice.text().await.contains("WhatsApp"), "{}", alice.text().await);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn a_keyboard_is_enough_to_sign_in() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = Person::new(&driver, &server, "keyboard").await;
    alice.signs_up().await;
    let app = alice.adds_an_app().await;
    alice.signs_out().await;
    for (typed, says) in [
        (format!("alice\t{PASSWORD}{ENTER}"), "The second step"),
        (format!("{}{ENTER}", app.next(&server)), "Hello, alice"),
    ] {
        let focus = alice.browser.active_element().await.unwrap();
        focus.send_keys(&typed).await.unwrap();
        alice.sees(says).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn pages_are_there_in_a_tenth_of_a_second() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = Person::new(&driver, &server, "speed").await;
    alice.signs_up().await;
    alice.adds_an_app().await;
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
async fn every_page_is_for_everybody() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = Person::new(&driver, &server, "page").await;
    alice.open("/sign-in").await;
    alice.looks("sign-in").await;
    // The console of a browser calls such a page an error.
    alice.open("/nowhere").await;
    alice.keeps_a_picture("nowhere").await;
    let _log = alice.command("se/log", serde_json::json!({ "type": "browser" })).await;
    alice.signs_up().await;
    let _app = alice.adds_an_app().await;
    for page in PAGES {
        alice.open(page).await;
        alice.looks(page.rsplit('/').next().unwrap()).await;
    }
    // What is changed an hour later must be proven anew.
    server.clock.advance(3600);
    alice.open("/settings/off").await;
    alice.press("Turn two-factor off").await;
    alice.sees("Is it you?").await;
    alice.looks("prove").await;
}

/// Every page that is there without a question before it.
const PAGES: [&str; 14] = [
    "/",
    "/password",
    "/phone",
    "/requests",
    "/settings",
    "/settings/app",
    "/settings/backup-codes",
    "/settings/devices",
    "/settings/email",
    "/settings/events",
    "/settings/keys",
    "/settings/off",
    "/settings/phone",
    "/settings/pin",
];

const ENTER: char = '\u{e007}';

impl Person<'_> {
    /// Answers the call, and presses the key that it asks for.
    async fn hears_the_code(&self) -> String {
        self.open("/phone").await;
        let greeting = self.text().await;
        let (_, key) = greeting.split_once("press ").unwrap();
        let key = key.chars().next().unwrap().to_string();
        let key = format!("//button[@name='key'][@value='{key}']");
        self.browser.find(fantoccini::Locator::XPath(&key)).await.unwrap().click().await.unwrap();
        self.sees("hang up").await;
        self.looks("call").await;
        let said = self.browser.find(fantoccini::Locator::Css(".call .text")).await.unwrap();
        let said = said.text().await.unwrap();
        let digits = said.split_whitespace().filter(|word| word.len() == 1);
        digits.filter(|word| word.chars().all(|digit| digit.is_ascii_digit())).take(6).collect()
    }
}
