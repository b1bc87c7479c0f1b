//! Phone numbers and email addresses, and the WhatsApp setting.

use axum::response::Response;
use maud::html;
use second_factor::{Address, Challenge, Error, ItemId, status::WhatsApp};
use serde::Deserialize;
use serde_json::json;

use super::{CodeBody, Enrolling, PATH, Settings, after, after_enrollment};
use crate::{
    context::{Context, permission::held},
    data::{PendingEnrollment, SentCode, handle},
    failure::Failure,
    input::Input,
    page::elements::{code_field, resend_buttons},
    second_step::codes::{ResendBody, again},
};

#[derive(Deserialize)]
pub(crate) struct AddressBody {
    address: String,
}

#[derive(Deserialize)]
pub(crate) struct WhatsAppBody {
    id: ItemId,
    action: WhatsAppAction,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WhatsAppAction {
    Allow,
    Forbid,
}

pub(crate) async fn show_phone(Enrolling(context): Enrolling) -> Result<Response, Failure> {
    let text = context.text();
    let body = html! {
        form.card method="post" {
            p { (text.of("We send a code to this number now, and whenever you choose it to sign in.")) }
            label for="address" { (text.of("Phone number with country code")) }
            input #address name="address" type="tel" required autofocus autocomplete="tel"
                placeholder="+1 415 555 0100" maxlength="40";
            button { (text.of("Send a code by text message")) }
        }
    };
    context.page(text.of("Phone number"), &body, &json!({ "page": "phone" })).await
}

pub(crate) async fn show_email(Enrolling(context): Enrolling) -> Result<Response, Failure> {
    let text = context.text();
    let body = html! {
        form.card method="post" {
            p { (text.of("A recovery email helps you recover your account. It can't be used to sign in.")) }
            label for="address" { (text.of("Email address")) }
            input #address name="address" type="email" required autofocus autocomplete="email"
                maxlength="254";
            button { (text.of("Send a code")) }
        }
    };
    context.page(text.of("Recovery email"), &body, &json!({ "page": "email" })).await
}

pub(crate) async fn add_phone(
    Enrolling(context): Enrolling,
    Input(body): Input<AddressBody>,
) -> Result<Response, Failure> {
    let Ok(number) = Address::phone(&body.address) else {
        let says = "Enter a phone number with its country code, such as +1 415 555 0100.";
        let says = context.text().of(says);
        return context.error(says, PHONE).await;
    };
    enroll(context, &number, PHONE).await
}

pub(crate) async fn add_email(
    Enrolling(context): Enrolling,
    Input(body): Input<AddressBody>,
) -> Result<Response, Failure> {
    let Ok(email) = Address::email(&body.address) else {
        let says = context.text().of("Enter an email address, such as name@example.com.");
        return context.error(says, EMAIL).await;
    };
    enroll(context, &email, EMAIL).await
}

async fn enroll(
    mut context: Context,
    address: &Address,
    page: &'static str,
) -> Result<Response, Failure> {
    let form = held(page, "Send a code", &[("address", address.expose())]);
    let enroller = context.enroller(page, form.clone()).await?;
    let sent = context.verifier()?.enroll_address(enroller, address).await;
    if let Err(error) = &sent {
        if error.needs_grant() {
            return context.denied(error, page, form).await;
        }
    }
    respond(context, sent, page).await
}

pub(crate) async fn show_code(Enrolling(context): Enrolling) -> Result<Response, Failure> {
    let (text, now) = (context.text(), context.now()?);
    let Ok(sent) = pending(&context) else {
        return Ok(context.go("nothing_pending", PATH));
    };
    let body = html! {
        section.card {
            form method="post" action=(CODE) data-webotp {
                p { (text.of("We sent a code to")) " " strong { (sent.masked) } "." }
                (code_field(text.of("Verification code"), sent.digits))
                button { (text.of("Confirm")) }
            }
            (resend_buttons(&sent, "/two-factor/settings/address/resend", now, text))
        }
    };
    let model = json!({ "page": "address", "sent": sent });
    context.page(text.of("Enter the code"), &body, &model).await
}

pub(crate) async fn confirm(
    Enrolling(mut context): Enrolling,
    Input(body): Input<CodeBody>,
) -> Result<Response, Failure> {
    let (text, sent) = (context.text(), pending(&context)?);
    let (verifier, subject) = (context.verifier()?, context.subject()?);
    match verifier.confirm(&subject, handle(&sent.handle)?, &body.code).await {
        Ok(confirmed) => {
            after_enrollment(&mut context, confirmed).await?;
            let to = after(&mut context);
            context.success(text.of("Confirmed and added."), &to).await
        }
        Err(error) => context.refuse(&error, CODE).await,
    }
}

pub(crate) async fn resend(
    Enrolling(context): Enrolling,
    Input(body): Input<ResendBody>,
) -> Result<Response, Failure> {
    let request = again(&pending(&context)?, body.channel())?;
    let sent = context.verifier()?.send_code(&context.subject()?, request).await;
    respond(context, sent, CODE).await
}

async fn respond(
    mut context: Context,
    sent: Result<Challenge, Error>,
    page: &'static str,
) -> Result<Response, Failure> {
    if let Ok(challenge) | Err(Error::Undelivered { challenge, .. }) = &sent {
        let sent = SentCode::new(challenge, String::new());
        context.data.enrollment = Some(PendingEnrollment::Address(sent));
        context.save().await?;
    }
    match sent {
        Ok(_) => Ok(context.go("code_sent", CODE)),
        Err(error) => context.refuse(&error, page).await,
    }
}

/// Turns WhatsApp on or off for a verified phone number.
pub(crate) async fn set_whatsapp(
    Settings(mut context): Settings,
    Input(body): Input<WhatsAppBody>,
) -> Result<Response, Failure> {
    let text = context.text();
    let (setting, name, label, says) = match body.action {
        WhatsAppAction::Allow => {
            (WhatsApp::Allowed, "allow", "Turn on WhatsApp", "WhatsApp is on.")
        }
        WhatsAppAction::Forbid => {
            (WhatsApp::Forbidden, "forbid", "Turn off WhatsApp", "WhatsApp is off.")
        }
    };
    let id = body.id.to_string();
    let fields = [("id", id.as_str()), ("action", name)];
    let form = || held("/two-factor/settings/whatsapp", label, &fields);
    let grant = context.grant(PATH, form()).await?;
    match context.verifier()?.set_whatsapp(&grant, &body.id, setting).await {
        Ok(()) => context.success(text.of(says), PATH).await,
        Err(error) => context.denied(&error, PATH, form()).await,
    }
}

fn pending(context: &Context) -> Result<SentCode, Failure> {
    match &context.data.enrollment {
        Some(PendingEnrollment::Address(sent)) => Ok(sent.clone()),
        _ => Err(Failure::OutOfDate),
    }
}

const PHONE: &str = "/two-factor/settings/phone";
const EMAIL: &str = "/two-factor/settings/email";
const CODE: &str = "/two-factor/settings/address";
