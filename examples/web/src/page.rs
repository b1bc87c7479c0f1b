//! The layout of all pages, those of the router included.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use second_factor::UnixTime;
use tower_sessions::cookie::time::OffsetDateTime;

/// Renders a page of the application.
pub fn page(title: &str, name: Option<&str>, body: &Markup) -> Markup {
    let body = html! {
        link rel="stylesheet" href="/two-factor/style.css";
        script src="/two-factor/script.js" defer {}
        h1 { (title) }
        (body)
    };
    layout("en", &html! { (title) }.0, name.map(|name| html! { (name) }.0).as_deref(), &body.0)
}

/// Renders a page in the layout of the application. All texts are HTML.
pub fn layout(language: &str, title: &str, name: Option<&str>, body: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (PreEscaped(title)) " · Notes" }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
            }
            body {
                header {
                    a.brand href="/" { "Notes" }
                    nav aria-label="Pages" {
                        @if let Some(name) = name {
                            a href="/two-factor/settings" { "Security" }
                            form.inline method="post" action="/two-factor/sign-out" {
                                button.link { "Sign out" span.wide { " " (PreEscaped(name)) } }
                            }
                        }
                    }
                }
                main { (PreEscaped(body)) }
            }
        }
    }
}

/// Reports an error of our own.
pub fn failed(error: &dyn std::fmt::Display) -> Response {
    eprintln!("internal error: {error}");
    let says = "Something went wrong on our side. Nothing was changed. Please try again.";
    let page =
        page("Sorry", None, &html! { p { (says) } p { a href="/" { "Go to the home page" } } });
    (StatusCode::INTERNAL_SERVER_ERROR, page).into_response()
}

/// Renders a time in UTC.
pub fn time(at: UnixTime) -> Markup {
    let at = OffsetDateTime::from_unix_timestamp(at.as_secs().cast_signed()).ok();
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
    let body =
        html! { p { "This page does not exist." } p { a href="/" { "Go to the home page" } } };
    (StatusCode::NOT_FOUND, page("Page not found", None, &body))
}

pub async fn icon() -> impl IntoResponse {
    asset("image/svg+xml", include_str!("../assets/icon.svg"))
}

pub async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("../assets/phone.css"))
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=300")], text)
}
