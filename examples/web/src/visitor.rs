//! Who asks: nobody, somebody whose password was right, or somebody who is in. Kept in the session.

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse as _, Redirect, Response},
};
use second_factor::{
    Authority, Client, Enroller, Error, Grant, SubjectId, Verified, Verifier,
    verdict::{Recognized, Unprotected},
};
use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session::Id};

use crate::{
    App,
    accounts::Account,
    prove::Open,
    settings::Enrolling,
    site::{Site, subject},
    trouble::{self, Trouble},
};

/// A browser, as its session knows it.
pub struct Visitor {
    session: Session,
    pub memory: Memory,
    pub account: Option<Account>,
}

/// What a session holds. It lies on the server; the browser has its id.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Memory {
    account: Option<i64>,
    epoch: i64,
    is_in: bool,
    password_at: u64,
    /// Ties codes and rights to this browser.
    binding: String,
    /// What the last proof allows, for some minutes.
    pub grant: Option<String>,
    /// A proof that is under way.
    pub open: Option<Open>,
    /// Where to go on when it is given.
    pub then: Option<String>,
    /// A factor that is being added.
    pub enrolling: Option<Enrolling>,
    /// What the next page says first.
    pub notice: Option<Notice>,
}

#[derive(Clone, Serialize, Deserialize)]
pub enum Notice {
    Done(String),
    Refused(String),
}

impl Visitor {
    /// The password was right: a new session, so that nobody has seen its id before.
    pub async fn password_was_right(
        &mut self,
        account: Account,
        site: &Site,
    ) -> Result<(), Trouble> {
        self.session.cycle_id().await?;
        self.memory = Memory {
            account: Some(account.id),
            epoch: account.epoch,
            binding: Id::default().to_string(),
            password_at: site.now()?.as_secs(),
            ..Memory::default()
        };
        self.account = Some(account);
        self.keep().await
    }

    /// The same, typed once more by somebody who is in.
    pub async fn password_was_right_again(&mut self, site: &Site) -> Result<(), Trouble> {
        self.memory.password_at = site.now()?.as_secs();
        self.keep().await
    }

    // guide: sessions
    /// Opens the session: after a proof.
    pub async fn enter(&mut self, verified: Verified, site: &Site) -> Result<(), Trouble> {
        let grant = self.verifier(site)?.grant(&verified)?;
        self.memory.grant = Some(grant.expose().to_owned());
        self.open_for(verified.subject()).await
    }

    /// Opens the session: nothing is enrolled.
    pub async fn enter_free(&mut self, free: Unprotected) -> Result<(), Trouble> {
        self.open_for(free.subject()).await
    }

    /// Opens the session: the browser is trusted. It may not change factors.
    pub async fn enter_known(&mut self, device: &Recognized) -> Result<(), Trouble> {
        self.open_for(device.subject()).await
    }
    // end of guide

    async fn open_for(&mut self, proven: &SubjectId) -> Result<(), Trouble> {
        if self.subject()? != *proven {
            return Err(Trouble::Odd);
        }
        self.session.cycle_id().await?;
        self.memory.is_in = true;
        self.memory.open = None;
        self.keep().await
    }

    /// A proof by somebody who is in: what it allows is kept for some minutes.
    pub async fn may_manage(&mut self, verified: &Verified, site: &Site) -> Result<(), Trouble> {
        let grant = self.verifier(site)?.grant(verified)?;
        self.memory.grant = Some(grant.expose().to_owned());
        self.keep().await
    }

    pub async fn leave(&mut self) -> Result<(), Trouble> {
        self.memory = Memory::default();
        Ok(self.session.flush().await?)
    }

    /// Ends all sessions of the account but this one.
    pub async fn end_other_sessions(&mut self, site: &Site) -> Result<(), Trouble> {
        self.memory.epoch = site.accounts.end_sessions(self.account()?.id)?;
        self.keep().await
    }

    pub async fn keep(&self) -> Result<(), Trouble> {
        Ok(self.session.insert(MEMORY, &self.memory).await?)
    }

    /// To this page, which begins with what was done.
    pub async fn done(&mut self, words: &str, to: &str) -> Result<Response, Trouble> {
        self.memory.notice = Some(Notice::Done(words.to_owned()));
        self.keep().await?;
        Ok(Redirect::to(to).into_response())
    }

    /// To this page, which begins with what a person may know of a refusal. The reason is for the log.
    pub async fn refused(
        &mut self,
        error: &Error,
        site: &Site,
        to: &str,
    ) -> Result<Response, Trouble> {
        match error.denial() {
            Some(denial) => eprintln!("refused: {:?}", denial.reason()),
            None => eprintln!("not looked at: {error}"),
        }
        self.say_no(&trouble::words(error, site.now()?), to).await
    }

    pub async fn say_no(&mut self, words: &str, to: &str) -> Result<Response, Trouble> {
        self.memory.notice = Some(Notice::Refused(words.to_owned()));
        self.keep().await?;
        Ok(Redirect::to(to).into_response())
    }

    /// What the page says first, once.
    pub async fn take_notice(&mut self) -> Result<Option<Notice>, Trouble> {
        let notice = self.memory.notice.take();
        if notice.is_some() {
            self.keep().await?;
        }
        Ok(notice)
    }

    pub const fn is_in(&self) -> bool {
        self.memory.is_in
    }

    pub fn account(&self) -> Result<&Account, Trouble> {
        self.account.as_ref().ok_or(Trouble::Elsewhere("/sign-in"))
    }

    pub fn subject(&self) -> Result<SubjectId, Trouble> {
        Ok(subject(self.account()?.id)?)
    }

    // guide: client
    /// The verifier, for this browser: a code that was sent for it works in no other.
    pub fn verifier(&self, site: &Site) -> Result<Verifier, Trouble> {
        Ok(site.verifier.for_client(Client::new(&self.memory.binding)?))
    }
    // end of guide

    /// The right to change factors; else, on to where it is earned, and back to `page`.
    pub async fn authority(
        &mut self,
        site: &Site,
        page: &'static str,
    ) -> Result<Authority, Trouble> {
        let verifier = self.verifier(site)?;
        let grant = self.memory.grant.as_deref().map(Grant::from_text);
        let authority =
            grant.map(|grant| verifier.authority(&self.subject()?, &grant).map_err(Trouble::from));
        match authority {
            Some(Ok(authority)) => Ok(authority),
            _ => Err(self.must_prove(page).await),
        }
    }

    /// The right to add a factor. Of the first one the password is enough, if it was typed just now.
    pub async fn enroller(&mut self, site: &Site, page: &'static str) -> Result<Enroller, Trouble> {
        let subject = self.subject()?;
        if self.verifier(site)?.status(&subject).await?.is_protected() {
            return Ok(self.authority(site, page).await?.into());
        }
        if site.now()?.as_secs().saturating_sub(self.memory.password_at) > FRESH {
            self.memory.then = Some(page.to_owned());
            self.keep().await?;
            return Err(Trouble::Elsewhere("/password"));
        }
        Ok(Enroller::from(&subject))
    }

    /// On to where a proof is given, and back to `page`.
    pub async fn must_prove(&mut self, page: &'static str) -> Trouble {
        self.memory.grant = None;
        self.memory.then = Some(page.to_owned());
        match self.keep().await {
            Ok(()) => Trouble::Elsewhere("/prove/manage"),
            Err(trouble) => trouble,
        }
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let session = Session::from_request_parts(parts, app).await;
        let session = session.map_err(axum::response::IntoResponse::into_response)?;
        load(session, app).await.map_err(axum::response::IntoResponse::into_response)
    }
}

/// Somebody who is in.
pub struct SignedIn(pub Visitor);

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        if !visitor.is_in() {
            return Err(Redirect::to("/sign-in").into_response());
        }
        Ok(Self(visitor))
    }
}

async fn load(session: Session, app: &App) -> Result<Visitor, Trouble> {
    let memory: Memory = session.get(MEMORY).await?.unwrap_or_default();
    let account = match memory.account {
        Some(id) => app.accounts.by_id(id)?.filter(|account| account.epoch == memory.epoch),
        None => None,
    };
    if account.is_none() {
        // What it may still say goes on, and nothing else.
        let memory = Memory { notice: memory.notice, ..Memory::default() };
        return Ok(Visitor { session, memory, account });
    }
    Ok(Visitor { session, memory, account })
}

const MEMORY: &str = "memory";
/// How many seconds ago a password was typed just now.
const FRESH: u64 = 300;
