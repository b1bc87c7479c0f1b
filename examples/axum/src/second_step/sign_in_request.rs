//! Sign-in requests to a trusted device of the same user.

use axum::response::Response;
use second_factor::{Proof, Reason, proof::RequestedFrom};

use super::ActiveFlow;
use crate::{
    data::{OpenRequest, handle},
    failure::Failure,
};

/// Creates a request and shows the number to enter on a trusted device.
pub(crate) async fn create(mut flow: ActiveFlow) -> Result<Response, Failure> {
    let text = flow.context.text();
    let from = RequestedFrom::new(&flow.context.info.browser, text.of("unknown location"));
    let created = flow.verifier.request_sign_in(&flow.subject, flow.purpose(), &from).await;
    let to = format!("{}?method=sign_in_request", flow.path());
    match created {
        Ok(request) => {
            flow.state.request = Some(OpenRequest {
                handle: request.handle().to_string(),
                number: request.number().expose().to_owned(),
                expires_at: request.expires_at().as_secs(),
            });
            flow.save().await?;
            Ok(flow.context.go("request_sent", &to))
        }
        Err(error) => flow.context.refuse(&error, &to).await,
    }
}

/// Checks whether the request was answered.
///
/// The script polls every two seconds. Without scripts, the user presses a button.
pub(crate) async fn check(mut flow: ActiveFlow) -> Result<Response, Failure> {
    let request = flow.state.request.as_ref().ok_or(Failure::OutOfDate)?;
    let result = flow.verify(Proof::sign_in_request(handle(&request.handle)?)).await;
    let is_pending = |error: &second_factor::Error| error.reason() == Some(Reason::Pending);
    if result.as_ref().is_err_and(is_pending) {
        let to = format!("{}?method=sign_in_request", flow.path());
        return Ok(flow.context.go("pending", &to));
    }
    flow.state.request = None;
    flow.respond(result, "sign_in_request").await
}
