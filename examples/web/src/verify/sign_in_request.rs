//! Sign-in requests to a trusted device of the same user.

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Redirect, Response},
};
use second_factor::{Handle, Proof, Reason, proof::RequestedFrom};
use serde::{Deserialize, Serialize};

use super::ActiveFlow;
use crate::{SharedState, error::AppError};

/// A request that has no answer yet.
#[derive(Clone, Serialize, Deserialize)]
pub struct OpenRequest {
    handle: String,
    /// The number that the user enters on the trusted device.
    pub number: String,
    pub expires_at: u64,
}

/// Creates a request and shows the number to enter on a trusted device.
pub async fn create(
    mut flow: ActiveFlow,
    State(app): State<SharedState>,
) -> Result<Response, AppError> {
    // guide: request
    // A real application looks up the location of the IP address.
    let from = RequestedFrom::new(&flow.browser, "unknown location");
    let (verifier, purpose) = (&flow.verifier, flow.purpose());
    let created = verifier.request_sign_in(&flow.subject, purpose, &from).await;
    // end of guide
    let to = format!("{}?method=sign-in-request", flow.path());
    match created {
        Ok(request) => {
            flow.state.sign_in_request = Some(OpenRequest {
                handle: request.handle().to_string(),
                number: request.number().expose().to_owned(),
                expires_at: request.expires_at().as_secs(),
            });
            flow.save().await?;
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => flow.session.flash_refusal(&error, &app, &to).await,
    }
}

/// Checks whether the request was answered.
///
/// The script polls every two seconds. Without scripts, the user presses a button.
pub async fn status(
    mut flow: ActiveFlow,
    State(app): State<SharedState>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let handle =
        flow.state.sign_in_request.as_ref().map(|request| request.handle.parse::<Handle>());
    let Some(Ok(handle)) = handle else { return Err(AppError::InvalidForm) };
    let proof = Proof::sign_in_request(handle);
    let proof = match flow.partial_proof() {
        Some(partial_proof) => proof.after(partial_proof),
        None => proof,
    };
    let result = flow.verify(proof).await;
    let is_pending = |error: &second_factor::Error| {
        error.denial().is_some_and(|denial| denial.reason() == Reason::Pending)
    };
    if result.as_ref().is_err_and(is_pending) {
        return Ok(pending_response(&headers, &flow));
    }
    flow.state.sign_in_request = None;
    let response = flow.respond(result, "sign-in-request", &app).await?;
    Ok(for_script(&headers, response))
}

fn pending_response(headers: &HeaderMap, flow: &ActiveFlow) -> Response {
    if headers.contains_key(SCRIPT_HEADER) {
        return Json(serde_json::json!({})).into_response();
    }
    Redirect::to(&format!("{}?method=sign-in-request", flow.path())).into_response()
}

/// Turns a redirect into JSON for the script.
///
/// A script that followed the redirect itself would consume the flash message.
fn for_script(headers: &HeaderMap, response: Response) -> Response {
    let location = response.headers().get("location").and_then(|to| to.to_str().ok());
    let location = location.map(str::to_owned);
    let (Some(to), true) = (location, headers.contains_key(SCRIPT_HEADER)) else {
        return response;
    };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove("location");
    parts.headers.remove("content-length");
    parts.status = axum::http::StatusCode::OK;
    let mut response = Json(serde_json::json!({ "redirect": to })).into_response();
    response.headers_mut().extend(parts.headers);
    response
}

const SCRIPT_HEADER: &str = "x-script";
