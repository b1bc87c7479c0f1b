//! Enrollment of security keys and passkeys.

use axum::{
    Form, Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{PendingEnrollment, requires_verification, totp::after_enrollment};
use crate::{
    SharedState,
    error::{self, AppError},
    page::page,
    security_keys,
    session::Settings,
};

#[derive(Deserialize)]
pub struct SecurityKeyForm {
    name: String,
    response: String,
}

pub async fn show(Settings(mut session): Settings) -> Result<Markup, AppError> {
    let body = html! {
        form.card method="post" data-security-key="create"
            data-begin="/settings/security-keys/begin"
        {
            p {
                "A security key or passkey works on this site only, which protects you from \
                 phishing."
            }
            label for="key-name" { "Name" }
            input #key-name name="name" required autofocus autocomplete="off" maxlength="40"
                placeholder="Blue key";
            input type="hidden" name="response";
            button { "Add security key or passkey" }
            p.small role="status" data-status {}
            noscript { p { "This needs JavaScript, which is turned off in your browser." } }
        }
    };
    page(&mut session, "Security key or passkey", body).await
}

pub async fn begin(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
) -> Result<Response, AppError> {
    let enroller = match session.enroller(&app, PATH).await {
        Ok(enroller) => enroller,
        Err(AppError::Redirect(to)) => {
            return Ok(Json(serde_json::json!({ "redirect": to })).into_response());
        }
        Err(error) => return Err(error),
    };
    let account = session.account()?.clone();
    let started = security_keys::enroll(&session.verifier(&app)?, enroller, &account, &app).await?;
    match started {
        Ok((options, text)) => {
            let pending = PendingEnrollment::SecurityKey(text);
            session.data.pending_enrollment = Some(pending);
            session.save().await?;
            Ok(Json(options).into_response())
        }
        Err(error) if requires_verification(&error) => {
            match session.require_verification(PATH).await {
                AppError::Redirect(to) => {
                    Ok(Json(serde_json::json!({ "redirect": to })).into_response())
                }
                error => Err(error),
            }
        }
        Err(error) => {
            let message = error::user_message(&error, app.now()?);
            Ok(Json(serde_json::json!({ "error": message })).into_response())
        }
    }
}

pub async fn confirm(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
    Form(form): Form<SecurityKeyForm>,
) -> Result<Response, AppError> {
    let Some(PendingEnrollment::SecurityKey(text)) = session.data.pending_enrollment.clone() else {
        return Err(AppError::Redirect(PATH));
    };
    let (verifier, subject) = (session.verifier(&app)?, session.subject()?);
    let (name, response) = (form.name.trim(), &form.response);
    match security_keys::confirm(&verifier, &subject, &text, name, response, &app).await {
        Ok(Some(confirmed)) => {
            let jar = after_enrollment(&mut session, confirmed, &app).await?;
            let text = "Security key or passkey added.";
            let response = session.flash_success(text, "/settings").await?;
            Ok((jar, response).into_response())
        }
        Ok(None) => {
            let text = "The security key or passkey was not added. Please try again.";
            session.flash_error(text, PATH).await
        }
        Err(error) => session.flash_refusal(&error, &app, PATH).await,
    }
}

const PATH: &str = "/settings/security-keys";
