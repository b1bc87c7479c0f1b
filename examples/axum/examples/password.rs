//! An application with passwords and a second factor.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Form, Router,
    extract::{FromRef, State},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use second_factor::{Keys, MemoryStorage, NoDelivery, Verifier};
use second_factor_axum::{SignedIn, StepUp, TwoFactor, User, Visitor};
use tower_sessions::{MemoryStore, SessionManagerLayer};

/// Email addresses, with the user id and the password hash.
type Users = Arc<HashMap<String, (i64, String)>>;

#[derive(Clone, FromRef)]
struct App {
    users: Users,
    two_factor: TwoFactor,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // In production: Keys::from_hex, and a database.
    let builder = Verifier::builder("Example", MemoryStorage::new(), NoDelivery, Keys::generate()?);
    let users = [("alice@example.com".into(), (1, password_auth::generate_hash("correct horse")))];
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://localhost:3000: alice@example.com, password \"correct horse\"");
    Ok(axum::serve(listener, app(Arc::new(HashMap::from(users)), TwoFactor::new(builder)?)).await?)
}

pub(crate) fn app(users: Users, two_factor: TwoFactor) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/sign-in", get(Html(SIGN_IN)).post(sign_in))
        .route("/payouts", get(payouts))
        .merge(two_factor.router()) // /two-factor, /two-factor/settings, …
        .layer(SessionManagerLayer::new(MemoryStore::default()).with_secure(false)) // no TLS here
        .with_state(App { users, two_factor })
}

#[derive(serde::Deserialize)]
struct Login {
    email: String,
    password: String,
}

async fn sign_in(State(users): State<Users>, visitor: Visitor, form: Form<Login>) -> Response {
    match check_password(&users, &form).await {
        Some(id) => visitor.continue_as(User::new(id, &form.email)).await, // hands over
        None => Html(SIGN_IN).into_response(),
    }
}

async fn check_password(users: &Users, login: &Login) -> Option<i64> {
    let (user, password) = (users.get(&login.email).cloned(), login.password.clone());
    let check = move || match user {
        Some((id, hash)) => password_auth::verify_password(password, &hash).ok().map(|()| id),
        None => Some(password_auth::generate_hash(password)).and(None), // takes as long
    };
    tokio::task::spawn_blocking(check).await.ok()?
}

// guide: extractors
async fn home(user: SignedIn) -> Html<String> {
    Html(format!("Hello, {}. <a href=/two-factor/settings>Security</a>", user.subject()))
}

async fn payouts(StepUp(user): StepUp<300>) -> String {
    format!("The payouts of {}", user.subject())
}
// end of guide

const SIGN_IN: &str = "<form method=post><input name=email><input name=password type=password>\
    <button>Sign in</button></form>";
