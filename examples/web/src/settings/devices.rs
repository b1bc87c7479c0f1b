//! The browsers that are trusted, and signing them out.

use axum::{Form, extract::State, response::Response};
use maud::{Markup, html};
use second_factor::id::ItemId;
use serde::Deserialize;

use crate::{
    App,
    page::{page, time},
    trouble::Trouble,
    visitor::SignedIn,
};

#[derive(Deserialize)]
pub struct Device {
    id: String,
}

pub async fn show(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
) -> Result<Markup, Trouble> {
    let devices = visitor.verifier(&app)?.devices(&visitor.subject()?).await?;
    let body = html! {
        @if devices.is_empty() {
            p { "You trust no browser. You can at the second step of your next sign-in." }
        } @else {
            ul.list {
                @for device in &devices {
                    li.card {
                        h2 { (device.label()) }
                        p.small { "Trusted since " (time(device.created_at())) ", used " (time(device.last_used_at())) }
                        form method="post" action="/settings/devices/remove" {
                            input type="hidden" name="id" value=(device.id());
                            button.second { "Sign it out" }
                        }
                    }
                }
            }
        }
        form method="post" action="/settings/devices/all" {
            p { "This ends every session but this one, and trusts no browser any longer." }
            button.second { "Sign out everywhere" }
        }
    };
    page(&mut visitor, "Trusted browsers", body).await
}

pub async fn remove(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
    Form(form): Form<Device>,
) -> Result<Response, Trouble> {
    let id = ItemId::parse(&form.id).map_err(|_| Trouble::Odd)?;
    let authority = visitor.authority(&app, PAGE).await?;
    match visitor.verifier(&app)?.revoke_device(authority, &id).await {
        Ok(()) => {
            visitor.end_other_sessions(&app).await?;
            visitor.done("It is signed out.", PAGE).await
        }
        Err(error) => super::refused(visitor, error, &app, PAGE).await,
    }
}

pub async fn all(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
) -> Result<Response, Trouble> {
    let authority = visitor.authority(&app, PAGE).await?;
    match visitor.verifier(&app)?.sign_out_everywhere(authority).await {
        Ok(()) => {
            visitor.end_other_sessions(&app).await?;
            visitor.done("Everything else is signed out.", PAGE).await
        }
        Err(error) => super::refused(visitor, error, &app, PAGE).await,
    }
}

const PAGE: &str = "/settings/devices";
