//! Verification of security keys and passkeys.
//!
//! The script of the page calls the WebAuthn API of the browser.

use axum::{
    Form, Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::ActiveFlow;
use crate::{
    SharedState,
    error::{self, AppError},
    security_keys,
};

#[derive(Deserialize)]
pub struct SecurityKeyForm {
    response: String,
    trust: Option<String>,
}

/// Returns the WebAuthn options for the browser.
pub async fn begin(
    mut flow: ActiveFlow,
    State(app): State<SharedState>,
) -> Result<Response, AppError> {
    let started = security_keys::begin(&flow.verifier, &flow.subject, flow.purpose(), &app).await?;
    match started {
        Ok((options, text)) => {
            flow.state.ceremony = Some(text);
            flow.save().await?;
            Ok(Json(options).into_response())
        }
        Err(error) => {
            let message = error::user_message(&error, app.now()?);
            Ok(Json(serde_json::json!({ "error": message })).into_response())
        }
    }
}

/// Verifies the response of the security key or passkey.
pub async fn verify(
    mut flow: ActiveFlow,
    State(app): State<SharedState>,
    Form(form): Form<SecurityKeyForm>,
) -> Result<Response, AppError> {
    flow.state.trust = form.trust.is_some();
    let text = flow.state.ceremony.take().ok_or(AppError::InvalidForm)?;
    let result = security_keys::finish(
        &flow.verifier,
        &flow.subject,
        flow.state.flow,
        &text,
        flow.partial_proof(),
        &form.response,
        &app,
    )
    .await;
    flow.respond(result, "security-key", &app).await
}
