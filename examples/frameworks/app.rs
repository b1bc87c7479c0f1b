//! Users, sessions and pages of the applications.
//!
//! A real application has all of them already.

use std::{collections::HashMap, fmt, sync::Mutex, time::Duration};

use second_factor::{
    Client, DeviceToken, Enrollment, Error, FirstFactor, Grant, Handle, ItemId, Keys,
    MemoryStorage, NoDelivery, Reason, SignIn, Status, SubjectId, Verifier,
    host::{Clock, Entropy as _, Job, NoEntropy, Offload, SystemEntropy},
    sign_in::SessionEpoch,
};

pub struct App {
    verifier: Verifier,
    sessions: Mutex<HashMap<String, Session>>,
}

/// What the server stores about a browser, under a random id in its cookie.
#[derive(Clone)]
pub struct Session {
    pub user: SubjectId,
    /// Binds codes and grants to this browser.
    binding: String,
    device: Option<String>,
    /// None until the second step is complete.
    epoch: Option<SessionEpoch>,
    grant: Option<String>,
    pub pending: Option<Handle>,
}

#[derive(serde::Deserialize)]
pub struct Login {
    pub user: String,
    pub password: String,
}

#[derive(serde::Deserialize)]
pub struct Code {
    pub code: String,
    pub trust: Option<String>,
}

#[derive(serde::Deserialize)]
pub struct Item {
    pub item: String,
}

/// Why a request has no page.
#[derive(Debug)]
pub enum Failure {
    /// The password is incorrect, or the session has ended.
    NotSignedIn,
    /// The second step is missing.
    SecondStep,
    Verifier(Error),
}

/// Runs slow hashes outside of the threads that serve requests.
struct BlockingThreads;

impl Offload for BlockingThreads {
    async fn run(&self, work: Job) {
        let _ = tokio::task::spawn_blocking(work).await;
    }
}

impl App {
    /// A database and constant keys replace the first two lines in production.
    pub fn new(clock: impl Clock + 'static) -> Result<Self, Box<dyn std::error::Error>> {
        let (storage, keys) = (MemoryStorage::new(), Keys::generate()?);
        let verifier = Verifier::builder("Example", storage, NoDelivery, keys)
            .first_factor(FirstFactor::Password)
            .clock(clock)
            .offload(BlockingThreads)
            .build()?;
        Ok(Self { verifier, sessions: Mutex::default() })
    }

    /// A stub: compare with a password hash, and limit the attempts.
    pub fn check_password(&self, login: &Login) -> Result<SubjectId, Failure> {
        match (login.user.as_str(), login.password.as_str()) {
            ("alice", "a password") => SubjectId::new("alice").map_err(|_| Failure::NotSignedIn),
            _ => Err(Failure::NotSignedIn),
        }
    }

    /// Begins a session after a correct password.
    pub fn begin(&self, user: SubjectId, device: Option<String>) -> Result<Session, Failure> {
        let (binding, epoch, grant, pending) = (random()?, None, None, None);
        Ok(Session { user, binding, device, epoch, grant, pending })
    }

    pub fn session(&self, id: &str) -> Option<Session> {
        self.sessions.lock().ok()?.get(id).cloned()
    }

    /// Stores the session under a new id, so that an id from before the sign-in opens nothing.
    pub fn store(&self, old: Option<&str>, session: Session) -> Result<String, Failure> {
        let id = random()?;
        let mut sessions = self.sessions.lock().map_err(|_| Failure::NotSignedIn)?;
        old.map(|old| sessions.remove(old));
        sessions.insert(id.clone(), session);
        Ok(id)
    }

    /// The name of the cookie for the token of a known device.
    pub fn device_cookie(&self, user: &SubjectId) -> String {
        self.verifier.cookie_name(user)
    }

    /// The verifier for this browser.
    pub fn verifier(&self, session: &Session) -> Result<Verifier, Failure> {
        let client = Client::new(&session.binding).map_err(|_| Failure::NotSignedIn)?;
        let client = match &session.device {
            Some(token) => client.device(&DeviceToken::from_text(token)),
            None => client,
        };
        Ok(self.verifier.for_client(client))
    }

    /// Checks that the second step is complete, and that no change has ended the session.
    pub async fn check(&self, session: &mut Session) -> Result<(), Failure> {
        let epoch = session.epoch.as_mut().ok_or(Failure::SecondStep)?;
        let max_age = Duration::from_secs(10);
        match self.verifier.is_current(&session.user, epoch, max_age).await? {
            true => Ok(()),
            false => Err(Failure::NotSignedIn),
        }
    }
}

impl Session {
    /// Signs the user in; returns the token to set in the cookie of the device.
    pub fn enter(
        &mut self,
        verifier: &Verifier,
        sign_in: &SignIn,
    ) -> Result<Option<String>, Error> {
        self.epoch = Some(SessionEpoch::from(sign_in.epoch()));
        if let SignIn::Verified(verified) = sign_in {
            self.grant = Some(verifier.grant(verified)?.expose().to_owned());
        }
        let token = sign_in.device_token().map(|token| token.expose().to_owned());
        self.device = token.clone().or(self.device.take());
        Ok(token)
    }

    pub fn is_signed_in(&self) -> bool {
        self.epoch.is_some()
    }

    pub fn permit(&mut self, grant: &Grant) {
        self.grant = Some(grant.expose().to_owned());
    }

    pub fn grant(&self) -> Option<Grant> {
        self.grant.as_deref().map(|text| Grant::from_text(&self.user, text))
    }

    /// After a change by this user, whose other sessions end.
    pub fn changed(&mut self, epoch: u64) {
        self.epoch = Some(SessionEpoch::from(epoch));
    }
}

impl Failure {
    /// The status, the page to go to instead, and the text.
    pub fn response(&self) -> (u16, Option<&'static str>, String) {
        match self {
            Self::NotSignedIn => (401, None, "Sign in first.".into()),
            Self::SecondStep => (303, Some("/second-step"), String::new()),
            Self::Verifier(error) if error.needs_grant() => {
                (303, Some("/second-step"), String::new())
            }
            Self::Verifier(error) if error.is_safe_to_show() => {
                (error.http_status(), None, error.to_string())
            }
            Self::Verifier(error) => (error.http_status(), None, "Not verified.".into()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.response().2)
    }
}

impl std::error::Error for Failure {}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Verifier(error)
    }
}

/// Removes a factor; the last one by turning two-factor authentication off.
pub async fn remove(verifier: &Verifier, grant: &Grant, item: &ItemId) -> Result<u64, Error> {
    match verifier.revoke(grant, item).await {
        Err(Error::Denied(denial)) if denial.reason() == Reason::LastFactor => {
            verifier.turn_off(grant).await
        }
        removed => removed,
    }
}

pub const SECOND_STEP: &str = "<form method=post><label>Code <input name=code \
    inputmode=numeric autocomplete=one-time-code></label><label><input type=checkbox name=trust> \
    Trust this browser</label><button>Continue</button></form>";

pub fn settings(status: &Status) -> String {
    let rows = status.factors().iter().map(|factor| {
        let (kind, item) = (factor.kind().as_str(), factor.id());
        format!("<li>{kind} <button name=item value={item}>Remove</button>")
    });
    let rows: String = rows.collect();
    format!(
        "<form method=post action=/settings/remove><ul>{rows}</ul></form>\
         <form method=post action=/settings/totp><button>Add an authenticator app</button></form>"
    )
}

pub fn enrollment(enrollment: &Enrollment) -> String {
    let (qr, key) = (enrollment.qr().expose_svg(), enrollment.expose_secret());
    format!(
        "{}<p>Setup key: <code>{}</code><form method=post action=/settings/confirm>\
         <input name=code><button>Confirm</button></form>",
        qr.expose(),
        key.expose()
    )
}

fn random() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    let filled = SystemEntropy::new().fill(&mut bytes);
    filled.map_err(|NoEntropy| Failure::NotSignedIn)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
