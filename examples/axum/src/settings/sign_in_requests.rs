//! Sign-in requests, and reports of unrequested codes.

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use maud::html;
use second_factor::proof::RequestAnswer;
use serde::Deserialize;
use serde_json::json;

use super::{PATH as SETTINGS, Settings};
use crate::{failure::Failure, input::Input, page::elements::countdown};

#[derive(Deserialize)]
pub(crate) struct AnswerBody {
    answer: Answer,
    number: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Approve,
    Cancel,
    NotMe,
}

pub(crate) async fn show(Settings(context): Settings) -> Result<Response, Failure> {
    let (verifier, subject, text) = (context.verifier()?, context.subject()?, context.text());
    let (pending, now) = (verifier.pending_request(&subject).await?, context.now()?);
    let can_answer = context.device().is_some();
    let body = match &pending {
        _ if !can_answer => html! {
            p {
                (text.of("Only a trusted device can approve sign-in requests. You can trust this device the next time you sign in on it."))
            }
        },
        None => html! {
            p data-watch=(PENDING) data-seen="false" {
                (text.of("There are no pending sign-in requests. This page shows a request as soon as there is one."))
            }
        },
        Some(pending) => html! {
            form.card method="post" {
                p {
                    strong { (pending.device()) } " (" (pending.location()) ") "
                    (text.of("wants to sign in. This request expires")) " "
                    (countdown(pending.expires_at().as_secs(), now, text)) "."
                }
                label for="number" {
                    (text.of("If this is you, enter the number shown on that device"))
                }
                input #number.code name="number" autofocus autocomplete="off" inputmode="numeric"
                    maxlength="2";
                div.row {
                    button name="answer" value="approve" { (text.of("Approve")) }
                    button.secondary name="answer" value="cancel" { (text.of("Cancel")) }
                    button.secondary name="answer" value="not_me" { (text.of("This isn't me")) }
                }
            }
        },
    };
    let request = pending.as_ref().map(|pending| {
        json!({
            "device": pending.device(),
            "location": pending.location(),
            "expires_at": pending.expires_at().as_secs(),
        })
    });
    let model = json!({ "page": "sign_in_requests", "can_answer": can_answer, "request": request });
    context.page(text.of("Sign-in requests"), &body, &model).await
}

/// Returns whether a request is pending, for the script.
pub(crate) async fn is_pending(Settings(context): Settings) -> Result<Response, Failure> {
    let pending = context.verifier()?.pending_request(&context.subject()?).await?;
    Ok(context.finish(Json(pending.is_some()).into_response()))
}

pub(crate) async fn answer(
    Settings(context): Settings,
    Input(body): Input<AnswerBody>,
) -> Result<Response, Failure> {
    let (verifier, subject, text) = (context.verifier()?, context.subject()?, context.text());
    let Some(pending) = verifier.pending_request(&subject).await? else {
        return context.error(text.of("The request has expired."), PATH).await;
    };
    let number = body.number.unwrap_or_default();
    let (answer, says) = match body.answer {
        Answer::Approve => (RequestAnswer::Approve(&number), "You approved the sign-in request."),
        Answer::Cancel => (RequestAnswer::Cancel, "You cancelled the sign-in request."),
        Answer::NotMe => {
            (RequestAnswer::NotMe, "Someone knows your password. Change it right away.")
        }
    };
    match verifier.answer_request(&subject, &pending, answer).await {
        Ok(()) => context.success(text.of(says), SETTINGS).await,
        Err(error) => context.refuse(&error, PATH).await,
    }
}

/// Revokes the codes that other browsers requested.
pub(crate) async fn report_unrequested(Settings(context): Settings) -> Result<Response, Failure> {
    let text = context.text();
    context.verifier()?.report_unrequested(&context.subject()?).await?;
    let says = "Codes requested by other browsers no longer work. Someone knows your password: change it right away.";
    context.success(text.of(says), SETTINGS).await
}

const PATH: &str = "/two-factor/settings/sign-in-requests";
const PENDING: &str = "/two-factor/settings/sign-in-requests/pending";
