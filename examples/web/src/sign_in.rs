//! Sign-up, passwords, and the pages of a signed-in user.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use maud::{Markup, html};
use second_factor_axum::{SignedIn, User, Visitor};
use serde::Deserialize;

use crate::{
    page::{failed, page, time},
    state::App,
};

#[derive(Deserialize)]
pub struct Credentials {
    name: String,
    password: String,
}

pub async fn home(State(app): State<App>, user: SignedIn) -> Response {
    let status = match app.two_factor.verifier().status(user.subject()).await {
        Ok(status) => status,
        Err(error) => return failed(&error),
    };
    let body = html! {
        section.card {
            @if status.is_protected() {
                h2 { "Your account is protected" }
                p { "After your password, we ask for a second factor that only you have." }
                p { a.button href="/two-factor/settings" { "Security settings" } }
            } @else {
                h2 { "Protect your account" }
                p { "Passwords can be guessed, leaked or phished. Add a second factor." }
                p { a.button href="/two-factor/settings" { "Turn on two-factor authentication" } }
            }
        }
        p.links { a href="/activity" { "Recent activity" } }
    };
    page(&format!("Hello, {}", user.label()), Some(user.label()), &body).into_response()
}

pub async fn activity(State(app): State<App>, user: SignedIn) -> Response {
    let events = match app.accounts.events(user.subject().as_str()) {
        Ok(events) => events,
        Err(error) => return failed(&error),
    };
    let body = html! {
        @if events.is_empty() { p { "No activity yet. Changes and sign-ins appear here." } }
        ul.list { @for (at, text) in &events { li { (text) " " span.small { (time(*at)) } } } }
    };
    page("Recent activity", Some(user.label()), &body).into_response()
}

pub async fn show_sign_up() -> Markup {
    sign_up_page(None)
}

pub async fn show_sign_in(visitor: Visitor) -> Markup {
    let Some(name) = visitor.label() else { return sign_in_page(None, "") };
    sign_in_page(Some("Enter your password again to change how you sign in."), name)
}

pub async fn sign_up(
    State(app): State<App>,
    visitor: Visitor,
    Form(form): Form<Credentials>,
) -> Response {
    let name = form.name.trim();
    if name.is_empty() || name.len() > 64 || name.contains(char::is_control) {
        return refused(sign_up_page(Some("Choose a name of 1 to 64 characters.")));
    }
    if !(12..=128).contains(&form.password.len()) {
        return refused(sign_up_page(Some("Choose a password of 12 to 128 characters.")));
    }
    let Some(hash) = app.passwords.hash(form.password).await else {
        return failed(&"the password was not hashed");
    };
    match app.accounts.add(name, &hash) {
        Ok(Some(id)) => visitor.continue_as(User::new(id, name)).await,
        Ok(None) => refused(sign_up_page(Some("This name is taken. Choose another."))),
        Err(error) => failed(&error),
    }
}

pub async fn sign_in(
    State(app): State<App>,
    visitor: Visitor,
    Form(form): Form<Credentials>,
) -> Response {
    let now = match app.two_factor.verifier().now() {
        Ok(now) => now,
        Err(error) => return failed(&error),
    };
    let name = form.name.trim();
    if app.passwords.is_limited(name, now, false) {
        let says = "Too many incorrect passwords. Try again in 15 minutes.";
        return (StatusCode::TOO_MANY_REQUESTS, sign_in_page(Some(says), "")).into_response();
    }
    let account = match app.accounts.by_name(name) {
        Ok(account) => account.filter(|_| form.password.len() <= 128),
        Err(error) => return failed(&error),
    };
    // guide: hand over
    let hash = account.as_ref().map(|(_, hash)| hash.clone());
    let is_correct = app.passwords.check(form.password, hash).await;
    match account.filter(|_| is_correct) {
        Some((id, _)) => visitor.continue_as(User::new(id, name)).await,
        None => {
            app.passwords.is_limited(name, now, true);
            refused(sign_in_page(Some("Incorrect name or password. Try again."), ""))
        }
    }
    // end of guide
}

fn refused(page: Markup) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

fn sign_up_page(error: Option<&str>) -> Markup {
    let below = html! {
        p.small { "Use at least 12 characters for your password." }
        p.small { "Already have an account? " a href="/sign-in" { "Sign in" } }
    };
    credentials_page("Sign up", error, "", "new-password", &below)
}

fn sign_in_page(message: Option<&str>, name: &str) -> Markup {
    let below = html! { p.small { "New here? " a href="/sign-up" { "Sign up" } } };
    credentials_page("Sign in", message, name, "current-password", &below)
}

fn credentials_page(
    title: &str,
    message: Option<&str>,
    name: &str,
    password: &str,
    below: &Markup,
) -> Markup {
    let body = html! {
        @if let Some(message) = message { p.notice.error role="alert" { (message) } }
        form.card method="post" {
            label for="name" { "Name" }
            input #name name="name" required autocomplete="username" autocapitalize="none"
                spellcheck="false" maxlength="64" value=(name) autofocus[name.is_empty()];
            label for="password" { "Password" }
            input #password name="password" type="password" required autocomplete=(password)
                maxlength="128" autofocus[!name.is_empty()];
            button { (title) }
            (below)
        }
    };
    page(title, None, &body)
}
