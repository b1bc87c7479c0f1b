//! The settings: what stands, and changing it.

mod addresses;
mod app;
mod backup;
mod devices;
mod keys;
mod overview;
mod pin;
mod requests;

use axum::{
    Router,
    response::Response,
    routing::{get, post},
};
use second_factor::{Error, verdict::Reason};
use serde::{Deserialize, Serialize};

use crate::{App, prove::Sent, trouble::Trouble, visitor::Visitor};

/// A factor that is being added, as far as the next request must know.
#[derive(Clone, Serialize, Deserialize)]
pub enum Enrolling {
    App(String),
    Address(Sent),
    Key(String),
}

pub fn routes() -> Router<App> {
    Router::new()
        .route("/settings", get(overview::show))
        .route("/settings/events", get(overview::events))
        .route("/settings/off", get(overview::show_off).post(overview::off))
        .route("/settings/remove", post(overview::remove_one))
        .route("/settings/app", get(app::show).post(app::confirm))
        .route("/settings/app/begin", post(app::begin))
        .route("/settings/phone", get(addresses::show_phone).post(addresses::add_phone))
        .route("/settings/email", get(addresses::show_email).post(addresses::add_email))
        .route("/settings/address", get(addresses::show_code).post(addresses::confirm))
        .route("/settings/address/resend", post(addresses::resend))
        .route("/settings/whatsapp", post(addresses::whatsapp))
        .route("/settings/backup-codes", get(backup::show).post(backup::make))
        .route("/settings/pin", get(pin::show).post(pin::set))
        .route("/settings/keys", get(keys::show).post(keys::confirm))
        .route("/settings/keys/begin", post(keys::begin))
        .route("/settings/devices", get(devices::show))
        .route("/settings/devices/remove", post(devices::remove))
        .route("/settings/devices/all", post(devices::all))
        .route("/requests", get(requests::show).post(requests::answer))
        .route("/requests/waiting", get(requests::waiting))
        .route("/not-me", post(requests::not_me))
}

/// Whether a change was refused for want of a proof, or of a fresh one.
fn wants_proof(error: &Error) -> bool {
    error.denial().is_some_and(|denial| denial.reason() == Reason::Unauthorized)
}

/// What a change was refused for: on to a proof and back, or back with the words.
async fn refused(
    mut visitor: Visitor,
    error: Error,
    app: &App,
    page: &'static str,
) -> Result<Response, Trouble> {
    if wants_proof(&error) {
        return Err(visitor.must_prove(page).await);
    }
    visitor.refused(&error, app, page).await
}
