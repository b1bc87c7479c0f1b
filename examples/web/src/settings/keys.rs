//! Adding a security key.

use axum::{
    Form, Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use maud::{Markup, html};
use second_factor::Handle;
use serde::Deserialize;

use super::{
    Enrolling,
    app::{added, trust_box},
};
use crate::{
    App,
    page::page,
    security_keys,
    trouble::{self, Trouble},
    trusted::Browser,
    visitor::SignedIn,
};

#[derive(Deserialize)]
pub struct Answer {
    name: String,
    answer: String,
    trust: Option<String>,
}

pub async fn show(SignedIn(mut visitor): SignedIn) -> Result<Markup, Trouble> {
    let body = html! {
        form.card method="post" data-key="create" data-begin="/settings/keys/begin" {
            p { "A security key or a passkey works on this site alone: nobody can trick it out of you." }
            label for="key-name" { "What do you call it?" }
            input #key-name name="name" required autofocus autocomplete="off" maxlength="40"
                placeholder="Blue key";
            input type="hidden" name="answer";
            (trust_box())
            button { "Add it" }
            p.small role="status" data-said {}
            noscript { p { "Your browser has scripts switched off, which a key needs." } }
        }
    };
    page(&mut visitor, "Security key", body).await
}

pub async fn begin(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
) -> Result<Response, Trouble> {
    let enroller = match visitor.enroller(&app, "/settings/keys").await {
        Ok(enroller) => enroller,
        Err(Trouble::Elsewhere(to)) => {
            return Ok(Json(serde_json::json!({ "to": to })).into_response());
        }
        Err(trouble) => return Err(trouble),
    };
    let account = visitor.account()?.clone();
    let begun = security_keys::enroll(&visitor.verifier(&app)?, enroller, &account, &app).await?;
    match begun {
        Ok((options, handle)) => {
            visitor.memory.enrolling = Some(Enrolling::Key(handle.to_string()));
            visitor.keep().await?;
            Ok(Json(options).into_response())
        }
        Err(error) if super::wants_proof(&error) => {
            visitor.must_prove("/settings/keys").await;
            Ok(Json(serde_json::json!({ "to": "/prove/manage" })).into_response())
        }
        Err(error) => {
            let words = trouble::words(&error, app.now()?);
            Ok(Json(serde_json::json!({ "refused": words })).into_response())
        }
    }
}

pub async fn confirm(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
    browser: Browser,
    Form(form): Form<Answer>,
) -> Result<Response, Trouble> {
    let Some(Enrolling::Key(handle)) = visitor.memory.enrolling.clone() else {
        return Err(Trouble::Elsewhere("/settings/keys"));
    };
    let handle = Handle::parse(&handle).map_err(|_| Trouble::Odd)?;
    let (verifier, subject) = (visitor.verifier(&app)?, visitor.subject()?);
    let (name, answer) = (form.name.trim(), &form.answer);
    match security_keys::confirm(&verifier, &subject, &handle, name, answer, &app).await {
        Ok(Some(verified)) => {
            let trust = form.trust.map(|_| browser);
            let jar = added(&mut visitor, &verified, trust, &app).await?;
            let added = visitor.done("Your security key is added.", "/settings").await?;
            Ok((jar, added).into_response())
        }
        Ok(None) => visitor.say_no("That key was not added. Try again.", "/settings/keys").await,
        Err(error) => visitor.refused(&error, &app, "/settings/keys").await,
    }
}
