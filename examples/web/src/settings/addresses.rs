//! Phone numbers and email addresses, and the WhatsApp setting.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use maud::{Markup, html};
use second_factor::{Address, Challenge, CodeRequest, Error, ItemId, status::WhatsApp};
use serde::Deserialize;

use super::{PendingEnrollment, refusal_response, totp::after_enrollment};
use crate::{
    AppState, SharedState,
    error::AppError,
    page::{code_field, page},
    session::{Settings, UserSession},
    verify::{PhoneChannel, SentCode, resend_buttons},
};

#[derive(Deserialize)]
pub struct AddressForm {
    address: String,
}

#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
}

#[derive(Deserialize)]
pub struct ResendForm {
    channel: Option<PhoneChannel>,
}

#[derive(Deserialize)]
pub struct WhatsAppForm {
    id: String,
    action: WhatsAppAction,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WhatsAppAction {
    Allow,
    Forbid,
}

pub async fn show_phone(Settings(mut session): Settings) -> Result<Markup, AppError> {
    let body = html! {
        form.card method="post" {
            label for="address" { "Phone number with country code" }
            input #address name="address" type="tel" required autofocus autocomplete="tel"
                placeholder="+1 415 555 0100" maxlength="40";
            button { "Send a code by text message" }
        }
    };
    page(&mut session, "Phone number", body).await
}

pub async fn show_email(Settings(mut session): Settings) -> Result<Markup, AppError> {
    let body = html! {
        form.card method="post" {
            p { "A recovery email helps you recover your account. It can't be used to sign in." }
            label for="address" { "Email address" }
            input #address name="address" type="email" required autofocus autocomplete="email"
                maxlength="254";
            button { "Send a code" }
        }
    };
    page(&mut session, "Recovery email", body).await
}

pub async fn add_phone(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
    Form(form): Form<AddressForm>,
) -> Result<Response, AppError> {
    let Ok(number) = Address::phone(&form.address) else {
        let text = "Enter a phone number with its country code, such as +1 415 555 0100.";
        return session.flash_error(text, "/settings/phone").await;
    };
    enroll(session, &app, &number, "/settings/phone").await
}

pub async fn add_email(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
    Form(form): Form<AddressForm>,
) -> Result<Response, AppError> {
    let Ok(email) = Address::email(&form.address) else {
        let text = "Enter an email address, such as name@example.com.";
        return session.flash_error(text, "/settings/email").await;
    };
    enroll(session, &app, &email, "/settings/email").await
}

// guide: address
async fn enroll(
    mut session: UserSession,
    app: &AppState,
    address: &Address,
    page: &'static str,
) -> Result<Response, AppError> {
    let enroller = session.enroller(app, page).await?;
    let sent = session.verifier(app)?.enroll_address(enroller, address).await;
    sent_response(session, app, sent, page).await
}
// end of guide

pub async fn confirm(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
    Form(form): Form<CodeForm>,
) -> Result<Response, AppError> {
    let handle = pending(&session)?.handle()?;
    let (verifier, subject) = (session.verifier(&app)?, session.subject()?);
    match verifier.confirm(&subject, &handle, &form.code).await {
        Ok(confirmed) => {
            let jar = after_enrollment(&mut session, confirmed, &app).await?;
            let response = session.flash_success("Confirmed and added.", "/settings").await?;
            Ok((jar, response).into_response())
        }
        Err(error) => session.flash_refusal(&error, &app, "/settings/address").await,
    }
}

pub async fn show_code(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
) -> Result<Markup, AppError> {
    let sent = pending(&session)?.clone();
    let body = html! {
        section.card {
            form method="post" data-webotp {
                p { "We sent a code to " strong { (sent.masked) } "." }
                (code_field("Verification code", sent.digits))
                button { "Confirm" }
            }
            (resend_buttons(&sent, "/settings/address/resend", app.now()?))
        }
    };
    page(&mut session, "Enter the code", body).await
}

pub async fn resend(
    Settings(session): Settings,
    State(app): State<SharedState>,
    Form(form): Form<ResendForm>,
) -> Result<Response, AppError> {
    let handle = pending(&session)?.handle()?;
    let (verifier, subject) = (session.verifier(&app)?, session.subject()?);
    let sent = match form.channel {
        Some(channel) => {
            verifier.send_code(&subject, CodeRequest::again(handle).by(channel.channel())).await
        }
        None => verifier.send_code(&subject, CodeRequest::again(handle)).await,
    };
    sent_response(session, &app, sent, "/settings/address").await
}

async fn sent_response(
    mut session: UserSession,
    app: &AppState,
    sent: Result<Challenge, Error>,
    page: &'static str,
) -> Result<Response, AppError> {
    if let Ok(challenge) | Err(Error::Undelivered { challenge, .. }) = &sent {
        let sent = SentCode::new(challenge, String::new());
        session.data.pending_enrollment = Some(PendingEnrollment::Address(sent));
        session.save().await?;
    }
    match sent {
        Ok(_) => Ok(Redirect::to("/settings/address").into_response()),
        Err(error) => refusal_response(session, error, app, page).await,
    }
}

/// Turns WhatsApp on or off for a verified phone number.
pub async fn set_whatsapp(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
    Form(form): Form<WhatsAppForm>,
) -> Result<Response, AppError> {
    let grant = session.grant("/settings").await?;
    let verifier = session.verifier(&app)?;
    let id = form.id.parse::<ItemId>().map_err(|_| AppError::InvalidForm)?;
    let (setting, text) = match form.action {
        WhatsAppAction::Allow => (WhatsApp::Allowed, "WhatsApp is on."),
        WhatsAppAction::Forbid => (WhatsApp::Forbidden, "WhatsApp is off."),
    };
    match verifier.set_whatsapp(&grant, &id, setting).await {
        Ok(()) => session.flash_success(text, "/settings").await,
        Err(error) => refusal_response(session, error, &app, "/settings").await,
    }
}

fn pending(session: &UserSession) -> Result<&SentCode, AppError> {
    match &session.data.pending_enrollment {
        Some(PendingEnrollment::Address(sent)) => Ok(sent),
        _ => Err(AppError::Redirect("/settings")),
    }
}
