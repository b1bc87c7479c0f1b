//! The overview of all factors, their removal, and turning off.

mod cards;

use axum::response::Response;
use maud::html;
use second_factor::{FactorKind, Next, Status, status::FactorState};
use serde::Serialize;
use serde_json::json;

use super::{ItemBody, PATH, Settings};
use crate::{context::permission::held, failure::Failure, input::Input};

/// What the page shows.
#[derive(Serialize)]
struct Overview {
    page: &'static str,
    is_protected: bool,
    has_pending_request: bool,
    has_webauthn: bool,
    factors: Vec<Item>,
    pin: Option<Item>,
    backup_codes_left: Option<u8>,
    devices: usize,
    quarantined_until: Option<u64>,
}

/// An enrolled factor.
#[derive(Serialize)]
struct Item {
    id: String,
    kind: &'static str,
    name: Option<String>,
    state: &'static str,
    locked_until: Option<u64>,
    is_withdrawn: bool,
    takes_whatsapp: bool,
    enrolled_at: u64,
    last_used_at: u64,
}

impl Overview {
    fn new(status: &Status, has_pending_request: bool, has_webauthn: bool) -> Self {
        let factors = status.factors().iter().map(|factor| {
            let (state, locked_until) = state(factor.state());
            Item {
                id: factor.id().to_string(),
                name: factor.masked().or_else(|| factor.label()).map(str::to_owned),
                kind: factor.kind().as_str(),
                state,
                locked_until,
                is_withdrawn: factor.is_withdrawn(),
                takes_whatsapp: factor.takes_whatsapp(),
                enrolled_at: factor.enrolled_at().as_secs(),
                last_used_at: factor.last_used_at().as_secs(),
            }
        });
        let pin = status.pin().map(|pin| {
            let (state, locked_until) = state(pin.state());
            Item {
                id: pin.id().to_string(),
                kind: FactorKind::Pin.as_str(),
                name: None,
                state,
                locked_until,
                is_withdrawn: false,
                takes_whatsapp: false,
                enrolled_at: pin.enrolled_at().as_secs(),
                last_used_at: pin.last_used_at().as_secs(),
            }
        });
        Self {
            page: "settings",
            is_protected: status.is_protected(),
            has_pending_request,
            has_webauthn,
            factors: factors.collect(),
            pin,
            backup_codes_left: status.backup_codes_left(),
            devices: status.devices().len(),
            quarantined_until: status.quarantined_until().map(|at| at.as_secs()),
        }
    }

    fn of(&self, kind: FactorKind) -> Vec<&Item> {
        self.factors.iter().filter(|item| item.kind == kind.as_str()).collect()
    }
}

fn state(state: FactorState) -> (&'static str, Option<u64>) {
    match state {
        FactorState::Disabled => ("disabled", None),
        FactorState::Locked(until) => ("locked", Some(until.as_secs())),
        _ => ("open", None),
    }
}

pub(crate) async fn show(Settings(context): Settings) -> Result<Response, Failure> {
    let (verifier, subject, text) = (context.verifier()?, context.subject()?, context.text());
    let status = verifier.status(&subject).await?;
    let pending = verifier.pending_request(&subject).await?;
    let has_webauthn = context.two_factor.0.webauthn.is_some();
    let model = Overview::new(&status, pending.is_some(), has_webauthn);
    let body = html! {
        @if model.has_pending_request {
            p.notice role="status" {
                (text.of("A new device wants to sign in.")) " "
                a href="/two-factor/settings/sign-in-requests" { (text.of("Review the request")) }
            }
        }
        p {
            @if model.is_protected {
                (text.of("Two-factor authentication is on. After your first step, we ask for a second factor that only you have."))
            } @else {
                strong { (text.of("Two-factor authentication is off.")) } " "
                (text.of("To turn it on, add an authenticator app, a phone number, a security key or a passkey."))
            }
        }
        div.grid { (cards::cards(&model, context.now()?, text)) }
        p.links {
            a href="/two-factor/settings/sign-in-requests" { (text.of("Sign-in requests")) }
            a href="/two-factor/settings/devices" { (text.of("Devices")) }
            @if model.is_protected {
                a href="/two-factor/settings/turn-off" {
                    (text.of("Turn off two-factor authentication"))
                }
            }
        }
        @if model.is_protected {
            form method="post" action="/two-factor/settings/report-unrequested" {
                p.small { (text.of("Did you receive a code that you didn't request?")) }
                button.secondary { (text.of("I didn't request it")) }
            }
        }
    };
    context.page(text.of("Security"), &body, &model).await
}

pub(crate) async fn remove(
    Settings(mut context): Settings,
    Input(body): Input<ItemBody>,
) -> Result<Response, Failure> {
    let text = context.text();
    let id = body.id.to_string();
    let form = || held("/two-factor/settings/remove", "Remove it", &[("id", &id)]);
    let grant = context.grant(PATH, form()).await?;
    match context.verifier()?.revoke(&grant, &body.id).await {
        Ok(epoch) => {
            context.set_epoch(epoch)?;
            context.success(text.of("Removed."), PATH).await
        }
        Err(error) => context.denied(&error, PATH, form()).await,
    }
}

pub(crate) async fn show_turn_off(Settings(context): Settings) -> Result<Response, Failure> {
    let text = context.text();
    let body = html! {
        form.card method="post" {
            p {
                (text.of("Anyone who knows your password will be able to sign in. All your second factors will be removed."))
            }
            div.row {
                button.danger { (text.of("Turn off two-factor authentication")) }
                a.button.secondary href=(PATH) { (text.of("Keep it on")) }
            }
        }
    };
    let title = text.of("Turn off two-factor authentication");
    context.page(title, &body, &json!({ "page": "turn_off" })).await
}

pub(crate) async fn turn_off(Settings(mut context): Settings) -> Result<Response, Failure> {
    let text = context.text();
    let form = || held(TURN_OFF, "Turn off two-factor authentication", &[]);
    let grant = context.grant(TURN_OFF, form()).await?;
    let (verifier, subject) = (context.verifier()?, context.subject()?);
    match verifier.turn_off(&grant).await {
        Ok(epoch) => {
            context.data.grant = None;
            context.set_epoch(epoch)?;
            match verifier.next(&subject).await? {
                Next::Done(sign_in) => context.sign_in(sign_in).await?,
                // The policy requires a factor: the session ends with the factors.
                Next::Enroll(_) | Next::Prove(_) => {
                    context.data.stage = crate::data::Stage::Enrolling;
                    context.data.is_proven = false;
                    context.save().await?;
                    return Ok(context.go("enrollment_required", "/two-factor/enroll"));
                }
            }
            context.success(text.of("Two-factor authentication is off."), PATH).await
        }
        Err(error) => context.denied(&error, TURN_OFF, form()).await,
    }
}

const TURN_OFF: &str = "/two-factor/settings/turn-off";
