//! The session of a request, and the responses that change it.

pub(crate) mod permission;
mod respond;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use second_factor::{
    Client, DeviceToken, Error, Policy, SignIn, SubjectId, UnixTime, Verifier,
    host::{Entropy as _, SystemEntropy},
    message::Language,
    status::KnownDevice,
};

use crate::{
    data::{Data, Stage},
    failure::Failure,
    request::{RequestInfo, cookie, local},
    session::AnySession,
    text::Text,
    two_factor::TwoFactor,
};

/// A request, its session, and the cookies to set.
pub(crate) struct Context {
    pub(crate) two_factor: TwoFactor,
    pub(crate) info: RequestInfo,
    pub(crate) data: Data,
    session: Box<dyn AnySession>,
    headers: HeaderMap,
    cookies: Vec<String>,
}

impl Context {
    /// Loads the session of a request. A request from another site fails.
    pub(crate) async fn load(parts: &Parts, two_factor: &TwoFactor) -> Result<Self, Failure> {
        let mut info = RequestInfo::new(parts, two_factor);
        if !info.is_same_site {
            return Err(Failure::CrossSite);
        }
        let session = (two_factor.0.session)(parts).ok_or(Failure::NoSession)?;
        let stored = session.load().await?;
        // A text that cannot be read is no session.
        let data = stored.and_then(|text| serde_json::from_str::<Data>(&text).ok());
        let data = data.filter(|data| !two_factor.0.ended.contains(&data.binding));
        let data = data.unwrap_or_default();
        if let Some(text) = data.language.as_deref().and_then(Text::of_tag) {
            info.text = text;
        }
        let (two_factor, headers) = (two_factor.clone(), parts.headers.clone());
        Ok(Self { two_factor, info, data, session, headers, cookies: Vec::new() })
    }

    pub(crate) const fn text(&self) -> Text {
        self.info.text
    }

    pub(crate) fn now(&self) -> Result<UnixTime, Failure> {
        Ok(self.two_factor.verifier().now()?)
    }

    /// Returns the subject whose first factor was correct.
    pub(crate) fn subject(&self) -> Result<SubjectId, Failure> {
        self.data.subject.clone().ok_or_else(|| self.sign_in_first())
    }

    /// Returns the verifier for this browser: its codes are valid in no other browser.
    pub(crate) fn verifier(&self) -> Result<Verifier, Error> {
        let mut client = Client::new(&self.data.binding)?;
        if let Some(token) = self.device() {
            client = client.device(&token);
        }
        let mut verifier = self.two_factor.verifier().for_client(client);
        if let Some(first) = &self.data.first {
            verifier = verifier.after(first);
        }
        if let Some(name) = &self.data.policy {
            verifier = verifier.under(self.policy(name).ok_or(Error::NoPolicy)?);
        }
        match self.data.language.as_deref().map(Language::new) {
            Some(Ok(language)) => Ok(verifier.in_language(language)),
            _ => Ok(verifier),
        }
    }

    fn policy(&self, name: &str) -> Option<&Policy> {
        let mut policies = self.two_factor.0.policies.iter();
        policies.find(|(known, _)| known == name).map(|(_, policy)| policy)
    }

    /// Returns the device token that the browser presents. It may be invalid.
    pub(crate) fn device(&self) -> Option<DeviceToken> {
        let token = cookie(&self.headers, &self.device_cookie()?)?;
        Some(DeviceToken::from_text(token))
    }

    /// Returns the name of the cookie, one for each subject.
    fn device_cookie(&self) -> Option<String> {
        let name = self.two_factor.verifier().cookie_name(self.data.subject.as_ref()?);
        match self.info.is_secure {
            true => Some(name),
            // Browsers refuse this prefix on plain HTTP.
            false => Some(name.trim_start_matches("__Host-").to_owned()),
        }
    }

    fn set_cookie(&mut self, name: &str, value: &str, max_age: u32) {
        let secure = if self.info.is_secure { "; Secure" } else { "" };
        self.cookies.push(format!(
            "{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}"
        ));
    }

    /// Deletes the cookie of a browser that is no longer known.
    pub(crate) fn forget_device(&mut self) {
        if let Some(name) = self.device_cookie() {
            self.set_cookie(&name, "", 0);
        }
    }

    pub(crate) async fn save(&self) -> Result<(), Failure> {
        let text = serde_json::to_string(&self.data).unwrap_or_default();
        Ok(self.session.save(&text).await?)
    }

    /// Starts a session after a correct first factor, which does not sign in.
    ///
    /// The id is new, which prevents session fixation.
    pub(crate) async fn start(&mut self, data: Data) -> Result<(), Failure> {
        let mut random = [0; 16];
        SystemEntropy::new().fill(&mut random).map_err(Error::from)?;
        let binding = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let first_factor_at = self.now()?.as_secs();
        if !self.data.binding.is_empty() {
            // The earlier session must not come back with its permissions.
            self.two_factor.0.ended.add(&self.data.binding);
        }
        self.data = Data { binding, first_factor_at, ..data };
        self.session.renew().await?;
        self.save().await
    }

    /// Signs the user in. This is the only function that does.
    pub(crate) async fn sign_in(&mut self, sign_in: impl Into<SignIn>) -> Result<(), Failure> {
        let sign_in = sign_in.into();
        if self.subject()? != *sign_in.subject() {
            return Err(Failure::OutOfDate);
        }
        // A recognized device permits no changes of factors.
        if let SignIn::Verified(verified) = &sign_in {
            self.data.grant = Some(self.verifier()?.grant(verified)?.expose().to_owned());
        }
        self.data.stage = Stage::SignedIn;
        self.data.is_proven = matches!(sign_in, SignIn::Verified(_) | SignIn::Registered(_));
        self.data.good_until = sign_in.good_until().map(UnixTime::as_secs);
        self.data.flow = None;
        let is_recognized = matches!(sign_in, SignIn::Recognized(_));
        self.data.is_at_device = is_recognized || sign_in.device_token().is_some();
        self.set_epoch(sign_in.epoch())?;
        if let (Some(token), Some(name)) = (sign_in.device_token(), self.device_cookie()) {
            // The crate forgets a device a year after its last success.
            self.set_cookie(&name, token.expose(), 31_536_000);
        }
        self.session.renew().await?;
        self.save().await
    }

    /// Notes the epoch that a sign-in or a change of factors returned.
    ///
    /// All other sessions of the subject have the earlier one, and end.
    pub(crate) fn set_epoch(&mut self, epoch: u64) -> Result<(), Failure> {
        self.data.epoch = epoch;
        self.data.epoch_checked_at = self.now()?.as_secs();
        Ok(())
    }

    /// Ends the session, for this request and for all others.
    pub(crate) async fn sign_out(&mut self) -> Result<(), Failure> {
        self.two_factor.0.ended.add(&self.data.binding);
        self.data = Data::default();
        Ok(self.session.end().await?)
    }

    /// Checks that the session is still valid: neither its time nor its epoch has passed.
    pub(crate) async fn check_current(&mut self) -> Result<(), Failure> {
        let (subject, now) = (self.subject()?, self.now()?);
        if self.data.good_until.is_some_and(|until| now.as_secs() >= until) {
            return Err(self.sign_in_first());
        }
        let max_age = self.two_factor.0.epoch_age.as_secs();
        if now.as_secs().saturating_sub(self.data.epoch_checked_at) < max_age {
            return Ok(());
        }
        // One read for both: the epoch, and the device at which the session began.
        let status = self.verifier()?.status(&subject).await?;
        let has_device = status.devices().iter().any(KnownDevice::is_current);
        if status.epoch() != self.data.epoch || (self.data.is_at_device && !has_device) {
            self.sign_out().await?;
            return Err(self.sign_in_first());
        }
        if max_age > 0 {
            self.data.epoch_checked_at = now.as_secs();
            self.save().await?;
        }
        Ok(())
    }

    /// Checks that the user is signed in.
    pub(crate) async fn check_signed_in(&mut self) -> Result<(), Failure> {
        if self.data.stage == Stage::SignedIn && self.data.subject.is_some() {
            return self.check_current().await;
        }
        Err(self.sign_in_first())
    }

    /// Returns the page that a user who is not signed in must visit first.
    ///
    /// The page that the user asked for is kept in a cookie: a session for each anonymous request
    /// would fill the store (FINDINGS S31).
    pub(crate) fn sign_in_first(&self) -> Failure {
        let location = match (&self.data.subject, self.data.stage) {
            (Some(_), Stage::Proving) => "/two-factor",
            (Some(_), Stage::Enrolling) => "/two-factor/enroll",
            _ => &self.two_factor.0.sign_in,
        };
        Failure::SignIn { location: location.to_owned(), then: self.this_page() }
    }

    /// Returns the page to open again: this one, or the page with the form that was posted.
    pub(crate) fn this_page(&self) -> Option<String> {
        let page =
            if self.info.is_read { Some(&self.info.path) } else { self.info.referer.as_ref() };
        page.and_then(|path| local(path)).map(str::to_owned)
    }

    /// Returns the page to open after the sign-in.
    pub(crate) fn take_then(&mut self) -> String {
        let name = then_cookie(self.info.is_secure);
        let asked = cookie(&self.headers, name).and_then(local).map(str::to_owned);
        if asked.is_some() {
            self.set_cookie(name, "", 0);
        }
        let then = self.data.then.take().or(asked);
        then.unwrap_or_else(|| self.two_factor.0.home.clone())
    }
}

/// Returns the name of the cookie with the page to open after the sign-in.
pub(crate) const fn then_cookie(is_secure: bool) -> &'static str {
    if is_secure { "__Host-two-factor-then" } else { "two-factor-then" }
}

/// The router's own extractor.
impl FromRequestParts<TwoFactor> for Context {
    type Rejection = Failure;

    async fn from_request_parts(
        parts: &mut Parts,
        two_factor: &TwoFactor,
    ) -> Result<Self, Failure> {
        Self::load(parts, two_factor).await
    }
}
