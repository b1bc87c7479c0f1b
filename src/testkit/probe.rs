//! Attacks on the sign-in endpoint of your application.
//!
//! Each attack has succeeded against a real system. The tests of this crate show, for example, that
//! a code is accepted once and that attempts are counted. They cannot show that your endpoint asks
//! for a code, that it separates sessions, or that it has no bypass. Implement [`SignInEndpoint`]
//! with an HTTP client for your routes, or with calls to their handlers, and pass it to [`probe`].
//!
//! The probe signs up users and advances the clock by days, so run it against a test instance. It
//! covers TOTP apps, codes by phone and backup codes. It does not cover the PIN, trusted devices,
//! sign-in requests or security keys. An endpoint that resists every attack of the probe may still
//! be vulnerable to others.

mod app;
mod attack;
mod backup;
mod enrolling;
mod report;
mod scene;
mod sent;

use alloc::{boxed::Box, string::String, vec::Vec};

use self::scene::{Attempted, Scene};
pub use self::{
    attack::Attack,
    report::{Flawed, ProbeFinding, ProbeOutcome, ProbeReport},
};
use crate::{factor::FactorKind, id::SubjectId, time::UnixTime};

/// Runs every [`Attack`] on `endpoint`.
///
/// Each attack begins with new users, so that the attacks are independent.
///
/// # Cancel safety
///
/// If the future is dropped, an attack is left unfinished, and its users stay signed up.
///
/// # Example
///
/// Your test is one line: `probe(&endpoint).await.check()?`. See [`SignInEndpoint`].
pub async fn probe<E: SignInEndpoint>(endpoint: &E) -> ProbeReport {
    let scene = Scene { endpoint };
    let mut findings = Vec::new();
    for &attack in Attack::ALL {
        let outcome = match run(&scene, attack).await {
            Ok(outcome) => outcome,
            Err(Unanswered::Broken(error)) => ProbeOutcome::Inconclusive(alloc::format!("{error}")),
            Err(Unanswered::NotOffered) => {
                ProbeOutcome::Skipped("the endpoint does not offer it".into())
            }
        };
        findings.push(ProbeFinding::new(attack, outcome));
    }
    ProbeReport::new(findings)
}

async fn run<E: SignInEndpoint>(scene: &Scene<'_, E>, attack: Attack) -> Attempted {
    match attack {
        Attack::AtOnce => scene.race().await,
        Attack::BackupAtOnce => scene.backup_at_once().await,
        Attack::BackupTwice => scene.backup_twice().await,
        Attack::CodeInReply => scene.code_in_reply().await,
        Attack::CorrectCodeUnderLock => scene.correct_code_under_lock().await,
        Attack::EmptyCode => scene.empty_code().await,
        Attack::EnrollmentCode => scene.enrollment_code().await,
        Attack::FreshSessions => scene.fresh_sessions().await,
        Attack::GuessSentCode => scene.guess_sent_code().await,
        Attack::HalfSignedIn => scene.half_signed_in().await,
        Attack::IncorrectCode => scene.incorrect_code().await,
        Attack::LateCode => scene.late_code().await,
        Attack::LeadingZeros => scene.leading_zeros().await,
        Attack::LockedForGood => scene.locked_for_good().await,
        Attack::LongCode => scene.long_code().await,
        Attack::NextStep => scene.next_step().await,
        Attack::NoCode => scene.no_code().await,
        Attack::NumberCode => scene.number_code().await,
        Attack::OldBackupCode => scene.old_backup_code().await,
        Attack::OldSentCode => scene.old_sent_code().await,
        Attack::OldSession => scene.old_session().await,
        Attack::OneRefusal => scene.one_refusal().await,
        Attack::OtherSession => scene.other_session().await,
        Attack::OtherSubject => scene.other_subject().await,
        Attack::OtherSubjectsBackupCode => scene.other_subjects_backup_code().await,
        Attack::OtherSubjectsSentCode => scene.other_subjects_sent_code().await,
        Attack::OutsideWindow => scene.outside_window().await,
        Attack::PartOfCode => scene.part_of_code().await,
        Attack::PendingApp => scene.pending_app().await,
        Attack::SameStep => scene.same_step().await,
        Attack::SendBudget => scene.send_budget().await,
        Attack::SentAtOnce => scene.sent_at_once().await,
        Attack::SentTwice => scene.sent_twice().await,
        Attack::SignedOut => scene.signed_out().await,
        Attack::Spaces => scene.spaces().await,
        Attack::UnicodeDigits => scene.unicode_digits().await,
    }
}

/// The sign-in endpoint of your application, as a browser sees it.
///
/// Your tests implement this trait for [`probe`]. Use the same routes as a browser. A refusal is a
/// response, not an error. The probe never concludes from a response that a session is signed in,
/// but calls [`is_signed_in`](Self::is_signed_in). For a feature that your endpoint lacks, return
/// [`Unanswered::NotOffered`]. The report shows the attacks that need this feature as skipped.
///
/// # Contract
///
/// Each clause ends with the cost of breaking it.
///
/// 1. **`start` must create a new session.** The session is that of a browser without cookies after
///    a correct password. If no factor is enrolled, the session is signed in. Otherwise, it is at
///    the second factor. *Cost: attacks across sessions find no vulnerability.*
/// 2. **`is_signed_in` must ask the endpoint**: request a page that only signed-in users see.
///    *Cost: a vulnerability is missed.*
/// 3. **`sign_up` must create a new user**, with a password and without a second factor. Each
///    user's phone has its own number. *Cost: attacks across users find no vulnerability.*
/// 4. **All methods must use the same clock.** *Cost: codes look expired, or never expire.*
///
/// # Example
///
/// This implementation calls the handlers in the same process, and offers only TOTP apps:
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use std::{collections::HashMap, sync::Mutex};
/// use second_factor::{*, testkit::{ManualClock, MessageLog}};
/// use second_factor::testkit::probe::{SignInEndpoint, Unanswered, probe};
///
/// struct Site {
///     verifier: Verifier,
///     clock: ManualClock,
///     next_id: AtomicU32,
///     sessions: Mutex<HashMap<u32, Session>>,
/// }
///
/// #[derive(Clone)]
/// struct Session {
///     subject: SubjectId,
///     is_in: bool,
///     grant: Option<String>,                  // what the last proof permits
///     enrollment: Option<Handle>,
/// }
///
/// impl Site {
///     fn session(&self, cookie: &u32) -> Option<Session> {
///         self.sessions.lock().unwrap().get(cookie).cloned()
///     }
///     fn save(&self, cookie: &u32, session: Session) {
///         self.sessions.lock().unwrap().insert(*cookie, session);
///     }
/// }
///
/// impl SignInEndpoint for Site {
///     type Session = u32;                     // the cookie
///
///     async fn now(&self) -> Result<UnixTime, Unanswered> {
///         Ok(self.clock.time())
///     }
///     async fn advance(&self, secs: u64) -> Result<(), Unanswered> {
///         Ok(self.clock.advance(secs))
///     }
///     async fn sign_up(&self) -> Result<SubjectId, Unanswered> {
///         Ok(SubjectId::new(format!("user-{}", self.next_id.fetch_add(1, Ordering::Relaxed)))?)
///     }
///     async fn start(&self, subject: &SubjectId) -> Result<u32, Unanswered> {
///         let cookie = self.next_id.fetch_add(1, Ordering::Relaxed);
///         let is_in = matches!(self.verifier.next(subject).await?, Next::Done(_));
///         let subject = subject.clone();
///         self.save(&cookie, Session { subject, is_in, grant: None, enrollment: None });
///         Ok(cookie)
///     }
///     async fn submit(
///         &self, cookie: &u32, kind: FactorKind, typed: &str,
///     ) -> Result<String, Unanswered> {
///         let Some(mut session) = self.session(cookie) else { return Ok("start again".into()) };
///         let proof = match kind {
///             FactorKind::Totp => Proof::totp(typed),
///             _ => return Err(Unanswered::NotOffered),
///         };
///         match self.verifier.verify(&session.subject, proof).await {
///             Ok(verified) => {
///                 session.is_in = true;
///                 session.grant = Some(self.verifier.grant(&verified)?.expose().into());
///                 self.save(cookie, session);
///                 Ok("welcome".into())
///             }
///             Err(refused) => Ok(refused.to_string()),
///         }
///     }
///     async fn is_signed_in(&self, cookie: &u32) -> Result<bool, Unanswered> {
///         Ok(self.session(cookie).is_some_and(|session| session.is_in))
///     }
///     async fn sign_out(&self, cookie: &u32) -> Result<(), Unanswered> {
///         self.sessions.lock().unwrap().remove(cookie);
///         Ok(())
///     }
///     async fn begin_app(&self, cookie: &u32) -> Result<Option<String>, Unanswered> {
///         let session = self.session(cookie).filter(|session| session.is_in);
///         let Some(mut session) = session else { return Ok(None) };
///         let begun = match &session.grant {
///             Some(grant) => {
///                 let grant = Grant::from_text(&session.subject, grant);
///                 self.verifier.enroll_totp(&grant, "alice").await
///             }
///             None => self.verifier.enroll_totp(&session.subject, "alice").await,
///         };
///         let Ok(enrollment) = begun else { return Ok(None) };
///         session.enrollment = Some(*enrollment.handle());
///         self.save(cookie, session);
///         Ok(Some(enrollment.expose_secret().expose().into()))
///     }
///     async fn confirm_app(&self, cookie: &u32, typed: &str) -> Result<String, Unanswered> {
///         let session = self.session(cookie);
///         let Some(Session { subject, enrollment: Some(enrollment), .. }) = session else {
///             return Ok("start again".into());
///         };
///         match self.verifier.confirm(&subject, &enrollment, typed).await {
///             Ok(_) => Ok("added".into()),
///             Err(refused) => Ok(refused.to_string()),
///         }
///     }
///     async fn begin_phone(&self, _: &u32) -> Result<String, Unanswered> {
///         Err(Unanswered::NotOffered)
///     }
///     async fn confirm_phone(&self, _: &u32, _: &str) -> Result<String, Unanswered> {
///         Err(Unanswered::NotOffered)
///     }
///     async fn send(&self, _: &u32) -> Result<String, Unanswered> {
///         Err(Unanswered::NotOffered)
///     }
///     async fn inbox(&self, _: &SubjectId) -> Result<Vec<String>, Unanswered> {
///         Err(Unanswered::NotOffered)
///     }
///     async fn new_backup_codes(&self, _: &u32) -> Result<Vec<String>, Unanswered> {
///         Err(Unanswered::NotOffered)
///     }
/// }
///
/// # let root: [u8; 32] = core::array::from_fn(|i| i as u8);
/// # let clock = ManualClock::at(1_800_000_000);
/// let (storage, delivery) = (MemoryStorage::new(), MessageLog::new());
/// let verifier = Verifier::builder("Example", storage, delivery, Keys::new(root))
///     .first_factor(FirstFactor::Password)
///     .clock(clock.clone())
///     .build()?;
/// let site = Site { verifier, clock, next_id: AtomicU32::new(0), sessions: Mutex::default() };
/// let report = block_on(probe(&site)).check()?.to_string();
/// let totals = "36 attacks: 22 resisted, 0 VULNERABLE, 0 inconclusive, 14 skipped";
/// assert!(report.starts_with(totals));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait SignInEndpoint: Send + Sync {
    /// The state of a browser between two requests, usually a cookie.
    type Session: Send + Sync;

    /// Returns the time at which the endpoint checks codes.
    fn now(&self) -> impl Future<Output = Result<UnixTime, Unanswered>> + Send;

    /// Advances the time of the endpoint by `secs` seconds.
    fn advance(&self, secs: u64) -> impl Future<Output = Result<(), Unanswered>> + Send;

    /// Creates a user with a password and without a second factor.
    fn sign_up(&self) -> impl Future<Output = Result<SubjectId, Unanswered>> + Send;

    /// Creates a session in which the user has just entered the correct password.
    fn start(
        &self,
        subject: &SubjectId,
    ) -> impl Future<Output = Result<Self::Session, Unanswered>> + Send;

    /// Submits a code to the page for the second factor.
    ///
    /// Returns the text of the response. `kind` is the field or the button on the page:
    /// [`Totp`](FactorKind::Totp), [`Phone`](FactorKind::Phone) or
    /// [`BackupCode`](FactorKind::BackupCode).
    fn submit(
        &self,
        session: &Self::Session,
        kind: FactorKind,
        typed: &str,
    ) -> impl Future<Output = Result<String, Unanswered>> + Send;

    /// Returns whether the session sees a page that only signed-in users see.
    fn is_signed_in(
        &self,
        session: &Self::Session,
    ) -> impl Future<Output = Result<bool, Unanswered>> + Send;

    /// Signs the session out.
    fn sign_out(
        &self,
        session: &Self::Session,
    ) -> impl Future<Output = Result<(), Unanswered>> + Send;

    /// Begins to enroll an authenticator app.
    ///
    /// Returns the `otpauth://` URI or the secret in Base32, as the page shows it, or `None` if the
    /// endpoint refuses.
    fn begin_app(
        &self,
        session: &Self::Session,
    ) -> impl Future<Output = Result<Option<String>, Unanswered>> + Send;

    /// Submits the first code of an app, and returns the text of the response.
    fn confirm_app(
        &self,
        session: &Self::Session,
        typed: &str,
    ) -> impl Future<Output = Result<String, Unanswered>> + Send;

    /// Begins to enroll a new phone number of the subject.
    ///
    /// Returns the text of the response.
    fn begin_phone(
        &self,
        session: &Self::Session,
    ) -> impl Future<Output = Result<String, Unanswered>> + Send;

    /// Submits the code that was sent to a new number.
    ///
    /// Returns the text of the response.
    fn confirm_phone(
        &self,
        session: &Self::Session,
        typed: &str,
    ) -> impl Future<Output = Result<String, Unanswered>> + Send;

    /// Requests a code, or a further code, by phone.
    ///
    /// Returns the whole response, including the parts that a browser does not display.
    fn send(
        &self,
        session: &Self::Session,
    ) -> impl Future<Output = Result<String, Unanswered>> + Send;

    /// Returns the codes that arrived since the last call, newest last.
    ///
    /// The result contains the codes for all phones of the subject.
    fn inbox(
        &self,
        subject: &SubjectId,
    ) -> impl Future<Output = Result<Vec<String>, Unanswered>> + Send;

    /// Generates new backup codes, in a session that has just signed in.
    fn new_backup_codes(
        &self,
        session: &Self::Session,
    ) -> impl Future<Output = Result<Vec<String>, Unanswered>> + Send;
}

/// The error returned when a [`SignInEndpoint`] has no response.
///
/// The operator `?` converts any error to [`Broken`](Self::Broken).
///
/// # Example
///
/// ```
/// use second_factor::{SubjectId, testkit::probe::Unanswered};
///
/// fn sign_up(name: &str) -> Result<SubjectId, Unanswered> {
///     Ok(SubjectId::new(name)?)
/// }
/// assert!(matches!(sign_up(""), Err(Unanswered::Broken(_))));
/// ```
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "implementors construct it, and there are two")]
pub enum Unanswered {
    /// The endpoint, or the connection to it, failed.
    Broken(Box<dyn core::error::Error + Send + Sync>),
    /// The endpoint does not offer this feature.
    NotOffered,
}

impl<E: core::error::Error + Send + Sync + 'static> From<E> for Unanswered {
    fn from(error: E) -> Self {
        Self::Broken(Box::new(error))
    }
}
