//! An axum application with two-factor authentication.
//!
//! The second step, the settings and the recovery are the router of `second-factor-axum`. Accounts,
//! passwords, sessions and the layout are this application's. The server listens on localhost only.
//! Behind a TLS proxy, set `origin` to the public origin.

pub mod accounts;
#[path = "../../sending/demo_phone.rs"]
pub mod demo_phone;
#[path = "../../sending/gateways.rs"]
pub mod gateways;
pub mod page;
pub mod passwords;
pub mod phone;
#[path = "../../axum/to_copy/sessions.rs"]
pub mod sessions;
pub mod sign_in;
pub mod state;
#[path = "../../axum/to_copy/webauthn_rs.rs"]
pub mod webauthn;

use std::{io, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::{IntoResponse as _, Response},
    routing::get,
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite, cookie::time};

pub use crate::state::{App, Config};

/// Serves requests on `listener` until the process exits.
///
/// A connection that does not send its headers is closed, and there are at most 500.
pub async fn serve(listener: TcpListener, app: App, is_secure: bool) -> io::Result<()> {
    let service = TowerToHyperService::new(router(app, is_secure));
    let places = Arc::new(Semaphore::new(500));
    loop {
        let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
        let Ok((stream, _)) = listener.accept().await else { continue };
        let service = service.clone();
        tokio::spawn(async move {
            let mut connection = http1::Builder::new();
            connection.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(15));
            let _ = connection.serve_connection(TokioIo::new(stream), service).await;
            drop(place);
        });
    }
}

/// Returns the router with all pages and middleware.
pub fn router(app: App, is_secure: bool) -> Router {
    // guide: router
    let sessions = SessionManagerLayer::new(app.sessions.clone())
        .with_name(if is_secure { "__Host-session" } else { "session" })
        .with_secure(is_secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(time::Duration::hours(1)));
    let pages = Router::new()
        .route("/", get(sign_in::home))
        .route("/activity", get(sign_in::activity))
        .route("/sign-up", get(sign_in::show_sign_up).post(sign_in::sign_up))
        .route("/sign-in", get(sign_in::show_sign_in).post(sign_in::sign_in))
        .merge(phone::routes())
        .route("/phone.css", get(page::style))
        .route("/icon.svg", get(page::icon))
        .fallback(page::not_found);
    app.two_factor
        .protect(pages)
        .merge(app.two_factor.router())
        .layer(sessions)
        .layer(from_fn(in_time))
        .with_state(app)
    // end of guide
}

/// Gives up on a request whose body does not arrive.
async fn in_time(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(Duration::from_secs(30), next.run(request)).await;
    answer.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}
