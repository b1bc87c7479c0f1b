//! Session data and the extractors for it.

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse as _, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use second_factor::{
    Client, DeviceToken, Error, Grant, SignIn, SubjectId, Verifier, enrollment::Enroller,
};
use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session::Id};

use crate::{
    AppState, SharedState,
    accounts::Account,
    error::{self, AppError},
    settings::PendingEnrollment,
    state::subject,
    trusted_device,
    verify::FlowState,
};

/// The session of the browser that sent the request, in any state of signing in.
pub struct UserSession {
    inner: Session,
    pub data: SessionData,
    /// The account, after the correct password was entered.
    pub account: Option<Account>,
    /// The token of a trusted device that the browser presents. It may be invalid.
    pub device: Option<DeviceToken>,
}

/// Data stored on the server. The browser holds only the session id.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SessionData {
    account: Option<i64>,
    epoch: i64,
    is_signed_in: bool,
    /// Whether the settings are open after a recovery, which is not a sign-in.
    is_recovering: bool,
    password_entered_at: u64,
    /// Binds codes and grants to this browser.
    binding: String,
    /// The grant of the last proof, valid for some minutes.
    pub grant: Option<String>,
    /// A verification in progress.
    pub flow: Option<FlowState>,
    /// The page to open after the verification.
    pub return_to: Option<String>,
    /// A factor that is being enrolled.
    pub pending_enrollment: Option<PendingEnrollment>,
    /// A message for the next page.
    pub flash: Option<Flash>,
}

/// A message that the next page shows once.
#[derive(Clone, Serialize, Deserialize)]
pub enum Flash {
    Success(String),
    Error(String),
}

impl UserSession {
    /// Starts a session after a correct password.
    ///
    /// The id is new, which prevents session fixation.
    pub async fn start(&mut self, account: Account, app: &AppState) -> Result<(), AppError> {
        self.inner.cycle_id().await?;
        self.data = SessionData {
            account: Some(account.id),
            epoch: account.epoch,
            binding: Id::default().to_string(),
            password_entered_at: app.now()?.as_secs(),
            ..SessionData::default()
        };
        self.account = Some(account);
        self.save().await
    }

    /// Records that a signed-in user entered the password again.
    pub async fn confirm_password(&mut self, app: &AppState) -> Result<(), AppError> {
        self.data.password_entered_at = app.now()?.as_secs();
        self.save().await
    }

    // guide: sessions
    /// Signs the user in, and returns the cookies to set. This is the only function that does.
    pub async fn sign_in(
        &mut self,
        sign_in: impl Into<SignIn>,
        app: &AppState,
    ) -> Result<CookieJar, AppError> {
        let sign_in = sign_in.into();
        if self.subject()? != *sign_in.subject() {
            return Err(AppError::InvalidForm);
        }
        // A recognized device permits no changes of factors.
        if let SignIn::Verified(verified) = &sign_in {
            self.store_grant(&self.verifier(app)?.grant(verified)?).await?;
        }
        self.inner.cycle_id().await?;
        self.data.is_signed_in = true;
        self.data.is_recovering = false;
        self.data.flow = None;
        self.save().await?;
        Ok(trusted_device::new_cookie(&sign_in, app))
    }
    // end of guide

    /// Opens the settings after a recovery.
    ///
    /// A grant does not sign the user in. It permits replacing the lost factors.
    pub async fn recover(&mut self, grant: &Grant, app: &AppState) -> Result<(), AppError> {
        self.inner.cycle_id().await?;
        self.data.is_recovering = true;
        self.data.flow = None;
        self.store_grant(grant).await?;
        // A thief who has the lost device may be signed in.
        self.end_other_sessions(app).await
    }

    /// Stores a grant for the next minutes.
    pub async fn store_grant(&mut self, grant: &Grant) -> Result<(), AppError> {
        self.data.grant = Some(grant.expose().to_owned());
        self.save().await
    }

    pub async fn sign_out(&mut self) -> Result<(), AppError> {
        self.data = SessionData::default();
        Ok(self.inner.flush().await?)
    }

    /// Ends all sessions of the account except this one.
    pub async fn end_other_sessions(&mut self, app: &AppState) -> Result<(), AppError> {
        self.data.epoch = app.accounts.end_sessions(self.account()?.id)?;
        self.save().await
    }

    pub async fn save(&self) -> Result<(), AppError> {
        Ok(self.inner.insert(SESSION_KEY, &self.data).await?)
    }

    /// Redirects to a page that reports success.
    pub async fn flash_success(&mut self, text: &str, to: &str) -> Result<Response, AppError> {
        self.data.flash = Some(Flash::Success(text.to_owned()));
        self.save().await?;
        Ok(Redirect::to(to).into_response())
    }

    /// Redirects to a page that explains the error to the user, and logs the reason.
    pub async fn flash_refusal(
        &mut self,
        error: &Error,
        app: &AppState,
        to: &str,
    ) -> Result<Response, AppError> {
        match error.denial() {
            Some(denial) => eprintln!("refused: {:?}", denial.reason()),
            None => eprintln!("not checked: {error}"),
        }
        self.flash_error(&error::user_message(error, app.now()?), to).await
    }

    /// Redirects to a page that reports an error.
    pub async fn flash_error(&mut self, text: &str, to: &str) -> Result<Response, AppError> {
        self.data.flash = Some(Flash::Error(text.to_owned()));
        self.save().await?;
        Ok(Redirect::to(to).into_response())
    }

    /// Removes and returns the message for this page, so that it is shown once.
    pub async fn take_flash(&mut self) -> Result<Option<Flash>, AppError> {
        let flash = self.data.flash.take();
        if flash.is_some() {
            self.save().await?;
        }
        Ok(flash)
    }

    pub const fn is_signed_in(&self) -> bool {
        self.data.is_signed_in
    }

    pub fn account(&self) -> Result<&Account, AppError> {
        self.account.as_ref().ok_or(AppError::Redirect("/sign-in"))
    }

    pub fn subject(&self) -> Result<SubjectId, AppError> {
        Ok(subject(self.account()?.id)?)
    }

    // guide: client
    /// Returns the verifier for this browser: its codes are valid in no other browser.
    pub fn verifier(&self, app: &AppState) -> Result<Verifier, AppError> {
        let client = Client::new(&self.data.binding)?;
        let client = match &self.device {
            Some(token) => client.device(token),
            None => client,
        };
        Ok(app.verifier.for_client(client))
    }
    // end of guide

    /// Returns the grant for a change of factors. The change itself checks the grant.
    ///
    /// If there is no grant, the error redirects to the verification, which returns to `page`.
    pub async fn grant(&mut self, page: &'static str) -> Result<Grant, AppError> {
        match &self.data.grant {
            Some(text) => Ok(Grant::from_text(&self.subject()?, text)),
            None => Err(self.require_verification(page).await),
        }
    }

    /// Returns the permission to add a factor.
    ///
    /// For the first factor, a password entered within the last five minutes is enough.
    pub async fn enroller(
        &mut self,
        app: &AppState,
        page: &'static str,
    ) -> Result<Enroller, AppError> {
        let subject = self.subject()?;
        if self.verifier(app)?.status(&subject).await?.is_protected() {
            return Ok(Enroller::from(&self.grant(page).await?));
        }
        let age = app.now()?.as_secs().saturating_sub(self.data.password_entered_at);
        if age > PASSWORD_MAX_AGE {
            self.data.return_to = Some(page.to_owned());
            self.save().await?;
            return Err(AppError::Redirect("/password"));
        }
        Ok(Enroller::from(&subject))
    }

    /// Returns the redirect to the verification, which returns to `page`.
    pub async fn require_verification(&mut self, page: &'static str) -> AppError {
        self.data.grant = None;
        self.data.return_to = Some(page.to_owned());
        match self.save().await {
            Ok(()) if self.is_signed_in() => AppError::Redirect("/verify/manage"),
            Ok(()) => AppError::Redirect("/verify/sign-in"),
            Err(error) => error,
        }
    }
}

impl FromRequestParts<SharedState> for UserSession {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &SharedState) -> Result<Self, Response> {
        let session = Session::from_request_parts(parts, app).await;
        let session = session.map_err(axum::response::IntoResponse::into_response)?;
        let device = trusted_device::presented_token(&parts.headers, app);
        load(session, device, app).await.map_err(axum::response::IntoResponse::into_response)
    }
}

/// The session of a signed-in user. Other users are redirected to the sign-in page.
pub struct SignedIn(pub UserSession);

impl FromRequestParts<SharedState> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &SharedState) -> Result<Self, Response> {
        let session = UserSession::from_request_parts(parts, app).await?;
        if !session.is_signed_in() {
            return Err(Redirect::to("/sign-in").into_response());
        }
        Ok(Self(session))
    }
}

/// The session of a user who may open the settings.
///
/// The user is signed in, or is recovering the account. Other users are redirected to the sign-in
/// page.
pub struct Settings(pub UserSession);

impl FromRequestParts<SharedState> for Settings {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &SharedState) -> Result<Self, Response> {
        let session = UserSession::from_request_parts(parts, app).await?;
        if !session.is_signed_in() && !session.data.is_recovering {
            return Err(Redirect::to("/sign-in").into_response());
        }
        Ok(Self(session))
    }
}

async fn load(
    inner: Session,
    device: Option<DeviceToken>,
    app: &AppState,
) -> Result<UserSession, AppError> {
    let data: SessionData = inner.get(SESSION_KEY).await?.unwrap_or_default();
    let account = match data.account {
        Some(id) => app.accounts.by_id(id)?.filter(|account| account.epoch == data.epoch),
        None => None,
    };
    if account.is_none() {
        // Of an ended session, only the message for the next page is retained.
        let data = SessionData { flash: data.flash, ..SessionData::default() };
        return Ok(UserSession { inner, data, account, device });
    }
    Ok(UserSession { inner, data, account, device })
}

const SESSION_KEY: &str = "session";
/// The time for which a password counts as recently entered, in seconds.
const PASSWORD_MAX_AGE: u64 = 300;
