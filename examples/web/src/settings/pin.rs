//! Two-step PIN settings.

use axum::{Form, extract::State, response::Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::refusal_response;
use crate::{
    SharedState,
    error::AppError,
    page::{page, password_field},
    session::Settings,
};

#[derive(Deserialize)]
pub struct PinForm {
    pin: String,
    repeated_pin: String,
}

pub async fn show(Settings(mut session): Settings) -> Result<Markup, AppError> {
    let body = html! {
        form.card method="post" {
            p {
                "You will enter this PIN after your other sign-in method, so that someone who \
                 takes over your phone or your phone number can't get in. Use at least 6 \
                 characters; letters are allowed."
            }
            (password_field("pin", "Two-step PIN", "off"))
            (password_field("repeated_pin", "Repeat the PIN", "off"))
            button { "Set PIN" }
        }
    };
    page(&mut session, "Two-step PIN", body).await
}

pub async fn set(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
    Form(form): Form<PinForm>,
) -> Result<Response, AppError> {
    if form.pin != form.repeated_pin {
        return session.flash_error("The PINs don't match.", PATH).await;
    }
    let grant = session.grant(PATH).await?;
    match session.verifier(&app)?.set_pin(&grant, &form.pin).await {
        Ok(_epoch) => {
            let text = "Your two-step PIN is set. We will ask for it when you sign in.";
            session.flash_success(text, "/settings").await
        }
        Err(error) => refusal_response(session, error, &app, PATH).await,
    }
}

const PATH: &str = "/settings/pin";
