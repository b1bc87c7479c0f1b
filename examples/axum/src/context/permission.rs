//! Grants of a session, and the permission to add a factor.

use axum::{http::StatusCode, response::Response};
use second_factor::{Error, Grant, enrollment::Enroller};

use super::Context;
use crate::{
    data::{HeldForm, Stage},
    failure::Failure,
};

impl Context {
    /// Stores a grant for the next minutes.
    pub(crate) fn store_grant(&mut self, grant: &Grant) {
        self.data.grant = Some(grant.expose().to_owned());
        self.data.is_proven = true;
    }

    /// Returns the grant for a change of factors. The change itself checks the grant.
    ///
    /// If there is no grant, the failure asks for a proof and then returns to `page`.
    pub(crate) async fn grant(
        &mut self,
        page: &str,
        form: Option<HeldForm>,
    ) -> Result<Grant, Failure> {
        match &self.data.grant {
            Some(text) => Ok(Grant::from_text(&self.subject()?, text)),
            None => Err(self.step_up(Some(page.to_owned()), form).await),
        }
    }

    /// Responds to a refused change: asks for a proof, or explains the error on `page`.
    pub(crate) async fn denied(
        mut self,
        error: &Error,
        page: &str,
        form: Option<HeldForm>,
    ) -> Result<Response, Failure> {
        if error.needs_grant() {
            return Err(self.step_up(Some(page.to_owned()), form).await);
        }
        self.refuse(error, page).await
    }

    /// Returns the permission to add a factor.
    ///
    /// For the first factor, a password entered within the last five minutes is enough.
    pub(crate) async fn enroller(
        &mut self,
        page: &str,
        form: Option<HeldForm>,
    ) -> Result<Enroller, Failure> {
        let subject = self.subject()?;
        if self.verifier()?.status(&subject).await?.is_protected() {
            return Ok(Enroller::from(&self.grant(page, form).await?));
        }
        let age = self.now()?.as_secs().saturating_sub(self.data.first_factor_at);
        if age > FIRST_FACTOR_MAX_AGE {
            self.data.then = Some(page.to_owned());
            self.save().await?;
            let location = self.two_factor.0.sign_in.clone();
            return Err(Failure::SignIn { location, then: None });
        }
        Ok(Enroller::from(&subject))
    }

    /// Returns the failure that asks for a proof, after which `then` is opened.
    ///
    /// A form that was posted is kept, and the user sends it again with one button.
    pub(crate) async fn step_up(
        &mut self,
        then: Option<String>,
        form: Option<HeldForm>,
    ) -> Failure {
        self.data.grant = None;
        self.data.then = then;
        if form.is_some() && !self.info.wants_json {
            self.data.held = form;
            self.data.then = Some("/two-factor/continue".into());
        }
        let location = match self.data.stage {
            Stage::SignedIn | Stage::Enrolling => "/two-factor/step-up",
            Stage::Proving | Stage::Recovering => {
                self.data.stage = Stage::Proving;
                "/two-factor"
            }
        };
        if let Err(failure) = self.save().await {
            return failure;
        }
        Failure::First {
            error: "step_up_required",
            status: StatusCode::FORBIDDEN,
            location: location.into(),
        }
    }
}

/// Returns a form to keep, which must not contain secrets.
pub(crate) fn held(action: &str, what: &str, fields: &[(&str, &str)]) -> Option<HeldForm> {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Some(HeldForm { action: action.to_owned(), what: what.to_owned(), fields: fields.collect() })
}

/// The time for which a first factor counts as recent, in seconds.
const FIRST_FACTOR_MAX_AGE: u64 = 300;
