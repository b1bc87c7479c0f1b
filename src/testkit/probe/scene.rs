//! What the attacks share: people with an app or a phone, their sessions, their codes.

use alloc::{boxed::Box, format, string::String, vec::Vec};
use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

use super::{Endpoint, Outcome, Unanswered};
use crate::{
    FactorKind, Secret, SubjectId,
    otp::{KeyKind, KeyUri, Step, Totp},
};

/// The endpoint, and what an attacker and its owners do at it.
pub(super) struct Scene<'e, E> {
    pub(super) endpoint: &'e E,
}

/// Somebody with an authenticator app.
pub(super) struct Owner {
    pub(super) subject: SubjectId,
    pub(super) app: Totp,
}

/// How an attack went, or why it could not be tried.
pub(super) type Tried = Result<Outcome, Unanswered>;

impl<E: Endpoint> Scene<'_, E> {
    /// Somebody new with an app, whose first code is past.
    pub(super) async fn owner(&self) -> Result<Owner, Unanswered> {
        let (subject, session) = self.newcomer().await?;
        let app = self.add_app(&session).await?;
        self.pass_step(&app).await?;
        Ok(Owner { subject, app })
    }

    /// Somebody new with a phone.
    pub(super) async fn phone_owner(&self) -> Result<SubjectId, Unanswered> {
        let (subject, session) = self.newcomer().await?;
        let _ = self.endpoint.inbox(&subject).await?;
        let _ = self.endpoint.begin_phone(&session).await?;
        let code = self.newest(&subject).await?.ok_or_else(|| broke("no code came to add"))?;
        let _ = self.endpoint.confirm_phone(&session, &code).await?;
        // Whatever wait there is after a code, it is over.
        self.endpoint.advance(600).await?;
        Ok(subject)
    }

    /// Somebody new, signed in: nothing protects them yet.
    pub(super) async fn newcomer(&self) -> Result<(SubjectId, E::Session), Unanswered> {
        let subject = self.endpoint.sign_up().await?;
        let session = self.endpoint.start(&subject).await?;
        match self.endpoint.is_signed_in(&session).await? {
            true => Ok((subject, session)),
            false => Err(broke("a password alone did not sign in who has no second factor")),
        }
    }

    /// Adds an app from a session that may; the app.
    pub(super) async fn add_app(&self, session: &E::Session) -> Result<Totp, Unanswered> {
        let app = self.begin_app(session).await?.ok_or_else(|| broke("no app could be added"))?;
        let _ = self.endpoint.confirm_app(session, &self.code(&app, 0).await?).await?;
        Ok(app)
    }

    /// Begins to add an app; `None`: the endpoint refused.
    pub(super) async fn begin_app(&self, session: &E::Session) -> Result<Option<Totp>, Unanswered> {
        match self.endpoint.begin_app(session).await? {
            Some(shown) => scan(&shown).map(Some).ok_or_else(|| broke("no app can read it")),
            None => Ok(None),
        }
    }

    /// A session whose password was right, and nothing else.
    pub(super) async fn start(&self, subject: &SubjectId) -> Result<E::Session, Unanswered> {
        let session = self.endpoint.start(subject).await?;
        match self.endpoint.is_signed_in(&session).await? {
            true => Err(broke("the password alone signed in")),
            false => Ok(session),
        }
    }

    /// The code of the app so many steps from now.
    pub(super) async fn code(&self, app: &Totp, steps: i64) -> Result<String, Unanswered> {
        let now = app.step(self.endpoint.now().await?).map_or(0, Step::get);
        let step = Step::new(now.saturating_add_signed(steps));
        Ok(app.code_at(step).expose().into())
    }

    /// A code that is wrong whatever the window, another for each `nth`.
    pub(super) async fn wrong(&self, app: &Totp, nth: usize) -> Result<String, Unanswered> {
        let mut near = Vec::new();
        for steps in -10..=10 {
            near.push(self.code(app, steps).await?);
        }
        Ok(other_than(&near, nth))
    }

    /// Lets a step of the app pass.
    pub(super) async fn pass_step(&self, app: &Totp) -> Result<(), Unanswered> {
        self.endpoint.advance(u64::from(app.parameters().period().as_secs())).await
    }

    /// Types `code` into a new session; whether it is signed in then.
    pub(super) async fn tries(
        &self,
        subject: &SubjectId,
        kind: FactorKind,
        code: &str,
    ) -> Result<bool, Unanswered> {
        let session = self.start(subject).await?;
        self.types(&session, kind, code).await
    }

    /// Types `code`; whether the session is signed in then.
    pub(super) async fn types(
        &self,
        session: &E::Session,
        kind: FactorKind,
        code: &str,
    ) -> Result<bool, Unanswered> {
        let _ = self.endpoint.submit(session, kind, code).await?;
        self.endpoint.is_signed_in(session).await
    }

    /// Signs in by a code that is right.
    pub(super) async fn signs_in(
        &self,
        subject: &SubjectId,
        kind: FactorKind,
        code: &str,
    ) -> Result<E::Session, Unanswered> {
        let session = self.start(subject).await?;
        match self.types(&session, kind, code).await? {
            true => Ok(session),
            false => Err(broke("a right code did not sign in")),
        }
    }

    /// How many of eight sessions one code signs in, when they give it at once.
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

    /// Has a code sent to a session, as soon as that may be; the code.
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
        Err(broke("no code came"))
    }

    /// The newest code that came since this was last asked.
    pub(super) async fn newest(&self, subject: &SubjectId) -> Result<Option<String>, Unanswered> {
        Ok(self.endpoint.inbox(subject).await?.pop())
    }
}

/// What an endpoint must do in which nobody may be signed in.
pub(super) fn refused(is_signed_in: bool) -> Outcome {
    match is_signed_in {
        true => Outcome::Fell("signed the session in".into()),
        false => Outcome::Held("refused it".into()),
    }
}

/// As [`refused`], where a right code follows that must sign in.
pub(super) fn refused_but(is_signed_in: bool, then: bool) -> Outcome {
    match (is_signed_in, then) {
        (false, false) => Outcome::Fell("refused both".into()),
        (false, true) => Outcome::Held("refused it, and took the right one".into()),
        (true, _) => refused(true),
    }
}

/// At most one of several may be signed in.
pub(super) fn at_most_one(signed_in: usize) -> Outcome {
    match signed_in {
        0 => Outcome::Broke("a right code signed nobody in".into()),
        1 => Outcome::Held("signed one in".into()),
        many => Outcome::Fell(format!("signed {many} in")),
    }
}

/// The endpoint did not do what every attack begins with.
pub(super) fn broke(how: &str) -> Unanswered {
    Unanswered::Broken(how.into())
}

/// Six digits or so that are none of `codes`, others for each `nth`.
pub(super) fn other_than(codes: &[String], nth: usize) -> String {
    let digits = codes.first().map_or(6, String::len);
    let mut wrong = (0..).map(|n| format!("{n:0digits$}")).filter(|code| !codes.contains(code));
    wrong.nth(nth).unwrap_or_default()
}

/// Reads what an enrollment page shows.
fn scan(shown: &str) -> Option<Totp> {
    if !shown.starts_with("otpauth:") {
        return Some(Totp::new(&Secret::import_base32(shown).ok()?.0));
    }
    let (uri, _) = KeyUri::import(shown).ok()?;
    match uri.kind() {
        KeyKind::Totp(parameters) => Some(Totp::with(uri.secret(), parameters)),
        _ => None,
    }
}

/// Runs them all, each a little at a time; what they came to, in the order in which they ended.
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

/// How many sessions race.
const AT_ONCE: usize = 8;
