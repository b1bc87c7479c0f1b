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
    let (verifier, subject) = (&flow.verifier, &flow.subject);
    let result = match security_keys::finish(verifier, subject, &text, &form.response, &app).await {
        Ok(proof) => {
            let proof = match flow.partial_proof() {
                Some(partial_proof) => proof.after(partial_proof),
                None => proof,
            };
            flow.verify(proof).await
        }
        Err(error) => Err(error),
    };
    flow.respond(result, "security-key", &app).await
}
