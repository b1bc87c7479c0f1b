//! Known and trusted devices.

use axum::response::Response;
use maud::{Markup, html};
use second_factor::status::KnownDevice;
use serde::Serialize;

use super::{ItemBody, Settings};
use crate::{
    context::permission::held, failure::Failure, input::Input, page::elements::day, text::Text,
};

#[derive(Serialize)]
struct Devices {
    page: &'static str,
    devices: Vec<Device>,
}

#[derive(Serialize)]
struct Device {
    id: String,
    label: String,
    is_current: bool,
    trusted_until: Option<u64>,
    created_at: u64,
    last_used_at: u64,
}

pub(crate) async fn show(Settings(context): Settings) -> Result<Response, Failure> {
    let text = context.text();
    let status = context.verifier()?.status(&context.subject()?).await?;
    let devices = status.devices();
    let body = html! {
        @if devices.iter().all(|device| device.trusted_until().is_none()) {
            p {
                (text.of("You have no trusted devices. You can trust a device the next time you sign in on it."))
            }
        }
        @if !devices.is_empty() {
            ul.list { @for device in devices { (item(device, text)) } }
        }
        form method="post" action=(EVERYWHERE) {
            p { (text.of("This ends all your other sessions and removes all trusted devices.")) }
            button.secondary { (text.of("Sign out everywhere")) }
        }
    };
    let devices = devices.iter().map(|device| Device {
        id: device.id().to_string(),
        label: device.label().to_owned(),
        is_current: device.is_current(),
        trusted_until: device.trusted_until().map(|at| at.as_secs()),
        created_at: device.created_at().as_secs(),
        last_used_at: device.last_used_at().as_secs(),
    });
    let model = Devices { page: "devices", devices: devices.collect() };
    context.page(text.of("Devices"), &body, &model).await
}

fn item(device: &KnownDevice, text: Text) -> Markup {
    html! {
        li.card {
            h2 {
                @if device.label().is_empty() { (text.of("A browser")) } @else { (device.label()) }
                @if device.is_current() { span.badge.on { (text.of("This device")) } }
            }
            p.small {
                @if device.trusted_until().is_some() { (text.of("Trusted, since")) }
                @else { (text.of("Signed in before, since")) }
                " " (day(device.created_at(), text)) ", " (text.of("last used")) " "
                (day(device.last_used_at(), text))
            }
            form method="post" action=(REMOVE) {
                input type="hidden" name="id" value=(device.id());
                @if device.is_current() {
                    button.secondary { (text.of("Forget this device")) }
                } @else {
                    button.secondary { (text.of("Sign out device")) }
                }
            }
        }
    }
}

pub(crate) async fn remove(
    Settings(mut context): Settings,
    Input(body): Input<ItemBody>,
) -> Result<Response, Failure> {
    let (text, id) = (context.text(), body.id.to_string());
    let form = || held(REMOVE, "Sign out device", &[("id", &id)]);
    let grant = context.grant(PATH, form()).await?;
    let verifier = context.verifier()?;
    let status = verifier.status(&context.subject()?).await?;
    let is_own = status.devices().iter().any(|own| own.is_current() && *own.id() == body.id);
    match verifier.revoke(&grant, &body.id).await {
        Ok(epoch) => {
            context.set_epoch(epoch)?;
            if is_own {
                // The user forgets this browser, and stays signed in at it.
                context.data.is_at_device = false;
                context.forget_device();
            }
            context.success(text.of("The device is signed out."), PATH).await
        }
        Err(error) => context.denied(&error, PATH, form()).await,
    }
}

pub(crate) async fn sign_out_everywhere(
    Settings(mut context): Settings,
) -> Result<Response, Failure> {
    let text = context.text();
    let form = || held(EVERYWHERE, "Sign out everywhere", &[]);
    let grant = context.grant(PATH, form()).await?;
    match context.verifier()?.sign_out_everywhere(&grant).await {
        Ok(epoch) => {
            context.set_epoch(epoch)?;
            // The device of this session is forgotten too, and the session remains.
            context.data.is_at_device = false;
            context.forget_device();
            context.success(text.of("You are signed out everywhere else."), PATH).await
        }
        Err(error) => context.denied(&error, PATH, form()).await,
    }
}

const PATH: &str = "/two-factor/settings/devices";
const REMOVE: &str = "/two-factor/settings/devices/remove";
const EVERYWHERE: &str = "/two-factor/settings/devices/sign-out-everywhere";
