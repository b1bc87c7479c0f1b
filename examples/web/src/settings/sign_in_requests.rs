//! Sign-in requests, and reports of unrequested codes.

use axum::{Form, Json, extract::State, response::Response};
use maud::{Markup, html};
use second_factor::proof::RequestAnswer;
use serde::Deserialize;

use crate::{
    SharedState,
    error::AppError,
    page::{countdown, page},
    session::Settings,
};

#[derive(Deserialize)]
pub struct AnswerForm {
    answer: Answer,
    number: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    Approve,
    Cancel,
    NotMe,
}

pub async fn show(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
) -> Result<Markup, AppError> {
    let (verifier, subject) = (session.verifier(&app)?, session.subject()?);
    let pending = verifier.pending_request(&subject).await?;
    let body = match (&session.device, pending) {
        (None, _) => html! {
            p { "Only a trusted device can approve sign-in requests. You can trust this device the \
                 next time you sign in on it." }
        },
        (_, None) => html! {
            p data-watch="/sign-in-requests/pending" data-seen="false" {
                "There are no pending sign-in requests."
            }
        },
        (_, Some(pending)) => html! {
            form.card method="post" {
                p {
                    strong { (pending.device()) } " (" (pending.location()) ") wants to sign in. This \
                    request expires " (countdown(pending.expires_at(), app.now()?)) "."
                }
                label for="number" { "If this is you, enter the number shown on that device" }
                input #number.code name="number" autofocus autocomplete="off" inputmode="numeric"
                    maxlength="2";
                div.row {
                    button name="answer" value="approve" { "Approve" }
                    button.secondary name="answer" value="cancel" { "Cancel" }
                    button.secondary name="answer" value="not-me" { "This isn't me" }
                }
            }
        },
    };
    page(&mut session, "Sign-in requests", body).await
}

/// Returns whether a request is pending, for the script.
pub async fn is_pending(
    Settings(session): Settings,
    State(app): State<SharedState>,
) -> Result<Json<bool>, AppError> {
    let (verifier, subject) = (session.verifier(&app)?, session.subject()?);
    Ok(Json(verifier.pending_request(&subject).await?.is_some()))
}

pub async fn answer(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
    Form(form): Form<AnswerForm>,
) -> Result<Response, AppError> {
    let (verifier, subject) = (session.verifier(&app)?, session.subject()?);
    // guide: answer
    let Some(pending) = verifier.pending_request(&subject).await? else {
        return Err(AppError::Redirect("/sign-in-requests"));
    };
    let number = form.number.unwrap_or_default();
    let (answer, text) = match form.answer {
        Answer::Approve => (RequestAnswer::Approve(&number), "You approved the sign-in request."),
        Answer::Cancel => (RequestAnswer::Cancel, "You cancelled the sign-in request."),
        Answer::NotMe => {
            (RequestAnswer::NotMe, "Someone knows your password. Change it right away.")
        }
    };
    let answered = verifier.answer_request(&subject, &pending, answer).await;
    // end of guide
    match answered {
        Ok(()) => session.flash_success(text, "/settings").await,
        Err(error) => session.flash_refusal(&error, &app, "/sign-in-requests").await,
    }
}

/// Revokes the codes that other browsers requested.
pub async fn report_unrequested(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
) -> Result<Response, AppError> {
    session.verifier(&app)?.report_unrequested(&session.subject()?).await?;
    let text = "Codes requested by other browsers no longer work. Someone knows your password: \
                change it right away.";
    session.flash_success(text, "/settings/activity").await
}
