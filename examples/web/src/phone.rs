//! The page of the demo phone.
//!
//! It reveals all codes to a visitor who has its address, which the terminal prints.

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use second_factor::Channel;
use serde::Deserialize;

use crate::{
    App,
    demo_phone::{Phone, ShownMessage},
    page::{self, time},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/phone", get(show))
        .route("/phone/count", get(count))
        .route("/phone/press", post(press))
}

#[derive(Deserialize)]
struct KeyQuery {
    key: Option<String>,
}

#[derive(Deserialize)]
struct KeysForm {
    index: usize,
    keys: String,
}

async fn show(State(phone): State<Phone>, query: Query<KeyQuery>, headers: HeaderMap) -> Response {
    if let Some(key) = query.key.as_deref().filter(|key| phone.has_key(key)) {
        let cookie = format!("phone={key}; Path=/phone; HttpOnly; SameSite=Strict");
        return ([(header::SET_COOKIE, cookie)], Redirect::to("/phone")).into_response();
    }
    if !is_owner(&phone, &headers) {
        return page::not_found().await.into_response();
    }
    let body = phone.with_messages(|messages| {
        html! {
            link rel="stylesheet" href="/phone.css";
            p.small {
                "This page is not part of the application. It shows the messages that users would \
                 receive on their phones and by email."
            }
            @if messages.is_empty() { p { "No messages yet." } }
            ol.phone reversed data-watch="/phone/count" data-seen=(messages.len()) {
                @for (index, shown) in messages.iter().enumerate().rev().take(30) {
                    (message_bubble(index, shown))
                }
            }
        }
    });
    page::page("Demo phone and mailbox", None, &body).into_response()
}

async fn count(State(phone): State<Phone>, headers: HeaderMap) -> Response {
    let count = if is_owner(&phone, &headers) { phone.count() } else { 0 };
    Json(count).into_response()
}

async fn press(
    State(phone): State<Phone>,
    headers: HeaderMap,
    Form(form): Form<KeysForm>,
) -> Response {
    let pressed = is_owner(&phone, &headers).then(|| phone.press(form.index, &form.keys));
    match pressed.flatten() {
        Some(()) => Redirect::to("/phone").into_response(),
        None => page::not_found().await.into_response(),
    }
}

fn message_bubble(index: usize, shown: &ShownMessage) -> Markup {
    let (class, channel) = match shown.channel {
        Channel::Email => ("email", "Email"),
        Channel::Voice => ("call", "Phone call"),
        Channel::WhatsApp => ("whatsapp", "WhatsApp"),
        _ => ("sms", "Text message"),
    };
    html! {
        li class=(class) {
            p.small { (channel) " to " (shown.to) ", " (time(shown.received_at)) }
            @if let Some(title) = &shown.title { p { strong { (title) } } }
            p.text { (shown.text) }
            @if shown.call.is_some() {
                form.row method="post" action="/phone/press" {
                    input type="hidden" name="index" value=(index);
                    input.key name="keys" inputmode="numeric" maxlength="3" size="3"
                        aria-label="Keys to press";
                    button.secondary { "Press" }
                }
            }
        }
    }
}

/// Whether the browser has opened the address of the phone.
fn is_owner(phone: &Phone, headers: &HeaderMap) -> bool {
    let cookies = headers.get(header::COOKIE).and_then(|line| line.to_str().ok());
    let mut cookies = cookies.into_iter().flat_map(|line| line.split(';'));
    cookies.any(|one| one.trim().strip_prefix("phone=").is_some_and(|key| phone.has_key(key)))
}
