//! List and removal of known and trusted devices.

use axum::{Form, extract::State, response::Response};
use maud::{Markup, html};
use second_factor::ItemId;
use serde::Deserialize;

use super::refusal_response;
use crate::{
    SharedState,
    error::AppError,
    page::{page, time},
    session::Settings,
};

#[derive(Deserialize)]
pub struct DeviceForm {
    id: String,
}

pub async fn show(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
) -> Result<Markup, AppError> {
    let status = session.verifier(&app)?.status(&session.subject()?).await?;
    let devices = status.devices();
    let body = html! {
        @if devices.iter().all(|device| device.trusted_until().is_none()) {
            p {
                "You have no trusted devices. You can trust a device the next time you sign in on \
                 it."
            }
        }
        @if !devices.is_empty() {
            ul.list {
                @for device in devices {
                    li.card {
                        h2 { @if device.label().is_empty() { "A browser" } @else { (device.label()) } }
                        p.small {
                            @if device.trusted_until().is_some() { "Trusted, since " }
                            @else { "Signed in before, since " }
                            (time(device.created_at()))
                            ", last used " (time(device.last_used_at()))
                        }
                        form method="post" action="/settings/devices/remove" {
                            input type="hidden" name="id" value=(device.id());
                            button.secondary { "Sign out device" }
                        }
                    }
                }
            }
        }
        form method="post" action="/settings/devices/sign-out-everywhere" {
            p { "This ends all your other sessions and removes all trusted devices." }
            button.secondary { "Sign out everywhere" }
        }
    };
    page(&mut session, "Trusted devices", body).await
}

pub async fn remove(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
    Form(form): Form<DeviceForm>,
) -> Result<Response, AppError> {
    let id = form.id.parse::<ItemId>().map_err(|_| AppError::InvalidForm)?;
    let grant = session.grant(PATH).await?;
    match session.verifier(&app)?.revoke(&grant, &id).await {
        Ok(_epoch) => {
            session.end_other_sessions(&app).await?;
            session.flash_success("The device is signed out.", PATH).await
        }
        Err(error) => refusal_response(session, error, &app, PATH).await,
    }
}

pub async fn sign_out_everywhere(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
) -> Result<Response, AppError> {
    let grant = session.grant(PATH).await?;
    match session.verifier(&app)?.sign_out_everywhere(&grant).await {
        Ok(_epoch) => {
            session.end_other_sessions(&app).await?;
            session.flash_success("You are signed out everywhere else.", PATH).await
        }
        Err(error) => refusal_response(session, error, &app, PATH).await,
    }
}

const PATH: &str = "/settings/devices";
