//! Page layout and shared page elements.

use axum::{
    http::{StatusCode, header},
    response::IntoResponse,
};
use maud::{DOCTYPE, Markup, html};
use second_factor::UnixTime;

use crate::{
    error::{AppError, format_duration},
    session::{Flash, UserSession},
};

/// Renders a page for this session, with the pending flash message at the top.
pub async fn page(
    session: &mut UserSession,
    title: &str,
    body: Markup,
) -> Result<Markup, AppError> {
    let flash = session.take_flash().await?;
    let name = session.account.as_ref().filter(|_| session.is_signed_in());
    Ok(layout(
        title,
        name.map(|account| account.name.as_str()),
        &html! {
            h1 { (title) }
            @match flash {
                Some(Flash::Success(text)) => p.notice role="status" { (text) },
                Some(Flash::Error(text)) => p.notice.error role="alert" { (text) },
                None => {}
            }
            (body)
        },
    ))
}

/// Renders a page with one message, without access to the session.
pub fn message_page(title: &str, text: &str) -> Markup {
    let home = html! { p { a href="/" { "Go to the home page" } } };
    layout(title, None, &html! { h1 { (title) } p { (text) } (home) })
}

fn layout(title: &str, name: Option<&str>, body: &Markup) -> Markup {
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
                        a href="/phone" target="phone" { "Demo phone" }
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
/// Renders the input for a code, which phones and browsers can fill in.
pub fn code_field(label: &str, digits: u8) -> Markup {
    html! {
        label for="code" { (label) }
        input #code.code name="code" required autofocus
            autocomplete="one-time-code" inputmode="numeric" spellcheck="false"
            maxlength="12" placeholder=("•".repeat(digits.into()));
    }
}
// end of guide

/// Renders the input for a password or a PIN.
pub fn password_field(name: &str, label: &str, autocomplete: &str) -> Markup {
    html! {
        label for=(name) { (label) }
        input id=(name) name=(name) type="password" required autocomplete=(autocomplete)
            maxlength="128";
    }
}

/// Renders a countdown such as "in 30 seconds", which the script updates.
pub fn countdown(at: UnixTime, now: UnixTime) -> Markup {
    let secs = at.since(now);
    html! { span data-countdown=(secs) { "in " (format_duration(secs)) } }
}

/// Renders a button that is disabled until `at`. The server checks the time too.
pub fn delayed_button(label: &str, at: Option<UnixTime>, now: UnixTime) -> Markup {
    match at.filter(|at| *at > now) {
        Some(at) => html! {
            button.secondary data-wait=(at.since(now)) { (label) " " (countdown(at, now)) }
        },
        None => html! { button.secondary { (label) } },
    }
}

/// Renders a time in UTC.
pub fn time(at: UnixTime) -> Markup {
    let secs = at.as_secs().cast_signed();
    let at = tower_sessions::cookie::time::OffsetDateTime::from_unix_timestamp(secs).ok();
    html! {
        @if let Some(at) = at {
            @let clock = format!("{:02}:{:02}", at.hour(), at.minute());
            time datetime={ (at.date()) "T" (clock) "Z" } {
                (at.day()) " " (at.month()) ", " (clock) " UTC"
            }
        }
    }
}

pub async fn not_found() -> impl IntoResponse {
    (StatusCode::NOT_FOUND, message_page("Page not found", "This page does not exist."))
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
