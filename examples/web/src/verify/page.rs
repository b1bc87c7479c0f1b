//! Verification page with the offered methods.

use axum::{
    extract::{Query, State},
    response::{IntoResponse as _, Response},
};
use maud::{Markup, html};
use second_factor::{Error, FactorKind, Offer, UnixTime, sign_in::Offers};
use serde::Deserialize;

use super::{ActiveFlow, Flow, codes::SentCode, pin::PinStep, sign_in_request::OpenRequest};
use crate::{
    SharedState,
    accounts::name,
    error::{self, AppError},
    page::{code_field, countdown, delayed_button, page},
};

#[derive(Deserialize)]
pub struct MethodQuery {
    method: Option<String>,
}

pub async fn show(
    mut flow: ActiveFlow,
    State(app): State<SharedState>,
    Query(query): Query<MethodQuery>,
) -> Result<Response, AppError> {
    let now = app.now()?;
    let pin = flow.state.pin.clone();
    let body = match (&pin, flow.verifier.offers(&flow.subject, flow.purpose()).await) {
        (Some(step), _) => pin_form(step, flow.path()),
        (None, Ok(offers)) => methods(&flow, &offers, query.method.as_deref(), now),
        (None, Err(error)) if error::has_no_method(&error) => html! {
            p { "None of your sign-in methods can be used any more. Contact our support." }
        },
        // No factor is enrolled.
        (None, Err(Error::Denied(_))) => return Err(AppError::Redirect("/sign-in")),
        (None, Err(error)) => return Err(error.into()),
    };
    let title = match (flow.state.flow, &flow.state.partial_proof) {
        _ if pin.is_some() => "Enter your two-step PIN",
        (Flow::Manage, _) => "Confirm it's you",
        (Flow::Recover, None) => "Recover your account: step 1 of 2",
        (Flow::Recover, Some(_)) => "Recover your account: step 2 of 2",
        (Flow::SignIn, _) => "Verify it's you",
    };
    Ok(page(&mut flow.session, title, body).await?.into_response())
}

// guide: offers
/// Returns the selected method, or else the strongest one that is available now.
fn select_offer<'o>(offers: &'o Offers, method: Option<&str>, now: UnixTime) -> Option<&'o Offer> {
    let selected = offers.iter().find(|offer| Some(method_of(offer).as_str()) == method);
    let is_available = |offer: &&Offer| offer.retry_at().is_none_or(|at| at <= now);
    selected.or_else(|| offers.iter().find(is_available)).or_else(|| offers.iter().next())
}
// end of guide

/// Returns the query value of a method.
fn method_of(offer: &Offer) -> String {
    match offer.kind() {
        FactorKind::Totp => "totp".into(),
        FactorKind::BackupCode => "backup-code".into(),
        FactorKind::SignInRequest => "sign-in-request".into(),
        FactorKind::SecurityKey => "security-key".into(),
        _ => offer.id().to_string(),
    }
}

/// Returns the link label of a method, with a masked address.
fn method_label(offer: &Offer) -> String {
    match (offer.kind(), offer.masked()) {
        (_, Some(masked)) => format!("Code to {masked}"),
        (FactorKind::SignInRequest, _) => "Approve on a trusted device".to_owned(),
        (kind, None) => name(kind).to_owned(),
    }
}

fn methods(flow: &ActiveFlow, offers: &Offers, method: Option<&str>, now: UnixTime) -> Markup {
    let Some(selected) = select_offer(offers, method, now) else { return html! {} };
    let others = offers.iter().filter(|offer| method_of(offer) != method_of(selected));
    html! {
        section.card {
            // A flash message already explains the lock.
            @if let (Some(at), None) =
                (selected.retry_at().filter(|at| *at > now), &flow.session.data.flash)
            {
                p.notice.error role="alert" {
                    (name(selected.kind()))
                    " is locked after too many incorrect attempts. Try again " (countdown(at, now))
                    ", or use another method."
                }
            }
            (method_form(flow, selected, now))
        }
        @if offers.len() > 1 {
            h2 { "Use another method" }
            ul.alternatives {
                @for offer in others {
                    li {
                        a href={ (flow.path()) "?method=" (method_of(offer)) } {
                            (method_label(offer))
                        }
                        @if let Some(at) = offer.retry_at().filter(|at| *at > now) {
                            " " span.small { (countdown(at, now)) }
                        }
                    }
                }
            }
        }
        @if flow.state.flow == Flow::SignIn {
            p.small {
                "Lost access to one of these? "
                a href="/verify/recover" { "Recover your account with two other methods" }
            }
            form.inline method="post" action="/sign-out" {
                button.link { "Sign in to a different account" }
            }
        }
    }
}

fn method_form(flow: &ActiveFlow, offer: &Offer, now: UnixTime) -> Markup {
    let path = flow.path();
    match offer.kind() {
        FactorKind::Totp => html! {
            form method="post" action={ (path) "/code" } {
                input type="hidden" name="kind" value="totp";
                (code_field("Code from your authenticator app", 6))
                (submit(flow, "Continue"))
            }
        },
        FactorKind::BackupCode => html! {
            form method="post" action={ (path) "/code" } {
                input type="hidden" name="kind" value="backup-code";
                label for="code" { "One of your backup codes" }
                input #code.code name="code" required autofocus autocomplete="off"
                    autocapitalize="characters" spellcheck="false" maxlength="40"
                    placeholder="ABCD-EFGH-JKMN-PQRS";
                (submit(flow, "Continue"))
            }
        },
        FactorKind::SignInRequest => sign_in_request_form(flow, now),
        FactorKind::SecurityKey => html! {
            form method="post" action={ (path) "/security-key" }
                data-security-key="get" data-begin={ (path) "/security-key/begin" }
            {
                p { "Have your security key ready, or the device that stores your passkey." }
                input type="hidden" name="response";
                (submit(flow, "Use security key or passkey"))
                p.small role="status" data-status {}
                noscript { p { "This needs JavaScript, which is turned off. Use another method." } }
            }
        },
        _ => sent_code_form(flow, offer, now),
    }
}

fn submit(flow: &ActiveFlow, label: &str) -> Markup {
    html! {
        @if flow.state.flow == Flow::SignIn {
            label.check {
                input type="checkbox" name="trust" value="yes" checked[flow.state.trust];
                " Trust this device for 30 days"
            }
        }
        button { (label) }
    }
}

/// Renders the button that sends a code, or the field for a code that was sent.
fn sent_code_form(flow: &ActiveFlow, offer: &Offer, now: UnixTime) -> Markup {
    let (path, id) = (flow.path(), method_of(offer));
    let is_valid = |sent: &&SentCode| sent.address == id && sent.expires_at > now.as_secs();
    let Some(sent) = flow.state.sent_code.as_ref().filter(is_valid) else {
        let masked = offer.masked().unwrap_or_default();
        return html! {
            form method="post" action={ (path) "/send" } {
                p { "We will send a code to " strong { (masked) } "." }
                input type="hidden" name="address" value=(id);
                button { "Send code" }
            }
        };
    };
    html! {
        form method="post" action={ (path) "/code" } data-webotp {
            p {
                "We sent a code to " strong { (sent.masked) }
                ". Our staff will never ask you for it."
            }
            input type="hidden" name="kind" value="sent-code";
            (code_field("Verification code", sent.digits))
            (submit(flow, "Continue"))
        }
        (resend_buttons(sent, &format!("{path}/resend"), now))
    }
}

/// Renders a button for each channel that can send another code.
///
/// A button is disabled until its channel may send the code.
pub fn resend_buttons(sent: &SentCode, action: &str, now: UnixTime) -> Markup {
    html! {
        div.row {
            @if let Some(at) = sent.resend_at {
                form method="post" action=(action) {
                    (delayed_button("Resend code", Some(UnixTime::from_secs(at)), now))
                }
            }
            @for (channel, at) in &sent.alternatives {
                form method="post" action=(action) {
                    input type="hidden" name="channel" value=(channel.as_str());
                    (delayed_button(channel.label(), Some(UnixTime::from_secs(*at)), now))
                }
            }
        }
    }
}

fn sign_in_request_form(flow: &ActiveFlow, now: UnixTime) -> Markup {
    let path = flow.path();
    let is_valid = |request: &&OpenRequest| request.expires_at > now.as_secs();
    match flow.state.sign_in_request.as_ref().filter(is_valid) {
        None => html! {
            form method="post" action={ (path) "/request" } {
                p { "Open this site on a trusted device where you are signed in." }
                button { "Send sign-in request" }
            }
        },
        Some(request) => html! {
            p {
                "On your trusted device, open " strong { "Security" } ", select "
                strong { "Sign-in requests" } " and enter this number:"
            }
            p.number { (request.number) }
            form method="post" action={ (path) "/request/status" } data-poll {
                p.small role="status" {
                    "Waiting for your approval. This request expires "
                    (countdown(UnixTime::from_secs(request.expires_at), now)) "."
                }
                button.secondary { "I have approved it" }
            }
        },
    }
}

fn pin_form(step: &PinStep, path: &str) -> Markup {
    html! {
        section.card {
            @if let Some(sent) = &step.reset_code {
                form method="post" action={ (path) "/pin/reset" } {
                    p { "We sent a code to " strong { (sent.masked) } ". It removes your PIN." }
                    (code_field("Code from the email", sent.digits))
                    button { "Remove PIN and continue" }
                }
            } @else {
                form method="post" action={ (path) "/pin" } {
                    label for="pin" { "Two-step PIN" }
                    input #pin.code name="pin" type="password" required autofocus
                        autocomplete="off" inputmode="numeric" maxlength="64";
                    button { "Continue" }
                }
                form.inline method="post" action={ (path) "/pin/forgotten" } {
                    button.link { "Forgot your PIN?" }
                }
            }
        }
    }
}
