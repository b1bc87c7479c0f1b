//! Answering a sign-in request, on a browser that is trusted; and "I did not ask for this code".

use axum::{
    Form, Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use axum_extra::extract::CookieJar;
use maud::html;
use second_factor::RequestAnswer;
use serde::Deserialize;

use crate::{
    App,
    page::{page, wait},
    trouble::Trouble,
    trusted,
    visitor::SignedIn,
};

#[derive(Deserialize)]
pub struct Answer {
    answer: Pressed,
    number: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Pressed {
    Approve,
    Cancel,
    NotMe,
}

pub async fn show(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
    jar: CookieJar,
) -> Result<Response, Trouble> {
    let (verifier, subject) = (visitor.verifier(&app)?, visitor.subject()?);
    let (device, jar) = trusted::recognize(&verifier, &subject, jar, &app).await?;
    let pending = match &device {
        Some(device) => verifier.pending_request(device).await?,
        None => None,
    };
    let body = match (&device, pending) {
        (None, _) => html! {
            p { "This browser is not one that you trust, so it approves nothing. Trust it at the \
                 second step of your next sign-in." }
        },
        (_, None) => html! {
            p data-watch="/requests/waiting" data-seen="false" { "Nobody waits to be let in." }
        },
        (_, Some(pending)) => html! {
            form.card method="post" {
                p {
                    strong { (pending.device()) } " at " (pending.location()) " wants to sign in. It ends "
                    (wait(pending.expires_at(), app.now()?)) "."
                }
                label for="number" { "If that is you, type the number that it shows" }
                input #number.code name="number" autocomplete="off" inputmode="numeric" maxlength="2"
                    autofocus;
                div.row {
                    button name="answer" value="approve" { "Let it in" }
                    button.second name="answer" value="cancel" { "Cancel" }
                    button.second name="answer" value="not-me" { "It is not me" }
                }
            }
        },
    };
    Ok((jar, page(&mut visitor, "Sign-in requests", body).await?).into_response())
}

pub async fn waiting(
    SignedIn(visitor): SignedIn,
    State(app): State<App>,
    jar: CookieJar,
) -> Result<Response, Trouble> {
    let (verifier, subject) = (visitor.verifier(&app)?, visitor.subject()?);
    let (device, jar) = trusted::recognize(&verifier, &subject, jar, &app).await?;
    let is_waiting = match &device {
        Some(device) => verifier.pending_request(device).await?.is_some(),
        None => false,
    };
    Ok((jar, Json(is_waiting)).into_response())
}

pub async fn answer(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
    jar: CookieJar,
    Form(form): Form<Answer>,
) -> Result<Response, Trouble> {
    let (verifier, subject) = (visitor.verifier(&app)?, visitor.subject()?);
    let (device, jar) = trusted::recognize(&verifier, &subject, jar, &app).await?;
    let device = device.ok_or(Trouble::Elsewhere("/requests"))?;
    // guide: answer
    let Some(pending) = verifier.pending_request(&device).await? else {
        return Err(Trouble::Elsewhere("/requests"));
    };
    let typed = form.number.unwrap_or_default();
    let (answer, words) = match form.answer {
        Pressed::Approve => (RequestAnswer::Approve(&typed), "The other browser is let in."),
        Pressed::Cancel => (RequestAnswer::Cancel, "The request is cancelled."),
        Pressed::NotMe => (RequestAnswer::NotMe, "Somebody knows your password: change it."),
    };
    // end of guide
    let page = match verifier.answer_request(&device, &pending, answer).await {
        Ok(()) => visitor.done(words, "/settings").await?,
        Err(error) => visitor.refused(&error, &app, "/requests").await?,
    };
    Ok((jar, page).into_response())
}

/// "I did not ask for this code": what others have asked for is void.
pub async fn not_me(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
) -> Result<Response, Trouble> {
    visitor.verifier(&app)?.report_unrequested(&visitor.subject()?).await?;
    let words = "What others asked for is void. Somebody knows your password: change it.";
    visitor.done(words, "/settings/events").await
}
