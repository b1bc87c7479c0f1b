//! The two-step PIN.

use axum::response::Response;
use maud::html;
use serde::Deserialize;
use serde_json::json;

use super::{PATH as SETTINGS, Settings};
use crate::{failure::Failure, input::Input};

#[derive(Deserialize)]
pub(crate) struct PinBody {
    pin: String,
    repeated_pin: Option<String>,
}

pub(crate) async fn show(Settings(context): Settings) -> Result<Response, Failure> {
    let text = context.text();
    let status = context.verifier()?.status(&context.subject()?).await?;
    let reset_at = status.pin().and_then(|pin| pin.reset_at());
    let waits_until = status.quarantined_until();
    let body = html! {
        @if let Some(at) = reset_at {
            form.card method="post" action="/two-factor/settings/pin/keep" {
                p {
                    (text.with("Someone asked to remove your PIN. It will be removed on {}.", &text.day(at.as_secs())))
                }
                button { (text.of("Keep my PIN")) }
            }
        }
        @if let Some(at) = waits_until {
            p.notice.error role="alert" {
                (text.with("You can set a PIN from {} on, because your protection is new.", &text.day(at.as_secs())))
            }
        }
        form.card method="post" {
            p {
                (text.of("You will enter this PIN after your other sign-in method, so that someone who takes over your phone or your phone number can't get in. Use at least 6 characters; letters are allowed."))
            }
            label for="pin" { (text.of("Two-step PIN")) }
            input #pin name="pin" type="password" required autocomplete="off" maxlength="128";
            label for="repeated_pin" { (text.of("Repeat the PIN")) }
            input #repeated_pin name="repeated_pin" type="password" required autocomplete="off"
                maxlength="128";
            button { (text.of("Set PIN")) }
        }
    };
    let model = json!({
        "page": "pin",
        "is_set": status.pin().is_some(),
        "reset_at": reset_at.map(|at| at.as_secs()),
        "quarantined_until": waits_until.map(|at| at.as_secs()),
    });
    context.page(text.of("Two-step PIN"), &body, &model).await
}

/// Sets the PIN. A PIN is not kept for a step-up: the user types it again.
pub(crate) async fn set(
    Settings(mut context): Settings,
    Input(body): Input<PinBody>,
) -> Result<Response, Failure> {
    let text = context.text();
    if body.repeated_pin.is_some_and(|repeated| repeated != body.pin) {
        return context.error(text.of("The PINs don't match. Enter them again."), PATH).await;
    }
    if context.data.grant.is_none() {
        context.data.form_was_lost = true;
    }
    let grant = context.grant(PATH, None).await?;
    match context.verifier()?.set_pin(&grant, body.pin.as_str()).await {
        Ok(epoch) => {
            context.set_epoch(epoch)?;
            let says = "Your two-step PIN is set. We will ask for it when you sign in.";
            context.success(text.of(says), SETTINGS).await
        }
        Err(error) => {
            context.data.form_was_lost = error.needs_grant();
            context.denied(&error, PATH, None).await
        }
    }
}

/// Cancels the requested removal of the PIN.
pub(crate) async fn keep(Settings(context): Settings) -> Result<Response, Failure> {
    let text = context.text();
    match context.verifier()?.cancel_pin_reset(&context.subject()?).await {
        Ok(()) => context.success(text.of("Your PIN stays."), SETTINGS).await,
        Err(error) => context.refuse(&error, PATH).await,
    }
}

const PATH: &str = "/two-factor/settings/pin";
