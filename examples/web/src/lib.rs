//! An axum application with two-factor authentication.
//!
//! A starting point for your own application. Passwords and sessions come from maintained crates,
//! pages need no build step, and `second-factor` handles the second factor.
//!
//! The server listens on localhost only. Behind a TLS proxy, set `origin` to the public origin.

pub mod accounts;
pub mod auth;
pub mod error;
pub mod gateways;
pub mod guard;
pub mod page;
pub mod phone;
pub mod security_keys;
pub mod session;
pub mod settings;
pub mod state;
pub mod trusted_device;
pub mod verify;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};
use tokio::net::TcpListener;
use tower_sessions::{Expiry, MemoryStore, SessionManagerLayer, cookie::SameSite, cookie::time};

pub use crate::state::{AppState, Config};

/// The state that all handlers share.
pub type SharedState = Arc<AppState>;

/// Serves requests on `listener` until the process exits.
pub async fn serve(listener: TcpListener, state: AppState) -> std::io::Result<()> {
    axum::serve(listener, router(Arc::new(state))).await
}

/// Returns the router with all pages and middleware.
pub fn router(app: SharedState) -> Router {
    // Sessions are in memory: a restart signs all users out. Trusted devices keep their cookie.
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_name(if app.origin.is_secure() { "__Host-session" } else { "session" })
        .with_secure(app.origin.is_secure())
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(time::Duration::hours(1)));
    Router::new()
        .route("/", get(auth::home))
        .route("/sign-up", get(auth::show_sign_up).post(auth::sign_up))
        .route("/sign-in", get(auth::show_sign_in).post(auth::sign_in))
        .route("/sign-out", post(auth::sign_out))
        .route("/password", get(auth::show_password).post(auth::password))
        .merge(verify::routes())
        .merge(settings::routes())
        .merge(phone::routes())
        .route("/style.css", get(page::style))
        .route("/icon.svg", get(page::icon))
        .route("/script.js", get(page::script))
        .fallback(page::not_found)
        .layer(sessions)
        .layer(middleware::from_fn_with_state(app.clone(), guard::guard))
        .with_state(app)
}
