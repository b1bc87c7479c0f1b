//! Verification and reset of the two-step PIN.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use second_factor::{CodeRequest, FactorKind, Handle, Proof, purpose::Operation};
use serde::{Deserialize, Serialize};

use super::{ActiveFlow, codes::SentCode};
use crate::{
    SharedState,
    error::{AppError, format_duration},
};

/// The pending PIN step of a flow.
#[derive(Clone, Serialize, Deserialize)]
pub struct PinStep {
    handle: String,
    /// The emailed code that removes the PIN.
    pub reset_code: Option<SentCode>,
}

impl PinStep {
    pub fn new(handle: &Handle) -> Self {
        Self { handle: handle.to_string(), reset_code: None }
    }

    fn handle(&self) -> Result<Handle, AppError> {
        self.handle.parse::<Handle>().map_err(|_| AppError::InvalidForm)
    }
}

#[derive(Deserialize)]
pub struct PinForm {
    pin: String,
}

#[derive(Deserialize)]
pub struct ResetForm {
    code: String,
}

pub async fn verify(
    flow: ActiveFlow,
    State(app): State<SharedState>,
    Form(form): Form<PinForm>,
) -> Result<Response, AppError> {
    // guide: pin
    let handle = flow.state.pin.as_ref().ok_or(AppError::InvalidForm)?.handle()?;
    let proof = Proof::pin(handle, &form.pin);
    let result = flow.verify(proof).await;
    flow.respond(result, "pin", &app).await
    // end of guide
}

/// Sends a reset code to the recovery email.
///
/// If there is no recovery email, starts the week after which the PIN is removed.
pub async fn forgotten(
    mut flow: ActiveFlow,
    State(app): State<SharedState>,
) -> Result<Response, AppError> {
    let mut step = flow.state.pin.take().ok_or(AppError::InvalidForm)?;
    let (verifier, subject, path) = (&flow.verifier, &flow.subject, flow.path());
    let status = verifier.status(subject).await?;
    let email = status.factors().iter().find(|factor| factor.kind() == FactorKind::Email);
    if let Some(email) = email {
        let sent = verifier
            .send_code(subject, CodeRequest::to(email.id()).purpose(Operation::ResetPin))
            .await;
        if let Ok(challenge) = &sent {
            step.reset_code = Some(SentCode::new(challenge, String::new()));
        }
        flow.state.pin = Some(step);
        flow.save().await?;
        return match sent {
            Ok(_) => Ok(Redirect::to(path).into_response()),
            Err(error) => flow.session.flash_refusal(&error, &app, path).await,
        };
    }
    let started = verifier.begin_pin_reset(subject, &step.handle()?).await;
    flow.state.pin = Some(step);
    flow.save().await?;
    match started {
        Ok(removed_at) => {
            let wait = format_duration(removed_at.since(app.now()?));
            let text = format!("Your PIN will be removed in {wait} unless it is used before then.");
            flow.session.flash_success(&text, path).await
        }
        Err(error) => flow.session.flash_refusal(&error, &app, path).await,
    }
}

/// Removes the PIN with the code from the recovery email.
pub async fn reset(
    flow: ActiveFlow,
    State(app): State<SharedState>,
    Form(form): Form<ResetForm>,
) -> Result<Response, AppError> {
    let step = flow.state.pin.as_ref().ok_or(AppError::InvalidForm)?;
    let challenge = step.reset_code.as_ref().ok_or(AppError::InvalidForm)?.handle()?;
    let (handle, code) = (step.handle()?, &form.code);
    let result = flow.verify(Proof::pin_reset(handle, challenge, code)).await;
    flow.respond(result, "pin", &app).await
}
