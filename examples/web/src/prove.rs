//! The second step: proving, to sign in, to change factors, or to get back in.

mod ask;
mod codes;
mod key;
mod pin;
mod show;

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
    codes::{By, Sent},
    show::again,
};
use crate::{
    App,
    site::Site,
    trouble::Trouble,
    trusted::{self, Browser},
    visitor::Visitor,
};

/// What a proof is given for.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Errand {
    Manage,
    Recover,
    SignIn,
}

impl Errand {
    const fn purpose(self) -> Purpose {
        match self {
            Self::Manage => Purpose::Manage,
            Self::Recover => Purpose::Recover,
            Self::SignIn => Purpose::SignIn,
        }
    }

    /// The page of this errand.
    const fn page(self) -> &'static str {
        match self {
            Self::Manage => "/prove/manage",
            Self::Recover => "/prove/recover",
            Self::SignIn => "/prove/sign-in",
        }
    }
}

/// What lives between two requests of one errand.
#[derive(Clone, Serialize, Deserialize)]
pub struct Open {
    errand: Errand,
    /// Whether the browser is to be trusted.
    trust: bool,
    sent: Option<codes::Sent>,
    ceremony: Option<String>,
    asked: Option<ask::Asked>,
    /// The proof was right, and the PIN is due.
    pin: Option<pin::Due>,
    /// The first of two proofs was right.
    half: Option<String>,
}

pub fn routes() -> Router<App> {
    Router::new()
        .route("/prove/{errand}", get(show::show))
        .route("/prove/{errand}/send", post(codes::send))
        .route("/prove/{errand}/resend", post(codes::resend))
        .route("/prove/{errand}/code", post(codes::code))
        .route("/prove/{errand}/key/begin", post(key::begin))
        .route("/prove/{errand}/key", post(key::answer))
        .route("/prove/{errand}/ask", post(ask::ask))
        .route("/prove/{errand}/asked", post(ask::asked))
        .route("/prove/{errand}/pin", post(pin::pin))
        .route("/prove/{errand}/pin/forgotten", post(pin::forgotten))
        .route("/prove/{errand}/pin/mail", post(pin::mail))
}

/// Somebody with an errand: in already, to change factors; else with the right password.
struct Prover {
    visitor: Visitor,
    open: Open,
    subject: SubjectId,
    verifier: Verifier,
    browser: Browser,
}

impl FromRequestParts<App> for Prover {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Path(Named { errand }) =
            Path::from_request_parts(parts, app).await.map_err(|_| Trouble::Odd.into_response())?;
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let Ok(browser) = Browser::from_request_parts(parts, app).await;
        let prover = || {
            let (subject, verifier) = (visitor.subject()?, visitor.verifier(app)?);
            if visitor.is_in() != (errand == Errand::Manage) {
                return Err(Trouble::Elsewhere("/"));
            }
            let open = visitor.memory.open.clone().filter(|open| open.errand == errand);
            Ok((subject, verifier, open.unwrap_or_else(|| Open::new(errand))))
        };
        let (subject, verifier, open) = prover().map_err(Trouble::into_response)?;
        Ok(Self { visitor, open, subject, verifier, browser })
    }
}

#[derive(Deserialize)]
struct Named {
    errand: Errand,
}

impl Open {
    const fn new(errand: Errand) -> Self {
        Self {
            errand,
            trust: false,
            sent: None,
            ceremony: None,
            asked: None,
            pin: None,
            half: None,
        }
    }
}

impl Prover {
    const fn purpose(&self) -> Purpose {
        self.open.errand.purpose()
    }

    const fn page(&self) -> &'static str {
        self.open.errand.page()
    }

    /// What was proven before this, where two proofs are due.
    fn half(&self) -> Option<Handle> {
        self.open.half.as_deref().and_then(|half| Handle::parse(half).ok())
    }

    async fn keep(&mut self) -> Result<(), Trouble> {
        self.visitor.memory.open = Some(self.open.clone());
        self.visitor.keep().await
    }

    // guide: outcome
    /// In, or what is due next, or what the person may know of a refusal.
    async fn settle(
        mut self,
        proven: Result<Verified, Error>,
        way: &str,
        site: &Site,
    ) -> Result<Response, Trouble> {
        let error = match proven {
            Ok(verified) => return self.through(verified, site).await,
            Err(error) => error,
        };
        if let Some(due) = error.pin_due() {
            self.open.pin = Some(pin::Due::new(due));
        } else if let Some(half) = error.another_factor_due() {
            self.open.half = Some(half.to_string());
        } else {
            self.keep().await?;
            let to = format!("{}?way={way}", self.page());
            return self.visitor.refused(&error, site, &to).await;
        }
        self.keep().await?;
        Ok(Redirect::to(self.page()).into_response())
    }
    // end of guide

    async fn through(mut self, verified: Verified, site: &Site) -> Result<Response, Trouble> {
        if self.open.errand == Errand::Manage {
            self.visitor.may_manage(&verified, site).await?;
            let then = self.visitor.memory.then.take().unwrap_or_else(|| "/settings".into());
            self.visitor.keep().await?;
            return Ok(Redirect::to(&then).into_response());
        }
        let jar = match self.open.trust {
            true => trusted::trust(&self.verifier, &verified, self.browser, site).await?,
            false => self.browser.jar,
        };
        self.visitor.enter(verified, site).await?;
        let welcome = if self.open.errand == Errand::Recover {
            // Whoever had what was lost may be in.
            self.visitor.end_other_sessions(site).await?;
            self.visitor.done("You are back in. Remove what you lost, now.", "/settings").await?
        } else {
            Redirect::to("/").into_response()
        };
        Ok((jar, welcome).into_response())
    }
}
