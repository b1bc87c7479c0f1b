//! Enrollment that the policy requires before a sign-in.

use axum::{extract::FromRequestParts, http::request::Parts, response::Response};
use maud::html;
use second_factor::{FactorKind, Next, sign_in::RequiredEnrollment};
use serde_json::json;

use super::PATH as SETTINGS;
use crate::{context::Context, data::Stage, failure::Failure, two_factor::TwoFactor};

/// A user who must add a factor to sign in.
pub(crate) struct MustEnroll(Context, RequiredEnrollment);

impl FromRequestParts<TwoFactor> for MustEnroll {
    type Rejection = Failure;

    async fn from_request_parts(
        parts: &mut Parts,
        two_factor: &TwoFactor,
    ) -> Result<Self, Failure> {
        let context = Context::load(parts, two_factor).await?;
        let subject = context.subject()?;
        if context.data.stage != Stage::Enrolling {
            let location = SETTINGS.into();
            let status = axum::http::StatusCode::CONFLICT;
            return Err(Failure::First { error: "not_required", status, location });
        }
        match context.verifier()?.next(&subject).await? {
            Next::Enroll(required) => Ok(Self(context, required)),
            // Another session has added a factor.
            Next::Done(_) | Next::Prove(_) => {
                let location = two_factor.0.sign_in.clone();
                Err(Failure::SignIn { location, then: None })
            }
        }
    }
}

pub(crate) async fn show(MustEnroll(context, required): MustEnroll) -> Result<Response, Failure> {
    let (text, now) = (context.text(), context.now()?);
    let has_webauthn = context.two_factor.0.webauthn.is_some();
    let kinds = required.kinds().iter().filter_map(|kind| {
        let (page, label) = match kind {
            FactorKind::Totp => ("authenticator-app", "Add an authenticator app"),
            FactorKind::Hotp => ("hardware-token", "Add a hardware token"),
            FactorKind::Phone => ("phone", "Add a phone number"),
            FactorKind::Email => ("email", "Add an email address"),
            FactorKind::SecurityKey if has_webauthn => ("security-keys", "Add a key or passkey"),
            _ => return None,
        };
        Some((kind.as_str(), format!("{SETTINGS}/{page}"), text.of(label)))
    });
    let kinds: Vec<_> = kinds.collect();
    let (deadline, can_wait) = (required.deadline(), required.deadline() > now);
    let is_blocked = required.needs_confirmed_address() || required.needs_proof();
    let body = html! {
        p { (text.of("Your account needs a second factor. Choose one; you can add others later.")) }
        @if is_blocked {
            p.notice.error role="alert" {
                (text.of("The time to add one has passed. Contact our support, who can confirm that it's you."))
            }
        } @else {
            ul.list {
                @for (_, page, label) in &kinds { li { a.button.secondary href=(page) { (label) } } }
            }
        }
        @if can_wait {
            form method="post" action="/two-factor/enroll/later" {
                p.small { (text.with("You can do this until {}.", &text.day(deadline.as_secs()))) }
                button.link { (text.of("Not now")) }
            }
        }
        form.inline method="post" action="/two-factor/sign-out" {
            button.link { (text.of("Sign in to a different account")) }
        }
    };
    let kinds = kinds.iter().map(|(kind, page, _)| json!({ "kind": kind, "location": page }));
    let model = json!({
        "page": "enroll",
        "kinds": kinds.collect::<Vec<_>>(),
        "deadline": deadline.as_secs(),
        "can_postpone": can_wait,
        "needs_support": is_blocked,
    });
    context.page(text.of("Protect your account"), &body, &model).await
}

/// Signs in without a factor, before the deadline.
pub(crate) async fn later(
    MustEnroll(mut context, required): MustEnroll,
) -> Result<Response, Failure> {
    let Some(sign_in) = required.postpone() else { return Err(Failure::OutOfDate) };
    let then = context.take_then();
    context.sign_in(sign_in).await?;
    Ok(context.go("signed_in", &then))
}
