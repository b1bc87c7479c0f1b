//! Shared steps of the attacks: users, sessions and codes.

use alloc::{boxed::Box, format, string::String, vec::Vec};
use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

use super::{ProbeOutcome, SignInEndpoint, Unanswered};
use crate::{
    factor::FactorKind,
    id::SubjectId,
    otp::{KeyKind, KeyUri, Step, Totp},
    secret::Secret,
};

/// The endpoint, with the steps of attackers and owners.
pub(super) struct Scene<'e, E> {
    pub(super) endpoint: &'e E,
}

/// A user with a TOTP app.
pub(super) struct Owner {
    pub(super) subject: SubjectId,
    pub(super) app: Totp,
}

/// The outcome of an attack, or the reason why it could not be tried.
pub(super) type Attempted = Result<ProbeOutcome, Unanswered>;

impl<E: SignInEndpoint> Scene<'_, E> {
    /// Creates a user with an app, whose first code has expired.
    pub(super) async fn owner(&self) -> Result<Owner, Unanswered> {
        let (subject, session) = self.new_user().await?;
        let app = self.add_app(&session).await?;
        self.pass_step(&app).await?;
        Ok(Owner { subject, app })
    }

    /// Creates a user with a phone.
    pub(super) async fn phone_owner(&self) -> Result<SubjectId, Unanswered> {
        let (subject, session) = self.new_user().await?;
        let _ = self.endpoint.inbox(&subject).await?;
        let _ = self.endpoint.begin_phone(&session).await?;
        let code = self
            .newest(&subject)
            .await?
            .ok_or_else(|| inconclusive("no code arrived to confirm the phone"))?;
        let _ = self.endpoint.confirm_phone(&session, &code).await?;
        // Skip the backoff after a code.
        self.endpoint.advance(600).await?;
        Ok(subject)
    }

    /// Creates a user without a second factor, signed in.
    pub(super) async fn new_user(&self) -> Result<(SubjectId, E::Session), Unanswered> {
        let subject = self.endpoint.sign_up().await?;
        let session = self.endpoint.start(&subject).await?;
        match self.endpoint.is_signed_in(&session).await? {
            true => Ok((subject, session)),
            false => {
                Err(inconclusive("the password did not sign in a user without a second factor"))
            }
        }
    }

    /// Enrolls an app in a session that is allowed to do so.
    pub(super) async fn add_app(&self, session: &E::Session) -> Result<Totp, Unanswered> {
        let app = self
            .begin_app(session)
            .await?
            .ok_or_else(|| inconclusive("no app could be enrolled"))?;
        let _ = self.endpoint.confirm_app(session, &self.code(&app, 0).await?).await?;
        Ok(app)
    }

    /// Begins to enroll an app. Returns `None` if the endpoint refused.
    pub(super) async fn begin_app(&self, session: &E::Session) -> Result<Option<Totp>, Unanswered> {
        match self.endpoint.begin_app(session).await? {
            Some(shown) => scan(&shown)
                .map(Some)
                .ok_or_else(|| inconclusive("an authenticator app cannot read the secret")),
            None => Ok(None),
        }
    }

    /// Creates a session with the correct password, but without the second factor.
    pub(super) async fn start(&self, subject: &SubjectId) -> Result<E::Session, Unanswered> {
        let session = self.endpoint.start(subject).await?;
        match self.endpoint.is_signed_in(&session).await? {
            true => Err(inconclusive("the password alone signed in")),
            false => Ok(session),
        }
    }

    /// Returns the code of the app, `steps` time steps from now.
    pub(super) async fn code(&self, app: &Totp, steps: i64) -> Result<String, Unanswered> {
        let now = app.step(self.endpoint.now().await?).map_or(0, Step::get);
        let step = Step::new(now.saturating_add_signed(steps));
        Ok(app.code_at(step).expose().into())
    }

    /// Returns a code that is incorrect in any window and differs for each `nth`.
    pub(super) async fn incorrect(&self, app: &Totp, nth: usize) -> Result<String, Unanswered> {
        let mut near = Vec::new();
        for steps in -10..=10 {
            near.push(self.code(app, steps).await?);
        }
        Ok(other_than(&near, nth))
    }

    /// Advances the clock by one time step of the app.
    pub(super) async fn pass_step(&self, app: &Totp) -> Result<(), Unanswered> {
        self.endpoint.advance(u64::from(app.parameters().period().as_secs())).await
    }

    /// Submits `code` in a new session, and returns whether that signs the user in.
    pub(super) async fn tries(
        &self,
        subject: &SubjectId,
        kind: FactorKind,
        code: &str,
    ) -> Result<bool, Unanswered> {
        let session = self.start(subject).await?;
        self.types(&session, kind, code).await
    }

    /// Submits `code`, and returns whether the session is then signed in.
    pub(super) async fn types(
        &self,
        session: &E::Session,
        kind: FactorKind,
        code: &str,
    ) -> Result<bool, Unanswered> {
        let _ = self.endpoint.submit(session, kind, code).await?;
        self.endpoint.is_signed_in(session).await
    }

    /// Signs in with a correct code.
    pub(super) async fn signs_in(
        &self,
        subject: &SubjectId,
        kind: FactorKind,
        code: &str,
    ) -> Result<E::Session, Unanswered> {
        let session = self.start(subject).await?;
        match self.types(&session, kind, code).await? {
            true => Ok(session),
            false => Err(inconclusive("a correct code did not sign in")),
        }
    }

    /// Submits one code in eight concurrent sessions.
    ///
    /// Returns the number of sessions that are then signed in.
    pub(super) async fn at_once(
        &self,
        subject: &SubjectId,
        kind: FactorKind,
        code: &str,
    ) -> Result<usize, Unanswered> {
        let mut sessions = Vec::new();
        for _ in 0..AT_ONCE {
            sessions.push(self.start(subject).await?);
        }
        let submit = |session| self.endpoint.submit(session, kind, code);
        for answer in all(sessions.iter().map(submit)).await {
            let _ = answer?;
        }
        let mut signed_in = 0;
        for session in &sessions {
            signed_in += usize::from(self.endpoint.is_signed_in(session).await?);
        }
        Ok(signed_in)
    }

    /// Requests a code for a session until one is sent, and returns the code.
    pub(super) async fn sent(
        &self,
        subject: &SubjectId,
        session: &E::Session,
    ) -> Result<String, Unanswered> {
        let _ = self.endpoint.inbox(subject).await?;
        for _ in 0..10 {
            let _ = self.endpoint.send(session).await?;
            if let Some(code) = self.newest(subject).await? {
                return Ok(code);
            }
            self.endpoint.advance(60).await?;
        }
        Err(inconclusive("no code arrived"))
    }

    /// Returns the newest code that arrived since the last call.
    pub(super) async fn newest(&self, subject: &SubjectId) -> Result<Option<String>, Unanswered> {
        Ok(self.endpoint.inbox(subject).await?.pop())
    }
}

/// Returns the outcome of an attack that must not sign in.
pub(super) fn refused(is_signed_in: bool) -> ProbeOutcome {
    match is_signed_in {
        true => ProbeOutcome::Vulnerable("signed the session in".into()),
        false => ProbeOutcome::Resisted("refused the code".into()),
    }
}

/// Returns the outcome of an attack after which a correct code must sign in.
pub(super) fn refused_but(is_signed_in: bool, then: bool) -> ProbeOutcome {
    match (is_signed_in, then) {
        (false, false) => ProbeOutcome::Vulnerable("refused both codes".into()),
        (false, true) => {
            ProbeOutcome::Resisted("refused the code, and accepted the correct one".into())
        }
        (true, _) => refused(true),
    }
}

/// Returns the outcome of an attack that may sign in at most one session.
pub(super) fn at_most_one(signed_in: usize) -> ProbeOutcome {
    match signed_in {
        0 => ProbeOutcome::Inconclusive("a correct code signed no session in".into()),
        1 => ProbeOutcome::Resisted("signed one session in".into()),
        many => ProbeOutcome::Vulnerable(format!("signed {many} sessions in")),
    }
}

/// Returns the error for an endpoint that does not behave as the attack requires.
pub(super) fn inconclusive(how: &str) -> Unanswered {
    Unanswered::Broken(how.into())
}

/// Returns digits that differ from all `codes` and differ for each `nth`.
pub(super) fn other_than(codes: &[String], nth: usize) -> String {
    let digits = codes.first().map_or(6, String::len);
    let mut others = (0..).map(|n| format!("{n:0digits$}")).filter(|code| !codes.contains(code));
    others.nth(nth).unwrap_or_default()
}

/// Reads the URI or the secret of an enrollment page.
fn scan(shown: &str) -> Option<Totp> {
    if !shown.starts_with("otpauth:") {
        return Some(Totp::new(&Secret::import_base32(shown).ok()?));
    }
    let (uri, _) = KeyUri::import(shown).ok()?;
    match uri.kind() {
        KeyKind::Totp(parameters) => Some(Totp::with(uri.secret(), parameters)),
        _ => None,
    }
}

/// Runs futures concurrently, and returns their outputs in order of completion.
async fn all<F: Future + Send>(futures: impl Iterator<Item = F>) -> Vec<F::Output>
where
    F::Output: Send,
{
    let mut running: Vec<Pin<Box<F>>> = futures.map(Box::pin).collect();
    let mut ended = Vec::new();
    poll_fn(|context| {
        running.retain_mut(|future| match future.as_mut().poll(context) {
            Poll::Ready(output) => {
                ended.push(output);
                false
            }
            Poll::Pending => true,
        });
        if running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    ended
}

/// The number of concurrent sessions.
const AT_ONCE: usize = 8;
