//! Overview of factors, their removal, and recent activity.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Response},
};
use axum_extra::extract::CookieJar;
use maud::{Markup, html};
use second_factor::{
    FactorKind, ItemId, Next, Status, UnixTime,
    status::{FactorState, FactorStatus},
};
use serde::Deserialize;

use super::refusal_response;
use crate::{
    SharedState,
    error::AppError,
    page::{countdown, page, time},
    session::Settings,
};

#[derive(Deserialize)]
pub struct RemoveForm {
    id: String,
}

pub async fn show(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
) -> Result<Markup, AppError> {
    // guide: status
    let (verifier, subject) = (session.verifier(&app)?, session.subject()?);
    let status = verifier.status(&subject).await?;
    // end of guide
    let pending = verifier.pending_request(&subject).await?;
    let body = html! {
        @if pending.is_some() {
            p.notice {
                "A new device wants to sign in. "
                a href="/sign-in-requests" { "Review the request" }
            }
        }
        @if !status.is_protected() {
            p {
                "Two-factor authentication is off. To turn it on, add an authenticator app, a \
                 phone number, a security key or a passkey."
            }
        }
        div.grid { (cards(&status, app.now()?)) }
        p.links {
            a href="/sign-in-requests" { "Sign-in requests" }
            a href="/settings/devices" { "Trusted devices" }
            a href="/settings/activity" { "Recent activity" }
            @if status.is_protected() {
                a href="/settings/turn-off" { "Turn off two-factor authentication" }
            }
        }
    };
    page(&mut session, "Security", body).await
}

fn cards(status: &Status, now: UnixTime) -> Markup {
    let factors = |kind| status.factors().iter().filter(move |factor| factor.kind() == kind);
    let is_protected = status.is_protected();
    html! {
        section.card {
            h2 { "Security keys and passkeys" }
            @for key in status.security_keys() {
                p { strong { (key.name()) } br; span.small { "Added " (time(key.enrolled_at())) } }
                (remove_button(key.id(), key.name()))
            }
            a.button.secondary href="/settings/security-keys" { "Add a key or passkey" }
        }
        section.card {
            h2 { "Authenticator app" }
            @for app in factors(FactorKind::Totp) {
                @let name = app.label().unwrap_or("authenticator app");
                p { strong { (name) } br; "Added " (time(app.enrolled_at())) (state(app, now)) }
                (remove_button(app.id(), name))
            }
            a.button.secondary href="/settings/authenticator-app" {
                @if factors(FactorKind::Totp).count() == 0 {
                    "Add an authenticator app"
                } @else {
                    "Add another authenticator app"
                }
            }
        }
        section.card {
            h2 { "Phone numbers" }
            @for phone in factors(FactorKind::Phone) { (address(phone, now)) }
            a.button.secondary href="/settings/phone" { "Add a phone number" }
        }
        section.card {
            h2 { "Recovery email" }
            @for email in factors(FactorKind::Email) { (address(email, now)) }
            a.button.secondary href="/settings/email" { "Add a recovery email" }
        }
        @if is_protected {
            section.card {
                h2 { "Backup codes" }
                @if let Some(left) = status.backup_codes_left() {
                    p { (left) " left" }
                }
                @for codes in factors(FactorKind::BackupCode) {
                    (remove_button(codes.id(), "backup codes"))
                }
                a.button.secondary href="/settings/backup-codes" { "Create backup codes" }
            }
            section.card {
                h2 { "Two-step PIN" }
                @if let Some(pin) = status.pin() {
                    p { "Set " (time(pin.enrolled_at())) }
                    (remove_button(pin.id(), "two-step PIN"))
                }
                a.button.secondary href="/settings/pin" {
                    @if status.pin().is_some() { "Change PIN" } @else { "Set a PIN" }
                }
            }
        }
    }
}

fn address(factor: &FactorStatus, now: UnixTime) -> Markup {
    let (masked, id) = (factor.masked().unwrap_or_default(), factor.id());
    let is_phone = factor.kind() == FactorKind::Phone;
    html! {
        p { strong { (masked) } (state(factor, now)) }
        @if is_phone {
            @let (action, label) = match factor.takes_whatsapp() {
                false => ("allow", "Turn on WhatsApp"),
                true => ("forbid", "Turn off WhatsApp"),
            };
            form.inline method="post" action="/settings/whatsapp" {
                input type="hidden" name="id" value=(id);
                input type="hidden" name="action" value=(action);
                button.link { (label) }
            }
        }
        (remove_button(id, masked))
    }
}

fn state(factor: &FactorStatus, now: UnixTime) -> Markup {
    html! {
        @match factor.state() {
            FactorState::Disabled => {
                " · Disabled after too many incorrect attempts. Add it again to use it."
            }
            FactorState::Locked(until) => {
                " · Locked after too many incorrect attempts. Try again "
                (countdown(until, now)) "."
            }
            _ => {}
        }
    }
}

fn remove_button(id: &ItemId, name: &str) -> Markup {
    html! {
        form.inline method="post" action="/settings/remove" {
            input type="hidden" name="id" value=(id);
            button.link aria-label={ "Remove " (name) } { "Remove" }
        }
    }
}

pub async fn remove(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
    Form(form): Form<RemoveForm>,
) -> Result<Response, AppError> {
    // guide: revoke
    let grant = session.grant(PATH).await?;
    let id = form.id.parse::<ItemId>().map_err(|_| AppError::InvalidForm)?;
    let removed = session.verifier(&app)?.revoke(&grant, &id).await;
    // end of guide
    match removed {
        Ok(_epoch) => {
            session.end_other_sessions(&app).await?;
            session.flash_success("Removed.", PATH).await
        }
        Err(error) => refusal_response(session, error, &app, PATH).await,
    }
}

pub async fn show_turn_off(Settings(mut session): Settings) -> Result<Markup, AppError> {
    let body = html! {
        form.card method="post" {
            p {
                "Anyone who knows your password will be able to sign in. All your second factors \
                 will be removed."
            }
            div.row {
                button.danger { "Turn off two-factor authentication" }
                a.button.secondary href=(PATH) { "Keep it on" }
            }
        }
    };
    page(&mut session, "Turn off two-factor authentication", body).await
}

pub async fn turn_off(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
) -> Result<Response, AppError> {
    let grant = session.grant("/settings/turn-off").await?;
    let (verifier, subject) = (session.verifier(&app)?, session.subject()?);
    match verifier.turn_off(&grant).await {
        Ok(_epoch) => {
            let jar = match verifier.next(&subject).await? {
                Next::Done(sign_in) => session.sign_in(sign_in, &app).await?,
                Next::Enroll(_) | Next::Prove(_) => CookieJar::new(),
            };
            session.data.grant = None;
            session.end_other_sessions(&app).await?;
            let text = "Two-factor authentication is off.";
            Ok((jar, session.flash_success(text, PATH).await?).into_response())
        }
        Err(error) => refusal_response(session, error, &app, "/settings/turn-off").await,
    }
}

pub async fn activity(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
) -> Result<Markup, AppError> {
    let events = app.accounts.events(session.account()?.id)?;
    let body = html! {
        @if events.is_empty() { p { "No activity yet." } }
        ul.list {
            @for (at, text) in &events {
                li { (text) " " span.small { (time(*at)) } }
            }
        }
        form method="post" action="/report-unrequested" {
            p { "Did you receive a code that you didn't request?" }
            button.secondary { "I didn't request it" }
        }
    };
    page(&mut session, "Recent activity", body).await
}

const PATH: &str = "/settings";
