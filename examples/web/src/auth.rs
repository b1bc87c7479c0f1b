//! Sign-up, password sign-in and sign-out.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use maud::{Markup, html};
use second_factor::Next;
use serde::Deserialize;

use crate::{
    AppState, SharedState,
    accounts::Account,
    error::{self, AppError},
    page::{page, password_field},
    session::{SignedIn, UserSession},
    trusted_device,
};

#[derive(Deserialize)]
pub struct CredentialsForm {
    name: String,
    password: String,
}

#[derive(Deserialize)]
pub struct PasswordForm {
    password: String,
}

pub async fn home(
    mut session: UserSession,
    State(app): State<SharedState>,
) -> Result<Response, AppError> {
    if !session.is_signed_in() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    let status = session.verifier(&app)?.status(&session.subject()?).await?;
    let body = html! {
        section.card {
            @if status.is_protected() {
                h2 { "Your account is protected" }
                p { "After your password, we ask for a second factor that only you have." }
                p { a.button href="/settings" { "Security settings" } }
            } @else {
                h2 { "Protect your account" }
                p { "Passwords can be guessed, leaked or phished. Add a second factor." }
                p { a.button href="/settings" { "Turn on two-factor authentication" } }
            }
        }
    };
    let title = format!("Hello, {}", session.account()?.name);
    Ok(page(&mut session, &title, body).await?.into_response())
}

pub async fn show_sign_up(mut session: UserSession) -> Result<Markup, AppError> {
    let body = credentials_form(
        "/sign-up",
        "Sign up",
        "new-password",
        &html! {
            p.small { "Use at least 12 characters for your password." }
            p.small { "Already have an account? " a href="/sign-in" { "Sign in" } }
        },
    );
    page(&mut session, "Sign up", body).await
}

pub async fn sign_up(
    mut session: UserSession,
    State(app): State<SharedState>,
    Form(form): Form<CredentialsForm>,
) -> Result<Response, AppError> {
    let name = form.name.trim().to_owned();
    if name.is_empty() || name.len() > 64 || name.contains(char::is_control) {
        return session.flash_error("Choose a name of 1 to 64 characters.", "/sign-up").await;
    }
    if !(12..=128).contains(&form.password.len()) {
        return session.flash_error("Choose a password of 12 to 128 characters.", "/sign-up").await;
    }
    let hash = tokio::task::spawn_blocking(move || password_auth::generate_hash(form.password));
    if app.accounts.add(&name, &hash.await?)?.is_none() {
        return session.flash_error("This name is taken. Choose another one.", "/sign-up").await;
    }
    let account = app.accounts.by_name(&name)?.ok_or(AppError::InvalidForm)?;
    session.start(account, &app).await?;
    after_password(session, &app).await
}

pub async fn show_sign_in(mut session: UserSession) -> Result<Markup, AppError> {
    let body = credentials_form(
        "/sign-in",
        "Sign in",
        "current-password",
        &html! {
            p.small { "New here? " a href="/sign-up" { "Sign up" } }
        },
    );
    page(&mut session, "Sign in", body).await
}

/// Checks the password.
///
/// A real application also limits the rate of requests per network.
pub async fn sign_in(
    mut session: UserSession,
    State(app): State<SharedState>,
    Form(form): Form<CredentialsForm>,
) -> Result<Response, AppError> {
    let account = app.accounts.by_name(form.name.trim())?;
    match check_password(account, form.password).await? {
        Some(account) => {
            session.start(account, &app).await?;
            after_password(session, &app).await
        }
        None => session.flash_error("Incorrect name or password.", "/sign-in").await,
    }
}

/// Checks a password, in the same time for an unknown name as for a known one.
async fn check_password(
    account: Option<Account>,
    password: String,
) -> Result<Option<Account>, AppError> {
    let hash = account.as_ref().map_or(DUMMY_HASH, |account| &account.password).to_owned();
    let checked = tokio::task::spawn_blocking(move || {
        password.len() <= 128 && password_auth::verify_password(password, &hash).is_ok()
    });
    let is_correct = checked.await?;
    Ok(account.filter(|_| is_correct))
}

// guide: next
/// Continues after a correct password: signs the user in, or asks for a second factor.
async fn after_password(mut session: UserSession, app: &AppState) -> Result<Response, AppError> {
    let (verifier, subject) = (session.verifier(app)?, session.subject()?);
    match verifier.next(&subject).await {
        // A trusted browser is recognized, or no second factor is required.
        Ok(Next::Done(sign_in)) => {
            let jar = session.sign_in(sign_in, app).await?;
            Ok((jar, Redirect::to("/")).into_response())
        }
        Ok(Next::Prove(offers)) if offers.has_invalid_device_token() => {
            let jar = trusted_device::deleted_cookie(app);
            Ok((jar, Redirect::to("/verify/sign-in")).into_response())
        }
        Ok(Next::Prove(_)) => Ok(Redirect::to("/verify/sign-in").into_response()),
        // The policy of this application requires no enrollment.
        Ok(Next::Enroll(_)) => Err(AppError::Internal("an enrollment is required".into())),
        // No method can be used, and the page for the second factor says so.
        Err(error) if error::has_no_method(&error) => {
            Ok(Redirect::to("/verify/sign-in").into_response())
        }
        Err(error) => Err(error.into()),
    }
}
// end of guide

pub async fn sign_out(mut session: UserSession) -> Result<Response, AppError> {
    session.sign_out().await?;
    Ok(Redirect::to("/sign-in").into_response())
}

/// Asks a signed-in user for the password again.
pub async fn show_password(SignedIn(mut session): SignedIn) -> Result<Markup, AppError> {
    let body = html! {
        form.card method="post" {
            p { "You are about to change how you sign in. Enter your password again." }
            (password_field("password", "Password", "current-password"))
            button { "Continue" }
        }
    };
    page(&mut session, "Confirm your password", body).await
}

pub async fn password(
    SignedIn(mut session): SignedIn,
    State(app): State<SharedState>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, AppError> {
    if check_password(session.account.clone(), form.password).await?.is_none() {
        return session.flash_error("Incorrect password.", "/password").await;
    }
    session.confirm_password(&app).await?;
    let to = session.data.return_to.take().unwrap_or_else(|| "/settings".into());
    Ok(Redirect::to(&to).into_response())
}

fn credentials_form(action: &str, button: &str, autocomplete: &str, below: &Markup) -> Markup {
    html! {
        form.card method="post" action=(action) {
            label for="name" { "Name" }
            input #name name="name" required autocomplete="username" autocapitalize="none"
                spellcheck="false" maxlength="64" autofocus;
            (password_field("password", "Password", autocomplete))
            button { (button) }
            (below)
        }
    }
}

/// The hash of a random password that was discarded.
const DUMMY_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$\
    c29tZXRoaW5nc2FsdHk$6NVC9iSYGxMZr9NNwTIFBtxlPxXJoBV1mKPnwQf3XpM";
