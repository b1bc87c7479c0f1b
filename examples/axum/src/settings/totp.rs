//! Enrollment of an authenticator app.

use axum::response::Response;
use maud::{Markup, PreEscaped, html};
use second_factor::{Enrollment, Error};
use serde_json::json;

use super::{CodeBody, Enrolling, after, after_enrollment};
use crate::{
    context::permission::held,
    data::{PendingEnrollment, handle},
    failure::Failure,
    input::Input,
    page::elements::code_field,
    text::Text,
};

/// Shows the enrollment page.
///
/// The secret is not shown again, but a user who returns can start over.
pub(crate) async fn show(Enrolling(context): Enrolling) -> Result<Response, Failure> {
    let text = context.text();
    let is_pending = matches!(context.data.enrollment, Some(PendingEnrollment::Totp(_)));
    let body = html! {
        section.card {
            @if is_pending { (code_form(text)) }
            form method="post" action=(BEGIN) {
                @if is_pending {
                    p.small { (text.of("Haven't scanned the QR code yet?")) }
                    button.secondary { (text.of("Show a new QR code")) }
                } @else {
                    p {
                        (text.of("An authenticator app on your phone generates a new code every 30 seconds. It works without a network connection."))
                    }
                    button { (text.of("Show QR code")) }
                }
            }
        }
    };
    let model = json!({ "page": "authenticator_app", "is_pending": is_pending });
    context.page(text.of(TITLE), &body, &model).await
}

pub(crate) async fn begin(Enrolling(mut context): Enrolling) -> Result<Response, Failure> {
    let text = context.text();
    let form = || held(BEGIN, "Show QR code", &[]);
    let enroller = context.enroller(PATH, form()).await?;
    let verifier = context.verifier()?;
    let enrollment = match verifier.enroll_totp(enroller.clone(), &context.data.label).await {
        // A provisioning URI cannot contain every label (FINDINGS S31).
        Err(Error::Account(_)) => {
            verifier.enroll_totp(enroller, &account(&context.data.label)).await
        }
        enrollment => enrollment,
    };
    let enrollment = match enrollment {
        Ok(enrollment) => enrollment,
        Err(error) => return context.denied(&error, PATH, form()).await,
    };
    context.data.enrollment = Some(PendingEnrollment::Totp(enrollment.handle().to_string()));
    context.save().await?;
    let secret: Vec<String> =
        enrollment.expose_secret().expose_groups().map(str::to_owned).collect();
    let model = match context.info.wants_json {
        true => json!({
            "page": "authenticator_app",
            "is_pending": true,
            "secret": secret.concat(),
            "uri": enrollment.expose_uri().expose(),
            "qr_svg": enrollment.qr().expose_svg().expose(),
        }),
        // The layout of the application has no use for the secret.
        false => json!({ "page": "authenticator_app", "is_pending": true }),
    };
    let body = qr_page(&enrollment, &secret, text);
    context.page(text.of(TITLE), &body, &model).await
}

pub(crate) async fn confirm(
    Enrolling(mut context): Enrolling,
    Input(body): Input<CodeBody>,
) -> Result<Response, Failure> {
    let text = context.text();
    let Some(PendingEnrollment::Totp(pending)) = context.data.enrollment.clone() else {
        return Err(Failure::OutOfDate);
    };
    let (verifier, subject) = (context.verifier()?, context.subject()?);
    match verifier.confirm(&subject, handle(&pending)?, &body.code).await {
        Ok(confirmed) => {
            after_enrollment(&mut context, confirmed).await?;
            let to = after(&mut context);
            context.success(text.of("Authenticator app added."), &to).await
        }
        Err(error) => context.refuse(&error, PATH).await,
    }
}

/// Returns the label without what a provisioning URI cannot contain.
fn account(label: &str) -> String {
    let plain = label.chars().map(|char| if char == ':' || char.is_control() { ' ' } else { char });
    let plain: String = plain.take(60).collect();
    match plain.trim() {
        "" => "account".to_owned(),
        plain => plain.to_owned(),
    }
}

fn qr_page(enrollment: &Enrollment, secret: &[String], text: Text) -> Markup {
    let svg = enrollment.qr().expose_svg();
    html! {
        section.card {
            p { (text.of("Scan this QR code with your authenticator app:")) }
            div.qr role="img" aria-label=(text.of("QR code")) { (PreEscaped(svg.expose())) }
            details {
                summary { (text.of("Can't scan the QR code?")) }
                p { (text.of("Enter this key in your authenticator app:")) }
                p.secret { @for group in secret { (group) " " } }
            }
            (code_form(text))
        }
    }
}

fn code_form(text: Text) -> Markup {
    html! {
        form method="post" action=(PATH) {
            (code_field(text.of("Code from your authenticator app"), 6))
            button { (text.of("Add authenticator app")) }
        }
    }
}

const TITLE: &str = "Authenticator app";
const PATH: &str = "/two-factor/settings/authenticator-app";
const BEGIN: &str = "/two-factor/settings/authenticator-app/begin";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_has_nothing_that_a_uri_refuses() {
        for (label, expected) in [("a:b", "a b"), (":", "account"), (" \u{7}x", "x"), ("é", "é")]
        {
            assert_eq!(account(label), expected);
            assert!(second_factor::sans_io::TotpAccount::new(expected).is_ok(), "{expected}");
        }
    }
}
