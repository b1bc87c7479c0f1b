//! The second step: signing in, step-up and recovery.

pub(crate) mod codes;
mod model;
mod page;
pub(crate) mod pin;
pub(crate) mod security_key;
pub(crate) mod sign_in_request;

use axum::{extract::FromRequestParts, http::request::Parts, response::Response};
use second_factor::{
    Error, Grant, Handle, NewDevice, Proof, Purpose, SubjectId, Verified, Verifier,
    purpose::Operation,
};

pub(crate) use self::page::show;
use crate::{
    context::Context,
    data::{Flow, FlowState, PinStep, Stage},
    failure::Failure,
    two_factor::TwoFactor,
};

/// The outcome of a correct and complete proof.
enum Outcome {
    Granted(Grant),
    Verified(Verified),
}

impl Flow {
    /// Verifies a proof. Only a proof for sign-in opens a session.
    async fn verify(
        self,
        verifier: &Verifier,
        subject: &SubjectId,
        proof: Proof,
    ) -> Result<Outcome, Error> {
        let purpose = match self {
            Self::Recover => Purpose::Recover,
            Self::SignIn => return verifier.verify(subject, proof).await.map(Outcome::Verified),
            // A proof for management is also accepted for step-up.
            Self::StepUp => Purpose::Manage,
        };
        verifier.verify_for(subject, purpose, proof).await.map(Outcome::Granted)
    }

    pub(crate) const fn purpose(self) -> Operation {
        match self {
            Self::Recover => Operation::Recover,
            Self::SignIn => Operation::SignIn,
            Self::StepUp => Operation::Manage,
        }
    }

    /// Returns the path of the page of this flow.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Recover => "/two-factor/recover",
            Self::SignIn => "/two-factor",
            Self::StepUp => "/two-factor/step-up",
        }
    }

    fn of_path(path: &str) -> Self {
        [Self::Recover, Self::StepUp]
            .into_iter()
            .find(|flow| path.starts_with(flow.path()))
            .unwrap_or(Self::SignIn)
    }
}

/// A flow in progress.
///
/// A step-up requires a signed-in user; the other flows require a correct first factor.
pub(crate) struct ActiveFlow {
    pub(crate) context: Context,
    pub(crate) state: FlowState,
    pub(crate) subject: SubjectId,
    pub(crate) verifier: Verifier,
}

impl FromRequestParts<TwoFactor> for ActiveFlow {
    type Rejection = Failure;

    async fn from_request_parts(
        parts: &mut Parts,
        two_factor: &TwoFactor,
    ) -> Result<Self, Failure> {
        let flow = Flow::of_path(parts.uri.path());
        let mut context = Context::load(parts, two_factor).await?;
        let (subject, verifier) = (context.subject()?, context.verifier()?);
        match (flow, context.data.stage) {
            (Flow::StepUp, Stage::SignedIn) => context.check_current().await?,
            (Flow::StepUp, Stage::Enrolling) | (Flow::SignIn | Flow::Recover, Stage::Proving) => {}
            (Flow::StepUp, _) => return Err(context.sign_in_first()),
            (Flow::SignIn | Flow::Recover, _) => {
                return Err(Failure::First {
                    error: "signed_in_already",
                    status: axum::http::StatusCode::CONFLICT,
                    location: two_factor.0.home.clone(),
                });
            }
        }
        let state = context.data.flow.clone().filter(|state| state.flow == flow);
        let state = state.unwrap_or_else(|| FlowState::new(flow));
        Ok(Self { context, state, subject, verifier })
    }
}

impl ActiveFlow {
    const fn purpose(&self) -> Operation {
        self.state.flow.purpose()
    }

    const fn path(&self) -> &'static str {
        self.state.flow.path()
    }

    async fn save(&mut self) -> Result<(), Failure> {
        self.context.data.flow = Some(self.state.clone());
        self.context.save().await
    }

    /// Verifies a proof, after the first of two proofs if there was one.
    ///
    /// The proof also makes the browser trusted if the user has asked for it.
    async fn verify(&self, mut proof: Proof) -> Result<Outcome, Error> {
        let partial = self.state.partial_proof.as_deref();
        if let Some(partial) = partial.and_then(|text| text.parse::<Handle>().ok()) {
            proof = proof.after(partial);
        }
        if self.state.trust && self.state.flow == Flow::SignIn {
            proof = proof.trusting(NewDevice::new(&self.context.info.browser));
        }
        self.state.flow.verify(&self.verifier, &self.subject, proof).await
    }

    /// Responds to a proof: success, the next step, or the error message.
    async fn respond(
        mut self,
        result: Result<Outcome, Error>,
        method: &str,
    ) -> Result<Response, Failure> {
        let error = match result {
            Ok(outcome) => return self.finish(outcome).await,
            Err(error) => error,
        };
        let (path, is_pin) = (self.path(), error.pending_pin().is_some());
        if let Some(handle) = error.pending_pin() {
            self.state.pin = Some(PinStep { handle: handle.to_string(), reset_code: None });
        } else if let Some(handle) = error.pending_factor() {
            self.state.partial_proof = Some(handle.to_string());
        } else {
            self.save().await?;
            return self.context.refuse(&error, &format!("{path}?method={method}")).await;
        }
        self.save().await?;
        Ok(self.context.go(if is_pin { "pin_required" } else { "another_proof_required" }, path))
    }

    async fn finish(mut self, outcome: Outcome) -> Result<Response, Failure> {
        let text = self.context.text();
        let context = &mut self.context;
        context.data.flow = None;
        match outcome {
            Outcome::Verified(verified) => {
                let then = context.take_then();
                context.sign_in(verified).await?;
                Ok(self.context.go("signed_in", &then))
            }
            Outcome::Granted(grant) if self.state.flow == Flow::Recover => {
                // A grant does not sign the user in. It permits replacing the lost factors.
                context.data.stage = Stage::Recovering;
                context.store_grant(&grant);
                let epoch = self.verifier.epoch(&self.subject).await?;
                context.set_epoch(epoch)?;
                let says = "Your account is recovered. Remove anything you lost right away.";
                self.context.success(text.of(says), "/two-factor/settings").await
            }
            Outcome::Granted(grant) => {
                context.store_grant(&grant);
                context.data.form_was_lost = false;
                let then = context.data.then.take();
                let then = then.unwrap_or_else(|| "/two-factor/settings".into());
                context.save().await?;
                Ok(self.context.go("stepped_up", &then))
            }
        }
    }
}
