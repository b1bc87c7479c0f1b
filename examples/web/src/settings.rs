//! Security settings pages.

mod addresses;
mod backup_codes;
mod overview;
mod pin;
mod security_keys;
mod sign_in_requests;
mod totp;
mod trusted_devices;

use axum::{
    Router,
    response::Response,
    routing::{get, post},
};
use second_factor::{Error, Reason};
use serde::{Deserialize, Serialize};

use crate::{AppState, SharedState, error::AppError, session::UserSession, verify::SentCode};

/// An enrollment that waits for confirmation, stored in the session.
#[derive(Clone, Serialize, Deserialize)]
pub enum PendingEnrollment {
    Address(SentCode),
    SecurityKey(String),
    Totp(String),
}

pub fn routes() -> Router<SharedState> {
    Router::new()
        .route("/settings", get(overview::show))
        .route("/settings/activity", get(overview::activity))
        .route("/settings/turn-off", get(overview::show_turn_off).post(overview::turn_off))
        .route("/settings/remove", post(overview::remove))
        .route("/settings/authenticator-app", get(totp::show).post(totp::confirm))
        .route("/settings/authenticator-app/begin", post(totp::begin))
        .route("/settings/phone", get(addresses::show_phone).post(addresses::add_phone))
        .route("/settings/email", get(addresses::show_email).post(addresses::add_email))
        .route("/settings/address", get(addresses::show_code).post(addresses::confirm))
        .route("/settings/address/resend", post(addresses::resend))
        .route("/settings/whatsapp", post(addresses::set_whatsapp))
        .route("/settings/backup-codes", get(backup_codes::show).post(backup_codes::create))
        .route("/settings/pin", get(pin::show).post(pin::set))
        .route("/settings/security-keys", get(security_keys::show).post(security_keys::confirm))
        .route("/settings/security-keys/begin", post(security_keys::begin))
        .route("/settings/devices", get(trusted_devices::show))
        .route("/settings/devices/remove", post(trusted_devices::remove))
        .route("/settings/devices/sign-out-everywhere", post(trusted_devices::sign_out_everywhere))
        .route("/sign-in-requests", get(sign_in_requests::show).post(sign_in_requests::answer))
        .route("/sign-in-requests/pending", get(sign_in_requests::is_pending))
        .route("/report-unrequested", post(sign_in_requests::report_unrequested))
}

/// Whether a change was refused because it needs a proof, or a more recent one.
fn requires_verification(error: &Error) -> bool {
    error.denial().is_some_and(|denial| denial.reason() == Reason::Unauthorized)
}

/// Responds to a refused change.
///
/// Redirects to the verification, or back with an error message.
async fn refusal_response(
    mut session: UserSession,
    error: Error,
    app: &AppState,
    page: &'static str,
) -> Result<Response, AppError> {
    if requires_verification(&error) {
        return Err(session.require_verification(page).await);
    }
    session.flash_refusal(&error, app, page).await
}
