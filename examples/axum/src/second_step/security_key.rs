//! Proofs by security keys and passkeys.

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use second_factor::{
    Proof,
    proof::{Ceremony, CeremonyRequest, SecurityKeyOutcome},
};
use serde::Deserialize;
use serde_json::Value;

use super::ActiveFlow;
use crate::{
    failure::{Failure, refusal},
    input::{Input, flag},
    webauthn::WebAuthn,
};

/// The response of the browser, which the WebAuthn crate checks.
#[derive(Deserialize)]
pub(crate) struct ResponseBody {
    response: String,
    #[serde(default, deserialize_with = "flag")]
    trust: bool,
}

/// Returns the WebAuthn options for the browser.
pub(crate) async fn begin(mut flow: ActiveFlow) -> Result<Response, Failure> {
    let webauthn = flow.context.two_factor.0.webauthn.clone().ok_or(Failure::NotFound)?;
    let status = flow.verifier.status(&flow.subject).await?;
    let credentials: Vec<_> = status.security_keys().iter().map(|key| key.credential()).collect();
    let started = webauthn.begin_authentication(&credentials).map_err(Failure::WebAuthn)?;
    let request = CeremonyRequest::new(&started.state).purpose(flow.purpose());
    match flow.verifier.begin_security_key(&flow.subject, request).await {
        Ok(ceremony) => {
            flow.state.ceremony = Some(ceremony.expose().to_owned());
            flow.save().await?;
            Ok(flow.context.finish(options(&started.options)))
        }
        Err(error) => Ok(refusal(&error, &flow.context.two_factor, &flow.context.info)),
    }
}

/// Verifies the response of the security key or passkey.
pub(crate) async fn verify(
    mut flow: ActiveFlow,
    Input(body): Input<ResponseBody>,
) -> Result<Response, Failure> {
    let webauthn = flow.context.two_factor.0.webauthn.clone().ok_or(Failure::NotFound)?;
    flow.state.trust = body.trust;
    let text = flow.state.ceremony.take().ok_or(Failure::OutOfDate)?;
    let result = match flow.verifier.ceremony(&flow.subject, &text).await {
        Ok(ceremony) => {
            let outcome = check(&*webauthn, &ceremony, &body.response);
            let outcome = outcome.unwrap_or_else(SecurityKeyOutcome::failed);
            flow.verify(Proof::security_key(&ceremony, outcome)).await
        }
        Err(error) => Err(error),
    };
    flow.respond(result, "security_key").await
}

fn check(
    webauthn: &dyn WebAuthn,
    ceremony: &Ceremony,
    response: &str,
) -> Option<SecurityKeyOutcome> {
    let credentials: Vec<_> = ceremony.keys().iter().map(|key| key.credential()).collect();
    let used = webauthn.finish_authentication(ceremony.state(), &credentials, response)?;
    let key = ceremony.keys().get(used.index)?;
    let outcome = SecurityKeyOutcome::passed(key.id(), &used.credential);
    Some(outcome.user_verified(used.user_verified).device_bound(used.device_bound))
}

/// Returns the options as JSON.
pub(crate) fn options(options: &str) -> Response {
    let options: Result<Value, _> = serde_json::from_str(options);
    match options {
        Ok(options) => Json(options).into_response(),
        Err(error) => Failure::WebAuthn(error.into()).into_response(),
    }
}
