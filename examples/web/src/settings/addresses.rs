//! Adding a phone number or a mailbox, and WhatsApp for a number.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use maud::{Markup, html};
use second_factor::{Address, Challenge, Error, id::ItemId};
use serde::Deserialize;

use super::{
    Enrolling,
    app::{added, trust_box},
};
use crate::{
    App,
    page::{code_field, page, typed},
    prove::{By, Sent, again},
    trouble::Trouble,
    trusted::Browser,
    visitor::{SignedIn, Visitor},
};

#[derive(Deserialize)]
pub struct New {
    address: String,
}

#[derive(Deserialize)]
pub struct Code {
    code: String,
    trust: Option<String>,
}

#[derive(Deserialize)]
pub struct Again {
    by: Option<By>,
}

#[derive(Deserialize)]
pub struct WhatsApp {
    id: String,
    wish: Wish,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Wish {
    Allow,
    Forbid,
}

pub async fn show_phone(SignedIn(mut visitor): SignedIn) -> Result<Markup, Trouble> {
    let body = html! {
        form.card method="post" {
            label for="address" { "Phone number, with the country" }
            input #address name="address" type="tel" required autofocus autocomplete="tel"
                placeholder="+1 415 555 0100" maxlength="40";
            button { "Send a code by text message" }
        }
    };
    page(&mut visitor, "Phone", body).await
}

pub async fn show_email(SignedIn(mut visitor): SignedIn) -> Result<Markup, Trouble> {
    let body = html! {
        form.card method="post" {
            p { "An email address helps you back in when something is lost. It signs nobody in." }
            label for="address" { "Email address" }
            input #address name="address" type="email" required autofocus autocomplete="email"
                maxlength="254";
            button { "Send a code" }
        }
    };
    page(&mut visitor, "Recovery email", body).await
}

pub async fn add_phone(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
    Form(form): Form<New>,
) -> Result<Response, Trouble> {
    match Address::phone(&form.address) {
        Ok(number) => add(visitor, &app, &number, "/settings/phone").await,
        Err(why) => visitor.say_no(&format!("Look again: {why}."), "/settings/phone").await,
    }
}

pub async fn add_email(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
    Form(form): Form<New>,
) -> Result<Response, Trouble> {
    match Address::email(&form.address) {
        Ok(mailbox) => add(visitor, &app, &mailbox, "/settings/email").await,
        Err(why) => visitor.say_no(&format!("Look again: {why}."), "/settings/email").await,
    }
}

// guide: address
async fn add(
    mut visitor: Visitor,
    app: &App,
    address: &Address,
    from: &'static str,
) -> Result<Response, Trouble> {
    let enroller = visitor.enroller(app, from).await?;
    let sent = visitor.verifier(app)?.enroll_address(enroller, address).await;
    go_on(visitor, app, sent, from).await
}
// end of guide

pub async fn confirm(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
    browser: Browser,
    Form(form): Form<Code>,
) -> Result<Response, Trouble> {
    let handle = enrolling(&visitor)?.handle()?;
    let (verifier, subject) = (visitor.verifier(&app)?, visitor.subject()?);
    match verifier.confirm(&subject, &handle, &typed(&form.code)).await {
        Ok(verified) => {
            let trust = form.trust.map(|_| browser);
            let jar = added(&mut visitor, &verified, trust, &app).await?;
            let added = visitor.done("It is yours, and added.", "/settings").await?;
            Ok((jar, added).into_response())
        }
        Err(error) => visitor.refused(&error, &app, "/settings/address").await,
    }
}

pub async fn show_code(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
) -> Result<Markup, Trouble> {
    let sent = enrolling(&visitor)?.clone();
    let body = html! {
        section.card {
            form method="post" data-webotp {
                p { "We sent a code to " strong { (sent.masked) } "." }
                (code_field("The code", sent.digits))
                (trust_box())
                button { "Confirm" }
            }
            (again(&sent, "/settings/address/resend", app.now()?))
        }
    };
    page(&mut visitor, "Is it yours?", body).await
}

pub async fn resend(
    SignedIn(visitor): SignedIn,
    State(app): State<App>,
    Form(form): Form<Again>,
) -> Result<Response, Trouble> {
    let handle = enrolling(&visitor)?.handle()?;
    let (verifier, subject) = (visitor.verifier(&app)?, visitor.subject()?);
    let sent = match form.by {
        Some(by) => verifier.resend_by(&subject, &handle, by.channel()).await,
        None => verifier.resend(&subject, &handle).await,
    };
    go_on(visitor, &app, sent, "/settings/address").await
}

async fn go_on(
    mut visitor: Visitor,
    app: &App,
    sent: Result<Challenge, Error>,
    from: &'static str,
) -> Result<Response, Trouble> {
    if let Ok(challenge) | Err(Error::Undelivered { challenge, .. }) = &sent {
        let sent = Sent::new(challenge, String::new());
        visitor.memory.enrolling = Some(Enrolling::Address(sent));
        visitor.keep().await?;
    }
    match sent {
        Ok(_) => Ok(Redirect::to("/settings/address").into_response()),
        Err(error) => super::refused(visitor, error, app, from).await,
    }
}

/// Lets codes go to a proven number by WhatsApp too, or no longer.
pub async fn whatsapp(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
    Form(form): Form<WhatsApp>,
) -> Result<Response, Trouble> {
    let authority = visitor.authority(&app, "/settings").await?;
    let verifier = visitor.verifier(&app)?;
    let id = ItemId::parse(&form.id).map_err(|_| Trouble::Odd)?;
    let status = verifier.status(&visitor.subject()?).await?;
    let number = status.address(&id).ok_or(Trouble::Odd)?;
    let (changed, words) = match form.wish {
        Wish::Allow => (verifier.allow_whatsapp(authority, number).await, "WhatsApp is on."),
        Wish::Forbid => (verifier.forbid_whatsapp(authority, number).await, "WhatsApp is off."),
    };
    match changed {
        Ok(()) => visitor.done(words, "/settings").await,
        Err(error) => super::refused(visitor, error, &app, "/settings").await,
    }
}

fn enrolling(visitor: &Visitor) -> Result<&Sent, Trouble> {
    match &visitor.memory.enrolling {
        Some(Enrolling::Address(sent)) => Ok(sent),
        _ => Err(Trouble::Elsewhere("/settings")),
    }
}
