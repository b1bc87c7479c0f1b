//! Proving with a security key. The script of the page talks to the key.

use axum::{
    Form, Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use second_factor::Handle;
use serde::Deserialize;

use super::Prover;
use crate::{
    App, security_keys,
    trouble::{self, Trouble},
};

#[derive(Deserialize)]
pub struct Answer {
    answer: String,
    trust: Option<String>,
}

/// What the browser is to ask of the key.
pub async fn begin(mut prover: Prover, State(app): State<App>) -> Result<Response, Trouble> {
    let begun =
        security_keys::begin(&prover.verifier, &prover.subject, prover.purpose(), &app).await?;
    match begun {
        Ok((options, handle)) => {
            prover.open.ceremony = Some(handle.to_string());
            prover.keep().await?;
            Ok(Json(options).into_response())
        }
        Err(error) => {
            let words = trouble::words(&error, app.now()?);
            Ok(Json(serde_json::json!({ "refused": words })).into_response())
        }
    }
}

/// What the key answered.
pub async fn answer(
    mut prover: Prover,
    State(app): State<App>,
    Form(form): Form<Answer>,
) -> Result<Response, Trouble> {
    prover.open.trust = form.trust.is_some();
    let handle = prover.open.ceremony.take().ok_or(Trouble::Odd)?;
    let handle = Handle::parse(&handle).map_err(|_| Trouble::Odd)?;
    let (verifier, subject) = (&prover.verifier, &prover.subject);
    let (purpose, half) = (prover.purpose(), prover.half());
    let proven =
        security_keys::finish(verifier, subject, purpose, &handle, half, &form.answer, &app).await;
    prover.settle(proven, "security-key", &app).await
}
