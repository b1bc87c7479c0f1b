//! The example application, and one with its own sessions.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::Request,
    http::{header, request::Parts},
    middleware::{Next, from_fn},
    response::Response,
    routing::{get, post},
};
use second_factor::{
    Keys, MemoryStorage, NoDelivery, Policy, Verifier,
    testkit::ManualClock,
    verifier::{BuildError, VerifierBuilder},
};
use second_factor_axum::{Page, Session, SessionError, SignedIn, TwoFactor, User, Visitor};

use crate::{
    password,
    site::{NOW, Site},
};

fn builder(clock: &ManualClock) -> VerifierBuilder {
    let keys = Keys::new(core::array::from_fn(|at| at as u8));
    let policy = Policy::builder().danger_cheap_hashes().build().unwrap();
    let verifier = Verifier::builder("Example", MemoryStorage::new(), NoDelivery, keys);
    verifier.clock(clock.clone()).policy(policy)
}

#[tokio::test]
async fn application_of_the_example_asks_for_the_second_factor() {
    let clock = ManualClock::at(NOW);
    let two_factor = TwoFactor::new(builder(&clock)).unwrap();
    let hash = password_auth::generate_hash("correct horse");
    let users = Arc::new(HashMap::from([("alice@example.com".to_owned(), (1, hash))]));
    let router = password::app(users, two_factor.clone());
    let site = Site { router, clock, two_factor, ..Site::new() };
    let alice = site.browser();
    let login = [("email", "alice@example.com"), ("password", "correct horse")];
    assert_eq!(alice.get("/payouts").await.location(), "/sign-in");
    assert_eq!(
        alice.post("/sign-in", &[("email", "alice@example.com"), ("password", "x")]).await.status,
        200
    );
    assert_eq!(alice.post("/sign-in", &login).await.location(), "/payouts");
    let page = alice.open("/payouts").await;
    assert!(page.contains("Two-factor authentication is off."), "{page}");
    // Without a WebAuthn crate, the app is the first card.
    let (_, marked) = page.split_once("Recommended").unwrap();
    assert!(marked.contains("shows a new code every 30 seconds"), "{page}");
    let app = alice.add_app().await;
    assert_eq!(alice.open("/payouts").await, "The payouts of 1");
    let other = site.browser();
    assert_eq!(other.post("/sign-in", &login).await.location(), "/two-factor");
    assert!(!other.is_signed_in().await);
    assert!(other.enter_code(&app.next_code(&site)).await.starts_with("Hello, 1."));
}

/// A session in a table of the application.
#[derive(Clone)]
struct MySession {
    id: Arc<Mutex<u64>>,
    table: Table,
}

type Table = Arc<Mutex<HashMap<u64, Option<String>>>>;

impl MySession {
    fn id(&self) -> u64 {
        *self.id.lock().unwrap()
    }
}

impl Session for MySession {
    fn of(parts: &Parts) -> Option<Self> {
        parts.extensions.get().cloned()
    }
    async fn load(&self) -> Result<Option<String>, SessionError> {
        Ok(self.table.lock().unwrap().get(&self.id()).cloned().flatten())
    }
    async fn save(&self, text: &str) -> Result<(), SessionError> {
        self.table.lock().unwrap().entry(self.id()).and_modify(|row| *row = Some(text.to_owned()));
        Ok(())
    }
    async fn renew(&self) -> Result<(), SessionError> {
        let row = self.table.lock().unwrap().remove(&self.id()).flatten();
        let next = self.id() + 1000;
        *self.id.lock().unwrap() = next;
        self.table.lock().unwrap().insert(next, row);
        Ok(())
    }
    async fn end(&self) -> Result<(), SessionError> {
        self.table.lock().unwrap().remove(&self.id());
        Ok(())
    }
}

fn two_factor(verifier: VerifierBuilder, administrators: Policy) -> Result<TwoFactor, BuildError> {
    Ok(TwoFactor::with_sessions::<MySession>(verifier)?
        .policy("administrator", administrators)
        .stylesheet("/static/two-factor.css")
        .layout(|page: &Page| {
            format!("<!doctype html><title>{}</title><main>{}</main>", page.title(), page.body())
        }))
}

/// Reads the cookie, and sets it again if the session was renewed.
async fn sessions(table: Table, mut request: Request, next: Next) -> Response {
    let cookie = request.headers().get(header::COOKIE).and_then(|text| text.to_str().ok());
    let cookie = cookie.and_then(|text| text.split("sid=").nth(1)?.split(';').next()?.parse().ok());
    let id = cookie.unwrap_or_else(|| {
        let mut table = table.lock().unwrap();
        let id = table.len() as u64;
        table.insert(id, None);
        id
    });
    let session = MySession { id: Arc::new(Mutex::new(id)), table };
    request.extensions_mut().insert(session.clone());
    let mut response = next.run(request).await;
    let cookie = format!("sid={}; Path=/; HttpOnly", session.id());
    response.headers_mut().append(header::SET_COOKIE, cookie.parse().unwrap());
    response
}

#[tokio::test]
async fn application_sessions_work_in_its_layout_with_two_policies() {
    let clock = ManualClock::at(NOW);
    let administrators = Policy::builder()
        .danger_cheap_hashes()
        .enrollment(second_factor::policy::Requirement::RequiredBy(site_start()))
        .build()
        .unwrap();
    let two_factor = two_factor(builder(&clock), administrators).unwrap();
    let table = Table::default();
    let rows = Arc::clone(&table);
    let router = Router::new()
        .route("/", get(async |user: SignedIn| format!("Hello, {}", user.label())))
        .route(
            "/sign-in",
            post(async |visitor: Visitor| visitor.continue_as(User::new(7, "member")).await),
        )
        .route(
            "/administrators",
            post(async |visitor: Visitor| {
                visitor.continue_as(User::new(8, "root").policy("administrator")).await
            }),
        )
        .merge(two_factor.router())
        .layer(from_fn(move |request, next| sessions(Arc::clone(&table), request, next)))
        .with_state(two_factor.clone());
    let site = Site { router, clock, two_factor, ..Site::new() };
    let member = site.browser();
    assert_eq!(member.post("/sign-in", &[]).await.location(), "/");
    let app = member.add_app().await;
    member.sign_out().await;
    assert!(!member.is_signed_in().await);
    assert_eq!(member.post("/sign-in", &[]).await.location(), "/two-factor");
    let page = member.open("/two-factor").await;
    assert!(
        page.starts_with("<!doctype html><title>Verify it&#39;s you</title><main>")
            || page.starts_with("<!doctype html><title>Verify it's you</title><main>"),
        "{page}"
    );
    assert!(page.contains("/static/two-factor.css"), "{page}");
    assert_eq!(member.enter_code(&app.next_code(&site)).await, "Hello, member");
    let root = site.browser();
    assert_eq!(root.post("/administrators", &[]).await.location(), "/two-factor/enroll");
    assert!(rows.lock().unwrap().values().flatten().all(|text| !text.contains("secret")));
}

fn site_start() -> second_factor::UnixTime {
    second_factor::UnixTime::from_secs(NOW + 86_400)
}
