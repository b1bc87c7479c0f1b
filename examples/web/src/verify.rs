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
use second_factor::{Error, Handle, Purpose, SubjectId, Verified, Verifier};
use serde::{Deserialize, Serialize};

pub use self::{
    codes::{PhoneChannel, SentCode},
    page::resend_buttons,
};
use crate::{
    AppState, SharedState,
    error::AppError,
    session::UserSession,
    trusted_device::{self, Browser},
};

/// What the user is verified for.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    Manage,
    Recover,
    SignIn,
}

impl Flow {
    const fn purpose(self) -> Purpose {
        match self {
            Self::Manage => Purpose::Manage,
            Self::Recover => Purpose::Recover,
            Self::SignIn => Purpose::SignIn,
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
    /// Whether to trust this device afterwards.
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
    browser: Browser,
}

impl FromRequestParts<SharedState> for ActiveFlow {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &SharedState) -> Result<Self, Response> {
        let Path(FlowPath { flow }) = Path::from_request_parts(parts, app)
            .await
            .map_err(|_| AppError::InvalidForm.into_response())?;
        let session = UserSession::from_request_parts(parts, app).await?;
        let Ok(browser) = Browser::from_request_parts(parts, app).await;
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
    const fn purpose(&self) -> Purpose {
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

    // guide: outcome
    /// Responds to a verification: success, the next step, or the error message.
    async fn respond(
        mut self,
        result: Result<Verified, Error>,
        method: &str,
        app: &AppState,
    ) -> Result<Response, AppError> {
        let error = match result {
            Ok(verified) => return self.finish(verified, app).await,
            Err(error) => error,
        };
        if let Some(handle) = error.pin_due() {
            self.state.pin = Some(pin::PinStep::new(handle));
        } else if let Some(handle) = error.another_factor_due() {
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

    async fn finish(mut self, verified: Verified, app: &AppState) -> Result<Response, AppError> {
        if self.state.flow == Flow::Manage {
            self.session.store_grant(&verified, app).await?;
            let to = self.session.data.return_to.take().unwrap_or_else(|| "/settings".into());
            self.session.save().await?;
            return Ok(Redirect::to(&to).into_response());
        }
        let jar = match self.state.trust {
            true => trusted_device::trust(&self.verifier, &verified, self.browser, app).await?,
            false => self.browser.jar,
        };
        self.session.sign_in_verified(verified, app).await?;
        let response = if self.state.flow == Flow::Recover {
            // A thief who has the lost device may be signed in.
            self.session.end_other_sessions(app).await?;
            let text = "Your account is recovered. Remove anything you lost right away.";
            self.session.flash_success(text, "/settings").await?
        } else {
            Redirect::to("/").into_response()
        };
        Ok((jar, response).into_response())
    }
}
