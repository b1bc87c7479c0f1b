//! An application over the router, and its browsers.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use axum::{
    Form, Router,
    body::Body,
    extract::FromRef,
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::Response,
    routing::get,
};
use http_body_util::BodyExt as _;
use second_factor::{
    Keys, MemoryStorage, Policy, UnixTime, Verifier,
    policy::Requirement,
    testkit::{ManualClock, MessageLog},
};
use second_factor_axum::{
    KeyOwner, SecondFactor, SignedIn, StepUp, TwoFactor, UsedKey, User, Visitor, WebAuthn,
    WebAuthnOptions,
};
use serde_json::Value;
use totp_rs::{Algorithm, Secret, TOTP};
use tower::ServiceExt as _;
use tower_sessions::{MemoryStore, SessionManagerLayer};

pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const NUMBER: &str = "+14155550100";
pub(crate) const EMAIL: &str = "alice@example.com";
pub(crate) const REFUSED: &str = "That didn't work";
/// The quarantine after the first factor: three days.
pub(crate) const QUARANTINE: u64 = 3 * 86_400;

/// The application.
pub(crate) struct Site {
    pub(crate) router: Router,
    pub(crate) clock: ManualClock,
    pub(crate) messages: MessageLog,
    pub(crate) two_factor: TwoFactor,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::with(|two_factor| two_factor)
    }

    /// Creates the application, with other settings of the router.
    pub(crate) fn with(settings: impl FnOnce(TwoFactor) -> TwoFactor) -> Self {
        let (clock, messages) = (ManualClock::at(NOW), MessageLog::new());
        let policy = || Policy::builder().danger_cheap_hashes();
        let keys = Keys::new(core::array::from_fn(|at| at as u8));
        let verifier = Verifier::builder("Notes", MemoryStorage::new(), messages.clone(), keys)
            .policy(policy().build().unwrap())
            .clock(clock.clone());
        let required = Requirement::RequiredBy(UnixTime::from_secs(NOW + 14 * 86_400));
        let strict = policy().enrollment(required).build().unwrap();
        let two_factor = TwoFactor::new(verifier).unwrap().policy("administrator", strict);
        let two_factor = settings(two_factor.webauthn(FakeKeys));
        let router = app(two_factor.clone(), MemoryStore::default());
        Self { router, clock, messages, two_factor }
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { site: self, cookies: Mutex::default(), host: "localhost", language: "en" }
    }

    /// Returns the code that was sent last.
    pub(crate) fn latest_code(&self) -> String {
        let messages = self.messages.take_all();
        let code = messages.iter().rev().find_map(|message| message.code());
        code.unwrap().expose().to_owned()
    }
}

/// An application as a host writes it.
pub(crate) fn app(two_factor: TwoFactor, store: MemoryStore) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/sign-in", get(async || "Please sign in").post(sign_in))
        .route("/payouts", get(payouts).post(pay_out))
        .route("/report", get(report))
        .merge(two_factor.router())
        .layer(SessionManagerLayer::new(store).with_secure(false))
        .with_state(App { two_factor })
}

#[derive(Clone, FromRef)]
struct App {
    two_factor: TwoFactor,
}

#[derive(serde::Deserialize)]
struct Login {
    name: String,
    password: String,
    policy: Option<String>,
}

async fn sign_in(visitor: Visitor, Form(login): Form<Login>) -> Response {
    if login.password != PASSWORD {
        return axum::response::IntoResponse::into_response("Incorrect password");
    }
    // The names of the tests are the user ids.
    let user = User::new(login.name.parse::<second_factor::SubjectId>().unwrap(), &login.name);
    let user = match login.policy {
        Some(policy) => user.policy(&policy),
        None => user,
    };
    visitor.continue_as(user).await
}

async fn home(user: SignedIn) -> String {
    format!("Hello, {}", user.label())
}

async fn payouts(_: StepUp<240>) -> &'static str {
    "The form of the payouts"
}

async fn pay_out(StepUp(user): StepUp) -> String {
    format!("Paid to {}", user.subject())
}

async fn report(SecondFactor(user): SecondFactor) -> String {
    format!("The report of {}", user.subject())
}

/// A browser with cookies.
pub(crate) struct Browser<'s> {
    pub(crate) site: &'s Site,
    cookies: Mutex<BTreeMap<String, String>>,
    pub(crate) host: &'static str,
    pub(crate) language: &'static str,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |to| to.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

impl Browser<'_> {
    pub(crate) fn cookies(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap()
    }

    /// Sends a request with the cookies of this browser.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        let cookies: Vec<_> =
            self.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let headers = request.headers_mut();
        headers.insert(header::HOST, self.host.parse().unwrap());
        headers.insert(header::USER_AGENT, "Firefox Linux".parse().unwrap());
        headers.insert(header::ACCEPT_LANGUAGE, self.language.parse().unwrap());
        if !cookies.is_empty() {
            headers.insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let response = self.site.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = set.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            match attributes.contains("Max-Age=0") {
                true => self.cookies().remove(name),
                false => self.cookies().insert(name.to_owned(), value.to_owned()),
            };
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::ACCEPT, "text/html");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Opens a page and follows redirects.
    pub(crate) async fn open(&self, path: &str) -> String {
        let mut answer = self.get(path).await;
        for _ in 0..6 {
            if answer.status != StatusCode::SEE_OTHER {
                return answer.text;
            }
            let to = answer.location().to_owned();
            answer = self.get(&to).await;
        }
        panic!("too many redirects: {answer:?}");
    }

    /// Posts a form, as a page of this site does.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.form(path, fields).body(body(fields)).unwrap()).await
    }

    pub(crate) fn form(&self, path: &str, _: &[(&str, &str)]) -> axum::http::request::Builder {
        Request::post(path)
            .header(header::ACCEPT, "text/html")
            .header(header::ORIGIN, format!("http://{}", self.host))
            .header(header::REFERER, format!("http://{}{path}", self.host))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
    }

    /// Posts a form and follows the redirect.
    pub(crate) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.post(path, fields).await;
        match answer.status {
            StatusCode::SEE_OTHER => self.open(answer.location()).await,
            _ => answer.text,
        }
    }

    /// Sends JSON, as a mobile client does.
    pub(crate) async fn json(&self, method: Method, path: &str, json: Value) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::ACCEPT, "application/json");
        let request = request.header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(json.to_string().into()).unwrap()).await
    }

    pub(crate) async fn get_json(&self, path: &str) -> Value {
        let request = Request::get(path).header(header::ACCEPT, "application/json");
        self.send(request.body(Body::empty()).unwrap()).await.json()
    }

    pub(crate) async fn post_json(&self, path: &str, json: Value) -> Answer {
        self.json(Method::POST, path, json).await
    }

    /// Enters the password of a user.
    pub(crate) async fn enter_password(&self, name: &str) -> Answer {
        // The example application calls the name an email address.
        let fields = [("name", name), ("email", name), ("password", PASSWORD)];
        self.post("/sign-in", &fields).await
    }

    /// Adds an authenticator app.
    pub(crate) async fn add_app(&self) -> PhoneApp {
        let before = self.apps().await;
        let page = self.submit(&format!("{SETTINGS}/authenticator-app/begin"), &[]).await;
        let app = PhoneApp::new(&between(&page, "<p class=\"secret\">", "</p>"));
        let code = app.next_code(self.site);
        let page = self.submit(&format!("{SETTINGS}/authenticator-app"), &[("code", &code)]).await;
        assert_eq!(self.apps().await, before + 1, "{page}");
        app
    }

    /// Returns the number of authenticator apps that protect the user.
    async fn apps(&self) -> usize {
        let settings = self.get_json(SETTINGS).await;
        let factors = settings["factors"].as_array().into_iter().flatten();
        let apps = factors.filter(|factor| factor["kind"] == "totp").count();
        assert!(settings["is_protected"] == true || apps == 0, "{settings}");
        apps
    }

    pub(crate) async fn add_address(&self, kind: &str, address: &str) {
        let page = self.submit(&format!("{SETTINGS}/{kind}"), &[("address", address)]).await;
        assert!(page.contains("We sent a code to"), "{page}");
        let code = self.site.latest_code();
        let page = self.submit(&format!("{SETTINGS}/address"), &[("code", &code)]).await;
        assert!(page.contains("Confirmed and added."), "{page}");
    }

    /// Enters the code of an app in the second step.
    pub(crate) async fn enter_code(&self, code: &str) -> String {
        self.submit("/two-factor", &[("kind", "totp"), ("code", code)]).await
    }

    pub(crate) async fn is_signed_in(&self) -> bool {
        self.get("/").await.text.contains("Hello, ")
    }

    pub(crate) async fn sign_out(&self) {
        self.post("/two-factor/sign-out", &[]).await;
    }
}

/// An authenticator app: an independent implementation.
pub(crate) struct PhoneApp(TOTP);

impl PhoneApp {
    pub(crate) fn new(secret: &str) -> Self {
        let secret = Secret::Encoded(secret.replace(char::is_whitespace, "")).to_bytes().unwrap();
        Self(TOTP::new(Algorithm::SHA1, 6, 1, 30, secret).unwrap())
    }

    /// Advances the clock to the next code, and returns that code.
    pub(crate) fn next_code(&self, site: &Site) -> String {
        site.clock.advance(30);
        self.0.generate(site.clock.time().as_secs())
    }

    pub(crate) fn incorrect_code(&self, site: &Site) -> String {
        let correct = self.0.generate(site.clock.time().as_secs());
        let (first, rest) = correct.split_at(1);
        format!("{}{rest}", (first.parse::<u8>().unwrap() + 1) % 10)
    }
}

/// A WebAuthn crate for tests: a response is correct if it names the credential.
struct FakeKeys;

impl WebAuthn for FakeKeys {
    fn begin_registration(
        &self,
        owner: &KeyOwner,
        enrolled: &[&[u8]],
    ) -> Result<WebAuthnOptions, Box<dyn core::error::Error + Send + Sync>> {
        let options =
            format!(r#"{{"publicKey":{{"name":"{}","count":{}}}}}"#, owner.name, enrolled.len());
        Ok(WebAuthnOptions { options, state: owner.handle.to_vec() })
    }

    fn finish_registration(&self, _: &[u8], response: &str) -> Option<Vec<u8>> {
        response.starts_with("key").then(|| response.as_bytes().to_vec())
    }

    fn begin_authentication(
        &self,
        credentials: &[&[u8]],
    ) -> Result<WebAuthnOptions, Box<dyn core::error::Error + Send + Sync>> {
        let options = format!(r#"{{"publicKey":{{"count":{}}}}}"#, credentials.len());
        Ok(WebAuthnOptions { options, state: vec![1] })
    }

    fn finish_authentication(
        &self,
        _: &[u8],
        credentials: &[&[u8]],
        response: &str,
    ) -> Option<UsedKey> {
        let index = credentials.iter().position(|known| *known == response.as_bytes())?;
        let credential = response.as_bytes().to_vec();
        Some(UsedKey { index, credential, user_verified: true, device_bound: true })
    }
}

pub(crate) fn body(fields: &[(&str, &str)]) -> Body {
    let escaped =
        |value: &str| -> String { value.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let fields = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value)));
    fields.collect::<Vec<_>>().join("&").into()
}

pub(crate) fn between(page: &str, before: &str, after: &str) -> String {
    let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("no {before} in {page}"));
    rest.split_once(after).unwrap().0.to_owned()
}

pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const SETTINGS: &str = "/two-factor/settings";
