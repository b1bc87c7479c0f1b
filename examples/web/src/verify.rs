//! Second-factor verification, for any purpose.

mod codes;
mod page;
mod pin;
mod security_key;
mod sign_in_request;

use axum::{
    Router,
    extract::{FromRequestParts, Path},
    http::request::Parts,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use second_factor::{
    Error, Grant, Handle, NewDevice, Proof, Purpose, SubjectId, Verified, Verifier,
    purpose::Operation,
};
use serde::{Deserialize, Serialize};

pub use self::{
    codes::{PhoneChannel, SentCode},
    page::resend_buttons,
};
use crate::{AppState, SharedState, error::AppError, session::UserSession, trusted_device};

/// The purpose of a verification.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    Manage,
    Recover,
    SignIn,
}

/// The outcome of a correct and complete verification.
pub enum Outcome {
    Granted(Grant),
    Verified(Verified),
}

impl Flow {
    /// Verifies a proof. Only a proof for sign-in opens a session.
    pub async fn verify(
        self,
        verifier: &Verifier,
        subject: &SubjectId,
        proof: Proof,
    ) -> Result<Outcome, Error> {
        let purpose = match self {
            Self::Manage => Purpose::Manage,
            Self::Recover => Purpose::Recover,
            Self::SignIn => return verifier.verify(subject, proof).await.map(Outcome::Verified),
        };
        verifier.verify_for(subject, purpose, proof).await.map(Outcome::Granted)
    }

    const fn purpose(self) -> Operation {
        match self {
            Self::Manage => Operation::Manage,
            Self::Recover => Operation::Recover,
            Self::SignIn => Operation::SignIn,
        }
    }

    /// Returns the path of the page of this flow.
    const fn path(self) -> &'static str {
        match self {
            Self::Manage => "/verify/manage",
            Self::Recover => "/verify/recover",
            Self::SignIn => "/verify/sign-in",
        }
    }
}

/// State of a flow between two requests, stored in the session.
#[derive(Clone, Serialize, Deserialize)]
pub struct FlowState {
    flow: Flow,
    /// Whether the last proof should also make this browser trusted.
    trust: bool,
    sent_code: Option<codes::SentCode>,
    ceremony: Option<String>,
    sign_in_request: Option<sign_in_request::OpenRequest>,
    /// The pending PIN step, after a correct proof.
    pin: Option<pin::PinStep>,
    /// The first of two proofs.
    partial_proof: Option<String>,
}

pub fn routes() -> Router<SharedState> {
    Router::new()
        .route("/verify/{flow}", get(page::show))
        .route("/verify/{flow}/send", post(codes::send))
        .route("/verify/{flow}/resend", post(codes::resend))
        .route("/verify/{flow}/code", post(codes::verify))
        .route("/verify/{flow}/security-key/begin", post(security_key::begin))
        .route("/verify/{flow}/security-key", post(security_key::verify))
        .route("/verify/{flow}/request", post(sign_in_request::create))
        .route("/verify/{flow}/request/status", post(sign_in_request::status))
        .route("/verify/{flow}/pin", post(pin::verify))
        .route("/verify/{flow}/pin/forgotten", post(pin::forgotten))
        .route("/verify/{flow}/pin/reset", post(pin::reset))
}

/// Extractor for a flow in progress.
///
/// The manage flow requires a signed-in user; the other flows require a correct password.
struct ActiveFlow {
    session: UserSession,
    state: FlowState,
    subject: SubjectId,
    verifier: Verifier,
    /// The label of the browser, such as "Firefox on Linux".
    browser: String,
}

impl FromRequestParts<SharedState> for ActiveFlow {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &SharedState) -> Result<Self, Response> {
        let Path(FlowPath { flow }) = Path::from_request_parts(parts, app)
            .await
            .map_err(|_| AppError::InvalidForm.into_response())?;
        let session = UserSession::from_request_parts(parts, app).await?;
        let browser = trusted_device::label(&parts.headers);
        let load = || {
            let (subject, verifier) = (session.subject()?, session.verifier(app)?);
            if session.is_signed_in() != (flow == Flow::Manage) {
                return Err(AppError::Redirect("/"));
            }
            let state = session.data.flow.clone().filter(|state| state.flow == flow);
            Ok((subject, verifier, state.unwrap_or_else(|| FlowState::new(flow))))
        };
        let (subject, verifier, state) = load().map_err(AppError::into_response)?;
        Ok(Self { session, state, subject, verifier, browser })
    }
}

#[derive(Deserialize)]
struct FlowPath {
    flow: Flow,
}

impl FlowState {
    const fn new(flow: Flow) -> Self {
        Self {
            flow,
            trust: false,
            sent_code: None,
            ceremony: None,
            sign_in_request: None,
            pin: None,
            partial_proof: None,
        }
    }
}

impl ActiveFlow {
    const fn purpose(&self) -> Operation {
        self.state.flow.purpose()
    }

    const fn path(&self) -> &'static str {
        self.state.flow.path()
    }

    /// Returns the handle of the first proof, if the flow requires two.
    fn partial_proof(&self) -> Option<Handle> {
        self.state.partial_proof.as_deref().and_then(|handle| handle.parse::<Handle>().ok())
    }

    async fn save(&mut self) -> Result<(), AppError> {
        self.session.data.flow = Some(self.state.clone());
        self.session.save().await
    }

    // guide: trusting
    /// Verifies a proof, and trusts the browser if the user has asked for it.
    async fn verify(&self, proof: Proof) -> Result<Outcome, Error> {
        let proof = match self.state.trust {
            true => proof.trusting(NewDevice::new(&self.browser)),
            false => proof,
        };
        self.state.flow.verify(&self.verifier, &self.subject, proof).await
    }
    // end of guide

    // guide: outcome
    /// Responds to a verification: success, the next step, or the error message.
    async fn respond(
        mut self,
        result: Result<Outcome, Error>,
        method: &str,
        app: &AppState,
    ) -> Result<Response, AppError> {
        let error = match result {
            Ok(outcome) => return self.finish(outcome, app).await,
            Err(error) => error,
        };
        if let Some(handle) = error.pending_pin() {
            self.state.pin = Some(pin::PinStep::new(handle));
        } else if let Some(handle) = error.pending_factor() {
            self.state.partial_proof = Some(handle.to_string());
        } else {
            self.save().await?;
            let to = format!("{}?method={method}", self.path());
            return self.session.flash_refusal(&error, app, &to).await;
        }
        self.save().await?;
        Ok(Redirect::to(self.path()).into_response())
    }
    // end of guide

    async fn finish(mut self, outcome: Outcome, app: &AppState) -> Result<Response, AppError> {
        let (verified, to) = match (outcome, self.session.data.return_to.take()) {
            (Outcome::Granted(grant), _) if self.state.flow == Flow::Recover => {
                self.session.recover(&grant, app).await?;
                let text = "Your account is recovered. Remove anything you lost right away.";
                return self.session.flash_success(text, "/settings").await;
            }
            (Outcome::Granted(grant), to) => {
                self.session.store_grant(&grant).await?;
                return Ok(Redirect::to(&to.unwrap_or_else(|| "/settings".into())).into_response());
            }
            (Outcome::Verified(verified), to) => (verified, to.unwrap_or_else(|| "/".into())),
        };
        let jar = self.session.sign_in(verified, app).await?;
        Ok((jar, Redirect::to(&to)).into_response())
    }
}
