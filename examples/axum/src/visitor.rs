//! The hand-over from the sign-in page of the application.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
    response::Response,
};
use second_factor::{Error, FirstFactor, Next, SubjectId};

use crate::{
    context::Context,
    data::{Data, Stage},
    failure::{Failure, has_no_method},
    request::RequestInfo,
    two_factor::TwoFactor,
};

/// A visitor of your sign-in page, who may become a [`User`].
///
/// A form from another site is refused.
///
/// # Example
///
/// ```
/// use axum::{Form, response::{Html, IntoResponse, Response}};
/// use second_factor_axum::{User, Visitor};
///
/// #[derive(serde::Deserialize)]
/// struct Login {
///     email: String,
///     password: String,
/// }
/// # async fn check_password(login: &Login) -> Option<i64> { None }
///
/// async fn sign_in(visitor: Visitor, form: Form<Login>) -> Response {
///     match check_password(&form).await {
///         Some(id) => visitor.continue_as(User::new(id, &form.email)).await,
///         None => Html("Incorrect email or password.").into_response(),
///     }
/// }
/// # let _ = sign_in;
/// ```
pub struct Visitor(Context);

impl Visitor {
    /// Continues after a correct first factor.
    ///
    /// The response goes to the second step, to the enrollment that the policy requires, or to the
    /// page that the user asked for. It is JSON if the client asks for JSON. The session has a new
    /// id.
    pub async fn continue_as(self, user: User) -> Response {
        let Self(context) = self;
        let (two_factor, info) = (context.two_factor.clone(), context.info.clone());
        match continue_as(context, user).await {
            Ok(response) => response,
            Err(failure) => failure.render(&two_factor, &info),
        }
    }

    /// Returns the label of the user who is signed in already, or `None`.
    ///
    /// Your sign-in page can then ask for the password alone.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        let Self(context) = self;
        (context.data.stage == Stage::SignedIn).then_some(context.data.label.as_str())
    }
}

impl core::fmt::Debug for Visitor {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Visitor").finish_non_exhaustive()
    }
}

/// A user whose first factor was correct.
#[derive(Debug, Clone)]
pub struct User {
    id: SubjectId,
    label: String,
    first: Option<FirstFactor>,
    policy: Option<String>,
    language: Option<String>,
}

impl User {
    /// Creates a user from your user id, which never changes and is never reused.
    ///
    /// The label, such as an email address, is shown to the user and in authenticator apps. The
    /// first factor is that of the [builder](second_factor::verifier::VerifierBuilder::first_factor),
    /// or else a password.
    pub fn new(id: impl Into<SubjectId>, label: &str) -> Self {
        let label = label.to_owned();
        Self { id: id.into(), label, first: None, policy: None, language: None }
    }

    /// Names the first factor that your application has checked.
    #[must_use]
    pub fn after(mut self, first: FirstFactor) -> Self {
        self.first = Some(first);
        self
    }

    /// Sets the language of pages and messages, such as `de`.
    ///
    /// Without it, pages are in the language that the browser prefers.
    #[must_use]
    pub fn language(mut self, tag: &str) -> Self {
        self.language = Some(tag.to_owned());
        self
    }

    /// Names a policy that was added by [`TwoFactor::policy`].
    #[must_use]
    pub fn policy(mut self, name: &str) -> Self {
        self.policy = Some(name.to_owned());
        self
    }
}

async fn continue_as(mut context: Context, user: User) -> Result<Response, Failure> {
    let User { id, label, first, policy, language } = user;
    let (then, held) = (Some(context.take_then()), context.data.held.take());
    let data =
        Data { subject: Some(id), label, first, policy, language, then, held, ..Data::default() };
    context.start(data).await?;
    let subject = context.subject()?;
    let next = match context.verifier()?.next(&subject).await {
        Err(Error::NoFirstFactor) => {
            context.data.first = Some(FirstFactor::Password);
            context.verifier()?.next(&subject).await
        }
        next => next,
    };
    match next {
        // A trusted browser is recognized, or no second factor is required.
        Ok(Next::Done(sign_in)) => {
            let then = context.take_then();
            context.sign_in(sign_in).await?;
            Ok(context.go("signed_in", &then))
        }
        Ok(Next::Prove(offers)) => {
            if offers.has_invalid_device_token() {
                context.forget_device();
            }
            context.save().await?;
            Ok(context.go("second_factor_required", "/two-factor"))
        }
        Ok(Next::Enroll(_)) => {
            context.data.stage = Stage::Enrolling;
            context.save().await?;
            Ok(context.go("enrollment_required", "/two-factor/enroll"))
        }
        // No method can be used, and the page of the second step says so.
        Err(error) if has_no_method(&error) => {
            context.save().await?;
            Ok(context.go("second_factor_required", "/two-factor"))
        }
        Err(error) => Err(error.into()),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor
where
    TwoFactor: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let two_factor = TwoFactor::from_ref(state);
        let context = Context::load(parts, &two_factor).await;
        context
            .map(Self)
            .map_err(|failure| failure.render(&two_factor, &RequestInfo::new(parts, &two_factor)))
    }
}
