//! Adding an authenticator app.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Response},
};
use axum_extra::extract::CookieJar;
use maud::{Markup, PreEscaped, html};
use second_factor::{Enrollment, Handle, Verified};
use serde::Deserialize;

use super::Enrolling;
use crate::{
    App,
    page::{code_field, page, typed},
    trouble::Trouble,
    trusted::{self, Browser},
    visitor::{SignedIn, Visitor},
};

#[derive(Deserialize)]
pub struct Code {
    code: String,
    trust: Option<String>,
}

/// The secret is shown once. Who comes back later has it in the app, or begins again.
pub async fn show(SignedIn(mut visitor): SignedIn) -> Result<Response, Trouble> {
    let waits = matches!(visitor.memory.enrolling, Some(Enrolling::App(_)));
    let body = html! {
        section.card {
            @if waits { (code_form()) }
            form method="post" action="/settings/app/begin" {
                @if waits {
                    p.small { "Is it not in your app yet?" }
                    button.second { "Show a new QR code" }
                } @else {
                    p {
                        "An authenticator app on your phone shows a new code every 30 seconds. It \
                         works without a network."
                    }
                    button { "Show the QR code" }
                }
            }
        }
    };
    Ok(page(&mut visitor, TITLE, body).await?.into_response())
}

pub async fn begin(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
) -> Result<Response, Trouble> {
    let enroller = visitor.enroller(&app, "/settings/app").await?;
    let name = visitor.account()?.name.clone();
    // guide: app
    let enrollment = match visitor.verifier(&app)?.enroll_totp(enroller, &name).await {
        Ok(enrollment) => enrollment,
        Err(error) => return super::refused(visitor, error, &app, "/settings/app").await,
    };
    visitor.memory.enrolling = Some(Enrolling::App(enrollment.handle().to_string()));
    visitor.keep().await?;
    // end of guide
    Ok(page(&mut visitor, TITLE, qr_page(&enrollment)).await?.into_response())
}

fn qr_page(enrollment: &Enrollment) -> Markup {
    let (svg, secret) = (enrollment.qr().expose_svg(), enrollment.expose_secret());
    html! {
        section.card {
            p { "Scan this with your authenticator app:" }
            // guide: qr
            div.qr role="img" aria-label="QR code" { (PreEscaped(svg.expose())) }
            details {
                summary { "I cannot scan it" }
                p { "Type this key into your app:" }
                p.secret { @for group in secret.expose_groups() { (group) " " } }
            }
            // end of guide
            (code_form())
        }
    }
}

pub async fn confirm(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
    browser: Browser,
    Form(form): Form<Code>,
) -> Result<Response, Trouble> {
    let Some(Enrolling::App(handle)) = visitor.memory.enrolling.clone() else {
        return Err(Trouble::Elsewhere("/settings/app"));
    };
    let handle = Handle::parse(&handle).map_err(|_| Trouble::Odd)?;
    // guide: confirm
    let (verifier, subject) = (visitor.verifier(&app)?, visitor.subject()?);
    match verifier.confirm(&subject, &handle, &typed(&form.code)).await {
        Ok(verified) => {
            let trust = form.trust.map(|_| browser);
            let jar = added(&mut visitor, &verified, trust, &app).await?;
            Ok((jar, visitor.done("Your app is added.", "/settings").await?).into_response())
        }
        Err(error) => visitor.refused(&error, &app, "/settings/app").await,
    }
    // end of guide
}

/// After any factor was added: what was proven by it is kept, and nobody else stays signed in.
pub async fn added(
    visitor: &mut Visitor,
    verified: &Verified,
    trust: Option<Browser>,
    app: &App,
) -> Result<CookieJar, Trouble> {
    visitor.memory.enrolling = None;
    let jar = match trust {
        Some(browser) => trusted::trust(&visitor.verifier(app)?, verified, browser, app).await?,
        None => CookieJar::new(),
    };
    // Not every factor may manage; whoever adds a further one has a right that may.
    if visitor.memory.grant.is_none() {
        visitor.may_manage(verified, app).await?;
    }
    visitor.end_other_sessions(app).await?;
    Ok(jar)
}

fn code_form() -> Markup {
    html! {
        form method="post" action="/settings/app" {
            (code_field("The code that your app shows now", 6))
            (trust_box())
            button { "Add the app" }
        }
    }
}

pub fn trust_box() -> Markup {
    html! {
        label.check {
            input type="checkbox" name="trust" value="yes";
            " Trust this browser for 30 days"
        }
    }
}

const TITLE: &str = "Authenticator app";
