//! Setting the PIN, or changing it.

use axum::{Form, extract::State, response::Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    App,
    page::{page, password_field},
    trouble::Trouble,
    visitor::SignedIn,
};

#[derive(Deserialize)]
pub struct Pin {
    pin: String,
    again: String,
}

pub async fn show(SignedIn(mut visitor): SignedIn) -> Result<Markup, Trouble> {
    let body = html! {
        form.card method="post" {
            p {
                "We ask for it after every other proof, so that whoever takes your phone or your \
                 number over does not get in. Six digits or more; letters are welcome."
            }
            (password_field("pin", "PIN", "off"))
            (password_field("again", "The same once more", "off"))
            button { "Set the PIN" }
        }
    };
    page(&mut visitor, "PIN", body).await
}

pub async fn set(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
    Form(form): Form<Pin>,
) -> Result<Response, Trouble> {
    if form.pin != form.again {
        return visitor.say_no("The two are not the same.", "/settings/pin").await;
    }
    let authority = visitor.authority(&app, "/settings/pin").await?;
    match visitor.verifier(&app)?.set_pin(authority, &form.pin).await {
        Ok(()) => visitor.done("From now on we ask for your PIN.", "/settings").await,
        Err(error) => super::refused(visitor, error, &app, "/settings/pin").await,
    }
}
