//! Enrollment of security keys and passkeys.

use axum::response::Response;
use maud::html;
use second_factor::enrollment::NewSecurityKey;
use serde::Deserialize;
use serde_json::json;

use super::{Enrolling, after, after_enrollment};
use crate::{
    context::Context,
    data::PendingEnrollment,
    failure::{Failure, refusal},
    input::Input,
    second_step::security_key::options,
    webauthn::KeyOwner,
};

/// The name that the user chose, and the response of the browser.
#[derive(Deserialize)]
pub(crate) struct KeyBody {
    name: String,
    response: String,
}

pub(crate) async fn show(Enrolling(context): Enrolling) -> Result<Response, Failure> {
    if context.two_factor.0.webauthn.is_none() {
        return Err(Failure::NotFound);
    }
    let text = context.text();
    let body = html! {
        form.card method="post" data-security-key="create" data-begin=(BEGIN) {
            p { (text.of("A security key or passkey works on this site only, which protects you from phishing.")) }
            label for="key-name" { (text.of("Name")) }
            input #key-name name="name" required autofocus autocomplete="off" maxlength="40"
                placeholder=(text.of("Blue key"));
            input type="hidden" name="response";
            button { (text.of("Add security key or passkey")) }
            p.small role="status" data-status
                data-waiting=(text.of("Waiting for your security key or passkey…"))
                data-failed=(text.of("No security key or passkey responded. Try again.")) {}
            noscript { p { (text.of("This needs JavaScript, which is turned off in your browser.")) } }
        }
    };
    let title = text.of("Security key or passkey");
    context.page(title, &body, &json!({ "page": "security_keys" })).await
}

/// Returns the WebAuthn options for the browser.
pub(crate) async fn begin(Enrolling(mut context): Enrolling) -> Result<Response, Failure> {
    let webauthn = context.two_factor.0.webauthn.clone().ok_or(Failure::NotFound)?;
    let enroller = context.enroller(PATH, None).await?;
    let verifier = context.verifier()?;
    let status = verifier.status(enroller.subject()).await?;
    let enrolled: Vec<_> = status.security_keys().iter().map(|key| key.credential()).collect();
    let owner = owner(&context)?;
    let started = webauthn.begin_registration(&owner, &enrolled).map_err(Failure::WebAuthn)?;
    match verifier.enroll_security_key(enroller, &started.state).await {
        Ok(ceremony) => {
            let text = ceremony.expose().to_owned();
            context.data.enrollment = Some(PendingEnrollment::SecurityKey(text));
            context.save().await?;
            Ok(context.finish(options(&started.options)))
        }
        Err(error) if error.needs_grant() => Err(context.step_up(Some(PATH.into()), None).await),
        Err(error) => Ok(refusal(&error, &context.two_factor, &context.info)),
    }
}

/// Returns the owner of the key. The handle is the keyed name of the record: opaque and stable.
fn owner(context: &Context) -> Result<KeyOwner, Failure> {
    let id = context.two_factor.verifier().operations().record_id(&context.subject()?);
    let mut handle = [0; 16];
    handle.iter_mut().zip(id.as_bytes()).for_each(|(to, from)| *to = *from);
    Ok(KeyOwner { handle, name: context.data.label.clone() })
}

pub(crate) async fn confirm(
    Enrolling(mut context): Enrolling,
    Input(body): Input<KeyBody>,
) -> Result<Response, Failure> {
    let webauthn = context.two_factor.0.webauthn.clone().ok_or(Failure::NotFound)?;
    let Some(PendingEnrollment::SecurityKey(ceremony)) = context.data.enrollment.clone() else {
        return Err(Failure::OutOfDate);
    };
    let (verifier, subject, text) = (context.verifier()?, context.subject()?, context.text());
    let confirmed = match verifier.ceremony(&subject, &ceremony).await {
        Ok(ceremony) => {
            let credential = webauthn.finish_registration(ceremony.state(), &body.response);
            let Some(credential) = credential else {
                let says = "The security key or passkey was not added. Please try again.";
                return context.error(text.of(says), PATH).await;
            };
            match NewSecurityKey::new(body.name.trim(), &credential) {
                Ok(key) => verifier.confirm_security_key(&subject, &ceremony, key).await,
                Err(error) => Err(error.into()),
            }
        }
        Err(error) => Err(error),
    };
    match confirmed {
        Ok(confirmed) => {
            after_enrollment(&mut context, confirmed).await?;
            let to = after(&mut context);
            context.success(text.of("Security key or passkey added."), &to).await
        }
        Err(error) => context.refuse(&error, PATH).await,
    }
}

const PATH: &str = "/two-factor/settings/security-keys";
const BEGIN: &str = "/two-factor/settings/security-keys/begin";
