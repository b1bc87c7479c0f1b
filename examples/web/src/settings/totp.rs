//! Enrollment of an authenticator app.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Response},
};
use axum_extra::extract::CookieJar;
use maud::{Markup, PreEscaped, html};
use second_factor::{Enrollment, Handle, sign_in::Confirmed};
use serde::Deserialize;

use super::{PendingEnrollment, refusal_response};
use crate::{
    AppState, SharedState,
    error::AppError,
    page::{code_field, page},
    session::{Settings, UserSession},
};

#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
}

/// Shows the enrollment page.
///
/// The secret is not shown again, but a user who returns can start over.
pub async fn show(Settings(mut session): Settings) -> Result<Response, AppError> {
    let is_pending = matches!(session.data.pending_enrollment, Some(PendingEnrollment::Totp(_)));
    let body = html! {
        section.card {
            @if is_pending { (code_form()) }
            form method="post" action="/settings/authenticator-app/begin" {
                @if is_pending {
                    p.small { "Haven't scanned the QR code yet?" }
                    button.secondary { "Show a new QR code" }
                } @else {
                    p {
                        "An authenticator app on your phone generates a new code every 30 seconds. \
                         It works without a network connection."
                    }
                    button { "Show QR code" }
                }
            }
        }
    };
    Ok(page(&mut session, TITLE, body).await?.into_response())
}

pub async fn begin(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
) -> Result<Response, AppError> {
    let enroller = session.enroller(&app, PATH).await?;
    let name = session.account()?.name.clone();
    // guide: app
    let enrollment = match session.verifier(&app)?.enroll_totp(enroller, &name).await {
        Ok(enrollment) => enrollment,
        Err(error) => return refusal_response(session, error, &app, PATH).await,
    };
    let handle = enrollment.handle().to_string();
    session.data.pending_enrollment = Some(PendingEnrollment::Totp(handle));
    session.save().await?;
    // end of guide
    Ok(page(&mut session, TITLE, qr_page(&enrollment)).await?.into_response())
}

fn qr_page(enrollment: &Enrollment) -> Markup {
    let (svg, secret) = (enrollment.qr().expose_svg(), enrollment.expose_secret());
    html! {
        section.card {
            p { "Scan this QR code with your authenticator app:" }
            // guide: qr
            div.qr role="img" aria-label="QR code" { (PreEscaped(svg.expose())) }
            details {
                summary { "Can't scan the QR code?" }
                p { "Enter this key in your authenticator app:" }
                p.secret { @for group in secret.expose_groups() { (group) " " } }
            }
            // end of guide
            (code_form())
        }
    }
}

pub async fn confirm(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
    Form(form): Form<CodeForm>,
) -> Result<Response, AppError> {
    let Some(PendingEnrollment::Totp(handle)) = session.data.pending_enrollment.clone() else {
        return Err(AppError::Redirect(PATH));
    };
    let handle = handle.parse::<Handle>().map_err(|_| AppError::InvalidForm)?;
    // guide: confirm
    let (verifier, subject) = (session.verifier(&app)?, session.subject()?);
    match verifier.confirm(&subject, &handle, &form.code).await {
        Ok(confirmed) => {
            let jar = after_enrollment(&mut session, confirmed, &app).await?;
            let response = session.flash_success("Authenticator app added.", "/settings").await?;
            Ok((jar, response).into_response())
        }
        Err(error) => session.flash_refusal(&error, &app, PATH).await,
    }
    // end of guide
}

/// Completes the enrollment of any factor, and ends all other sessions.
///
/// After a recovery, the user signs in with the new factor, because a grant does not open a
/// session.
pub async fn after_enrollment(
    session: &mut UserSession,
    confirmed: Confirmed,
    app: &AppState,
) -> Result<CookieJar, AppError> {
    session.data.pending_enrollment = None;
    let mut jar = CookieJar::new();
    if !session.is_signed_in() || session.data.grant.is_none() {
        // The first factor, or a recovery whose grant a replaced factor ended.
        session.store_grant(&session.verifier(app)?.grant(&confirmed)?).await?;
    }
    if !session.is_signed_in()
        && let Some(verified) = confirmed.verified()
    {
        jar = session.sign_in(verified, app).await?;
    }
    session.end_other_sessions(app).await?;
    Ok(jar)
}

fn code_form() -> Markup {
    html! {
        form method="post" action="/settings/authenticator-app" {
            (code_field("Code from your authenticator app", 6))
            button { "Add authenticator app" }
        }
    }
}

const TITLE: &str = "Authenticator app";
const PATH: &str = "/settings/authenticator-app";
