//! The page of the second step: the strongest way first, the others below.

use axum::{
    extract::{Query, State},
    response::{IntoResponse as _, Response},
};
use maud::{Markup, html};
use second_factor::{FactorKind, Next, UnixTime, verdict::Offer};
use serde::Deserialize;

use super::{Errand, Prover, ask::Asked, codes::Sent, pin::Due};
use crate::{
    App,
    accounts::name,
    page::{button_from, code_field, page, wait},
    trouble::Trouble,
};

#[derive(Deserialize)]
pub struct Chosen {
    way: Option<String>,
}

pub async fn show(
    mut prover: Prover,
    State(app): State<App>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Trouble> {
    let now = app.now()?;
    let next = prover.verifier.next(&prover.subject, prover.purpose()).await?;
    let Next::Prove(offers) = next else { return Err(Trouble::Elsewhere("/sign-in")) };
    let pin = prover.open.pin.clone();
    let body = match (&pin, pick(&offers, chosen.way.as_deref(), now)) {
        (Some(due), _) => pin_form(due, prover.page()),
        (None, Some(offer)) => ways(&prover, &offers, offer, now),
        (None, None) => html! {
            p { "None of your ways to sign in can be used any more. Ask our support." }
        },
    };
    let title = match (prover.open.errand, &prover.open.half) {
        _ if pin.is_some() => "Your PIN",
        (Errand::Manage, _) => "Is it you?",
        (Errand::Recover, None) => "Get back in: first of two",
        (Errand::Recover, Some(_)) => "Get back in: second of two",
        (Errand::SignIn, _) => "The second step",
    };
    Ok(page(&mut prover.visitor, title, body).await?.into_response())
}

// guide: offers
/// The way that was asked for, or the strongest that can be tried now.
fn pick<'o>(offers: &'o [Offer], way: Option<&str>, now: UnixTime) -> Option<&'o Offer> {
    let asked = offers.iter().find(|offer| Some(way_of(offer).as_str()) == way);
    let open = |offer: &&Offer| offer.retry_at().is_none_or(|at| at <= now);
    asked.or_else(|| offers.iter().find(open)).or_else(|| offers.first())
}
// end of guide

fn way_of(offer: &Offer) -> String {
    match (offer.kind(), offer.id()) {
        (FactorKind::Totp, _) => "app".into(),
        (FactorKind::BackupCode, _) => "backup-code".into(),
        (FactorKind::SignInRequest, _) => "request".into(),
        (FactorKind::SecurityKey, _) => "security-key".into(),
        (_, Some(id)) => id.to_string(),
        _ => "other".into(),
    }
}

/// What a way is called; a number that was proven is masked.
fn label(offer: &Offer) -> String {
    match offer.address() {
        Some(address) => format!("Code to {}", address.masked()),
        None => name(offer.kind()).to_owned(),
    }
}

fn ways(prover: &Prover, offers: &[Offer], chosen: &Offer, now: UnixTime) -> Markup {
    let others = offers.iter().filter(|offer| way_of(offer) != way_of(chosen));
    let errand = prover.open.errand;
    html! {
        section.card {
            // Where it was refused just now, the page begins with that.
            @if let (Some(at), None) =
                (chosen.retry_at().filter(|at| *at > now), &prover.visitor.memory.notice)
            {
                p.notice.refused role="alert" {
                    (name(chosen.kind())) " waits: too many wrong tries. Try it again "
                    (wait(at, now)) ", or another way now."
                }
            }
            (form(prover, chosen, now))
        }
        @if offers.len() > 1 {
            h2 { "Try another way" }
            ul.alternatives {
                @for offer in others {
                    li {
                        a href={ (prover.page()) "?way=" (way_of(offer)) } { (label(offer)) }
                        @if let Some(at) = offer.retry_at().filter(|at| *at > now) {
                            " " span.small { (wait(at, now)) }
                        }
                    }
                }
            }
        }
        @if errand == Errand::SignIn {
            p.small {
                "Have you lost one of these? "
                a href="/prove/recover" { "Get back in with two others" } "."
            }
            form.inline method="post" action="/sign-out" {
                button.link { "Sign in as somebody else" }
            }
        }
    }
}

fn form(prover: &Prover, offer: &Offer, now: UnixTime) -> Markup {
    let to = prover.page();
    match offer.kind() {
        FactorKind::Totp => html! {
            form method="post" action={ (to) "/code" } {
                input type="hidden" name="way" value="app";
                (code_field("The code that your authenticator app shows", 6))
                (submit(prover, "Continue"))
            }
        },
        FactorKind::BackupCode => html! {
            form method="post" action={ (to) "/code" } {
                input type="hidden" name="way" value="backup-code";
                label for="code" { "One of your backup codes" }
                input #code.code name="code" required autofocus autocomplete="off"
                    autocapitalize="characters" spellcheck="false" maxlength="40"
                    placeholder="ABCD-EFGH-JKMN-PQRS";
                (submit(prover, "Continue"))
            }
        },
        FactorKind::SignInRequest => request(prover, now),
        FactorKind::SecurityKey => html! {
            form method="post" action={ (to) "/key" } data-key="get" data-begin={ (to) "/key/begin" } {
                p { "Have your security key at hand, or the device that has your passkey." }
                input type="hidden" name="answer";
                (submit(prover, "Use your security key"))
                p.small role="status" data-said {}
                noscript { p { "Your browser has scripts switched off. Try another way." } }
            }
        },
        _ => sent(prover, offer, now),
    }
}

fn submit(prover: &Prover, words: &str) -> Markup {
    html! {
        @if prover.open.errand != Errand::Manage {
            label.check {
                input type="checkbox" name="trust" value="yes" checked[prover.open.trust];
                " Trust this browser for 30 days"
            }
        }
        button { (words) }
    }
}

/// A code to an address: the button that sends it, then the field, and when another can be sent.
fn sent(prover: &Prover, offer: &Offer, now: UnixTime) -> Markup {
    let (to, id) = (prover.page(), way_of(offer));
    let live = |sent: &&Sent| sent.address == id && sent.ends > now.as_secs();
    let Some(sent) = prover.open.sent.as_ref().filter(live) else {
        return html! {
            form method="post" action={ (to) "/send" } {
                p { "We send a code to " strong { (offer.address().map(|to| to.masked()).unwrap_or_default()) } "." }
                input type="hidden" name="address" value=(id);
                button { "Send the code" }
            }
        };
    };
    html! {
        form method="post" action={ (to) "/code" } data-webotp {
            p { "We sent a code to " strong { (sent.masked) } ". Nobody of us will ever ask you for it." }
            input type="hidden" name="way" value="sent";
            (code_field("The code", sent.digits))
            (submit(prover, "Continue"))
        }
        (again(sent, &format!("{to}/resend"), now))
    }
}

/// "Send it again", and by other ways, each from its time on.
pub fn again(sent: &Sent, action: &str, now: UnixTime) -> Markup {
    html! {
        div.row {
            @if let Some(at) = sent.resend_at {
                form method="post" action=(action) {
                    (button_from("Send it again", Some(UnixTime::from_secs(at)), now))
                }
            }
            @for (by, at) in &sent.others {
                form method="post" action=(action) {
                    input type="hidden" name="by" value=(by.text());
                    (button_from(by.words(), Some(UnixTime::from_secs(*at)), now))
                }
            }
        }
    }
}

fn request(prover: &Prover, now: UnixTime) -> Markup {
    let to = prover.page();
    let live = |asked: &&Asked| asked.ends > now.as_secs();
    match prover.open.asked.as_ref().filter(live) {
        None => html! {
            form method="post" action={ (to) "/ask" } {
                p { "Open this site in a browser that you trust and where you are signed in." }
                button { "Ask there" }
            }
        },
        Some(asked) => html! {
            p { "In your other browser open " strong { "Security" } " and type this number:" }
            p.number { (asked.number) }
            form method="post" action={ (to) "/asked" } data-poll {
                p.small role="status" {
                    "We wait for your answer. It must come "
                    (wait(UnixTime::from_secs(asked.ends), now)) "."
                }
                button.second { "I have answered" }
            }
        },
    }
}

fn pin_form(due: &Due, to: &str) -> Markup {
    html! {
        section.card {
            @if let Some(sent) = &due.sent {
                form method="post" action={ (to) "/pin/mail" } {
                    p { "We sent a code to " strong { (sent.masked) } ". It removes your PIN." }
                    (code_field("The code from the email", sent.digits))
                    button { "Remove the PIN and go on" }
                }
            } @else {
                form method="post" action={ (to) "/pin" } {
                    label for="pin" { "Your PIN" }
                    input #pin.code name="pin" type="password" required autofocus
                        autocomplete="off" inputmode="numeric" maxlength="64";
                    button { "Continue" }
                }
                form.inline method="post" action={ (to) "/pin/forgotten" } {
                    button.link { "I forgot my PIN" }
                }
            }
        }
    }
}
