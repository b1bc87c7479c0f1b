//! Asking another browser of the same person, which is trusted already.

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Redirect, Response},
};
use second_factor::{Handle, Proof, RequestedFrom, verdict::Reason};
use serde::{Deserialize, Serialize};

use super::Prover;
use crate::{App, trouble::Trouble};

/// A request that waits for its answer.
#[derive(Clone, Serialize, Deserialize)]
pub struct Asked {
    handle: String,
    /// What the person types on the other browser.
    pub number: String,
    pub ends: u64,
}

/// Asks the trusted browsers; this one shows a number to type there.
pub async fn ask(mut prover: Prover, State(app): State<App>) -> Result<Response, Trouble> {
    // guide: request
    let from = RequestedFrom::new(&prover.browser.label, "this computer");
    let (verifier, purpose) = (&prover.verifier, prover.purpose());
    let asked = verifier.request_sign_in(&prover.subject, purpose, &from).await;
    // end of guide
    let to = format!("{}?way=request", prover.page());
    match asked {
        Ok(request) => {
            prover.open.asked = Some(Asked {
                handle: request.handle().to_string(),
                number: request.number().expose().to_owned(),
                ends: request.expires_at().as_secs(),
            });
            prover.keep().await?;
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => prover.visitor.refused(&error, &app, &to).await,
    }
}

/// Whether it was answered. The script asks every two seconds, a person by a button.
pub async fn asked(
    mut prover: Prover,
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let handle = prover.open.asked.as_ref().map(|asked| Handle::parse(&asked.handle));
    let Some(Ok(handle)) = handle else { return Err(Trouble::Odd) };
    let proof = Proof::sign_in_request(&handle);
    let proof = prover.half().iter().fold(proof, |proof, half| proof.after(half));
    let proven = prover.verifier.verify_for(&prover.subject, prover.purpose(), proof).await;
    let is_pending = |error: &second_factor::Error| {
        error.denial().is_some_and(|denial| denial.reason() == Reason::Pending)
    };
    if proven.as_ref().is_err_and(is_pending) {
        return Ok(not_yet(&headers, &prover));
    }
    prover.open.asked = None;
    let answer = prover.settle(proven, "request", &app).await?;
    Ok(for_script(&headers, answer))
}

fn not_yet(headers: &HeaderMap, prover: &Prover) -> Response {
    if headers.contains_key(SCRIPT) {
        return Json(serde_json::json!({})).into_response();
    }
    Redirect::to(&format!("{}?way=request", prover.page())).into_response()
}

/// A script is told where to go: following by itself, it would read the page in place of the person.
fn for_script(headers: &HeaderMap, answer: Response) -> Response {
    let to = answer.headers().get("location").and_then(|to| to.to_str().ok()).map(str::to_owned);
    let (Some(to), true) = (to, headers.contains_key(SCRIPT)) else { return answer };
    let (mut parts, _) = answer.into_parts();
    parts.headers.remove("location");
    parts.headers.remove("content-length");
    parts.status = axum::http::StatusCode::OK;
    let mut answer = Json(serde_json::json!({ "to": to })).into_response();
    answer.headers_mut().extend(parts.headers);
    answer
}

const SCRIPT: &str = "x-script";
