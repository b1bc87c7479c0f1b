//! Extractors for the pages of the application.

use core::time::Duration;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{StatusCode, request::Parts},
    response::Response,
};
use second_factor::{Grant, Purpose, SubjectId};

use crate::{context::Context, failure::Failure, request::RequestInfo, two_factor::TwoFactor};

/// A signed-in user.
///
/// Another visitor is redirected to the sign-in page or to the second step, and comes back. A client
/// that asks for JSON gets 401. A session that must end, because a factor was removed or the user has
/// signed out everywhere, has ended: see [`TwoFactor::epoch_age`]. A form from another site is
/// refused.
///
/// # Example
///
/// ```
/// use second_factor_axum::SignedIn;
///
/// async fn home(user: SignedIn) -> String {
///     format!("Hello, {}", user.label())
/// }
/// # let _ = home;
/// ```
#[derive(Debug, Clone)]
pub struct SignedIn {
    subject: SubjectId,
    label: String,
}

impl SignedIn {
    /// Returns the label of the [`User`](crate::User), such as an email address.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Returns the id of the [`User`](crate::User).
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }
}

/// A signed-in user who has proven a second factor in this session.
///
/// A user whose browser was recognized is asked for a factor, and a user without a factor is asked
/// to add one. A client that asks for JSON gets 403.
#[derive(Debug, Clone)]
pub struct SecondFactor(pub SignedIn);

/// A signed-in user who has proven a second factor within the last `SECONDS`.
///
/// Another user is asked for a factor and comes back. A client that asks for JSON gets 403 with
/// `{"error":"step_up_required","location":"/two-factor/step-up"}`, and sends the request again.
///
/// **The body of a `POST` is lost**, because the redirect leads to a page. Put `StepUp` on the page
/// with the form and on its `POST`, with the shorter time on the page: `StepUp<240>` on the page and
/// `StepUp<300>` on the `POST`. If the time passes nevertheless, the user comes back to the page with
/// the form, and is asked to send it again.
///
/// # Example
///
/// ```
/// use second_factor_axum::StepUp;
///
/// async fn payout_form(_: StepUp<240>) -> &'static str {
///     "<form method=post>…</form>"
/// }
/// async fn pay_out(StepUp(user): StepUp) -> String {
///     format!("paid to {}", user.subject())
/// }
/// # let _ = (payout_form, pay_out);
/// ```
#[derive(Debug, Clone)]
pub struct StepUp<const SECONDS: u64 = 300>(pub SignedIn);

async fn signed_in(context: &mut Context) -> Result<SignedIn, Failure> {
    context.check_signed_in().await?;
    Ok(SignedIn { subject: context.subject()?, label: context.data.label.clone() })
}

async fn second_factor(context: &mut Context) -> Result<SecondFactor, Failure> {
    let user = signed_in(context).await?;
    if context.data.is_proven {
        return Ok(SecondFactor(user));
    }
    Err(first_prove(context).await)
}

async fn step_up<const SECONDS: u64>(context: &mut Context) -> Result<StepUp<SECONDS>, Failure> {
    let user = signed_in(context).await?;
    let Some(grant) = &context.data.grant else { return Err(first_prove(context).await) };
    let (grant, max_age) = (Grant::from_text(&user.subject, grant), Duration::from_secs(SECONDS));
    match context.verifier()?.check_grant(&grant, Purpose::StepUp, max_age).await {
        Ok(()) => Ok(StepUp(user)),
        Err(error) if error.needs_grant() => Err(first_prove(context).await),
        Err(error) => Err(error.into()),
    }
}

/// Asks for a proof. A user without a factor is asked to add one.
async fn first_prove(context: &mut Context) -> Failure {
    let then = context.this_page();
    let form_was_lost = !context.info.is_read && !context.info.wants_json;
    context.data.form_was_lost = form_was_lost;
    let subject = match context.subject() {
        Ok(subject) => subject,
        Err(failure) => return failure,
    };
    let status = match context.verifier() {
        Ok(verifier) => verifier.status(&subject).await,
        Err(error) => Err(error),
    };
    match status {
        Ok(status) if status.is_protected() => context.step_up(then, None).await,
        Ok(_) => {
            context.data.then = then;
            match context.save().await {
                Ok(()) => Failure::First {
                    error: "enrollment_required",
                    status: StatusCode::FORBIDDEN,
                    location: "/two-factor/settings?required".into(),
                },
                Err(failure) => failure,
            }
        }
        Err(error) => error.into(),
    }
}

macro_rules! extractor {
    ([$($parameter:tt)*] $type:ty, $function:expr) => {
        impl<S: Send + Sync, $($parameter)*> FromRequestParts<S> for $type
        where
            TwoFactor: FromRef<S>,
        {
            type Rejection = Response;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
                let two_factor = TwoFactor::from_ref(state);
                let extracted = match Context::load(parts, &two_factor).await {
                    Ok(mut context) => $function(&mut context).await,
                    Err(failure) => Err(failure),
                };
                extracted.map_err(|failure| {
                    failure.render(&two_factor, &RequestInfo::new(parts, &two_factor))
                })
            }
        }
    };
}

extractor!([] SignedIn, signed_in);
extractor!([] SecondFactor, second_factor);
extractor!([const SECONDS: u64] StepUp<SECONDS>, step_up::<SECONDS>);
