//! What stands, at a glance; removing it; turning two-factor off; what happened lately.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Response},
};
use axum_extra::extract::CookieJar;
use maud::{Markup, html};
use second_factor::{
    Factor, FactorKind, FactorState, FactorStatus, SecurityKey, Status, UnixTime, id::ItemId,
};
use serde::Deserialize;

use crate::{
    App,
    page::{page, time, wait},
    trouble::Trouble,
    trusted,
    visitor::SignedIn,
};

#[derive(Deserialize)]
pub struct Remove {
    what: What,
    id: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    Address,
    App,
    BackupCodes,
    Pin,
    SecurityKey,
}

pub async fn show(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
    jar: CookieJar,
) -> Result<Response, Trouble> {
    // guide: status
    let (verifier, subject) = (visitor.verifier(&app)?, visitor.subject()?);
    let (status, keys) =
        (verifier.status(&subject).await?, verifier.security_keys(&subject).await?);
    // end of guide
    let (device, jar) = trusted::recognize(&verifier, &subject, jar, &app).await?;
    let pending = match &device {
        Some(device) => verifier.pending_request(device).await?,
        None => None,
    };
    let body = html! {
        @if pending.is_some() {
            p.notice { "A browser asks to be let in. " a href="/requests" { "Answer it" } }
        }
        @if !status.is_protected() {
            p { "Two-factor is off. Add an authenticator app, a phone or a security key." }
        }
        div.grid { (cards(&status, &keys, app.now()?)) }
        p.links {
            a href="/requests" { "Sign-in requests" }
            a href="/settings/devices" { "Trusted browsers" }
            a href="/settings/events" { "Recent events" }
            @if status.is_protected() { a href="/settings/off" { "Turn two-factor off" } }
        }
    };
    Ok((jar, page(&mut visitor, "Security", body).await?).into_response())
}

fn cards(status: &Status, keys: &[SecurityKey], now: UnixTime) -> Markup {
    let of = |kind| status.factors().iter().filter(move |factor| factor.kind() == kind);
    let is_on = status.is_protected();
    html! {
        section.card {
            h2 { "Security keys" }
            @for key in keys {
                p { strong { (key.name()) } br; span.small { "since " (time(key.enrolled_at())) } }
                (remove("security-key", Some(key.id()), key.name()))
            }
            a.button.second href="/settings/keys" { "Add a security key" }
        }
        section.card {
            h2 { "Authenticator app" }
            @for app in of(FactorKind::Totp) {
                p { "Added " (time(app.enrolled_at())) (state(app, now)) }
                (remove("app", None, "the app"))
            }
            a.button.second href="/settings/app" {
                @if of(FactorKind::Totp).count() == 0 { "Add an app" } @else { "Replace it" }
            }
        }
        section.card {
            h2 { "Phones" }
            @for phone in of(FactorKind::Phone) { (address(phone, now)) }
            a.button.second href="/settings/phone" { "Add a phone" }
        }
        section.card {
            h2 { "Recovery email" }
            @for mailbox in of(FactorKind::Email) { (address(mailbox, now)) }
            a.button.second href="/settings/email" { "Add an email" }
        }
        @if is_on {
            section.card {
                h2 { "Backup codes" }
                @if let Some(left) = status.backup_codes_left() {
                    p { (left) " left" }
                    (remove("backup-codes", None, "the backup codes"))
                }
                a.button.second href="/settings/backup-codes" { "Make backup codes" }
            }
            section.card {
                h2 { "PIN" }
                @if let Some(pin) = status.pin() {
                    p { "Set " (time(pin.enrolled_at())) }
                    (remove("pin", None, "the PIN"))
                }
                a.button.second href="/settings/pin" {
                    @if status.pin().is_some() { "Change the PIN" } @else { "Set a PIN" }
                }
            }
        }
    }
}

fn address(factor: &FactorStatus, now: UnixTime) -> Markup {
    let (shown, id) = (factor.masked().unwrap_or_default(), factor.id());
    let is_phone = factor.kind() == FactorKind::Phone;
    html! {
        p { strong { (shown) } (state(factor, now)) }
        @if let (true, Some(id)) = (is_phone, id) {
            @let (wish, words) = match factor.takes_whatsapp() {
                false => ("allow", "Switch WhatsApp on"),
                true => ("forbid", "Switch WhatsApp off"),
            };
            form.inline method="post" action="/settings/whatsapp" {
                input type="hidden" name="id" value=(id);
                input type="hidden" name="wish" value=(wish);
                button.link { (words) }
            }
        }
        (remove("address", id, shown))
    }
}

fn state(factor: &FactorStatus, now: UnixTime) -> Markup {
    html! {
        @match factor.state() {
            FactorState::Disabled => { ", switched off after wrong tries: add it again" }
            FactorState::Locked(until) => { ", waits after wrong tries: again " (wait(until, now)) }
            _ => {}
        }
    }
}

fn remove(what: &str, id: Option<&ItemId>, of: &str) -> Markup {
    html! {
        form.inline method="post" action="/settings/remove" {
            input type="hidden" name="what" value=(what);
            @if let Some(id) = id { input type="hidden" name="id" value=(id); }
            button.link aria-label={ "Remove " (of) } { "Remove" }
        }
    }
}

pub async fn remove_one(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
    Form(form): Form<Remove>,
) -> Result<Response, Trouble> {
    // guide: revoke
    let authority = visitor.authority(&app, PAGE).await?;
    let verifier = visitor.verifier(&app)?;
    let status = verifier.status(&visitor.subject()?).await?;
    let id = || form.id.as_deref().and_then(|id| ItemId::parse(id).ok()).ok_or(Trouble::Odd);
    let factor = match form.what {
        What::Address => Factor::Address(status.address(&id()?).ok_or(Trouble::Odd)?),
        What::App => Factor::Totp,
        What::BackupCodes => Factor::BackupCodes,
        What::Pin => Factor::Pin,
        What::SecurityKey => Factor::SecurityKey(id()?),
    };
    // end of guide
    match verifier.revoke(authority, factor).await {
        Ok(()) => {
            visitor.end_other_sessions(&app).await?;
            visitor.done("It is removed.", PAGE).await
        }
        Err(error) => super::refused(visitor, error, &app, PAGE).await,
    }
}

pub async fn show_off(SignedIn(mut visitor): SignedIn) -> Result<Markup, Trouble> {
    let body = html! {
        form.card method="post" {
            p { "After this your password alone lets in whoever has it. Everything that you added is removed." }
            div.row {
                button.danger { "Turn two-factor off" }
                a.button.second href=(PAGE) { "Keep it" }
            }
        }
    };
    page(&mut visitor, "Turn two-factor off", body).await
}

pub async fn off(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
) -> Result<Response, Trouble> {
    let authority = visitor.authority(&app, "/settings/off").await?;
    match visitor.verifier(&app)?.turn_off(authority).await {
        Ok(()) => {
            visitor.memory.grant = None;
            visitor.end_other_sessions(&app).await?;
            visitor.done("Two-factor is off.", PAGE).await
        }
        Err(error) => super::refused(visitor, error, &app, "/settings/off").await,
    }
}

pub async fn events(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
) -> Result<Markup, Trouble> {
    let events = app.accounts.events(visitor.account()?.id)?;
    let body = html! {
        @if events.is_empty() { p { "Nothing has happened yet." } }
        ul.list {
            @for (at, words) in &events {
                li { (words) " " span.small { (time(*at)) } }
            }
        }
        form method="post" action="/not-me" {
            p { "Did a code come that you did not ask for?" }
            button.second { "It was not me" }
        }
    };
    page(&mut visitor, "Recent events", body).await
}

const PAGE: &str = "/settings";
