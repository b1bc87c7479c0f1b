//! Authenticator app codes and sent codes, in a browser.

use totp_rs::{Algorithm, Secret, TOTP};

use crate::{
    server::Server,
    user::{Driver, User},
};

pub const NOW: u64 = 1_800_000_000;
const NUMBER: &str = "+14155550100";
pub const EMAIL: &str = "alice@example.com";
pub const PASSWORD: &str = "correct horse battery staple";
pub const REFUSED: &str = "That didn't work";

/// An authenticator app: an independent implementation.
pub struct App(TOTP);

impl App {
    fn new(secret: &str) -> Self {
        let secret = Secret::Encoded(secret.replace(char::is_whitespace, "")).to_bytes().unwrap();
        Self(TOTP::new(Algorithm::SHA1, 6, 1, 30, secret).unwrap())
    }

    /// Advances the clock to the next code, and returns that code.
    pub fn next_code(&self, server: &Server) -> String {
        server.clock.advance(30);
        self.0.generate(server.clock.time().as_secs())
    }

    fn incorrect_code(&self, server: &Server) -> String {
        let correct = self.0.generate(server.clock.time().as_secs());
        let (first, rest) = correct.split_at(1);
        format!("{}{rest}", (first.parse::<u8>().unwrap() + 1) % 10)
    }
}

impl User<'_> {
    pub async fn sign_up(&self) {
        self.open("/sign-up").await;
        self.check_page("sign-up").await;
        self.fill("name", "alice").await;
        self.fill("password", PASSWORD).await;
        self.press("Sign up").await;
        self.expect("Hello, alice").await;
    }

    pub async fn sign_out(&self) {
        let button = fantoccini::Locator::Css("header form button");
        self.browser.find(button).await.unwrap().click().await.unwrap();
        self.expect("New here?").await;
    }

    /// Completes the first step of signing in.
    pub async fn enter_password(&self) {
        self.open("/sign-in").await;
        self.fill("name", "alice").await;
        self.fill("password", PASSWORD).await;
        self.press("Sign in").await;
    }

    pub async fn enter_code(&self, code: &str) {
        self.fill("code", code).await;
        self.press("Continue").await;
    }

    /// Adds an authenticator app as the first factor.
    pub async fn add_app(&self) -> App {
        self.open("/two-factor/settings").await;
        self.check_page("settings-off").await;
        self.add_another_app().await
    }

    /// Adds an authenticator app to an account that may have factors.
    pub async fn add_another_app(&self) -> App {
        self.open("/two-factor/settings").await;
        self.press("Add an authenticator app").await;
        self.scan_app().await
    }

    /// Adds an authenticator app after a recovery.
    pub async fn replace_app(&self) -> App {
        self.open("/two-factor/settings").await;
        self.press("Add another authenticator app").await;
        self.scan_app().await
    }

    async fn scan_app(&self) -> App {
        self.press("Show QR code").await;
        self.expect("Scan this").await;
        self.open_details().await;
        self.check_page("app").await;
        let secret = self.browser.find(fantoccini::Locator::Css(".secret")).await.unwrap();
        let app = App::new(&secret.text().await.unwrap());
        self.fill("code", &app.incorrect_code(self.server)).await;
        self.press("Add authenticator app").await;
        self.expect(REFUSED).await;
        self.fill("code", &app.next_code(self.server)).await;
        self.press("Add authenticator app").await;
        self.expect("Authenticator app added.").await;
        app
    }

    async fn open_details(&self) {
        let summary = fantoccini::Locator::Css("summary");
        self.browser.find(summary).await.unwrap().click().await.unwrap();
    }

    /// Verifies again, if a change requires it.
    pub async fn verify_if_asked(&self, app: &App) {
        if self.text().await.contains("Confirm it's you") {
            self.open("/two-factor/step-up?method=totp").await;
            self.enter_code(&app.next_code(self.server)).await;
            self.expect("Continue where you left off").await;
            self.check_page("continue").await;
        }
    }

    pub async fn add_address(&self, page: &str, address: &str) {
        self.open(page).await;
        self.fill("address", address).await;
        self.press("Send a code").await;
        self.expect("We sent a code to").await;
        self.check_page("address").await;
        self.fill("code", &self.latest_code().await).await;
        self.press("Confirm").await;
        self.expect("Confirmed and added.").await;
    }

    /// Returns the code that the demo phone received last.
    pub async fn latest_code(&self) -> String {
        let here = self.browser.current_url().await.unwrap();
        self.open(&self.server.app.phone.address()).await;
        self.check_page("phone").await;
        let page = self.text().await;
        let code = page.lines().find_map(crate::probe::code);
        self.browser.goto(here.as_str()).await.unwrap();
        code.unwrap_or_else(|| panic!("no code on: {page}"))
    }

    /// Answers the call, and presses the keys that it asks for.
    async fn answer_call(&self) -> String {
        let mut greeting = String::new();
        // The page before also says that a code was sent, so the call may still be on its way.
        for _ in 0..40 {
            self.open(&self.server.app.phone.address()).await;
            greeting = self.text().await;
            if greeting.contains("press ") {
                break;
            }
            tokio::time::sleep(core::time::Duration::from_millis(100)).await;
        }
        let (_, keys) = greeting.split_once("press ").unwrap();
        let (keys, _) = keys.split_once('.').unwrap();
        self.browser.find(fantoccini::Locator::Css(".key")).await.unwrap();
        self.fill("keys", &keys.replace(", ", "")).await;
        self.press("Press").await;
        self.expect("hang up").await;
        self.check_page("call").await;
        let words = self.browser.find(fantoccini::Locator::Css(".call .text")).await.unwrap();
        let words = words.text().await.unwrap();
        let digits = words.split_whitespace().filter(|word| word.len() == 1);
        digits.filter(|word| word.chars().all(|digit| digit.is_ascii_digit())).take(6).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn app_code_signs_in_once_and_only_while_valid() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = User::new(&driver, &server, "app").await;
    alice.sign_up().await;
    alice.check_page("home").await;
    let app = alice.add_app().await;
    alice.sign_out().await;
    alice.enter_password().await;
    alice.expect("Code from your authenticator app").await;
    alice.check_page("second-step").await;
    alice.enter_code(&app.incorrect_code(&server)).await;
    alice.expect(REFUSED).await;
    alice.check_page("refused").await;
    let code = app.next_code(&server);
    alice.enter_code(&code).await;
    alice.expect("Hello, alice").await;
    alice.sign_out().await;
    alice.enter_password().await;
    alice.enter_code(&code).await;
    alice.expect(REFUSED).await;
    let expired = app.next_code(&server);
    server.clock.advance(300);
    alice.enter_code(&expired).await;
    alice.expect(REFUSED).await;
    // Five are counted at this known device, and then five after the password alone.
    for _ in 0..12 {
        if alice.text().await.contains("Please wait") {
            break;
        }
        alice.enter_code(&app.incorrect_code(&server)).await;
        alice.expect("").await;
        tokio::time::sleep(core::time::Duration::from_millis(200)).await;
    }
    alice.enter_code(&app.incorrect_code(&server)).await;
    alice.expect("Please wait").await;
    alice.check_page("locked").await;
    server.clock.advance(3600);
    alice.enter_code(&app.next_code(&server)).await;
    alice.expect("Hello, alice").await;
    alice.open("/activity").await;
    alice.expect("Authenticator app: factor locked").await;
    alice.check_page("activity").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: bash .ci/web.sh"]
async fn phone_receives_codes_by_sms_whatsapp_and_call() {
    let (driver, server) = (Driver::start(), Server::start(NOW).await);
    let alice = User::new(&driver, &server, "phone").await;
    alice.sign_up().await;
    alice.add_address("/two-factor/settings/phone", NUMBER).await;
    alice.press("Turn on WhatsApp").await;
    alice.expect("WhatsApp is on.").await;
    alice.check_page("settings").await;
    alice.sign_out().await;

    server.clock.advance(3600);
    alice.enter_password().await;
    alice.press("Send code").await;
    alice.expect("Resend code").await;
    alice.check_page("sent").await;
    let button = alice.browser.find(fantoccini::Locator::Css("button[data-wait]")).await.unwrap();
    assert!(!button.is_enabled().await.unwrap(), "enabled too early");
    let code = alice.latest_code().await;
    server.clock.advance(11 * 60);
    alice.open("/two-factor").await;
    alice.expect("Send code").await;
    alice.press("Send code").await;
    alice.expect("We sent a code to").await;
    alice.enter_code(&code).await;
    alice.expect(REFUSED).await;

    server.clock.advance(60);
    alice.open("/two-factor").await;
    alice.press("Send by WhatsApp").await;
    alice.expect("We sent a code to").await;
    alice.enter_code(&alice.latest_code().await).await;
    alice.expect("Hello, alice").await;
    alice.sign_out().await;

    server.clock.advance(3600);
    alice.enter_password().await;
    alice.press("Send code").await;
    alice.expect("Resend code").await;
    server.clock.advance(60);
    alice.open("/two-factor").await;
    alice.press("Call me").await;
    alice.expect("We sent a code to").await;
    let code = alice.answer_call().await;
    alice.open("/two-factor").await;
    alice.enter_code(&code).await;
    alice.expect("Hello, alice").await;

    alice.open("/two-factor/settings").await;
    alice.press("Turn off WhatsApp").await;
    alice.expect("WhatsApp is off.").await;
    alice.sign_out().await;
    server.clock.advance(3600);
    alice.enter_password().await;
    alice.expect("Send code").await;
    assert!(!alice.text().await.contains("WhatsApp"), "{}", alice.text().await);
}
