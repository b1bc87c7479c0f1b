//! Names and passwords: signing up, the first step of signing in, signing out.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use maud::{Markup, html};
use second_factor::{Next, Purpose};
use serde::Deserialize;

use crate::{
    App,
    accounts::Account,
    page::{page, password_field},
    trouble::Trouble,
    trusted,
    visitor::{SignedIn, Visitor},
};

#[derive(Deserialize)]
pub struct NameAndPassword {
    name: String,
    password: String,
}

#[derive(Deserialize)]
pub struct Password {
    password: String,
}

pub async fn home(mut visitor: Visitor, State(app): State<App>) -> Result<Response, Trouble> {
    if !visitor.is_in() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    let status = visitor.verifier(&app)?.status(&visitor.subject()?).await?;
    let body = html! {
        section.card {
            @if status.is_protected() {
                h2 { "Your account is protected" }
                p { "After your password we ask for something that only you have." }
                p { a.button href="/settings" { "Security settings" } }
            } @else {
                h2 { "Protect your account" }
                p { "A password can be guessed, copied or tricked out of you. Add a second step." }
                p { a.button href="/settings" { "Turn on two-factor" } }
            }
        }
    };
    let title = format!("Hello, {}", visitor.account()?.name);
    Ok(page(&mut visitor, &title, body).await?.into_response())
}

pub async fn show_sign_up(mut visitor: Visitor) -> Result<Markup, Trouble> {
    let body = form(
        "/sign-up",
        "Sign up",
        "new-password",
        &html! {
            p.small { "Twelve characters or more. Have you signed up? " a href="/sign-in" { "Sign in" } "." }
        },
    );
    page(&mut visitor, "Sign up", body).await
}

pub async fn sign_up(
    mut visitor: Visitor,
    State(app): State<App>,
    Form(form): Form<NameAndPassword>,
) -> Result<Response, Trouble> {
    let name = form.name.trim().to_owned();
    if name.is_empty() || name.len() > 64 || name.contains(char::is_control) {
        return visitor.say_no("Choose a name of 1 to 64 letters.", "/sign-up").await;
    }
    if !(12..=128).contains(&form.password.len()) {
        return visitor.say_no("Choose a password of 12 to 128 letters.", "/sign-up").await;
    }
    let hash = tokio::task::spawn_blocking(move || password_auth::generate_hash(form.password));
    if app.accounts.add(&name, &hash.await?)?.is_none() {
        return visitor.say_no("This name is taken. Choose another.", "/sign-up").await;
    }
    let account = app.accounts.by_name(&name)?.ok_or(Trouble::Odd)?;
    visitor.password_was_right(account, &app).await?;
    go_on(visitor, &app, CookieJar::new()).await
}

pub async fn show_sign_in(mut visitor: Visitor) -> Result<Markup, Trouble> {
    let body = form(
        "/sign-in",
        "Sign in",
        "current-password",
        &html! {
            p.small { "Are you new here? " a href="/sign-up" { "Sign up" } "." }
        },
    );
    page(&mut visitor, "Sign in", body).await
}

/// Behind a real site stands a limit on requests, for each network: passwords are guessed here.
pub async fn sign_in(
    mut visitor: Visitor,
    State(app): State<App>,
    jar: CookieJar,
    Form(form): Form<NameAndPassword>,
) -> Result<Response, Trouble> {
    let account = app.accounts.by_name(form.name.trim())?;
    match check(account, form.password).await? {
        Some(account) => {
            visitor.password_was_right(account, &app).await?;
            go_on(visitor, &app, jar).await
        }
        None => visitor.say_no("The name or the password is wrong.", "/sign-in").await,
    }
}

/// Takes as long for a name that nobody has.
async fn check(account: Option<Account>, typed: String) -> Result<Option<Account>, Trouble> {
    let hash = account.as_ref().map_or(NOBODYS, |account| &account.password).to_owned();
    let checked = tokio::task::spawn_blocking(move || {
        typed.len() <= 128 && password_auth::verify_password(typed, &hash).is_ok()
    });
    let is_right = checked.await?;
    Ok(account.filter(|_| is_right))
}

// guide: next
/// The password was right. What is due?
async fn go_on(mut visitor: Visitor, app: &App, jar: CookieJar) -> Result<Response, Trouble> {
    let (verifier, subject) = (visitor.verifier(app)?, visitor.subject()?);
    match verifier.next(&subject, Purpose::SignIn).await? {
        Next::Unprotected(free) => {
            visitor.enter_free(free).await?;
            Ok(Redirect::to("/").into_response())
        }
        Next::Prove(_) => match trusted::recognize(&verifier, &subject, jar, app).await? {
            (Some(device), jar) => {
                visitor.enter_known(&device).await?;
                Ok((jar, Redirect::to("/")).into_response())
            }
            (None, jar) => Ok((jar, Redirect::to("/prove/sign-in")).into_response()),
        },
    }
}
// end of guide

pub async fn sign_out(mut visitor: Visitor) -> Result<Response, Trouble> {
    visitor.leave().await?;
    Ok(Redirect::to("/sign-in").into_response())
}

/// Asks somebody who is in for the password once more.
pub async fn show_password(SignedIn(mut visitor): SignedIn) -> Result<Markup, Trouble> {
    let body = html! {
        form.card method="post" {
            p { "You are about to change how you sign in. Type your password once more." }
            (password_field("password", "Password", "current-password"))
            button { "Continue" }
        }
    };
    page(&mut visitor, "Is it you?", body).await
}

pub async fn password(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
    Form(form): Form<Password>,
) -> Result<Response, Trouble> {
    if check(visitor.account.clone(), form.password).await?.is_none() {
        return visitor.say_no("The password is wrong.", "/password").await;
    }
    visitor.password_was_right_again(&app).await?;
    let then = visitor.memory.then.take().unwrap_or_else(|| "/settings".into());
    Ok(Redirect::to(&then).into_response())
}

fn form(action: &str, words: &str, autocomplete: &str, below: &Markup) -> Markup {
    html! {
        form.card method="post" action=(action) {
            label for="name" { "Name" }
            input #name name="name" required autocomplete="username" autocapitalize="none"
                spellcheck="false" maxlength="64" autofocus;
            (password_field("password", "Password", autocomplete))
            button { (words) }
            (below)
        }
    }
}

/// The hash of a password that was thrown away.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$\
    c29tZXRoaW5nc2FsdHk$6NVC9iSYGxMZr9NNwTIFBtxlPxXJoBV1mKPnwQf3XpM";
