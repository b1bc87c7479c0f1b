//! A web application with a second factor, to start from: passwords and sessions by crates that others
//! keep well, pages without a build step, and `second-factor` in between.
//!
//! It listens on this machine alone. Behind a proxy with TLS, give it the origin that people see.

pub mod accounts;
pub mod door;
pub mod gateways;
pub mod guard;
pub mod page;
pub mod phone;
pub mod prove;
pub mod security_keys;
pub mod settings;
pub mod site;
pub mod trouble;
pub mod trusted;
pub mod visitor;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};
use tokio::net::TcpListener;
use tower_sessions::{Expiry, MemoryStore, SessionManagerLayer, cookie::SameSite, cookie::time};

pub use crate::site::{Settings, Site};

/// What every route is given.
pub type App = Arc<Site>;

/// Answers on `listener` until the process ends.
pub async fn serve(listener: TcpListener, site: Site) -> std::io::Result<()> {
    axum::serve(listener, router(Arc::new(site))).await
}

/// All pages, behind what guards them.
pub fn router(app: App) -> Router {
    // In memory: a restart signs everybody out, and trusted browsers come back by their cookie.
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_name(if app.origin.is_secure() { "__Host-session" } else { "session" })
        .with_secure(app.origin.is_secure())
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(time::Duration::hours(1)));
    Router::new()
        .route("/", get(door::home))
        .route("/sign-up", get(door::show_sign_up).post(door::sign_up))
        .route("/sign-in", get(door::show_sign_in).post(door::sign_in))
        .route("/sign-out", post(door::sign_out))
        .route("/password", get(door::show_password).post(door::password))
        .merge(prove::routes())
        .merge(settings::routes())
        .merge(phone::routes())
        .route("/style.css", get(page::style))
        .route("/icon.svg", get(page::icon))
        .route("/script.js", get(page::script))
        .fallback(page::nothing_here)
        .layer(sessions)
        .layer(middleware::from_fn_with_state(app.clone(), guard::guard))
        .with_state(app)
}
