//! The PIN after a proof, and its reset.

use axum::response::Response;
use second_factor::{CodeRequest, Error, FactorKind, Proof, purpose::Operation};
use serde::Deserialize;

use super::{ActiveFlow, Outcome};
use crate::{
    data::{SentCode, handle},
    failure::Failure,
    input::Input,
};

#[derive(Deserialize)]
pub(crate) struct ResetBody {
    code: String,
}

impl ActiveFlow {
    /// Verifies the PIN, which completes the proof before it.
    pub(super) async fn verify_pin(&mut self, proof: Proof) -> Result<Outcome, Error> {
        // The handle of the PIN includes both proofs, so there is no partial proof any more.
        self.state.partial_proof = None;
        self.verify(proof).await
    }
}

/// Sends a reset code to the recovery email.
///
/// If there is no recovery email, starts the week after which the PIN is removed.
pub(crate) async fn forgotten(mut flow: ActiveFlow) -> Result<Response, Failure> {
    let mut step = flow.state.pin.take().ok_or(Failure::OutOfDate)?;
    let (verifier, subject, path) = (&flow.verifier, &flow.subject, flow.path());
    let text = flow.context.text();
    let status = verifier.status(subject).await?;
    let email = status.factors().iter().find(|factor| factor.kind() == FactorKind::Email);
    if let Some(email) = email {
        let request = CodeRequest::to(email.id()).purpose(Operation::ResetPin);
        let sent = verifier.send_code(subject, request).await;
        if let Ok(challenge) = &sent {
            step.reset_code = Some(SentCode::new(challenge, String::new()));
        }
        flow.state.pin = Some(step);
        flow.save().await?;
        return match sent {
            Ok(_) => Ok(flow.context.go("code_sent", path)),
            Err(error) => flow.context.refuse(&error, path).await,
        };
    }
    let started = verifier.begin_pin_reset(subject, handle(&step.handle)?).await;
    flow.state.pin = Some(step);
    flow.save().await?;
    match started {
        Ok(removed_at) => {
            let wait = text.duration(removed_at.since(flow.context.now()?));
            let says = "Your PIN will be removed in {} unless it is used before then.";
            flow.context.success(text.with(says, &wait), path).await
        }
        Err(error) => flow.context.refuse(&error, path).await,
    }
}

/// Removes the PIN with the code from the recovery email.
pub(crate) async fn reset(
    mut flow: ActiveFlow,
    Input(body): Input<ResetBody>,
) -> Result<Response, Failure> {
    let step = flow.state.pin.as_ref().ok_or(Failure::OutOfDate)?;
    let sent = step.reset_code.as_ref().ok_or(Failure::OutOfDate)?;
    let proof = Proof::pin_reset(handle(&step.handle)?, handle(&sent.handle)?, &body.code);
    let result = flow.verify_pin(proof).await;
    flow.respond(result, "pin").await
}
