//! The frame of every page, and what pages have in common.

use axum::{
    http::{StatusCode, header},
    response::IntoResponse,
};
use maud::{DOCTYPE, Markup, html};
use second_factor::UnixTime;

use crate::{
    trouble::{Trouble, span},
    visitor::{Notice, Visitor},
};

/// A page for this visitor, which begins with what there is to say.
pub async fn page(visitor: &mut Visitor, title: &str, body: Markup) -> Result<Markup, Trouble> {
    let notice = visitor.take_notice().await?;
    let name = visitor.account.as_ref().filter(|_| visitor.is_in());
    Ok(frame(
        title,
        name.map(|account| account.name.as_str()),
        &html! {
            h1 { (title) }
            @match notice {
                Some(Notice::Done(words)) => p.notice role="status" { (words) },
                Some(Notice::Refused(words)) => p.notice.refused role="alert" { (words) },
                None => {}
            }
            (body)
        },
    ))
}

/// A page for whoever it is.
pub fn plain(title: &str, words: &str) -> Markup {
    frame(title, None, &html! { h1 { (title) } p { (words) } p { a href="/" { "To the start" } } })
}

fn frame(title: &str, name: Option<&str>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Notes" }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/style.css";
                script src="/script.js" defer {}
            }
            body {
                header {
                    a.brand href="/" { "Notes" }
                    nav aria-label="Pages" {
                        @if name.is_some() {
                            a href="/settings" { "Security" }
                        }
                        a href="/phone" target="phone" { "Phone" }
                        @if let Some(name) = name {
                            form.inline method="post" action="/sign-out" {
                                button.link { "Sign out" span.wide { " " (name) } }
                            }
                        }
                    }
                }
                main { (body) }
            }
        }
    }
}

// guide: field
/// Where a code is typed: one field, which phones and browsers fill by themselves.
pub fn code_field(label: &str, digits: u8) -> Markup {
    html! {
        label for="code" { (label) }
        input #code.code name="code" required autofocus
            autocomplete="one-time-code" inputmode="numeric" spellcheck="false"
            maxlength="12" placeholder=("•".repeat(digits.into()));
    }
}
// end of guide

/// A field for a secret that is no code.
pub fn password_field(name: &str, label: &str, autocomplete: &str) -> Markup {
    html! {
        label for=(name) { (label) }
        input id=(name) name=(name) type="password" required autocomplete=(autocomplete)
            maxlength="128";
    }
}

/// "in 30 seconds", counted down by the script where there is one.
pub fn wait(at: UnixTime, now: UnixTime) -> Markup {
    let secs = at.since(now);
    html! { span data-countdown=(secs) { "in " (span(secs)) } }
}

/// A button that cannot be pressed before its time. The server looks at the time again.
pub fn button_from(words: &str, at: Option<UnixTime>, now: UnixTime) -> Markup {
    match at.filter(|at| *at > now) {
        Some(at) => html! {
            button.second data-wait=(at.since(now)) { (words) " " (wait(at, now)) }
        },
        None => html! { button.second { (words) } },
    }
}

/// A time as people write it, in UTC.
pub fn time(at: UnixTime) -> Markup {
    let secs = at.as_secs().cast_signed();
    let at = tower_sessions::cookie::time::OffsetDateTime::from_unix_timestamp(secs).ok();
    html! {
        @if let Some(at) = at {
            time datetime={ (at.date()) "T" (two(at.hour())) ":" (two(at.minute())) "Z" } {
                (at.day()) " " (at.month()) ", " (two(at.hour())) ":" (two(at.minute())) " UTC"
            }
        }
    }
}

fn two(number: u8) -> String {
    format!("{number:02}")
}

/// What the person types is forgiven its spaces and dashes: the verifier takes exactly the code.
pub fn typed(text: &str) -> String {
    text.chars().filter(|symbol| !symbol.is_whitespace() && *symbol != '-').collect()
}

pub async fn nothing_here() -> impl IntoResponse {
    (StatusCode::NOT_FOUND, plain("Nothing here", "There is no such page."))
}

pub async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("../assets/style.css"))
}

pub async fn icon() -> impl IntoResponse {
    asset("image/svg+xml", include_str!("../assets/icon.svg"))
}

pub async fn script() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", include_str!("../assets/script.js"))
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=300")], text)
}
